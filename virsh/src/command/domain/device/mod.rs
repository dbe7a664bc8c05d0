//! Attaching devices to domains, taking them away and changing them.

pub(super) mod address;
pub(super) mod detach;
pub(super) mod disk;
pub(super) mod interface;
pub(in crate::command) mod link;
pub(super) mod media;
pub(super) mod memory;

use hypervisor::flags::{Affect, DomainXml};
use hypervisor::{Domain, Error};
use xctl::document::{Document, Element};

use super::affect::{self, CONFIG, CURRENT, LIVE, PERSISTENT};
use super::{By, find};
use crate::command::option::{domain, file, flag, text};
use crate::command::{Arguments, Command, Opt, Values};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};

pub(in crate::command) const PRINT_XML: Opt =
    flag("print-xml", "print the XML instead of giving it to libvirt");

pub(super) const ATTACH: Command = Command::new(
    "attach-device",
    "add a device that a file describes",
    "Adds the device in a file with XML to a domain.",
    &[domain(Values::Domain), file("file with the device's XML"), PERSISTENT, CONFIG, LIVE, CURRENT],
    |control, arguments| {
        from_file(control, arguments, ["attach", "attached"], Affect::NONE, Domain::attach_device)
    },
)
.acts();

pub(super) const DETACH: Command = Command::new(
    "detach-device",
    "take away a device that a file describes",
    "Takes the device in a file with XML away from a domain.",
    &[domain(Values::Domain), file("file with the device's XML"), PERSISTENT, CONFIG, LIVE, CURRENT],
    |control, arguments| {
        from_file(control, arguments, ["detach", "detached"], Affect::NONE, Domain::detach_device)
    },
)
.acts();

pub(super) const UPDATE: Command = Command::new(
    "update-device",
    "change a device as a file describes it",
    "Changes a device of a domain to what a file with XML says.",
    &[
        domain(Values::Domain),
        file("file with the device's XML"),
        PERSISTENT,
        CONFIG,
        LIVE,
        CURRENT,
        flag("force", "change it even if the guest holds it"),
    ],
    |control, arguments| {
        let force = Affect(arguments.flags(&[("force", Affect::FORCE.0)]));
        from_file(control, arguments, ["update", "updated"], force, Domain::update_device)
    },
)
.acts();

pub(super) const DETACH_ALIAS: Command = Command::new(
    "detach-device-alias",
    "take away the device of an alias",
    "Takes the device that goes by an alias away from a domain.",
    &[
        domain(Values::Domain),
        text("alias", "the device's alias").required().values(Values::Alias),
        CONFIG,
        LIVE,
        CURRENT,
    ],
    detach_alias,
)
.acts();

/// Has libvirt do something with the device that a file describes.
fn from_file(
    control: &mut Control,
    arguments: &Arguments,
    [verb, done]: [&str; 2],
    more: Affect,
    act: impl FnOnce(&Domain, &str, Affect) -> Result<(), Error>,
) -> Outcome {
    let affect = affect::lasting(arguments)?;
    let domain = find(control, arguments, By::ANY)?;
    let path = arguments.required("file")?;
    let affect = affect(&domain) | more;
    let xml = crate::command::file::read(path)?;
    act(&domain, &xml, affect).attempted(|| format!("Failed to {verb} device from {path}"))?;
    control.output.remark(format_args!("Device {done} successfully"));
    Ok(())
}

fn detach_alias(control: &mut Control, arguments: &Arguments) -> Outcome {
    let affect = affect::affect(arguments)?;
    let domain = find(control, arguments, By::ANY)?;
    let alias = arguments.required("alias")?;
    domain.detach_alias(alias, affect).attempted(|| format!("Failed to detach device with alias {alias}"))?;
    control.output.remark("Device detach request sent successfully");
    Ok(())
}

/// A domain's XML, of its next start if that is what is changed.
pub(in crate::command) fn document(domain: &Domain, inactive: bool) -> Result<Document, Failure> {
    let flags = if inactive { DomainXml::INACTIVE } else { DomainXml::NONE };
    Document::parse(&domain.xml(flags)?).map_err(|error| Failure::said(error.to_string()))
}

/// The devices of one kind.
pub(in crate::command) fn devices<'d>(
    document: &'d Document,
    kind: &'d str,
) -> impl Iterator<Item = Element> + 'd {
    let devices = document.child(document.root(), "devices");
    devices.into_iter().flat_map(move |devices| document.children_named(devices, kind))
}

/// Whether a place of a device holds this.
pub(super) fn holds(document: &Document, device: Element, place: &str, value: &str) -> bool {
    document.get(device, place).is_some_and(|found| found == value)
}

/// The places where a disk says what is in it.
const SOURCES: [&str; 4] = ["source/@file", "source/@dev", "source/@dir", "source/@name"];

/// The disk of that target or source, if `fits` it.
fn named_disk(document: &Document, name: &str, fits: impl Fn(Element) -> bool) -> Result<Element, Failure> {
    devices(document, "disk")
        .filter(|disk| fits(*disk))
        .find(|disk| {
            holds(document, *disk, "target/@dev", name)
                || SOURCES.iter().any(|place| holds(document, *disk, place, name))
        })
        .ok_or_else(|| Failure::said(format!("No disk found whose source path or target is {name}")))
}
