//! The CPU that the guest sees.

use super::error::Error;
use super::guest::{Board, Guest, Rule};
use crate::capabilities::Host;

const MODES: &[Rule] = &[
    Rule { value: "host-passthrough", when: wants_host, why: "the guest can do all that the host's CPU can" },
    Rule { value: "maximum", when: wants_maximum, why: "the guest can do all that the emulator can" },
];

/// What says that the user chose a CPU.
const CHOSEN: &[&str] = &["cpu/@mode", "cpu/model"];

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    if guest.context.facts.host_cpu {
        return name_host(guest);
    }
    if CHOSEN.iter().any(|place| guest.get(place).is_some()) || guest.is_without("cpu") {
        return Ok(());
    }
    if let Some(rule) = guest.choose(MODES) {
        guest.fill("cpu/@mode", rule.value, rule.why)?;
    }
    Ok(())
}

/// Takes the model that the host's CPU is of; on a host that names none the hypervisor chooses.
fn name_host(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    let host: &Host = guest.context.host;
    if let Some(model) = &host.cpu_model {
        let why = "it is the model of the host's CPU";
        for (place, value) in [("cpu/@mode", "custom"), ("cpu/@match", "exact"), ("cpu/model", model)] {
            guest.fill(place, value, why)?;
        }
    }
    Ok(())
}

fn has_mode(guest: &Guest<'_, '_>, mode: &str) -> bool {
    guest.context.domain_capabilities.is_some_and(|caps| caps.has_cpu_mode(mode))
}

fn wants_host(guest: &Guest<'_, '_>) -> bool {
    let native = guest.arch() == guest.context.host.architecture;
    let listed = guest.context.domain_capabilities.is_none() || has_mode(guest, "host-passthrough");
    let board = guest.board();
    guest.virt_type() == "kvm" && native && listed && (board.is_x86() || board == Board::Arm)
}

fn wants_maximum(guest: &Guest<'_, '_>) -> bool {
    let board = guest.board();
    guest.virt_type() == "qemu" && (board.is_x86() || board.is_virt()) && has_mode(guest, "maximum")
}
