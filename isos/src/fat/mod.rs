//! FAT with entries of 12, 16 and 32 bits, and its long names (Microsoft's "FAT: General Overview of On-Disk
//! Format", 1.03, and ECMA-107).
//!
//! `boot_sector` tells where things are, `directory` walks the records of a directory, `name` reads both kinds of
//! names; [`crate::clusters`] follows the chains. The crate `fatfs` would read the same, but works on one position
//! that all files share, so that threads could not read side by side, and does not tell where data lies, so that the
//! kernel could not copy it.
//!
//! FAT has no owners, no modes and no time zone; its read-only, hidden and system bits are not looked at.

mod boot_sector;
mod directory;
mod name;

pub(crate) use name::wide;

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::clusters::Clusters;
use crate::entry::Entry;
use crate::filesystem::{Content, FileSystem, Found};
use crate::source::Source;
use crate::{Error, Identifiers};

/// A FAT volume.
#[derive(Debug)]
struct Volume {
    source: Arc<Source>,
    clusters: Clusters,
    place: Root,
    root: Entry,
}

/// Where the top directory lies: in a place of its own, or, with FAT32, in clusters as any other.
#[derive(Debug, Clone, Copy)]
enum Root {
    Fixed { start: u64, length: u64 },
    Chain { first: u32 },
}

/// Looks for a FAT volume; `None` if the source holds none.
pub(crate) fn open(source: &Arc<Source>) -> Result<Option<Found>, Error> {
    let Some(boot) = boot_sector::read(source)? else { return Ok(None) };
    let start = match boot.root {
        Root::Fixed { start, .. } => start,
        Root::Chain { first } => boot.clusters.offset(first).unwrap_or(0),
    };
    let description = format!("FAT{}", boot.clusters.width);
    let volume = Volume {
        source: Arc::clone(source),
        clusters: boot.clusters,
        place: boot.root,
        root: Entry::directory(start, Vec::new()),
    };
    // Tools that rename a volume change the record in the top directory, and not all of them the boot sector. If the
    // directory cannot be read, that is told when it is listed.
    let (label, told_by) = match volume.label().ok().flatten() {
        Some(label) => (label, ("label in the top directory", start)),
        None => (boot.label, ("boot sector", 0)),
    };
    Ok(Some(
        Found::new(
            volume,
            description,
            Identifiers { volume: label, volume_size: boot.volume_size, ..Identifiers::default() },
        )
        .described_by(told_by.0, told_by.1),
    ))
}

impl FileSystem for Volume {
    fn root(&self) -> &Entry {
        &self.root
    }

    fn visit(
        &self,
        directory: &Entry,
        path: &str,
        each: &mut dyn FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        self.list(directory, path, each)
    }

    fn content(&self, file: &Entry, path: &str) -> Result<Content, Error> {
        let first = self.first_cluster(file)?;
        self.clusters.extents(&self.source, first, file.size, path).map(Content::Extents)
    }

    fn ignores_case(&self) -> bool {
        true
    }
}
