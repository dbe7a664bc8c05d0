//! The clone's definition: the original's, with what must be its own.
//!
//! Everything else stays byte for byte as it was.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use hypervisor::Connection;
use hypervisor::flags::{DomainFilter, DomainXml};

use super::card::Card;
use super::disks::{NewDisk, Place};
use super::request::Request;
use super::{Error, names};
use crate::defaults;
use crate::document::{self, Document, Element};
use crate::domain::{CHANNEL, CONSOLE, PARALLEL, SERIAL};
use crate::progress::Progress;

/// How often another random address is tried.
const TRIES: usize = 256;
/// Places that name the port of a screen on the host.
const PORTS: [&str; 3] = ["port", "tlsPort", "websocket"];

/// Names of the clone: guest, UUID, and what belongs to the latter.
pub(super) fn name(document: &mut Document, name: &str, uuid: &str) -> Result<(), document::Error> {
    let root = document.root();
    document.remove_attr(root, "id");
    let old = document.get(root, "uuid").map(|uuid| uuid.trim().to_ascii_lowercase());
    document.set(root, "name", name)?;
    document.set(root, "uuid", uuid)?;
    // A title is what people tell guests apart by.
    document.clear(root, "title")?;
    // Guests that were given one ask it whether they are a copy.
    if document.get(root, "genid").is_some_and(|id| !id.trim().is_empty()) {
        document.set(root, "genid", &uuid::Uuid::new_v4().to_string())?;
    }
    // libvirt refuses a guest whose firmware tells another UUID.
    let told = "sysinfo/system/entry[@name='uuid']";
    if old.is_some() && document.get(root, told).map(|uuid| uuid.trim().to_ascii_lowercase()) == old {
        document.set(root, told, uuid)?;
    }
    Ok(())
}

/// Hardware addresses of the network cards, and what else they have on the host.
pub(super) fn addresses(
    document: &mut Document,
    connection: &Connection,
    request: &Request,
    progress: &dyn Progress,
) -> Result<(), Error> {
    let cards = Card::all(document);
    for mac in request.macs.iter().filter(|mac| !is_random(mac)) {
        if !is_address(mac) {
            return Err(Error::Mac(mac.clone()));
        }
    }
    if request.macs.len() > cards.len() {
        progress.warn(&format!(
            "{} --mac too many: there are {} network cards",
            request.macs.len() - cards.len(),
            cards.len()
        ));
    }
    if cards.is_empty() {
        return Ok(());
    }
    let mut taken = in_use(connection)?;
    let is_qemu = defaults::Connection::from_uri(connection.uri()).driver == "qemu";
    for (number, card) in cards.into_iter().enumerate() {
        let mac = match request.macs.get(number).filter(|mac| !is_random(mac)) {
            Some(mac) => {
                if let Some(guest) =
                    taken.get(&mac.to_ascii_lowercase()).filter(|_| request.checks.mac_in_use)
                {
                    return Err(Error::MacTaken { mac: mac.clone(), guest: guest.clone() });
                }
                mac.clone()
            }
            None => (0..TRIES)
                .map(|_| defaults::random_address(is_qemu))
                .find(|mac| !taken.contains_key(mac))
                .unwrap_or_default(),
        };
        card.set_mac(document, &mac)?;
        taken.insert(mac.to_ascii_lowercase(), "the clone itself".to_owned());
    }
    Ok(())
}

fn is_random(mac: &str) -> bool {
    mac == "RANDOM"
}

/// Six bytes, and not one of the addresses that mean several cards.
fn is_address(text: &str) -> bool {
    let is_byte = |byte: &str| (1..=2).contains(&byte.len()) && byte.chars().all(|c| c.is_ascii_hexdigit());
    let first = text.split(':').next().and_then(|first| u8::from_str_radix(first, 16).ok());
    text.split(':').count() == 6 && text.split(':').all(is_byte) && first.is_some_and(|first| first & 1 == 0)
}

/// Addresses of all guests, in small letters, each with its guest.
fn in_use(connection: &Connection) -> Result<HashMap<String, String>, hypervisor::Error> {
    let mut found = HashMap::new();
    for domain in connection.domains(DomainFilter::NONE)? {
        // One that goes away meanwhile has none any more.
        let Ok(xml) = domain.xml(DomainXml::NONE) else { continue };
        let Ok(definition) = Document::parse(&xml) else { continue };
        for mac in Card::all(&definition).into_iter().filter_map(|card| card.mac(&definition)) {
            found.insert(mac.to_ascii_lowercase(), domain.name().to_owned());
        }
    }
    Ok(found)
}

