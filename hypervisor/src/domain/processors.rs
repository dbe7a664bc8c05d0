//! Virtual processors and I/O threads, and the host's processors that they run on.
#![allow(unsafe_code)]

use std::ffi::c_int;
use std::time::Duration;

use virt_sys as sys;

use super::Domain;
use crate::flags::Affect;
use crate::parameter::{self, Owned, Parameter};
use crate::{Connection, Result};

/// Processors of the host, a bit each: the first is the lowest bit of the first byte.
pub type CpuMap = Vec<u8>;

/// A virtual processor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vcpu {
    /// Its number.
    pub number: u32,
    /// What it is doing (`virVcpuState`).
    pub state: u32,
    /// Processor time it used.
    pub time: Duration,
    /// The host's processor that it is on (negative: `virVcpuHostCpuState`).
    pub cpu: i32,
    /// The host's processors that it may be on; empty where the hypervisor does not say.
    pub map: CpuMap,
}

/// An I/O thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IoThread {
    /// Its number.
    pub id: u32,
    /// The host's processors that it may be on.
    pub map: CpuMap,
}

/// Which figures about processor time are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CpuTime {
    /// Those of all of the host's processors together.
    Total,
    /// Those of some of the host's processors, each by itself.
    Each {
        /// The first one.
        start: u32,
        /// How many.
        count: u32,
    },
}

impl Connection {
    /// How many processors the host has, those that are switched off included.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn cpus(&self) -> Result<u32> {
        // SAFETY: the connection is owned; null asks for nothing but the number.
        let asked = self.call("count the processors of").number(|| unsafe {
            sys::virNodeGetCPUMap(self.ptr(), std::ptr::null_mut(), std::ptr::null_mut(), 0)
        });
        match asked {
            Ok(count) => Ok(count.cast_unsigned()),
            Err(_) => {
                let node = self.node_info()?;
                Ok([node.sockets, node.cores, node.threads].into_iter().fold(node.nodes, u32::saturating_mul))
            }
        }
    }
}

/// The bytes that a map of so many processors takes.
fn map_length(cpus: u32) -> usize {
    cpus.div_ceil(8) as usize
}

fn length(bytes: usize) -> c_int {
    c_int::try_from(bytes).unwrap_or(c_int::MAX)
}

