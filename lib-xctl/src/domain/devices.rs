//! Devices with few suboptions: watchdog, balloon, TPM, entropy, panic, vsock, IOMMU.

use super::address::{ADDRESS, VIRTIO};
use crate::document::{self, Document, Element};
use crate::property::{Error, Options, Property, Special, TABLE, Table, rows};

const DEVICE: Table = Table { many: true, none: true, ..TABLE };

/// `--watchdog`.
pub static WATCHDOG: Table = Table {
    option: "watchdog",
    element: "devices/watchdog",
    first: &["model"],
    rows: &[WATCHDOG_ROWS, ADDRESS],
    help: "A watchdog that acts when the guest hangs",
    ..DEVICE
};

const WATCHDOG_ROWS: &[Property] = rows! {
    "model": Enum(&["i6300esb", "itco", "ib700", "diag288"]) => "@model", "Model";
    "action": Enum(&["reset", "shutdown", "poweroff", "pause", "none", "dump", "inject-nmi"]) => "@action", "What it does";
};

/// `--memballoon`. With `none` the device stays, and says that there is none.
pub static MEMBALLOON: Table = Table {
    option: "memballoon",
    element: "devices/memballoon",
    first: &["model"],
    none: false,
    rows: &[BALLOON_ROWS, VIRTIO, ADDRESS],
    help: "The balloon that takes memory from the guest and gives it back",
    ..DEVICE
};

const BALLOON_ROWS: &[Property] = rows! {
    "model": Enum(&["virtio", "virtio-transitional", "virtio-non-transitional", "xen", "none"]) => "@model", "Model";
    "autodeflate": OnOff => "@autodeflate", "Whether it gives memory back before the guest runs out";
    "freePageReporting": OnOff => "@freePageReporting", "Whether the guest tells which pages are free";
    "stats.period": Integer => "stats/@period", "Seconds between two reports of memory";
};

/// `--tpm`.
pub static TPM: Table = Table {
    option: "tpm",
    element: "devices/tpm",
    first: &["backend.type"],
    shorthand: Some(tpm_device),
    rows: &[TPM_ROWS, ADDRESS],
    help: "A trusted platform module",
    ..DEVICE
};

const TPM_ROWS: &[Property] = rows! {
    "model": Enum(&["tpm-crb", "tpm-tis", "tpm-spapr", "spapr-tpm-proxy"]) => "@model", "Model";
    "backend.type" | "type": Enum(&["emulator", "passthrough", "external"]) => "backend/@type", "What is behind it";
    "backend.version" | "version": Enum(&["2.0", "1.2"]) => "backend/@version", "Version of the specification";
    "backend.device.path" | "path": Path => "backend/device/@path", "Device of the host";
    "backend.encryption.secret": Text => "backend/encryption/@secret", "UUID of the secret that its state is encrypted with";
    "backend.persistent_state": YesNo => "backend/@persistent_state", "Whether its state outlives a transient guest";
    "backend.debug": Integer => "backend/@debug", "How much the emulator logs";
    "backend.source.type": Enum(&["unix", "dir", "file"]) => "backend/source/@type", "How an external emulator is reached (unix), or what keeps the state, which goes with the domain: a whole directory or a file";
    "backend.source.mode": Enum(&["connect"]) => "backend/source/@mode", "Which end libvirt is";
    "backend.source.path": Path => "backend/source/@path", "Socket of an external emulator, or where the state is kept";
    "backend.profile.removeDisabled": Enum(&["check", "fips-host"]) => "backend/profile/@removeDisabled", "Which algorithms are left out of the profile";
    "backend.profile.source": Text => "backend/profile/@source", "Profile of the emulator";
    "backend.active_pcr_banks.sha1" | "active_pcr_banks.sha1": Present => "backend/active_pcr_banks/sha1", "Whether SHA-1 registers are used";
    "backend.active_pcr_banks.sha256" | "active_pcr_banks.sha256": Present => "backend/active_pcr_banks/sha256", "Whether SHA-256 registers are used";
    "backend.active_pcr_banks.sha384" | "active_pcr_banks.sha384": Present => "backend/active_pcr_banks/sha384", "Whether SHA-384 registers are used";
    "backend.active_pcr_banks.sha512" | "active_pcr_banks.sha512": Present => "backend/active_pcr_banks/sha512", "Whether SHA-512 registers are used";
};

