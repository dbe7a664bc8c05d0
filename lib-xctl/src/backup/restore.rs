//! The way back from a backup: disks are put together anew, then the guest is defined.

use std::io::Read;
use std::path::{Path, PathBuf};

use hypervisor::flags::{CheckpointDeleteFlags, CheckpointFilter, DefineFlags, SnapshotFilter};
use hypervisor::{Connection, Domain};

use super::Error;
use super::image::{Header, convert, private};
use super::manifest::{self, Manifest, Point};
use super::restored::definition;
use crate::cleanup::{Cleanup, Thing, Work};
use crate::clone::file::put_in_place;
use crate::defaults;
use crate::document::Document;
use crate::progress::{Cancel, Progress};

/// Bytes of the longest definition that is read.
const MAX_DEFINITION: u64 = 10 << 20;

/// What is wanted.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// The directory of backups.
    pub directory: PathBuf,
    /// The point; the last one if none is named.
    pub point: Option<u32>,
    /// The guest's new name, if it is to be another guest.
    pub name: Option<String>,
    /// Where its disks go; to where they were if nothing is said.
    pub to: Option<PathBuf>,
    /// Disks and a guest that are there make way.
    pub replace: bool,
}

/// A disk that comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Returning {
    pub(super) target: String,
    pub(super) from: PathBuf,
    pub(super) to: PathBuf,
    pub(super) format: String,
    pub(super) size: u64,
    pub(super) replaces: bool,
}

/// A guest that can come back.
#[derive(Debug)]
pub struct Plan {
    point: Point,
    /// The directory that is made for its disks.
    new_directory: Option<PathBuf>,
    disks: Vec<Returning>,
    variables: Option<(PathBuf, PathBuf)>,
    definition: Document,
    old: Option<Domain>,
}

impl Plan {
    /// Looks at the backup and at what is in the places of what comes back.
    ///
    /// # Errors
    /// The backup is not all there, or something is in the way.
    pub fn new(connection: &Connection, wish: &Wish) -> Result<Plan, Error> {
        if defaults::Connection::from_uri(connection.uri()).remote {
            return Err(Error::Remote(connection.uri().to_owned()));
        }
        // libvirt looks at a name only when all has been copied.
        let is_bad = |name: &&String| name.is_empty() || name.contains(|c: char| c == '/' || c.is_control());
        if let Some(name) = wish.name.as_ref().filter(is_bad) {
            return Err(Error::Name(name.clone()));
        }
        let absolute = |path: &Path| std::path::absolute(path).map_err(Error::file("finding", path));
        let directory = absolute(&wish.directory)?;
        let manifest = Manifest::of(&directory)?;
        let point = match wish.point {
            Some(number) => manifest.points.iter().find(|point| point.number == number),
            None => manifest.points.last(),
        };
        let number = wish.point.unwrap_or(0);
        let point = point.ok_or_else(|| Error::NoPoint { directory: directory.clone(), number })?.clone();
        check_images(&directory, &manifest, &point)?;

        let place = manifest::directory(&directory, point.number);
        let stored = read(&place.join("domain.xml"))?;
        let document = Document::parse(&stored)?;
        let own_name = document.get(document.root(), "name").unwrap_or_default().trim().to_owned();
        let guest = wish.name.clone().unwrap_or(own_name);
        let old = existing(connection, &guest, &document, wish)?;
        let to = wish.to.as_deref().map(absolute).transpose()?;
        let disks: Vec<Returning> = point
            .disks
            .iter()
            .map(|disk| {
                let format = if disk.format == "raw" { "raw" } else { "qcow2" };
                let source = disk.source.as_deref().map(Path::new);
                let parent = to.as_deref().or_else(|| source.and_then(Path::parent));
                let parent = parent.ok_or_else(|| Error::NoPlace(disk.target.clone()))?;
                let name = match source.and_then(Path::file_name) {
                    Some(name) if wish.name.is_none() => name.to_owned(),
                    _ => format!("{}-{}.{format}", guest.replace('/', "_"), disk.target).into(),
                };
                let to = parent.join(name);
                let replaces = to.symlink_metadata().is_ok();
                let from = place.join(manifest::image(&disk.target));
                let (target, format) = (disk.target.clone(), format.to_owned());
                Ok(Returning { target, from, to, format, size: disk.size, replaces })
            })
            .collect::<Result<_, Error>>()?;
        let variables = variables(&place, &document, &disks, wish);
        let new_place = variables.as_ref().map(|(_, to)| to.as_path());
        let definition = definition(&stored, &disks, new_place, wish.name.as_deref())?;
        let new_directory = to.filter(|to| !to.exists());
        let plan = Plan { point, new_directory, disks, variables, definition, old };
        let overwritten = plan.overwrites();
        if !overwritten.is_empty() && !wish.replace {
            return Err(Error::Overwrites(overwritten));
        }
        Ok(plan)
    }

