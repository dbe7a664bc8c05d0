//! Snapshots: the state of a domain at some time.

use crate::Result;
use crate::flags::{SnapshotDeleteFlags, SnapshotFilter, SnapshotRevertFlags, SnapshotXml};
use crate::handle::{calls, handle};

handle! {
    /// A snapshot of a domain.
    Snapshot(virt::domain_snapshot::DomainSnapshot), "snapshot", name
}

calls! { Snapshot {
    /// Its description.
    xml(flags: SnapshotXml) -> String = "describe", xml_desc(flags.0);
    /// Whether it is its domain's current one.
    is_current() -> bool = "ask whether current is", is_current(0);
    /// Whether libvirt keeps more about it than the disks do.
    has_metadata() -> bool = "ask for the metadata of", has_metadata(0);
    /// Takes the domain back to it.
    revert(flags: SnapshotRevertFlags) = "go back to", revert(flags.0);
    /// Deletes it.
    delete(flags: SnapshotDeleteFlags) = "delete", delete(flags.0);
}}

impl Snapshot {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The snapshot that it was made on.
    ///
    /// # Errors
    /// `NO_DOMAIN_SNAPSHOT` where it is the first.
    pub fn parent(&self) -> Result<Self> {
        Self::new(self.call("find the parent of").run(|| self.raw.parent(0))?, &self.connection)
    }

    /// The snapshots that were made on it.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn children(&self, filter: SnapshotFilter) -> Result<Vec<Self>> {
        let found = self.call("list the children of").run(|| self.raw.list_all_children(filter.0))?;
        found.into_iter().map(|raw| Self::new(raw, &self.connection)).collect()
    }
}
