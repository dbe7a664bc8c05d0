//! What is done to a domain at a moment: keys, signals, the state of what controls it, its launch measurement.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_uint};
use std::mem::MaybeUninit;
use std::os::fd::RawFd;
use std::time::Duration;

use virt_sys as sys;

use super::Domain;
use crate::call::{Call, take_text};
use crate::flags::{Affect, BlockResizeFlags, DirtyRateFlags, FdAssociateFlags};
use crate::parameter::{self, Owned, Parameter};
use crate::{Connection, KiB, Result};

/// Whether a domain can be controlled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Control {
    /// `virDomainControlState`.
    pub state: u32,
    /// `virDomainControlErrorReason` where the state is an error.
    pub details: u32,
    /// Since when.
    pub since: Duration,
}

/// A disk that could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskError {
    /// Its target.
    pub disk: String,
    /// `virDomainDiskErrorCode`.
    pub code: u32,
}

impl Connection {
    /// A domain's XML from another program's description of it.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn xml_from_native(&self, format: &str, config: &str) -> Result<String> {
        let call = self.call("translate a description on");
        let (format, config) = (call.c_text(format)?, call.c_text(config)?);
        // SAFETY: the connection is owned, and the texts live during the call.
        call.text(|| unsafe {
            sys::virConnectDomainXMLFromNative(self.ptr(), format.as_ptr(), config.as_ptr(), 0)
        })
    }

    /// What another program would be given for a domain's XML.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn xml_to_native(&self, format: &str, xml: &str) -> Result<String> {
        let call = self.call("translate XML on");
        let (format, xml) = (call.c_text(format)?, call.c_text(xml)?);
        // SAFETY: the connection is owned, and the texts live during the call.
        call.text(|| unsafe {
            sys::virConnectDomainXMLToNative(self.ptr(), format.as_ptr(), xml.as_ptr(), 0)
        })
    }
}

