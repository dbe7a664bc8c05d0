//! Asking for what was left out, on a terminal only.
//!
//! What is asked, and what is offered, comes from the library: the plan says what is missing, the OS database how much
//! the system wants, the capabilities how the host can run it.

use std::path::Path;

use anyhow::Result;
use dialoguer::theme::Theme;
use dialoguer::{Confirm, Input, Select};
use hypervisor::Connection;
use xctl::capabilities::Host;
use xctl::install::{self, Given, Method, Missing, Request, Virtualization, suggested_name};
use xctl::osinfo::{Database, Os};
use xctl::property::quoted;

use crate::{ask, report};

/// Bytes in a MiB and in a GiB, the units that are typed.
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// What is offered where nothing is known of the system.
const USUAL_MEMORY: u64 = 2048 * MIB;
const USUAL_STORAGE: u64 = 20 * GIB;

/// Asks for what nothing can be planned without, and writes the answers into `request`: first for the medium, as it may
/// tell the system, which tells the rest.
///
/// # Errors
/// The terminal went away, or the user gave up with ^C.
pub(super) fn ask_missing(connection: &Connection, request: &mut Request, missing: &[Missing]) -> Result<()> {
    let is_missing = |what| missing.contains(&what);
    if is_missing(Missing::Method) {
        return with(|asking| {
            request.method = Some(asking.method()?);
            Ok(())
        });
    }
    if is_missing(Missing::Os) {
        return with(|asking| {
            request.osinfo = Some(asking.system()?);
            Ok(())
        });
    }
    let os = request.osinfo.as_deref().and_then(|name| Database::load().find(name));
    ask_rest(connection, request, os.as_deref())
}

/// Asks for what could be chosen but the user, who is asked anyway, may want otherwise.
///
/// # Errors
/// As for [`ask_missing`].
pub(super) fn ask_rest(connection: &Connection, request: &mut Request, os: Option<&Os>) -> Result<()> {
    let host = &Host::parse(&connection.capabilities()?)?.without_broken_kvm(connection.uri());
    let wanted = os.map(|os| os.comfortable(&host.architecture)).unwrap_or_default();
    let lacks = |request: &Request, option| !request.options.iter().any(|given| given.option == option);
    with(|asking| {
        if request.wanted_name().is_none() {
            let foreign = request.arch.as_deref().filter(|arch| *arch != host.architecture);
            let is_container = request.virtualization == Some(Virtualization::Container);
            let offered = suggested_name(connection, os, foreign, is_container);
            request.name = Some(asking.text("Name of the guest", Some(offered), name_fault)?);
        }
        if lacks(request, "memory") {
            let mib = wanted.ram.unwrap_or(USUAL_MEMORY).div_ceil(MIB).to_string();
            let mib = asking.text("Memory in MiB", Some(mib), number_fault)?;
            request.options.push(Given::new("memory", mib));
        }
        if lacks(request, "disk") {
            let gib = wanted.storage.unwrap_or(USUAL_STORAGE).div_ceil(GIB).to_string();
            request.options.push(Given::new("disk", asking.disk(gib)?));
        }
        if request.virt_type.is_none() {
            request.virt_type = asking.virt_type(host)?;
        }
        Ok(())
    })
}

/// Asks in colours unless they are not wanted; giving up with ^C gives up the installation.
fn with(questions: impl FnOnce(&Asking<'_>) -> Result<()>) -> Result<()> {
    let theme = ask::theme();
    questions(&Asking { theme: &*theme }).map_err(|error| match error.downcast_ref() {
        Some(dialoguer::Error::IO(io)) if io.kind() == std::io::ErrorKind::Interrupted => {
            // A list hides the cursor, and leaves it so when it is interrupted.
            report::line("\x1b[?25h");
            install::Error::Cancelled.into()
        }
        _ => error.context("asking for what was left out"),
    })
}

struct Asking<'a> {
    theme: &'a dyn Theme,
}

