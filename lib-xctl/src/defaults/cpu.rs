//! The CPU that the guest sees.

use super::error::Error;
use super::guest::{Board, Guest, Rule};

const MODES: &[Rule] = &[
    Rule { value: "host-passthrough", when: wants_host, why: "the guest can do all that the host's CPU can" },
    Rule { value: "maximum", when: wants_maximum, why: "the guest can do all that the emulator can" },
];

/// The 64-bit Arm CPU that every emulator has.
const ARM64: &str = "cortex-a57";

/// What says that the user chose a CPU.
const CHOSEN: &[&str] = &["cpu/@mode", "cpu/model"];

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    if CHOSEN.iter().any(|place| guest.get(place).is_some()) || guest.is_without("cpu") {
        return Ok(());
    }
    if let Some(rule) = guest.choose(MODES) {
        guest.fill("cpu/@mode", rule.value, rule.why)?;
    } else if guest.board() == Board::Virt && guest.arch() == "aarch64" {
        guest.fill("cpu/@mode", "custom", "the machine's own default is a 32-bit CPU")?;
        guest.fill("cpu/@match", "exact", "the machine's own default is a 32-bit CPU")?;
        guest.fill("cpu/model", ARM64, "the machine's own default is a 32-bit CPU")?;
    }
    Ok(())
}

fn has_mode(guest: &Guest<'_, '_>, mode: &str) -> bool {
    guest.context.domain_capabilities.is_some_and(|caps| caps.has_cpu_mode(mode))
}

fn wants_host(guest: &Guest<'_, '_>) -> bool {
    let native = guest.arch() == guest.context.host.architecture;
    let listed = guest.context.domain_capabilities.is_none() || has_mode(guest, "host-passthrough");
    guest.virt_type() == "kvm"
        && native
        && listed
        && matches!(guest.board(), Board::Q35 | Board::Pc | Board::Virt)
}

fn wants_maximum(guest: &Guest<'_, '_>) -> bool {
    let board = matches!(guest.board(), Board::Q35 | Board::Pc | Board::Virt);
    guest.virt_type() == "qemu" && board && has_mode(guest, "maximum")
}
