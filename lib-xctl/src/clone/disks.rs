//! What becomes of each disk: shared, copied, laid over, or replaced by one that is there already.

use std::collections::{HashMap, HashSet};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use hypervisor::Connection;

use super::file::{FileCopy, Onto};
use super::linked::not_linkable;
use super::request::Request;
use super::stored::{Local, Managed, Stored};
use super::volume::{Source, VolumeCopy};
use super::{Error, names};
use crate::defaults;
use crate::document::{Document, Element};
use crate::domain::Disk;
use crate::progress::Progress;
use crate::storage::{self, Creation, Pool, Size, Usage};

/// Work that has to be done before the clone is defined.
#[derive(Debug)]
pub(super) enum Copy {
    /// By ourselves.
    File(FileCopy),
    /// By libvirt.
    Volume(VolumeCopy),
    /// A new image that is laid over the original's.
    Overlay(Creation),
}

/// What a disk of the clone is stored in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A file.
    File(String),
    /// A block device.
    Device(String),
    /// A volume of the pool that the original's is in.
    Volume(String),
}

/// A disk of the clone that is not the original's.
#[derive(Debug)]
pub(super) struct NewDisk {
    pub(super) element: Element,
    pub(super) place: Place,
    /// It is laid over the original's.
    pub(super) linked: bool,
    /// Whatever its image was laid over is in it now.
    pub(super) flat: bool,
}

/// Finds places for the clone's disks.
pub(super) struct Disks<'a> {
    pub(super) connection: &'a Connection,
    pub(super) request: &'a Request,
    /// The names of both guests.
    pub(super) original: &'a str,
    pub(super) clone: &'a str,
    pub(super) progress: &'a dyn Progress,
    is_local: bool,
    pub(super) usage: Usage,
    /// Paths that other disks of the clone will have.
    taken: HashSet<PathBuf>,
    /// Bytes that copies will take, by file system.
    pub(super) needed: HashMap<u64, u64>,
    pub(super) copies: Vec<Copy>,
}

/// A disk that is not shared.
pub(super) struct Wanted {
    element: Element,
    target: String,
    pub(super) format: String,
    pub(super) stored: Stored,
}

impl<'a> Disks<'a> {
    pub(super) fn new(
        connection: &'a Connection,
        request: &'a Request,
        original: &'a str,
        clone: &'a str,
        progress: &'a dyn Progress,
    ) -> Result<Self, Error> {
        Ok(Disks {
            connection,
            request,
            original,
            clone,
            progress,
            is_local: !defaults::Connection::from_uri(connection.uri()).remote,
            usage: Usage::of(connection)?,
            taken: HashSet::new(),
            needed: HashMap::new(),
            copies: Vec::new(),
        })
    }

    /// Decides about all disks of the original.
    pub(super) fn decide(&mut self, document: &Document) -> Result<Vec<NewDisk>, Error> {
        self.check_targets(document)?;
        let mut files = self.request.files.iter();
        let mut wanted = Vec::new();
        for disk in Disk::all(document) {
            let element = disk.element();
            let target = disk.target().unwrap_or_default();
            let forced = self.request.force_copy.contains(&target);
            if self.request.skip_copy.contains(&target) || (is_shared(document, &disk) && !forced) {
                continue;
            }
            let stored = Stored::find(self.connection, self.is_local, document, element);
            if matches!(stored, Stored::Empty) {
                continue;
            }
            let format = disk.format().unwrap_or_else(|| "raw".to_owned());
            let path = match files.next() {
                Some(path) => Some(path.clone()),
                None if self.request.auto => None,
                None => {
                    let source_path = disk.path().or_else(|| disk.get("source.volume")).unwrap_or_default();
                    return Err(Error::NoFile { target, source_path });
                }
            };
            wanted.push((Wanted { element, target, format, stored }, path));
        }
        let left = files.count();
        if left > 0 {
            self.progress.warn(&format!("{left} --file too many: there are {} disks to copy", wanted.len()));
        }
        let mut disks = Vec::new();
        for (wanted, path) in wanted {
            disks.push(self.place(&wanted, path)?);
        }
        Ok(disks)
    }

    /// Options that name a disk name one that is there: a slip would copy what is not to be copied.
    fn check_targets(&self, document: &Document) -> Result<(), Error> {
        let there: Vec<String> = Disk::all(document).filter_map(|disk| disk.target()).collect();
        let options = [("--force-copy", &self.request.force_copy), ("--skip-copy", &self.request.skip_copy)];
        for (option, targets) in options {
            if let Some(target) = targets.iter().find(|target| !there.contains(target)) {
                return Err(Error::UnknownDisk { option, target: target.clone(), there });
            }
        }
        Ok(())
    }

