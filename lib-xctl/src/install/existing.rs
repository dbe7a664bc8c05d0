//! Whether a guest that is there is the one that a request asks for, so that asking twice changes nothing.
//!
//! The request is planned anew, with what the guest was given by chance (UUID, addresses, names of disks) taken over from
//! it. Then all that the plan says must be in the stored definition. libvirt adds much by itself (addresses,
//! controllers), so that what is there beside it counts only for devices that nobody but a person adds.

use hypervisor::flags::DomainXml;
use hypervisor::{Connection, Domain};

use super::plan::Plan;
use super::request::{Checks, Given, Request};
use super::{Cancel, Error};
use crate::document::{Document, Element};
use crate::domain::{self, DISK, Drive};
use crate::progress::Silent;
use crate::property::{Unit, parse_size, quoted};
use crate::storage;

/// Devices that are there because somebody wanted them.
pub(crate) const WANTED: [&str; 14] = [
    "disk",
    "interface",
    "hostdev",
    "graphics",
    "filesystem",
    "sound",
    "tpm",
    "channel",
    "redirdev",
    "rng",
    "smartcard",
    "shmem",
    "memory",
    "vsock",
];

/// Elements whose text is a size, in KiB unless a unit is named.
pub(crate) const SIZES: [&str; 3] = ["memory", "currentMemory", "maxMemory"];

/// Whether what is there is not to be shown: libvirt tells it only to who asks for it, or cannot know what it is.
fn is_secret(place: &str) -> bool {
    place.ends_with("/@passwd")
        || place.ends_with("/cookies/cookie")
        || place.starts_with("qemu:commandline/")
}

impl Request {
    /// The name that the guest shall have: `--metadata name=` is the later word.
    #[must_use]
    pub fn wanted_name(&self) -> Option<String> {
        said(self, "metadata", "name").or_else(|| self.name.clone())
    }
}

