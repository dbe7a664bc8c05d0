//! What a container starts, and what it has of its own.

use super::error::Error;
use super::guest::Guest;

/// Memory of a container in KiB, where nothing is said: a bound that libvirt wants to be told, not a reservation.
pub(crate) const MEMORY: u64 = 1 << 20;

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    if !guest.is_container() {
        return Ok(());
    }
    guest.fill("memory", &MEMORY.to_string(), "libvirt wants a bound")?;
    if guest.has("devices/filesystem/target[@dir='/']") {
        let why = "the container has a root directory of its own";
        guest.fill("os/init", "/sbin/init", why)?;
        if !guest.has("features/privnet") && !guest.is_without("privnet") {
            let root = guest.document.root();
            guest.document.ensure(root, "features/privnet")?;
            guest.note("features/privnet", "on", why);
        }
    } else {
        guest.fill("os/init", "/bin/sh", "the container shares the host's root directory")?;
    }
    Ok(())
}
