//! Rows that every device has: where it sits on its bus, what it is called, how virtio moves its data.

use crate::property::{Property, integer, on_off, one_of, text};

const ADDRESS_TYPES: &[&str] = &[
    "pci",
    "drive",
    "virtio-serial",
    "ccid",
    "usb",
    "spapr-vio",
    "virtio-s390",
    "ccw",
    "virtio-mmio",
    "isa",
    "dimm",
    "unassigned",
];

/// `address.*` and `alias.name`.
pub(crate) const ADDRESS: &[Property] = &[
    one_of("address.type", "address/@type", ADDRESS_TYPES, "Kind of bus that the device sits on"),
    text("address.domain", "address/@domain", "PCI domain"),
    text("address.bus", "address/@bus", "Bus number"),
    text("address.slot", "address/@slot", "PCI slot"),
    text("address.function", "address/@function", "PCI function"),
    on_off("address.multifunction", "address/@multifunction", "Whether more functions share the PCI slot"),
    integer("address.zpci.uid", "address/zpci/@uid", "PCI user id on s390x"),
    integer("address.zpci.fid", "address/zpci/@fid", "PCI function id on s390x"),
    integer("address.controller", "address/@controller", "Number of the controller that it is plugged into"),
    integer("address.target", "address/@target", "Target on the controller"),
    integer("address.unit", "address/@unit", "Unit on the target"),
    text("address.port", "address/@port", "USB or virtio-serial port"),
    text("address.reg", "address/@reg", "Register of a spapr-vio device"),
    text("address.cssid", "address/@cssid", "Channel subsystem of a CCW device"),
    text("address.ssid", "address/@ssid", "Subchannel set of a CCW device"),
    text("address.devno", "address/@devno", "Number of a CCW device"),
    text("address.iobase", "address/@iobase", "I/O port of an ISA device"),
    text("address.irq", "address/@irq", "Interrupt of an ISA device"),
    text("address.base", "address/@base", "Address in memory where a DIMM begins"),
    text("alias.name", "alias/@name", "Name of the device; yours begin with ua-"),
];

/// `driver.*` of virtio devices.
pub(crate) const VIRTIO: &[Property] = &[
    on_off("driver.iommu", "driver/@iommu", "Whether the device goes through the guest's IOMMU"),
    on_off("driver.ats", "driver/@ats", "Whether PCIe address translation services are offered"),
    on_off("driver.packed", "driver/@packed", "Whether packed virtqueues are offered"),
    on_off(
        "driver.page_per_vq",
        "driver/@page_per_vq",
        "Whether each virtqueue has a notification page of its own",
    ),
];
