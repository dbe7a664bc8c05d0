//! UFS1 and UFS2, the fast file system of the BSDs and of Solaris, in both byte orders. Its layout is told by
//! FreeBSD's `fs(5)`, `dir(5)` and the headers that those name.
//!
//! `superblock` finds `inode`s in their cylinder groups, those tell of extents, and `directory` what they are called.
//! Nothing is cached but by the kernel: an inode is one read. A journal is not replayed, extended attributes and
//! access control lists are left out, and snapshots are shown but not read.

mod directory;
mod inode;
mod superblock;

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::Error;
use crate::entry::Entry;
use crate::filesystem::{Content, FileSystem, Found};
use crate::source::Source;

use superblock::Superblock;

/// An opened file system.
#[derive(Debug)]
struct Volume {
    source: Arc<Source>,
    superblock: Superblock,
}

#[derive(Debug)]
struct Tree {
    volume: Volume,
    root: Entry,
}

/// The inode of the top directory.
const ROOT: u32 = 2;

/// Looks for UFS; `None` if the image holds none.
pub(crate) fn open(source: &Arc<Source>) -> Result<Option<Found>, Error> {
    let Some(superblock) = superblock::read(source)? else { return Ok(None) };
    let (description, identifiers) = (superblock.description(), superblock.identifiers());
    let place = superblock.place;
    let volume = Volume { source: Arc::clone(source), superblock };
    let root = volume.entry(String::new(), &volume.inode(ROOT)?)?;
    let found = Found::new(Tree { volume, root }, description, identifiers);
    Ok(Some(found.described_by("superblock", place)))
}

impl FileSystem for Tree {
    fn root(&self) -> &Entry {
        &self.root
    }

    fn visit(
        &self,
        directory: &Entry,
        path: &str,
        each: &mut dyn FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        directory::visit(&self.volume, directory, path, each)
    }

    fn content(&self, file: &Entry, path: &str) -> Result<Content, Error> {
        let inode = self.volume.inode(u32::try_from(file.id).unwrap_or(0))?;
        Ok(Content::Extents(self.volume.extents(&inode, path)?))
    }
}

impl Volume {
    fn damaged(&self, offset: u64, why: impl Into<String>) -> Error {
        self.source.damaged("read UFS", offset, why)
    }
}
