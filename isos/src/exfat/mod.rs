//! exFAT (Microsoft's "exFAT file system specification", revision 1.00).
//!
//! `boot` reads either copy of the boot region, `directory` the sets of records that describe a file;
//! [`crate::clusters`] follows the chains of files that need one. The table with which Windows folds the case of
//! names is not read: names are looked up without regard to case as everywhere here.

mod boot;
mod directory;

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::clusters::Clusters;
use crate::entry::{Entry, Extent};
use crate::filesystem::{Content, FileSystem, Found};
use crate::source::Source;
use crate::{Error, Identifiers};

/// An exFAT volume.
#[derive(Debug)]
struct Volume {
    source: Arc<Source>,
    clusters: Clusters,
    root: Entry,
    first: u32,
}

/// Where the content of a file or directory lies.
#[derive(Debug, Clone, Copy)]
struct Stream {
    first: u32,
    /// Bytes in it.
    length: u64,
    /// Bytes that were written; those after them read as zeros.
    valid: u64,
    /// The clusters follow one another, and have no chain in the table.
    is_contiguous: bool,
}

/// Looks for an exFAT volume; `None` if the source holds none.
pub(crate) fn open(source: &Arc<Source>) -> Result<Option<Found>, Error> {
    let Some(boot) = boot::read(source)? else { return Ok(None) };
    let Some(start) = boot.clusters.offset(boot.root) else {
        let why = format!("its top directory is in cluster {}, which it does not have", boot.root);
        return Err(source.damaged("read the boot sector of exFAT", 96, why));
    };
    let volume = Volume {
        source: Arc::clone(source),
        clusters: boot.clusters,
        root: Entry::directory(start, Vec::new()),
        first: boot.root,
    };
    // If the directory cannot be read, that is told when it is listed.
    let label = volume.label().ok().flatten().unwrap_or_default();
    Ok(Some(
        Found::new(
            volume,
            "exFAT",
            Identifiers { volume: label, volume_size: boot.volume_size, ..Identifiers::default() },
        )
        .described_by("label in the top directory", start),
    ))
}

impl Volume {
    /// Where the first `length` bytes of a stream lie.
    fn extents(&self, stream: Stream, length: u64, path: &str) -> Result<Vec<Extent>, Error> {
        if length == 0 {
            return Ok(Vec::new());
        }
        if !stream.is_contiguous {
            return self.clusters.extents(&self.source, stream.first, length, path);
        }
        let clusters = length.div_ceil(self.clusters.size);
        let last = u32::try_from(clusters - 1).ok().and_then(|more| stream.first.checked_add(more));
        match (self.clusters.offset(stream.first), last.and_then(|last| self.clusters.offset(last))) {
            (Some(start), Some(_)) => Ok(vec![Extent::data(start, length)]),
            _ => {
                let why =
                    format!("{length} bytes from cluster {} on are more than the volume has", stream.first);
                Err(self.source.damaged(format!("read '{path}'"), self.clusters.heap, why))
            }
        }
    }
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
        let stream = self.stream(file, path)?;
        let mut extents = self.extents(stream, stream.valid, path)?;
        if stream.valid < stream.length {
            extents.push(Extent::hole(stream.length - stream.valid));
        }
        Ok(Content::Extents(extents))
    }

    fn ignores_case(&self) -> bool {
        true
    }
}
