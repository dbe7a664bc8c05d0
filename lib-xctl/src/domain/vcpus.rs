//! Virtual CPUs, their layout, and the threads that do I/O.

use crate::document::{self, Document, Element};
use crate::property::{self, Options, Property, Special, TABLE, Table, rows};

/// `--vcpus`.
pub static VCPUS: Table = Table {
    option: "vcpus",
    first: &["vcpus"],
    shorthand: Some(placed_by_libvirt),
    rows: &[ROWS],
    help: "Virtual CPUs of the guest and their layout",
    ..TABLE
};

/// `--iothreads`.
pub static IOTHREADS: Table = Table {
    option: "iothreads",
    element: ".",
    first: &["iothreads"],
    none: true,
    rows: &[THREADS],
    help: "Threads for disk I/O",
    ..TABLE
};

const AT_START: Special = Special { get: at_start, set: set_at_start };
const AT_MOST: Special = Special { get: at_most, set: set_at_most };

const ROWS: &[Property] = rows! {
    "vcpus": Integer => via AT_START, "Virtual CPUs at start";
    "maxvcpus": Integer => via AT_MOST, "Virtual CPUs that there can be";
    "vcpu": Integer => "vcpu", "Virtual CPUs that there can be, as the document says it";
    "vcpu.current": Integer => "vcpu/@current", "Virtual CPUs at start, as the document says it";
    "vcpu.cpuset" | "cpuset": List => "vcpu/@cpuset", "CPUs of the host that they run on, as 1-4,6";
    "vcpu.placement" | "placement": Enum(&["static", "auto"]) => "vcpu/@placement", "Who chooses the host's CPUs";
    "vcpus.vcpu#.id": Integer => "vcpus/vcpu[#]/@id", "Number of a CPU";
    "vcpus.vcpu#.enabled": YesNo => "vcpus/vcpu[#]/@enabled", "Whether it is there at start";
    "vcpus.vcpu#.hotpluggable": YesNo => "vcpus/vcpu[#]/@hotpluggable", "Whether it can be unplugged";
    "vcpus.vcpu#.order": Integer => "vcpus/vcpu[#]/@order", "Its turn when CPUs are plugged in";
    "sockets": Integer => "cpu/topology/@sockets", "Sockets that the guest sees";
    "dies": Integer => "cpu/topology/@dies", "Dies in a socket";
    "clusters": Integer => "cpu/topology/@clusters", "Clusters in a die";
    "cores": Integer => "cpu/topology/@cores", "Cores in a socket, die or cluster";
    "threads": Integer => "cpu/topology/@threads", "Threads in a core";
};

const THREADS: &[Property] = rows! {
    "iothreads": Integer => "iothreads", "Number of threads";
    "iothreadids.iothread#.id": Integer => "iothreadids/iothread[#]/@id", "Number of a thread";
    "iothreadids.iothread#.thread_pool_min": Integer => "iothreadids/iothread[#]/@thread_pool_min", "Fewest workers that it keeps";
    "iothreadids.iothread#.thread_pool_max": Integer => "iothreadids/iothread[#]/@thread_pool_max", "Most workers that it starts";
    "iothreadids.iothread#.poll.max": Integer => "iothreadids/iothread[#]/poll/@max", "Nanoseconds that it polls at most before it sleeps";
    "iothreadids.iothread#.poll.grow": Integer => "iothreadids/iothread[#]/poll/@grow", "What that time is multiplied by where it was too short";
    "iothreadids.iothread#.poll.shrink": Integer => "iothreadids/iothread[#]/poll/@shrink", "What it is divided by where it was too long";
    "defaultiothread.thread_pool_min": Integer => "defaultiothread/@thread_pool_min", "Fewest workers of the main loop";
    "defaultiothread.thread_pool_max": Integer => "defaultiothread/@thread_pool_max", "Most workers of the main loop";
};

/// `cpuset=auto` is no set of CPUs.
fn placed_by_libvirt(options: &mut Options) -> Result<(), property::Error> {
    for name in ["cpuset", "vcpu.cpuset"] {
        if options.get(name) == Some("auto") {
            options.remove(name);
            options.set("placement", "auto");
        }
    }
    Ok(())
}

fn at_most(document: &Document, root: Element, _: &[usize]) -> Option<String> {
    document.get(root, "vcpu").map(|n| n.into_owned())
}

fn at_start(document: &Document, root: Element, numbers: &[usize]) -> Option<String> {
    document.get(root, "vcpu/@current").map(|n| n.into_owned()).or_else(|| at_most(document, root, numbers))
}

fn set_at_start(document: &mut Document, root: Element, _: &[usize], n: &str) -> Result<(), document::Error> {
    document.clear(root, "vcpu/@current")?;
    if n.is_empty() {
        return document.clear(root, "vcpu").map(|_| ());
    }
    document.set(root, "vcpu", n).map(|_| ())
}

/// What was the whole number before stays the number at start.
fn set_at_most(
    document: &mut Document,
    root: Element,
    all: &[usize],
    n: &str,
) -> Result<(), document::Error> {
    if n.is_empty() {
        return document.clear(root, "vcpu").map(|_| ());
    }
    let at_start = at_start(document, root, all).filter(|now| !now.is_empty() && now != n);
    document.clear(root, "vcpu/@current")?;
    document.set(root, "vcpu", n)?;
    if let Some(now) = at_start {
        document.set(root, "vcpu/@current", &now)?;
    }
    Ok(())
}