/// `/dev/tpm0` is a device that is passed through.
fn tpm_device(options: &mut Options) -> Result<(), Error> {
    if let Some(path) = options.get("backend.type").filter(|t| t.starts_with('/')).map(str::to_owned) {
        options.set("backend.type", "passthrough");
        options.set("path", &path);
    }
    Ok(())
}

/// `--rng`.
pub static RNG: Table = Table {
    option: "rng",
    element: "devices/rng",
    first: &["backend.model"],
    shorthand: Some(rng_device),
    rows: &[RNG_ROWS, RNG_SOURCE, VIRTIO, ADDRESS],
    help: "A source of entropy",
    ..DEVICE
};

const RNG_ROWS: &[Property] = rows! {
    "model": Enum(&["virtio", "virtio-transitional", "virtio-non-transitional"]) => "@model", "Model";
    "backend.model" | "type": Enum(&["random", "egd", "builtin"]) => "backend/@model", "What is behind it";
    "backend" | "device": Text => "backend", "Device of the host, as /dev/urandom";
    "rate.bytes": Integer => "rate/@bytes", "Bytes that the guest can take in a period";
    "rate.period": Integer => "rate/@period", "That period in milliseconds";
};

/// The daemon that `egd` talks to, which is reached like a character device.
const RNG_SOURCE: &[Property] = rows! {
    "backend.type" | "backend_type": Enum(super::character::TYPES) => "backend/@type", "How the daemon is reached";
    "backend.source.mode" | "backend_mode": Enum(&["connect", "bind"]) => "backend/source/@mode", "Which end of the connection the host is";
    "backend.source.path": Path => "backend/source/@path", "File, device or socket";
    "backend.source.host" | "backend_host": Text => "backend/source/@host", "Host of the daemon";
    "backend.source.service" | "backend_service": Integer => "backend/source/@service", "Its port";
    "backend.source.connect_host" | "backend_connect_host": Text => "backend/source[@mode='connect']/@host", "Host to connect to";
    "backend.source.connect_service" | "backend_connect_service": Integer => "backend/source[@mode='connect']/@service", "Port to connect to";
    "backend.source.bind_host" | "bind_host": Text => "backend/source[@mode='bind']/@host", "Address to listen on";
    "backend.source.bind_service" | "bind_service": Integer => "backend/source[@mode='bind']/@service", "Port to listen on";
    "backend.source.tls": YesNo => "backend/source/@tls", "Whether the connection is encrypted";
    "backend.source.channel": Text => "backend/source/@channel", "Name of a channel of SPICE or D-Bus";
    "backend.source.master": Text => "backend/source/@master", "Guest's end of a null modem";
    "backend.source.slave": Text => "backend/source/@slave", "Host's end of a null modem";
    "backend.source.clipboard.copypaste": YesNo => "backend/source/clipboard/@copypaste", "Whether texts can be copied";
    "backend.source.mouse.mode": Enum(&["server", "client"]) => "backend/source/mouse/@mode", "Whose pointer is shown";
    "backend.source.seclabel#.model": Text => "backend/source/seclabel[#]/@model", "Security model of a label of its own";
    "backend.source.seclabel#.relabel": YesNo => "backend/source/seclabel[#]/@relabel", "Whether the file is given that label";
    "backend.source.seclabel#.label": Text, commas => "backend/source/seclabel[#]/label", "The label";
    "backend.protocol.type": Enum(&["raw", "telnet", "telnets", "tls"]) => "backend/protocol/@type", "Protocol of a TCP connection";
    "backend.log.file": Path => "backend/log/@file", "File that all output is written to as well";
    "backend.log.append": OnOff => "backend/log/@append", "Whether that file is added to";
};

/// `/dev/urandom` is a device that random numbers are read from.
fn rng_device(options: &mut Options) -> Result<(), Error> {
    if let Some(path) = options.get("backend.model").filter(|t| t.starts_with('/')).map(str::to_owned) {
        options.set("backend.model", "random");
        options.set("device", &path);
    }
    Ok(())
}