/// Looks for the guest that the request names; none if there is none, or it names none.
///
/// # Errors
/// The connection's.
pub fn existing(connection: &Connection, request: &Request) -> Result<Option<Domain>, Error> {
    let Some(name) = request.wanted_name() else { return Ok(None) };
    match connection.domain_by_name(&name) {
        Ok(domain) => Ok(Some(domain)),
        Err(error) if error.code.is_missing() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What of a guest is not as the request says, a line each: `vcpu: 2, not 4`. The media are read for that.
///
/// # Errors
/// The request lacks something or cannot work, as for [`Plan::new`].
pub fn differences(
    connection: &Connection,
    request: &Request,
    domain: &Domain,
    cancel: &Cancel,
) -> Result<Vec<String>, Error> {
    let stored = Document::parse(&domain.xml(DomainXml::INACTIVE | DomainXml::SECURE)?)?;
    let mut again = request.clone();
    let sizes;
    (again.options, sizes) = with_disks_of(&request.options, &stored);
    again.cloud_init = None;
    again.unattended = None;
    again.dry_run = true;
    // Those of its own disks and addresses are taken by the guest itself.
    again.checks = Checks::all(false);
    let plan = Plan::made(connection, &again, &Silent, cancel, true)?;
    let mut wanted = Document::parse(&plan.lasting)?;
    take_over(&mut wanted, &stored, request)?;
    let mut differences = compare(&wanted, &stored);
    if request.autostart && !domain.autostart()? {
        differences.push("autostart: no, not yes".to_owned());
    }
    match (request.transient, domain.is_persistent()?) {
        (true, true) => differences.push("transient: no, not yes".to_owned()),
        (false, false) => differences.push("transient: yes, not no".to_owned()),
        _ => {}
    }
    for DiskSize { target, bytes, is_file } in sizes {
        // What libvirt cannot look at is not known to be another one.
        let Ok(info) = domain.block_info(&target) else { continue };
        let there = info.capacity.0;
        // libvirt rounds files up to KiB, and other volumes as the storage wants it.
        if there < bytes || (is_file && there.div_ceil(1024) > bytes.div_ceil(1024)) {
            differences.push(format!("size of disk {target}: {there} bytes, not {bytes}"));
        }
    }
    Ok(differences)
}

/// What the last of these options says of a suboption.
fn said(request: &Request, option: &str, name: &str) -> Option<String> {
    let texts = request.options.iter().rev().filter(|given| given.option == option);
    let mut options = texts.filter_map(|given| domain::table(option)?.parse(&given.text).ok());
    options.find_map(|options| options.get(name).map(str::to_owned))
}

/// The size that is asked for one of the guest's disks.
#[derive(Debug)]
struct DiskSize {
    target: String,
    bytes: u64,
    is_file: bool,
}

/// The options with the names of the guest's disks where new names would be chosen, and the sizes that they say.
fn with_disks_of(options: &[Given], stored: &Document) -> (Vec<Given>, Vec<DiskSize>) {
    let mut sizes = Vec::new();
    let mut disks = domain::Disk::all(stored).filter(|disk| disk.device() == Drive::Disk);
    let mut named = |given: &Given| -> Option<Given> {
        let mut options = DISK.parse(&given.text).ok().filter(|options| !options.is_none())?;
        if options.get("device").is_some_and(|device| device != "disk") {
            return None;
        }
        let disk = disks.next()?.element();
        let text = |place: &str| stored.get(disk, place).map(|text| text.into_owned());
        let bytes = options.get("size").and_then(|size| storage::parse_size(size).ok());
        if let (Some(target), Some(bytes)) = (text("target/@dev"), bytes) {
            sizes.push(DiskSize { target, bytes, is_file: text("source/@file").is_some() });
        }
        let is_named = ["path", "vol"].iter().any(|name| options.has(name));
        if is_named || !(options.has("size") || options.has("pool")) {
            return None;
        }
        match (text("source/@pool"), text("source/@volume")) {
            (Some(pool), Some(volume)) => options.set("vol", &format!("{pool}/{volume}")),
            _ => options.set("path", &text("source/@file").or_else(|| text("source/@dev"))?),
        }
        options.remove("pool");
        let pairs =
            options.iter().map(|(name, value)| format!("{name}={}", quoted(value.unwrap_or_default())));
        Some(Given::new("disk", pairs.collect::<Vec<_>>().join(",")))
    };
    let is_disk = |given: &Given| given.option == "disk";
    let named = options
        .iter()
        .map(|given| is_disk(given).then(|| named(given)).flatten().unwrap_or(given.clone()))
        .collect();
    (named, sizes)
}

/// Gives the new definition what the guest was given by chance.
fn take_over(wanted: &mut Document, stored: &Document, request: &Request) -> Result<(), Error> {
    let root = wanted.root();
    for (place, name) in [("uuid", "uuid"), ("genid", "genid")] {
        if wanted.find(root, place).is_some() && said(request, "metadata", name).is_none() {
            match stored.get(stored.root(), place) {
                Some(value) => drop(wanted.set(root, place, &value)?),
                None => drop(wanted.clear_element(root, place)?),
            }
        }
    }
    let cards = domain::Nic::all(wanted).map(|nic| nic.element()).collect::<Vec<_>>();
    let mut texts = request.options.iter().filter(|given| given.option == "network");
    for (card, own) in cards.into_iter().zip(domain::Nic::all(stored)) {
        let options = texts.next().and_then(|given| domain::NETWORK.parse(&given.text).ok());
        let is_said = options.is_some_and(|options| options.get("mac").is_some_and(|mac| mac != "RANDOM"));
        if let Some(mac) = own.mac().filter(|_| !is_said) {
            wanted.set(card, "mac/@address", &mac)?;
        }
    }
    Ok(())
}

/// What the stored definition lacks of the wanted one, and which devices it has beyond.
fn compare(wanted: &Document, stored: &Document) -> Vec<String> {
    Comparison { wanted, stored }.of("", wanted.root(), stored.root())
}

/// A wanted definition beside a stored one.
pub(crate) struct Comparison<'a> {
    pub(crate) wanted: &'a Document,
    pub(crate) stored: &'a Document,
}

impl Comparison<'_> {
    /// What `other`, of the stored definition, lacks of `one`.
    pub(crate) fn of(&self, place: &str, one: Element, other: Element) -> Vec<String> {
        let mut differences = Vec::new();
        let mut differ = |place: String, wanted: &str, stored: Option<&str>| {
            differences.push(match stored {
                Some(_) if is_secret(&place) => format!("{place}: another one"),
                None if is_secret(&place) => format!("{place}: not there"),
                Some(stored) => format!("{place}: {stored}, not {wanted}"),
                None => format!("{place}: not there, instead of {wanted}"),
            });
        };
        let is_size = SIZES.contains(&place);
        let is_cell = place == "cpu/numa/cell";
        for (name, value) in self.wanted.attrs(one) {
            if name.starts_with("xmlns") || ((is_size || is_cell) && name == "unit") {
                continue;
            }
            let place = format!("{place}/@{name}");
            let stored = self.stored.attr(other, name);
            let is_same_size = || {
                let stored = stored.as_deref().and_then(|stored| in_bytes(self.stored, other, stored));
                stored.is_some() && stored == in_bytes(self.wanted, one, &value)
            };
            if is_cell && name == "memory" && is_same_size() {
                continue;
            }
            if !is_same(&place, &value, stored.as_deref()) {
                differ(place, &value, stored.as_deref());
            }
        }
        let (text, stored) = (self.wanted.text(one), self.stored.text(other));
        let (text, stored) = (text.trim(), stored.trim());
        if is_size {
            if in_bytes(self.wanted, one, text) != in_bytes(self.stored, other, stored) {
                differ(place.to_owned(), &format!("{text} KiB"), Some(&format!("{stored} KiB")));
            }
        } else if !text.is_empty() && !is_same_identity(place, text, stored) {
            differ(place.to_owned(), text, Some(stored).filter(|stored| !stored.is_empty()));
        }
        let mut taken: Vec<Element> = Vec::new();
        for child in self.wanted.children(one) {
            let name = self.wanted.name(child);
            let place = if place.is_empty() { name.to_owned() } else { format!("{place}/{name}") };
            // The one that is most like it is the one that is meant.
            let free = self.stored.children_named(other, name).filter(|element| !taken.contains(element));
            let most_alike = free
                .map(|element| (self.of(&place, child, element), element))
                .min_by_key(|(lacks, _)| lacks.len());
            match most_alike {
                Some((lacks, element)) => {
                    taken.push(element);
                    differences.extend(lacks);
                }
                None if is_implied(self.wanted, &place, child) => {}
                None => differences.push(format!("{place}: not there")),
            }
        }
        if place == "devices" {
            differences.extend(self.beyond(other, &taken));
        }
        differences
    }

    /// Devices that nothing asks for.
    fn beyond(&self, devices: Element, taken: &[Element]) -> Vec<String> {
        // An empty drive had the image that went along with the first boot.
        let is_empty_drive = |device: Element| {
            let is_cdrom = self.stored.attr(device, "device").is_some_and(|device| device == "cdrom");
            is_cdrom && self.stored.child(device, "source").is_none()
        };
        let left = self.stored.children(devices).filter(|device| !taken.contains(device));
        let left =
            left.filter(|&device| WANTED.contains(&self.stored.name(device)) && !is_empty_drive(device));
        let mut shown = self.stored.clone();
        let line = |device: Element| {
            shown.remove_attr(device, "passwd");
            // The place is one, so that nothing fails.
            let _ = shown.clear_element(device, "source/cookies");
            let xml = shown.element_to_string(device);
            let xml = xml.split_whitespace().collect::<Vec<_>>().join(" ");
            format!("devices/{}: one more than asked for: {xml}", self.stored.name(device))
        };
        left.map(line).collect()
    }
}

