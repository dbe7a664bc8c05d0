//! The memory balloon, through which the host gets memory back.

use super::guest::Guest;
use crate::document::Error;
use crate::osinfo::device::VIRTIO_BALLOON;

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    for balloon in guest.devices("memballoon") {
        guest.fill_in(balloon, "@model", "virtio", "it is the usual model")?;
    }
    let none = guest.devices("memballoon").is_empty() && !guest.is_without("memballoon");
    if none && guest.drives_virtio(VIRTIO_BALLOON) {
        guest.add_with("memballoon", &[("@model", "virtio")], "virtio", "{os} drives it")?;
    }
    Ok(())
}
