//! Pointer and keyboard.

use super::error::Error;
use super::guest::{Board, Guest, Rule};
use crate::osinfo::device::VIRTIO_INPUT;

const BUSES: &[Rule] = &[
    Rule {
        value: "virtio",
        when: |g| g.board() == Board::S390 && g.os_drives(VIRTIO_INPUT),
        why: "IBM Z has no USB",
    },
    Rule { value: "usb", when: |g| g.board() != Board::S390 && g.has_usb(), why: "every system drives it" },
];

const TABLET: &str = "the pointer is where the viewer's is, without grabbing it";
const KEYBOARD: &str = "{arch} machines have none on board";

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    // The bus of what was asked for is left to libvirt.
    for input in guest.devices("input") {
        guest.fill_in(input, "@type", "mouse", "it is the plainest")?;
    }
    if !guest.devices("input").is_empty()
        || guest.is_without("input")
        || !guest.has_graphics()
        || !guest.is_hvm()
    {
        return Ok(());
    }
    let Some(rule) = guest.choose(BUSES) else { return Ok(()) };
    guest.add_with("input", &[("@type", "tablet"), ("@bus", rule.value)], "tablet", TABLET)?;
    if !guest.is_x86() {
        guest.add_with("input", &[("@type", "keyboard"), ("@bus", rule.value)], "keyboard", KEYBOARD)?;
    }
    Ok(())
}
