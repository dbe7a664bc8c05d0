//! A snapshot that is about to be made: which kind, what becomes of each disk and of the memory, and why.

use std::path::Path;

use hypervisor::flags::{DomainXml, SnapshotCreateFlags};
use hypervisor::{Connection, Domain, Snapshot};

use super::kind::{self, Kind};
use super::{Error, names};
use crate::defaults;
use crate::document::{self, Document};
use crate::domain::Disk;
use crate::lifecycle::agent_answers;

/// Devices whose state libvirt cannot put into a file, each with what is told of it.
const NOT_KEPT: [(&str, &str); 2] =
    [("hostdev", "it has a device of the host"), ("filesystem", "it shares a directory with the host")];

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Request {
    /// The snapshot's name.
    pub name: String,
    /// Whether a number follows the name if it is taken: nobody chose it.
    pub numbered: bool,
    /// What it is for.
    pub description: Option<String>,
    /// The kind, if it is not to be chosen.
    pub kind: Option<Kind>,
    /// No memory, even if the guest runs.
    pub disk_only: bool,
}

/// What becomes of a disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Its image holds the state.
    Inside,
    /// Its image stays as it is; from now on this file is written to.
    Overlay(String),
    /// Its state is not kept: why.
    Left(&'static str),
}

/// What becomes of the memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Memory {
    /// There is none: the guest is off.
    Off,
    /// A disk's image holds it.
    Inside,
    /// It is kept in this file.
    File(String),
    /// It is not kept: why.
    Left(String),
}

/// A snapshot that can be made.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// Where it is kept.
    pub kind: Kind,
    /// Why there.
    pub reasons: Vec<String>,
    /// What the user should know before.
    pub warnings: Vec<String>,
    /// The disks, by the guest's names for them, with the file of each.
    pub disks: Vec<(String, String, Fate)>,
    /// The memory.
    pub memory: Memory,
    xml: String,
    flags: SnapshotCreateFlags,
}

impl Plan {
    /// Looks at the guest and decides.
    ///
    /// # Errors
    /// No snapshot can be made that there would be a way back to.
    pub fn new(connection: &Connection, domain: &Domain, request: &Request) -> Result<Plan, Error> {
        /// Nobody makes as many snapshots in a second.
        const MOST: usize = 100;
        let wanted = &request.name;
        if !request.numbered {
            return Self::named(connection, domain, request, wanted);
        }
        let taken = names(domain);
        let more = (2..MOST).map(|number| format!("{wanted}-{number}"));
        let mut last = Error::Taken(wanted.clone());
        for name in std::iter::once(wanted.clone()).chain(more).filter(|name| !taken.contains(name)) {
            match Self::named(connection, domain, request, &name) {
                Err(error @ Error::Taken(_)) => last = error,
                other => return other,
            }
        }
        Err(last)
    }