    /// What is there and makes way.
    #[must_use]
    pub fn overwrites(&self) -> Vec<String> {
        let guest = self.old.iter().map(|old| format!("domain '{}'", old.name()));
        let disks = self.disks.iter().filter(|disk| disk.replaces).map(|disk| disk.to.as_path());
        let variables = self.variables.iter().map(|(_, to)| to.as_path()).filter(|to| to.exists());
        guest.chain(disks.chain(variables).map(|file| format!("'{}'", file.display()))).collect()
    }

    /// The point that the guest comes back to.
    #[must_use]
    pub fn point(&self) -> &Point {
        &self.point
    }

    /// The files of its disks, and the firmware's.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let disks = self.disks.iter().map(|disk| disk.to.as_path());
        disks.chain(self.variables.iter().map(|(_, to)| to.as_path()))
    }

    /// Brings the guest back. Files are complete before any of them gets its name.
    ///
    /// # Errors
    /// Why it cannot be brought back; all is as it was then.
    pub fn run(
        &self,
        connection: &Connection,
        progress: &dyn Progress,
        cancel: &Cancel,
    ) -> Result<Domain, Error> {
        let mut cleanup = Cleanup::begin(Work::Restore, progress);
        match self.bring_back(connection, &mut cleanup, progress, cancel) {
            Ok(domain) => {
                cleanup.give_up_old(progress);
                cleanup.settle();
                Ok(domain)
            }
            Err(error) => {
                let removal = cleanup.remove_all(connection);
                removal.tell_kept(progress);
                for (thing, why) in removal.left {
                    progress.warn(&format!("Could not undo {thing}: {why}; {}", thing.command()));
                }
                Err(error)
            }
        }
    }

    fn bring_back(
        &self,
        connection: &Connection,
        cleanup: &mut Cleanup,
        progress: &dyn Progress,
        cancel: &Cancel,
    ) -> Result<Domain, Error> {
        if let Some(directory) = &self.new_directory {
            cleanup.add(Thing::Directory(directory.clone()));
            std::fs::create_dir(directory).map_err(Error::file("creating", directory))?;
        }
        let mut complete = Vec::new();
        for disk in &self.disks {
            let part = self.part(&disk.to, cleanup)?;
            let what = format!("Restoring {}", disk.target);
            convert((&disk.from, "qcow2"), (&part, &disk.format), (&what, disk.size), progress, cancel)?;
            complete.push((part, &disk.to));
        }
        if let Some((from, to)) = &self.variables {
            let part = self.part(to, cleanup)?;
            std::fs::copy(from, &part).map_err(Error::file("writing", to))?;
            complete.push((part, to));
        }
        if let Some(old) = &self.old {
            must_be_off(old)?;
        }
        for (part, place) in complete {
            let replaces = place.symlink_metadata().is_ok();
            put_in_place(&part, place, replaces, cleanup).map_err(Error::file("writing", place))?;
        }
        if let Some(old) = &self.old {
            // The new disks keep track of nothing.
            for checkpoint in old.checkpoints(CheckpointFilter::ROOTS).unwrap_or_default() {
                let all = CheckpointDeleteFlags::METADATA_ONLY | CheckpointDeleteFlags::CHILDREN;
                checkpoint.delete(all)?;
            }
        }
        let get = |place| self.definition.get(self.definition.root(), place).unwrap_or_default().into_owned();
        let uri = connection.uri().to_owned();
        let guest = Thing::Domain { uri, uuid: get("uuid"), name: get("name") };
        cleanup.hand_over(&guest);
        Ok(connection.define_domain(&self.definition.to_string(), DefineFlags::NONE)?)
    }

    /// A new file beside a place, which is to get its name.
    fn part(&self, place: &Path, cleanup: &mut Cleanup) -> Result<PathBuf, Error> {
        let id = uuid::Uuid::new_v4().simple().to_string();
        let part = place.with_file_name(format!(".restored.{}.part", &id[..8]));
        cleanup.add(Thing::File(part.clone()));
        private(&part)?;
        Ok(part)
    }
}

