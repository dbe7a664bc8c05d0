//! Moving a domain to another host.
#![allow(unsafe_code)]

use std::ffi::{c_uint, c_ulong};

use virt_sys as sys;

use crate::flags::{MigrateFlags, MigrateSpeedFlags};
use crate::parameter::{Owned, Parameter};
use crate::{Connection, Domain, Result};

/// The length of a list as libvirt takes it.
fn length(parameters: &Owned) -> c_uint {
    parameters.count.cast_unsigned()
}

impl Domain {
    /// Moves it to the host of another connection, with us between the two; returns it as it is there.
    ///
    /// # Errors
    /// Why it cannot move; it is still here then.
    pub fn migrate(&self, to: &Connection, parameters: &[Parameter], flags: MigrateFlags) -> Result<Self> {
        let call = self.call("migrate");
        let parameters = Owned::build(&call, parameters)?;
        // SAFETY: handle and connection are owned, and the parameters live during the call.
        let raw = call.pointer(|| unsafe {
            sys::virDomainMigrate3(self.ptr(), to.ptr(), parameters.list, length(&parameters), flags.0)
        })?;
        // SAFETY: the new reference is owned by nobody else.
        Self::new(unsafe { virt::domain::Domain::from_ptr(raw.as_ptr()) }, to)
    }

    /// Moves it to a host that its own one reaches at this URI.
    ///
    /// # Errors
    /// Why it cannot move; it is still here then.
    pub fn migrate_to_uri(
        &self,
        uri: Option<&str>,
        parameters: &[Parameter],
        flags: MigrateFlags,
    ) -> Result<()> {
        let call = self.call("migrate");
        let uri = uri.map(|uri| call.c_text(uri)).transpose()?;
        let parameters = Owned::build(&call, parameters)?;
        // SAFETY: the handle owns the domain; text and parameters live during the call.
        call.done(|| unsafe {
            sys::virDomainMigrateToURI3(
                self.ptr(),
                crate::call::or_null(uri.as_ref()),
                parameters.list,
                length(&parameters),
                flags.0,
            )
        })
    }

    /// How long it may stand still at the end of a live migration, in milliseconds.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn migration_downtime(&self) -> Result<u64> {
        let mut downtime = 0;
        self.call("ask for the migration downtime of")
            // SAFETY: the handle owns the domain, and the number lives during the call.
            .done(|| unsafe { sys::virDomainMigrateGetMaxDowntime(self.ptr(), &raw mut downtime, 0) })?;
        Ok(downtime)
    }

    /// Changes how long it may stand still, in milliseconds.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn set_migration_downtime(&self, milliseconds: u64) -> Result<()> {
        self.call("set the migration downtime of")
            // SAFETY: the handle owns the domain.
            .done(|| unsafe { sys::virDomainMigrateSetMaxDowntime(self.ptr(), milliseconds, 0) })
    }

    /// The bytes of memory that notice pages which are sent again.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn migration_cache(&self) -> Result<u64> {
        let mut size = 0;
        self.call("ask for the compression cache of")
            // SAFETY: the handle owns the domain, and the number lives during the call.
            .done(|| unsafe { sys::virDomainMigrateGetCompressionCache(self.ptr(), &raw mut size, 0) })?;
        Ok(size)
    }

    /// Changes that memory, in bytes.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn set_migration_cache(&self, bytes: u64) -> Result<()> {
        self.call("set the compression cache of")
            // SAFETY: the handle owns the domain.
            .done(|| unsafe { sys::virDomainMigrateSetCompressionCache(self.ptr(), bytes, 0) })
    }

    /// How fast it may move, in MiB a second.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn migration_speed(&self, flags: MigrateSpeedFlags) -> Result<c_ulong> {
        let mut speed = 0;
        self.call("ask for the migration speed of")
            // SAFETY: the handle owns the domain, and the number lives during the call.
            .done(|| unsafe { sys::virDomainMigrateGetMaxSpeed(self.ptr(), &raw mut speed, flags.0) })?;
        Ok(speed)
    }

    /// Changes how fast it may move, in MiB a second.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn set_migration_speed(&self, speed: c_ulong, flags: MigrateSpeedFlags) -> Result<()> {
        self.call("set the migration speed of")
            // SAFETY: the handle owns the domain.
            .done(|| unsafe { sys::virDomainMigrateSetMaxSpeed(self.ptr(), speed, flags.0) })
    }

    /// Lets it run on the other host at once; memory follows when it is needed.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn start_post_copy(&self) -> Result<()> {
        self.call("switch to post-copy the migration of")
            // SAFETY: the handle owns the domain.
            .done(|| unsafe { sys::virDomainMigrateStartPostCopy(self.ptr(), 0) })
    }
}