    fn named(connection: &Connection, domain: &Domain, request: &Request, name: &str) -> Result<Plan, Error> {
        // A driver that does not know such a state keeps none.
        if domain.has_managed_save().unwrap_or(false) {
            return Err(Error::Saved { guest: domain.name().to_owned(), back: false });
        }
        let is_active = domain.is_active()?;
        let xml = if is_active { DomainXml::NONE } else { DomainXml::INACTIVE };
        let document = Document::parse(&domain.xml(xml)?)?;
        let guest = domain.name();
        let with_media = Disk::all(&document).filter(|disk| disk.kind() != "file" || disk.path().is_some());
        let (kept, left): (Vec<Disk<'_>>, Vec<Disk<'_>>) =
            with_media.partition(|disk| not_written(disk).is_none());
        if kept.is_empty() {
            return Err(Error::NoDisk(guest.to_owned()));
        }
        let memory = memory_not_kept(&document, request);
        let mut not_internal = kind::against_internal(connection, domain, &document, &kept);
        if is_active && let Some(why) = &memory {
            not_internal.push(format!("{why}, and images hold the memory of running domains, too"));
        }
        let mut not_external = kind::against_external(&kept);
        // A driver that does not know them has none.
        if !is_active && domain.has_checkpoints().unwrap_or(false) {
            not_external.push(
                "while its disks keep track of changes, libvirt lays files over those of running domains only: start \
                 it first (`virsh checkpoint-delete` then ends the tracking, too)"
                    .to_owned(),
            );
        }
        let (kind, reasons) = choose(guest, request.kind, not_internal, not_external)?;
        let mut disks: Vec<(String, String, Fate)> = kept
            .iter()
            .map(|disk| {
                let path = place(disk);
                let fate = match kind {
                    Kind::Internal => Fate::Inside,
                    Kind::External => Fate::Overlay(format!("{}.{}", kind::stem(&path), file_name(name))),
                };
                (disk.target().unwrap_or_default(), path, fate)
            })
            .collect();
        let memory = match (is_active, memory, kind) {
            (false, ..) => Memory::Off,
            (true, Some(why), _) => Memory::Left(why),
            (true, None, Kind::Internal) => Memory::Inside,
            (true, None, Kind::External) => {
                let directory = disks.first().map(|(_, path, _)| Path::new(path).parent());
                let file = format!("{}.{}.mem", file_name(guest), file_name(name));
                let directory = directory.flatten().unwrap_or(Path::new("/"));
                Memory::File(directory.join(file).to_string_lossy().into_owned())
            }
        };
        disks.extend(left.iter().filter_map(|disk| {
            let why = not_written(disk)?;
            Some((disk.target().unwrap_or_default(), place(disk), Fate::Left(why)))
        }));
        let mut flags = SnapshotCreateFlags::NONE;
        let mut warnings: Vec<String> = Vec::new();
        if kind == Kind::External {
            warnings.extend(kind::about_external(connection, &document));
            if matches!(memory, Memory::Left(_)) {
                flags = SnapshotCreateFlags::DISK_ONLY | SnapshotCreateFlags::ATOMIC;
                if agent_answers(&document) {
                    flags |= SnapshotCreateFlags::QUIESCE;
                } else {
                    warnings.push(
                        "Nothing in the guest holds its file systems still (qemu-guest-agent would): its disks are \
                         kept as if the power failed now"
                            .to_owned(),
                    );
                }
            }
        }
        let shared = left.iter().filter(|disk| disk.is_shareable()).filter_map(Disk::target);
        warnings.extend(shared.map(|target| {
            format!("Disk '{target}' is shared with other domains, so that its state is not kept")
        }));
        let name = name.to_owned();
        let mut plan = Plan { name, kind, reasons, warnings, disks, memory, xml: String::new(), flags };
        plan.xml = plan.describe(request.description.as_deref())?;
        if !defaults::Connection::from_uri(connection.uri()).remote
            && let Some(file) = plan.files().find(|file| Path::new(file).symlink_metadata().is_ok())
        {
            return Err(Error::Taken(file.to_owned()));
        }
        Ok(plan)
    }