/// Every image that the point rests on is there as it was written, and rests on what the manifest says: an image of
/// somebody else's making may name any file of this host.
pub(super) fn check_images(directory: &Path, manifest: &Manifest, point: &Point) -> Result<(), Error> {
    for disk in &point.disks {
        let mut next = Some(point.number);
        while let Some(number) = next.take() {
            let found = manifest.points.iter().find(|point| point.number == number);
            let Some(kept) = found.and_then(|point| point.disks.iter().find(|own| own.target == disk.target))
            else {
                break;
            };
            let path = manifest::directory(directory, number).join(manifest::image(&disk.target));
            let damaged = |why: String| Error::Damaged { path: path.clone(), why };
            let length = path.metadata().map_err(Error::file("reading", &path))?.len();
            if length != kept.bytes {
                return Err(damaged(format!("it has {length} bytes, and had {}", kept.bytes)));
            }
            let expected = kept.base.map(|base| manifest::beside(base, &disk.target));
            if Header::read(&path)?.backing != expected {
                return Err(damaged("it is laid over another image than it was".to_owned()));
            }
            next = kept.base;
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, Error> {
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(Error::file("opening", path))?;
    file.take(MAX_DEFINITION).read_to_string(&mut text).map_err(Error::file("reading", path))?;
    Ok(text)
}

/// The guest that is there and makes way.
fn existing(
    connection: &Connection,
    name: &str,
    document: &Document,
    wish: &Wish,
) -> Result<Option<Domain>, Error> {
    let by_name = connection.domain_by_name(name).ok();
    if wish.name.is_some() {
        return match by_name {
            Some(_) => Err(Error::Taken(format!("there is a domain '{name}' already"))),
            None => Ok(None),
        };
    }
    let uuid = document.get(document.root(), "uuid").unwrap_or_default().trim().to_owned();
    let by_uuid = connection.domain_by_uuid(&uuid).ok();
    match (by_name, by_uuid) {
        (Some(other), _) if other.uuid() != uuid => {
            Err(Error::Taken(format!("another domain is called '{name}' by now: {}", other.uuid())))
        }
        (_, Some(own)) if own.name() != name => {
            Err(Error::Taken(format!("the domain is called '{}' by now", own.name())))
        }
        (_, None) => Ok(None),
        (_, Some(own)) => {
            must_be_off(&own)?;
            // A driver that does not know them has none.
            if !own.snapshots(SnapshotFilter::NONE).unwrap_or_default().is_empty() {
                let why = "has snapshots, which rest on its disks (virsh snapshot-list, snapshot-drop)";
                return Err(Error::InTheWay { guest: name.to_owned(), why });
            }
            Ok(Some(own))
        }
    }
}

/// Neither running nor with a memory that belongs to the disks it has.
fn must_be_off(domain: &Domain) -> Result<(), Error> {
    let why = if domain.is_active()? {
        "is running (virsh shutdown)"
    } else if domain.has_managed_save().unwrap_or(false) {
        "is saved, and would go on with other disks (virsh start, or managedsave-remove)"
    } else {
        return Ok(());
    };
    Err(Error::InTheWay { guest: domain.name().to_owned(), why })
}

/// From where to where the variables of the firmware go, if the point has any.
fn variables(
    place: &Path,
    document: &Document,
    disks: &[Returning],
    wish: &Wish,
) -> Option<(PathBuf, PathBuf)> {
    let kept = place.join("nvram");
    let own = PathBuf::from(document.get(document.root(), "os/nvram")?.trim());
    if !kept.is_file() {
        return None;
    }
    let to = match &wish.name {
        None => own,
        Some(name) => disks.first()?.to.with_file_name(format!("{}_VARS.fd", name.replace('/', "_"))),
    };
    Some((kept, to))
}
