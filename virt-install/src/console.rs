//! The guest while it installs, for the person who started it: its text console, or a window.

use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use hypervisor::flags::ConsoleFlags;
use hypervisor::{Connection, Domain};
use xctl::console::{Ended, Escape, attach};

use crate::report;

/// What shows a guest's screen.
// Our own virt-manager has the text console only.
const VIEWER: &str = "virt-viewer";

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

/// Why there can be no window on a guest's screen; none if there can.
pub(crate) fn lacks_window() -> Option<&'static str> {
    let is_set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if !["DISPLAY", "WAYLAND_DISPLAY"].iter().any(is_set) {
        return Some("there is no display (DISPLAY and WAYLAND_DISPLAY are not set)");
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = std::env::split_paths(&path).any(|directory| directory.join(VIEWER).is_file());
    (!is_there).then_some("virt-viewer is not installed (package virt-viewer)")
}

/// Starts a window on the guest's screen; `attach` where it is only to be had from the hypervisor itself.
///
/// # Errors
/// There is no display, or no program for it.
pub(crate) fn window(connection: &Connection, domain: &Domain, attach: bool) -> Result<Child> {
    if let Some(why) = lacks_window() {
        bail!("cannot show the guest's screen: {why}");
    }
    let mut viewer = Command::new(VIEWER);
    viewer.args(["--connect", connection.uri(), "--wait", domain.name()]);
    if attach {
        viewer.arg("--attach");
    }
    viewer.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    viewer.spawn().context("cannot start virt-viewer")
}
