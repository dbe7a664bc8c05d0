//! A volume of a storage pool.

use super::object;
use crate::property::{Kind, Property, Unit, rows};

const BYTES: Kind = Kind::Size { typed: Unit::Byte, written: Unit::Byte };

const ROWS: &[Property] = rows! {
    "type": Enum(&["file", "block", "dir", "network", "netdir", "ploop"]) => "@type", "What it is";
    "name": Text => "name", "Name";
    "key": Text => "key", "Name among all volumes of the host";
    "capacity": BYTES => "capacity", "Size that a guest sees";
    "allocation": BYTES => "allocation", "Size that it takes, or is to take at once";
    "target.path": Text => "target/path", "Where it is";
    "target.format": Text => "target/format/@type", "Format";
    "target.compat": Text => "target/compat", "Oldest QEMU that reads a qcow2 image";
    "target.lazy_refcounts": Present => "target/features/lazy_refcounts", "Whether a qcow2 image counts later";
    "backingStore.path": Text => "backingStore/path", "Image that it lies over";
    "backingStore.format": Text => "backingStore/format/@type", "Format of that image";
};

object! {
    /// A view of `<volume>` (libvirt's formatstorage.html).
    Volume, "volume", ROWS,
    {
        /// Its format, as libvirt calls it.
        format: "target.format",
    }
}
