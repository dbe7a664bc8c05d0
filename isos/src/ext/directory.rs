//! Directories: records in a chain that fills each block. A hashed directory reads as one, too: its index looks like
//! free records.

use std::ops::ControlFlow;

use super::Volume;
use super::inode::Inode;
use crate::endian::Endian::Little;
use crate::entry::{Entry, readable_name};
use crate::gather::{Dots, each_block};
use crate::{Error, limits};

/// Bytes of a record before its name.
const FIXED: usize = 8;
/// Bytes before the records of an inline directory: the number of its parent.
const PARENT: u64 = 4;

/// Hands each entry of `directory` to `each` until it breaks off.
pub(super) fn visit(
    volume: &Volume,
    directory: &Entry,
    path: &str,
    each: &mut dyn FnMut(Entry) -> ControlFlow<()>,
) -> Result<(), Error> {
    let inode = volume.inode(u32::try_from(directory.id).unwrap_or(0))?;
    let size = inode.size();
    if size > limits::DIRECTORY_BYTES {
        let why = format!("it claims {size} bytes (the limit is {})", limits::DIRECTORY_BYTES);
        return Err(volume.damaged(inode.offset, format!("the directory '{path}': {why}")));
    }
    let mut scan = Scan { volume, path, count: 0, dots: Dots::default() };
    if inode.is_inline() {
        // It has no records for itself and the one above it.
        scan.dots = Dots { own: true, above: true };
        return scan.inline(&inode, each);
    }
    let extents = volume.extents(&inode, path)?;
    let block = usize::try_from(volume.superblock.block).unwrap_or(0);
    each_block(&volume.source, path, &extents, block, &mut |offset, bytes| scan.block(offset, bytes, each))
}

/// Progress through a directory.
struct Scan<'a> {
    volume: &'a Volume,
    path: &'a str,
    count: usize,
    dots: Dots,
}

impl Scan<'_> {
    /// Records in the inode: some in the place of the map, after the number of the parent, and the others in an
    /// attribute. No record lies in both.
    fn inline(&mut self, inode: &Inode, each: &mut dyn FnMut(Entry) -> ControlFlow<()>) -> Result<(), Error> {
        let mut skipped = PARENT;
        for extent in self.volume.extents(inode, self.path)? {
            let Some(start) = extent.start else { continue };
            let skip = skipped.min(extent.length);
            let mut bytes = vec![0; usize::try_from(extent.length - skip).unwrap_or(0)];
            self.volume.source.read(start + skip, &mut bytes)?;
            if self.block(start + skip, &bytes, each)?.is_break() {
                break;
            }
            skipped = 0;
        }
        Ok(())
    }

    /// Records that fill `bytes`, which lie at `offset`.
    fn block(
        &mut self,
        offset: u64,
        bytes: &[u8],
        each: &mut dyn FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Error> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let place = offset + (bytes.len() - rest.len()) as u64;
            let damaged =
                |why: String| self.volume.damaged(place, format!("in the directory '{}': {why}", self.path));
            let (Some(number), Some(length), Some(name_length)) =
                (Little.u32(rest, 0), Little.u16(rest, 4), rest.get(6))
            else {
                return Err(damaged("a record breaks off".into()));
            };
            let name_end = FIXED + usize::from(*name_length);
            // A block of 64 KiB has records that their 16 bits cannot tell.
            let length = match length {
                0 | u16::MAX if bytes.len() > usize::from(u16::MAX) => bytes.len(),
                length => length.into(),
            };
            let (Some((_, after)), Some(name)) = (rest.split_at_checked(length), rest.get(FIXED..name_end))
            else {
                return Err(damaged(format!("a record of {length} bytes leaves its block")));
            };
            if length < FIXED || (number != 0 && length < name_end) {
                return Err(damaged(format!("a record of {length} bytes is shorter than its name")));
            }
            rest = after;
            if number == 0 || self.dots.take(name) {
                continue;
            }
            self.count += 1;
            if self.count > limits::DIRECTORY_ENTRIES {
                let limit = limits::DIRECTORY_ENTRIES as u64;
                return Err(self.volume.source.limit(self.path, "a directory has too many entries", limit));
            }
            let entry = self.volume.entry(readable_name(name), &self.volume.inode(number)?)?;
            if each(entry).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}
