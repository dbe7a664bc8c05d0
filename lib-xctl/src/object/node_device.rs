//! A device of the host.

use super::object;
use crate::property::{Property, rows};

const ROWS: &[Property] = rows! {
    "name": Text => "name", "Name";
    "parent": Text => "parent", "Device that it is a part of";
    "path": Text => "path", "Where the kernel shows it";
    "driver": Text => "driver/name", "Driver that has it";
    "kind": Text => "capability/@type", "Kind: pci, usb_device, scsi, mdev, net, ...";
    "domain": Integer => "capability/domain", "PCI domain";
    "bus": Integer => "capability/bus", "Bus";
    "slot": Integer => "capability/slot", "PCI slot";
    "function": Integer => "capability/function", "PCI function";
    "device": Integer => "capability/device", "Number on the USB bus";
    "host": Integer => "capability/host", "SCSI adapter";
    "target": Integer => "capability/target", "SCSI target";
    "lun": Integer => "capability/lun", "SCSI unit";
    "vendor.id": Integer => "capability/vendor/@id", "Number of the vendor";
    "vendor": Text => "capability/vendor", "Vendor";
    "product.id": Integer => "capability/product/@id", "Number of the product";
    "product": Text => "capability/product", "Product";
    "uuid": Text => "capability/uuid", "UUID of a mediated device";
    "type.id": Text => "capability/type/@id", "Kind of a mediated device";
    "interface": Text => "capability/interface", "Name of a network device";
};

object! {
    /// A view of `<device>` (libvirt's formatnode.html).
    NodeDevice, "device", ROWS,
    {
        /// Its kind: `pci`, `usb_device`, `scsi`, `mdev`, `net`, ….
        kind: "kind",
        /// The device that it is a part of.
        parent: "parent",
    }
}

impl NodeDevice {
    /// A number, which libvirt writes as it pleases: `5` or `0x05`.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u32> {
        let text = self.get(name)?;
        text.strip_prefix("0x").map_or_else(|| text.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok())
    }
}
