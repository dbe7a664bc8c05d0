//! A domain's disks and network interfaces.

use xctl::document::{Document, Element};

use crate::command::Arguments;
use crate::command::domain::device::{self, devices};
use crate::command::domain::{By, find};
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::output::Table;

/// The domain's XML as `--inactive` asks for it.
fn document(control: &mut Control, arguments: &Arguments) -> Result<Document, Failure> {
    device::document(&find(control, arguments, By::ANY)?, arguments.has("inactive"))
}

/// What the first of these places that there is holds, `-` if none is there.
fn first(document: &Document, device: Element, places: &[&str]) -> String {
    let found = places.iter().find_map(|place| document.get(device, place));
    found.map_or_else(|| "-".to_owned(), |value| value.into_owned())
}

pub(super) fn disks(control: &mut Control, arguments: &Arguments) -> Outcome {
    const SOURCE: &[&str] = &["source/@file", "source/@dev", "source/@dir", "source/@name", "source/@volume"];
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

pub(super) fn interfaces(control: &mut Control, arguments: &Arguments) -> Outcome {
    const COLUMNS: [&[&str]; 5] = [
        &["target/@dev"],
        &["@type"],
        &["source/@bridge", "source/@dev", "source/@network", "source/@name"],
        &["model/@type"],
        &["mac/@address"],
    ];
    let document = document(control, arguments)?;
    let mut table = Table::new(&["Interface", "Type", "Source", "Model", "MAC"]);
    for interface in devices(&document, "interface") {
        table.row(COLUMNS.map(|places| first(&document, interface, places)));
    }
    control.output.table(&table);
    Ok(())
}
