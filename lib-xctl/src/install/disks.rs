//! `--disk` in a definition: what the options say, and what was found or planned to store it in.

use std::path::Path;

use hypervisor::Connection;

use super::Error;
use super::request::{Checks, Request};
use crate::defaults;
use crate::document::{self, Document, Element};
use crate::domain::{self, DISK};
use crate::property::Options;
use crate::storage::{self, Creation, Disk, Finder, Source, Wanted};

/// The type of a disk whose source is spelt out in XML's own words, by the row that says what it is.
const SOURCES: &[(&str, &str)] = &[
    ("source.pool", "volume"),
    ("source.volume", "volume"),
    ("source.dev", "block"),
    ("source.dir", "dir"),
    ("source.protocol", "network"),
];

/// The disks of a guest.
#[derive(Debug, Default)]
pub(crate) struct Disks {
    /// Those that have to be created.
    pub(crate) creations: Vec<Creation>,
    /// The drive that was added for the installation medium.
    pub(super) medium: Option<Element>,
    /// The drive of the image that goes along with the first boot.
    pub(super) image: Option<Element>,
}

/// Adds all disks to the definition, the installation medium last.
pub(crate) fn add(
    domain: &mut Document,
    connection: &Connection,
    request: &Request,
    texts: &[String],
    medium: Option<&str>,
) -> Result<Disks, Error> {
    let name = domain.get(domain.root(), "name").unwrap_or_default().into_owned();
    let mut finder = Finder::new(connection, &name, request.checks)
        .map_err(|reason| Error::Disk { text: String::new(), reason })?;
    let mut disks = Disks::default();
    for text in texts {
        let options = DISK.parse(text)?;
        if options.is_none() {
            continue;
        }
        let element = DISK.add(domain, &without_source(&options))?;
        disks.find(domain, element, &mut finder, connection, &options, text)?;
    }
    if let Some(path) = medium {
        let mut options = DISK.parse("type=file,device=cdrom,readonly=on")?;
        let element = DISK.add(domain, &options)?;
        options.set("path", path);
        let medium = |reason| Error::Medium { path: path.to_owned(), reason };
        disks.find(domain, element, &mut finder, connection, &options, path).map_err(
            |error| match error {
                // A medium is not created, whatever its size.
                Error::Disk { reason: storage::Error::NoSize { .. }, .. } => {
                    medium(storage::Error::Request("it does not exist".into()))
                }
                Error::Disk { reason, .. } => medium(reason),
                other => other,
            },
        )?;
        disks.medium = Some(element);
        put_before_other_drives(domain, element);
    }
    Ok(disks)
}

/// Finds or plans what a disk that is there already shall be stored in; none if the options leave nothing to find.
pub(crate) fn find_again(
    domain: &Document,
    connection: &Connection,
    checks: Checks,
    element: Element,
    options: &Options,
) -> Result<Option<Disk>, storage::Error> {
    if !is_looked_up(options) {
        return Ok(None);
    }
    let name = domain.get(domain.root(), "name").unwrap_or_default().into_owned();
    Finder::new(connection, &name, checks)?.find(&wanted(domain, element, options)).map(Some)
}

fn is_looked_up(options: &Options) -> bool {
    let kinds = ["file", "block", "volume", "network"];
    options.get("type").is_none_or(|kind| kinds.contains(&kind)) && !is_spelt_out(options)
}

/// A source that the options spell out in XML's own words is the user's business.
fn is_spelt_out(options: &Options) -> bool {
    let is_named = ["path", "vol", "pool", "size"].iter().any(|name| options.has(name));
    !is_named && options.iter().any(|(name, _)| name.starts_with("source."))
}

/// Puts a medium into a drive that is there.
pub(super) fn insert(
    domain: &mut Document,
    drive: Element,
    connection: &Connection,
    request: &Request,
    path: &str,
) -> Result<(), Error> {
    eject(domain, drive)?;
    let medium = |reason| Error::Medium { path: path.to_owned(), reason };
    let name = domain.get(domain.root(), "name").unwrap_or_default().into_owned();
    let mut finder = Finder::new(connection, &name, request.checks).map_err(medium)?;
    let wanted = Wanted { path: Some(path.to_owned()), removable: true, ..Wanted::default() };
    let disk = finder.find(&wanted).map_err(|reason| match reason {
        storage::Error::NoSize { .. } => medium(storage::Error::Request("it does not exist".into())),
        reason => medium(reason),
    })?;
    Ok(write(domain, drive, &disk, connection)?)
}

