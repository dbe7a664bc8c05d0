//! How much memory a guest has and where it comes from.

use crate::document::{self, Document, Element};
use crate::property::{Error, Kind, Options, Property, Special, TABLE, Table, Unit, parse_size, rows};

/// `--memory`.
pub static MEMORY: Table = Table {
    option: "memory",
    first: &["memory"],
    shorthand: Some(at_most_and_now),
    rows: &[ROWS],
    help: "Memory of the guest in MiB",
    ..TABLE
};

/// `--memorybacking`.
pub static MEMORYBACKING: Table = Table {
    option: "memorybacking",
    element: "memoryBacking",
    rows: &[BACKING],
    help: "Where the guest's memory comes from",
    ..TABLE
};

/// Typed in MiB, kept in KiB.
const MIB: Kind = Kind::Size { typed: Unit::MiB, written: Unit::KiB };
const AT_START: Special = Special { get: at_start, set: set_at_start };
const AT_MOST: Special = Special { get: kept::<0>, set: keep::<0> };
const NOW: Special = Special { get: kept::<1>, set: set_at_start };
const WITH_PLUGGED: Special = Special { get: kept::<2>, set: keep::<2> };

/// Where sizes are kept.
const PLACES: [&str; 3] = ["memory", "currentMemory", "maxMemory"];

const ROWS: &[Property] = rows! {
    "maxmemory": MIB => via AT_MOST, "Memory that the balloon can grow to";
    "memory": MIB => via AT_START, "Memory at start";
    "currentMemory": MIB => via NOW, "Memory that the balloon leaves to the guest";
    "maxMemory" | "hotplugmemorymax": MIB => via WITH_PLUGGED, "Most memory with what can be plugged in";
    "maxMemory.slots" | "hotplugmemoryslots": Integer => "maxMemory/@slots", "Slots that memory can be plugged into";
    "hugepages": Present => "memoryBacking/hugepages", "Whether memory comes from huge pages";
};

const BACKING: &[Property] = rows! {
    "hugepages": Present => "memoryBacking/hugepages", "Whether memory comes from huge pages";
    "hugepages.page#.size" | "size": Text => "memoryBacking/hugepages/page[#]/@size", "Size of the pages";
    "hugepages.page#.unit" | "unit": Text => "memoryBacking/hugepages/page[#]/@unit", "Unit of that size, as M";
    "hugepages.page#.nodeset" | "nodeset": List => "memoryBacking/hugepages/page[#]/@nodeset", "NUMA nodes of the guest that use them";
    "nosharepages": Present => "memoryBacking/nosharepages", "Whether the host leaves equal pages apart";
    "locked": Present => "memoryBacking/locked", "Whether memory stays out of the host's swap";
    "source.type": Enum(&["anonymous", "file", "memfd"]) => "memoryBacking/source/@type", "What holds the memory";
    "access.mode": Enum(&["shared", "private"]) => "memoryBacking/access/@mode", "Whether other processes share it";
    "allocation.mode": Enum(&["immediate", "ondemand"]) => "memoryBacking/allocation/@mode", "When it is allocated";
    "allocation.threads": Integer => "memoryBacking/allocation/@threads", "Threads that allocate it";
    "discard": Present => "memoryBacking/discard", "Whether its content is thrown away at the end";
};

fn at_start(document: &Document, root: Element, _: &[usize]) -> Option<String> {
    let memory = document.get(root, "currentMemory").or_else(|| document.get(root, "memory"));
    memory.map(|m| m.into_owned())
}

/// Beside `currentMemory`, `memory` is what the document means by it: what the balloon can grow to.
fn at_most_and_now(options: &mut Options) -> Result<(), Error> {
    if options.has("currentMemory")
        && let Some(memory) = options.remove("memory")
        && !options.has("maxmemory")
    {
        options.set("maxmemory", &memory);
    }
    Ok(())
}

/// The balloon's size, and its limit where that is less.
fn set_at_start(
    document: &mut Document,
    root: Element,
    all: &[usize],
    value: &str,
) -> Result<(), document::Error> {
    let bytes = |size: &str, unit: &str| parse_size(&format!("{}{unit}", size.trim()), Unit::KiB);
    let unit = document.get(root, "memory/@unit");
    let most = document.get(root, "memory").and_then(|most| bytes(&most, unit.as_deref().unwrap_or("KiB")));
    if !value.is_empty() && most.is_none_or(|most| bytes(value, "KiB").is_some_and(|now| now > most)) {
        keep::<0>(document, root, all, value)?;
    }
    keep::<1>(document, root, all, value)
}

fn kept<const PLACE: usize>(document: &Document, root: Element, _: &[usize]) -> Option<String> {
    document.get(root, PLACES[PLACE]).map(|memory| memory.into_owned())
}

/// Whatever unit the document had, the number is one of KiB now.
fn keep<const PLACE: usize>(
    document: &mut Document,
    root: Element,
    _: &[usize],
    value: &str,
) -> Result<(), document::Error> {
    let place = PLACES[PLACE];
    if value.is_empty() {
        return document.clear_element(root, place).map(|_| ());
    }
    let unit = format!("{place}/@unit");
    if document.get(root, &unit).is_some_and(|unit| unit != "KiB") {
        document.set(root, &unit, "KiB")?;
    }
    document.set(root, place, value).map(|_| ())
}
