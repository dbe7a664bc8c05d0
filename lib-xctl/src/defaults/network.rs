//! Network cards: where they go, their model and address.

use uuid::Uuid;

use super::context::Network;
use super::error::Error;
use super::guest::{Board, Guest, Rule, UNSAID};
use crate::document::Element;
use crate::domain::PortForward;
use crate::osinfo::device::VIRTIO_NET;

const MODELS: &[Rule] = &[
    Rule {
        value: "virtio",
        when: |g| g.drives_virtio(VIRTIO_NET),
        why: "{os} drives it, and no other is as fast",
    },
    Rule {
        value: "e1000e",
        when: |g| g.board() == Board::Q35,
        why: "it is the card that most systems drive on Q35",
    },
    Rule { value: "e1000", when: |g| g.board() == Board::Pc, why: "it is the card that most systems drive" },
];

/// A slot of the root bus that libvirt, which counts from the first, hardly comes to. QEMU itself would take the first,
/// which libvirt gives to another device.
const FREE_SLOT: usize = 0x10;

/// What a source that was named tells of the type.
const SOURCES: &[(&str, &str)] =
    &[("source/@network", "network"), ("source/@bridge", "bridge"), ("source/@mode", "direct")];

/// First half of the address by driver: that of the hypervisor's maker.
const QEMU_PREFIX: [u8; 3] = [0x52, 0x54, 0x00];
const XEN_PREFIX: [u8; 3] = [0x00, 0x16, 0x3e];

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    if guest.devices("interface").is_empty() && !guest.is_without("network") {
        guest.add("interface")?;
    }
    for interface in guest.devices("interface") {
        place(guest, interface)?;
        address(guest, interface)?;
        let kind = guest.document.attr(interface, "type").unwrap_or_default().into_owned();
        if kind != "hostdev" {
            guest.fill_by(interface, "model/@type", MODELS)?;
        }
        ports(guest, interface)?;
    }
    Ok(())
}

/// Who forwards ports: passt, or QEMU itself, which libvirt has no words for.
fn ports(guest: &mut Guest<'_, '_>, interface: Element) -> Result<(), Error> {
    // Ports of another network are nobody's to forward; what was said of it stays for whoever refuses that.
    if guest.document.attr(interface, "type").is_none_or(|kind| kind != "user")
        || guest.document.child(interface, "portForward").is_none()
        || guest.document.get(interface, "backend/@type").is_some()
    {
        return Ok(());
    }
    let plain = PortForward::all(guest.document, interface).filter(|_| guest.is_qemu() && guest.is_x86());
    let Some(ports) = plain.filter(|_| guest.context.facts.lacks_passt) else {
        guest.fill_in(
            interface,
            "backend/@type",
            "passt",
            "it forwards ports without any rights on the host",
        )?;
        return Ok(());
    };
    let text = |place: &str| guest.document.get(interface, place).unwrap_or_default().into_owned();
    let (model, mac) = (text("model/@type"), text("mac/@address"));
    let number = guest.devices("interface").iter().position(|other| *other == interface).unwrap_or_default();
    let id = format!("forwarding{number}");
    let ports: String = ports
        .iter()
        .map(|port| format!(",hostfwd={}:{}:{}-:{}", port.proto, port.address, port.host, port.guest))
        .collect();
    let bus = if guest.board() == Board::Q35 { "pcie.0" } else { "pci.0" };
    let device = if model == "virtio" { "virtio-net-pci" } else { &model };
    let arguments = [
        "-netdev".to_owned(),
        format!("user,id={id}{ports}"),
        "-device".to_owned(),
        format!("{device},netdev={id},mac={mac},bus={bus},addr={:#x}", FREE_SLOT + number),
    ];
    guest.document.remove(interface);
    let root = guest.document.root();
    let commandline = guest.document.ensure(root, "qemu:commandline")?;
    for argument in &arguments {
        let element = guest.document.insert_child(commandline, "qemu:arg");
        guest.document.set_attr(element, "value", argument)?;
    }
    let why = "passt is not installed, and QEMU forwards ports itself";
    guest.note("qemu:commandline", &arguments.join(" "), why);
    Ok(())
}

fn place(guest: &mut Guest<'_, '_>, interface: Element) -> Result<(), Error> {
    if guest.document.attr(interface, "type").is_some_and(|kind| kind != UNSAID) {
        return Ok(());
    }
    if guest.document.child(interface, "portForward").is_some() {
        guest.fill_in(interface, "@type", "user", "its ports are forwarded")?;
        return Ok(());
    }
    for (source, kind) in SOURCES {
        if guest.document.get(interface, source).is_some() {
            guest.fill_in(interface, "@type", kind, "the source that was named is of that kind")?;
            return Ok(());
        }
    }
    if guest.context.connection.session {
        guest.fill_in(interface, "@type", "user", "it needs no rights on the host")?;
        return Ok(());
    }
    if guest.context.connection.driver == "test" {
        guest.fill_in(interface, "@type", "user", "the test driver has no network")?;
        return Ok(());
    }
    match guest.context.facts.network.clone() {
        Some(Network::Network(name)) => {
            guest.fill_in(interface, "@type", "network", "libvirt's network is there")?;
            guest.fill_in(
                interface,
                "source/@network",
                &name,
                "it is the network that libvirt comes with",
            )?;
        }
        Some(Network::Bridge(name)) => {
            guest.fill_in(interface, "@type", "bridge", "the host has a bridge")?;
            guest.fill_in(interface, "source/@bridge", &name, "it leads to the host's own network")?;
        }
        None => {
            guest.fill_in(
                interface,
                "@type",
                "user",
                "the host has no network of libvirt's and no bridge",
            )?;
        }
    }
    Ok(())
}

fn address(guest: &mut Guest<'_, '_>, interface: Element) -> Result<(), Error> {
    if guest.document.get(interface, "mac/@address").is_some() || guest.is_without("mac") {
        return Ok(());
    }
    let address = random_address(guest.is_qemu());
    guest.fill_in(interface, "mac/@address", &address, "the install boot and later ones share it")?;
    Ok(())
}

/// A random hardware address: the first half is that of the hypervisor's maker.
pub(crate) fn random_address(is_qemu: bool) -> String {
    let [a, b, c] = if is_qemu { QEMU_PREFIX } else { XEN_PREFIX };
    let [x, y, z, ..] = Uuid::new_v4().into_bytes();
    format!("{a:02x}:{b:02x}:{c:02x}:{x:02x}:{y:02x}:{z:02x}")
}
