//! Disks, CD-ROM and floppy drives, and what they hold.

use super::address::{ADDRESS, VIRTIO};
use super::disk_path::PATH;
use super::view;
use crate::property::{Error, Kind, Options, Property, TABLE, Table, Unit, rows};

/// `--disk`.
pub static DISK: Table = Table {
    option: "disk",
    element: "devices/disk",
    many: true,
    first: &["path"],
    none: true,
    shorthand: Some(permissions),
    rows: &[MEDIUM, DRIVE, DRIVER, SOURCE, TUNE, VIRTIO, ADDRESS],
    help: "A disk, CD-ROM or floppy drive and what it holds",
    ..TABLE
};

const SIZE: Kind = Kind::Size { typed: Unit::GiB, written: Unit::Byte };
const TYPES: &[&str] = &["file", "block", "dir", "network", "volume", "nvme", "vhostuser", "vhostvdpa"];
const BUSES: &[&str] = &["virtio", "scsi", "sata", "usb", "ide", "fdc", "sd", "xen", "nvme"];
const CACHES: &[&str] = &["default", "none", "writethrough", "writeback", "directsync", "unsafe"];
const FORMATS: &[&str] = &["raw", "qcow2", "qed", "vmdk", "vdi", "vpc", "luks", "qcow"];
const WRITE_POLICIES: &[&str] = &["stop", "report", "ignore", "enospace"];
const READ_POLICIES: &[&str] = &["stop", "report", "ignore"];

/// What it holds, and what to make if that is not there yet.
const MEDIUM: &[Property] = rows! {
    "type": Enum(TYPES) => "@type", "Kind of source; found out from the path where it is not given";
    "device": Enum(&["disk", "cdrom", "floppy", "lun"]) => "@device", "Kind of drive";
    "path": Text => via PATH, "Image file, block device, directory or URL";
    "size": SIZE, "Size of a new image in GiB";
    "pool": Text, "Storage pool to make a new volume in";
    "vol": Text, "Volume to use, written POOL/VOLUME";
    "format": Enum(FORMATS), "Format of a new image";
    "sparse": YesNo, "Whether a new image takes space only as it fills";
    "backing_store": Text, "Image that a new image is laid over";
    "backing_format": Enum(FORMATS), "Format of that image";
};

const DRIVE: &[Property] = rows! {
    "target.dev" | "target": Text => "target/@dev", "Name of the drive, as vda";
    "target.bus" | "bus": Enum(BUSES) => "target/@bus", "Bus that the guest sees";
    "target.removable" | "removable": OnOff => "target/@removable", "Whether a USB disk says that it is removable";
    "target.rotation_rate" | "rotation_rate": Integer => "target/@rotation_rate", "Turns a minute that the guest reads; 1 for none";
    "readonly": Present => "readonly", "Whether the guest can only read";
    "shareable": Present => "shareable", "Whether several guests may write to it";
    "transient": Present => "transient", "Whether what is written is thrown away at the end";
    "transient.shareBacking": YesNo => "transient/@shareBacking", "Whether several guests may start from the same image";
    "serial": Text => "serial", "Serial number";
    "wwn": Text => "wwn", "World wide name";
    "vendor": Text => "vendor", "Vendor of a SCSI disk";
    "product": Text => "product", "Product name of a SCSI disk";
    "boot.order": Integer => "boot/@order", "Its turn among the devices that are booted, from 1";
    "boot.loadparm": Text => "boot/@loadparm", "Parameter of the boot loader on s390x";
    "snapshot" | "snapshot_policy": Enum(&["internal", "external", "no", "manual"]) => "@snapshot", "How snapshots take it in";
    "rawio": YesNo => "@rawio", "Whether the guest may send raw SCSI commands";
    "sgio": Enum(&["filtered", "unfiltered"]) => "@sgio", "Whether the host filters them";
};

