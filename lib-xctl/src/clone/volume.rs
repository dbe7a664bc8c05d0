//! Copying a volume by libvirt: what is on another host, in a pool of devices, not ours to read, or laid over another
//! image, which libvirt merges into the copy.

use std::path::{Path, PathBuf};

use hypervisor::{Connection, Volume};

use super::Error;
use crate::cleanup::Cleanup;
use crate::progress::{Cancel, Progress};
use crate::storage::{self, Creation, Pool};

/// One volume that becomes another.
#[derive(Debug)]
pub(super) struct VolumeCopy {
    pub(super) source: Source,
    pub(super) creation: Creation,
    /// Blocks are shared, or nothing is copied.
    pub(super) reflink: bool,
}

/// What is copied.
#[derive(Debug)]
pub(super) enum Source {
    /// A volume that libvirt knows.
    Volume(Volume),
    /// A file that may have to become one first.
    File(PathBuf),
}

impl VolumeCopy {
    /// Makes the copy. It is listed in `cleanup` before.
    pub(super) fn run(
        &self,
        connection: &Connection,
        cleanup: &mut Cleanup,
        progress: &dyn Progress,
        cancel: &Cancel,
    ) -> Result<(), Error> {
        let source = match &self.source {
            Source::Volume(volume) => volume.clone(),
            Source::File(path) => volume_of(path, connection, cleanup)?,
        };
        let made = self.creation.run_from(&source, self.reflink, connection, cleanup, progress, cancel);
        if self.reflink
            && let Err(storage::Error::Hypervisor(error)) = &made
        {
            let from = source.path().unwrap_or_else(|_| source.name().to_owned()).into();
            let to = self.creation.pool.target.join(&self.creation.name);
            return Err(Error::Reflink { from, to, source: std::io::Error::other(error.message.clone()) });
        }
        made?;
        if cancel.is_requested() { Err(Error::Cancelled) } else { Ok(()) }
    }
}

/// The file as a volume; the pool of its directory is made where there is none.
fn volume_of(path: &Path, connection: &Connection, cleanup: &mut Cleanup) -> Result<Volume, Error> {
    let text = path.to_string_lossy();
    if let Ok(volume) = connection.volume_by_path(&text) {
        return Ok(volume);
    }
    let pool = Pool::of_directory(connection, path.parent().unwrap_or(Path::new("/")))?;
    storage::refresh(&pool.open(connection, cleanup)?)?;
    Ok(connection.volume_by_path(&text)?)
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Volume(volume) => write!(f, "{volume}"),
            Source::File(path) => write!(f, "{}", path.display()),
        }
    }
}
