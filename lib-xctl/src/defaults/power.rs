//! Power management: whether the guest may suspend by itself.

use super::error::Error;
use super::guest::Guest;

const SUSPEND: &[&str] = &["suspend-to-mem", "suspend-to-disk"];

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    if !guest.is_x86() || !guest.knows_qemu() {
        return Ok(());
    }
    for name in SUSPEND {
        let why = "a guest that suspended by itself seems to hang";
        guest.fill(&format!("pm/{name}/@enabled"), "no", why)?;
    }
    Ok(())
}
