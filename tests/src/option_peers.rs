//! Each suboption beside the peer's of the same name: what it writes into a definition.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use xctl::document::Document;
use xctl::domain::TABLES;
use xctl::property::{Kind, Property, Table};

use crate::need::REAL_VIRT_INSTALL;
use crate::user::User;
use crate::{Test, canonical, peer};

pub(crate) const TESTS: &[Test] = &[Test {
    name: "every_suboption_writes_what_the_peers_writes",
    needs: &[REAL_VIRT_INSTALL],
    run: every_suboption_writes_what_the_peers_writes,
}];

/// Options that virt-xml does not take for a guest that has none yet, or whose whole text is one value.
const APART: &[&str] = &["xml", "location", "install", "osinfo", "qemu-commandline", "iothreads"];

/// Rows that touch what others of their option touch, so that they cannot be given together with all of them; command
/// lines beside virt-install have them alone.
const LEFT_OUT: &[(&str, &[&str])] = &[
    ("memory", &["maxmemory", "currentMemory"]),
    (
        "clock",
        &[
            "rtc_present",
            "rtc_tickpolicy",
            "pit_present",
            "pit_tickpolicy",
            "platform_present",
            "hpet_present",
            "tsc_present",
            "kvmclock_present",
            "hypervclock_present",
        ],
    ),
    // 4.1 writes an element that libvirt does not know.
    ("filesystem", &["source.socket"]),
    ("rng", &["backend", "backend.source.bind_host", "backend.source.bind_service"]),
    // Looked up in the OS database; becomes the guest's own UUID too.
    ("metadata", &["os_full_id"]),
    ("sysinfo", &["system.uuid"]),
    ("serial", CHARACTER),
    ("parallel", CHARACTER),
    ("console", CHARACTER),
    ("channel", CHARACTER),
    ("smartcard", CHARACTER),
    ("redirdev", CHARACTER),
];

const CHARACTER: &[&str] = &["mode", "path", "source.bind_host", "source.bind_service"];

fn every_suboption_writes_what_the_peers_writes() -> Result<()> {
    let user = User::new()?;
    let options: Vec<&str> =
        TABLES.iter().map(|table| table.option).filter(|name| !APART.contains(name)).collect();
    let known = peer::suboptions(&user, &options)?;
    let mut lines: Vec<(&'static Table, String)> = Vec::new();
    for &table in TABLES.iter().filter(|table| !APART.contains(&table.option)) {
        let Some(known) = known.get(table.option) else { continue };
        let left_out =
            LEFT_OUT.iter().find(|(option, _)| *option == table.option).map_or(&[][..], |(_, rows)| rows);
        let rows: Vec<&Property> = table
            .properties()
            .filter(|row| matches!(row.target, xctl::property::Target::At(_)))
            .filter(|row| known.contains(row.name) && !left_out.contains(&row.name))
            .collect();
        if !rows.is_empty() {
            let pairs: Vec<String> = rows.iter().enumerate().map(|(number, row)| pair(row, number)).collect();
            let start = if table.option == "sysinfo" { "type=smbios," } else { "" };
            lines.push((table, format!("{start}{}", pairs.join(","))));
        }
    }
    let differing = peer::in_parallel(&lines, |(table, text)| compare(&user, table, text));
    ensure!(differing.is_empty(), "{}", differing.join("\n"));
    Ok(())
}

/// Parts of the names of rows that are text here, as libvirt has them, and numbers to the peer.
const NUMBERS: &[&str] = &[
    "address.reg",
    "address.zpci",
    "address.cssid",
    "address.ssid",
    "address.devno",
    "address.iobase",
    "address.irq",
    "address.base",
    "source.address.target",
    "source.address.unit",
    "source.address.domain",
    "source.address.bus",
    "source.address.slot",
    "source.address.function",
];

/// A suboption with a value that is seen nowhere else.
fn pair(row: &Property, number: usize) -> String {
    let name = row.name.replace('#', "0");
    // Above the lowest port of a display, which the peer checks.
    let number = 5901 + number;
    let value = match row.kind {
        Kind::OnOff => "on".to_owned(),
        Kind::YesNo | Kind::Present => "yes".to_owned(),
        Kind::Form(_) | Kind::Integer | Kind::Size { .. } => number.to_string(),
        // The peer reads these as numbers, whatever they are in libvirt.
        Kind::Text if NUMBERS.iter().any(|part| row.name.contains(part)) => number.to_string(),
        Kind::Path => format!("/{name}"),
        Kind::Text | Kind::List | Kind::Many | Kind::Enum(_) => name.clone(),
    };
    format!("{name}={value}")
}

fn compare(user: &User, table: &'static Table, text: &str) -> Result<()> {
    let document = bare(table);
    let option = format!("--{}", table.option);
    let theirs = peer::virt_xml(user, &["--edit", &option, text], &document)?;
    let mut ours = Document::parse(&document)?;
    let element = table.elements(&ours).first().copied().context("nothing to edit")?;
    table.apply(&mut ours, element, &table.parse(text)?)?;
    let (ours, theirs) = (canonical::facts(&ours.to_string())?, canonical::facts(&theirs)?);
    let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect::<Vec<_>>();
    let (more, less) = (only(&ours, &theirs), only(&theirs, &ours));
    ensure!(more.is_empty() && less.is_empty(), "{option} {text}\n  ours: {more:#?}\n  theirs: {less:#?}");
    Ok(())
}

/// A definition with one bare element for the option to edit.
fn bare(table: &Table) -> String {
    let device = match table.element.strip_prefix("devices/") {
        Some(name) if table.many => format!("<devices><{name}/></devices>"),
        _ if table.many || matches!(table.option, "sysinfo") => format!("<{}/>", table.element),
        _ => String::new(),
    };
    format!("<domain type=\"kvm\"><name>bare</name>{device}</domain>")
}
