//! Work on a running domain's disks: copying, committing and pulling what they hold.
#![allow(unsafe_code)]

use std::ffi::c_ulong;
use std::mem::MaybeUninit;

use virt_sys as sys;

use crate::call::or_null;
use crate::flags::{BlockCommitFlags, BlockCopyFlags, BlockJobAbortFlags, BlockRebaseFlags};
use crate::parameter::{Owned, Parameter};
use crate::{Domain, Result};

/// The work that goes on on a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockJob {
    /// What it is (`virDomainBlockJobType`).
    pub kind: u32,
    /// Its limit a second, in the unit that was asked for; 0 is none.
    pub bandwidth: u64,
    /// How far it is.
    pub current: u64,
    /// Where it ends.
    pub end: u64,
}

/// The unit of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Bytes a second.
    Bytes,
    /// MiB a second, which all versions of libvirt know.
    MiB,
}

impl Unit {
    /// The flag of libvirt's calls, the same number for asking and setting.
    fn flag(self) -> u32 {
        match self {
            Self::Bytes => sys::VIR_DOMAIN_BLOCK_JOB_INFO_BANDWIDTH_BYTES,
            Self::MiB => 0,
        }
    }
}

impl Domain {
    /// The work that goes on on a disk, given by target or source.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn block_job(&self, disk: &str, unit: Unit) -> Result<Option<BlockJob>> {
        let call = self.call("ask for the block job of");
        let disk = call.c_text(disk)?;
        let mut info = MaybeUninit::<sys::virDomainBlockJobInfo>::zeroed();
        // SAFETY: the handle owns the domain; text and `info` live during the call.
        let found = call.truth(|| unsafe {
            sys::virDomainGetBlockJobInfo(self.ptr(), disk.as_ptr(), info.as_mut_ptr(), unit.flag())
        })?;
        // SAFETY: all zeros are a valid value, and libvirt has filled it in where there is work.
        let info = unsafe { info.assume_init() };
        Ok(found.then_some(BlockJob {
            kind: info.type_.cast_unsigned(),
            bandwidth: info.bandwidth,
            current: info.cur,
            end: info.end,
        }))
    }

    /// Ends the work on a disk.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn abort_block_job(&self, disk: &str, flags: BlockJobAbortFlags) -> Result<()> {
        let call = self.call("end the block job of");
        let disk = call.c_text(disk)?;
        // SAFETY: the handle owns the domain, and the text lives during the call.
        call.done(|| unsafe { sys::virDomainBlockJobAbort(self.ptr(), disk.as_ptr(), flags.0) })
    }

    /// Limits the work on a disk.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn set_block_job_speed(&self, disk: &str, bandwidth: c_ulong, unit: Unit) -> Result<()> {
        let call = self.call("limit the block job of");
        let disk = call.c_text(disk)?;
        // SAFETY: the handle owns the domain, and the text lives during the call.
        call.done(|| unsafe {
            sys::virDomainBlockJobSetSpeed(self.ptr(), disk.as_ptr(), bandwidth, unit.flag())
        })
    }

    /// Makes a disk independent of all that it was made on.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn block_pull(&self, disk: &str, bandwidth: c_ulong, unit: Unit) -> Result<()> {
        let call = self.call("pull a disk of");
        let disk = call.c_text(disk)?;
        let flags = match unit {
            Unit::Bytes => sys::VIR_DOMAIN_BLOCK_PULL_BANDWIDTH_BYTES,
            Unit::MiB => 0,
        };
        // SAFETY: the handle owns the domain, and the text lives during the call.
        call.done(|| unsafe { sys::virDomainBlockPull(self.ptr(), disk.as_ptr(), bandwidth, flags) })
    }

    /// Makes a disk depend on `base` alone; or copies it there, if the flags say so.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn block_rebase(
        &self,
        disk: &str,
        base: Option<&str>,
        bandwidth: c_ulong,
        flags: BlockRebaseFlags,
    ) -> Result<()> {
        let call = self.call("rebase a disk of");
        let disk = call.c_text(disk)?;
        let base = base.map(|base| call.c_text(base)).transpose()?;
        // SAFETY: the handle owns the domain, and the texts live during the call.
        call.done(|| unsafe {
            sys::virDomainBlockRebase(self.ptr(), disk.as_ptr(), or_null(base.as_ref()), bandwidth, flags.0)
        })
    }

    /// Copies a disk to where the XML of another one says.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn block_copy(
        &self,
        disk: &str,
        xml: &str,
        parameters: &[Parameter],
        flags: BlockCopyFlags,
    ) -> Result<()> {
        let call = self.call("copy a disk of");
        let (disk, xml) = (call.c_text(disk)?, call.c_text(xml)?);
        let parameters = Owned::build(&call, parameters)?;
        // SAFETY: the handle owns the domain; texts and parameters live during the call.
        call.done(|| unsafe {
            sys::virDomainBlockCopy(
                self.ptr(),
                disk.as_ptr(),
                xml.as_ptr(),
                parameters.list,
                parameters.count,
                flags.0,
            )
        })
    }

    /// Moves what was written to `top` and what lies between into `base`.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn block_commit(
        &self,
        disk: &str,
        base: Option<&str>,
        top: Option<&str>,
        bandwidth: c_ulong,
        flags: BlockCommitFlags,
    ) -> Result<()> {
        let call = self.call("commit a disk of");
        let disk = call.c_text(disk)?;
        let base = base.map(|base| call.c_text(base)).transpose()?;
        let top = top.map(|top| call.c_text(top)).transpose()?;
        // SAFETY: the handle owns the domain, and the texts live during the call.
        call.done(|| unsafe {
            sys::virDomainBlockCommit(
                self.ptr(),
                disk.as_ptr(),
                or_null(base.as_ref()),
                or_null(top.as_ref()),
                bandwidth,
                flags.0,
            )
        })
    }
}
