//! One disk: from what the user asked for to what the definition says and what is to be created.

use std::collections::HashSet;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use hypervisor::Connection;

use super::{Backing, Creation, Error, Pool, Size, Usage, detect, volume_format};
use crate::defaults;
use crate::path::File;
use crate::property::{self, Unit};

/// What the user asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// A file, a device or an address.
    pub path: Option<String>,
    /// `POOL/VOLUME`: a volume that is there.
    pub volume: Option<String>,
    /// A pool to create it in.
    pub pool: Option<String>,
    /// Its size in GiB, as given.
    pub size: Option<String>,
    /// Its format.
    pub format: Option<String>,
    /// `false` takes all its room at once.
    pub sparse: Option<bool>,
    /// The image that it begins as a copy of.
    pub backing_store: Option<String>,
    /// The format of that image.
    pub backing_format: Option<String>,
    /// A drive for media that are there, not a disk of its own.
    pub removable: bool,
    /// Other guests may have it too.
    pub sharing: bool,
}

/// What a disk is stored in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// An empty drive.
    Empty,
    /// A file.
    File(PathBuf),
    /// A block device.
    Block(PathBuf),
    /// A volume that has no path.
    Volume {
        /// Its pool.
        pool: String,
        /// Its name.
        name: String,
    },
    /// Something on a server.
    Network(reqwest::Url),
}

/// A disk whose source is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    /// What it is stored in.
    pub source: Source,
    /// Its format, where known.
    pub format: Option<String>,
    /// What has to be created first.
    pub creation: Option<Creation>,
}

/// What disks are looked up with.
#[derive(Debug)]
pub struct Finder<'a> {
    connection: &'a Connection,
    usage: Usage,
    /// The guest's name, which new disks are called after.
    guest: &'a str,
    /// Check that no other guest has a disk.
    path_in_use: bool,
    /// Check that there is room.
    disk_size: bool,
    /// What other disks of this guest will have.
    taken: HashSet<File>,
}

