//! Serial consoles and ports.

use super::channel::SPICE;
use super::error::Error;
use super::guest::{Board, Guest};
use crate::document::Element;

/// Devices with a side on the host that is a pseudo-terminal where nothing else is said.
const PORTS: &[&str] = &["serial", "parallel", "console"];

/// Whoever has a socket and does not say which end of it, listens.
pub(super) fn listens(guest: &mut Guest<'_, '_>, port: Element) -> Result<(), Error> {
    let is_socket = guest.document.attr(port, "type").is_some_and(|kind| matches!(&*kind, "unix" | "tcp"));
    if is_socket {
        guest.fill_in(port, "source/@mode", "bind", "the hypervisor makes the socket")?;
    }
    Ok(())
}

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    for kind in PORTS {
        for port in guest.devices(kind) {
            guest.fill_in(port, "@type", "pty", "virsh console opens it")?;
            listens(guest, port)?;
            if guest.document.attr(port, "type").is_some_and(|kind| kind == "qemu-vdagent") {
                guest.fill_in(port, "target/@name", SPICE, "the SPICE agent looks for that name")?;
            }
        }
    }
    let none = guest.devices("console").is_empty() && guest.devices("serial").is_empty();
    if none && !guest.is_without("console") {
        let console = guest.add_with("console", &[("@type", "pty")], "pty", "virsh console opens it")?;
        if guest.board() == Board::S390 {
            guest.fill_in(console, "target/@type", "sclp", "IBM Z guests write to it from the start")?;
        }
    }
    Ok(())
}
