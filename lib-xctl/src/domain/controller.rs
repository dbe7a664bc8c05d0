//! Controllers: the buses that devices sit on.

use super::address::{ADDRESS, VIRTIO};
use super::view;
use crate::document::{self, Document, Element};
use crate::property::{Form, Property, Special, TABLE, Table, rows};

/// `--controller`.
pub static CONTROLLER: Table = Table {
    option: "controller",
    element: "devices/controller",
    many: true,
    first: &["type"],
    none: true,
    rows: &[ROWS, VIRTIO, ADDRESS],
    help: "A controller that devices sit on",
    ..TABLE
};

const TYPES: &[&str] = &[
    "usb",
    "usb2",
    "usb3",
    "scsi",
    "sata",
    "ide",
    "pci",
    "virtio-serial",
    "ccid",
    "fdc",
    "xenbus",
    "isa",
    "nvme",
];
const MODELS: &[&str] = &[
    "qemu-xhci",
    "nec-xhci",
    "ich9-ehci1",
    "piix3-uhci",
    "none",
    "virtio-scsi",
    "lsilogic",
    "lsisas1068",
    "vmpvscsi",
    "pci-root",
    "pcie-root",
    "pcie-root-port",
    "pci-bridge",
    "pcie-to-pci-bridge",
    "dmi-to-pci-bridge",
    "pcie-expander-bus",
    "piix3",
    "piix4",
    "ich6",
    "ich9-uhci1",
    "ich9-uhci2",
    "ich9-uhci3",
    "piix4-uhci",
    "ehci",
    "vt82c686b-uhci",
    "pci-ohci",
    "qusb1",
    "qusb2",
    "virtio-transitional",
    "virtio-non-transitional",
    "lsisas1078",
    "buslogic",
    "ibmvscsi",
    "ncr53c90",
    "dc390",
    "am53c974",
    "pci-expander-bus",
    "pcie-switch-upstream-port",
    "pcie-switch-downstream-port",
];
const TYPE: Special = Special { get: kind, set: set_kind };
const PCI_ADDRESS: Special = Special { get: pci_address, set: set_pci_address };

const PCI_ADDRESS_FORM: Form =
    Form { allowed: "a PCI address", example: "0:0:1f.2", fits: |text| pci_parts(text).is_some() };

const ROWS: &[Property] = rows! {
    "type": Enum(TYPES) => via TYPE, "Kind of bus; usb2 and usb3 choose a model too";
    "model": Enum(MODELS) => "@model", "Model";
    "index": Integer => "@index", "Its number among those of its kind";
    "ports": Integer => "@ports", "Number of ports";
    "vectors": Integer => "@vectors", "Number of interrupts";
    "maxGrantFrames": Integer => "@maxGrantFrames", "Most grant frames of Xen's bus";
    "maxEventChannels": Integer => "@maxEventChannels", "Most event channels of Xen's bus";
    "num_pcie_root_ports": Integer, "How many PCIe root ports a new guest gets";
    "address": Form(&PCI_ADDRESS_FORM) => via PCI_ADDRESS, "PCI address, as DOMAIN:BUS:SLOT.FUNCTION";
    "driver.iothread": Integer => "driver/@iothread", "I/O thread that serves it";
    "driver.queues" | "queues": Integer => "driver/@queues", "Number of queues";
    "driver.cmd_per_lun": Integer => "driver/@cmd_per_lun", "Commands that wait on a unit";
    "driver.max_sectors": Integer => "driver/@max_sectors", "Sectors in a request";
    "driver.ioeventfd": OnOff => "driver/@ioeventfd", "Whether requests are handled outside of the CPU's thread";
    "master.startport" | "master": Integer => "master/@startport", "First port on the controller that it goes with";
    "target.chassis": Integer => "target/@chassis", "Chassis of a PCIe port";
    "target.chassisNr": Integer => "target/@chassisNr", "Chassis of a PCI bridge";
    "target.port": Integer => "target/@port", "Port of a PCIe port";
    "target.memReserve": Integer => "target/@memReserve", "Memory in KiB that is kept for what is plugged into a port or bridge";
    "target.hotplug": OnOff => "target/@hotplug", "Whether devices can be plugged into it";
    "target.busNr": Integer => "target/@busNr", "First bus of an expander";
    "target.index": Integer => "target/@index", "Index of a host bridge";
    "target.node": Integer => "target/node", "NUMA node that it is near";
};