impl Disks {
    fn find(
        &mut self,
        document: &mut Document,
        element: Element,
        finder: &mut Finder<'_>,
        connection: &Connection,
        options: &Options,
        text: &str,
    ) -> Result<(), Error> {
        if let Some(path) = options.get("path").filter(|path| domain::is_network_disk(path)) {
            return Ok(DISK.set(document, element, "path", path)?);
        }
        if !is_looked_up(options) {
            if let Some(path) = options.get("path").filter(|_| !is_spelt_out(options)) {
                DISK.set(document, element, "path", path)?;
            }
            return Ok(());
        }
        let disk = finder
            .find(&wanted(document, element, options))
            .map_err(|reason| Error::Disk { text: text.to_owned(), reason })?;
        write(document, element, &disk, connection)?;
        self.creations.extend(disk.creation);
        Ok(())
    }
}

/// Adds a drive with the image that goes along with the first boot, and will be made for it, as the last disk.
pub(super) fn add_image(
    domain: &mut Document,
    connection: &Connection,
    path: &Path,
) -> Result<Element, Error> {
    let element = DISK.add(domain, &DISK.parse("type=file,device=cdrom,readonly=on")?)?;
    let disk = Disk { source: Source::File(path.to_owned()), format: Some("raw".to_owned()), creation: None };
    write(domain, element, &disk, connection)?;
    Ok(element)
}

/// The options without the path, whose place in the XML depends on what is there, and so does the type.
fn without_source(options: &Options) -> Options {
    let mut options = options.clone();
    options.remove("path");
    if !options.has("type") {
        let named = |row: &str| options.get(row).is_some_and(|text| !text.is_empty());
        let kind = SOURCES.iter().find(|(row, _)| named(row)).map_or("file", |(_, kind)| kind);
        options.set("type", kind);
    }
    options
}

fn wanted(domain: &Document, element: Element, options: &Options) -> Wanted {
    let text = |name: &str| options.get(name).filter(|text| !text.is_empty()).map(str::to_owned);
    let device = domain.attr(element, "device").unwrap_or_default();
    let removable = device == "cdrom" || device == "floppy";
    Wanted {
        path: text("path"),
        volume: text("vol"),
        pool: text("pool"),
        size: text("size"),
        format: text("format").or_else(|| text("driver.type")),
        sparse: options.is_on("sparse"),
        backing_store: text("backing_store"),
        backing_format: text("backing_format"),
        removable,
        sharing: domain.child(element, "shareable").is_some() || domain.child(element, "readonly").is_some(),
    }
}

/// Writes what a disk is stored in.
pub(crate) fn write(
    domain: &mut Document,
    element: Element,
    disk: &Disk,
    connection: &Connection,
) -> Result<(), document::Error> {
    if domain.attr(element, "device").is_none() {
        domain.set_attr(element, "device", "disk")?;
    }
    let kind = match &disk.source {
        Source::Empty | Source::File(_) => "file",
        Source::Block(_) => "block",
        Source::Volume { .. } => "volume",
        Source::Network(_) => "network",
    };
    domain.set_attr(element, "type", kind)?;
    match &disk.source {
        Source::Empty => {}
        Source::File(path) => drop(domain.set(element, "source/@file", &path.to_string_lossy())?),
        Source::Block(path) => drop(domain.set(element, "source/@dev", &path.to_string_lossy())?),
        Source::Volume { pool, name } => {
            domain.set(element, "source/@volume", name)?;
            domain.set(element, "source/@pool", pool)?;
        }
        Source::Network(url) => domain::set_disk_path(domain, element, &[], url.as_str())?,
    }
    let is_qemu = defaults::Connection::from_uri(connection.uri()).driver == "qemu";
    if let Some(format) = disk.format.as_deref().filter(|_| is_qemu && disk.source != Source::Empty) {
        for (place, value) in [("driver/@name", "qemu"), ("driver/@type", format)] {
            if domain.get(element, place).is_none() {
                domain.set(element, place, value)?;
            }
        }
    }
    Ok(())
}

