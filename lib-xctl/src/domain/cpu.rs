//! The processor that the guest sees.

use super::clear_all;
use crate::document::{self, Document, Element};
use crate::property::{Error, Item, Options, Property, Special, TABLE, Table, rows};

/// `--cpu`.
pub static CPU: Table = Table {
    option: "cpu",
    element: "cpu",
    first: &["model"],
    shorthand: Some(signed_features),
    rows: &[ROWS, NUMA],
    help: "Model and features of the processor that the guest sees",
    ..TABLE
};

/// What a feature's policy can be, in the order in which they are written.
const POLICIES: [&str; 5] = ["force", "require", "optional", "disable", "forbid"];
const MODELS: &[&str] =
    &["host-passthrough", "host-model", "host-model-only", "maximum", "host", "hv-default", "none"];
const MODEL: Special = Special { get: model, set: set_model };
const FORCE: Special = Special { get: features::<0>, set: set_feature::<0> };
const REQUIRE: Special = Special { get: features::<1>, set: set_feature::<1> };
const OPTIONAL: Special = Special { get: features::<2>, set: set_feature::<2> };
const DISABLE: Special = Special { get: features::<3>, set: set_feature::<3> };
const FORBID: Special = Special { get: features::<4>, set: set_feature::<4> };

const ROWS: &[Property] = rows! {
    "model": Enum(MODELS) => via MODEL, "Model, or a way to take the host's; hv-default leaves it to the hypervisor";
    "mode": Enum(&["custom", "host-model", "host-passthrough", "maximum"]) => "cpu/@mode", "Where the model comes from";
    "match": Enum(&["exact", "minimum", "strict"]) => "cpu/@match", "How well the host must match";
    "check": Enum(&["none", "partial", "full"]) => "cpu/@check", "What libvirt checks before it starts the guest";
    "migratable": OnOff => "cpu/@migratable", "Whether features that cannot migrate are left out";
    "secure": YesNo, "Whether the model brings the host's security features";
    "model.fallback": Enum(&["allow", "forbid"]) => "cpu/model/@fallback", "Whether another model may stand in";
    "model.vendor_id": Text => "cpu/model/@vendor_id", "Vendor that the guest reads, 12 letters";
    "vendor": Text => "cpu/vendor", "Vendor that the host must have";
    "topology.sockets": Integer => "cpu/topology/@sockets", "Sockets that the guest sees";
    "topology.dies": Integer => "cpu/topology/@dies", "Dies in a socket";
    "topology.clusters": Integer => "cpu/topology/@clusters", "Clusters in a die";
    "topology.cores": Integer => "cpu/topology/@cores", "Cores in a socket, die or cluster";
    "topology.threads": Integer => "cpu/topology/@threads", "Threads in a core";
    "cache.level": Integer => "cpu/cache/@level", "Level that the cache mode is about";
    "cache.mode": Enum(&["emulate", "passthrough", "disable"]) => "cpu/cache/@mode", "How caches are shown to the guest";
    "maxphysaddr.mode": Enum(&["passthrough", "emulate"]) => "cpu/maxphysaddr/@mode", "Where the width of addresses comes from";
    "maxphysaddr.bits": Integer => "cpu/maxphysaddr/@bits", "Width of physical addresses";
    "maxphysaddr.limit": Integer => "cpu/maxphysaddr/@limit", "Most bits that are taken from the host";
    "force": Many => via FORCE, "Feature that the guest sees even if the host has it not; +name for short";
    "require": Many => via REQUIRE, "Feature that the host must have";
    "optional": Many => via OPTIONAL, "Feature that the guest sees if the host has it";
    "disable": Many => via DISABLE, "Feature that is hidden; -name for short";
    "forbid": Many => via FORBID, "Feature that the host must not have";
};