    fn place(&mut self, wanted: &Wanted, path: Option<String>) -> Result<NewDisk, Error> {
        let not = |why: String| Error::NotCloneable { target: wanted.target.clone(), why };
        if self.request.preserve {
            return self.preserved(wanted, path);
        }
        let old = match &wanted.stored {
            Stored::Empty => return Err(not("No storage to clone.".to_owned())),
            Stored::Not(why) => return Err(not(why.clone())),
            Stored::Local(local) => local.path.clone(),
            Stored::Managed(managed) if managed.path.starts_with('/') => PathBuf::from(&managed.path),
            Stored::Managed(managed) => return self.in_same_pool(wanted, managed, path),
        };
        let extension = self.request.linked.then_some("qcow2");
        let new = match path {
            Some(path) => crate::path::absolute(&path)
                .map_err(|error| Error::Path { path: path.clone(), why: error.to_string() })?,
            None => names::file(&old, self.original, self.clone, extension, |path| {
                self.taken.contains(path) || self.exists(path)
            }),
        };
        let (copy, place) = if self.request.linked {
            self.overlay(wanted, &old, &new)?
        } else {
            self.copy(wanted, &old, &new)?
        };
        if !self.taken.insert(new.clone()) {
            return Err(self.no_path(&new, "it is given for two disks"));
        }
        self.check_use(&new)?;
        let flat = matches!(copy, Copy::Volume(_));
        self.copies.push(copy);
        Ok(NewDisk { element: wanted.element, place, linked: self.request.linked, flat })
    }

    /// A disk that is there and stays as it is.
    fn preserved(&mut self, wanted: &Wanted, path: Option<String>) -> Result<NewDisk, Error> {
        let path = match (path, &wanted.stored) {
            (Some(path), _) => crate::path::absolute(&path)
                .map_err(|error| Error::Path { path: path.clone(), why: error.to_string() })?,
            (None, Stored::Local(Local { path, .. })) => {
                names::file(path, self.original, self.clone, None, |_| false)
            }
            (None, Stored::Managed(managed)) => {
                names::file(Path::new(&managed.path), self.original, self.clone, None, |_| false)
            }
            (None, Stored::Empty) => {
                return Err(Error::NotCloneable {
                    target: wanted.target.clone(),
                    why: "No storage.".to_owned(),
                });
            }
            (None, Stored::Not(why)) => {
                return Err(Error::NotCloneable { target: wanted.target.clone(), why: why.clone() });
            }
        };
        let text = path.to_string_lossy().into_owned();
        let place = match Stored::at(self.connection, self.is_local, &text) {
            Stored::Local(local) if local.is_device => Place::Device(text),
            Stored::Local(_) => Place::File(text),
            Stored::Managed(managed) => of_kind(&managed, text),
            Stored::Empty | Stored::Not(_) if !self.exists(&path) => {
                let why = format!("Must specify storage creation parameters for non-existent path '{text}'.");
                return Err(self.no_path(&path, &why));
            }
            Stored::Empty | Stored::Not(_) if path.is_dir() => {
                return Err(self.no_path(&path, "it is a directory"));
            }
            // It is there, and may be the hypervisor's to read.
            Stored::Empty | Stored::Not(_) => Place::File(text),
        };
        self.check_use(&path)?;
        Ok(NewDisk { element: wanted.element, place, linked: false, flat: false })
    }

