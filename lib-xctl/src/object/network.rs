//! A virtual network.

use super::object;
use crate::property::{Property, rows};

const ROWS: &[Property] = rows! {
    "name": Text => "name", "Name";
    "uuid": Text => "uuid", "UUID";
    "title": Text => "title", "Title";
    "description": Text => "description", "Description";
    "forward": Present => "forward", "Whether its guests get out";
    "forward.mode": Enum(&["nat", "route", "open", "bridge", "private", "vepa", "passthrough", "hostdev"]) => "forward/@mode", "How they do";
    "forward.dev": Text => "forward/@dev", "Device of the host that they get out by";
    "bridge.name": Text => "bridge/@name", "Bridge of the host";
    "domain.name": Text => "domain/@name", "DNS domain";
    "mtu.size": Integer => "mtu/@size", "Largest packet";
    "ip#.address": Text => "ip[#]/@address", "Address of the host in it";
    "ip#.netmask": Text => "ip[#]/@netmask", "Its net mask";
    "ip#.prefix": Integer => "ip[#]/@prefix", "Bits of the net";
    "ip#.dhcp.range#.start": Text => "ip[#]/dhcp/range[#]/@start", "First address for guests";
    "ip#.dhcp.range#.end": Text => "ip[#]/dhcp/range[#]/@end", "Last one";
    "ip#.dhcp.bootp.file": Text => "ip[#]/dhcp/bootp/@file", "File that guests boot";
    "ip#.dhcp.bootp.server": Text => "ip[#]/dhcp/bootp/@server", "Server that has it";
};

object! {
    /// A view of `<network>` (libvirt's formatnetwork.html).
    Network, "network", ROWS,
    {
        /// Its title.
        title: "title",
        /// The bridge of the host that it is.
        bridge: "bridge.name",
    }
}

impl Network {
    /// How guests get out: libvirt's default is said too; `None` for an isolated network.
    #[must_use]
    pub fn forward_mode(&self) -> Option<String> {
        self.get("forward")?;
        Some(self.get("forward.mode").unwrap_or_else(|| "nat".to_owned()))
    }

    /// Whether a guest may boot from it: libvirt answers itself where it is told of a file to boot; behind a bridge or
    /// a route others may.
    #[must_use]
    pub fn serves_boot(&self) -> bool {
        let mut addresses = self.document.children_named(self.document.root(), "ip");
        self.forward_mode().is_some_and(|mode| mode != "nat")
            || addresses.any(|ip| self.document.find(ip, "dhcp/bootp").is_some())
    }
}
