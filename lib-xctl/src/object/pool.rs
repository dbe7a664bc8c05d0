//! A storage pool.

use super::object;
use crate::property::{Kind, Property, Unit, rows};

const BYTES: Kind = Kind::Size { typed: Unit::Byte, written: Unit::Byte };
const TYPES: &[&str] = &[
    "dir",
    "fs",
    "netfs",
    "logical",
    "disk",
    "iscsi",
    "iscsi-direct",
    "scsi",
    "mpath",
    "rbd",
    "gluster",
    "zfs",
    "vstorage",
];

const ROWS: &[Property] = rows! {
    "type": Enum(TYPES) => "@type", "Kind of storage";
    "name": Text => "name", "Name";
    "uuid": Text => "uuid", "UUID";
    "capacity": BYTES => "capacity", "Size";
    "allocation": BYTES => "allocation", "Size that is in use";
    "available": BYTES => "available", "Size that is free";
    "source.host#.name": Text => "source/host[#]/@name", "Server that has it";
    "source.host#.port": Integer => "source/host[#]/@port", "Port of the server";
    "source.dir": Text => "source/dir/@path", "Directory on the server";
    "source.device#": Text => "source/device[#]/@path", "Block device";
    "source.name": Text => "source/name", "Name on the server, or of the volume group";
    "source.format": Text => "source/format/@type", "Format of the file system or disk";
    "target.path": Text => "target/path", "Directory of the host that it is in";
};

object! {
    /// A view of `<pool>` (libvirt's formatstorage.html).
    Pool, "pool", ROWS,
    {
        /// Its kind: `dir`, `logical`, ….
        kind: "type",
        /// Directory that its volumes are in.
        target: "target.path",
    }
}
