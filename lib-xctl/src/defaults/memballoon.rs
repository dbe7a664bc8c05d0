//! The memory balloon, through which the host gets memory back.

use super::error::Error;
use super::guest::Guest;
use crate::osinfo::device::VIRTIO_BALLOON;

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    for balloon in guest.devices("memballoon") {
        guest.fill_in(balloon, "@model", "virtio", "it is the usual model")?;
    }
    if !guest.devices("memballoon").is_empty() {
        return Ok(());
    }
    if guest.is_without("memballoon") {
        guest.add_with("memballoon", &[("@model", "none")], "none", "without this word libvirt adds one")?;
    } else if guest.gains_virtio(VIRTIO_BALLOON) {
        guest.add_with("memballoon", &[("@model", "virtio")], "virtio", "{os} drives it")?;
    }
    Ok(())
}
