//! ext2, ext3 and ext4, as the kernel's `Documentation/filesystems/ext4` describes them.
//!
//! The crate `ext4-view` reads these, too, and replays a journal in memory. It is made for one thread (`Rc`), reads by
//! paths, and does not tell where data lies; here the kernel is to copy data by itself, and any number of threads
//! read. So this is a small reader of our own: `superblock` finds `inode`s, `content` their extents, and `directory`
//! what they are called.
//!
//! Nothing is cached but by the kernel: an inode is one read. Checksums are not verified, a journal is not replayed
//! (the description says so), extended attributes are left out, and encrypted files are shown but not read.

mod content;
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

/// Looks for ext2, ext3 or ext4; `None` if the image holds none.
pub(crate) fn open(source: &Arc<Source>) -> Result<Option<Found>, Error> {
    let Some(superblock) = superblock::read(source)? else { return Ok(None) };
    let (description, identifiers) = (superblock.description(), superblock.identifiers());
    let volume = Volume { source: Arc::clone(source), superblock };
    let root = volume.entry(String::new(), &volume.inode(ROOT)?)?;
    let found = Found::new(Tree { volume, root }, description, identifiers);
    Ok(Some(found.described_by("superblock", superblock::PLACE)))
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
        self.source.damaged("read ext", offset, why)
    }
}
