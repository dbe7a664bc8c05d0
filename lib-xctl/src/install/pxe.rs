//! Whether a guest can boot from the network that it is on.

use hypervisor::Connection;
use hypervisor::flags::NetworkXml;

use crate::document::{Document, Element};
use crate::object::Network;

/// What is said where it cannot, in virt-install's words.
pub(super) const WARNING: &str = "The guest's network configuration may not support PXE";

/// Whether one of its cards is on a network where something may answer. What cannot be looked into is believed to.
pub(super) fn is_served(domain: &Document, connection: &Connection) -> bool {
    let devices = domain.child(domain.root(), "devices");
    devices.into_iter().flat_map(|devices| domain.children_named(devices, "interface")).any(|card| {
        match domain.attr(card, "type").as_deref() {
            // The emulator's own network has no boot server unless its owner gives one.
            Some("user") => false,
            Some("network") => network_serves(domain, card, connection),
            _ => true,
        }
    })
}

fn network_serves(domain: &Document, card: Element, connection: &Connection) -> bool {
    let name = domain.get(card, "source/@network").unwrap_or_default();
    let network = connection.network_by_name(&name).and_then(|network| network.xml(NetworkXml::NONE)).ok();
    network.and_then(|xml| Network::parse(&xml).ok()).is_none_or(|network| network.serves_boot())
}
