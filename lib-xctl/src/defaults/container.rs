//! What a container starts.

use super::error::Error;
use super::guest::Guest;

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    if !guest.is_container() {
        return Ok(());
    }
    if guest.has("devices/filesystem/target[@dir='/']") {
        guest.fill("os/init", "/sbin/init", "the container has a root directory of its own")?;
    } else {
        guest.fill("os/init", "/bin/sh", "the container shares the host's root directory")?;
    }
    Ok(())
}