const NUMA: &[Property] = rows! {
    "numa.cell#.id" | "cell#.id": Integer => "cpu/numa/cell[#]/@id", "Number of a NUMA node";
    "numa.cell#.cpus" | "cell#.cpus": List => "cpu/numa/cell[#]/@cpus", "Virtual CPUs in it, as 0-3,8";
    "numa.cell#.memory" | "cell#.memory": Integer => "cpu/numa/cell[#]/@memory", "Its memory in KiB";
    "numa.cell#.unit" | "cell#.unit": Text => "cpu/numa/cell[#]/@unit", "Another unit for its memory";
    "numa.cell#.memAccess" | "cell#.memAccess": Enum(&["shared", "private"]) => "cpu/numa/cell[#]/@memAccess", "Whether other processes share it";
    "numa.cell#.discard" | "cell#.discard": YesNo => "cpu/numa/cell[#]/@discard", "Whether its content is thrown away at the end";
    "numa.cell#.distances.sibling#.id" | "cell#.distances.sibling#.id": Integer => "cpu/numa/cell[#]/distances/sibling[#]/@id", "Node that a distance is to";
    "numa.cell#.distances.sibling#.value" | "cell#.distances.sibling#.value": Integer => "cpu/numa/cell[#]/distances/sibling[#]/@value", "The distance; 10 is none";
    "numa.cell#.cache#.level" | "cell#.cache#.level": Integer => "cpu/numa/cell[#]/cache[#]/@level", "Level of a memory-side cache";
    "numa.cell#.cache#.associativity" | "cell#.cache#.associativity": Enum(&["none", "direct", "full"]) => "cpu/numa/cell[#]/cache[#]/@associativity", "Its associativity";
    "numa.cell#.cache#.policy" | "cell#.cache#.policy": Enum(&["none", "writeback", "writethrough"]) => "cpu/numa/cell[#]/cache[#]/@policy", "Its write policy";
    "numa.cell#.cache#.size.value" | "cell#.cache#.size.value": Integer => "cpu/numa/cell[#]/cache[#]/size/@value", "Its size";
    "numa.cell#.cache#.size.unit" | "cell#.cache#.size.unit": Text => "cpu/numa/cell[#]/cache[#]/size/@unit", "Unit of its size";
    "numa.cell#.cache#.line.value" | "cell#.cache#.line.value": Integer => "cpu/numa/cell[#]/cache[#]/line/@value", "Size of its lines";
    "numa.cell#.cache#.line.unit" | "cell#.cache#.line.unit": Text => "cpu/numa/cell[#]/cache[#]/line/@unit", "Unit of that size";
    "numa.interconnects.latency#.initiator": Integer => "cpu/numa/interconnects/latency[#]/@initiator", "Node that reaches out";
    "numa.interconnects.latency#.target": Integer => "cpu/numa/interconnects/latency[#]/@target", "Node that is reached";
    "numa.interconnects.latency#.type": Enum(&["access", "read", "write"]) => "cpu/numa/interconnects/latency[#]/@type", "What is timed";
    "numa.interconnects.latency#.value": Integer => "cpu/numa/interconnects/latency[#]/@value", "Latency in nanoseconds";
    "numa.interconnects.latency#.cache": Integer => "cpu/numa/interconnects/latency[#]/@cache", "Level of the cache that is reached";
    "numa.interconnects.latency#.unit": Text => "cpu/numa/interconnects/latency[#]/@unit", "Unit of the latency";
    "numa.interconnects.bandwidth#.initiator": Integer => "cpu/numa/interconnects/bandwidth[#]/@initiator", "Node that reaches out";
    "numa.interconnects.bandwidth#.target": Integer => "cpu/numa/interconnects/bandwidth[#]/@target", "Node that is reached";
    "numa.interconnects.bandwidth#.type": Enum(&["access", "read", "write"]) => "cpu/numa/interconnects/bandwidth[#]/@type", "What is measured";
    "numa.interconnects.bandwidth#.value": Integer => "cpu/numa/interconnects/bandwidth[#]/@value", "Bandwidth";
    "numa.interconnects.bandwidth#.cache": Integer => "cpu/numa/interconnects/bandwidth[#]/@cache", "Level of the cache that is reached";
    "numa.interconnects.bandwidth#.unit": Text => "cpu/numa/interconnects/bandwidth[#]/@unit", "Unit of the bandwidth";
};

