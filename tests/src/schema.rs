//! Every row of the domain's tables beside libvirt's schema: what a suboption alone writes into the smallest guest that
//! it makes sense in is valid.

mod beside;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use xctl::document::Document;
use xctl::domain::TABLES;
use xctl::object::{Network, Pool, Snapshot, Volume};
use xctl::property::{Kind, Property, Table};

use crate::Test;
use crate::need::{Need, SAME_VIRSH};
use crate::options::{SCHEMA, SCHEMA_FILE, validate_by};
use beside::{BESIDE, CONTAINER, CONTAINERS, MACHINE, VALUES};

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "every_suboption_alone_is_valid_to_libvirts_schema",
        // Older schemas lack what the tables have; those of libvirt and its virsh come together.
        needs: &[Need::Program("xmllint"), SCHEMA, SAME_VIRSH],
        run: every_suboption_alone_is_valid_to_libvirts_schema,
    },
    Test {
        name: "networks_pools_volumes_and_snapshots_are_valid_to_libvirts_schemas",
        needs: &[Need::Program("xmllint"), SCHEMA],
        run: networks_pools_volumes_and_snapshots_are_valid_to_libvirts_schemas,
    },
];

/// What the schema of libvirt 11.3 refuses: the option, how the suboption begins, why it is there all the same.
const REFUSED: &[(&str, &str, &str)] = &[
    ("disk", "target.bus=nvme", "newer"),
    ("network", "backend.hostname", "newer"),
    ("network", "backend.fqdn", "newer"),
    ("controller", "type=nvme", "newer"),
    ("video", "model.edid", "newer"),
    ("iommu", "model=amd", "newer"),
    ("launchSecurity", "type=tdx", "newer"),
    ("launchSecurity", "mr", "newer"),
    ("launchSecurity", "quoteGeneration", "newer"),
    ("cpu", "numa.interconnects.latency0.unit", "virt-install has it, libvirt reads it, the schema lacks it"),
    ("filesystem", "source.pool", "virt-install has it, libvirt reads it, the schema lacks it"),
    ("filesystem", "source.volume", "virt-install has it, libvirt reads it, the schema lacks it"),
    ("filesystem", "driver.name", "virt-install has it, libvirt reads it, the schema lacks it"),
    ("graphics", "address.", "virt-install gives every device the rows of addresses"),
    ("graphics", "alias.", "virt-install gives every device the rows of aliases"),
    ("smartcard", "alias.", "libvirt reads it, the schema lacks it"),
    ("serial", "target.name", "virt-install gives all character devices the same rows"),
    ("serial", "target.address", "virt-install gives all character devices the same rows"),
    ("parallel", "target.name", "virt-install gives all character devices the same rows"),
    ("parallel", "target.address", "virt-install gives all character devices the same rows"),
    ("parallel", "target.model", "virt-install gives all character devices the same rows"),
    ("console", "target.name", "virt-install gives all character devices the same rows"),
    ("console", "target.address", "virt-install gives all character devices the same rows"),
    ("console", "target.model", "virt-install gives all character devices the same rows"),
    ("channel", "target.model", "virt-install gives all character devices the same rows"),
];

/// A suboption with a value, in a guest.
struct Trial {
    option: &'static str,
    text: String,
    /// A word of a list that several options may share: it need not fit each of them.
    word: bool,
    xml: String,
}

fn every_suboption_alone_is_valid_to_libvirts_schema() -> Result<()> {
    let mut trials: BTreeMap<String, Trial> = BTreeMap::new();
    for &table in TABLES {
        let kept =
            |row: &&Property| !row.is_request() && !row.name.starts_with("xpath") && row.name != "clearxml";
        for row in table.properties().filter(kept) {
            for value in values(table, row) {
                let name = row.name.replace('#', "0");
                let text = format!("{name}={value}");
                let xml = guest(table, &name, value).with_context(|| format!("--{} {text}", table.option))?;
                let word = matches!(row.kind, Kind::Enum(_));
                trials
                    .insert(format!("{}.xml", trials.len()), Trial { option: table.option, text, word, xml });
            }
        }
    }
    let valid = valid(&trials)?;
    let good: BTreeSet<&str> = valid.iter().map(|file| trials[file].text.as_str()).collect();
    let mut wrong = String::new();
    let mut refused = 0;
    for (_, trial) in trials.iter().filter(|(file, _)| !valid.contains(*file)) {
        if REFUSED.iter().any(|(option, start, _)| trial.option == *option && trial.text.starts_with(start)) {
            refused += 1;
        } else if !(trial.word && good.contains(trial.text.as_str())) {
            writeln!(wrong, "--{} {}\n  {}", trial.option, trial.text, trial.xml)?;
        }
    }
    eprintln!("schema: {} valid, {refused} known to be refused", valid.len());
    ensure!(wrong.is_empty(), "not valid:\n{wrong}");
    Ok(())
}

/// Properties that are set, with their values.
type Set = &'static [(&'static str, &'static str)];

