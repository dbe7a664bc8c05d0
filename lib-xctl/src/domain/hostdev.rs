//! Devices of the host that a guest takes over.

use super::address::ADDRESS;
use super::controller::{PCI, pci_parts};
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
    "name": Text, "Node device of the host; PCI and USB addresses are taken apart at once";
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
    "source.vendor.id": Text => "source/vendor/@id", "Vendor of a USB device";
    "source.product.id": Text => "source/product/@id", "Product of a USB device";
    "source.startupPolicy": Enum(&["mandatory", "requisite", "optional"]) => "source/@startupPolicy", "Whether the guest starts without it";
    "source.block": Text => "source/block", "Block device that a container gets";
    "source.char": Text => "source/char", "Character device that a container gets";
    "source.interface": Text => "source/interface", "Network device that a container gets";
    "driver.name": Enum(&["vfio", "xen"]) => "driver/@name", "Driver on the host";
    "boot.order": Integer => "boot/@order", "Its turn among the devices that are booted, from 1";
    "rom.bar": OnOff => "rom/@bar", "Whether the guest sees its boot ROM";
    "rom.file": Text => "rom/@file", "File with the boot ROM";
};

/// `00:1f.2` and `pci_0000_00_1f_2` are PCI devices, `001.002` and `0x1d6b:0x0002` USB devices. What is none of them
/// stays a name, for the caller to look up on the host.
fn from_name(options: &mut Options) -> Result<(), Error> {
    let Some(name) = options.get("name").map(str::to_owned) else { return Ok(()) };
    let node = name.strip_prefix("pci_").map(|n| n.replace('_', ":"));
    let node = node.and_then(|n| n.rsplit_once(':').map(|(bus, function)| format!("{bus}.{function}")));
    if let Some(parts) = pci_parts(node.as_deref().unwrap_or(&name)) {
        options.set("type", "pci");
        for (row, part) in PCI.iter().zip(parts) {
            options.set(&format!("source.address.{row}"), &format!("0x{part}"));
        }
    } else if let Some((bus, device)) = decimals(&name) {
        options.set("type", "usb");
        options.set("source.address.bus", &bus.to_string());
        options.set("source.address.device", &device.to_string());
    } else if let Some((vendor, product)) = name.split_once(':').filter(|(v, p)| hex(v) && hex(p)) {
        options.set("type", "usb");
        options.set("source.vendor.id", &format!("0x{}", vendor.trim_start_matches("0x")));
        options.set("source.product.id", &format!("0x{}", product.trim_start_matches("0x")));
    } else {
        return Ok(());
    }
    options.remove("name");
    Ok(())
}

fn decimals(name: &str) -> Option<(u16, u16)> {
    let (bus, device) = name.split_once('.')?;
    Some((bus.parse().ok()?, device.parse().ok()?))
}

fn hex(id: &str) -> bool {
    u16::from_str_radix(id.trim_start_matches("0x"), 16).is_ok()
}
