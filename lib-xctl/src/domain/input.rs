//! Mice, keyboards, tablets.

use super::address::{ADDRESS, VIRTIO};
use crate::property::{Property, TABLE, Table, rows};

/// `--input`.
pub static INPUT: Table = Table {
    option: "input",
    element: "devices/input",
    many: true,
    first: &["type"],
    none: true,
    rows: &[ROWS, VIRTIO, ADDRESS],
    help: "A mouse, keyboard or tablet",
    ..TABLE
};

const ROWS: &[Property] = rows! {
    "type": Enum(&["mouse", "keyboard", "tablet", "passthrough", "evdev"]) => "@type", "Kind of device";
    "bus": Enum(&["ps2", "usb", "virtio", "xen"]) => "@bus", "Bus that the guest sees";
    "model": Enum(&["virtio", "virtio-transitional", "virtio-non-transitional"]) => "@model", "Model of a virtio device";
    "source.evdev": Text => "source/@evdev", "Device of the host that is passed through";
    "source.dev": Text => "source/@dev", "Device of the host that is read";
    "source.repeat": OnOff => "source/@repeat", "Whether keys repeat";
    "source.grab": Enum(&["all"]) => "source/@grab", "Whether all devices are grabbed together";
    "source.grabToggle": Enum(&["ctrl-ctrl", "alt-alt", "shift-shift", "meta-meta", "scrolllock", "ctrl-scrolllock"]) => "source/@grabToggle", "Keys that change the grab";
};
