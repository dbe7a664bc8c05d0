//! A domain's disks and network interfaces.

use xctl::document::{Document, Element};

use crate::command::domain::device::{self, devices};
use crate::command::domain::{By, find};
use crate::command::{Answer, Arguments};
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::output::field::{boolean, text};
use crate::output::{Record, Table};

/// The domain's XML as `--inactive` asks for it.
fn document(control: &mut Control, arguments: &Arguments) -> Result<Document, Failure> {
    device::document(&find(control, arguments, By::ANY)?, arguments.has("inactive"))
}

/// What the first of these places that there is holds.
fn found(document: &Document, device: Element, places: &[&str]) -> Option<String> {
    places.iter().find_map(|place| document.get(device, place)).map(|value| value.into_owned())
}

/// The same, `-` if none is there.
fn first(document: &Document, device: Element, places: &[&str]) -> String {
    found(document, device, places).unwrap_or_else(|| "-".to_owned())
}

/// Where a disk's contents may be named.
const SOURCE: &[&str] = &["source/@file", "source/@dev", "source/@dir", "source/@name", "source/@volume"];

pub(super) fn disks(control: &mut Control, arguments: &Arguments) -> Outcome {
    let document = document(control, arguments)?;
    let details = arguments.has("details");
    let mut table =
        Table::new(if details { &["Type", "Device", "Target", "Source"] } else { &["Target", "Source"] });
    for disk in devices(&document, "disk") {
        let target = first(&document, disk, &["target/@dev"]);
        let source = nvme(&document, disk).unwrap_or_else(|| first(&document, disk, SOURCE));
        match details {
            true => table.row([
                first(&document, disk, &["@type"]),
                first(&document, disk, &["@device"]),
                target,
                source,
            ]),
            false => table.row([target, source]),
        }
    }
    control.output.table(&table);
    Ok(())
}

pub(super) const DISKS: Answer = Answer::list(
    &[
        text("target", "its name in the domain, such as vda"),
        text("source", "where its contents are; null where it is empty"),
        text("type", "kind of the source: file, block, dir, network, volume, nvme"),
        text("device", "disk, cdrom, floppy or lun"),
        boolean("readonly", "whether the guest can only read it").aside(),
    ],
    |control, arguments| {
        let document = document(control, arguments)?;
        let record = |disk: Element| {
            let source = nvme(&document, disk).or_else(|| found(&document, disk, SOURCE));
            Record::new()
                .with("target", document.get(disk, "target/@dev"))
                .with("source", source)
                .with("type", document.get(disk, "@type"))
                .with("device", document.get(disk, "@device"))
                .with("readonly", document.child(disk, "readonly").is_some())
        };
        Ok(devices(&document, "disk").map(record).collect())
    },
);

/// Where an NVMe disk of the host is: its PCI address and namespace.
fn nvme(document: &Document, disk: Element) -> Option<String> {
    document.get(disk, "@type").filter(|kind| kind == "nvme")?;
    let part = |name: &str| {
        let text = document.get(disk, &format!("source/address/@{name}"))?;
        u32::from_str_radix(text.trim_start_matches("0x"), 16).ok()
    };
    let namespace = document.get(disk, "source/@namespace")?;
    Some(format!(
        "nvme://{:04x}:{:02x}:{:02x}.{}/{namespace}",
        part("domain")?,
        part("bus")?,
        part("slot")?,
        part("function")?
    ))
}

/// Where an interface's name, type, source, model and hardware address are.
const COLUMNS: [&[&str]; 5] = [
    &["target/@dev"],
    &["@type"],
    &["source/@bridge", "source/@dev", "source/@network", "source/@name"],
    &["model/@type"],
    &["mac/@address"],
];

pub(super) const INTERFACES: Answer = Answer::list(
    &[
        text("interface", "its name on the host; null while the domain does not run"),
        text("type", "kind of what it is connected to: network, bridge, user, direct, ..."),
        text("source", "name of what it is connected to"),
        text("model", "the network card that the guest sees"),
        text("mac", "its hardware address"),
    ],
    |control, arguments| {
        const NAMES: [&str; 5] = ["interface", "type", "source", "model", "mac"];
        let document = document(control, arguments)?;
        let record = |interface: Element| {
            let places = NAMES.into_iter().zip(COLUMNS);
            places.fold(Record::new(), |record, (name, places)| {
                record.with(name, found(&document, interface, places))
            })
        };
        Ok(devices(&document, "interface").map(record).collect())
    },
);

pub(super) fn interfaces(control: &mut Control, arguments: &Arguments) -> Outcome {
    let document = document(control, arguments)?;
    let mut table = Table::new(&["Interface", "Type", "Source", "Model", "MAC"]);
    for interface in devices(&document, "interface") {
        table.row(COLUMNS.map(|places| first(&document, interface, places)));
    }
    control.output.table(&table);
    Ok(())
}