/// All paths that the definitions of guests name, but for those of a guest that makes way for the clone.
pub(super) fn paths_of_guests(connection: &Connection, replaced: Option<&str>) -> HashSet<PathBuf> {
    let mut found = HashSet::new();
    for domain in connection.domains(DomainFilter::NONE).unwrap_or_default() {
        if replaced == Some(domain.name()) {
            continue;
        }
        // What a running guest has now, and what it will have at its next start.
        for view in [DomainXml::NONE, DomainXml::INACTIVE] {
            let Ok(xml) = domain.xml(view) else { continue };
            let Ok(definition) = Document::parse(&xml) else { continue };
            add_paths(&definition, definition.root(), &mut found);
        }
    }
    found
}

fn add_paths(definition: &Document, element: Element, found: &mut HashSet<PathBuf>) {
    let texts = definition.attrs(element).map(|(_, value)| value).chain([definition.text(element)]);
    found.extend(texts.filter(|text| text.starts_with('/')).map(|path| PathBuf::from(&*path)));
    for child in definition.children(element) {
        add_paths(definition, child, found);
    }
}

/// Screens get any free port. Returns whether one had a port of its own.
pub(super) fn screens(document: &mut Document) -> Result<bool, document::Error> {
    let Some(devices) = document.find(document.root(), "devices") else { return Ok(false) };
    let screens: Vec<Element> = document.children_named(devices, "graphics").collect();
    let mut changed = false;
    for screen in screens {
        let is_fixed = |document: &Document, place: &str| {
            document.attr(screen, place).is_some_and(|port| port.trim() != "-1" && port.trim() != "0")
        };
        let fixed: Vec<&str> = PORTS.into_iter().filter(|place| is_fixed(document, place)).collect();
        for place in &fixed {
            document.set_attr(screen, place, "-1")?;
        }
        if fixed.iter().any(|place| *place != "websocket") {
            document.remove_attr(screen, "autoport");
        }
        changed |= !fixed.is_empty();
    }
    Ok(changed)
}

/// Files and sockets of ports, consoles and channels: two guests cannot have the same. A channel's socket that is called
/// after the channel is for libvirt to choose anew.
pub(super) fn ports(
    document: &mut Document,
    original: &str,
    clone: &str,
    is_in_use: impl Fn(&Path) -> bool,
) -> Result<(), document::Error> {
    // The console shows the first serial port again, with the same file.
    let mut renamed: HashMap<String, String> = HashMap::new();
    let mut taken: HashSet<String> = HashSet::new();
    for table in [&SERIAL, &CONSOLE, &PARALLEL, &CHANNEL] {
        for port in table.elements(document) {
            let text = |place: &str| document.get(port, place).map(|text| text.into_owned());
            let kind = text("@type").unwrap_or_default();
            let path = text("source/@path").filter(|path| !path.is_empty());
            let channel = text("target/@name").unwrap_or_default();
            if table.option == "channel"
                && kind == "unix"
                && !channel.is_empty()
                && path.as_ref().is_some_and(|path| path.contains(&channel))
            {
                document.clear(port, "source/@path")?;
                continue;
            }
            let is_own =
                kind == "file" || (kind == "unix" && text("source/@mode").as_deref() == Some("bind"));
            let log = text("log/@file").filter(|path| !path.is_empty());
            let places = [("source/@path", path.filter(|_| is_own)), ("log/@file", log)];
            for (place, path) in places {
                let Some(path) = path.filter(|path| path != "/dev/null") else { continue };
                let new = renamed.entry(path.clone()).or_insert_with(|| {
                    let is_taken = |path: &Path| taken.contains(&*path.to_string_lossy()) || is_in_use(path);
                    let new = names::port(Path::new(&path), original, clone, is_taken);
                    new.to_string_lossy().into_owned()
                });
                taken.insert(new.clone());
                document.set(port, place, new)?;
            }
        }
    }
    Ok(())
}

