//! Pointer and keyboard.

use super::error::Error;
use super::guest::{Board, Guest};

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
