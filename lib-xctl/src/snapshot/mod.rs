//! Snapshots that just work: where a guest's state is kept is decided by what its disks and its firmware can hold, and
//! the way back is looked at before anything is touched.
//!
//! An *internal* snapshot is inside the guest's qcow2 images. An *external* one leaves the images as they are from then
//! on, and lays new files over them. [`Plan`] chooses and tells why; [`Rollback`] goes back, [`Removal`] merges.

mod arrival;
mod error;
mod frozen;
mod kind;
mod others;
mod plan;
mod removal;
mod rollback;

pub use error::Error;
pub use frozen::{Frozen, exposed};
pub use kind::Kind;
pub use others::Other;
pub use plan::{Fate, Memory, Plan, Request};
pub use removal::Removal;
pub use rollback::Rollback;

use hypervisor::flags::{SnapshotFilter, SnapshotXml};
use hypervisor::{Domain, Snapshot};

use crate::document::{Document, Element};

/// The snapshot of this name, or the current one.
fn find(domain: &Domain, name: Option<&str>) -> Result<Snapshot, Error> {
    let found = match name {
        Some(name) => domain.snapshot_by_name(name),
        None => domain.current_snapshot(),
    };
    found.map_err(|error| match error.code.is_missing() {
        true => Error::Unknown {
            guest: domain.name().to_owned(),
            name: name.map(str::to_owned),
            known: names(domain),
        },
        false => error.into(),
    })
}

fn names(domain: &Domain) -> Vec<String> {
    // A list that does not come only costs the hint.
    let all = domain.snapshots(SnapshotFilter::TOPOLOGICAL).unwrap_or_default();
    all.iter().map(|snapshot| snapshot.name().to_owned()).collect()
}

/// What libvirt keeps about a snapshot.
fn described(snapshot: &Snapshot) -> Result<Document, Error> {
    Ok(Document::parse(&snapshot.xml(SnapshotXml::NONE)?)?)
}

/// The disks of which a snapshot has a file laid over, by the names that the guest has for them.
fn overlaid(described: &Document) -> Vec<String> {
    with_state(described, "external")
}

fn with_state(described: &Document, kind: &str) -> Vec<String> {
    let Some(disks) = described.child(described.root(), "disks") else { return Vec::new() };
    described
        .children_named(disks, "disk")
        .filter(|&disk| described.attr(disk, "snapshot").as_deref() == Some(kind))
        .filter_map(|disk| Some(described.attr(disk, "name")?.into_owned()))
        .collect()
}

/// The disks whose images hold a snapshot's state, by the names that the guest has for them.
fn inside(described: &Document) -> Vec<String> {
    with_state(described, "internal")
}

/// Whether a disk's image holds a snapshot's state.
fn is_internal(described: &Document) -> bool {
    !inside(described).is_empty()
}

/// The guest as it was when the snapshot was made.
fn then(described: &Document) -> Option<Element> {
    ["inactiveDomain", "domain"].iter().find_map(|name| described.child(described.root(), name))
}

/// The file that a disk of the guest was in.
fn file_of(document: &Document, guest: Element, target: &str) -> Option<String> {
    let devices = document.child(guest, "devices")?;
    let disk = document
        .children_named(devices, "disk")
        .find(|&disk| document.get(disk, "target/@dev").as_deref() == Some(target))?;
    Some(document.get(disk, "source/@file")?.into_owned())
}

/// Where a snapshot's memory is, if that is a file of its own.
fn memory_file(described: &Document) -> Option<String> {
    let is_file = described.get(described.root(), "memory/@snapshot").as_deref() == Some("external");
    described.get(described.root(), "memory/@file").filter(|_| is_file).map(|file| file.into_owned())
}