impl Domain {
    /// Presses keys together for a while; `codes` is a `virKeycodeSet`.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn send_keys(&self, codes: u32, hold: Duration, keys: &[u32]) -> Result<()> {
        let mut keys = keys.to_vec();
        let hold = c_uint::try_from(hold.as_millis()).unwrap_or(c_uint::MAX);
        let count = c_int::try_from(keys.len()).unwrap_or(c_int::MAX);
        // SAFETY: the handle owns the domain, and the list lives during the call.
        self.call("press keys of")
            .done(|| unsafe { sys::virDomainSendKey(self.ptr(), codes, hold, keys.as_mut_ptr(), count, 0) })
    }

    /// Sends a signal (`virDomainProcessSignal`) to a process of the guest.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn send_signal(&self, process: i64, signal: u32) -> Result<()> {
        self.call("send a signal in")
            // SAFETY: the handle owns the domain.
            .done(|| unsafe { sys::virDomainSendProcessSignal(self.ptr(), process, signal, 0) })
    }

    /// Raises an interrupt that the guest cannot mask.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn inject_nmi(&self) -> Result<()> {
        // SAFETY: the handle owns the domain.
        self.call("interrupt").done(|| unsafe { sys::virDomainInjectNMI(self.ptr(), 0) })
    }

    /// Chooses what happens (`virDomainLifecycleAction`) when the guest does that (`virDomainLifecycle`).
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn set_lifecycle_action(&self, event: u32, action: u32, affect: Affect) -> Result<()> {
        self.call("choose what happens at the end of")
            // SAFETY: the handle owns the domain.
            .done(|| unsafe { sys::virDomainSetLifecycleAction(self.ptr(), event, action, affect.0) })
    }

    /// What was measured when a confidential guest was launched.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn launch_security(&self) -> Result<Vec<Parameter>> {
        let mut owned = Owned::default();
        // SAFETY: the handle owns the domain; list and count live during the call.
        self.call("ask for the launch measurement of").done(|| unsafe {
            sys::virDomainGetLaunchSecurityInfo(self.ptr(), &raw mut owned.list, &raw mut owned.count, 0)
        })?;
        Ok(owned.copy())
    }

    /// Gives a confidential guest a secret before it runs.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn set_launch_security(&self, secret: &[Parameter]) -> Result<()> {
        let call = self.call("give a secret to");
        let built = Owned::build(&call, secret)?;
        // SAFETY: the handle owns the domain, and the list lives during the call.
        call.done(|| unsafe { sys::virDomainSetLaunchSecurityState(self.ptr(), built.list, built.count, 0) })
    }

    /// Keeps open files of ours under a name for the domain's disks.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn associate_files(&self, name: &str, files: &[RawFd], flags: FdAssociateFlags) -> Result<()> {
        let call = self.call("hand files to");
        let name = call.c_text(name)?;
        let mut files = files.to_vec();
        let count = c_uint::try_from(files.len()).unwrap_or(c_uint::MAX);
        // SAFETY: the handle owns the domain; text and list live during the call.
        call.done(|| unsafe {
            sys::virDomainFDAssociate(self.ptr(), name.as_ptr(), count, files.as_mut_ptr(), flags.0)
        })
    }

    /// Has an event sent when a disk's image grows beyond so many bytes.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn set_block_threshold(&self, disk: &str, bytes: u64) -> Result<()> {
        let call = self.call("watch a disk of");
        let disk = call.c_text(disk)?;
        // SAFETY: the handle owns the domain, and the text lives during the call.
        call.done(|| unsafe { sys::virDomainSetBlockThreshold(self.ptr(), disk.as_ptr(), bytes, 0) })
    }

    /// Begins to measure how fast the guest writes to its memory.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn measure_dirty_rate(&self, seconds: i32, flags: DirtyRateFlags) -> Result<()> {
        self.call("measure the memory of")
            // SAFETY: the handle owns the domain.
            .done(|| unsafe { sys::virDomainStartDirtyRateCalc(self.ptr(), seconds, flags.0) })
    }

    /// Has displays of a kind (`virDomainGraphicsReloadType`) read their certificates anew; libvirt 10.2 and newer.
    ///
    /// # Errors
    /// What libvirt refused, or that it is older.
    pub fn reload_graphics(&self, kind: u32) -> Result<()> {
        type Reload = unsafe extern "C" fn(sys::virDomainPtr, c_uint, c_uint) -> c_int;
        let call = self.call("reload the display of");
        // SAFETY: this is the type of the function in libvirt's header.
        let reload = unsafe { call.newer::<Reload>("virDomainGraphicsReload")? };
        // SAFETY: the handle owns the domain.
        call.done(|| unsafe { reload(self.ptr(), kind, 0) })
    }

    /// Whether it can be controlled.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn control(&self) -> Result<Control> {
        let mut info = MaybeUninit::<sys::virDomainControlInfo>::zeroed();
        self.call("ask for the control of")
            // SAFETY: the handle owns the domain; `info` is large enough and lives during the call.
            .done(|| unsafe { sys::virDomainGetControlInfo(self.ptr(), info.as_mut_ptr(), 0) })?;
        // SAFETY: all zeros are valid numbers, and libvirt has filled them in.
        let info = unsafe { info.assume_init() };
        Ok(Control { state: info.state, details: info.details, since: Duration::from_millis(info.stateTime) })
    }

    /// The disks that could not be read or written.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn disk_errors(&self) -> Result<Vec<DiskError>> {
        let ask = |list: sys::virDomainDiskErrorPtr, room: c_uint| {
            // SAFETY: the handle owns the domain; the list, if any, has that much room.
            self.call("ask for disk errors of")
                .number(|| unsafe { sys::virDomainGetDiskErrors(self.ptr(), list, room, 0) })
        };
        let room = ask(std::ptr::null_mut(), 0)?.cast_unsigned();
        if room == 0 {
            return Ok(Vec::new());
        }
        let mut list = vec![sys::virDomainDiskError { disk: std::ptr::null_mut(), error: 0 }; room as usize];
        let found = ask(list.as_mut_ptr(), room)?;
        let found = usize::try_from(found).unwrap_or_default().min(list.len());
        Ok(list[..found]
            .iter()
            .map(|error| DiskError {
                // SAFETY: libvirt filled in that many, each with a text that is ours to free.
                disk: unsafe { take_text(error.disk) },
                code: error.error.cast_unsigned(),
            })
            .collect())
    }

    /// Changes the size of a disk, given by target or by path.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn resize_block(&self, disk: &str, size: u64, flags: BlockResizeFlags) -> Result<()> {
        let call = Call::new(format!("resize '{disk}' of"), self);
        let disk = call.c_text(disk)?;
        // SAFETY: the handle owns the domain, and the text lives during the call.
        call.done(|| unsafe { sys::virDomainBlockResize(self.ptr(), disk.as_ptr(), size, flags.0) })
    }

    /// The traffic of a disk with all figures that the hypervisor counts; an empty name means all disks.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn block_figures(&self, disk: &str) -> Result<Vec<Parameter>> {
        let device = self.call("ask for the traffic of").c_text(disk)?;
        parameter::fill(|list, count| {
            // SAFETY: the handle owns the domain; text, list and count live during the call.
            self.call("ask for the traffic of").done(|| unsafe {
                sys::virDomainBlockStatsFlags(self.ptr(), device.as_ptr(), list, count, 0)
            })
        })
    }

    /// How often the guest's memory is asked about, in seconds; 0 stops that.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn set_memory_stats_period(&self, seconds: i32, affect: Affect) -> Result<()> {
        self.call("watch the memory of")
            // SAFETY: the handle owns the domain.
            .done(|| unsafe { sys::virDomainSetMemoryStatsPeriod(self.ptr(), seconds, affect.0) })
    }

    /// Changes the most memory that it may be given; of drivers that know no other way.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn set_max_memory(&self, memory: KiB) -> Result<()> {
        self.call("set the most memory of")
            // SAFETY: the handle owns the domain.
            .done(|| unsafe { sys::virDomainSetMaxMemory(self.ptr(), memory.0) })
    }

    /// Takes the device of this alias away.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn detach_alias(&self, alias: &str, affect: Affect) -> Result<()> {
        let call = Call::new(format!("detach '{alias}' from"), self);
        let alias = call.c_text(alias)?;
        // SAFETY: the handle owns the domain, and the text lives during the call.
        call.done(|| unsafe { sys::virDomainDetachDeviceAlias(self.ptr(), alias.as_ptr(), affect.0) })
    }
}
