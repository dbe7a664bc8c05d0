//! Domains: the guests of a hypervisor.
#![allow(unsafe_code)]

mod agent;
mod control;
mod devices;
mod each;
mod processors;
mod resources;
mod saved;
mod start;
mod state;
mod tuning;

pub use agent::FileSystem;
pub use control::{Control, DiskError};
pub use devices::{AddressSource, BlockInfo, BlockStats, GuestAddress, GuestInterface, InterfaceStats};
pub use processors::{CpuMap, CpuTime, IoThread, Vcpu};
pub use resources::{Info, MemoryStat, SecurityLabel};
pub use saved::DumpFormat;
pub use state::{State, StateReason};
pub use tuning::Tuning;

use std::ffi::c_int;

use virt_sys as sys;

use crate::call::Call;
use crate::flags::{
    DefineFlags, DestroyFlags, DomainFilter, DomainXml, RebootFlags, ShutdownFlags, StartFlags, UndefineFlags,
};
use crate::handle::{calls, handle, named};
use crate::{Connection, Result};

handle! {
    /// A guest, running or not.
    Domain(virt::domain::Domain), "domain", name
}

named!(Domain);

/// Finding and making.
impl Connection {
    /// All domains that pass the filter, in one call.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn domains(&self, filter: DomainFilter) -> Result<Vec<Domain>> {
        let found = self.call("list the domains of").run(|| self.raw().list_all_domains(filter.0))?;
        found.into_iter().map(|raw| Domain::new(raw, self)).collect()
    }

    /// The domain of this name.
    ///
    /// # Errors
    /// `NO_DOMAIN` where there is none.
    pub fn domain_by_name(&self, name: &str) -> Result<Domain> {
        let call = Call::new(format!("find domain '{name}' on"), self);
        call.c_text(name)?;
        Domain::new(call.run(|| self.raw().lookup_domain_by_name(name))?, self)
    }

    /// The domain of this UUID.
    ///
    /// # Errors
    /// `NO_DOMAIN` where there is none.
    pub fn domain_by_uuid(&self, uuid: &str) -> Result<Domain> {
        let call = Call::new(format!("find domain {uuid} on"), self);
        call.c_text(uuid)?;
        Domain::new(call.run(|| self.raw().lookup_domain_by_uuid_string(uuid))?, self)
    }

    /// The running domain of this number.
    ///
    /// # Errors
    /// `NO_DOMAIN` where there is none.
    pub fn domain_by_id(&self, id: u32) -> Result<Domain> {
        let call = Call::new(format!("find domain {id} on"), self);
        Domain::new(call.run(|| self.raw().lookup_domain_by_id(id))?, self)
    }

    /// Keeps a definition, new or changed.
    ///
    /// # Errors
    /// What libvirt finds wrong with it.
    pub fn define_domain(&self, xml: &str, flags: DefineFlags) -> Result<Domain> {
        let call = self.call("define a domain on");
        call.c_text(xml)?;
        Domain::new(call.run(|| self.raw().define_domain_xml_flags(xml, flags.0))?, self)
    }

    /// Starts a domain that is forgotten when it stops.
    ///
    /// # Errors
    /// What libvirt finds wrong with it, or why it cannot run.
    pub fn create_domain(&self, xml: &str, flags: StartFlags) -> Result<Domain> {
        let call = self.call("create a domain on");
        call.c_text(xml)?;
        Domain::new(call.run(|| self.raw().create_domain_xml(xml, flags.0))?, self)
    }
}

calls! { Domain {
    /// Starts it.
    start(flags: StartFlags) = "start", create_with_flags(flags.0);
    /// Asks the guest to shut down; it may take its time, or not listen.
    shutdown(flags: ShutdownFlags) = "shut down", shutdown_flags(flags.0);
    /// Asks the guest to start anew.
    reboot(flags: RebootFlags) = "reboot", reboot(flags.0);
    /// Presses the reset button.
    reset() = "reset", reset();
    /// Forces it off.
    destroy(flags: DestroyFlags) = "force off", destroy_flags(flags.0);
    /// Stops its processors; it keeps its memory.
    suspend() = "pause", suspend();
    /// Lets its processors run again.
    resume() = "resume", resume();
    /// Forgets its definition; a running guest goes on until it stops.
    undefine(flags: UndefineFlags) = "undefine", undefine_flags(flags.0);
    /// Its description.
    xml(flags: DomainXml) -> String = "describe", xml_desc(flags.0);
    /// Whether it runs (or is paused).
    is_active() -> bool = "ask whether it runs: ", is_active();
    /// Whether its definition stays when it stops.
    is_persistent() -> bool = "ask whether there is a definition of", is_persistent();
    /// Whether the definition was changed since it was started.
    is_updated() -> bool = "ask for changes of", is_updated();
    /// Whether it is started with the host.
    autostart() -> bool = "ask for autostart of", autostart();
    /// Chooses whether it is started with the host.
    set_autostart(on: bool) = "set autostart of", set_autostart(on);
    /// What runs in it: `hvm`, `linux`, `exe`.
    os_type() -> String = "ask for the OS type of", os_type();
    /// Gives another name to a domain that is not running.
    rename(name: &str) = "rename", rename(name, 0);
    /// Wakes a guest that put itself to sleep.
    wake_up() = "wake up", pm_wakeup(0);
}}

impl Domain {
    pub(crate) fn ptr(&self) -> sys::virDomainPtr {
        // SAFETY: the pointer is only used while `self`, which owns it, is borrowed.
        unsafe { self.raw.as_ptr() }
    }

    /// Whether it is started with the host the next time only; libvirt 11.2 and newer.
    ///
    /// # Errors
    /// What libvirt refused, or that it is older.
    pub fn autostart_once(&self) -> Result<bool> {
        type Get = unsafe extern "C" fn(sys::virDomainPtr, *mut c_int) -> c_int;
        let call = self.call("ask for autostart of");
        // SAFETY: this is the type of the function in libvirt's header.
        let get = unsafe { call.newer::<Get>("virDomainGetAutostartOnce")? };
        let mut on = 0;
        // SAFETY: the handle owns the domain, and `on` lives during the call.
        call.done(|| unsafe { get(self.ptr(), &raw mut on) })?;
        Ok(on != 0)
    }

    /// Chooses whether it is started with the host the next time only; libvirt 11.2 and newer.
    ///
    /// # Errors
    /// What libvirt refused, or that it is older.
    pub fn set_autostart_once(&self, on: bool) -> Result<()> {
        type Set = unsafe extern "C" fn(sys::virDomainPtr, c_int) -> c_int;
        let call = self.call("set autostart of");
        // SAFETY: this is the type of the function in libvirt's header.
        let set = unsafe { call.newer::<Set>("virDomainSetAutostartOnce")? };
        // SAFETY: the handle owns the domain.
        call.done(|| unsafe { set(self.ptr(), on.into()) })
    }

    /// Its number while it runs.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.raw.id()
    }
}
