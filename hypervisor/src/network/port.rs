//! The ports of a virtual network, each of which a guest's interface is plugged into.
#![allow(unsafe_code)]

use std::ffi::c_char;
use std::fmt;
use std::ptr::NonNull;

use virt_sys as sys;

use super::Network;
use crate::Result;
use crate::call::{Call, copy_text};
use crate::flags::PortCreateFlags;

/// A port of a virtual network.
pub struct NetworkPort {
    ptr: NonNull<sys::virNetworkPort>,
    uuid: String,
    /// It needs its network as long as it lives.
    _network: Network,
}

// SAFETY: libvirt's objects lock themselves.
unsafe impl Send for NetworkPort {}
// SAFETY: as above.
unsafe impl Sync for NetworkPort {}

impl Drop for NetworkPort {
    fn drop(&mut self) {
        // SAFETY: the reference is ours, and not used again.
        unsafe { sys::virNetworkPortFree(self.ptr.as_ptr()) };
    }
}

impl fmt::Display for NetworkPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "network port '{}'", self.uuid)
    }
}

impl fmt::Debug for NetworkPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NetworkPort").field(&self.uuid).finish()
    }
}

impl Network {
    /// All its ports, in one call.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn ports(&self) -> Result<Vec<NetworkPort>> {
        let mut list = std::ptr::null_mut();
        let count = self.call("list the ports of").number(|| {
            // SAFETY: the handle owns the network, and `list` lives during the call.
            unsafe { sys::virNetworkListAllPorts(self.raw.as_ptr(), &raw mut list, 0) }
        })?;
        // SAFETY: libvirt filled in `count` ports, each ours to free.
        let taken = |index| NonNull::new(unsafe { *list.add(index) });
        let found = (0..usize::try_from(count).unwrap_or_default()).filter_map(taken);
        let found = found.map(|ptr| NetworkPort::new(ptr, self)).collect();
        // SAFETY: the list came from malloc and is ours too.
        unsafe { libc::free(list.cast()) };
        Ok(found)
    }

    /// Its port of this UUID.
    ///
    /// # Errors
    /// What libvirt refused, e.g. that there is none.
    pub fn port_by_uuid(&self, uuid: &str) -> Result<NetworkPort> {
        let call = Call::new(format!("find port {uuid} of"), self);
        let uuid = call.c_text(uuid)?;
        // SAFETY: the handle owns the network, and the text lives during the call.
        let ptr = call
            .pointer(|| unsafe { sys::virNetworkPortLookupByUUIDString(self.raw.as_ptr(), uuid.as_ptr()) })?;
        Ok(NetworkPort::new(ptr, self))
    }

    /// Makes a port.
    ///
    /// # Errors
    /// What libvirt finds wrong with it.
    pub fn create_port(&self, xml: &str, flags: PortCreateFlags) -> Result<NetworkPort> {
        let call = self.call("create a port of");
        let xml = call.c_text(xml)?;
        // SAFETY: the handle owns the network, and the text lives during the call.
        let ptr = call
            .pointer(|| unsafe { sys::virNetworkPortCreateXML(self.raw.as_ptr(), xml.as_ptr(), flags.0) })?;
        Ok(NetworkPort::new(ptr, self))
    }
}

impl NetworkPort {
    /// Takes a reference that is owned by nobody else.
    fn new(ptr: NonNull<sys::virNetworkPort>, network: &Network) -> Self {
        let mut text = [0 as c_char; sys::VIR_UUID_STRING_BUFLEN as usize];
        // SAFETY: the port is owned, and the array has the length that libvirt asks for. An answer that failed leaves
        // it empty, and it ends with a NUL in any case.
        let uuid = unsafe {
            sys::virNetworkPortGetUUIDString(ptr.as_ptr(), text.as_mut_ptr());
            copy_text(text.as_ptr())
        };
        Self { ptr, uuid, _network: network.clone() }
    }

    fn call(&self, attempted: &'static str) -> Call<'_> {
        Call::new(attempted, self)
    }

    /// Its UUID in the usual notation.
    #[must_use]
    pub fn uuid(&self) -> &str {
        &self.uuid
    }

    /// Its description.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn xml(&self) -> Result<String> {
        // SAFETY: the port is owned.
        self.call("describe").text(|| unsafe { sys::virNetworkPortGetXMLDesc(self.ptr.as_ptr(), 0) })
    }

    /// Removes it, and what it holds.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn delete(&self) -> Result<()> {
        // SAFETY: the port is owned.
        self.call("delete").done(|| unsafe { sys::virNetworkPortDelete(self.ptr.as_ptr(), 0) })
    }
}
