//! Statistics of many domains in one call, and of jobs.
#![allow(unsafe_code)]

use std::ffi::c_int;

use virt_sys as sys;

use crate::flags::{StatsFilter, StatsKinds};
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
            // SAFETY: libvirt filled in `count` records, which live as long as the list.
            let record = unsafe { &**self.0.add(index) };
            // SAFETY: the record's reference goes with the list, so the handle takes one of its own.
            let domain = unsafe {
                sys::virDomainRef(record.dom);
                virt::domain::Domain::from_ptr(record.dom)
            };
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
    pub fn stats_of(
        &self,
        domains: &[Domain],
        kinds: StatsKinds,
        filter: StatsFilter,
    ) -> Result<Vec<DomainStats>> {
        if domains.is_empty() {
            return Ok(Vec::new());
        }
        let mut list: Vec<_> = domains.iter().map(Domain::ptr).chain([std::ptr::null_mut()]).collect();
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

impl Domain {
    /// The work that goes on, or the one that ended last.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn job(&self, completed: bool) -> Result<Job> {
        let flags = if completed { sys::VIR_DOMAIN_JOB_STATS_COMPLETED } else { 0 };
        let (mut kind, mut values) = (0, parameter::Owned::default());
        let call = self.call("ask for the job of");
        // SAFETY: the handle owns the domain, and what is filled in lives during the call.
        call.done(|| unsafe {
            sys::virDomainGetJobStats(
                self.ptr(),
                &raw mut kind,
                &raw mut values.list,
                &raw mut values.count,
                flags,
            )
        })?;
        Ok(Job { kind: kind.cast_unsigned(), values: values.copy() })
    }

    /// Stops the work that goes on.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn abort_job(&self) -> Result<()> {
        // SAFETY: the handle owns the domain.
        self.call("abort the job of").done(|| unsafe { sys::virDomainAbortJob(self.ptr()) })
    }
}
