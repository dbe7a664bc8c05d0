//! Disks, CD-ROM and floppy drives.

use super::address::{ADDRESS, VIRTIO};
use super::view;
use crate::document::{self, Document, Element};
use crate::property::{
    Kind, Property, Special, TABLE, Table, Unit, integer, on_off, one_of, present, request, special, text,
    yes_no,
};

/// `--disk`.
pub static DISK: Table = Table {
    option: "disk",
    element: "devices/disk",
    many: true,
    first: &["path"],
    none: true,
    rows: &[ROWS, VIRTIO, ADDRESS],
    help: "A disk, CD-ROM or floppy drive and what it holds",
    ..TABLE
};

const SIZE: Kind = Kind::Size { typed: Unit::GiB, written: Unit::Byte };
const SOURCES: [&str; 4] = ["source/@file", "source/@dev", "source/@dir", "source/@name"];
const PATH: Special = Special { get: path, set: set_path };

const ROWS: &[Property] = &[
    special("path", Kind::Text, PATH, "Image file, block device, directory or URL"),
    request("size", SIZE, "Size of a new image in GiB"),
    request("pool", Kind::Text, "Storage pool to make a new volume in"),
    request("vol", Kind::Text, "Volume to use, written POOL/VOLUME"),
    request("format", Kind::Text, "Format of a new image"),
    request("sparse", Kind::YesNo, "Whether a new image takes space only as it fills"),
    request("backing_store", Kind::Text, "Image that a new image is laid over"),
    request("backing_format", Kind::Text, "Format of that image"),
    one_of(
        "type",
        "@type",
        &["file", "block", "dir", "network", "volume", "nvme", "vhostuser", "vhostvdpa"],
        "Kind of source",
    ),
    one_of("device", "@device", &["disk", "cdrom", "floppy", "lun"], "Kind of drive"),
    text("driver.name", "driver/@name", "Driver in the hypervisor"),
    one_of(
        "driver.type",
        "driver/@type",
        &["raw", "qcow2", "qed", "vmdk", "vdi", "vpc"],
        "Format of the image",
    ),
    one_of(
        "driver.cache",
        "driver/@cache",
        &["default", "none", "writethrough", "writeback", "directsync", "unsafe"],
        "How the host caches",
    )
    .alias(&["cache"]),
    one_of(
        "target.bus",
        "target/@bus",
        &["virtio", "scsi", "sata", "usb", "ide", "fdc", "sd", "xen"],
        "Bus that the guest sees",
    )
    .alias(&["bus"]),
    text("target.dev", "target/@dev", "Name of the drive, as vda").alias(&["target"]),
    on_off("target.removable", "target/@removable", "Whether a USB disk says it is removable")
        .alias(&["removable"]),
    present("readonly", "readonly", "Whether the guest can only read"),
    present("shareable", "shareable", "Whether several guests may write to it"),
    text("serial", "serial", "Serial number"),
    integer("boot.order", "boot/@order", "Place among the devices that are booted, from 1")
        .alias(&["boot_order"]),
    yes_no("rawio", "@rawio", "Whether the guest may send raw SCSI commands"),
];

fn path(document: &Document, element: Element, _: &[usize]) -> Option<String> {
    SOURCES.iter().find_map(|place| document.get(element, place)).map(|v| v.into_owned())
}

fn set_path(
    document: &mut Document,
    element: Element,
    _: &[usize],
    value: &str,
) -> Result<(), document::Error> {
    for place in SOURCES {
        document.clear(element, place)?;
    }
    if value.is_empty() {
        return Ok(());
    }
    if document.attr(element, "type").is_none() {
        let kind = if value.starts_with("/dev/") { "block" } else { "file" };
        document.set_attr(element, "type", kind)?;
    }
    let place = match document.attr(element, "type").as_deref() {
        Some("block") => "source/@dev",
        Some("dir") => "source/@dir",
        Some("network") => "source/@name",
        _ => "source/@file",
    };
    document.set(element, place, value).map(|_| ())
}

view!(
    /// A disk of a domain.
    Disk, DISK
);

impl Disk<'_> {
    /// Its image, device or directory, if it has a medium that is one.
    #[must_use]
    pub fn path(&self) -> Option<String> {
        self.get("path")
    }

    /// Its name in libvirt: `vda`.
    #[must_use]
    pub fn target(&self) -> Option<String> {
        self.get("target.dev")
    }

    /// The bus that the guest sees.
    #[must_use]
    pub fn bus(&self) -> Option<String> {
        self.get("target.bus")
    }

    /// `disk`, `cdrom`, `floppy` or `lun`.
    #[must_use]
    pub fn device(&self) -> String {
        self.get("device").unwrap_or_else(|| "disk".to_owned())
    }

    /// The format of the image.
    #[must_use]
    pub fn format(&self) -> Option<String> {
        self.get("driver.type")
    }

    /// Whether the guest can only read.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.get("readonly").is_some()
    }
}