/// Whether `--cpu` says that the hypervisor's own default is wanted, and not one that is chosen for the guest.
#[must_use]
pub fn leaves_cpu_to_hypervisor(options: &Options) -> bool {
    matches!(options.get("model"), Some("hv-default" | "none" | "clear"))
}

/// Whether `--cpu` asks for the model that the host's CPU is of, by its name. Copies of the host's features are no longer
/// made: a guest that wants them takes `host-model`.
#[must_use]
pub fn names_host_cpu(options: &Options) -> bool {
    matches!(options.get("model"), Some("host-model-only" | "host-copy"))
}

/// `+vmx` is `force=vmx`, `-svm` is `disable=svm`.
fn signed_features(options: &mut Options) -> Result<(), Error> {
    for item in options.items() {
        let feature = item.name.split_at_checked(1).filter(|(_, rest)| !rest.is_empty());
        let (policy, feature) = match (feature, &item.value) {
            (Some(("+", feature)), None) => ("force", feature),
            (Some(("-", feature)), None) => ("disable", feature),
            _ => continue,
        };
        *item = Item { value: Some(feature.to_owned()), name: policy.to_owned() };
    }
    Ok(())
}

fn model(document: &Document, root: Element, _: &[usize]) -> Option<String> {
    let model = document.get(root, "cpu/model").filter(|m| !m.is_empty());
    let mode = || document.get(root, "cpu/@mode").filter(|mode| mode != "custom");
    model.or_else(mode).map(|m| m.into_owned())
}

fn set_model(
    document: &mut Document,
    root: Element,
    _: &[usize],
    value: &str,
) -> Result<(), document::Error> {
    let mode = match value {
        "host-passthrough" | "host-model" | "maximum" => value,
        "host" => "host-model",
        // Without an element the defaults choose, or nobody does.
        "host-model-only" | "host-copy" | "default" | "hv-default" | "none" | "clear" => {
            return document.clear_element(root, "cpu").map(|_| ());
        }
        "" => {
            document.clear_element(root, "cpu/model")?;
            document.clear(root, "cpu/@match")?;
            return document.clear(root, "cpu/@mode").map(|_| ());
        }
        model => {
            for (place, value) in [("cpu/@mode", "custom"), ("cpu/@match", "exact")] {
                document.set(root, place, value)?;
            }
            return document.set(root, "cpu/model", model).map(|_| ());
        }
    };
    // What was said of the model before is not true of the host's.
    for element in ["cpu/model", "cpu/vendor", "cpu/feature"] {
        clear_all(document, root, element)?;
    }
    for attribute in ["cpu/@match", "cpu/@check", "cpu/@migratable"] {
        document.clear(root, attribute)?;
    }
    document.set(root, "cpu/@mode", mode).map(|_| ())
}

fn features<const POLICY: usize>(document: &Document, root: Element, _: &[usize]) -> Option<String> {
    let cpu = document.child(root, "cpu")?;
    let named: Vec<_> = document
        .children_named(cpu, "feature")
        .filter(|&f| document.attr(f, "policy").is_some_and(|p| p == POLICIES[POLICY]))
        .filter_map(|f| document.attr(f, "name"))
        .collect();
    (!named.is_empty()).then(|| named.join(","))
}

/// Gives one feature this policy; an empty value takes those away that have it.
fn set_feature<const POLICY: usize>(
    document: &mut Document,
    root: Element,
    _: &[usize],
    value: &str,
) -> Result<(), document::Error> {
    let policy = POLICIES[POLICY];
    if value.is_empty() {
        return clear_all(document, root, &format!("cpu/feature[@policy='{policy}']"));
    }
    let cpu = document.ensure(root, "cpu")?;
    let named = |f: &Element| document.attr(*f, "name").is_some_and(|n| n == value);
    let feature = document.children_named(cpu, "feature").find(named);
    let feature = feature.unwrap_or_else(|| document.insert_child(cpu, "feature"));
    document.set_attr(feature, "policy", policy)?;
    document.set_attr(feature, "name", value)
}
