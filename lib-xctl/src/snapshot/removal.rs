//! Removing a snapshot: what is in files of its own is merged, and what was written since then stays.

use std::collections::HashSet;

use hypervisor::flags::{SnapshotDeleteFlags, SnapshotFilter};
use hypervisor::{Connection, Domain, Snapshot};

use super::{Error, described, file_of, find, is_internal, others, overlaid, then};
use crate::document::Document;

/// A snapshot that can go.
#[derive(Debug)]
pub struct Removal {
    snapshot: Snapshot,
    /// Whether files are merged, which takes time.
    pub merges: bool,
}

impl Removal {
    /// Finds the snapshot, the current one where no name is given, and looks whether it can go.
    ///
    /// # Errors
    /// There is none, or other snapshots or disks of other guests rest on its files.
    pub fn new(connection: &Connection, domain: &Domain, name: Option<&str>) -> Result<Removal, Error> {
        let snapshot = find(domain, name)?;
        let described_snapshot = described(&snapshot)?;
        let merges = !overlaid(&described_snapshot).is_empty();
        let children = snapshot.children(SnapshotFilter::NONE)?;
        if merges && children.len() > 1 {
            let mut children: Vec<_> = children.iter().map(|child| child.name().to_owned()).collect();
            children.sort();
            return Err(Error::Parent { name: snapshot.name().to_owned(), children });
        }
        let (guest, name) = (domain.name().to_owned(), snapshot.name().to_owned());
        if merges && let Some(other) = beside(domain, &snapshot)? {
            return Err(Error::Beside { guest, name, other });
        }
        if merges
            && let Ok(parent) = snapshot.parent()
            && is_internal(&described(&parent)?)
        {
            return Err(Error::OnInternal { guest, name, parent: parent.name().to_owned() });
        }
        if merges {
            let files = merged(domain, &snapshot, &described_snapshot);
            let others = others::resting_on(connection, domain, &files)?;
            if !others.is_empty() {
                return Err(Error::Others { guest, what: format!("lose snapshot '{name}'"), others });
            }
        }
        Ok(Removal { snapshot, merges })
    }

    /// The snapshot.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Removes it.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn run(&self) -> hypervisor::Result<()> {
        self.snapshot.delete(SnapshotDeleteFlags::NONE)
    }
}

/// The files that are written to, and those that are merged into them and go.
fn merged(domain: &Domain, snapshot: &Snapshot, described: &Document) -> Vec<String> {
    let targets = overlaid(described);
    let mut files: Vec<String> = then(described)
        .map(|then| targets.iter().filter_map(|target| file_of(described, then, target)).collect())
        .unwrap_or_default();
    if let Some(disks) = described.child(described.root(), "disks") {
        let overlay = |disk| Some(described.get(disk, "source/@file")?.into_owned());
        files.extend(described.children_named(disks, "disk").filter_map(overlay));
    }
    // After a way back, another file than the first is laid over those of the snapshot.
    if domain.current_snapshot().is_ok_and(|current| current.name() == snapshot.name()) {
        files.extend(others::now(domain, &targets));
    }
    files
}

/// A snapshot that rests on this one and is not below what the guest writes to: libvirt merges only along the chain that
/// the guest is on.
fn beside(domain: &Domain, snapshot: &Snapshot) -> Result<Option<String>, Error> {
    let mut chain = HashSet::new();
    let mut at = domain.current_snapshot();
    while let Ok(found) = at {
        chain.insert(found.name().to_owned());
        at = found.parent();
    }
    let resting = snapshot.children(SnapshotFilter::DESCENDANTS | SnapshotFilter::TOPOLOGICAL)?;
    // The last one is nobody's parent.
    let last = resting.iter().rfind(|resting| !chain.contains(resting.name()));
    Ok(last.map(|resting| resting.name().to_owned()))
}
