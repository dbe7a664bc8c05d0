//! The host's network interfaces.
#![allow(unsafe_code)]

use virt_sys as sys;

use crate::call::Call;
use crate::flags::{InterfaceDefineFlags, InterfaceFilter, InterfaceXml};
use crate::handle::{calls, handle};
use crate::{Connection, Result};

handle! {
    /// A network interface of the host.
    Interface(virt::interface::Interface), "interface", name
}

/// Finding and making.
impl Connection {
    /// All interfaces that pass the filter, in one call.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn interfaces(&self, filter: InterfaceFilter) -> Result<Vec<Interface>> {
        let found = self.call("list the interfaces of").run(|| self.raw().list_all_interfaces(filter.0))?;
        found.into_iter().map(|raw| Interface::new(raw, self)).collect()
    }

    /// The interface of this name.
    ///
    /// # Errors
    /// `NO_INTERFACE` where there is none.
    pub fn interface_by_name(&self, name: &str) -> Result<Interface> {
        let call = Call::new(format!("find interface '{name}' on"), self);
        Interface::new(call.run(|| self.raw().lookup_interface_by_name(name))?, self)
    }

    /// The interface of this hardware address.
    ///
    /// # Errors
    /// `NO_INTERFACE` where there is none.
    pub fn interface_by_mac(&self, mac: &str) -> Result<Interface> {
        let call = Call::new(format!("find the interface of {mac} on"), self);
        Interface::new(call.run(|| self.raw().lookup_interface_by_mac_string(mac))?, self)
    }

    /// Keeps a definition, new or changed.
    ///
    /// # Errors
    /// What libvirt finds wrong with it.
    pub fn define_interface(&self, xml: &str, flags: InterfaceDefineFlags) -> Result<Interface> {
        let call = self.call("define an interface on");
        Interface::new(call.run(|| self.raw().define_interface_xml(xml, flags.0))?, self)
    }

    /// Notes how all interfaces are configured, so that changes from now on can be taken back.
    ///
    /// # Errors
    /// That changes are under way already, or what else libvirt refused.
    pub fn begin_interface_changes(&self) -> Result<()> {
        // SAFETY: the connection is owned.
        self.call("begin to change the interfaces of")
            .done(|| unsafe { sys::virInterfaceChangeBegin(self.ptr(), 0) })
    }

    /// Keeps the changes.
    ///
    /// # Errors
    /// That none are under way, or what else libvirt refused.
    pub fn commit_interface_changes(&self) -> Result<()> {
        // SAFETY: the connection is owned.
        self.call("keep changed interfaces of")
            .done(|| unsafe { sys::virInterfaceChangeCommit(self.ptr(), 0) })
    }

    /// Takes the changes back.
    ///
    /// # Errors
    /// As for [`Connection::commit_interface_changes`].
    pub fn rollback_interface_changes(&self) -> Result<()> {
        // SAFETY: the connection is owned.
        self.call("take back changed interfaces of")
            .done(|| unsafe { sys::virInterfaceChangeRollback(self.ptr(), 0) })
    }
}

calls! { Interface {
    /// Brings it up.
    start() = "start", create(0);
    /// Takes it down.
    destroy() = "stop", destroy(0);
    /// Forgets its definition.
    undefine() = "undefine", undefine();
    /// Its description.
    xml(flags: InterfaceXml) -> String = "describe", xml_desc(flags.0);
    /// Its hardware address.
    mac() -> String = "ask for the hardware address of", mac_string();
    /// Whether it is up.
    is_active() -> bool = "ask for the state of", is_active();
}}

impl Interface {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}
