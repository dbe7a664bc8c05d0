//! Statistics of many domains in one call, and of jobs.
#![allow(unsafe_code)]

use std::ffi::c_int;
use std::mem::MaybeUninit;

use virt_sys as sys;

use crate::flags::{JobAbortFlags, JobStatsFlags, StatsFilter, StatsKinds};
use crate::parameter::{self, Parameter};
use crate::{Connection, Domain, Result};

/// The statistics of one domain.
#[derive(Debug, Clone)]
pub struct DomainStats {
    /// The domain.
    pub domain: Domain,
    /// Its figures, in libvirt's order.
    pub values: Vec<Parameter>,
}

impl DomainStats {
    /// The figure of this name, e.g. `cpu.time`.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u64> {
        self.values.iter().find(|parameter| parameter.name == name)?.value.as_u64()
    }
}

/// A list of records that libvirt allocated, freed on drop.
struct Records(*mut sys::virDomainStatsRecordPtr);

impl Drop for Records {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: libvirt allocated the list for us.
            unsafe { sys::virDomainStatsRecordListFree(self.0) };
        }
    }
}

impl Records {
    fn copy(&self, count: c_int, connection: &Connection) -> Result<Vec<DomainStats>> {
        let count = usize::try_from(count).unwrap_or_default();
        let copy = |index| {
            // SAFETY: libvirt filled in `count` records, which live as long as the list, and nobody else has them.
            let record = unsafe { &mut **self.0.add(index) };
            // The record's reference becomes the handle's: to take another, libvirt would spell the domain's UUID out.
            let owned = std::mem::replace(&mut record.dom, std::ptr::null_mut());
            // SAFETY: the reference is the handle's alone, as the record has none any more, which libvirt allows.
            let domain = unsafe { virt::domain::Domain::from_ptr(owned) };
            // SAFETY: libvirt filled in list and count together.
            let values = unsafe { parameter::copy(record.params, record.nparams) };
            Ok(DomainStats { domain: Domain::new(domain, connection)?, values })
        };
        (0..count).map(copy).collect()
    }
}

impl Connection {
    /// Statistics of all domains that pass the filter, in one call.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn domain_stats(&self, kinds: StatsKinds, filter: StatsFilter) -> Result<Vec<DomainStats>> {
        let mut records = Records(std::ptr::null_mut());
        let call = self.call("ask for statistics of");
        // SAFETY: the connection is owned, and `records` lives during the call.
        let count = call.number(|| unsafe {
            sys::virConnectGetAllDomainStats(self.ptr(), kinds.0, &raw mut records.0, filter.0)
        })?;
        records.copy(count, self)
    }

    /// Statistics of these domains, which are all of this connection, in one call.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn stats_of<'d>(
        &self,
        domains: impl IntoIterator<Item = &'d Domain>,
        kinds: StatsKinds,
        filter: StatsFilter,
    ) -> Result<Vec<DomainStats>> {
        let mut list: Vec<_> = domains.into_iter().map(Domain::ptr).collect();
        if list.is_empty() {
            return Ok(Vec::new());
        }
        list.push(std::ptr::null_mut());
        let mut records = Records(std::ptr::null_mut());
        let call = self.call("ask for statistics of");
        // SAFETY: the handles own the domains; the list ends with null and lives during the call, as `records` does.
        let count = call.number(|| unsafe {
            sys::virDomainListGetStats(list.as_mut_ptr(), kinds.0, &raw mut records.0, filter.0)
        })?;
        records.copy(count, self)
    }
}

/// A long work on a domain: migration, save, dump, backup.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// What libvirt knows of it (`virDomainJobType`); 0 is no job.
    pub kind: u32,
    /// Its figures, in libvirt's order.
    pub values: Vec<Parameter>,
}

/// The figures that every driver with jobs has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JobBrief {
    /// What libvirt knows of it (`virDomainJobType`); 0 is no job.
    pub kind: u32,
    /// Milliseconds since it began.
    pub elapsed: u64,
    /// Milliseconds until it ends, where that is known.
    pub remaining: u64,
    /// Bytes in all, done and still to do.
    pub data: [u64; 3],
    /// The same of memory alone.
    pub memory: [u64; 3],
    /// The same of disks alone.
    pub file: [u64; 3],
}

impl Domain {
    /// The work that goes on, or the one that ended last.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn job(&self, flags: JobStatsFlags) -> Result<Job> {
        let (mut kind, mut values) = (0, parameter::Owned::default());
        let call = self.call("ask for the job of");
        // SAFETY: the handle owns the domain, and what is filled in lives during the call.
        call.done(|| unsafe {
            sys::virDomainGetJobStats(
                self.ptr(),
                &raw mut kind,
                &raw mut values.list,
                &raw mut values.count,
                flags.0,
            )
        })?;
        Ok(Job { kind: kind.cast_unsigned(), values: values.copy() })
    }

    /// Stops the work that goes on.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn abort_job(&self, flags: JobAbortFlags) -> Result<()> {
        // SAFETY: the handle owns the domain.
        self.call("abort the job of").done(|| unsafe {
            match flags {
                // Which every version and driver knows.
                JobAbortFlags::NONE => sys::virDomainAbortJob(self.ptr()),
                JobAbortFlags(flags) => sys::virDomainAbortJobFlags(self.ptr(), flags),
            }
        })
    }

    /// What goes on, by the older call: whether it ends, and its figures by their places. Drivers that do not know
    /// [`job`](Self::job) may know this one.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn job_brief(&self) -> Result<JobBrief> {
        let mut info = MaybeUninit::<sys::virDomainJobInfo>::zeroed();
        self.call("ask for the job of")
            // SAFETY: the handle owns the domain, and `info` lives during the call.
            .done(|| unsafe { sys::virDomainGetJobInfo(self.ptr(), info.as_mut_ptr()) })?;
        // SAFETY: all zeros are a valid value, and libvirt has filled it in.
        let info = unsafe { info.assume_init() };
        Ok(JobBrief {
            kind: info.type_.cast_unsigned(),
            elapsed: info.timeElapsed,
            remaining: info.timeRemaining,
            data: [info.dataTotal, info.dataProcessed, info.dataRemaining],
            memory: [info.memTotal, info.memProcessed, info.memRemaining],
            file: [info.fileTotal, info.fileProcessed, info.fileRemaining],
        })
    }
}
