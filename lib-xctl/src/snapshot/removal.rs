//! Removing a snapshot: what is in files of its own is merged, and what was written since then stays.

use hypervisor::flags::{SnapshotDeleteFlags, SnapshotFilter};
use hypervisor::{Domain, Snapshot};

use super::{Error, described, find, overlaid};

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
