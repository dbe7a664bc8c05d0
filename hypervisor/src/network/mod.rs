//! Virtual networks.
#![allow(unsafe_code)]

mod notes;
mod port;

pub use port::NetworkPort;

use std::ffi::c_int;

use virt_sys as sys;

use crate::call::{Call, copy_text, or_null};
use crate::flags::{Affect, NetworkDefineFlags, NetworkFilter, NetworkXml};
use crate::handle::{calls, handle, named};
use crate::{Connection, Result};

handle! {
    /// A virtual network.
    Network(virt::network::Network), "network", name
}

named!(Network);

/// Finding and making.
impl Connection {
    /// All networks that pass the filter, in one call.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn networks(&self, filter: NetworkFilter) -> Result<Vec<Network>> {
        let found = self.call("list the networks of").run(|| self.raw().list_all_networks(filter.0))?;
        found.into_iter().map(|raw| Network::new(raw, self)).collect()
    }

    /// The network of this name.
    ///
    /// # Errors
    /// `NO_NETWORK` where there is none.
    pub fn network_by_name(&self, name: &str) -> Result<Network> {
        let call = Call::new(format!("find network '{name}' on"), self);
        Network::new(call.run(|| self.raw().lookup_network_by_name(name))?, self)
    }

    /// The network of this UUID.
    ///
    /// # Errors
    /// `NO_NETWORK` where there is none.
    pub fn network_by_uuid(&self, uuid: &str) -> Result<Network> {
        let call = Call::new(format!("find network {uuid} on"), self);
        Network::new(call.run(|| self.raw().lookup_network_by_uuid_string(uuid))?, self)
    }

    /// Keeps a definition, new or changed.
    ///
    /// # Errors
    /// What libvirt finds wrong with it.
    pub fn define_network(&self, xml: &str, flags: NetworkDefineFlags) -> Result<Network> {
        let call = self.call("define a network on");
        let xml = call.c_text(xml)?;
        let raw = call.pointer(|| match flags {
            // Not all drivers know the newer call.
            // SAFETY: the connection is owned, and the text lives during the call.
            NetworkDefineFlags::NONE => unsafe { sys::virNetworkDefineXML(self.ptr(), xml.as_ptr()) },
            // SAFETY: as above.
            _ => unsafe { sys::virNetworkDefineXMLFlags(self.ptr(), xml.as_ptr(), flags.0) },
        })?;
        // SAFETY: the new reference is owned by nobody else.
        Network::new(unsafe { virt::network::Network::from_ptr(raw.as_ptr()) }, self)
    }

    /// Starts a network that is forgotten when it stops.
    ///
    /// # Errors
    /// What libvirt finds wrong with it, or why it cannot run.
    pub fn create_network(&self, xml: &str, flags: NetworkDefineFlags) -> Result<Network> {
        let call = self.call("create a network on");
        let xml = call.c_text(xml)?;
        let raw = call.pointer(|| match flags {
            // Not all drivers know the newer call.
            // SAFETY: the connection is owned, and the text lives during the call.
            NetworkDefineFlags::NONE => unsafe { sys::virNetworkCreateXML(self.ptr(), xml.as_ptr()) },
            // SAFETY: as above.
            _ => unsafe { sys::virNetworkCreateXMLFlags(self.ptr(), xml.as_ptr(), flags.0) },
        })?;
        // SAFETY: the new reference is owned by nobody else.
        Network::new(unsafe { virt::network::Network::from_ptr(raw.as_ptr()) }, self)
    }
}

calls! { Network {
    /// Starts it.
    start() = "start", create();
    /// Stops it.
    destroy() = "stop", destroy();
    /// Forgets its definition.
    undefine() = "undefine", undefine();
    /// Its description.
    xml(flags: NetworkXml) -> String = "describe", xml_desc(flags.0);
    /// Whether it runs.
    is_active() -> bool = "ask for the state of", is_active();
    /// Whether its definition stays when it stops.
    is_persistent() -> bool = "ask whether there is a definition of", is_persistent();
    /// Whether it is started with the host.
    autostart() -> bool = "ask for autostart of", autostart();
    /// Chooses whether it is started with the host.
    set_autostart(on: bool) = "set autostart of", set_autostart(on);
    /// The host's bridge that its guests are connected to.
    bridge() -> String = "ask for the bridge of", bridge_name();
}}

/// An address that a network gave to a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The network's interface.
    pub interface: String,
    /// When it ends, in seconds since 1970.
    pub expires: i64,
    /// Whether it is an IPv6 address, and not an IPv4 one.
    pub is_ipv6: bool,
    /// The guest's hardware address; empty where it is not known.
    pub mac: String,
    /// The identity association, IPv6 only.
    pub iaid: String,
    /// The address.
    pub address: String,
    /// The length of the network's prefix, in bits.
    pub prefix: u32,
    /// The name that the guest gave.
    pub hostname: String,
    /// The client's identification.
    pub client_id: String,
}

impl Network {
    /// The addresses that it gave to guests, to all or to the one of this hardware address.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn leases(&self, mac: Option<&str>) -> Result<Vec<Lease>> {
        let call = self.call("ask for the leases of");
        let mac = mac.map(|mac| call.c_text(mac)).transpose()?;
        let mut list: *mut sys::virNetworkDHCPLeasePtr = std::ptr::null_mut();
        // SAFETY: the handle owns the network; text and `list` live during the call.
        let count = call.number(|| unsafe {
            sys::virNetworkGetDHCPLeases(self.raw.as_ptr(), or_null(mac.as_ref()), &raw mut list, 0)
        })?;
        // SAFETY: libvirt filled in `count` leases, each ours to free.
        let take = |index| unsafe { take_lease(*list.add(index)) };
        let leases = (0..usize::try_from(count).unwrap_or_default()).map(take).collect();
        // SAFETY: the list came from malloc and is ours too.
        unsafe { libc::free(list.cast()) };
        Ok(leases)
    }

    /// Changes one section of its definition: command, section and index are libvirt's numbers
    /// (`virNetworkUpdateCommand`, `virNetworkUpdateSection`), an index of -1 is any.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn update(&self, command: u32, section: u32, index: c_int, xml: &str, affect: Affect) -> Result<()> {
        let call = self.call("change");
        let xml = call.c_text(xml)?;
        // SAFETY: the handle owns the network, and the text lives during the call.
        call.done(|| unsafe {
            sys::virNetworkUpdate(self.raw.as_ptr(), command, section, index, xml.as_ptr(), affect.0)
        })
    }
}

/// Copies a lease and frees libvirt's.
///
/// # Safety
/// `lease` is one that libvirt gave to the caller to own.
unsafe fn take_lease(lease: sys::virNetworkDHCPLeasePtr) -> Lease {
    // SAFETY: promised by the caller; so are the texts in it.
    let copy = unsafe {
        let raw = &*lease;
        Lease {
            interface: copy_text(raw.iface),
            expires: raw.expirytime,
            is_ipv6: raw.type_ == sys::VIR_IP_ADDR_TYPE_IPV6 as c_int,
            mac: copy_text(raw.mac),
            iaid: copy_text(raw.iaid),
            address: copy_text(raw.ipaddr),
            prefix: raw.prefix,
            hostname: copy_text(raw.hostname),
            client_id: copy_text(raw.clientid),
        }
    };
    // SAFETY: it is the caller's to free, and not used again.
    unsafe { sys::virNetworkDHCPLeaseFree(lease) };
    copy
}
