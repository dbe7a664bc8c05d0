//! Network interfaces.

use super::address::{ADDRESS, VIRTIO};
use super::port_forward::{self, FORWARD};
use super::view;
use crate::document::{self, Document, Element};
use crate::property::{Error, Options, Property, Special, TABLE, Table, rows};

/// `--network`. Without a type, network or bridge it is the default network, which the caller knows.
pub static NETWORK: Table = Table {
    option: "network",
    element: "devices/interface",
    many: true,
    first: &["type"],
    none: true,
    shorthand: Some(type_from_source),
    rows: &[ROWS, USER, PORTS, FORWARD, VIRTIO, ADDRESS],
    help: "A network interface and what it is connected to",
    ..TABLE
};

const TYPES: &[&str] =
    &["user", "network", "bridge", "direct", "ethernet", "vhostuser", "vdpa", "hostdev", "internal", "null"];
const MODELS: &[&str] = &["virtio", "e1000e", "e1000", "rtl8139", "virtio-transitional"];
const SOURCE: Special = Special { get: source, set: set_source };

const ROWS: &[Property] = rows! {
    "type": Enum(TYPES) => "@type", "What it is connected to";
    "source": Text => via SOURCE, "Network, bridge or device of the host, as the type has it";
    "source.network" | "network": Text => "source/@network", "Virtual network";
    "source.bridge" | "bridge": Text => "source/@bridge", "Bridge of the host";
    "source.dev": Text => "source/@dev", "Device of the host";
    "source.portgroup" | "portgroup": Text => "source/@portgroup", "Group of ports in the virtual network";
    "source.mode" | "source_mode": Enum(&["vepa", "bridge", "private", "passthrough", "client", "server"]) => "source/@mode", "How a device is shared, or which end of a socket it is";
    "source.type": Enum(&["unix"]) => "source/@type", "Kind of a vhost-user connection";
    "source.path": Path => "source/@path", "Socket of a vhost-user connection";
    "hostdev": Text, "Network card of the host that the guest takes over, as --hostdev names it";
    "managed": YesNo => "@managed", "Whether libvirt takes that card from the host by itself";
    "source.address.type": Enum(&["pci"]) => "source/address/@type", "How that card is named";
    "source.address.domain": Integer => "source/address/@domain", "PCI domain on the host";
    "source.address.bus": Integer => "source/address/@bus", "PCI bus on the host";
    "source.address.slot": Integer => "source/address/@slot", "PCI slot on the host";
    "source.address.function": Integer => "source/address/@function", "PCI function on the host";
    "mac.address" | "mac": Text => "mac/@address", "Hardware address; RANDOM makes one";
    "model.type" | "model": Enum(MODELS) => "model/@type", "Model that the guest sees";
    "target.dev" | "target": Text => "target/@dev", "Name of the interface on the host";
    "target.managed": YesNo => "target/@managed", "Whether libvirt makes that interface";
    "mtu.size": Integer => "mtu/@size", "Largest packet";
    "link.state": Enum(&["up", "down"]) => "link/@state", "Whether the cable is plugged in";
    "driver.name": Enum(&["vhost", "qemu", "vfio"]) => "driver/@name", "Who moves the packets";
    "driver.queues": Integer => "driver/@queues", "Number of queues";
    "filterref.filter" | "filterref": Text => "filterref/@filter", "Network filter";
    "rom.bar": OnOff => "rom/@bar", "Whether the guest sees the boot ROM";
    "rom.file": Path => "rom/@file", "File with the boot ROM";
    "rom.enabled": YesNo => "rom/@enabled", "Whether there is a boot ROM";
    "boot.order": Integer => "boot/@order", "Its turn among the devices that are booted, from 1";
    "boot.loadparm": Text => "boot/@loadparm", "Parameter of the boot loader on s390x";
    "trustGuestRxFilters": YesNo => "@trustGuestRxFilters", "Whether the guest may change its address";
    "virtualport.type": Enum(&["802.1Qbg", "802.1Qbh", "openvswitch", "midonet"]) => "virtualport/@type", "Kind of switch";
    "virtualport.parameters.managerid" | "virtualport.managerid": Integer => "virtualport/parameters/@managerid", "VSI manager";
    "virtualport.parameters.typeid" | "virtualport.typeid": Integer => "virtualport/parameters/@typeid", "VSI type";
    "virtualport.parameters.typeidversion" | "virtualport.typeidversion": Integer => "virtualport/parameters/@typeidversion", "Version of the VSI type";
    "virtualport.parameters.instanceid" | "virtualport.instanceid": Text => "virtualport/parameters/@instanceid", "VSI instance";
    "virtualport.parameters.profileid" | "virtualport.profileid": Text => "virtualport/parameters/@profileid", "Profile of the port";
    "virtualport.parameters.interfaceid" | "virtualport.interfaceid": Text => "virtualport/parameters/@interfaceid", "Id of the port";
};