    fn copy(&mut self, wanted: &Wanted, old: &Path, new: &Path) -> Result<(Copy, Place), Error> {
        let text = new.to_string_lossy().into_owned();
        let onto = self.onto(old, new)?;
        let place = if onto == Onto::Device { Place::Device(text) } else { Place::File(text) };
        let parent = new.parent().unwrap_or(Path::new("/"));
        match &wanted.stored {
            Stored::Local(local) if self.is_layered(wanted, local)? => {
                if self.request.reflink {
                    let why = "it is laid over another image, which its copy must not need";
                    let (from, to) = (old.to_owned(), new.to_owned());
                    return Err(Error::Reflink { from, to, source: std::io::Error::other(why) });
                }
                if onto != Onto::Nothing {
                    return Err(self.no_path(new, "a disk that is laid over another image needs a new file"));
                }
                let capacity = capacity(wanted, local);
                let format = wanted.format.clone();
                let source = Source::File(old.to_owned());
                Ok((Copy::Volume(self.volume(source, self.pool(new)?, new, capacity, format)?), place))
            }
            Stored::Local(local) if onto != Onto::Nothing || is_ours_to_write(parent) => {
                self.check_room(capacity(wanted, local), local, new, onto)?;
                let copy = FileCopy {
                    from: old.to_owned(),
                    to: new.to_owned(),
                    onto,
                    whole: self.request.whole,
                    reflink: self.request.reflink,
                };
                Ok((Copy::File(copy), place))
            }
            Stored::Local(_) if self.is_local && !new.starts_with("/dev") && !parent.exists() => {
                let why = format!("No such file or directory: '{}'", parent.display());
                Err(self.no_path(new, &why))
            }
            stored => {
                let volume = match stored {
                    Stored::Managed(managed) => managed.volume.clone(),
                    _ => self.connection.volume_by_path(&old.to_string_lossy()).map_err(|_| {
                        let parent = parent.display();
                        self.no_path(
                            new,
                            &format!("you may not write to '{parent}', and no pool has the original"),
                        )
                    })?,
                };
                let pool = self.pool(new)?;
                let is_file = pool.default_format().is_some();
                let place = match place {
                    Place::File(path) if !is_file => Place::Device(path),
                    place => place,
                };
                let (capacity, format) = of_volume(&volume)?;
                let copy = self.volume(Source::Volume(volume), pool, new, capacity, format)?;
                Ok((Copy::Volume(copy), place))
            }
        }
    }

    /// What the copy is written to.
    fn onto(&self, old: &Path, new: &Path) -> Result<Onto, Error> {
        if !self.exists(new) {
            return Ok(Onto::Nothing);
        }
        if self.is_local && same(old, new) {
            return Err(self.no_path(new, "it is the original's own disk"));
        }
        let kind = new.metadata().ok().filter(|_| self.is_local).map(|metadata| metadata.file_type());
        if kind.is_some_and(|kind| kind.is_dir()) {
            return Err(self.no_path(new, "it is a directory; --file takes the path of the new disk itself"));
        }
        if self.request.checks.path_exists {
            return Err(Error::Exists(new.display().to_string()));
        }
        match kind {
            Some(kind) if kind.is_file() || kind.is_block_device() => {
                self.progress.warn(&format!("This will overwrite the existing path '{}'", new.display()));
                Ok(if kind.is_file() { Onto::File } else { Onto::Device })
            }
            _ => Err(self.no_path(
                new,
                &format!(
                    "Clone onto existing storage volume is not currently supported: '{}'",
                    new.display()
                ),
            )),
        }
    }

    /// Whether an image is laid over another one. The original may merge the two at any time, so that a copy that needs
    /// the other one as well would be destroyed.
    fn is_layered(&self, wanted: &Wanted, local: &Local) -> Result<bool, Error> {
        let not = |why: String| Error::NotCloneable { target: wanted.target.clone(), why };
        let path = local.path.display();
        let needs = storage::needs(&local.path, &wanted.format)
            .map_err(|error| not(format!("'{path}' cannot be read as {}: {error}", wanted.format)))?;
        if needs.elsewhere {
            return Err(not(format!(
                "'{path}' keeps its contents in other files, which original and clone would share"
            )));
        }
        Ok(needs.backing)
    }

    /// The pool for a new volume.
    pub(super) fn pool(&self, new: &Path) -> Result<Pool, Error> {
        let parent = new.parent().unwrap_or(Path::new("/"));
        let pool = Pool::of_directory(self.connection, parent)?;
        if !pool.exists && parent.starts_with("/dev") {
            let why = format!(
                "Don't know how to create storage for path '{}'. Use libvirt APIs to manage the parent directory as \
                 a pool first.",
                new.display()
            );
            return Err(self.no_path(new, &why));
        }
        Ok(pool)
    }

    fn volume(
        &self,
        source: Source,
        pool: Pool,
        new: &Path,
        capacity: u64,
        format: String,
    ) -> Result<VolumeCopy, Error> {
        if let Some(available) = pool.available.filter(|available| capacity > *available) {
            let (wanted, available) = (Size(capacity), Size(available));
            if self.request.whole {
                return Err(storage::Error::NoRoom { path: new.to_owned(), wanted, available }.into());
            }
            if self.request.checks.disk_size {
                return Err(storage::Error::MayOutgrow { wanted, available }.into());
            }
        }
        let is_file = pool.default_format().is_some();
        let creation = Creation {
            name: new.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            pool,
            capacity,
            sparse: is_file && !self.request.whole,
            format: is_file.then_some(format),
            backing: None,
        };
        Ok(VolumeCopy { source, creation, reflink: self.request.reflink })
    }

