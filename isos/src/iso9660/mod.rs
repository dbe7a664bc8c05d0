//! ISO 9660 (ECMA-119), levels 1 to 3, with Rock Ridge (IEEE P1282) or Joliet names.
//!
//! `session` finds the newest of several volumes, `descriptor` the trees that a volume offers, `directory` walks the records of one
//! directory, `system_use` iterates over the fields that extend a record (SUSP, IEEE P1281), and `rock_ridge`
//! gives those their meaning. `zisofs` unpacks files that are packed block by block, `sparse` finds what lies between
//! the holes of a file.

mod descriptor;
mod directory;
mod record;
mod rock_ridge;
mod session;
mod sparse;
mod system_use;
mod zisofs;

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::Error;
use crate::entry::{Entry, Extent};
use crate::filesystem::{Content, FileSystem, Found};
use crate::source::Source;

/// The unit of volume descriptors and of directory records, in bytes. Extents count in blocks, which may be smaller.
pub(crate) const SECTOR: u64 = 2048;

/// How the names of the chosen tree are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Naming {
    /// POSIX names in system use fields, which begin after `skip` bytes.
    RockRidge { skip: usize },
    /// UCS-2, big-endian.
    Joliet,
    /// Upper case with version numbers.
    Plain,
}

/// How the content of a file is stored that does not lie in its extents as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Storage {
    Packed(zisofs::Packing),
    Sparse(sparse::Map),
}

impl Storage {
    /// Bytes in the file as it is read.
    fn size(self) -> u64 {
        match self {
            Storage::Packed(packing) => packing.size,
            Storage::Sparse(map) => map.size,
        }
    }
}

/// One directory tree of an ISO 9660 volume.
#[derive(Debug)]
pub(crate) struct Volume {
    source: Arc<Source>,
    /// Bytes in a logical block.
    block: u64,
    naming: Naming,
    root: Entry,
}

/// Looks for an ISO 9660 volume; `None` if the image holds none.
pub(crate) fn open(source: &Arc<Source>) -> Result<Option<Found>, Error> {
    let Some(first) = descriptor::read(source, 0)? else { return Ok(None) };
    let set = session::last(source, first)?;
    let primary = &set.primary;
    let volume = Volume {
        source: Arc::clone(source),
        block: primary.block,
        naming: Naming::Plain,
        root: root_entry(primary.root),
    };
    let mut volume = match (volume.rock_ridge_skip()?, set.joliet) {
        (Some(skip), _) => Volume { naming: Naming::RockRidge { skip }, ..volume },
        (None, Some(joliet)) => {
            Volume { block: joliet.block, naming: Naming::Joliet, root: root_entry(joliet.root), ..volume }
        }
        (None, None) => match set.enhanced {
            Some(tree) => Volume { block: tree.block, root: root_entry(tree.root), ..volume },
            None => volume,
        },
    };
    volume.root.posix = volume.root_posix();
    let description = match volume.naming {
        Naming::RockRidge { .. } => "ISO 9660 with Rock Ridge",
        Naming::Joliet => "ISO 9660 with Joliet",
        Naming::Plain => "ISO 9660",
    };
    Ok(Some(Found {
        // Discs of Windows tell of their files in UDF only, and keep a note of that in ISO 9660.
        is_second_choice: set.has_udf && volume.ignores_case(),
        filesystem: Box::new(volume),
        description: description.into(),
        described_by: ("primary volume descriptor", set.primary.offset),
        identifiers: set.primary.identifiers,
        boot_catalogue: set.boot_catalogue.map(|sector| sector * SECTOR),
    }))
}

fn root_entry(extent: Extent) -> Entry {
    Entry::directory(extent.start.unwrap_or(0), vec![extent])
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
        directory::visit(self, directory, path, each)
    }

    fn content(&self, file: &Entry, path: &str) -> Result<Content, Error> {
        match self.storage(file, path)? {
            Some(Storage::Packed(packing)) => zisofs::content(self, packing, file, path),
            Some(Storage::Sparse(map)) => sparse::content(self, map, file, path),
            None => Ok(Content::Extents(file.extents.clone())),
        }
    }

    fn ignores_case(&self) -> bool {
        !matches!(self.naming, Naming::RockRidge { .. })
    }
}

#[cfg(test)]
mod bounds;
#[cfg(test)]
pub(crate) mod testing;