    /// The files that it consists of.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        let overlays = self.disks.iter().filter_map(|(_, _, fate)| match fate {
            Fate::Overlay(file) => Some(file.as_str()),
            _ => None,
        });
        let memory = match &self.memory {
            Memory::File(file) => Some(file.as_str()),
            _ => None,
        };
        overlays.chain(memory)
    }

    /// Makes it. This takes as long as it takes to write the guest's memory.
    ///
    /// # Errors
    /// What libvirt refused; files that it left are removed, unless the guest has them by now.
    pub fn make(&self, domain: &Domain) -> hypervisor::Result<Snapshot> {
        let made = domain.create_snapshot(&self.xml, self.flags);
        if made.is_err() && !defaults::Connection::from_uri(domain.connection().uri()).remote {
            self.remove_leftovers(domain);
        }
        made
    }

    /// libvirt removes what it made, unless it is ended or its disk is full meanwhile.
    fn remove_leftovers(&self, domain: &Domain) {
        let Ok(xml) = domain.xml(DomainXml::NONE) else { return };
        let Ok(document) = Document::parse(&xml) else { return };
        let is_used = |file: &str| Disk::all(&document).any(|disk| disk.path().as_deref() == Some(file));
        for file in self.files().filter(|file| !is_used(file)) {
            // What is not there, or not ours, is not removed.
            let _ = std::fs::remove_file(file);
        }
    }

    /// The description that libvirt makes it from.
    fn describe(&self, description: Option<&str>) -> Result<String, document::Error> {
        let mut document = Document::new("domainsnapshot");
        let root = document.root();
        document.set(root, "name", &self.name)?;
        if let Some(description) = description {
            document.set(root, "description", description)?;
        }
        if let Memory::File(file) = &self.memory {
            document.set(root, "memory/@snapshot", "external")?;
            document.set(root, "memory/@file", file)?;
        }
        let disks = document.ensure(root, "disks")?;
        for (target, _, fate) in &self.disks {
            let disk = document.insert_child(disks, "disk");
            document.set_attr(disk, "name", target)?;
            let kept = match fate {
                Fate::Inside => "internal",
                Fate::Overlay(_) => "external",
                Fate::Left(_) => "no",
            };
            document.set_attr(disk, "snapshot", kept)?;
            if let Fate::Overlay(file) = fate {
                document.set_attr(disk, "type", "file")?;
                document.set(disk, "driver/@type", "qcow2")?;
                document.set(disk, "source/@file", file)?;
            }
        }
        Ok(document.to_string())
    }
}

/// What a disk is in: a path or URL, or a pool and a volume.
fn place(disk: &Disk<'_>) -> String {
    let volume = || disk.volume().map(|(pool, volume)| format!("{pool}/{volume}"));
    disk.path().or_else(volume).unwrap_or_default()
}

/// Why a disk has no state to keep.
fn not_written(disk: &Disk<'_>) -> Option<&'static str> {
    if disk.is_removable() {
        Some("a medium that comes and goes")
    } else if disk.is_read_only() {
        Some("only read")
    } else if disk.is_shareable() {
        Some("shared with other domains")
    } else {
        None
    }
}

/// Why the memory is not kept, if it is not.
fn memory_not_kept(document: &Document, request: &Request) -> Option<String> {
    if request.disk_only {
        return Some("disks alone are wanted".to_owned());
    }
    let devices = document.child(document.root(), "devices")?;
    let (_, why) =
        NOT_KEPT.iter().find(|(name, _)| document.children_named(devices, name).next().is_some())?;
    Some((*why).to_owned())
}

fn choose(
    guest: &str,
    wanted: Option<Kind>,
    not_internal: Vec<String>,
    not_external: Vec<String>,
) -> Result<(Kind, Vec<String>), Error> {
    let impossible = |wanted, why| Err(Error::Impossible { guest: guest.to_owned(), wanted, why });
    match wanted {
        Some(Kind::Internal) if !not_internal.is_empty() => impossible("an internal", not_internal),
        Some(Kind::External) if !not_external.is_empty() => impossible("an external", not_external),
        Some(kind) => Ok((kind, vec!["it was asked for".to_owned()])),
        None if not_internal.is_empty() => {
            Ok((Kind::Internal, vec!["all its disks are qcow2 images, which hold snapshots".to_owned()]))
        }
        None if not_external.is_empty() => Ok((Kind::External, not_internal)),
        None => impossible("a", [not_internal, not_external].concat()),
    }
}

/// A name as part of a file's.
fn file_name(name: &str) -> String {
    let is_plain = |char: char| char.is_alphanumeric() || "-_.+@".contains(char);
    name.chars().map(|char| if is_plain(char) { char } else { '_' }).collect()
}