/// Writes what a disk is stored in.
pub(super) fn disk(document: &mut Document, disk: &NewDisk) -> Result<(), document::Error> {
    let (kind, attribute, value) = match &disk.place {
        Place::File(path) => ("file", "file", path),
        Place::Device(path) => ("block", "dev", path),
        Place::Volume(name) => ("volume", "volume", name),
    };
    let element = disk.element;
    document.set_attr(element, "type", kind)?;
    let source = document.ensure(element, "source")?;
    for other in ["file", "dev", "dir", "name", "protocol", "pool", "volume", "mode"] {
        let is_kept = other == attribute || (kind == "volume" && ["pool", "mode"].contains(&other));
        if !is_kept {
            document.remove_attr(source, other);
        }
    }
    document.set_attr(source, attribute, value)?;
    if disk.linked {
        if document.get(element, "driver/@name").is_none() {
            document.set(element, "driver/@name", "qemu")?;
        }
        document.set(element, "driver/@type", "qcow2")?;
    }
    if disk.linked || disk.flat {
        document.clear_element(element, "backingStore")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_must_be_its_own_changes() {
        let xml = "<domain type='kvm' id='7'>\n  <name>web</name> <!-- mine -->\n  <uuid>AB</uuid>\n  \
                   <title>Web</title>\n  <description>d</description>\n  <genid>x</genid>\n  <sysinfo type='smbios'>\
                   <system><entry name='uuid'>ab</entry></system></sysinfo>\n  <x:y xmlns:x='u'/>\n</domain>\n";
        let mut document = Document::parse(xml).unwrap();
        name(&mut document, "new", "cd").unwrap();
        let genid = document.get(document.root(), "genid").unwrap().into_owned();
        assert_eq!(genid.len(), 36);
        let expected = xml
            .replace(" id='7'", "")
            .replace(">web<", ">new<")
            .replace(">AB<", ">cd<")
            .replace(">ab<", ">cd<")
            .replace("  <title>Web</title>\n", "")
            .replace("<genid>x<", &format!("<genid>{genid}<"));
        assert_eq!(document.to_string(), expected);
    }

    #[test]
    fn screens_with_a_port_get_any() {
        let mut document = Document::parse(
            "<domain><devices><graphics type='vnc' port='5901' autoport='no'/>\
             <graphics type='spice' port='-1' autoport='yes'/><graphics type='spice' port='-1' tlsPort='5903'/>\
             </devices></domain>",
        )
        .unwrap();
        assert!(screens(&mut document).unwrap());
        assert_eq!(
            document.to_string(),
            "<domain><devices><graphics type='vnc' port='-1'/>\
             <graphics type='spice' port='-1' autoport='yes'/><graphics type='spice' port='-1' tlsPort='-1'/>\
             </devices></domain>"
        );
        assert!(!screens(&mut document).unwrap());
    }

    #[test]
    fn no_two_guests_write_to_one_file() {
        let mut document = Document::parse(
            "<domain><devices><serial type='file'><source path='/log/web.log'/></serial>\
             <serial type='unix'><source mode='bind' path='/run/port'/></serial>\
             <serial type='unix'><source mode='connect' path='/run/server'/></serial>\
             <serial type='pty'><log file='/log/all'/></serial>\
             <console type='file'><source path='/log/web.log'/></console>\
             <channel type='unix'><source mode='bind' path='/run/web/agent.0'/><target name='agent.0'/></channel>\
             </devices></domain>",
        )
        .unwrap();
        ports(&mut document, "web", "new", |path| path == Path::new("/log/new.log")).unwrap();
        assert_eq!(
            document.to_string(),
            "<domain><devices><serial type='file'><source path='/log/new-1.log'/></serial>\
             <serial type='unix'><source mode='bind' path='/run/port-new'/></serial>\
             <serial type='unix'><source mode='connect' path='/run/server'/></serial>\
             <serial type='pty'><log file='/log/all-new'/></serial>\
             <console type='file'><source path='/log/new-1.log'/></console>\
             <channel type='unix'><source mode='bind'/><target name='agent.0'/></channel>\
             </devices></domain>"
        );
    }

    #[test]
    fn a_disk_keeps_all_but_its_place() {
        let written = |xml: &str, place: Place, linked: bool| {
            let mut document = Document::parse(xml).unwrap();
            let element = document.root();
            disk(&mut document, &NewDisk { element, place, linked, flat: false }).unwrap();
            document.to_string()
        };
        let label = "<seclabel relabel='no'/>";
        assert_eq!(
            written(
                &format!(
                    "<disk type='file'><source file='/a' startupPolicy='optional'>{label}</source></disk>"
                ),
                Place::File("/b".into()),
                false
            ),
            format!("<disk type='file'><source file='/b' startupPolicy='optional'>{label}</source></disk>")
        );
        assert_eq!(
            written(
                "<disk type='volume'><source pool='p' volume='a'/></disk>",
                Place::Device("/dev/b".into()),
                false
            ),
            "<disk type='block'><source dev='/dev/b'/></disk>"
        );
        assert_eq!(
            written(
                "<disk type='volume'><source pool='p' volume='a'/></disk>",
                Place::Volume("b".into()),
                false
            ),
            "<disk type='volume'><source pool='p' volume='b'/></disk>"
        );
        let linked = written(
            "<disk type='file'><driver name='qemu' type='raw'/><source file='/a'/><backingStore/></disk>",
            Place::File("/b.qcow2".into()),
            true,
        );
        assert_eq!(
            linked,
            "<disk type='file'><driver name='qemu' type='qcow2'/><source file='/b.qcow2'/></disk>"
        );
    }

    #[test]
    fn addresses_of_one_card_only_are_taken() {
        for mac in ["52:54:00:12:34:56", "2:0:0:0:0:a", "FE:00:00:00:00:01"] {
            assert!(is_address(mac), "{mac}");
        }
        for mac in
            ["zz", "", "52:54:00:12:34", "01:00:5e:00:00:01", "52:54:00:12:34:567", "+2:54:00:12:34:56"]
        {
            assert!(!is_address(mac), "{mac}");
        }
    }
}