impl Domain {
    /// Its virtual processors while it runs; `count` is how many are expected at most.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn vcpu_infos(&self, count: u32, cpus: u32) -> Result<Vec<Vcpu>> {
        let bytes = map_length(cpus);
        let room = count as usize;
        let empty = sys::virVcpuInfo { number: 0, state: 0, cpuTime: 0, cpu: 0 };
        let mut infos = vec![empty; room];
        let mut maps = vec![0_u8; room * bytes];
        // SAFETY: the handle owns the domain; both arrays have room for what is asked.
        let found = self.call("ask for the processors of").number(|| unsafe {
            sys::virDomainGetVcpus(
                self.ptr(),
                infos.as_mut_ptr(),
                length(room),
                maps.as_mut_ptr(),
                length(bytes),
            )
        })?;
        let found = usize::try_from(found).unwrap_or_default().min(room);
        Ok(infos[..found]
            .iter()
            .zip(maps.chunks(bytes.max(1)))
            .map(|(info, map)| Vcpu {
                number: info.number,
                state: info.state.cast_unsigned(),
                time: Duration::from_nanos(info.cpuTime),
                cpu: info.cpu,
                map: map.to_vec(),
            })
            .collect())
    }

    /// The host's processors that each virtual one may be on.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn vcpu_pins(&self, count: u32, cpus: u32, affect: Affect) -> Result<Vec<CpuMap>> {
        let bytes = map_length(cpus);
        let mut maps = vec![0_u8; count as usize * bytes];
        // SAFETY: the handle owns the domain; the array has room for what is asked.
        let found = self.call("ask for the pinning of").number(|| unsafe {
            sys::virDomainGetVcpuPinInfo(
                self.ptr(),
                count.cast_signed(),
                maps.as_mut_ptr(),
                length(bytes),
                affect.0,
            )
        })?;
        let found = usize::try_from(found).unwrap_or_default();
        Ok(maps.chunks(bytes.max(1)).take(found).map(<[u8]>::to_vec).collect())
    }

    /// Chooses the host's processors that a virtual one may be on; [`Affect::CURRENT`] works with drivers that know
    /// nothing else.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn pin_vcpu(&self, vcpu: u32, map: &[u8], affect: Affect) -> Result<()> {
        let mut map = map.to_vec();
        // SAFETY: the handle owns the domain, and the map lives during the call.
        self.call("pin a processor of").done(|| unsafe {
            sys::virDomainPinVcpuFlags(self.ptr(), vcpu, map.as_mut_ptr(), length(map.len()), affect.0)
        })
    }

    /// The host's processors that the emulator's own threads may be on; `None` where nothing is chosen.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn emulator_pin(&self, cpus: u32, affect: Affect) -> Result<Option<CpuMap>> {
        let mut map = vec![0_u8; map_length(cpus)];
        // SAFETY: the handle owns the domain, and the map lives during the call.
        let found = self.call("ask for the emulator's pinning of").truth(|| unsafe {
            sys::virDomainGetEmulatorPinInfo(self.ptr(), map.as_mut_ptr(), length(map.len()), affect.0)
        })?;
        Ok(found.then_some(map))
    }

    /// Chooses the host's processors that the emulator's own threads may be on.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn pin_emulator(&self, map: &[u8], affect: Affect) -> Result<()> {
        let mut map = map.to_vec();
        // SAFETY: the handle owns the domain, and the map lives during the call.
        self.call("pin the emulator of").done(|| unsafe {
            sys::virDomainPinEmulator(self.ptr(), map.as_mut_ptr(), length(map.len()), affect.0)
        })
    }

    /// Its I/O threads.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn io_threads(&self, affect: Affect) -> Result<Vec<IoThread>> {
        let mut list: *mut sys::virDomainIOThreadInfoPtr = std::ptr::null_mut();
        // SAFETY: the handle owns the domain, and `list` lives during the call.
        let count = self
            .call("ask for the I/O threads of")
            .number(|| unsafe { sys::virDomainGetIOThreadInfo(self.ptr(), &raw mut list, affect.0) })?;
        let count = usize::try_from(count).unwrap_or_default();
        let take = |index| {
            // SAFETY: libvirt filled in `count` threads, each with a map of the length that it says, ours to free.
            unsafe {
                let raw: sys::virDomainIOThreadInfoPtr = *list.add(index);
                let bytes = usize::try_from((*raw).cpumaplen).unwrap_or_default();
                let map = match (*raw).cpumap.is_null() {
                    true => Vec::new(),
                    false => std::slice::from_raw_parts((*raw).cpumap, bytes).to_vec(),
                };
                let thread = IoThread { id: (*raw).iothread_id, map };
                sys::virDomainIOThreadInfoFree(raw);
                thread
            }
        };
        let threads = (0..count).map(take).collect();
        // SAFETY: the list came from malloc and is ours too.
        unsafe { libc::free(list.cast()) };
        Ok(threads)
    }

    /// Chooses the host's processors that an I/O thread may be on.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn pin_io_thread(&self, id: u32, map: &[u8], affect: Affect) -> Result<()> {
        let mut map = map.to_vec();
        // SAFETY: the handle owns the domain, and the map lives during the call.
        self.call("pin an I/O thread of").done(|| unsafe {
            sys::virDomainPinIOThread(self.ptr(), id, map.as_mut_ptr(), length(map.len()), affect.0)
        })
    }

    /// Adds an I/O thread.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn add_io_thread(&self, id: u32, affect: Affect) -> Result<()> {
        self.call("add an I/O thread to")
            // SAFETY: the handle owns the domain.
            .done(|| unsafe { sys::virDomainAddIOThread(self.ptr(), id, affect.0) })
    }

    /// Removes an I/O thread.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn remove_io_thread(&self, id: u32, affect: Affect) -> Result<()> {
        self.call("remove an I/O thread from")
            // SAFETY: the handle owns the domain.
            .done(|| unsafe { sys::virDomainDelIOThread(self.ptr(), id, affect.0) })
    }

    /// Changes how an I/O thread works.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn set_io_thread(&self, id: u32, parameters: &[Parameter], affect: Affect) -> Result<()> {
        let call = self.call("change an I/O thread of");
        let built = Owned::build(&call, parameters)?;
        // SAFETY: the handle owns the domain, and the list lives during the call.
        call.done(|| unsafe {
            sys::virDomainSetIOThreadParams(self.ptr(), id, built.list, built.count, affect.0)
        })
    }

    /// Plugs virtual processors, given as `0-2,5`, in or out.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn set_vcpu(&self, list: &str, plugged: bool, affect: Affect) -> Result<()> {
        let call = self.call("plug processors of");
        let list = call.c_text(list)?;
        // SAFETY: the handle owns the domain, and the text lives during the call.
        call.done(|| unsafe { sys::virDomainSetVcpu(self.ptr(), list.as_ptr(), plugged.into(), affect.0) })
    }

    /// What the guest itself says about its processors.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn guest_vcpus(&self) -> Result<Vec<Parameter>> {
        let mut owned = Owned::default();
        let count = (&raw mut owned.count).cast();
        self.call("ask the guest for its processors: ")
            // SAFETY: the handle owns the domain; list and count live during the call.
            .done(|| unsafe { sys::virDomainGetGuestVcpus(self.ptr(), &raw mut owned.list, count, 0) })?;
        Ok(owned.copy())
    }

    /// Has the guest switch processors on or off.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn set_guest_vcpus(&self, list: &str, on: bool) -> Result<()> {
        let call = self.call("switch processors of");
        let list = call.c_text(list)?;
        // SAFETY: the handle owns the domain, and the text lives during the call.
        call.done(|| unsafe { sys::virDomainSetGuestVcpus(self.ptr(), list.as_ptr(), on.into(), 0) })
    }

    /// How many of the host's processors there are figures about.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn cpu_time_count(&self) -> Result<u32> {
        self.cpu_stats(std::ptr::null_mut(), 0, 0, 0).map(c_int::cast_unsigned)
    }

    /// Figures about the processor time that it used: a list for each processor that was asked for. Processors about
    /// which nothing is known have an empty one.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn cpu_time(&self, of: CpuTime) -> Result<Vec<Vec<Parameter>>> {
        let (start, count) = match of {
            CpuTime::Total => (-1, 1),
            CpuTime::Each { start, count } => (start.cast_signed(), count),
        };
        let each = self.cpu_stats(std::ptr::null_mut(), 0, start, 1)?.cast_unsigned();
        let room = each as usize * count as usize;
        if room == 0 {
            return Ok(Vec::new());
        }
        // SAFETY: all zeros are a parameter without a type, which nobody reads.
        let mut list = vec![unsafe { std::mem::zeroed::<sys::virTypedParameter>() }; room];
        let filled = self.cpu_stats(list.as_mut_ptr(), each, start, count)?;
        let found = list
            .chunks_mut(each as usize)
            // SAFETY: libvirt filled in the first `filled` of each chunk and left the others zero.
            .map(|chunk| unsafe { parameter::copy(chunk.as_mut_ptr(), filled.min(length(chunk.len()))) })
            .collect();
        // SAFETY: as above; their texts are ours to free, the list itself is Rust's.
        unsafe { sys::virTypedParamsClear(list.as_mut_ptr(), length(room)) };
        Ok(found)
    }

    fn cpu_stats(
        &self,
        list: sys::virTypedParameterPtr,
        each: u32,
        start: c_int,
        count: u32,
    ) -> Result<c_int> {
        self.call("ask for the processor time of")
            // SAFETY: the handle owns the domain; the callers' lists have room for `each` parameters `count` times.
            .number(|| unsafe { sys::virDomainGetCPUStats(self.ptr(), list, each, start, count, 0) })
    }
}