impl Asking<'_> {
    fn text(
        &self,
        question: &str,
        offered: Option<String>,
        fault: fn(&str) -> Option<String>,
    ) -> Result<String> {
        let mut input = Input::<String>::with_theme(self.theme).with_prompt(question);
        if let Some(offered) = offered {
            input = input.default(offered);
        }
        Ok(input.validate_with(|text: &String| fault(text).map_or(Ok(()), Err)).interact_text()?)
    }

    fn choice(&self, question: &str, answers: &[&str]) -> Result<usize> {
        Ok(Select::with_theme(self.theme).with_prompt(question).items(answers).default(0).interact()?)
    }

    fn method(&self) -> Result<Method> {
        let answers = [
            "an ISO image or an installation tree (its kernel is booted directly)",
            "an ISO image, booted as a CD-ROM",
            "the network (PXE)",
            "nothing: the disk holds a system already",
        ];
        Ok(match self.choice("Install from", &answers)? {
            0 => Method::Location {
                tree: self.text("Path or address", None, path_fault)?,
                kernel: None,
                initrd: None,
            },
            1 => Method::Cdrom(self.text("Path of the image", None, path_fault)?),
            2 => Method::Pxe,
            _ => Method::Import,
        })
    }

    fn system(&self) -> Result<String> {
        let database = Database::load();
        loop {
            let name =
                self.text("Operating system (generic if it has no name)", Some("generic".into()), |_| None)?;
            if database.find(&name).is_some() {
                return Ok(name);
            }
            let near = database.nearest(&name);
            let near = if near.is_empty() { "none is like it".into() } else { near.join(", ") };
            report::line(&format!("The OS database has no '{name}' ({near})"));
        }
    }

    fn disk(&self, gib: String) -> Result<String> {
        let make = Confirm::with_theme(self.theme)
            .with_prompt("Make a new disk for the guest?")
            .default(true)
            .interact()?;
        if make {
            return Ok(format!("size={}", self.text("Size of the disk in GiB", Some(gib), number_fault)?));
        }
        let path = self.text("Path of the disk (none for no disk)", None, |text| {
            (text != "none").then(|| path_fault(text)).flatten()
        })?;
        Ok(if path == "none" { path } else { quoted(&path) })
    }

    /// How the guest runs, if the host has a choice to offer.
    fn virt_type(&self, host: &Host) -> Result<Option<String>> {
        let types: Vec<&str> = host
            .guests
            .iter()
            .filter(|guest| guest.name == host.architecture && guest.os_type == "hvm")
            .flat_map(|guest| guest.virt_types.iter().map(|kind| kind.name.as_str()))
            .collect();
        if !(types.contains(&"kvm") && types.contains(&"qemu")) {
            return Ok(None);
        }
        let answers = ["full virtualization (kvm)", "emulation (qemu, slower)"];
        Ok(Some(["kvm", "qemu"][self.choice("Run it with", &answers)?].to_owned()))
    }
}

fn name_fault(text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return Some("a name is needed".into());
    }
    text.contains('/').then(|| "a name cannot hold a slash".into())
}

fn number_fault(text: &str) -> Option<String> {
    let is_positive = text.parse::<f64>().is_ok_and(|number| number.is_finite() && number > 0.0);
    (!is_positive).then(|| "a number larger than 0 is needed".into())
}

fn path_fault(text: &str) -> Option<String> {
    if text.contains("://") || Path::new(text).exists() {
        return None;
    }
    Some(format!("there is no '{text}'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_checked() {
        assert_eq!(number_fault("2048"), None);
        assert!(number_fault("-1").is_some() && number_fault("two").is_some() && number_fault("0").is_some());
        assert!(name_fault(" ").is_some() && name_fault("a/b").is_some());
        assert_eq!(name_fault("web 1"), None);
        assert_eq!(path_fault("https://example.com/tree"), None);
        assert!(path_fault("/nowhere/at/all").is_some());
    }
}
