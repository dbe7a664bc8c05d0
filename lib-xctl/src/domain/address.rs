//! Rows that every device has: where it sits on its bus, what it is called, how virtio moves its data.

use crate::property::{self, Form, Property, rows};

const TYPES: &[&str] = &[
    "pci",
    "drive",
    "virtio-serial",
    "ccid",
    "usb",
    "spapr-vio",
    "ccw",
    "virtio-mmio",
    "isa",
    "dimm",
    "unassigned",
];

/// Behind a hub, a USB port is named with those on the way.
const PORT: Form = Form {
    allowed: "a whole number, or several with dots between",
    example: "1.2",
    fits: |port| port.split('.').all(property::is_integer),
};

/// `address.*` and `alias.name`.
pub(crate) const ADDRESS: &[Property] = rows! {
    "address.type": Enum(TYPES) => "address/@type", "Kind of bus that the device sits on";
    "address.domain": Integer => "address/@domain", "PCI domain";
    "address.bus": Integer => "address/@bus", "Bus number";
    "address.slot": Integer => "address/@slot", "PCI slot";
    "address.function": Integer => "address/@function", "PCI function";
    "address.multifunction": OnOff => "address/@multifunction", "Whether more functions share the PCI slot";
    "address.zpci.uid": Text => "address/zpci/@uid", "PCI user id on s390x";
    "address.zpci.fid": Text => "address/zpci/@fid", "PCI function id on s390x";
    "address.controller": Integer => "address/@controller", "Number of the controller that it is plugged into";
    "address.target": Integer => "address/@target", "Target on the controller";
    "address.unit": Integer => "address/@unit", "Unit on the target";
    "address.port": Form(&PORT) => "address/@port", "USB or virtio-serial port";
    "address.reg": Text => "address/@reg", "Register of a spapr-vio device";
    "address.cssid": Text => "address/@cssid", "Channel subsystem of a CCW device";
    "address.ssid": Text => "address/@ssid", "Subchannel set of a CCW device";
    "address.devno": Text => "address/@devno", "Number of a CCW device";
    "address.iobase": Text => "address/@iobase", "I/O port of an ISA device";
    "address.irq": Text => "address/@irq", "Interrupt of an ISA device";
    "address.base": Text => "address/@base", "Address in memory where a DIMM begins";
    "alias.name": Text => "alias/@name", "Name of the device; names of your own begin with ua-";
};

/// `driver.*` of virtio devices.
pub(crate) const VIRTIO: &[Property] = rows! {
    "driver.iommu": OnOff => "driver/@iommu", "Whether the device goes through the guest's IOMMU";
    "driver.ats": OnOff => "driver/@ats", "Whether PCIe address translation services are offered";
    "driver.packed": OnOff => "driver/@packed", "Whether packed virtqueues are offered";
    "driver.page_per_vq": OnOff => "driver/@page_per_vq", "Whether each virtqueue has a notification page of its own";
};
