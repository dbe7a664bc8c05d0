//! A guest's memory in a file: managed save, save and restore, core dumps; and the snapshots of a domain.

use super::Domain;
use crate::Result;
use crate::flags::{DumpFlags, SaveFlags, SnapshotCreateFlags, SnapshotFilter};
use crate::handle::calls;
use crate::snapshot::Snapshot;

calls! { Domain {
    /// Saves its memory where libvirt keeps it and stops it; the next start goes on from there.
    managed_save(flags: SaveFlags) = "save", managed_save(flags.0);
    /// Whether its memory is kept by libvirt.
    has_managed_save() -> bool = "ask for the saved state of", has_managed_save(0);
    /// Forgets the memory that libvirt keeps.
    remove_managed_save() = "remove the saved state of", managed_save_remove(0);
    /// Writes its memory to a file on the host.
    core_dump(path: &str, flags: DumpFlags) = "dump", core_dump(path, flags.0);
}}

impl Domain {
    /// All its snapshots that pass the filter, in one call.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn snapshots(&self, filter: SnapshotFilter) -> Result<Vec<Snapshot>> {
        let found = self.call("list the snapshots of").run(|| self.raw.list_all_snapshots(filter.0))?;
        found.into_iter().map(|raw| Snapshot::new(raw, self.connection())).collect()
    }

    /// The snapshot of this name.
    ///
    /// # Errors
    /// `NO_DOMAIN_SNAPSHOT` where there is none.
    pub fn snapshot_by_name(&self, name: &str) -> Result<Snapshot> {
        let raw = self
            .call("find a snapshot of")
            .run(|| virt::domain::Domain::lookup_snapshot_by_name(&self.raw, name, 0))?;
        Snapshot::new(raw, self.connection())
    }

    /// The snapshot that it was last taken to or made from.
    ///
    /// # Errors
    /// `NO_DOMAIN_SNAPSHOT` where there is none.
    pub fn current_snapshot(&self) -> Result<Snapshot> {
        let raw = self.call("find the current snapshot of").run(|| self.raw.current_snapshot(0))?;
        Snapshot::new(raw, self.connection())
    }

    /// Makes a snapshot.
    ///
    /// # Errors
    /// Why it cannot be made.
    pub fn create_snapshot(&self, xml: &str, flags: SnapshotCreateFlags) -> Result<Snapshot> {
        let raw = self.call("make a snapshot of").run(|| self.raw.create_snapshot_xml(xml, flags.0))?;
        Snapshot::new(raw, self.connection())
    }
}
