//! The controller that SCSI disks hang on.

use super::error::Error;
use super::guest::Guest;
use crate::osinfo::device::VIRTIO_SCSI;

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    let disks = guest.devices("disk");
    let used =
        disks.iter().any(|&disk| guest.document.get(disk, "target/@bus").is_some_and(|bus| bus == "scsi"));
    if !used || guest.has_device("controller", "type", "scsi") {
        return Ok(());
    }
    if guest.drives_virtio(VIRTIO_SCSI) {
        let parts = [("@type", "scsi"), ("@model", "virtio-scsi")];
        guest.add_with("controller", &parts, "virtio-scsi", "{os} drives it, and no other is as fast")?;
    }
    Ok(())
}
