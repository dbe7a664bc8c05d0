//! Removing a snapshot: what is in files of its own is merged, and what was written since then stays.

use std::collections::HashSet;

use hypervisor::flags::{SnapshotDeleteFlags, SnapshotFilter};
use hypervisor::{Domain, Snapshot};

use super::{Error, described, find, is_internal, overlaid};

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
    /// There is none, or several others rest on its files.
    pub fn new(domain: &Domain, name: Option<&str>) -> Result<Removal, Error> {
        let snapshot = find(domain, name)?;
        let merges = !overlaid(&described(&snapshot)?).is_empty();
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