/// Views beside the domain's: the schema, the root, the properties that are set.
const OBJECTS: &[(&str, &Table, &str, Set)] = &[
    (
        "network.rng",
        Network::TABLE,
        "<network/>",
        &[
            ("name", "n"),
            ("title", "t"),
            ("description", "d"),
            ("forward.mode", "nat"),
            ("forward.dev", "eth0"),
            ("bridge.name", "virbr7"),
            ("domain.name", "example.org"),
            ("mtu.size", "1400"),
            ("ip0.address", "192.168.7.1"),
            ("ip0.netmask", "255.255.255.0"),
            ("ip0.dhcp.range0.start", "192.168.7.2"),
            ("ip0.dhcp.range0.end", "192.168.7.9"),
            ("ip0.dhcp.bootp.file", "pxelinux.0"),
            ("ip0.dhcp.bootp.server", "192.168.7.1"),
        ],
    ),
    (
        "storagepool.rng",
        Pool::TABLE,
        "<pool/>",
        &[("type", "dir"), ("name", "p"), ("target.path", "/srv/vm")],
    ),
    (
        "storagepool.rng",
        Pool::TABLE,
        "<pool/>",
        &[
            ("type", "netfs"),
            ("name", "p"),
            ("source.host0.name", "h"),
            ("source.dir", "/export"),
            ("source.format", "nfs"),
            ("target.path", "/srv/vm"),
        ],
    ),
    (
        "storagevol.rng",
        Volume::TABLE,
        "<volume/>",
        &[
            ("name", "v"),
            ("capacity", "1G"),
            ("allocation", "0"),
            ("target.format", "qcow2"),
            ("target.compat", "1.1"),
            ("target.lazy_refcounts", "yes"),
            ("backingStore.path", "/b"),
            ("backingStore.format", "raw"),
        ],
    ),
    (
        "domainsnapshot.rng",
        Snapshot::TABLE,
        "<domainsnapshot/>",
        &[
            ("name", "s"),
            ("description", "d"),
            ("memory", "external"),
            ("memory.file", "/m"),
            ("disk0.name", "vda"),
            ("disk0.snapshot", "external"),
            ("disk0.file", "/d"),
        ],
    ),
];

fn networks_pools_volumes_and_snapshots_are_valid_to_libvirts_schemas() -> Result<()> {
    for (schema, table, bare, properties) in OBJECTS {
        let mut document = Document::parse(bare)?;
        for (name, value) in *properties {
            let root = document.root();
            table.set(&mut document, root, name, value)?;
        }
        validate_by(schema, &document.to_string())?;
    }
    Ok(())
}

/// Those that are valid. The schema is read once for all of them.
fn valid(trials: &BTreeMap<String, Trial>) -> Result<BTreeSet<String>> {
    let directory = tempfile::tempdir()?;
    for (file, trial) in trials {
        std::fs::write(directory.path().join(file), &trial.xml)?;
    }
    let checked = Command::new("xmllint")
        .args(["--noout", "--relaxng", SCHEMA_FILE])
        .args(trials.keys())
        .current_dir(directory.path())
        .output()?;
    let told = String::from_utf8(checked.stderr)?;
    Ok(told.lines().filter_map(|line| line.strip_suffix(" validates")).map(str::to_owned).collect())
}

/// A definition with what the suboption needs beside it, and the suboption.
fn guest(table: &'static Table, name: &str, value: &str) -> Result<String> {
    let text = format!("{name}={value}");
    let contained = |(option, start): &(&str, &str)| table.option == *option && text.starts_with(start);
    let mut document = Document::parse(if CONTAINERS.iter().any(contained) { CONTAINER } else { MACHINE })?;
    let rows = |option: &'static str| BESIDE.iter().filter(move |(own, ..)| *own == option);
    let always = rows(table.option).find(|(_, start, _)| start.is_empty()).map_or("", |(.., rest)| *rest);
    let special = rows(table.option)
        .chain(rows("*"))
        .find(|(_, start, _)| !start.is_empty() && text.starts_with(start))
        .map_or(",", |(.., rest)| *rest);
    let beside = if special.starts_with(',') { format!("{always}{special}") } else { special.to_owned() };
    let element = table.add(&mut document, &table.parse(beside.trim_matches(','))?)?;
    table.set(&mut document, element, name, value)?;
    Ok(document.to_string())
}

/// Values of a row: every word of a list, or one of its kind.
fn values(table: &Table, row: &Property) -> Vec<&'static str> {
    let fits = |(option, name, _): &&(&str, &str, &str)| {
        [table.option, "*"].contains(option)
            && (row.name == *name || name.strip_prefix('*').is_some_and(|end| row.name.ends_with(end)))
    };
    if let Some((.., value)) = VALUES.iter().find(fits) {
        return vec![value];
    }
    match row.kind {
        Kind::OnOff => vec!["on"],
        Kind::YesNo | Kind::Present => vec!["yes"],
        Kind::Path => vec!["/some"],
        Kind::Size { .. } => vec!["5M"],
        Kind::Integer => vec!["1"],
        Kind::Form(form) => vec![form.example],
        Kind::Enum(words) => words.to_vec(),
        Kind::Text | Kind::List | Kind::Many => vec!["some"],
    }
}
