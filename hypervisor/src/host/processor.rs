//! The host's processors: which there are, what they did, and which of them guests can be given.
#![allow(unsafe_code)]

use std::ffi::{CString, c_char, c_int, c_uint, c_ulonglong};

use virt_sys as sys;

use super::{Figure, Query, figures};
use crate::call::{Call, or_null};
use crate::flags::{BaselineFlags, CompareFlags};
use crate::parameter::Owned;
use crate::{Connection, Parameter, Result};

/// How a processor that is described is to the one that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// It has what is not there.
    Incompatible,
    /// It is the same.
    Identical,
    /// All that it has is there, and more.
    Superset,
}

impl From<c_int> for Comparison {
    fn from(number: c_int) -> Self {
        match number {
            sys::VIR_CPU_COMPARE_IDENTICAL => Self::Identical,
            sys::VIR_CPU_COMPARE_SUPERSET => Self::Superset,
            _ => Self::Incompatible,
        }
    }
}

/// Where the host's memory is kept while it sleeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuspendTarget {
    /// In memory that stays powered.
    Memory,
    /// On a disk.
    Disk,
    /// On a disk, and in memory as long as there is power.
    Hybrid,
}

/// The texts of a query as C wants them.
struct CQuery {
    emulator: Option<CString>,
    arch: Option<CString>,
    machine: Option<CString>,
    virt_type: Option<CString>,
}

impl CQuery {
    fn new(call: &Call<'_>, query: &Query<'_>) -> Result<Self> {
        let text = |text: Option<&str>| text.map(|text| call.c_text(text)).transpose();
        Ok(Self {
            emulator: text(query.emulator)?,
            arch: text(query.arch)?,
            machine: text(query.machine)?,
            virt_type: text(query.virt_type)?,
        })
    }
}

/// Texts as C wants a list of them.
struct CList {
    pointers: Vec<*const c_char>,
    /// What the pointers lead to.
    _texts: Vec<CString>,
}

impl CList {
    fn new(call: &Call<'_>, texts: &[String]) -> Result<Self> {
        let texts = texts.iter().map(|text| call.c_text(text)).collect::<Result<Vec<_>>>()?;
        Ok(Self { pointers: texts.iter().map(|text| text.as_ptr()).collect(), _texts: texts })
    }

    fn count(&self) -> c_uint {
        c_uint::try_from(self.pointers.len()).unwrap_or_default()
    }
}

