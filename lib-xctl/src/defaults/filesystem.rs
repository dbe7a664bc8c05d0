//! Directories of the host that the guest sees, and the memory that virtiofs needs for it.

use super::error::Error;
use super::guest::Guest;
use crate::document::Element;

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    for filesystem in guest.devices("filesystem") {
        if !guest.knows_qemu() && !guest.is_container() {
            continue;
        }
        guest.fill_in(filesystem, "@type", "mount", "it is a directory of the host")?;
        if !is_virtiofs(guest, filesystem) {
            guest.fill_in(
                filesystem,
                "@accessmode",
                "mapped",
                "the guest's owners and modes need no rights on the host",
            )?;
        }
    }
    let shares = guest.devices("filesystem").into_iter().any(|filesystem| is_virtiofs(guest, filesystem));
    let shared_by_node = guest.has("cpu/numa/cell");
    if shares && !shared_by_node && !guest.has("memoryBacking/hugepages") {
        guest.fill("memoryBacking/source/@type", "memfd", "virtiofs works on memory shared with the host")?;
        guest.fill(
            "memoryBacking/access/@mode",
            "shared",
            "virtiofs works on memory shared with the host",
        )?;
    }
    Ok(())
}

fn is_virtiofs(guest: &Guest<'_, '_>, filesystem: Element) -> bool {
    guest.document.get(filesystem, "driver/@type").is_some_and(|driver| driver == "virtiofs")
}
