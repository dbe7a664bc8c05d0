//! Changes to a part of a network's configuration.

use std::ffi::c_int;

use hypervisor::Network;
use hypervisor::flags::Affect;

use crate::command::object::{self, By};
use crate::command::{Arguments, file};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};

/// What can be done: at first libvirt's words by its numbers from 1 on (`virNetworkUpdateCommand`), then another word
/// for one of them.
pub(super) const COMMANDS: &[&str] = &["modify", "delete", "add-last", "add-first", "add"];
/// The parts, by libvirt's numbers from 1 on (`virNetworkUpdateSection`).
pub(super) const SECTIONS: &[&str] = &[
    "bridge",
    "domain",
    "ip",
    "ip-dhcp-host",
    "ip-dhcp-range",
    "forward",
    "forward-interface",
    "forward-pf",
    "portgroup",
    "dns-host",
    "dns-txt",
    "dns-srv",
];

/// libvirt's number of a word.
fn number(words: &[&str], word: &str) -> Option<u32> {
    u32::try_from(words.iter().position(|known| *known == word)? + 1).ok()
}

pub(super) fn update(control: &mut Control, arguments: &Arguments) -> Outcome {
    arguments.exclusive("current", "live")?;
    arguments.exclusive("current", "config")?;
    let network: Network = object::find(control, arguments, By::Any)?;
    let name = arguments.required("command")?;
    let command = number(COMMANDS, if name == "add" { "add-last" } else { name })
        .ok_or_else(|| Failure::said(format!("unrecognized command name '{name}'")))?;
    let name = arguments.required("section")?;
    let section =
        number(SECTIONS, name).ok_or_else(|| Failure::said(format!("unrecognized section name '{name}'")))?;
    let parent: c_int = arguments.number("parent-index")?.unwrap_or(-1);
    let given = arguments.required("xml")?;
    let xml = if given.starts_with('<') { given.to_owned() } else { file::read(given)? };
    let affect = Affect(arguments.flags(&[("config", Affect::CONFIG.0), ("live", Affect::LIVE.0)]));
    network
        .update(command, section, parent, &xml, affect)
        .attempted(|| format!("Failed to update network {}", network.name()))?;
    let changed = object::changed(affect, || network.is_active());
    control.output.last_remark(format_args!("Updated network {} {changed}", network.name()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_libvirts_numbers() {
        assert_eq!(number(COMMANDS, "add-first"), Some(4));
        assert_eq!(number(SECTIONS, "ip-dhcp-host"), Some(4));
        assert_eq!(number(SECTIONS, "dns-srv"), Some(12));
        assert_eq!(number(SECTIONS, "none"), None);
    }
}
