//! What a guest says and does through its agent.
#![allow(unsafe_code)]

use std::ffi::{CString, c_char, c_uint};
use std::time::Duration;

use virt_sys as sys;

use super::Domain;
use crate::call::{Call, copy_text, or_null, take_text};
use crate::flags::{GuestInfoKinds, HostnameSource, PasswordFlags, SshKeyFlags};
use crate::parameter::{Owned, Parameter};
use crate::{ErrorCode, Result};

/// A file system that the guest has mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSystem {
    /// Where it is mounted.
    pub mount_point: String,
    /// The guest's name of the device.
    pub name: String,
    /// Its type.
    pub kind: String,
    /// Targets of the domain's disks that it is on.
    pub disks: Vec<String>,
}

/// A list of texts as C wants it: the texts, and the pointers to them.
struct Texts {
    _owned: Vec<CString>,
    pointers: Vec<*const c_char>,
}

impl Texts {
    fn new(call: &Call<'_>, texts: &[String]) -> Result<Self> {
        let owned = texts.iter().map(|text| call.c_text(text)).collect::<Result<Vec<_>>>()?;
        let pointers = owned.iter().map(|text| text.as_ptr()).collect();
        Ok(Self { _owned: owned, pointers })
    }

    /// Null for none, which asks for all.
    fn list(&mut self) -> *mut *const c_char {
        if self.pointers.is_empty() { std::ptr::null_mut() } else { self.pointers.as_mut_ptr() }
    }

    fn count(&self) -> c_uint {
        c_uint::try_from(self.pointers.len()).unwrap_or(c_uint::MAX)
    }
}

/// Takes a list of texts that libvirt allocated.
///
/// # Safety
/// `list` has `count` texts, and all of it is the caller's to free.
unsafe fn take_texts(list: *mut *mut c_char, count: usize) -> Vec<String> {
    // SAFETY: promised by the caller.
    let texts = (0..count).map(|index| unsafe { take_text(*list.add(index)) }).collect();
    // SAFETY: as above.
    unsafe { libc::free(list.cast()) };
    texts
}

