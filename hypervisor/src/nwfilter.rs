//! Network filters: what guests may send and receive.
#![allow(unsafe_code)]

use std::fmt;
use std::ptr::NonNull;

use virt_sys as sys;

use crate::call::{Call, copy_text};
use crate::flags::{BindingCreateFlags, NwFilterDefineFlags};
use crate::handle::{calls, handle, named};
use crate::{Connection, Result};

handle! {
    /// A network filter.
    NwFilter(virt::nwfilter::NWFilter), "network filter", name
}

named!(NwFilter);

/// Finding and making.
impl Connection {
    /// All network filters, in one call.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn nwfilters(&self) -> Result<Vec<NwFilter>> {
        let found = self.call("list the network filters of").run(|| self.raw().list_all_nw_filters(0))?;
        found.into_iter().map(|raw| NwFilter::new(raw, self)).collect()
    }

    /// The network filter of this name.
    ///
    /// # Errors
    /// `NO_NWFILTER` where there is none.
    pub fn nwfilter_by_name(&self, name: &str) -> Result<NwFilter> {
        let call = Call::new(format!("find network filter '{name}' on"), self);
        NwFilter::new(call.run(|| self.raw().lookup_nwfilter_by_name(name))?, self)
    }

    /// The network filter of this UUID.
    ///
    /// # Errors
    /// `NO_NWFILTER` where there is none.
    pub fn nwfilter_by_uuid(&self, uuid: &str) -> Result<NwFilter> {
        let call = Call::new(format!("find network filter {uuid} on"), self);
        NwFilter::new(call.run(|| self.raw().lookup_nwfilter_by_uuid_string(uuid))?, self)
    }

    /// Keeps a definition, new or changed.
    ///
    /// # Errors
    /// What libvirt finds wrong with it.
    pub fn define_nwfilter(&self, xml: &str, flags: NwFilterDefineFlags) -> Result<NwFilter> {
        let call = self.call("define a network filter on");
        let xml = call.c_text(xml)?;
        let raw = call.pointer(|| match flags {
            // Not all drivers know the newer call.
            // SAFETY: the connection is owned, and the text lives during the call.
            NwFilterDefineFlags::NONE => unsafe { sys::virNWFilterDefineXML(self.ptr(), xml.as_ptr()) },
            // SAFETY: as above.
            _ => unsafe { sys::virNWFilterDefineXMLFlags(self.ptr(), xml.as_ptr(), flags.0) },
        })?;
        // SAFETY: the new reference is owned by nobody else.
        NwFilter::new(unsafe { virt::nwfilter::NWFilter::from_ptr(raw.as_ptr()) }, self)
    }

    /// All bindings of network filters to ports, in one call.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn nwfilter_bindings(&self) -> Result<Vec<NwFilterBinding>> {
        let mut list = std::ptr::null_mut();
        let count = self.call("list the network filter bindings of").number(|| {
            // SAFETY: the connection is owned, and `list` lives during the call.
            unsafe { sys::virConnectListAllNWFilterBindings(self.ptr(), &raw mut list, 0) }
        })?;
        // SAFETY: libvirt filled in `count` bindings, each ours to free.
        let taken = |index| NonNull::new(unsafe { *list.add(index) });
        let found = (0..usize::try_from(count).unwrap_or_default()).filter_map(taken);
        let found = found.map(|ptr| NwFilterBinding::new(ptr, self)).collect();
        // SAFETY: the list came from malloc and is ours too.
        unsafe { libc::free(list.cast()) };
        Ok(found)
    }

    /// The binding to the port of this name.
    ///
    /// # Errors
    /// What libvirt refused, e.g. that there is none.
    pub fn nwfilter_binding_by_port(&self, port: &str) -> Result<NwFilterBinding> {
        let call = Call::new(format!("find the network filter binding on '{port}' on"), self);
        let port = call.c_text(port)?;
        // SAFETY: the connection is owned, and the text lives during the call.
        let ptr =
            call.pointer(|| unsafe { sys::virNWFilterBindingLookupByPortDev(self.ptr(), port.as_ptr()) })?;
        Ok(NwFilterBinding::new(ptr, self))
    }

    /// Binds a network filter to a port.
    ///
    /// # Errors
    /// What libvirt finds wrong with it.
    pub fn create_nwfilter_binding(&self, xml: &str, flags: BindingCreateFlags) -> Result<NwFilterBinding> {
        let call = self.call("create a network filter binding on");
        let xml = call.c_text(xml)?;
        // SAFETY: the connection is owned, and the text lives during the call.
        let ptr =
            call.pointer(|| unsafe { sys::virNWFilterBindingCreateXML(self.ptr(), xml.as_ptr(), flags.0) })?;
        Ok(NwFilterBinding::new(ptr, self))
    }
}

calls! { NwFilter {
    /// Its description.
    xml() -> String = "describe", xml_desc(0);
    /// Forgets its definition.
    undefine() = "undefine", undefine();
}}

/// A network filter that is bound to a port.
pub struct NwFilterBinding {
    ptr: NonNull<sys::virNWFilterBinding>,
    port: String,
    /// It needs its connection as long as it lives.
    _connection: Connection,
}

// SAFETY: libvirt's objects lock themselves.
unsafe impl Send for NwFilterBinding {}
// SAFETY: as above.
unsafe impl Sync for NwFilterBinding {}

impl Drop for NwFilterBinding {
    fn drop(&mut self) {
        // SAFETY: the reference is ours, and not used again.
        unsafe { sys::virNWFilterBindingFree(self.ptr.as_ptr()) };
    }
}

impl fmt::Display for NwFilterBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "network filter binding on '{}'", self.port)
    }
}

impl fmt::Debug for NwFilterBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NwFilterBinding").field(&self.port).finish()
    }
}

impl NwFilterBinding {
    /// Takes a reference that is owned by nobody else.
    fn new(ptr: NonNull<sys::virNWFilterBinding>, connection: &Connection) -> Self {
        // SAFETY: the binding is owned, and its port's name lives as long.
        let port = unsafe { copy_text(sys::virNWFilterBindingGetPortDev(ptr.as_ptr())) };
        Self { ptr, port, _connection: connection.clone() }
    }

    fn call(&self, attempted: &'static str) -> Call<'_> {
        Call::new(attempted, self)
    }

    /// The name of the port.
    #[must_use]
    pub fn port(&self) -> &str {
        &self.port
    }

    /// The name of the filter.
    #[must_use]
    pub fn filter(&self) -> String {
        // SAFETY: the binding is owned, and its filter's name lives as long.
        unsafe { copy_text(sys::virNWFilterBindingGetFilterName(self.ptr.as_ptr())) }
    }

    /// Its description.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn xml(&self) -> Result<String> {
        // SAFETY: the binding is owned.
        self.call("describe").text(|| unsafe { sys::virNWFilterBindingGetXMLDesc(self.ptr.as_ptr(), 0) })
    }

    /// Takes the filter from the port.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn delete(&self) -> Result<()> {
        // SAFETY: the binding is owned.
        self.call("delete").done(|| unsafe { sys::virNWFilterBindingDelete(self.ptr.as_ptr()) })
    }
}
