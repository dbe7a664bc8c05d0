//! Checkpoints: moments since which a domain's disks keep track of what changes; and the backups that are made of it.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_int};
use std::ptr;

use virt_sys as sys;

use crate::call::{Call, or_null};
use crate::flags::{
    BackupFlags, CheckpointCreateFlags, CheckpointDeleteFlags, CheckpointFilter, CheckpointXml,
};
use crate::handle::handle;
use crate::{Connection, Domain, Result};

/// A reference that is ours, as the `virt` crate has none of this kind.
pub(crate) struct Raw(sys::virDomainCheckpointPtr);

// SAFETY: libvirt counts references atomically and locks what the object holds.
unsafe impl Send for Raw {}
// SAFETY: as above.
unsafe impl Sync for Raw {}

impl Raw {
    pub(crate) fn name(&self) -> std::result::Result<String, virt::error::Error> {
        // SAFETY: the reference is ours.
        let name = unsafe { sys::virDomainCheckpointGetName(self.0) };
        if name.is_null() {
            return Err(virt::error::Error::last_error());
        }
        // SAFETY: the text lives as long as the checkpoint.
        Ok(unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned())
    }
}

impl Clone for Raw {
    fn clone(&self) -> Self {
        // SAFETY: the reference is ours, so that another one can be taken.
        unsafe { sys::virDomainCheckpointRef(self.0) };
        Self(self.0)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // SAFETY: the reference is ours and is given back once.
        unsafe { sys::virDomainCheckpointFree(self.0) };
    }
}

handle! {
    /// A checkpoint of a domain.
    Checkpoint(Raw), "checkpoint", name
}

/// Takes a list of checkpoints that libvirt has allocated.
fn list(
    call: Call<'_>,
    connection: &Connection,
    function: impl FnOnce(*mut *mut sys::virDomainCheckpointPtr) -> c_int,
) -> Result<Vec<Checkpoint>> {
    let mut list: *mut sys::virDomainCheckpointPtr = ptr::null_mut();
    let count = call.number(|| function(&raw mut list))?;
    let count = usize::try_from(count).unwrap_or_default();
    // SAFETY: libvirt filled in `count` references, each ours.
    let found: Vec<Raw> = (0..count).map(|index| Raw(unsafe { *list.add(index) })).collect();
    // SAFETY: the list came from malloc and is ours too.
    unsafe { libc::free(list.cast()) };
    found.into_iter().map(|raw| Checkpoint::new(raw, connection)).collect()
}

impl Checkpoint {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its description.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn xml(&self, flags: CheckpointXml) -> Result<String> {
        // SAFETY: the handle owns the checkpoint.
        self.call("describe").text(|| unsafe { sys::virDomainCheckpointGetXMLDesc(self.raw.0, flags.0) })
    }

    /// The checkpoint before it.
    ///
    /// # Errors
    /// `NO_DOMAIN_CHECKPOINT` where it is the first.
    pub fn parent(&self) -> Result<Self> {
        let call = self.call("find the parent of");
        // SAFETY: the handle owns the checkpoint.
        let raw = call.pointer(|| unsafe { sys::virDomainCheckpointGetParent(self.raw.0, 0) })?;
        Self::new(Raw(raw.as_ptr()), &self.connection)
    }

    /// The checkpoints after it.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn children(&self, filter: CheckpointFilter) -> Result<Vec<Self>> {
        list(self.call("list the children of"), &self.connection, |list| {
            // SAFETY: the handle owns the checkpoint, and the list lives during the call.
            unsafe { sys::virDomainCheckpointListAllChildren(self.raw.0, list, filter.0) }
        })
    }

    /// Deletes it.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn delete(&self, flags: CheckpointDeleteFlags) -> Result<()> {
        // SAFETY: the handle owns the checkpoint.
        self.call("delete").done(|| unsafe { sys::virDomainCheckpointDelete(self.raw.0, flags.0) })
    }
}

impl Domain {
    /// All its checkpoints that pass the filter, in one call.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn checkpoints(&self, filter: CheckpointFilter) -> Result<Vec<Checkpoint>> {
        list(self.call("list the checkpoints of"), self.connection(), |list| {
            // SAFETY: the handle owns the domain, and the list lives during the call.
            unsafe { sys::virDomainListAllCheckpoints(self.ptr(), list, filter.0) }
        })
    }

    /// The checkpoint of this name.
    ///
    /// # Errors
    /// `NO_DOMAIN_CHECKPOINT` where there is none.
    pub fn checkpoint_by_name(&self, name: &str) -> Result<Checkpoint> {
        let call = self.call("find a checkpoint of");
        let name = call.c_text(name)?;
        // SAFETY: the handle owns the domain, and the text lives during the call.
        let raw =
            call.pointer(|| unsafe { sys::virDomainCheckpointLookupByName(self.ptr(), name.as_ptr(), 0) })?;
        Checkpoint::new(Raw(raw.as_ptr()), self.connection())
    }

    /// Makes a checkpoint.
    ///
    /// # Errors
    /// Why it cannot be made.
    pub fn create_checkpoint(&self, xml: &str, flags: CheckpointCreateFlags) -> Result<Checkpoint> {
        let call = self.call("make a checkpoint of");
        let xml = call.c_text(xml)?;
        // SAFETY: the handle owns the domain, and the text lives during the call.
        let raw =
            call.pointer(|| unsafe { sys::virDomainCheckpointCreateXML(self.ptr(), xml.as_ptr(), flags.0) })?;
        Checkpoint::new(Raw(raw.as_ptr()), self.connection())
    }

    /// Begins a backup, and makes a checkpoint at that moment if one is described.
    ///
    /// # Errors
    /// Why it cannot be made.
    pub fn begin_backup(&self, xml: &str, checkpoint: Option<&str>, flags: BackupFlags) -> Result<()> {
        let call = self.call("back up");
        let xml = call.c_text(xml)?;
        let checkpoint = checkpoint.map(|checkpoint| call.c_text(checkpoint)).transpose()?;
        // SAFETY: the handle owns the domain, and the texts live during the call.
        call.done(|| unsafe {
            sys::virDomainBackupBegin(self.ptr(), xml.as_ptr(), or_null(checkpoint.as_ref()), flags.0)
        })
    }

    /// The backup that goes on.
    ///
    /// # Errors
    /// That there is none.
    pub fn backup_xml(&self) -> Result<String> {
        let call = self.call("describe the backup of");
        // SAFETY: the handle owns the domain.
        call.text(|| unsafe { sys::virDomainBackupGetXMLDesc(self.ptr(), 0) })
    }
}
