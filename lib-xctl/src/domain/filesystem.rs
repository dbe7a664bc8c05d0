//! Directories of the host that a guest mounts.

use super::address::{ADDRESS, VIRTIO};
use super::view;
use crate::document::{self, Document, Element};
use crate::property::{Property, Special, TABLE, Table, absolute, rows};

/// `--filesystem`.
pub static FILESYSTEM: Table = Table {
    option: "filesystem",
    element: "devices/filesystem",
    many: true,
    first: &["source", "target"],
    none: true,
    rows: &[ROWS, SERVER, VIRTIO, ADDRESS],
    help: "A directory of the host that the guest mounts",
    ..TABLE
};

const TYPES: &[&str] = &["mount", "template", "file", "block", "ram", "bind", "volume"];
const DRIVERS: &[&str] = &["path", "handle", "virtiofs", "mtp", "loop", "nbd", "ploop"];
const SOURCE: Special = Special { get: source, set: set_source };

const ROWS: &[Property] = rows! {
    "type": Enum(TYPES) => "@type", "Kind of source";
    "accessmode" | "mode": Enum(&["passthrough", "mapped", "squash"]) => "@accessmode", "Whose rights the guest's files have";
    "fmode": Text => "@fmode", "Mode of new files";
    "dmode": Text => "@dmode", "Mode of new directories";
    "model": Enum(&["virtio", "virtio-transitional", "virtio-non-transitional"]) => "@model", "Model of the device";
    "multidevs": Enum(&["default", "remap", "forbid", "warn"]) => "@multidevs", "What happens where other file systems are mounted inside";
    "source": Text => via SOURCE, "Directory, file or name, as the type has it";
    "target.dir" | "target": Text => "target/@dir", "Tag that the guest mounts, or directory in a container";
    "source.dir": Path => "source/@dir", "Directory of the host";
    "source.dev": Path => "source/@dev", "Block device of the host";
    "source.file": Path => "source/@file", "Image file of the host";
    "source.name": Text => "source/@name", "Name of a template";
    "source.usage": Integer => "source/@usage", "Size of a RAM file system";
    "source.units": Text => "source/@units", "Unit of that size";
    "source.pool": Text => "source/@pool", "Storage pool";
    "source.volume": Text => "source/@volume", "Volume in the pool";
    "source.socket": Path => "source/@socket", "Socket of a server of your own";
    "readonly": Present => "readonly", "Whether the guest can only read";
    "space_hard_limit": Text => "space_hard_limit", "Most space that a container's files may take";
    "space_soft_limit": Text => "space_soft_limit", "Space that they may take for some time";
};

const SERVER: &[Property] = rows! {
    "driver.type": Enum(DRIVERS) => "driver/@type", "Who serves the files";
    "driver.name": Text => "driver/@name", "Driver in the hypervisor";
    "driver.format": Text => "driver/@format", "Format of the image file";
    "driver.queue": Integer => "driver/@queue", "Size of the queue";
    "driver.wrpolicy": Enum(&["immediate"]) => "driver/@wrpolicy", "When the host writes to disk";
    "binary.path": Path => "binary/@path", "Program that serves virtiofs";
    "binary.xattr": OnOff => "binary/@xattr", "Whether it does extended attributes";
    "binary.cache.mode": Enum(&["none", "always"]) => "binary/cache/@mode", "What it caches";
    "binary.lock.posix": OnOff => "binary/lock/@posix", "Whether POSIX locks reach the host";
    "binary.lock.flock": OnOff => "binary/lock/@flock", "Whether flock reaches the host";
    "binary.sandbox.mode": Enum(&["namespace", "chroot"]) => "binary/sandbox/@mode", "How it is confined";
    "binary.thread_pool.size": Integer => "binary/thread_pool/@size", "Threads that it uses";
};

fn source_place(document: &Document, filesystem: Element) -> &'static str {
    match document.attr(filesystem, "type").as_deref() {
        Some("template") => "source/@name",
        Some("file") => "source/@file",
        Some("block") => "source/@dev",
        Some("ram") => "source/@usage",
        Some("volume") => "source/@volume",
        _ => "source/@dir",
    }
}

fn source(document: &Document, filesystem: Element, _: &[usize]) -> Option<String> {
    document.get(filesystem, source_place(document, filesystem)).map(|s| s.into_owned())
}

fn set_source(
    document: &mut Document,
    filesystem: Element,
    _: &[usize],
    value: &str,
) -> Result<(), document::Error> {
    let place = source_place(document, filesystem);
    if value.is_empty() {
        return document.clear(filesystem, place).map(|_| ());
    }
    let is_path = matches!(place, "source/@dir" | "source/@file" | "source/@dev");
    let value = if is_path { &absolute(value) } else { value };
    document.set(filesystem, place, value).map(|_| ())
}

view!(
    /// A directory of the host that a domain mounts.
    Filesystem, FILESYSTEM, {
        /// What is mounted.
        source: "source",
        /// The tag that the guest mounts.
        target: "target.dir",
    }
);
