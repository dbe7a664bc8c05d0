//! squashfs 4.0, packed with gzip, lzma, lzo, xz, lz4 or zstd. There is no specification but the kernel's
//! `Documentation/filesystems/squashfs.rst`; what that leaves open was learnt from images that mksquashfs and tar2sqfs
//! make.
//!
//! The crate `backhand` reads squashfs, too. It is made to take an image apart and write it again: opening unpacks
//! every inode and directory into memory, and reads go through one position behind a lock. Here a directory is read
//! when it is asked for, a block when it is read, by any number of threads, and what is kept is bounded.
//!
//! `superblock` says where everything is; `metadata` reads through the packed chains in which `inode`s, `directory`s
//! and tables lie; `file` reads the content of files; `compression` unpacks for both. Extended attributes are left
//! out.

mod compression;
mod directory;
mod file;
mod inode;
mod metadata;
mod superblock;

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::cache::Cache;
use crate::entry::Entry;
use crate::filesystem::{Content, FileSystem, Found};
use crate::source::Source;
use crate::{Error, Identifiers, limits};

use inode::What;
use metadata::Place;
use superblock::Superblock;

/// An opened file system.
#[derive(Debug)]
pub(crate) struct Volume {
    source: Arc<Source>,
    superblock: Superblock,
    /// Unpacked metadata, by where it begins in the image.
    metadata: Cache<Arc<metadata::Block>>,
    /// Unpacked blocks of files, by the same.
    blocks: Cache<Arc<Vec<u8>>>,
}

/// What is handed out: files that are read keep the volume.
#[derive(Debug)]
struct Tree {
    volume: Arc<Volume>,
    root: Entry,
}

/// Looks for a squashfs; `None` if the image holds none.
pub(crate) fn open(source: &Arc<Source>) -> Result<Option<Found>, Error> {
    let Some(superblock) = superblock::read(source)? else { return Ok(None) };
    let (root, block) = (superblock.root, superblock.block as usize);
    let (name, volume_size) = (superblock.compression.name, superblock.bytes_used);
    let volume = Volume {
        source: Arc::clone(source),
        superblock,
        metadata: Cache::new(limits::METADATA_BLOCKS),
        blocks: Cache::new(limits::UNPACKED_BYTES / block),
    };
    let root = directory::entry(String::new(), root, inode::read(&volume, root)?);
    Ok(Some(Found::new(
        Tree { volume: Arc::new(volume), root },
        format!("squashfs with {name}"),
        Identifiers { volume_size, ..Identifiers::default() },
    )))
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
        match inode::read(&self.volume, file.id)?.what {
            What::File(layout) => {
                Ok(Content::Packed(Arc::new(file::File::new(Arc::clone(&self.volume), layout))))
            }
            _ => Err(self.volume.damaged(file.id >> 16, format!("'{path}' became something else"))),
        }
    }
}

/// Numbers of users and groups in a block of metadata.
const IDS: u64 = 2048;

impl Volume {
    /// The user or group that an inode means by `index`.
    fn id(&self, index: u16) -> Result<u32, Error> {
        if index >= self.superblock.ids {
            return Err(self.damaged(self.superblock.id_table, format!("there is no user or group {index}")));
        }
        let index = u64::from(index);
        let start = self.indexed(self.superblock.id_table, index / IDS)?;
        let number = self.metadata(Place { start, offset: (index % IDS * 4) as usize }).array()?;
        Ok(u32::from_le_bytes(number))
    }

    /// The place of a table's metadata block of that number; its places are listed, unpacked, at `table`.
    fn indexed(&self, table: u64, number: u64) -> Result<u64, Error> {
        let mut place = [0; 8];
        self.source.read(table.saturating_add(number * 8), &mut place)?;
        Ok(u64::from_le_bytes(place))
    }

    fn damaged(&self, offset: u64, why: impl Into<String>) -> Error {
        self.source.damaged("read squashfs", offset, why)
    }
}
