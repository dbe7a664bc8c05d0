//! Memory that the host cannot read: AMD's SEV does not begin without a policy for the guest.

use super::error::Error;
use super::guest::Guest;

/// Nobody debugs the guest (bit 0), and no other guest shares its key (bit 1).
const POLICY: &str = "0x03";
/// The same, and its registers are encrypted as well (bit 2), which is SEV-ES.
const POLICY_ES: &str = "0x07";

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    if guest.get("launchSecurity/@type").is_none_or(|kind| kind != "sev") {
        return Ok(());
    }
    let (policy, why) = match encrypts_registers(guest) {
        true => (POLICY_ES, "memory and registers are the guest's alone"),
        false => (POLICY, "memory is the guest's alone"),
    };
    guest.fill("launchSecurity/policy", policy, why)?;
    Ok(())
}

/// Whether the host runs guests with SEV-ES.
fn encrypts_registers(guest: &Guest<'_, '_>) -> bool {
    guest.context.domain_capabilities.is_some_and(|offers| offers.sev_es_guests() > 0)
}
