//! Starting a domain with open files of ours.
#![allow(unsafe_code)]

use std::ffi::c_uint;
use std::os::fd::RawFd;

use virt_sys as sys;

use super::Domain;
use crate::flags::StartFlags;
use crate::{Connection, Result};

/// The length of a list as libvirt takes it; no process has more files than that.
fn count(files: &[RawFd]) -> c_uint {
    c_uint::try_from(files.len()).unwrap_or(c_uint::MAX)
}

impl Connection {
    /// Starts a domain that is forgotten when it stops, and hands these open files to it.
    ///
    /// # Errors
    /// What libvirt finds wrong with it, or why it cannot run.
    pub fn create_domain_with_files(&self, xml: &str, files: &[RawFd], flags: StartFlags) -> Result<Domain> {
        let call = self.call("create a domain on");
        let xml = call.c_text(xml)?;
        let mut files = files.to_vec();
        let (list, length) = (files.as_mut_ptr(), count(&files));
        // SAFETY: the connection is owned; text and list live during the call.
        let raw = call.pointer(|| unsafe {
            sys::virDomainCreateXMLWithFiles(self.ptr(), xml.as_ptr(), length, list, flags.0)
        })?;
        // SAFETY: the new reference is owned by nobody else.
        Domain::new(unsafe { virt::domain::Domain::from_ptr(raw.as_ptr()) }, self)
    }
}

impl Domain {
    /// Starts it, and hands these open files to it.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn start_with_files(&self, files: &[RawFd], flags: StartFlags) -> Result<()> {
        let mut files = files.to_vec();
        let (list, length) = (files.as_mut_ptr(), count(&files));
        self.call("start")
            // SAFETY: the handle owns the domain, and the list lives during the call.
            .done(|| unsafe { sys::virDomainCreateWithFiles(self.ptr(), length, list, flags.0) })
    }
}
