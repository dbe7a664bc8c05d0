//! The trusted platform module.

use super::error::Error;
use super::firmware::is_uefi;
use super::guest::{Board, Guest, Rule};

const MODELS: &[Rule] = &[
    Rule {
        value: "tpm-crb",
        when: |g| g.is_x86() && g.allows("devices/tpm", "model", "tpm-crb"),
        why: "it is the newer interface",
    },
    Rule {
        value: "tpm-spapr",
        when: |g| g.board() == Board::Pseries,
        why: "it is the one of POWER machines",
    },
    Rule { value: "tpm-tis", when: |_| true, why: "every machine that has a TPM offers it" },
];

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    if guest.devices("tpm").is_empty() && !guest.is_without("tpm") && is_wanted(guest) {
        guest.add_with("tpm", &[], "emulator", "a system that boots through UEFI is likely to use one")?;
    }
    for tpm in guest.devices("tpm") {
        guest.fill_in(tpm, "backend/@type", "emulator", "each guest has its own")?;
        let emulated = guest.document.get(tpm, "backend/@type").is_some_and(|kind| kind == "emulator");
        if emulated {
            guest.fill_by(tpm, "@model", MODELS)?;
        }
    }
    Ok(())
}

/// Only where the host can emulate one: a guest whose TPM's program is missing does not start.
fn is_wanted(guest: &Guest<'_, '_>) -> bool {
    let emulated = guest
        .context
        .domain_capabilities
        .is_some_and(|caps| caps.allows("devices/tpm", "backendModel", "emulator") == Some(true));
    is_uefi(guest) && emulated
}