/// What a number in an element stands for, which counts in KiB unless it names a unit.
pub(crate) fn in_bytes(document: &Document, element: Element, number: &str) -> Option<u64> {
    let unit = document.attr(element, "unit").unwrap_or("KiB".into());
    parse_size(&format!("{number}{unit}"), Unit::KiB)
}

/// Whether libvirt keeps an attribute so, maybe in other words.
pub(crate) fn is_same(place: &str, wanted: &str, stored: Option<&str>) -> bool {
    match (place, stored) {
        _ if stored == Some(wanted) => true,
        (_, Some(stored)) if is_same_identity(place, wanted, stored) => true,
        // A machine's short name stands for its newest version.
        ("os/type/@machine", Some(stored)) => {
            let family = if wanted == "pc" { "i440fx" } else { wanted };
            stored.starts_with(&format!("{family}-")) || stored.contains(&format!("-{family}-"))
        }
        // `0x00` is `0`; what is no number on both sides is none.
        (_, Some(stored)) if number(wanted).is_some() && number(wanted) == number(stored) => true,
        // Any port is no port in particular.
        (_, None) => place.starts_with("devices/graphics/") && wanted == "-1",
        _ => false,
    }
}

/// Whether two texts are the same, in places of UUIDs and hardware addresses in whichever way they are spelt.
pub(crate) fn is_same_identity(place: &str, wanted: &str, stored: &str) -> bool {
    let plain = |text: &str| text.replace('-', "").to_ascii_lowercase();
    let is_spelt_freely = ["uuid", "genid"].contains(&place) || place.ends_with("/mac/@address");
    wanted == stored || (is_spelt_freely && plain(wanted) == plain(stored))
}

