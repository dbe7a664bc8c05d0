//! The graphical console, and what SPICE brings with it.

use super::channel;
use super::error::Error;
use super::guest::{Board, Guest, Rule};
use crate::document::Element;

const TYPES: &[Rule] = &[
    Rule {
        value: "spice",
        when: |g| g.is_x86() && !g.is_xen() && g.allows("devices/graphics", "type", "spice"),
        why: "the emulator offers it",
    },
    Rule { value: "vnc", when: |_| true, why: "every emulator offers it" },
];

const FREE_PORT: &str = "the first free port is taken when it starts";

/// How many USB devices of the viewer's machine a SPICE console can pass to the guest.
const REDIRECTIONS: usize = 2;

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    let wanted = !guest.has_graphics() && !guest.is_without("graphics") && has_screen(guest);
    if wanted {
        guest.add("graphics")?;
    }
    for graphics in guest.devices("graphics") {
        guest.fill_by(graphics, "@type", TYPES)?;
        match guest.document.attr(graphics, "type").as_deref() {
            Some("spice") => spice(guest, graphics)?,
            Some("vnc") => vnc(guest, graphics)?,
            _ => {}
        }
    }
    add_ends(guest)
}

/// What is at the guest's end of a SPICE console.
pub(super) fn add_ends(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    if guest.has_graphics_of("spice") {
        channel::add_spice(guest)?;
        add_redirections(guest)?;
    }
    Ok(())
}

fn has_screen(guest: &Guest<'_, '_>) -> bool {
    match guest.board() {
        Board::S390 => false,
        Board::Other => guest.is_x86() && !guest.is_container(),
        Board::Q35 | Board::Pc | Board::Arm | Board::RiscV | Board::LoongArch | Board::Pseries => true,
    }
}

fn has(guest: &Guest<'_, '_>, element: Element, attribute: &str) -> bool {
    guest.document.attr(element, attribute).is_some()
}

/// Whether a `<listen>` is one that takes a port.
fn has_port(guest: &Guest<'_, '_>, listen: Element) -> bool {
    guest.document.attr(listen, "type").is_none_or(|kind| kind != "none" && kind != "socket")
}

fn vnc(guest: &mut Guest<'_, '_>, graphics: Element) -> Result<(), Error> {
    let listens = guest.document.child(graphics, "listen").is_none_or(|listen| has_port(guest, listen));
    if listens && !has(guest, graphics, "autoport") && !has(guest, graphics, "socket") {
        guest.fill_in(graphics, "@port", "-1", FREE_PORT)?;
    }
    Ok(())
}

fn spice(guest: &mut Guest<'_, '_>, graphics: Element) -> Result<(), Error> {
    let listens = guest.document.child(graphics, "listen").is_none_or(|listen| has_port(guest, listen));
    if listens && !has(guest, graphics, "autoport") {
        guest.fill_in(graphics, "@port", "-1", FREE_PORT)?;
        guest.fill_in(graphics, "@tlsPort", "-1", FREE_PORT)?;
        let is_free = |name: &str| guest.document.attr(graphics, name).is_some_and(|port| port == "-1");
        if is_free("port") && is_free("tlsPort") {
            guest.fill_in(graphics, "@autoport", "yes", FREE_PORT)?;
        }
    }
    if !guest.context.connection.remote {
        guest.fill_in(
            graphics,
            "image/@compression",
            "off",
            "on one machine compressing costs more than it saves",
        )?;
    }
    Ok(())
}

fn add_redirections(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    let none = guest.devices("redirdev").is_empty() && !guest.is_without("redirdev");
    if none && guest.has_usb() && guest.is_x86() && guest.allows("devices/redirdev", "bus", "usb") {
        for _ in 0..REDIRECTIONS {
            let parts = [("@bus", "usb"), ("@type", "spicevmc")];
            guest.add_with(
                "redirdev",
                &parts,
                "usb",
                "a SPICE viewer can pass its USB devices to the guest",
            )?;
        }
    }
    Ok(())
}