/// A firmware boots the first drive that it finds.
fn put_before_other_drives(domain: &mut Document, medium: Element) {
    let Some(devices) = domain.parent(medium) else { return };
    let is_drive =
        |domain: &Document, disk: Element| domain.attr(disk, "device").is_some_and(|d| d == "cdrom");
    let later: Vec<Element> = domain
        .children_named(devices, "disk")
        .filter(|&disk| disk != medium && is_drive(domain, disk))
        .collect();
    for drive in later {
        let xml = domain.element_to_string(drive);
        // What was read from a document can be read again.
        if domain.append_fragment(devices, &xml).is_ok() {
            domain.remove(drive);
        }
    }
}

/// Takes the medium out of its drive.
pub(super) fn eject(domain: &mut Document, medium: Element) -> Result<(), document::Error> {
    for part in ["source", "driver"] {
        domain.clear_element(medium, part)?;
    }
    domain.set_attr(medium, "type", "file")
}

#[cfg(test)]
mod tests {
    use super::*;
    use hypervisor::OpenOptions;

    fn disks(texts: &[&str], medium: Option<&str>) -> Result<(Document, Disks), Error> {
        let connection = Connection::open(&OpenOptions::uri("test:///default")).unwrap();
        let mut domain = Document::parse("<domain><name>web</name></domain>").unwrap();
        let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
        let disks = add(&mut domain, &connection, &Request::default(), &texts, medium)?;
        Ok((domain, disks))
    }

    fn paths(definition: &Document) -> Vec<Option<String>> {
        domain::Disk::all(definition).map(|disk| disk.path()).collect()
    }

    #[test]
    fn the_medium_goes_before_other_drives_and_after_disks() {
        let directory = tempfile::tempdir().unwrap();
        let iso = directory.path().join("a, b.iso");
        std::fs::write(&iso, "").unwrap();
        let path = iso.to_str().unwrap();
        let (domain, disks) = disks(&["pool=default-pool,size=1", "device=cdrom"], Some(path)).unwrap();
        let disk = Some("/default-pool/web.qcow2".to_owned());
        assert_eq!(paths(&domain), [disk, Some(path.to_owned()), None]);
        assert_eq!(disks.creations.len(), 1);
        let medium = disks.medium.unwrap();
        assert!(domain.child(medium, "readonly").is_some());
    }

    #[test]
    fn a_source_in_xmls_own_words_is_not_looked_for() {
        let (domain, disks) = disks(&["path=/tmp,type=dir", "none"], None).unwrap();
        assert_eq!(paths(&domain), [Some("/tmp".to_owned())]);
        assert!(disks.creations.is_empty());
        assert!(self::disks(&["path=/tmp"], None).unwrap_err().to_string().contains("a directory"));
    }

    #[test]
    fn a_source_in_xmls_own_words_has_the_type_of_what_it_names() {
        for (text, kind) in [
            ("source.pool=p,source.volume=v", "volume"),
            ("source.dir=/d", "dir"),
            ("source.protocol=nbd,source.name=n", "network"),
            ("source.file=/f", "file"),
            ("type=nvme,source.type=pci", "nvme"),
        ] {
            let (domain, _) = disks(&[text], None).unwrap();
            let disk = domain::Disk::all(&domain).next().unwrap().element();
            assert_eq!(domain.attr(disk, "type").as_deref(), Some(kind), "{text}");
        }
    }

    #[test]
    fn addresses_become_sources_that_the_emulator_reads() {
        let text = "path=https://h:8080/d/a.iso,device=cdrom";
        let (domain, _) = disks(&[text], None).unwrap();
        let drive = domain::Disk::all(&domain).next().unwrap().element();
        for (place, value) in
            [("@type", "network"), ("source/@name", "d/a.iso"), ("source/host/@port", "8080")]
        {
            assert_eq!(domain.get(drive, place).as_deref(), Some(value), "{place}");
        }
    }
}
