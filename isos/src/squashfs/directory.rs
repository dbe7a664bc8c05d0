//! Directories: runs of entries that share a block of inodes.

use std::ops::ControlFlow;

use super::Volume;
use super::inode::{self, Inode, What};
use super::metadata::{Cursor, Place};
use crate::endian::Endian::Little;
use crate::entry::{Entry, readable_name};
use crate::{Error, Kind, limits};

/// Entries that may share one header.
const RUN: u32 = 256;
/// Bytes of a header, and of an entry before its name.
const HEADER: u64 = 12;
const FIXED: u64 = 8;

/// Hands each entry of `directory` to `each` until it breaks off.
pub(super) fn visit(
    volume: &Volume,
    directory: &Entry,
    path: &str,
    each: &mut dyn FnMut(Entry) -> ControlFlow<()>,
) -> Result<(), Error> {
    let What::Directory { start, offset, size } = inode::read(volume, directory.id)?.what else {
        return Err(
            volume.damaged(directory.id >> 16, format!("the directory '{path}' became something else"))
        );
    };
    if u64::from(size) > limits::DIRECTORY_BYTES {
        let why = format!("it claims {size} bytes (the limit is {})", limits::DIRECTORY_BYTES);
        return Err(volume.damaged(directory.id >> 16, why));
    }
    let start = volume.superblock.directory_table.checked_add(start.into());
    let start = start.ok_or_else(|| volume.damaged(u64::MAX, "a directory lies outside the image"))?;
    let cursor = volume.metadata(Place { start, offset: offset.into() });
    Scan { volume, path, cursor, left: size.into(), count: 0 }.run(each)
}

/// Progress through a directory.
struct Scan<'a> {
    volume: &'a Volume,
    path: &'a str,
    cursor: Cursor<'a>,
    /// Bytes of the directory that were not read yet.
    left: u64,
    count: usize,
}

impl Scan<'_> {
    fn run(mut self, each: &mut dyn FnMut(Entry) -> ControlFlow<()>) -> Result<(), Error> {
        while self.left > 0 {
            self.take(HEADER)?;
            let header: [u8; HEADER as usize] = self.cursor.array()?;
            let u32 = |at| Little.u32(&header, at).unwrap_or(0);
            // One less than there are.
            let (count, block) = (u32(0), u32(4));
            if count >= RUN {
                return Err(self.damaged(format!("a run of {} entries", u64::from(count) + 1)));
            }
            for _ in 0..=count {
                if each(self.entry(block.into())?).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// The next entry; its inode lies in the block at `block` of the inode table.
    fn entry(&mut self, block: u64) -> Result<Entry, Error> {
        self.count += 1;
        if self.count > limits::DIRECTORY_ENTRIES {
            let limit = limits::DIRECTORY_ENTRIES as u64;
            return Err(self.volume.source.limit(self.path, "a directory has too many entries", limit));
        }
        self.take(FIXED)?;
        let fixed: [u8; FIXED as usize] = self.cursor.array()?;
        let offset = u64::from(Little.u16(&fixed, 0).unwrap_or(0));
        let mut name = vec![0; usize::from(Little.u16(&fixed, 6).unwrap_or(0)) + 1];
        if name.len() > limits::NAME_BYTES {
            let (bytes, limit) = (name.len(), limits::NAME_BYTES);
            return Err(self.damaged(format!("a name of {bytes} bytes (the limit is {limit})")));
        }
        self.take(name.len() as u64)?;
        self.cursor.read(&mut name)?;
        let reference = block << 16 | offset;
        Ok(entry(readable_name(&name), reference, inode::read(self.volume, reference)?))
    }

    /// Counts bytes that are read next.
    fn take(&mut self, count: u64) -> Result<(), Error> {
        self.left =
            self.left.checked_sub(count).ok_or_else(|| self.damaged("an entry leaves the directory"))?;
        Ok(())
    }

    fn damaged(&self, why: impl Into<String>) -> Error {
        self.volume
            .damaged(self.cursor.place.start, format!("in the directory '{}': {}", self.path, why.into()))
    }
}

/// An entry for the inode that `reference` points to.
pub(super) fn entry(name: String, reference: u64, inode: Inode) -> Entry {
    let (kind, size, link) = match inode.what {
        What::File(layout) => (Kind::File, layout.size, None),
        What::Directory { size, .. } => (Kind::Directory, size.into(), None),
        What::Link(target) => (Kind::Link, target.len() as u64, Some(target)),
        What::Special => (Kind::Special, 0, None),
    };
    Entry { name, kind, id: reference, size, extents: Vec::new(), posix: inode.posix, link, unreadable: None }
}
