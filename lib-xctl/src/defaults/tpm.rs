//! The trusted platform module.

use super::error::Error;
use super::firmware::is_uefi;
use super::guest::{Board, Guest, Rule};

const MODELS: &[Rule] = &[
    // Which of the others a machine has, libvirt knows.
    Rule { value: "tpm-crb", when: offers_crb, why: "it is the newer interface" },
];

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    if guest.devices("tpm").is_empty() && !guest.is_without("tpm") && is_wanted(guest) {
        guest.add_with("tpm", &[], "emulator", "a system that boots through UEFI is likely to use one")?;
    }
    for tpm in guest.devices("tpm") {
        guest.fill_in(tpm, "backend/@type", "emulator", "each guest has its own")?;
        let emulated = guest.document.get(tpm, "backend/@type").is_some_and(|kind| kind == "emulator");
        // libvirt 11.3 takes the path for that of a file with its state and forgets it, and at the end of the guest
        // removes the directory of the file with all that is in it.
        let path = guest.document.get(tpm, "backend/source/@path").filter(|_| emulated);
        if let (Some(path), None) = (path, guest.document.get(tpm, "backend/source/@type")) {
            return Err(Error::UnsaidSource { path: path.into_owned() });
        }
        // A version that was said goes with some models only.
        if emulated && guest.document.get(tpm, "backend/@version").is_none() {
            guest.fill_by(tpm, "@model", MODELS)?;
        }
    }
    Ok(())
}

/// Only where the host can emulate one: a guest whose TPM's program is missing does not start.
fn is_wanted(guest: &Guest<'_, '_>) -> bool {
    // libvirt lists one for 32-bit Arm, and refuses it (https://gitlab.com/libvirt/libvirt/-/issues/329).
    is_uefi(guest) && guest.arch() != "armv7l" && guest.lists("devices/tpm", "backendModel", "emulator")
}

fn offers_crb(guest: &Guest<'_, '_>) -> bool {
    let listed = guest.context.domain_capabilities.and_then(|caps| caps.supports("devices/tpm")).is_some();
    if listed { guest.lists("devices/tpm", "model", "tpm-crb") } else { guest.board() != Board::Pseries }
}