/// What a USB 2 controller needs beside it for slow devices: model and first port.
const COMPANIONS: [(&str, &str); 3] = [("ich9-uhci1", "0"), ("ich9-uhci2", "2"), ("ich9-uhci3", "4")];

fn kind(document: &Document, controller: Element, _: &[usize]) -> Option<String> {
    document.attr(controller, "type").map(|kind| kind.into_owned())
}

fn set_kind(
    document: &mut Document,
    controller: Element,
    _: &[usize],
    value: &str,
) -> Result<(), document::Error> {
    match value {
        "" => {
            document.remove_attr(controller, "type");
            Ok(())
        }
        "usb3" => set(document, controller, &[("type", "usb"), ("model", "qemu-xhci"), ("ports", "15")]),
        "usb2" => {
            set(document, controller, &[("type", "usb"), ("model", "ich9-ehci1")])?;
            let Some(devices) = document.parent(controller) else { return Ok(()) };
            for (model, port) in COMPANIONS {
                let companion = document.insert_child(devices, "controller");
                set(document, companion, &[("type", "usb"), ("model", model)])?;
                document.set(companion, "master/@startport", port)?;
            }
            Ok(())
        }
        kind => document.set_attr(controller, "type", kind),
    }
}

fn set(
    document: &mut Document,
    element: Element,
    attributes: &[(&str, &str)],
) -> Result<(), document::Error> {
    attributes.iter().try_for_each(|(name, value)| document.set_attr(element, name, value))
}

/// The parts of a PCI address as the document has them.
pub(super) const PCI: [&str; 4] = ["domain", "bus", "slot", "function"];

/// Takes a PCI address (`0000:00:1f.2`, `00:1f.2`) apart.
pub(super) fn pci_parts(address: &str) -> Option<[&str; 4]> {
    let (bus, function) = address.rsplit_once('.')?;
    let (bus, slot) = bus.rsplit_once(':')?;
    let (domain, bus) = bus.rsplit_once(':').unwrap_or(("0", bus));
    let parts = [domain, bus, slot, function];
    let hex =
        |part: &&str| !part.is_empty() && part.len() <= 8 && part.bytes().all(|b| b.is_ascii_hexdigit());
    parts.iter().all(hex).then_some(parts)
}

fn pci_address(document: &Document, controller: Element, _: &[usize]) -> Option<String> {
    let part = |name: &str| {
        let part = document.get(controller, &format!("address/@{name}"));
        part.map(|p| p.trim_start_matches("0x").to_owned())
    };
    let [domain, bus, slot, function] = PCI.map(part);
    Some(format!("{}:{}:{}.{}", domain?, bus?, slot?, function?))
}

fn set_pci_address(
    document: &mut Document,
    controller: Element,
    _: &[usize],
    value: &str,
) -> Result<(), document::Error> {
    let Some(parts) = pci_parts(value) else {
        return document.clear_element(controller, "address").map(|_| ());
    };
    document.set(controller, "address/@type", "pci")?;
    for (name, part) in PCI.iter().zip(parts) {
        document.set(controller, &format!("address/@{name}"), &format!("0x{part}"))?;
    }
    Ok(())
}

view!(
    /// A controller of a domain.
    Controller, CONTROLLER, {
        /// Kind of bus.
        kind: "type",
        /// Model.
        model: "model",
    }
);
