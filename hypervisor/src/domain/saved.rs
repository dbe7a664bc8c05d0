//! A guest's memory in a file: managed save, save and restore, core dumps; and the snapshots of a domain.
#![allow(unsafe_code)]

use virt_sys as sys;

use super::Domain;
use crate::call::{Call, or_null};
use crate::flags::{DumpFlags, SaveFlags, SaveImageXml, SnapshotCreateFlags, SnapshotFilter};
use crate::handle::calls;
use crate::parameter::{Owned, Parameter};
use crate::snapshot::Snapshot;
use crate::{Connection, Result};

calls! { Domain {
    /// Saves its memory where libvirt keeps it and stops it; the next start goes on from there.
    managed_save(flags: SaveFlags) = "save", managed_save(flags.0);
    /// Whether its memory is kept by libvirt.
    has_managed_save() -> bool = "ask for the saved state of", has_managed_save(0);
    /// Forgets the memory that libvirt keeps.
    remove_managed_save() = "remove the saved state of", managed_save_remove(0);
}}

/// The format of a core dump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are libvirt's own")]
pub enum DumpFormat {
    Raw,
    KdumpZlib,
    KdumpLzo,
    KdumpSnappy,
    WinDmp,
}

impl DumpFormat {
    fn number(self) -> u32 {
        match self {
            Self::Raw => sys::VIR_DOMAIN_CORE_DUMP_FORMAT_RAW,
            Self::KdumpZlib => sys::VIR_DOMAIN_CORE_DUMP_FORMAT_KDUMP_ZLIB,
            Self::KdumpLzo => sys::VIR_DOMAIN_CORE_DUMP_FORMAT_KDUMP_LZO,
            Self::KdumpSnappy => sys::VIR_DOMAIN_CORE_DUMP_FORMAT_KDUMP_SNAPPY,
            Self::WinDmp => sys::VIR_DOMAIN_CORE_DUMP_FORMAT_WIN_DMP,
        }
    }
}

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

    /// Brings a saved domain back as these parameters (`VIR_DOMAIN_SAVE_PARAM_*`) say.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn restore_with(&self, parameters: &[Parameter], flags: SaveFlags) -> Result<()> {
        let call = self.call("restore a domain on");
        let parameters = Owned::build(&call, parameters)?;
        // SAFETY: the connection is owned, and the parameters live during the call.
        call.done(|| unsafe {
            sys::virDomainRestoreParams(self.ptr(), parameters.list, parameters.count, flags.0)
        })
    }

    /// The description in a file that a domain was saved to.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn saved_xml(&self, path: &str, flags: SaveImageXml) -> Result<String> {
        let call = self.call("describe a saved domain on");
        let path = call.c_text(path)?;
        // SAFETY: the connection is owned, and the text lives during the call.
        call.text(|| unsafe { sys::virDomainSaveImageGetXMLDesc(self.ptr(), path.as_ptr(), flags.0) })
    }

    /// Changes the description in a file that a domain was saved to.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn define_saved(&self, path: &str, xml: &str, flags: SaveFlags) -> Result<()> {
        let call = self.call("change a saved domain on");
        let (path, xml) = (call.c_text(path)?, call.c_text(xml)?);
        // SAFETY: the connection is owned, and the texts live during the call.
        call.done(|| unsafe {
            sys::virDomainSaveImageDefineXML(self.ptr(), path.as_ptr(), xml.as_ptr(), flags.0)
        })
    }
}

impl Domain {
    /// Saves it as these parameters (`VIR_DOMAIN_SAVE_PARAM_*`) say, and stops it.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn save_with(&self, parameters: &[Parameter], flags: SaveFlags) -> Result<()> {
        let call = self.call("save");
        let parameters = Owned::build(&call, parameters)?;
        // SAFETY: the handle owns the domain, and the parameters live during the call.
        call.done(|| unsafe {
            sys::virDomainSaveParams(self.ptr(), parameters.list, parameters.count, flags.0)
        })
    }

    /// The description beside the memory that libvirt keeps.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn managed_save_xml(&self, flags: SaveImageXml) -> Result<String> {
        self.call("describe the saved state of")
            // SAFETY: the handle owns the domain.
            .text(|| unsafe { sys::virDomainManagedSaveGetXMLDesc(self.ptr(), flags.0) })
    }

    /// Changes the description beside the memory that libvirt keeps.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn define_managed_save(&self, xml: &str, flags: SaveFlags) -> Result<()> {
        let call = self.call("change the saved state of");
        let xml = call.c_text(xml)?;
        // SAFETY: the handle owns the domain, and the text lives during the call.
        call.done(|| unsafe { sys::virDomainManagedSaveDefineXML(self.ptr(), xml.as_ptr(), flags.0) })
    }

    /// Writes its memory to a file on the host.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn core_dump(&self, path: &str, format: DumpFormat, flags: DumpFlags) -> Result<()> {
        let call = self.call("dump");
        let path = call.c_text(path)?;
        // SAFETY: the handle owns the domain, and the text lives during the call.
        call.done(|| unsafe {
            match format {
                // Which drivers without other formats know as well.
                DumpFormat::Raw => sys::virDomainCoreDump(self.ptr(), path.as_ptr(), flags.0),
                _ => sys::virDomainCoreDumpWithFormat(self.ptr(), path.as_ptr(), format.number(), flags.0),
            }
        })
    }

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
        let call = self.call("make a snapshot of");
        call.c_text(xml)?;
        let raw = call.run(|| self.raw.create_snapshot_xml(xml, flags.0))?;
        Snapshot::new(raw, self.connection())
    }
}