    /// A disk without a path: its copy goes beside it.
    fn in_same_pool(
        &mut self,
        wanted: &Wanted,
        managed: &Managed,
        path: Option<String>,
    ) -> Result<NewDisk, Error> {
        if self.request.linked {
            return Err(not_linkable(&managed.path, "it has no path", "clone it without --linked"));
        }
        let pool = managed.volume.pool()?;
        let is_taken =
            |path: &Path| self.taken.contains(path) || pool.volume_by_name(&path.to_string_lossy()).is_ok();
        let own = Path::new(managed.volume.name());
        let new = match path {
            Some(name) if is_taken(Path::new(&name)) => return Err(Error::Exists(name)),
            Some(name) => PathBuf::from(name),
            None => names::file(own, self.original, self.clone, None, is_taken),
        };
        let name = new.to_string_lossy().into_owned();
        let pool = Pool::named(self.connection, pool.name())?;
        let (capacity, format) = of_volume(&managed.volume)?;
        let copy = self.volume(Source::Volume(managed.volume.clone()), pool, &new, capacity, format)?;
        self.taken.insert(new);
        self.copies.push(Copy::Volume(copy));
        Ok(NewDisk { element: wanted.element, place: Place::Volume(name), linked: false, flat: true })
    }

    /// No other guest may have the new disk; one that makes way has it no longer.
    fn check_use(&self, new: &Path) -> Result<(), Error> {
        if !self.request.checks.path_in_use {
            return Ok(());
        }
        let makes_way = |guest: &str| self.request.replace && guest == self.clone;
        let guests = self.usage.guests_with(new, false).into_iter().filter(|guest| !makes_way(guest));
        let guests: Vec<String> = guests.map(str::to_owned).collect();
        if guests.is_empty() {
            return Ok(());
        }
        Err(Error::InUse { path: new.display().to_string(), guests })
    }

    /// Whether something is at this path of the hypervisor's host.
    pub(super) fn exists(&self, path: &Path) -> bool {
        // A pool goes on to list a volume whose file was removed, but has nothing to tell of it.
        let volume = || self.connection.volume_by_path(&path.to_string_lossy())?.info();
        (self.is_local && path.symlink_metadata().is_ok()) || volume().is_ok()
    }

    fn no_path(&self, path: &Path, why: &str) -> Error {
        Error::Path { path: path.display().to_string(), why: why.to_owned() }
    }
}

/// Whether both guests may have the disk: nobody writes to it, or it is made for several guests.
fn is_shared(document: &Document, disk: &Disk<'_>) -> bool {
    let is_backing_shared = document.get(disk.element(), "transient/@shareBacking");
    disk.is_read_only() || disk.is_shareable() || is_backing_shared.is_some_and(|value| value == "yes")
}

/// Whether a directory takes new files of this program.
fn is_ours_to_write(directory: &Path) -> bool {
    use rustix::fs::Access;
    directory.is_dir()
        && !directory.starts_with("/dev")
        && rustix::fs::access(directory, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

/// Whether two paths lead to one file.
fn same(one: &Path, other: &Path) -> bool {
    let identity = |path: &Path| path.metadata().map(|found| (found.dev(), found.ino())).ok();
    one == other || identity(one).is_some_and(|one| Some(one) == identity(other))
}

/// Bytes that a guest sees of an image.
pub(super) fn capacity(wanted: &Wanted, local: &Local) -> u64 {
    match &*wanted.format {
        // What a guest wrote at the start of its disk is no header.
        "raw" => local.length,
        _ => storage::detect(&local.path).map_or(local.length, |image| image.capacity),
    }
}

/// Bytes that a guest sees of a volume, and its format.
fn of_volume(volume: &hypervisor::Volume) -> Result<(u64, String), Error> {
    let format = storage::volume_format(volume).unwrap_or_else(|| "raw".to_owned());
    Ok((volume.info()?.capacity.0, format))
}

fn of_kind(managed: &Managed, path: String) -> Place {
    match managed.volume.info().map(|info| info.kind) {
        Ok(hypervisor::volume::VolumeKind::Block) => Place::Device(path),
        _ => Place::File(path),
    }
}
