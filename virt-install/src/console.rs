//! The guest while it installs, for the person who started it: its text console, or a window.

use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use hypervisor::flags::ConsoleFlags;
use hypervisor::{Connection, Domain};
use xctl::console::{Ended, Escape, attach};

use crate::report;

/// Viewers that may be there, best first: the program, then what comes before the guest's name.
const VIEWERS: &[(&str, &[&str])] = &[
    ("virt-viewer", &["--wait", "--connect", "URI"]),
    ("virt-manager", &["--connect", "URI", "--show-domain-console"]),
];

/// Joins the guest's text console and the terminal until one of them ends it.
///
/// # Errors
/// The console cannot be opened, or broke.
pub(crate) fn text(domain: &Domain) -> Result<Ended> {
    let console =
        domain.open_console(None, ConsoleFlags::FORCE).context("cannot open the guest's console")?;
    report::line(&format!("Connected to the console of '{}'", domain.name()));
    report::line("Escape character is ^] (Ctrl + ])");
    Ok(attach(&console, Escape::default())?)
}

/// Starts a window on the guest's screen; none if there is no display or no program for it.
#[must_use]
pub(crate) fn window(connection: &Connection, domain: &Domain) -> Option<Child> {
    let has_display = ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|v| !v.is_empty()));
    if !has_display {
        return None;
    }
    VIEWERS.iter().find_map(|(program, arguments)| {
        let arguments = arguments.iter().map(|word| if *word == "URI" { connection.uri() } else { word });
        Command::new(program)
            .args(arguments)
            .arg(domain.name())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()
    })
}