/// A network without rights on the host.
const USER: &[Property] = rows! {
    "backend.type": Enum(&["default", "passt"]) => "backend/@type", "Who does a user network";
    "backend.hostname": Text => "backend/@hostname", "Host name that passt gives the guest";
    "backend.fqdn": Text => "backend/@fqdn", "Full host name that passt gives the guest";
    "backend.logFile": Path => "backend/@logFile", "Where passt writes what it does";
};

const PORTS: &[Property] = rows! {
    "portForward#": Text, "The same in a word: [ADDRESS:]PORT[-PORT][:PORT][/udp], the host's first";
    "portForward#.proto": Enum(&["tcp", "udp"]) => "portForward[#]/@proto", "Protocol that passt forwards to the guest";
    "portForward#.address": Text => "portForward[#]/@address", "Address of the host that it listens on";
    "portForward#.dev": Text => "portForward[#]/@dev", "Device of the host that it listens on";
    "portForward#.range#.start": Integer => "portForward[#]/range[#]/@start", "First port";
    "portForward#.range#.end": Integer => "portForward[#]/range[#]/@end", "Last port";
    "portForward#.range#.to": Integer => "portForward[#]/range[#]/@to", "First port in the guest";
    "portForward#.range#.exclude": YesNo => "portForward[#]/range[#]/@exclude", "Whether these ports are left out";
};

/// `network=lab` is of type network, `bridge=br0` of type bridge, `passt` is a user network that passt does.
fn type_from_source(options: &mut Options) -> Result<(), Error> {
    // Any address is what a new card gets anyway, and what an old one has already.
    if options.get("mac") == Some("RANDOM") {
        options.remove("mac");
    }
    // The old form: `network:lab`, `bridge:br0`.
    let old = options.get("type").and_then(|kind| kind.split_once(':'));
    let old = old.filter(|(kind, _)| matches!(*kind, "network" | "bridge"));
    if let Some((kind, source)) = old.map(|(kind, source)| (kind.to_owned(), source.to_owned())) {
        options.remove("type");
        options.set(&kind, &source);
    }
    port_forward::check(options)?;
    port_forward::take_apart(options)?;
    let given = |options: &Options, names: [&str; 2]| names.iter().any(|n| options.has(n));
    match options.get("type") {
        Some("passt") => {
            options.set("type", "user");
            options.set("backend.type", "passt");
        }
        Some(_) => {}
        None if given(options, ["network", "source.network"]) => options.set("type", "network"),
        None if given(options, ["bridge", "source.bridge"]) => options.set("type", "bridge"),
        None => {}
    }
    Ok(())
}

fn source_place(document: &Document, nic: Element) -> &'static str {
    match document.attr(nic, "type").as_deref() {
        Some("network") => "source/@network",
        Some("bridge") => "source/@bridge",
        Some("vhostuser") => "source/@path",
        Some("internal") => "source/@name",
        _ => "source/@dev",
    }
}

fn source(document: &Document, nic: Element, _: &[usize]) -> Option<String> {
    document.get(nic, source_place(document, nic)).map(|s| s.into_owned())
}

fn set_source(
    document: &mut Document,
    nic: Element,
    _: &[usize],
    value: &str,
) -> Result<(), document::Error> {
    let place = source_place(document, nic);
    if value.is_empty() {
        return document.clear(nic, place).map(|_| ());
    }
    document.set(nic, place, value).map(|_| ())
}

view!(
    /// A network interface of a domain.
    Nic, NETWORK, {
        /// What it is connected to: `user`, `network`, `bridge`, …
        kind: "type",
        /// The network, bridge or device that it is connected to.
        source: "source",
        /// Its hardware address.
        mac: "mac.address",
        /// The model that the guest sees.
        model: "model.type",
        /// The interface on the host.
        target: "target.dev",
    }
);
