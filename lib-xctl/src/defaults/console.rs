//! Serial consoles and ports.

use super::error::Error;
use super::guest::{Board, Guest};

/// Devices with a side on the host that is a pseudo-terminal where nothing else is said.
const PORTS: &[&str] = &["serial", "parallel", "console"];

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    for kind in PORTS {
        for port in guest.devices(kind) {
            guest.fill_in(port, "@type", "pty", "virsh console opens it")?;
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
