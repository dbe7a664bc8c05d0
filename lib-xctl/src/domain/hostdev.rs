//! Devices of the host that a guest takes over.

use super::address::ADDRESS;
use super::controller::pci_parts;
use crate::property::{Error, Options, Property, Table, rows};

/// `--hostdev`.
pub static HOSTDEV: Table = Table {
    option: "hostdev",
    aliases: &["host-device"],
    element: "devices/hostdev",
    many: true,
    first: &["name"],
    none: true,
    shorthand: Some(from_name),
    rows: &[ROWS, ADDRESS],
    help: "A device of the host that the guest takes over",
};

const ROWS: &[Property] = rows! {
    "name": Text, "Node device of the host, or the address of a PCI or USB device";
    "mode": Enum(&["subsystem", "capabilities"]) => "@mode", "Whether it is a device or a part of one for a container";
    "type": Enum(&["pci", "usb", "scsi", "scsi_host", "mdev", "storage", "misc", "net"]) => "@type", "Kind of device";
    "managed": YesNo => "@managed", "Whether libvirt takes it from the host by itself";
    "model": Enum(&["vfio-pci", "vfio-ccw", "vfio-ap"]) => "@model", "How a mediated device is shown";
    "display": OnOff => "@display", "Whether a mediated device shows on the screen";
    "ramfb": OnOff => "@ramfb", "Whether it shows something before its driver starts";
    "source.address.domain": Text => "source/address/@domain", "PCI domain on the host";
    "source.address.bus": Text => "source/address/@bus", "PCI or USB bus on the host";
    "source.address.slot": Text => "source/address/@slot", "PCI slot on the host";
    "source.address.function": Text => "source/address/@function", "PCI function on the host";
    "source.address.device": Text => "source/address/@device", "Number on the USB bus";
    "source.address.uuid": Text => "source/address/@uuid", "UUID of a mediated device";
    "source.address.target": Text => "source/address/@target", "Target of a SCSI device";
    "source.address.unit": Text => "source/address/@unit", "Logical unit of a SCSI device";
    "source.adapter.name": Text => "source/adapter/@name", "SCSI adapter on the host";
    "source.vendor.id": Text => "source/vendor/@id", "Vendor of a USB device";
    "source.product.id": Text => "source/product/@id", "Product of a USB device";
    "source.startupPolicy": Enum(&["mandatory", "requisite", "optional"]) => "source/@startupPolicy", "Whether the guest starts without it";
    "source.block": Text => "source/block", "Block device that a container gets";
    "source.char": Text => "source/char", "Character device that a container gets";
    "source.interface": Text => "source/interface", "Network device that a container gets";
    "driver.name": Enum(&["vfio", "xen"]) => "driver/@name", "Driver on the host";
    "boot.order": Integer => "boot/@order", "Its turn among the devices that are booted, from 1";
    "rom.bar": OnOff => "rom/@bar", "Whether the guest sees its boot ROM";
    "rom.file": Path => "rom/@file", "File with the boot ROM";
};

/// A device of the host as people write it down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HostAddress {
    /// Domain, bus, slot and function: `00:1f.2`, `0000:00:1f.2`, `00.1f.2`, `pci_0000_00_1f_2`.
    Pci([u32; 4]),
    /// Bus and device: `001.002`.
    UsbPlace([u32; 2]),
    /// Vendor and product: `0x1d6b:0x0002`, `1d6b:0002`.
    UsbKind([u32; 2]),
}

impl HostAddress {
    /// Reads an address; none where it is a name.
    pub(crate) fn parse(text: &str) -> Option<HostAddress> {
        let node = text.strip_prefix("pci_").map(|text| text.replace('_', ":"));
        let node =
            node.and_then(|text| text.rsplit_once(':').map(|(bus, function)| format!("{bus}.{function}")));
        let hex = |text: &str| u32::from_str_radix(text.strip_prefix("0x").unwrap_or(text), 16).ok();
        let short = |text: &str| hex(text).filter(|number| *number <= 0xffff);
        if let Some(parts) = pci_parts(node.as_deref().unwrap_or(text)) {
            let [domain, bus, slot, function] = parts.map(hex);
            return Some(HostAddress::Pci([domain?, bus?, slot?, function?]));
        }
        if let [bus, slot, function] = text.split('.').collect::<Vec<_>>()[..] {
            return Some(HostAddress::Pci([0, hex(bus)?, hex(slot)?, hex(function)?]));
        }
        if let Some((bus, device)) = text.split_once('.') {
            let decimal = |text: &str| text.parse::<u16>().ok().map(u32::from);
            return Some(HostAddress::UsbPlace([decimal(bus)?, decimal(device)?]));
        }
        let (vendor, product) = text.split_once(':')?;
        Some(HostAddress::UsbKind([short(vendor)?, short(product)?]))
    }
}

/// Takes an address apart. What is a name stays one.
fn from_name(options: &mut Options) -> Result<(), Error> {
    let Some(address) = options.get("name").and_then(HostAddress::parse) else { return Ok(()) };
    let rows: Vec<(&str, String)> = match address {
        HostAddress::Pci([domain, bus, slot, function]) => vec![
            ("type", "pci".to_owned()),
            ("source.address.domain", format!("0x{domain:04x}")),
            ("source.address.bus", format!("0x{bus:02x}")),
            ("source.address.slot", format!("0x{slot:02x}")),
            ("source.address.function", format!("0x{function:x}")),
        ],
        HostAddress::UsbPlace([bus, device]) => vec![
            ("type", "usb".to_owned()),
            ("source.address.bus", bus.to_string()),
            ("source.address.device", device.to_string()),
        ],
        HostAddress::UsbKind([vendor, product]) => vec![
            ("type", "usb".to_owned()),
            ("source.vendor.id", format!("0x{vendor:04x}")),
            ("source.product.id", format!("0x{product:04x}")),
        ],
    };
    for (row, value) in rows {
        options.set(row, &value);
    }
    options.remove("name");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_names() {
        for (text, expected) in [
            ("00:1f.2", Some(HostAddress::Pci([0, 0, 0x1f, 2]))),
            ("0001:0a:00.0", Some(HostAddress::Pci([1, 10, 0, 0]))),
            ("pci_0000_00_1f_2", Some(HostAddress::Pci([0, 0, 0x1f, 2]))),
            ("001.012", Some(HostAddress::UsbPlace([1, 12]))),
            ("0x1d6b:0x0002", Some(HostAddress::UsbKind([0x1d6b, 2]))),
            ("1d6b:2", Some(HostAddress::UsbKind([0x1d6b, 2]))),
            ("1d6b1d6b:2", None),
            ("1f.2", None),
            ("1f.01.02", Some(HostAddress::Pci([0, 0x1f, 1, 2]))),
            ("1.2.3.4", None),
            ("usb_1_1", None),
            ("pci_x", None),
            ("", None),
        ] {
            assert_eq!(HostAddress::parse(text), expected, "{text}");
        }
    }
}
