//! What the original's disks are stored in, and how that can be copied: by ourselves, by libvirt, or not at all.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use hypervisor::{Connection, Volume};

use crate::document::{Document, Element};
use crate::domain::Disk;

/// What a disk is stored in.
#[derive(Debug)]
pub(super) enum Stored {
    /// An empty drive.
    Empty,
    /// A file or a block device that this program can read.
    Local(Local),
    /// A volume that only libvirt gets at.
    Managed(Managed),
    /// Something that cannot be copied: why.
    Not(String),
}

/// A file or a block device that this program can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Local {
    pub(super) path: PathBuf,
    pub(super) is_device: bool,
    /// Bytes from its start to its end.
    pub(super) length: u64,
    /// Bytes that it takes on its file system.
    pub(super) taken: u64,
    /// The file system that it is on.
    pub(super) file_system: u64,
}

/// A volume.
#[derive(Debug)]
pub(super) struct Managed {
    pub(super) volume: Volume,
    /// Its path; a name of its own kind where its pool is on the network.
    pub(super) path: String,
}

impl Stored {
    /// Looks at the disk.
    pub(super) fn find(
        connection: &Connection,
        is_local: bool,
        document: &Document,
        element: Element,
    ) -> Stored {
        let disk = Disk::new(document, element);
        let text = |name: &str| disk.get(name).filter(|text| !text.is_empty());
        match &*disk.kind() {
            "file" | "block" => match text("path") {
                Some(path) => Stored::at(connection, is_local, &path),
                None => Stored::Empty,
            },
            "volume" => match disk.volume() {
                Some((pool, name)) => Stored::in_pool(connection, is_local, &pool, &name),
                None => Stored::Empty,
            },
            "network" => match text("source.protocol").unwrap_or_default().as_str() {
                "rbd" => Stored::Not("Cloning rbd volumes is not yet supported.".to_owned()),
                protocol => Stored::Not(format!("Disk network type '{protocol}' is not cloneable.")),
            },
            other => Stored::Not(format!("Disk type '{other}' is not cloneable.")),
        }
    }

    /// What is at this path of the hypervisor's host.
    pub(super) fn at(connection: &Connection, is_local: bool, path: &str) -> Stored {
        let managed = || {
            let volume = connection.volume_by_path(path).ok()?;
            // A volume may have been removed behind libvirt's back.
            volume.info().ok()?;
            Some(Stored::Managed(Managed { volume, path: path.to_owned() }))
        };
        let missing = || Stored::Not(format!("Disk path '{path}' does not exist."));
        if !is_local {
            return managed().unwrap_or_else(missing);
        }
        match Local::open(Path::new(path)) {
            Ok(Some((local, _))) => Stored::Local(local),
            Ok(None) => Stored::Not(format!("'{path}' is neither a file nor a block device.")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => managed().unwrap_or_else(missing),
            Err(error) => {
                managed().unwrap_or_else(|| Stored::Not(format!("'{path}' cannot be read: {error}")))
            }
        }
    }

    fn in_pool(connection: &Connection, is_local: bool, pool: &str, name: &str) -> Stored {
        let found = connection.pool_by_name(pool).and_then(|pool| pool.volume_by_name(name));
        let volume = match found.and_then(|volume| Ok((volume.path()?, volume))) {
            Ok((path, volume)) => Managed { volume, path },
            Err(error) => return Stored::Not(error.message),
        };
        match Local::open(Path::new(&volume.path)) {
            Ok(Some((local, _))) if is_local => Stored::Local(local),
            _ => Stored::Managed(volume),
        }
    }
}

impl Local {
    /// Opens a file or block device; `None` for what is neither.
    pub(super) fn open(path: &Path) -> io::Result<Option<(Local, File)>> {
        let kind = std::fs::metadata(path)?.file_type();
        if !kind.is_file() && !kind.is_block_device() {
            return Ok(None);
        }
        let mut file = File::open(path)?;
        // Asked of what was opened, whatever the path leads to by now.
        let metadata = file.metadata()?;
        let kind = metadata.file_type();
        if !kind.is_file() && !kind.is_block_device() {
            return Ok(None);
        }
        let length = file.seek(SeekFrom::End(0))?;
        file.rewind()?;
        let is_device = kind.is_block_device();
        let taken = if is_device { length } else { metadata.blocks().saturating_mul(512) };
        Ok(Some((
            Local { path: path.to_owned(), is_device, length, taken, file_system: metadata.dev() },
            file,
        )))
    }
}
