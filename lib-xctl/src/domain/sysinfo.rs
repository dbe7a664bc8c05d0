//! What the guest reads about the machine it believes it is on.

use crate::document::{self, Document, Element};
use crate::property::{Error, Options, Property, Special, TABLE, Table, rows};

/// `--sysinfo`.
pub static SYSINFO: Table = Table {
    option: "sysinfo",
    element: "sysinfo",
    first: &["type"],
    none: true,
    shorthand: Some(smbios),
    rows: &[ROWS],
    help: "SMBIOS information that the guest reads",
    ..TABLE
};

const TYPE: Special = Special { get: kind, set: set_kind };

const ROWS: &[Property] = rows! {
    "type": Enum(&["smbios", "fwcfg", "host", "emulate"]), commas => via TYPE, "How it is handed over; host copies the host's, emulate is the hypervisor's own";
    "bios.vendor": Text => "sysinfo/bios/entry[@name='vendor']", "Vendor of the BIOS";
    "bios.version": Text => "sysinfo/bios/entry[@name='version']", "Version of the BIOS";
    "bios.date": Text => "sysinfo/bios/entry[@name='date']", "Date of the BIOS";
    "bios.release": Text => "sysinfo/bios/entry[@name='release']", "Release of the BIOS";
    "system.manufacturer": Text => "sysinfo/system/entry[@name='manufacturer']", "Manufacturer of the machine";
    "system.product": Text => "sysinfo/system/entry[@name='product']", "Product name of the machine";
    "system.version": Text => "sysinfo/system/entry[@name='version']", "Version of the machine";
    "system.serial": Text => "sysinfo/system/entry[@name='serial']", "Serial number of the machine";
    "system.uuid": Text => "sysinfo/system/entry[@name='uuid']", "UUID of the machine";
    "system.sku": Text => "sysinfo/system/entry[@name='sku']", "SKU of the machine";
    "system.family": Text => "sysinfo/system/entry[@name='family']", "Family of the machine";
    "baseBoard.manufacturer": Text => "sysinfo/baseBoard/entry[@name='manufacturer']", "Manufacturer of the board";
    "baseBoard.product": Text => "sysinfo/baseBoard/entry[@name='product']", "Product name of the board";
    "baseBoard.version": Text => "sysinfo/baseBoard/entry[@name='version']", "Version of the board";
    "baseBoard.serial": Text => "sysinfo/baseBoard/entry[@name='serial']", "Serial number of the board";
    "baseBoard.asset": Text => "sysinfo/baseBoard/entry[@name='asset']", "Asset tag of the board";
    "baseBoard.location": Text => "sysinfo/baseBoard/entry[@name='location']", "Place of the board in its case";
    "chassis.manufacturer": Text => "sysinfo/chassis/entry[@name='manufacturer']", "Manufacturer of the case";
    "chassis.version": Text => "sysinfo/chassis/entry[@name='version']", "Version of the case";
    "chassis.serial": Text => "sysinfo/chassis/entry[@name='serial']", "Serial number of the case";
    "chassis.asset": Text => "sysinfo/chassis/entry[@name='asset']", "Asset tag of the case";
    "chassis.sku": Text => "sysinfo/chassis/entry[@name='sku']", "SKU of the case";
    "oemStrings.entry#": Text, commas => "sysinfo/oemStrings/entry[#]", "A string of the manufacturer's";
    "entry#": Text, commas => "sysinfo/entry[#]", "Value of a firmware setting, with type=fwcfg";
    "entry#.name": Text, commas => "sysinfo/entry[#]/@name", "Name of that setting";
    "entry#.file": Path, commas => "sysinfo/entry[#]/@file", "File on the host that holds its value";
};

/// What is said without a type is for SMBIOS.
fn smbios(options: &mut Options) -> Result<(), Error> {
    if !options.is_empty() && !options.has("type") {
        options.set("type", "smbios");
    }
    Ok(())
}

fn kind(document: &Document, root: Element, _: &[usize]) -> Option<String> {
    let mode = || document.get(root, "os/smbios/@mode").filter(|mode| mode != "sysinfo");
    document.get(root, "sysinfo/@type").or_else(mode).map(|k| k.into_owned())
}

fn set_kind(document: &mut Document, root: Element, _: &[usize], value: &str) -> Result<(), document::Error> {
    let mode = match value {
        "host" | "emulate" => Some(value),
        "smbios" => Some("sysinfo"),
        _ => None,
    };
    match mode {
        Some(mode) => document.set(root, "os/smbios/@mode", mode).map(|_| ())?,
        None => document.clear(root, "os/smbios/@mode").map(|_| ())?,
    }
    match value {
        "host" | "emulate" | "" => document.clear(root, "sysinfo/@type").map(|_| ()),
        kind => document.set(root, "sysinfo/@type", kind).map(|_| ()),
    }
}