/// `--panic`.
pub static PANIC: Table = Table {
    option: "panic",
    element: "devices/panic",
    first: &["model"],
    rows: &[PANIC_ROWS, ADDRESS],
    help: "A device by which the guest tells that it crashed",
    ..DEVICE
};

const IOBASE: Special = Special { get: iobase, set: set_iobase };

const PANIC_ROWS: &[Property] = rows! {
    "model": Enum(&["isa", "pvpanic", "pseries", "hyperv", "s390"]) => "@model", "Model";
    "iobase": Text => via IOBASE, "I/O port";
};

fn iobase(document: &Document, panic: Element, _: &[usize]) -> Option<String> {
    document.get(panic, "address/@iobase").map(|port| port.into_owned())
}

/// A port says that the device is on the ISA bus.
fn set_iobase(
    document: &mut Document,
    panic: Element,
    _: &[usize],
    port: &str,
) -> Result<(), document::Error> {
    if port.is_empty() {
        document.clear(panic, "address/@iobase")?;
        return document.clear(panic, "address[@type='isa']/@type").map(|_| ());
    }
    if document.get(panic, "address/@type").is_none() {
        document.set(panic, "address/@type", "isa")?;
    }
    document.set(panic, "address/@iobase", port).map(|_| ())
}

/// `--vsock`.
pub static VSOCK: Table = Table {
    option: "vsock",
    element: "devices/vsock",
    first: &["model"],
    rows: &[VSOCK_ROWS, VIRTIO, ADDRESS],
    help: "Sockets between host and guest",
    ..DEVICE
};

const VSOCK_ROWS: &[Property] = rows! {
    "model": Enum(&["virtio", "virtio-transitional", "virtio-non-transitional"]) => "@model", "Model";
    "cid.auto" | "auto_cid": YesNo => "cid/@auto", "Whether libvirt chooses the address";
    "cid.address" | "cid": Integer => "cid/@address", "Address of the guest, from 3";
};

/// `--pstore`.
pub static PSTORE: Table = Table {
    option: "pstore",
    element: "devices/pstore",
    rows: &[PSTORE_ROWS, ADDRESS],
    help: "Memory that the guest's kernel writes to when it crashes, and that outlives it",
    ..DEVICE
};

const PSTORE_ROWS: &[Property] = rows! {
    "backend": Enum(&["acpi-erst"]) => "@backend", "How the guest finds it";
    "path": Path => "path", "File on the host that holds its content";
    "size": Integer => "size", "Its size in KiB";
};

/// `--crypto`.
pub static CRYPTO: Table = Table {
    option: "crypto",
    element: "devices/crypto",
    first: &["model"],
    rows: &[CRYPTO_ROWS, VIRTIO, ADDRESS],
    help: "A device that encrypts for the guest",
    ..DEVICE
};

const CRYPTO_ROWS: &[Property] = rows! {
    "model": Enum(&["virtio"]) => "@model", "Model";
    "type": Enum(&["qemu"]) => "@type", "Kind of device";
    "backend.model": Enum(&["builtin", "lkcf"]) => "backend/@model", "Who encrypts: QEMU or the host's kernel";
    "backend.queues": Integer => "backend/@queues", "Number of queues";
};

/// `--iommu`.
pub static IOMMU: Table = Table {
    option: "iommu",
    element: "devices/iommu",
    first: &["model"],
    rows: &[IOMMU_ROWS, ADDRESS],
    help: "An IOMMU for the guest",
    ..DEVICE
};

const IOMMU_ROWS: &[Property] = rows! {
    "model": Enum(&["intel", "smmuv3", "virtio", "amd"]) => "@model", "Model";
    "driver.aw_bits": Integer => "driver/@aw_bits", "Width of addresses";
    "driver.intremap": OnOff => "driver/@intremap", "Whether interrupts are remapped";
    "driver.caching_mode": OnOff => "driver/@caching_mode", "Whether assigned devices work with it";
    "driver.eim": OnOff => "driver/@eim", "Whether there may be more than 255 CPUs";
    "driver.iotlb": OnOff => "driver/@iotlb", "Whether device translations are cached";
};