const DRIVER: &[Property] = rows! {
    "driver.name": Text => "driver/@name", "Driver in the hypervisor";
    "driver.type": Enum(FORMATS) => "driver/@type", "Format of the image";
    "driver.cache" | "cache": Enum(CACHES) => "driver/@cache", "How the host caches";
    "driver.io" | "io": Enum(&["native", "threads", "io_uring"]) => "driver/@io", "How the host reads and writes";
    "driver.error_policy" | "error_policy": Enum(WRITE_POLICIES) => "driver/@error_policy", "What happens when writing fails";
    "driver.rerror_policy": Enum(READ_POLICIES) => "driver/@rerror_policy", "What happens when reading fails";
    "driver.discard" | "discard": Enum(&["unmap", "ignore"]) => "driver/@discard", "What becomes of space that the guest gives back";
    "driver.detect_zeroes" | "detect_zeroes": Enum(&["off", "on", "unmap"]) => "driver/@detect_zeroes", "What becomes of zeroes that are written";
    "driver.discard_no_unref": OnOff => "driver/@discard_no_unref", "Whether space given back stays reserved in a qcow2 image";
    "driver.copy_on_read" | "copy_on_read": OnOff => "driver/@copy_on_read", "Whether what is read is copied from the backing image";
    "driver.queues": Integer => "driver/@queues", "Number of queues";
    "driver.queue_size": Integer => "driver/@queue_size", "Size of a queue";
    "driver.iothread": Integer => "driver/@iothread", "I/O thread that serves it";
    "driver.event_idx": OnOff => "driver/@event_idx", "Whether interrupts are suppressed by index";
    "driver.ioeventfd": OnOff => "driver/@ioeventfd", "Whether requests are handled outside of the CPU's thread";
    "driver.metadata_cache.max_size": Integer => "driver/metadata_cache/max_size", "Most that a qcow2 image's tables take in memory";
    "driver.metadata_cache.max_size.unit": Text => "driver/metadata_cache/max_size/@unit", "Unit of that size";
};

const SOURCE: &[Property] = rows! {
    "source.file": Path => "source/@file", "Image file";
    "source.dev": Path => "source/@dev", "Block device";
    "source.dir": Path => "source/@dir", "Directory";
    "source.pool": Text => "source/@pool", "Storage pool";
    "source.volume": Text => "source/@volume", "Volume in the pool";
    "source.mode": Enum(&["host", "direct"]) => "source/@mode", "How a volume of a network pool is reached";
    "source.startupPolicy" | "startup_policy": Enum(&["mandatory", "requisite", "optional"]) => "source/@startupPolicy", "Whether the guest starts without it";
    "source.protocol": Enum(&["nbd", "iscsi", "rbd", "gluster", "http", "https", "ftp", "ftps", "tftp", "ssh", "nfs"]) => "source/@protocol", "Protocol of a network disk";
    "source.name": Text => "source/@name", "Name of a network disk";
    "source.query": Text => "source/@query", "What follows the name after a question mark";
    "source.tls": YesNo => "source/@tls", "Whether the connection is encrypted";
    "source.host#.name": Text => "source/host[#]/@name", "Host of a network disk";
    "source.host#.port": Integer => "source/host[#]/@port", "Its port";
    "source.host#.transport": Enum(&["tcp", "rdma", "unix"]) => "source/host[#]/@transport", "Its transport";
    "source.host#.socket": Text => "source/host[#]/@socket", "Its socket, with transport unix";
    "source.type": Enum(&["pci", "unix"]) => "source/@type", "Kind of NVMe or vhost-user source";
    "source.path": Path => "source/@path", "Socket of a vhost-user disk";
    "source.managed": YesNo => "source/@managed", "Whether libvirt takes an NVMe device from the host by itself";
    "source.namespace": Integer => "source/@namespace", "Namespace of an NVMe device";
    "source.address.domain": Integer => "source/address/@domain", "PCI domain of an NVMe device";
    "source.address.bus": Integer => "source/address/@bus", "Its PCI bus";
    "source.address.slot": Integer => "source/address/@slot", "Its PCI slot";
    "source.address.function": Integer => "source/address/@function", "Its PCI function";
    "source.reservations.managed" | "reservations.managed": YesNo => "source/reservations/@managed", "Whether libvirt runs the helper for SCSI reservations";
    "source.reservations.source.type" | "reservations.source.type": Enum(&["unix"]) => "source/reservations/source/@type", "How that helper is reached";
    "source.reservations.source.path" | "reservations.source.path": Path => "source/reservations/source/@path", "Its socket";
    "source.reservations.source.mode" | "reservations.source.mode": Enum(&["client"]) => "source/reservations/source/@mode", "Which end libvirt is";
    "source.seclabel#.model" | "seclabel#.model": Text => "source/seclabel[#]/@model", "Security model of a label of its own";
    "source.seclabel#.relabel" | "seclabel#.relabel": YesNo => "source/seclabel[#]/@relabel", "Whether the image is given that label";
    "source.seclabel#.label" | "seclabel#.label": Text, commas => "source/seclabel[#]/label", "The label";
    "auth.username": Text => "auth/@username", "User of a network disk";
    "auth.secret.type": Enum(&["ceph", "iscsi"]) => "auth/secret/@type", "Kind of the secret that holds the password";
    "auth.secret.uuid": Text => "auth/secret/@uuid", "UUID of that secret";
    "auth.secret.usage": Text => "auth/secret/@usage", "What that secret is for";
};

