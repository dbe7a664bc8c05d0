//! What a guest is called and how much memory it has.

use crate::property::TABLE;
use crate::property::{Kind, Property, Table, integer, request, size, text};

/// `--metadata`.
pub static METADATA: Table = Table {
    option: "metadata",
    element: "metadata",
    rows: &[METADATA_ROWS],
    help: "Name, title, description and identity of the guest",
    ..TABLE
};

const METADATA_ROWS: &[Property] = &[
    text("name", "name", "Name"),
    text("uuid", "uuid", "UUID"),
    text("title", "title", "Title, one line"),
    text("description", "description", "Description, any text"),
    text("genid", "genid", "Generation id that tells the guest when it was rolled back or copied"),
    text(
        "os_full_id",
        "metadata/libosinfo:libosinfo/libosinfo:os/@id",
        "Id of the operating system in the OS database",
    ),
    request("os_name", Kind::Text, "Short id of the operating system, as debian12"),
];

/// `--memory`.
pub static MEMORY: Table = Table {
    option: "memory",
    first: &["memory"],
    rows: &[MEMORY_ROWS],
    help: "Memory of the guest in MiB",
    ..TABLE
};

const MEMORY_ROWS: &[Property] = &[
    size("memory", "memory", "Memory at start"),
    size("currentMemory", "currentMemory", "Memory that the balloon leaves to the guest"),
    size("maxMemory", "maxMemory", "Most memory that can be plugged in").alias(&["maxmemory"]),
    integer("maxMemory.slots", "maxMemory/@slots", "Slots that memory can be plugged into"),
];

/// `--vcpus`.
pub static VCPUS: Table = Table {
    option: "vcpus",
    first: &["vcpus"],
    rows: &[VCPUS_ROWS],
    help: "Virtual CPUs of the guest",
    ..TABLE
};

const VCPUS_ROWS: &[Property] = &[
    integer("vcpus", "vcpu", "Virtual CPUs"),
    text("vcpu.cpuset", "vcpu/@cpuset", "Host CPUs that they run on").alias(&["cpuset"]).list(),
];