/// Elements that libvirt leaves out, as it means the same without them.
pub(crate) fn is_implied(document: &Document, place: &str, element: Element) -> bool {
    // Where QEMU listens for a channel, libvirt decides when the guest starts.
    place == "devices/channel/source"
        && document.attrs(element).all(|attribute| attribute == ("mode", "bind".into()))
}

/// A number, however it is written.
fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differences(wanted: &str, stored: &str) -> Vec<String> {
        let document = |text: &str| Document::parse(&format!("<domain>{text}</domain>")).unwrap();
        compare(&document(wanted), &document(stored))
    }

    #[test]
    fn what_libvirt_adds_is_no_difference() {
        let wanted = "<memory>1048576</memory><vcpu>2</vcpu><os><type machine='q35'>hvm</type></os>\
                      <devices><disk><source file='/a'/></disk><disk><source file='/b'/></disk></devices>";
        let stored = "<memory unit='GiB'>1</memory><vcpu placement='static'>2</vcpu>\
                      <os><type machine='pc-q35-10.0'>hvm</type></os>\
                      <devices><disk><source file='/b'/></disk><disk><source file='/a' index='1'/><alias/></disk>\
                      <controller type='usb'/></devices>";
        assert_eq!(differences(wanted, stored), [""; 0]);
    }

    #[test]
    fn secrets_that_differ_are_not_shown() {
        let command = |argument: &str| {
            let namespace = "http://libvirt.org/schemas/domain/qemu/1.0";
            format!(
                "<qemu:commandline xmlns:qemu='{namespace}'><qemu:arg value='{argument}'/></qemu:commandline>"
            )
        };
        let wanted = "<devices><graphics type='vnc' passwd='new'/></devices>";
        let stored = "<devices><graphics type='vnc' passwd='old'/><graphics type='spice' passwd='old'/>\
                      <disk><source name='a'><cookies><cookie name='k'>old</cookie></cookies></source></disk>\
                      </devices>";
        assert_eq!(
            differences(&format!("{wanted}{}", command("new")), &format!("{stored}{}", command("old"))),
            [
                "devices/graphics/@passwd: another one",
                "devices/graphics: one more than asked for: <graphics type='spice'/>",
                "devices/disk: one more than asked for: <disk><source name='a'/></disk>",
                "qemu:commandline/qemu:arg/@value: another one",
            ]
        );
    }

    #[test]
    fn an_identity_is_the_same_however_it_is_spelt() {
        let wanted = "<uuid>AAAAAAAABBBB4CCC8DDDEEEEEEEEEEEE</uuid>\
                      <devices><interface><mac address='52:54:00:AA:BB:CC'/></interface></devices>";
        let stored = "<uuid>aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee</uuid>\
                      <devices><interface><mac address='52:54:00:aa:bb:cc'/></interface></devices>";
        assert_eq!(differences(wanted, stored), [""; 0]);
        assert_eq!(differences("<title>A</title>", "<title>a</title>"), ["title: a, not A"]);
    }

    #[test]
    fn what_is_lacking_and_what_is_more_is_named() {
        let wanted = "<vcpu>4</vcpu><os><type machine='q35'>hvm</type></os><devices>\
                      <disk><target dev='vda'/><driver cache='none'/></disk><interface type='user'/></devices>";
        let stored = "<vcpu>2</vcpu><os><type machine='pc-i440fx-9.0'>hvm</type></os><devices>\
                      <disk><target dev='vda'/><driver type='raw'/></disk><sound model='ich9'/></devices>";
        assert_eq!(
            differences(wanted, stored),
            [
                "vcpu: 2, not 4",
                "os/type/@machine: pc-i440fx-9.0, not q35",
                "devices/disk/driver/@cache: not there, instead of none",
                "devices/interface: not there",
                "devices/sound: one more than asked for: <sound model='ich9'/>",
            ]
        );
    }
}
