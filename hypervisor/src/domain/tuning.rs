//! What of a domain is tuned by named parameters: its share of processors, memory, disks and network.
#![allow(unsafe_code)]

use std::ffi::{CString, c_char, c_int, c_uint};

use virt_sys as sys;

use super::Domain;
use crate::Result;
use crate::call::Call;
use crate::flags::Affect;
use crate::parameter::{self, Owned, Parameter, Value};

/// A set of parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tuning<'a> {
    /// Its weight on the host's disks.
    Block,
    /// Limits of its memory.
    Memory,
    /// Where on the host its memory is.
    Numa,
    /// How the host's processors are shared out to it.
    Scheduler,
    /// The bandwidth of a network interface, given by its name on the host or its hardware address.
    Interface(&'a str),
    /// The throughput of a disk, given by target or by path.
    Disk(&'a str),
}

type Get = unsafe extern "C" fn(
    sys::virDomainPtr,
    *const c_char,
    sys::virTypedParameterPtr,
    *mut c_int,
    c_uint,
) -> c_int;
type Set =
    unsafe extern "C" fn(sys::virDomainPtr, *const c_char, sys::virTypedParameterPtr, c_int, c_uint) -> c_int;

/// Gives calls that know no device the type of those that do.
macro_rules! without_device {
    ($get:ident, $set:ident) => {{
        unsafe extern "C" fn get(
            domain: sys::virDomainPtr,
            _device: *const c_char,
            list: sys::virTypedParameterPtr,
            count: *mut c_int,
            flags: c_uint,
        ) -> c_int {
            // SAFETY: the arguments are those of the call around this one.
            unsafe { sys::$get(domain, list, count, flags) }
        }
        unsafe extern "C" fn set(
            domain: sys::virDomainPtr,
            _device: *const c_char,
            list: sys::virTypedParameterPtr,
            count: c_int,
            flags: c_uint,
        ) -> c_int {
            // SAFETY: the arguments are those of the call around this one.
            unsafe { sys::$set(domain, list, count, flags) }
        }
        (get as Get, set as Set)
    }};
}

/// Some drivers know only the older call, which takes no flags.
unsafe extern "C" fn get_scheduler(
    domain: sys::virDomainPtr,
    _device: *const c_char,
    list: sys::virTypedParameterPtr,
    count: *mut c_int,
    flags: c_uint,
) -> c_int {
    // SAFETY: the arguments are those of the call around this one.
    unsafe {
        match flags {
            0 => sys::virDomainGetSchedulerParameters(domain, list, count),
            flags => sys::virDomainGetSchedulerParametersFlags(domain, list, count, flags),
        }
    }
}

/// As [`get_scheduler`].
unsafe extern "C" fn set_scheduler(
    domain: sys::virDomainPtr,
    _device: *const c_char,
    list: sys::virTypedParameterPtr,
    count: c_int,
    flags: c_uint,
) -> c_int {
    // SAFETY: the arguments are those of the call around this one.
    unsafe {
        match flags {
            0 => sys::virDomainSetSchedulerParameters(domain, list, count),
            flags => sys::virDomainSetSchedulerParametersFlags(domain, list, count, flags),
        }
    }
}

impl Tuning<'_> {
    fn words(self) -> &'static str {
        match self {
            Self::Interface(_) => "the bandwidth of an interface of",
            Self::Disk(_) => "the throughput of a disk of",
            _ => "the tuning of",
        }
    }

    fn calls(self) -> (Get, Set) {
        match self {
            Self::Block => without_device!(virDomainGetBlkioParameters, virDomainSetBlkioParameters),
            Self::Memory => without_device!(virDomainGetMemoryParameters, virDomainSetMemoryParameters),
            Self::Numa => without_device!(virDomainGetNumaParameters, virDomainSetNumaParameters),
            Self::Scheduler => (get_scheduler, set_scheduler),
            Self::Interface(_) => {
                (sys::virDomainGetInterfaceParameters, sys::virDomainSetInterfaceParameters)
            }
            Self::Disk(_) => (sys::virDomainGetBlockIoTune, sys::virDomainSetBlockIoTune),
        }
    }
}

