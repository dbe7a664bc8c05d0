//! A guest's memory in a file: managed save, save and restore, core dumps; and the snapshots of a domain.
#![allow(unsafe_code)]

use virt_sys as sys;

use super::Domain;
use crate::call::{Call, or_null};
use crate::flags::{DumpFlags, SaveFlags, SnapshotCreateFlags, SnapshotFilter};
use crate::handle::calls;
use crate::snapshot::Snapshot;
use crate::{Connection, Result};

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

impl Connection {
    /// Brings a saved domain back, with another description if one is given.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn restore(&self, path: &str, xml: Option<&str>, flags: SaveFlags) -> Result<()> {
        let call = Call::new(format!("restore a domain from {path} on"), self);
        let (path, xml) = (call.c_text(path)?, xml.map(|xml| call.c_text(xml)).transpose()?);
        // SAFETY: the connection is owned, and the texts live during the call.
        call.done(|| unsafe {
            sys::virDomainRestoreFlags(self.ptr(), path.as_ptr(), or_null(xml.as_ref()), flags.0)
        })
    }
}

impl Domain {
    /// Writes its memory to a file on the host and stops it; another description may be kept with it.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn save(&self, path: &str, xml: Option<&str>, flags: SaveFlags) -> Result<()> {
        let call = self.call("save");
        let (path, xml) = (call.c_text(path)?, xml.map(|xml| call.c_text(xml)).transpose()?);
        // SAFETY: the handle owns the domain, and the texts live during the call.
        call.done(|| unsafe {
            sys::virDomainSaveFlags(self.ptr(), path.as_ptr(), or_null(xml.as_ref()), flags.0)
        })
    }

    /// All its snapshots that pass the filter, in one call.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn snapshots(&self, filter: SnapshotFilter) -> Result<Vec<Snapshot>> {
        let found = self.call("list the snapshots of").run(|| self.raw.list_all_snapshots(filter.0))?;
        found.into_iter().map(|raw| Snapshot::new(raw, self.connection())).collect()
    }

    /// Whether it has checkpoints: times since which its disks' changes are kept.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn has_checkpoints(&self) -> Result<bool> {
        self.call("ask for the checkpoints of")
            // SAFETY: the handle owns the domain; null asks for their number alone.
            .truth(|| unsafe { sys::virDomainListAllCheckpoints(self.ptr(), std::ptr::null_mut(), 0) })
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