impl Domain {
    /// The guest's name on its network.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn hostname(&self, source: HostnameSource) -> Result<String> {
        self.call("ask for the host name of")
            // SAFETY: the handle owns the domain.
            .text(|| unsafe { sys::virDomainGetHostname(self.ptr(), source.0) })
    }

    /// What the guest has mounted.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn file_systems(&self) -> Result<Vec<FileSystem>> {
        let mut list: *mut sys::virDomainFSInfoPtr = std::ptr::null_mut();
        // SAFETY: the handle owns the domain, and `list` lives during the call.
        let count = self
            .call("ask for the file systems of")
            .number(|| unsafe { sys::virDomainGetFSInfo(self.ptr(), &raw mut list, 0) })?;
        let count = usize::try_from(count).unwrap_or_default();
        let take = |index| {
            // SAFETY: libvirt filled in `count` file systems with the texts that they say, ours to free.
            unsafe {
                let raw: sys::virDomainFSInfoPtr = *list.add(index);
                let disks = (0..(*raw).ndevAlias).map(|disk| copy_text(*(*raw).devAlias.add(disk)));
                let found = FileSystem {
                    mount_point: copy_text((*raw).mountpoint),
                    name: copy_text((*raw).name),
                    kind: copy_text((*raw).fstype),
                    disks: disks.collect(),
                };
                sys::virDomainFSInfoFree(raw);
                found
            }
        };
        let found = (0..count).map(take).collect();
        // SAFETY: the list came from malloc and is ours too.
        unsafe { libc::free(list.cast()) };
        Ok(found)
    }

    /// Holds writes to these file systems, or to all where none is given; says to how many.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn freeze(&self, mount_points: &[String]) -> Result<u32> {
        let call = self.call("freeze the file systems of");
        let mut texts = Texts::new(&call, mount_points)?;
        // SAFETY: the handle owns the domain, and the texts live during the call.
        call.number(|| unsafe { sys::virDomainFSFreeze(self.ptr(), texts.list(), texts.count(), 0) })
            .map(i32::cast_unsigned)
    }

    /// Lets writes to these file systems, or to all where none is given, go on; says to how many.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn thaw(&self, mount_points: &[String]) -> Result<u32> {
        let call = self.call("thaw the file systems of");
        let mut texts = Texts::new(&call, mount_points)?;
        // SAFETY: the handle owns the domain, and the texts live during the call.
        call.number(|| unsafe { sys::virDomainFSThaw(self.ptr(), texts.list(), texts.count(), 0) })
            .map(i32::cast_unsigned)
    }

    /// Has the guest tell its disks which blocks are free, of a file system or of all.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn trim(&self, mount_point: Option<&str>, minimum: u64) -> Result<()> {
        let call = self.call("trim the file systems of");
        let mount_point = mount_point.map(|text| call.c_text(text)).transpose()?;
        // SAFETY: the handle owns the domain, and the text lives during the call.
        call.done(|| unsafe { sys::virDomainFSTrim(self.ptr(), or_null(mount_point.as_ref()), minimum, 0) })
    }

    /// The guest's clock: seconds since 1970.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn time(&self) -> Result<i64> {
        let (mut seconds, mut nanoseconds) = (0, 0);
        // SAFETY: the handle owns the domain, and both numbers live during the call.
        self.call("ask for the time of").done(|| unsafe {
            sys::virDomainGetTime(self.ptr(), &raw mut seconds, &raw mut nanoseconds, 0)
        })?;
        Ok(seconds)
    }

    /// Sets the guest's clock to this many seconds since 1970.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn set_time(&self, seconds: i64, nanoseconds: u32) -> Result<()> {
        self.call("set the time of")
            // SAFETY: the handle owns the domain.
            .done(|| unsafe { sys::virDomainSetTime(self.ptr(), seconds, nanoseconds, 0) })
    }

    /// Has the guest set its clock by its hardware's.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn synchronize_time(&self) -> Result<()> {
        self.call("set the time of")
            // SAFETY: the handle owns the domain.
            .done(|| unsafe { sys::virDomainSetTime(self.ptr(), 0, 0, sys::VIR_DOMAIN_TIME_SYNC) })
    }

    /// What the guest says about itself.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn guest_info(&self, kinds: GuestInfoKinds) -> Result<Vec<Parameter>> {
        let mut owned = Owned::default();
        // SAFETY: the handle owns the domain; list and count live during the call.
        self.call("ask about").done(|| unsafe {
            sys::virDomainGetGuestInfo(self.ptr(), kinds.0, &raw mut owned.list, &raw mut owned.count, 0)
        })?;
        Ok(owned.copy())
    }

    /// The SSH keys that let somebody in as this user of the guest.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn ssh_keys(&self, user: &str) -> Result<Vec<String>> {
        let call = self.call("ask for the SSH keys of");
        let user = call.c_text(user)?;
        let mut list: *mut *mut c_char = std::ptr::null_mut();
        // SAFETY: the handle owns the domain; text and `list` live during the call.
        let count = call.number(|| unsafe {
            sys::virDomainAuthorizedSSHKeysGet(self.ptr(), user.as_ptr(), &raw mut list, 0)
        })?;
        // SAFETY: libvirt filled in `count` texts, and all is ours to free.
        Ok(unsafe { take_texts(list, usize::try_from(count).unwrap_or_default()) })
    }

    /// Changes the SSH keys that let somebody in as this user of the guest.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn set_ssh_keys(&self, user: &str, keys: &[String], flags: SshKeyFlags) -> Result<()> {
        let call = self.call("change the SSH keys of");
        let user = call.c_text(user)?;
        let mut texts = Texts::new(&call, keys)?;
        // SAFETY: the handle owns the domain, and the texts live during the call.
        call.done(|| unsafe {
            sys::virDomainAuthorizedSSHKeysSet(
                self.ptr(),
                user.as_ptr(),
                texts.list(),
                texts.count(),
                flags.0,
            )
        })
    }

    /// Sets the password of a guest's user.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn set_user_password(&self, user: &str, password: &str, flags: PasswordFlags) -> Result<()> {
        let call = self.call("set a password in");
        let (user, password) = (call.c_text(user)?, call.c_text(password)?);
        // SAFETY: the handle owns the domain, and the texts live during the call.
        call.done(|| unsafe {
            sys::virDomainSetUserPassword(self.ptr(), user.as_ptr(), password.as_ptr(), flags.0)
        })
    }

    /// How long to wait for the agent: seconds, or one of `virDomainAgentResponseTimeoutValues`.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn set_agent_timeout(&self, seconds: i32) -> Result<()> {
        self.call("set the agent's time limit of")
            // SAFETY: the handle owns the domain.
            .done(|| unsafe { sys::virDomainAgentSetResponseTimeout(self.ptr(), seconds, 0) })
    }

    /// Puts the guest to sleep in its own way: `target` is a `virNodeSuspendTarget`.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn sleep(&self, target: u32, duration: Duration) -> Result<()> {
        let call = self.call("put to sleep");
        if target > sys::VIR_NODE_SUSPEND_TARGET_HYBRID {
            return Err(call.refuse(ErrorCode::INVALID_ARG, "there is no such way to sleep"));
        }
        // SAFETY: the handle owns the domain.
        call.done(|| unsafe { sys::virDomainPMSuspendForDuration(self.ptr(), target, duration.as_secs(), 0) })
    }
}