impl Domain {
    /// The parameters of a set.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn tuning(&self, of: Tuning<'_>, affect: Affect) -> Result<Vec<Parameter>> {
        let attempted = format!("ask for {}", of.words());
        let (get, _) = of.calls();
        let device = self.named_device(of, &attempted)?;
        let ask = |list, count| {
            // SAFETY: the handle owns the domain; text, list and count live during the call.
            Call::new(attempted.clone(), self)
                .done(|| unsafe { get(self.ptr(), device.as_ptr(), list, count, affect.0) })
        };
        match of {
            // This call does not tell how many there are.
            Tuning::Scheduler => parameter::fill_known(self.scheduler()?.1, ask),
            _ => parameter::fill(ask),
        }
    }

    /// Changes parameters of a set; those that are not named stay.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn set_tuning(&self, of: Tuning<'_>, parameters: &[Parameter], affect: Affect) -> Result<()> {
        let attempted = format!("change {}", of.words());
        let (_, set) = of.calls();
        let device = self.named_device(of, &attempted)?;
        let call = Call::new(attempted, self);
        let built = Owned::build(&call, parameters)?;
        // SAFETY: the handle owns the domain; text and list live during the call.
        call.done(|| unsafe { set(self.ptr(), device.as_ptr(), built.list, built.count, affect.0) })
    }

    fn named_device(&self, of: Tuning<'_>, attempted: &str) -> Result<CString> {
        let name = match of {
            Tuning::Interface(name) | Tuning::Disk(name) => name,
            _ => "",
        };
        Call::new(attempted.to_owned(), self).c_text(name)
    }

    /// The name of its scheduler, and how many parameters that has.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn scheduler(&self) -> Result<(String, usize)> {
        let mut count: c_int = 0;
        let name = self
            .call("ask for the scheduler of")
            // SAFETY: the handle owns the domain, and `count` lives during the call.
            .text(|| unsafe { sys::virDomainGetSchedulerType(self.ptr(), &raw mut count) })?;
        Ok((name, usize::try_from(count).unwrap_or_default()))
    }

    /// Which events of the processor are counted for it.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn perf_events(&self, affect: Affect) -> Result<Vec<Parameter>> {
        let mut owned = Owned::default();
        self.call("ask for the perf events of")
            // SAFETY: the handle owns the domain; list and count live during the call.
            .done(|| unsafe {
                sys::virDomainGetPerfEvents(self.ptr(), &raw mut owned.list, &raw mut owned.count, affect.0)
            })?;
        Ok(owned.copy())
    }

    /// Chooses which events of the processor are counted for it.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn set_perf_events(&self, events: &[Parameter], affect: Affect) -> Result<()> {
        let call = self.call("choose the perf events of");
        let built = Owned::build(&call, events)?;
        // SAFETY: the handle owns the domain, and the list lives during the call.
        call.done(|| unsafe { sys::virDomainSetPerfEvents(self.ptr(), built.list, built.count, affect.0) })
    }

    /// Adds a group of disks that share limits, or changes its limits; libvirt 11.2 and newer.
    ///
    /// # Errors
    /// What libvirt refused, or that it is older.
    pub fn set_throttle_group(&self, group: &str, limits: &[Parameter], affect: Affect) -> Result<()> {
        type Set = unsafe extern "C" fn(
            sys::virDomainPtr,
            *const c_char,
            sys::virTypedParameterPtr,
            c_int,
            c_uint,
        ) -> c_int;
        let call = self.call("set a throttle group of");
        // Without this parameter libvirt keeps a group that has no name.
        let name = Parameter::new("group_name", Value::Text(group.to_owned()));
        let built = Owned::build(&call, &[limits, &[name]].concat())?;
        let group = call.c_text(group)?;
        // SAFETY: this is the type of the function in libvirt's header.
        let set = unsafe { call.newer::<Set>("virDomainSetThrottleGroup")? };
        // SAFETY: the handle owns the domain; text and list live during the call.
        call.done(|| unsafe { set(self.ptr(), group.as_ptr(), built.list, built.count, affect.0) })
    }

    /// Removes a group of disks that share limits; libvirt 11.2 and newer.
    ///
    /// # Errors
    /// What libvirt refused, or that it is older.
    pub fn remove_throttle_group(&self, group: &str, affect: Affect) -> Result<()> {
        type Remove = unsafe extern "C" fn(sys::virDomainPtr, *const c_char, c_uint) -> c_int;
        let call = self.call("remove a throttle group of");
        let group = call.c_text(group)?;
        // SAFETY: this is the type of the function in libvirt's header.
        let remove = unsafe { call.newer::<Remove>("virDomainDelThrottleGroup")? };
        // SAFETY: the handle owns the domain, and the text lives during the call.
        call.done(|| unsafe { remove(self.ptr(), group.as_ptr(), affect.0) })
    }
}