impl Connection {
    /// Which of the processors that are present are online.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn cpu_map(&self) -> Result<Vec<bool>> {
        let mut map = std::ptr::null_mut();
        let present = self.call("ask for the processors of").number(|| {
            // SAFETY: the connection is owned, and `map` lives during the call.
            unsafe { sys::virNodeGetCPUMap(self.ptr(), &raw mut map, std::ptr::null_mut(), 0) }
        })?;
        let present = usize::try_from(present).unwrap_or_default();
        // SAFETY: libvirt allocated a bit for each processor that is present.
        let online = |cpu: usize| unsafe { *map.add(cpu / 8) } & (1 << (cpu % 8)) != 0;
        let online = (0..present).map(online).collect();
        // SAFETY: the map came from malloc, is ours, and not used again.
        unsafe { libc::free(map.cast()) };
        Ok(online)
    }

    /// How many figures there are about a processor; -1 is all of them.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn cpu_stats_count(&self, cpu: i32) -> Result<usize> {
        let mut count = 0;
        self.call("count the figures about the processors of").done(|| {
            // SAFETY: the connection is owned, `count` lives during the call, and no list means that it is asked for.
            unsafe { sys::virNodeGetCPUStats(self.ptr(), cpu, std::ptr::null_mut(), &raw mut count, 0) }
        })?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    /// So many of these figures; times are in nanoseconds.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn cpu_stats(&self, cpu: i32, count: usize) -> Result<Vec<Figure>> {
        let mut list = vec![sys::virNodeCPUStats { field: [0; 80], value: 0 }; count];
        let mut room = c_int::try_from(count).unwrap_or(c_int::MAX);
        self.call("ask for the times of the processors of").done(|| {
            // SAFETY: the connection is owned, and the list is `room` long.
            unsafe { sys::virNodeGetCPUStats(self.ptr(), cpu, list.as_mut_ptr(), &raw mut room, 0) }
        })?;
        Ok(figures(list.iter().map(|stat| (&stat.field, stat.value)), room))
    }

    /// The richest processor that all of these can stand in for.
    ///
    /// # Errors
    /// What libvirt finds wrong with them, or that there is none.
    pub fn baseline_cpu(&self, cpus: &[String], flags: BaselineFlags) -> Result<String> {
        let call = self.call("find a processor common to those for");
        let mut list = CList::new(&call, cpus)?;
        // SAFETY: the connection is owned, and the list holds so many texts, which live during the call.
        call.text(|| unsafe {
            sys::virConnectBaselineCPU(self.ptr(), list.pointers.as_mut_ptr(), list.count(), flags.0)
        })
    }

    /// The richest processor that all of these can stand in for, and that the hypervisor can give to guests.
    ///
    /// # Errors
    /// What libvirt finds wrong with them, or that there is none.
    pub fn baseline_hypervisor_cpu(
        &self,
        query: &Query<'_>,
        cpus: &[String],
        flags: BaselineFlags,
    ) -> Result<String> {
        let call = self.call("find a processor common to those for guests of");
        let (query, mut list) = (CQuery::new(&call, query)?, CList::new(&call, cpus)?);
        // SAFETY: the connection is owned; the texts, so many of them in the list, live during the call.
        call.text(|| unsafe {
            sys::virConnectBaselineHypervisorCPU(
                self.ptr(),
                or_null(query.emulator.as_ref()),
                or_null(query.arch.as_ref()),
                or_null(query.machine.as_ref()),
                or_null(query.virt_type.as_ref()),
                list.pointers.as_mut_ptr(),
                list.count(),
                flags.0,
            )
        })
    }

    /// How a processor is to the host's own.
    ///
    /// # Errors
    /// What libvirt finds wrong with it; with `FAIL_INCOMPATIBLE` also that the host lacks something, and what.
    pub fn compare_cpu(&self, cpu: &str, flags: CompareFlags) -> Result<Comparison> {
        let call = self.call("compare a processor to that of");
        let cpu = call.c_text(cpu)?;
        // SAFETY: the connection is owned, and the text lives during the call.
        let number =
            call.number(|| unsafe { sys::virConnectCompareCPU(self.ptr(), cpu.as_ptr(), flags.0) })?;
        Ok(number.into())
    }

    /// How a processor is to the one that the hypervisor can give to guests.
    ///
    /// # Errors
    /// As for [`Connection::compare_cpu`].
    pub fn compare_hypervisor_cpu(
        &self,
        query: &Query<'_>,
        cpu: &str,
        flags: CompareFlags,
    ) -> Result<Comparison> {
        let call = self.call("compare a processor to that of guests of");
        let (query, cpu) = (CQuery::new(&call, query)?, call.c_text(cpu)?);
        // SAFETY: the connection is owned, and the texts live during the call.
        let number = call.number(|| unsafe {
            sys::virConnectCompareHypervisorCPU(
                self.ptr(),
                or_null(query.emulator.as_ref()),
                or_null(query.arch.as_ref()),
                or_null(query.machine.as_ref()),
                or_null(query.virt_type.as_ref()),
                cpu.as_ptr(),
                flags.0,
            )
        })?;
        Ok(number.into())
    }

    /// What the host's AMD processors tell about encrypted guests (SEV).
    ///
    /// # Errors
    /// What libvirt refused, e.g. that they cannot.
    pub fn sev_info(&self) -> Result<Vec<Parameter>> {
        let mut list = Owned::default();
        self.call("ask for the encryption of guests of").done(|| {
            // SAFETY: the connection is owned, and libvirt fills in list and count together.
            unsafe { sys::virNodeGetSEVInfo(self.ptr(), &raw mut list.list, &raw mut list.count, 0) }
        })?;
        Ok(list.copy())
    }

    /// Puts the host to sleep for so many seconds.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn suspend_host(&self, target: SuspendTarget, seconds: c_ulonglong) -> Result<()> {
        let target = match target {
            SuspendTarget::Memory => sys::VIR_NODE_SUSPEND_TARGET_MEM,
            SuspendTarget::Disk => sys::VIR_NODE_SUSPEND_TARGET_DISK,
            SuspendTarget::Hybrid => sys::VIR_NODE_SUSPEND_TARGET_HYBRID,
        };
        // SAFETY: the connection is owned.
        self.call("suspend the host of")
            .done(|| unsafe { sys::virNodeSuspendForDuration(self.ptr(), target, seconds, 0) })
    }
}
