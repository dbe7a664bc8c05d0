//! Memory devices: what is plugged in, and what several guests share.

use super::address::ADDRESS;
use crate::property::{Kind, Property, TABLE, Table, Unit, rows};

/// `--memdev`.
pub static MEMDEV: Table = Table {
    option: "memdev",
    element: "devices/memory",
    many: true,
    first: &["model"],
    none: true,
    rows: &[MEMORY, ADDRESS],
    help: "A memory module that is plugged in",
    ..TABLE
};

/// `--shmem`.
pub static SHMEM: Table = Table {
    option: "shmem",
    element: "devices/shmem",
    many: true,
    first: &["name"],
    none: true,
    rows: &[SHARED, ADDRESS],
    help: "Memory that guests share",
    ..TABLE
};

/// Typed in MiB, kept in KiB.
const MIB: Kind = Kind::Size { typed: Unit::MiB, written: Unit::KiB };
/// Typed and kept in KiB.
const KIB: Kind = Kind::Size { typed: Unit::KiB, written: Unit::KiB };

const MEMORY: &[Property] = rows! {
    "model": Enum(&["dimm", "nvdimm", "virtio-pmem", "virtio-mem", "sgx-epc"]) => "@model", "Model";
    "access": Enum(&["shared", "private"]) => "@access", "Whether other processes share it";
    "discard": YesNo => "@discard", "Whether its content is thrown away at the end";
    "uuid": Text => "uuid", "UUID of an NVDIMM";
    "source.path": Path => "source/path", "File of the host that holds its content";
    "source.pagesize": KIB => "source/pagesize", "Size of the host's pages in KiB";
    "source.nodemask": List => "source/nodemask", "NUMA nodes of the host";
    "source.alignsize": MIB => "source/alignsize", "What its address is a multiple of, in MiB";
    "source.pmem": Present => "source/pmem", "Whether the host's memory is persistent";
    "target.size": MIB => "target/size", "Its size in MiB";
    "target.node": Integer => "target/node", "NUMA node of the guest";
    "target.block": KIB => "target/block", "Size of the blocks of virtio memory in KiB";
    "target.requested": KIB => "target/requested", "How much of virtio memory the guest is to have, in KiB";
    "target.current": KIB => "target/current", "How much it has, in KiB";
    "target.address_base": Text => "target/address/@base", "Address in memory where virtio memory begins";
    "target.dynamicMemslots": YesNo => "target/@dynamicMemslots", "Whether virtio memory takes memory slots only as it grows";
    "target.label_size": MIB => "target/label/size", "Size of an NVDIMM's labels in MiB";
    "target.readonly": Present => "target/readonly", "Whether the guest can only read";
};

const SHARED: &[Property] = rows! {
    "name": Text => "@name", "Name that guests share it by";
    "role": Enum(&["master", "peer"]) => "@role", "Whether it stays here when the guest migrates";
    "model.type": Enum(&["ivshmem-plain", "ivshmem-doorbell"]) => "model/@type", "Model";
    "size": Integer => "size", "Its size, in MiB unless there is a unit";
    "size.unit": Text => "size/@unit", "Unit of its size";
    "server.path": Path => "server/@path", "Socket of the server";
    "msi.vectors": Integer => "msi/@vectors", "Number of interrupts";
    "msi.ioeventfd": OnOff => "msi/@ioeventfd", "Whether interrupts go around QEMU's main loop";
};
