//! How the host shares its processors, memory and disks out to a guest.

use crate::property::{Property, TABLE, Table, rows};

/// `--cputune`.
pub static CPUTUNE: Table = Table {
    option: "cputune",
    element: "cputune",
    rows: &[CPU, CACHE],
    help: "How the host's processors are shared out",
    ..TABLE
};

/// `--numatune`.
pub static NUMATUNE: Table = Table {
    option: "numatune",
    element: "numatune",
    first: &["memory.nodeset"],
    none: true,
    rows: &[NUMA],
    help: "Which NUMA nodes of the host the guest's memory comes from",
    ..TABLE
};

/// `--memtune`.
pub static MEMTUNE: Table = Table {
    option: "memtune",
    element: "memtune",
    first: &["soft_limit"],
    none: true,
    rows: &[MEMORY],
    help: "How the host's memory is shared out",
    ..TABLE
};

/// `--blkiotune`.
pub static BLKIOTUNE: Table = Table {
    option: "blkiotune",
    element: "blkiotune",
    first: &["weight"],
    none: true,
    rows: &[DISKS],
    help: "How the host's disks are shared out",
    ..TABLE
};

const SCHEDULERS: &[&str] = &["batch", "idle", "fifo", "rr"];

const CPU: &[Property] = rows! {
    "shares": Integer => "cputune/shares", "Weight against other guests";
    "period": Integer => "cputune/period", "Period of a CPU's quota in microseconds";
    "quota": Integer => "cputune/quota", "Microseconds that a CPU may run in a period";
    "global_period": Integer => "cputune/global_period", "Period of the whole guest's quota";
    "global_quota": Integer => "cputune/global_quota", "Microseconds that the whole guest may run in it";
    "emulator_period": Integer => "cputune/emulator_period", "Period of the emulator's quota";
    "emulator_quota": Integer => "cputune/emulator_quota", "Microseconds that the emulator may run in it";
    "iothread_period": Integer => "cputune/iothread_period", "Period of an I/O thread's quota";
    "iothread_quota": Integer => "cputune/iothread_quota", "Microseconds that an I/O thread may run in it";
    "vcpupin#.vcpu": Integer => "cputune/vcpupin[#]/@vcpu", "Virtual CPU that is bound";
    "vcpupin#.cpuset": List => "cputune/vcpupin[#]/@cpuset", "CPUs of the host that it runs on";
    "emulatorpin.cpuset": List => "cputune/emulatorpin/@cpuset", "CPUs of the host that the emulator runs on";
    "iothreadpin#.iothread": Integer => "cputune/iothreadpin[#]/@iothread", "I/O thread that is bound";
    "iothreadpin#.cpuset": List => "cputune/iothreadpin[#]/@cpuset", "CPUs of the host that it runs on";
    "vcpusched#.vcpus": List => "cputune/vcpusched[#]/@vcpus", "Virtual CPUs that are scheduled in a way of their own";
    "vcpusched#.scheduler": Enum(SCHEDULERS) => "cputune/vcpusched[#]/@scheduler", "That way";
    "vcpusched#.priority": Integer => "cputune/vcpusched[#]/@priority", "Their priority";
    "iothreadsched#.iothreads": List => "cputune/iothreadsched[#]/@iothreads", "I/O threads that are scheduled in a way of their own";
    "iothreadsched#.scheduler": Enum(SCHEDULERS) => "cputune/iothreadsched[#]/@scheduler", "That way";
    "iothreadsched#.priority": Integer => "cputune/iothreadsched[#]/@priority", "Their priority";
    "emulatorsched.scheduler": Enum(SCHEDULERS) => "cputune/emulatorsched/@scheduler", "How the emulator is scheduled";
    "emulatorsched.priority": Integer => "cputune/emulatorsched/@priority", "Its priority";
};

const CACHE: &[Property] = rows! {
    "cachetune#.vcpus": List => "cputune/cachetune[#]/@vcpus", "Virtual CPUs that a part of the host's cache is for";
    "cachetune#.cache#.id": Integer => "cputune/cachetune[#]/cache[#]/@id", "Cache of the host";
    "cachetune#.cache#.level": Integer => "cputune/cachetune[#]/cache[#]/@level", "Its level";
    "cachetune#.cache#.type": Enum(&["both", "code", "data"]) => "cputune/cachetune[#]/cache[#]/@type", "What it caches";
    "cachetune#.cache#.size": Integer => "cputune/cachetune[#]/cache[#]/@size", "Size of the part";
    "cachetune#.cache#.unit": Text => "cputune/cachetune[#]/cache[#]/@unit", "Unit of that size";
    "cachetune#.monitor#.level": Integer => "cputune/cachetune[#]/monitor[#]/@level", "Level of the cache that is watched";
    "cachetune#.monitor#.vcpus": List => "cputune/cachetune[#]/monitor[#]/@vcpus", "Virtual CPUs that are watched";
    "memorytune#.vcpus": List => "cputune/memorytune[#]/@vcpus", "Virtual CPUs that a part of memory bandwidth is for";
    "memorytune#.node#.id": Integer => "cputune/memorytune[#]/node[#]/@id", "NUMA node of the host";
    "memorytune#.node#.bandwidth": Integer => "cputune/memorytune[#]/node[#]/@bandwidth", "Percentage of its bandwidth";
};

const MODES: &[&str] = &["strict", "interleave", "preferred", "restrictive"];

const NUMA: &[Property] = rows! {
    "memory.nodeset" | "nodeset": List => "numatune/memory/@nodeset", "Nodes of the host, as 0-1,3";
    "memory.mode" | "mode": Enum(MODES) => "numatune/memory/@mode", "How strictly they are kept to";
    "memory.placement" | "placement": Enum(&["static", "auto"]) => "numatune/memory/@placement", "Who chooses them";
    "memnode#.cellid": Integer => "numatune/memnode[#]/@cellid", "Node of the guest";
    "memnode#.nodeset": List => "numatune/memnode[#]/@nodeset", "Nodes of the host that its memory comes from";
    "memnode#.mode": Enum(MODES) => "numatune/memnode[#]/@mode", "How strictly they are kept to";
};

const MEMORY: &[Property] = rows! {
    "hard_limit": Integer => "memtune/hard_limit", "Most memory that the guest's process may use, in KiB";
    "soft_limit": Integer => "memtune/soft_limit", "What it is held to when memory is short, in KiB";
    "min_guarantee": Integer => "memtune/min_guarantee", "What it has for certain, in KiB";
    "swap_hard_limit": Integer => "memtune/swap_hard_limit", "Most memory and swap that it may use, in KiB";
};

const DISKS: &[Property] = rows! {
    "weight": Integer => "blkiotune/weight", "Weight against other guests";
    "device#.path": Path => "blkiotune/device[#]/path", "Block device of the host";
    "device#.weight": Integer => "blkiotune/device[#]/weight", "Weight on it";
    "device#.read_bytes_sec" | "read_bytes_sec": Integer => "blkiotune/device[#]/read_bytes_sec", "Most bytes read a second";
    "device#.write_bytes_sec" | "write_bytes_sec": Integer => "blkiotune/device[#]/write_bytes_sec", "Most bytes written a second";
    "device#.read_iops_sec" | "read_iops_sec": Integer => "blkiotune/device[#]/read_iops_sec", "Most reads a second";
    "device#.write_iops_sec" | "write_iops_sec": Integer => "blkiotune/device[#]/write_iops_sec", "Most writes a second";
};
