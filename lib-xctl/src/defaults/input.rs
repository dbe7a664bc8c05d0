//! Pointer and keyboard.

use super::error::Error;
use super::guest::{Board, Guest, Rule};

const BUSES: &[Rule] = &[
    Rule {
        value: "xen",
        when: |g| !g.is_hvm() && g.context.connection.driver == "xen",
        why: "paravirtualized guests know no other",
    },
    Rule { value: "ps2", when: |g| g.is_x86(), why: "every system drives it" },
    Rule { value: "virtio", when: |g| g.board() == Board::S390, why: "IBM Z machines have no USB" },
    Rule { value: "usb", when: |_| true, why: "{arch} machines have no PS/2" },
];

const TABLET: &str = "the pointer is where the viewer's is, without grabbing it";
const KEYBOARD: &str = "{arch} machines have none on board";

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    for input in guest.devices("input") {
        guest.fill_in(input, "@type", "mouse", "it is the plainest")?;
        if guest.document.attr(input, "type").is_some_and(|kind| kind == "tablet") {
            guest.fill_in(input, "@bus", "usb", "tablets are USB devices")?;
        } else {
            guest.fill_by(input, "@bus", BUSES)?;
        }
    }
    if !guest.devices("input").is_empty()
        || guest.is_without("input")
        || !guest.has_graphics()
        || !guest.has_usb()
    {
        return Ok(());
    }
    match guest.board() {
        Board::Q35 | Board::Pc => {
            guest.add_with("input", &[("@type", "tablet"), ("@bus", "usb")], "tablet", TABLET)?;
        }
        Board::Virt | Board::Pseries => {
            guest.add_with("input", &[("@type", "tablet"), ("@bus", "usb")], "tablet", TABLET)?;
            guest.add_with("input", &[("@type", "keyboard"), ("@bus", "usb")], "keyboard", KEYBOARD)?;
        }
        Board::S390 | Board::Other => {}
    }
    Ok(())
}
