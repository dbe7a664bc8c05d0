//! A snapshot of a domain.

use super::object;
use crate::property::{Property, rows};

const ROWS: &[Property] = rows! {
    "name": Text => "name", "Name";
    "description": Text => "description", "Description";
    "state": Text => "state", "State that the guest was in";
    "creationTime": Integer => "creationTime", "When it was made, in seconds since 1970";
    "parent": Text => "parent/name", "Snapshot that it came after";
    "memory": Enum(&["no", "internal", "external"]) => "memory/@snapshot", "Where the guest's memory is kept";
    "memory.file": Text => "memory/@file", "File with its memory";
    "disk#.name": Text => "disks/disk[#]/@name", "Disk";
    "disk#.snapshot": Enum(&["no", "internal", "external", "manual"]) => "disks/disk[#]/@snapshot", "Where its state is kept";
    "disk#.file": Text => "disks/disk[#]/source/@file", "File that takes what is written from then on";
};

object! {
    /// A view of `<domainsnapshot>` (libvirt's formatsnapshot.html).
    Snapshot, "domainsnapshot", ROWS,
    {
        /// State that the guest was in.
        state: "state",
        /// The snapshot that it came after.
        parent: "parent",
    }
}