impl<'a> Finder<'a> {
    /// Looks at the disks of all other guests.
    ///
    /// # Errors
    /// libvirt cannot list them.
    pub fn new(
        connection: &'a Connection,
        guest: &'a str,
        checks: crate::install::Checks,
    ) -> Result<Finder<'a>, Error> {
        let usage = if checks.path_in_use { Usage::of(connection)? } else { Usage::default() };
        let (path_in_use, disk_size) = (checks.path_in_use, checks.disk_size);
        Ok(Finder { connection, usage, guest, path_in_use, disk_size, taken: HashSet::new() })
    }

    /// Finds or plans one disk. Nothing is created.
    ///
    /// # Errors
    /// It makes no sense, is not there and has no size, is used by another guest, or there is no room for it.
    pub fn find(&mut self, wanted: &Wanted) -> Result<Disk, Error> {
        let size = wanted.size.as_deref().map(parse_size).transpose()?;
        if let Some(volume) = &wanted.volume {
            return self.existing_volume(volume, wanted);
        }
        if let Some(address) = wanted.path.as_deref().and_then(address) {
            return Ok(Disk {
                source: Source::Network(address),
                format: wanted.format.clone(),
                creation: None,
            });
        }
        let Some(path) = wanted.path.as_deref().filter(|path| !path.is_empty()) else {
            return match (wanted.removable, size.is_some() || wanted.backing_store.is_some()) {
                (true, false) => Ok(Disk { source: Source::Empty, format: None, creation: None }),
                _ => self.new_in_pool(wanted, size),
            };
        };
        let path =
            crate::path::absolute(path).map_err(|reason| Error::Local { path: path.into(), reason })?;
        if let Some(disk) = self.existing_path(&path, wanted)? {
            return Ok(disk);
        }
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        if wanted.removable || (size.is_none() && wanted.backing_store.is_none()) {
            return Err(Error::NoSize { name });
        }
        let directory = path.parent().unwrap_or(Path::new("/"));
        let pool = Pool::of_directory(self.connection, directory)?;
        let format = wanted.format.clone().or_else(|| pool.default_format().map(str::to_owned));
        self.creation(pool, name, format, wanted, size)
    }

    fn is_local(&self) -> bool {
        !defaults::Connection::from_uri(self.connection.uri()).remote
    }

    /// What a path leads to where the guest will be.
    fn file(&self, path: &Path) -> File {
        if self.is_local() && path.is_absolute() { File::at(path) } else { File::Not(path.to_owned()) }
    }

    fn existing_volume(&mut self, volume: &str, wanted: &Wanted) -> Result<Disk, Error> {
        let (pool, name) =
            volume.split_once('/').filter(|(pool, name)| !pool.is_empty() && !name.is_empty()).ok_or_else(
                || Error::Request(format!("vol={volume} names no volume: it must be vol=POOL/VOLUME")),
            )?;
        let found = self.connection.pool_by_name(pool)?.volume_by_name(name)?;
        let path = PathBuf::from(found.path()?);
        let format = wanted.format.clone().or_else(|| volume_format(&found));
        let source = match found.info()?.kind {
            hypervisor::volume::VolumeKind::Block => Source::Block(path),
            hypervisor::volume::VolumeKind::File => Source::File(path),
            _ => Source::Volume { pool: pool.to_owned(), name: name.to_owned() },
        };
        self.use_once(&source, wanted)?;
        Ok(Disk { source, format, creation: None })
    }

    /// The disk at a path that is there.
    fn existing_path(&mut self, path: &Path, wanted: &Wanted) -> Result<Option<Disk>, Error> {
        let source = if self.is_local() {
            match std::fs::metadata(path) {
                Ok(metadata) => {
                    let kind = metadata.file_type();
                    if kind.is_dir() {
                        return Err(Error::NotADisk { path: path.to_owned(), kind: "a directory" });
                    } else if kind.is_block_device() {
                        Some((Source::Block(path.to_owned()), "raw".to_owned()))
                    } else if kind.is_file() {
                        // Without the right to read it, it may still be the hypervisor's to read.
                        let format = detect(path).map_or("raw", |image| image.format);
                        Some((Source::File(path.to_owned()), format.to_owned()))
                    } else {
                        return Err(Error::NotADisk { path: path.to_owned(), kind: "a special file" });
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
                Err(reason) if reason.kind() == std::io::ErrorKind::NotADirectory => {
                    return Err(Error::Local { path: path.to_owned(), reason });
                }
                // Behind a directory that only the hypervisor may enter: it may know the file as a volume.
                Err(reason) => match self.volume_at(path) {
                    None => return Err(Error::Local { path: path.to_owned(), reason }),
                    found => found,
                },
            }
        } else {
            None
        };
        let Some((source, format)) = source.or_else(|| self.volume_at(path)) else { return Ok(None) };
        self.use_once(&source, wanted)?;
        let format = Some(wanted.format.clone().unwrap_or(format));
        Ok(Some(Disk { source, format, creation: None }))
    }

    fn volume_at(&self, path: &Path) -> Option<(Source, String)> {
        let volume = self.connection.volume_by_path(&path.to_string_lossy()).ok()?;
        let format = volume_format(&volume).unwrap_or_else(|| "raw".to_owned());
        let source = match volume.info().ok()?.kind {
            hypervisor::volume::VolumeKind::Block => Source::Block(path.to_owned()),
            _ => Source::File(path.to_owned()),
        };
        Some((source, format))
    }

    fn use_once(&mut self, source: &Source, wanted: &Wanted) -> Result<(), Error> {
        let path = match source {
            Source::File(path) | Source::Block(path) => path.clone(),
            Source::Volume { pool, name } => PathBuf::from(format!("{pool}/{name}")),
            Source::Empty | Source::Network(_) => return Ok(()),
        };
        let guests = self.usage.guests_with(&path, wanted.sharing || wanted.removable);
        if self.path_in_use && !guests.is_empty() {
            let guests = guests.into_iter().map(str::to_owned).collect();
            return Err(Error::InUse { path, guests });
        }
        if !self.taken.insert(self.file(&path)) && !wanted.sharing && !wanted.removable {
            return Err(Error::Request(format!("'{}' is given for two disks of the guest", path.display())));
        }
        Ok(())
    }

    fn new_in_pool(&mut self, wanted: &Wanted, size: Option<u64>) -> Result<Disk, Error> {
        let pool = match &wanted.pool {
            Some(name) => Pool::named(self.connection, name)?,
            None => Pool::default(self.connection)?,
        };
        if size.is_none() && wanted.backing_store.is_none() {
            let name = self.guest.to_owned();
            return Err(if wanted.pool.is_some() {
                Error::NoSize { name }
            } else {
                Error::Request("a disk needs a path, a size or a volume".to_owned())
            });
        }
        let format = wanted.format.clone().or_else(|| pool.default_format().map(str::to_owned));
        let ending = match format.as_deref() {
            Some("raw") => ".img".to_owned(),
            Some(format) => format!(".{format}"),
            None => String::new(),
        };
        let volumes: HashSet<String> = if pool.exists {
            let there = self.connection.pool_by_name(&pool.name)?.volumes();
            // A pool that is not running lists nothing; it is started when the disk is created.
            there.unwrap_or_default().iter().map(|volume| volume.name().to_owned()).collect()
        } else {
            HashSet::new()
        };
        let local = self.is_local();
        let is_used = |name: &String| {
            let path = pool.target.join(name);
            volumes.contains(name)
                || self.taken.contains(&self.file(&path))
                || (local && path.exists())
                || !self.usage.guests_with(&path, false).is_empty()
        };
        let base = self.guest;
        let name = std::iter::once(format!("{base}{ending}"))
            .chain((1..).map(|number| format!("{base}-{number}{ending}")))
            .find(|name| !is_used(name))
            .unwrap_or_default();
        self.creation(pool, name, format, wanted, size)
    }

    fn creation(
        &mut self,
        pool: Pool,
        name: String,
        format: Option<String>,
        wanted: &Wanted,
        size: Option<u64>,
    ) -> Result<Disk, Error> {
        let backing = wanted.backing_store.as_deref().map(|path| self.backing(path, wanted)).transpose()?;
        let Some(capacity) = size.or(backing.as_ref().and_then(|backing| backing.capacity)) else {
            return Err(Error::NoSize { name });
        };
        let path = pool.target.join(&name);
        let sparse = wanted.sparse.unwrap_or(true);
        if let Some(available) = pool.available.filter(|&available| available < capacity) {
            let (wanted, available) = (Size(capacity), Size(available));
            if !sparse {
                return Err(Error::NoRoom { path, wanted, available });
            }
            if self.disk_size && backing.is_none() {
                return Err(Error::MayOutgrow { wanted, available });
            }
        }
        let source = if pool.default_format().is_some() {
            Source::File(path.clone())
        } else {
            Source::Block(path.clone())
        };
        self.use_once(&source, wanted)?;
        let creation = Creation { pool, name, capacity, sparse, format: format.clone(), backing };
        Ok(Disk { source, format: format.or_else(|| Some("raw".to_owned())), creation: Some(creation) })
    }

    fn backing(&self, path: &str, wanted: &Wanted) -> Result<Backing, Error> {
        let path =
            crate::path::absolute(path).map_err(|reason| Error::Local { path: path.into(), reason })?;
        let found = if self.is_local() { detect(&path).ok() } else { None };
        let known = found.map(|image| (image.format.to_owned(), image.capacity)).or_else(|| {
            let volume = self.connection.volume_by_path(&path.to_string_lossy()).ok()?;
            Some((volume_format(&volume)?, volume.info().ok()?.capacity.0))
        });
        if known.is_none()
            && self.is_local()
            && let Err(reason) = path.metadata()
        {
            return Err(Error::Local { path, reason });
        }
        let (format, capacity) = known.unzip();
        Ok(Backing { path, format: wanted.backing_format.clone().or(format), capacity })
    }
}

/// An address that QEMU reads by itself.
fn address(text: &str) -> Option<reqwest::Url> {
    let (scheme, _) = text.split_once("://")?;
    ["http", "https", "ftp", "ftps", "tftp"].contains(&scheme).then(|| reqwest::Url::parse(text).ok())?
}

/// A size as given, in bytes.
/// The bytes of a disk whose size is said in GiB.
pub(crate) fn parse_size(text: &str) -> Result<u64, Error> {
    // One sector is the least that a disk can have.
    match property::parse_size(text, Unit::GiB).map(|bytes| bytes / 512 * 512) {
        Some(bytes @ 512..) => Ok(bytes),
        None if !text.starts_with('-') => {
            Err(Error::Request(format!("Improper value for 'size': '{text}' is no number of GiB")))
        }
        _ => Err(Error::Size { size: format!("{text} GiB") }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::install::Checks;
    use hypervisor::OpenOptions;

    fn connection() -> Connection {
        Connection::open(&OpenOptions::uri("test:///default")).unwrap()
    }

    fn find(wanted: Wanted) -> Result<Disk, Error> {
        let connection = connection();
        Finder::new(&connection, "web", Checks::default())?.find(&wanted)
    }

    fn text(value: &str) -> Option<String> {
        Some(value.to_owned())
    }

    fn refusal(wanted: Wanted) -> String {
        find(wanted).unwrap_err().to_string()
    }

    #[test]
    fn a_new_disk_is_called_after_the_guest_and_never_after_another_disk() {
        let connection = connection();
        let mut finder = Finder::new(&connection, "web", Checks::default()).unwrap();
        let wanted = Wanted { pool: text("default-pool"), size: text("0.5"), ..Wanted::default() };
        let first = finder.find(&wanted).unwrap();
        assert_eq!(first.source, Source::File("/default-pool/web.qcow2".into()));
        let creation = first.creation.unwrap();
        assert_eq!((creation.capacity, creation.sparse), (1 << 29, true));
        assert_eq!(finder.find(&wanted).unwrap().source, Source::File("/default-pool/web-1.qcow2".into()));
        let raw = finder.find(&Wanted { format: text("raw"), ..wanted }).unwrap();
        assert_eq!(raw.source, Source::File("/default-pool/web.img".into()));
    }

    #[test]
    fn sizes_that_are_none_are_refused() {
        for size in ["0", "-1", "0.0000001"] {
            let error = refusal(Wanted { size: text(size), ..Wanted::default() });
            assert!(error.contains("cannot have the size"), "{size}: {error}");
        }
        assert!(refusal(Wanted { size: text("ten"), ..Wanted::default() }).contains("no number of GiB"));
    }

    #[test]
    fn a_disk_larger_than_its_pool_is_refused_unless_that_check_is_off() {
        let wanted = Wanted { pool: text("default-pool"), size: text("9999"), ..Wanted::default() };
        assert!(refusal(wanted.clone()).contains("exceed the available pool space"));
        assert!(refusal(Wanted { sparse: Some(false), ..wanted.clone() }).contains("not enough free space"));
        let connection = connection();
        let checks = Checks { disk_size: false, ..Checks::default() };
        let mut finder = Finder::new(&connection, "web", checks).unwrap();
        assert!(finder.find(&wanted).is_ok());
        assert!(finder.find(&Wanted { sparse: Some(false), ..wanted }).is_err());
    }

    #[test]
    fn files_that_are_there_are_used_as_they_are() {
        let directory = tempfile::tempdir().unwrap();
        let image = directory.path().join("grün, \"a\".qcow2");
        std::fs::write(&image, b"QFI\xfb\0\0\0\x03").unwrap();
        let path = image.to_str().unwrap();
        let disk = find(Wanted { path: text(path), ..Wanted::default() }).unwrap();
        assert_eq!((disk.source, disk.format.as_deref()), (Source::File(image.clone()), Some("qcow2")));
        assert!(disk.creation.is_none());
        let here = directory.path().to_str().unwrap();
        assert!(refusal(Wanted { path: text(here), ..Wanted::default() }).contains("is a directory"));
        assert!(refusal(Wanted { path: text("/dev/null"), ..Wanted::default() }).contains("a special file"));
        let below = format!("{path}/x");
        assert!(refusal(Wanted { path: text(&below), ..Wanted::default() }).contains("cannot look at"));
    }

    #[test]
    fn what_is_not_there_needs_a_size_or_a_source() {
        let missing = Wanted { path: text("/tmp/no/such.img"), ..Wanted::default() };
        assert!(
            refusal(missing.clone()).starts_with("Size must be specified for non existent volume 'such.img'")
        );
        assert!(refusal(Wanted { removable: true, size: text("1"), ..missing }).contains("non existent"));
        assert!(refusal(Wanted::default()).contains("needs a path, a size or a volume"));
        assert!(refusal(Wanted { volume: text("nothing"), ..Wanted::default() }).contains("POOL/VOLUME"));
        assert!(
            refusal(Wanted { volume: text("default-pool/x"), ..Wanted::default() })
                .contains("no storage vol")
        );
        let backing = Wanted { size: text("1"), backing_store: text("/no/base.qcow2"), ..Wanted::default() };
        assert!(refusal(backing).starts_with("cannot look at '/no/base.qcow2': No such file"));
        let drive = find(Wanted { removable: true, ..Wanted::default() }).unwrap();
        assert_eq!(drive.source, Source::Empty);
    }

    #[test]
    fn a_disk_that_begins_as_another_one_has_its_size() {
        let directory = tempfile::tempdir().unwrap();
        let base = directory.path().join("base.qcow2");
        let mut header = vec![0; 512];
        header[..8].copy_from_slice(b"QFI\xfb\0\0\0\x03");
        header[24..32].copy_from_slice(&(3u64 << 30).to_be_bytes());
        std::fs::write(&base, header).unwrap();
        let wanted = Wanted {
            pool: text("default-pool"),
            backing_store: text(base.to_str().unwrap()),
            ..Wanted::default()
        };
        let creation = find(wanted).unwrap().creation.unwrap();
        assert_eq!(creation.capacity, 3 << 30);
        assert_eq!(creation.backing.unwrap().format.as_deref(), Some("qcow2"));
    }

    #[test]
    fn one_image_cannot_be_two_disks_of_a_guest() {
        let directory = tempfile::tempdir().unwrap();
        let image = directory.path().join("a.img");
        std::fs::write(&image, "").unwrap();
        let connection = connection();
        let mut finder = Finder::new(&connection, "web", Checks::default()).unwrap();
        let wanted = Wanted { path: text(image.to_str().unwrap()), ..Wanted::default() };
        assert!(finder.find(&wanted).is_ok());
        assert!(finder.find(&wanted).unwrap_err().to_string().contains("two disks"));
        let link = directory.path().join("link.img");
        std::os::unix::fs::symlink(&image, &link).unwrap();
        for other in [&link, &directory.path().join("none/../a.img")] {
            let other = Wanted { path: text(other.to_str().unwrap()), ..Wanted::default() };
            assert!(finder.find(&other).unwrap_err().to_string().contains("two disks"));
        }
        assert!(finder.find(&Wanted { sharing: true, ..wanted }).is_ok());
    }
}
