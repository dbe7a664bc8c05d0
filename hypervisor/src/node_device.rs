//! The host's devices.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_uint};

use virt_sys as sys;

use crate::call::{Call, copy_text};
use crate::flags::{Affect, NodeDeviceDefineFlags, NodeDeviceFilter};
use crate::handle::{calls, handle};
use crate::{Connection, Result};

handle! {
    /// A device of the host.
    NodeDevice(virt::nodedev::NodeDevice), "host device", name
}

/// Finding and making.
impl Connection {
    /// All devices that pass the filter, in one call.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn node_devices(&self, filter: NodeDeviceFilter) -> Result<Vec<NodeDevice>> {
        let found = self.call("list the devices of").run(|| self.raw().list_all_node_devices(filter.0))?;
        found.into_iter().map(|raw| NodeDevice::new(raw, self)).collect()
    }

    /// The device of this name, e.g. `pci_0000_00_02_0`.
    ///
    /// # Errors
    /// `NO_NODE_DEVICE` where there is none.
    pub fn node_device_by_name(&self, name: &str) -> Result<NodeDevice> {
        let call = Call::new(format!("find host device '{name}' on"), self);
        NodeDevice::new(call.run(|| self.raw().lookup_node_device_by_name(name))?, self)
    }

    /// The host bus adapter of this node and port.
    ///
    /// # Errors
    /// `NO_NODE_DEVICE` where there is none.
    pub fn node_device_by_wwn(&self, node: &str, port: &str) -> Result<NodeDevice> {
        let call = Call::new(format!("find the host device of {node},{port} on"), self);
        let (node, port) = (call.c_text(node)?, call.c_text(port)?);
        // SAFETY: the connection is owned, and the texts live during the call.
        let raw = call.pointer(|| unsafe {
            sys::virNodeDeviceLookupSCSIHostByWWN(self.ptr(), node.as_ptr(), port.as_ptr(), 0)
        })?;
        // SAFETY: the new reference is owned by nobody else.
        NodeDevice::new(unsafe { virt::nodedev::NodeDevice::from_ptr(raw.as_ptr()) }, self)
    }

    /// Makes a device that is gone after the host starts anew.
    ///
    /// # Errors
    /// Why it cannot be made.
    pub fn create_node_device(&self, xml: &str, flags: NodeDeviceDefineFlags) -> Result<NodeDevice> {
        let call = self.call("create a device on");
        NodeDevice::new(call.run(|| self.raw().create_node_device_xml(xml, flags.0))?, self)
    }

    /// Keeps a device's definition.
    ///
    /// # Errors
    /// What libvirt finds wrong with it.
    pub fn define_node_device(&self, xml: &str, flags: NodeDeviceDefineFlags) -> Result<NodeDevice> {
        let call = self.call("define a device on");
        let xml = call.c_text(xml)?;
        // SAFETY: the connection is owned, and the text lives during the call.
        let raw =
            call.pointer(|| unsafe { sys::virNodeDeviceDefineXML(self.ptr(), xml.as_ptr(), flags.0) })?;
        // SAFETY: the new reference is owned by nobody else.
        NodeDevice::new(unsafe { virt::nodedev::NodeDevice::from_ptr(raw.as_ptr()) }, self)
    }
}

calls! { NodeDevice {
    /// Its description.
    xml() -> String = "describe", xml_desc(0);
    /// Its description as it will be at its next start.
    inactive_xml() -> String = "describe", xml_desc(sys::VIR_NODE_DEVICE_XML_INACTIVE);
    /// What it can do, e.g. `net`, `pci`.
    capabilities() -> Vec<String> = "ask for the capabilities of", list_caps();
    /// Removes it from the host.
    destroy() = "destroy", destroy();
    /// Gives it back to the host's driver.
    reattach() = "reattach", reattach();
    /// Resets it.
    reset() = "reset", reset();
}}

impl NodeDevice {
    fn ptr(&self) -> sys::virNodeDevicePtr {
        // SAFETY: the pointer is only used while `self`, which owns it, is borrowed.
        unsafe { self.raw.as_ptr() }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of the device that it is part of; `None` for the host itself.
    #[must_use]
    pub fn parent(&self) -> Option<String> {
        // SAFETY: the handle owns the device, whose parent's name lives as long.
        let parent = unsafe { copy_text(sys::virNodeDeviceGetParent(self.ptr())) };
        (!parent.is_empty()).then_some(parent)
    }

    /// Takes it from the host's driver, for a guest.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn detach(&self, driver: Option<&str>) -> Result<()> {
        let call = self.call("detach");
        let driver = driver.map(|driver| call.c_text(driver)).transpose()?;
        call.done(|| match &driver {
            // Not all drivers know the newer call.
            // SAFETY: the handle owns the device.
            None => unsafe { sys::virNodeDeviceDettach(self.ptr()) },
            // SAFETY: as above, and the text lives during the call.
            Some(driver) => unsafe { sys::virNodeDeviceDetachFlags(self.ptr(), driver.as_ptr(), 0) },
        })
    }

    /// Starts a device that is defined.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn start(&self) -> Result<()> {
        // SAFETY: the handle owns the device.
        self.call("start").done(|| unsafe { sys::virNodeDeviceCreate(self.ptr(), 0) })
    }

    /// Changes it; the change is made now, kept, or both; libvirt 10.1 and newer.
    ///
    /// # Errors
    /// What libvirt refused, or that it is older.
    pub fn update(&self, xml: &str, affect: Affect) -> Result<()> {
        type Update = unsafe extern "C" fn(sys::virNodeDevicePtr, *const c_char, c_uint) -> c_int;
        let call = self.call("update");
        let xml = call.c_text(xml)?;
        // SAFETY: this is the type of the function in libvirt's header.
        let update = unsafe { call.newer::<Update>("virNodeDeviceUpdate")? };
        // SAFETY: the handle owns the device, and the text lives during the call.
        call.done(|| unsafe { update(self.ptr(), xml.as_ptr(), affect.0) })
    }

    /// Forgets its definition.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn undefine(&self) -> Result<()> {
        // SAFETY: the handle owns the device.
        self.call("undefine").done(|| unsafe { sys::virNodeDeviceUndefine(self.ptr(), 0) })
    }

    /// Whether it is there now.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn is_active(&self) -> Result<bool> {
        // SAFETY: the handle owns the device.
        self.call("ask for the state of").truth(|| unsafe { sys::virNodeDeviceIsActive(self.ptr()) })
    }

    /// Whether its definition stays.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn is_persistent(&self) -> Result<bool> {
        // SAFETY: the handle owns the device.
        self.call("ask whether there is a definition of")
            .truth(|| unsafe { sys::virNodeDeviceIsPersistent(self.ptr()) })
    }

    /// Whether it is started with the host.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn autostart(&self) -> Result<bool> {
        let mut on = 0;
        self.call("ask for autostart of")
            // SAFETY: the handle owns the device, and `on` lives during the call.
            .done(|| unsafe { sys::virNodeDeviceGetAutostart(self.ptr(), &raw mut on) })?;
        Ok(on != 0)
    }

    /// Chooses whether it is started with the host.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn set_autostart(&self, on: bool) -> Result<()> {
        self.call("set autostart of")
            // SAFETY: the handle owns the device.
            .done(|| unsafe { sys::virNodeDeviceSetAutostart(self.ptr(), on.into()) })
    }
}