const TUNE: &[Property] = rows! {
    "blockio.logical_block_size" | "logical_block_size": Integer => "blockio/@logical_block_size", "Size of blocks that the guest sees";
    "blockio.physical_block_size" | "physical_block_size": Integer => "blockio/@physical_block_size", "Size of blocks that the guest is told to write";
    "blockio.discard_granularity": Integer => "blockio/@discard_granularity", "Smallest space that can be given back";
    "geometry.cyls": Integer => "geometry/@cyls", "Cylinders";
    "geometry.heads": Integer => "geometry/@heads", "Heads";
    "geometry.secs": Integer => "geometry/@secs", "Sectors";
    "geometry.trans": Enum(&["none", "lba", "auto"]) => "geometry/@trans", "Translation of the BIOS";
    "iotune.total_bytes_sec" | "total_bytes_sec": Integer => "iotune/total_bytes_sec", "Most bytes a second";
    "iotune.read_bytes_sec" | "read_bytes_sec": Integer => "iotune/read_bytes_sec", "Most bytes read a second";
    "iotune.write_bytes_sec" | "write_bytes_sec": Integer => "iotune/write_bytes_sec", "Most bytes written a second";
    "iotune.total_iops_sec" | "total_iops_sec": Integer => "iotune/total_iops_sec", "Most requests a second";
    "iotune.read_iops_sec" | "read_iops_sec": Integer => "iotune/read_iops_sec", "Most reads a second";
    "iotune.write_iops_sec" | "write_iops_sec": Integer => "iotune/write_iops_sec", "Most writes a second";
    "iotune.total_bytes_sec_max": Integer => "iotune/total_bytes_sec_max", "Most bytes a second in a burst";
    "iotune.total_iops_sec_max": Integer => "iotune/total_iops_sec_max", "Most requests a second in a burst";
    "iotune.group_name": Text => "iotune/group_name", "Disks with the same name share the limits";
};

/// `perms=ro` and `perms=sh`, as old scripts say `readonly` and `shareable`.
fn permissions(options: &mut Options) -> Result<(), Error> {
    match options.remove("perms").as_deref() {
        Some("ro") => options.set("readonly", "yes"),
        Some("sh") => options.set("shareable", "yes"),
        Some("rw") | None => {}
        Some(other) => {
            return Err(Error::Value {
                option: "disk",
                name: "perms".to_owned(),
                value: other.to_owned(),
                allowed: "ro, rw or sh".to_owned(),
            });
        }
    }
    Ok(())
}

/// Kinds of drives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drive {
    /// A disk.
    Disk,
    /// A CD-ROM drive.
    Cdrom,
    /// A floppy drive.
    Floppy,
    /// A SCSI unit that the guest talks to directly.
    Lun,
}

view!(
    /// A disk of a domain.
    Disk, DISK, {
        /// Its image, device, directory or URL, if it has a medium that is one.
        path: "path",
        /// Its name in libvirt: `vda`.
        target: "target.dev",
        /// The bus that the guest sees.
        bus: "target.bus",
        /// The format of the image.
        format: "driver.type",
    }
);

impl Disk<'_> {
    /// The pool and the volume that it holds.
    #[must_use]
    pub fn volume(&self) -> Option<(String, String)> {
        Some((self.get("source.pool")?, self.get("source.volume")?))
    }

    /// Kind of source: `file`, `block`, `network`, …
    #[must_use]
    pub fn kind(&self) -> String {
        self.get("type").unwrap_or_else(|| "file".to_owned())
    }

    /// Kind of drive.
    #[must_use]
    pub fn device(&self) -> Drive {
        match self.get("device").as_deref() {
            Some("cdrom") => Drive::Cdrom,
            Some("floppy") => Drive::Floppy,
            Some("lun") => Drive::Lun,
            _ => Drive::Disk,
        }
    }

    /// Whether media can be changed.
    #[must_use]
    pub fn is_removable(&self) -> bool {
        matches!(self.device(), Drive::Cdrom | Drive::Floppy)
    }

    /// Whether the guest can only read.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.get("readonly").is_some() || self.device() == Drive::Cdrom
    }

    /// Whether what the guest writes is encrypted in the image.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        ["encryption", "source/encryption"]
            .iter()
            .any(|place| self.document.find(self.element, place).is_some())
    }

    /// Whether several guests may write to it.
    #[must_use]
    pub fn is_shareable(&self) -> bool {
        self.get("shareable").is_some()
    }
}
