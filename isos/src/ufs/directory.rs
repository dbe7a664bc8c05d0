//! Directories: records in a chain that fills each 512 bytes, so that one is written at once.

use std::ops::ControlFlow;

use super::Volume;
use crate::entry::{Entry, readable_name};
use crate::gather::{Dots, each_block};
use crate::{Error, limits};

/// Bytes that records fill, and of one before its name.
const BLOCK: usize = 512;
const FIXED: usize = 8;
/// The type of a name that hides one of another file system below this one.
const WHITEOUT: u8 = 14;

/// Hands each entry of `directory` to `each` until it breaks off.
pub(super) fn visit(
    volume: &Volume,
    directory: &Entry,
    path: &str,
    each: &mut dyn FnMut(Entry) -> ControlFlow<()>,
) -> Result<(), Error> {
    let inode = volume.inode(u32::try_from(directory.id).unwrap_or(0))?;
    if inode.size > limits::DIRECTORY_BYTES {
        let why = format!("it claims {} bytes (the limit is {})", inode.size, limits::DIRECTORY_BYTES);
        return Err(volume.damaged(inode.offset, format!("the directory '{path}': {why}")));
    }
    let extents = volume.extents(&inode, path)?;
    let (mut count, mut dots) = (0, Dots::default());
    each_block(&volume.source, path, &extents, BLOCK, &mut |offset, bytes| {
        block(volume, path, offset, bytes, &mut count, &mut dots, each)
    })
}

/// Records that fill `bytes`, which lie at `offset`.
fn block(
    volume: &Volume,
    path: &str,
    offset: u64,
    bytes: &[u8],
    count: &mut usize,
    dots: &mut Dots,
    each: &mut dyn FnMut(Entry) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Error> {
    let endian = volume.superblock.endian;
    let mut rest = bytes;
    while !rest.is_empty() {
        let place = offset + (bytes.len() - rest.len()) as u64;
        let damaged = |why: String| volume.damaged(place, format!("in the directory '{path}': {why}"));
        let (Some(number), Some(length), [_, _, _, _, _, _, kind, name_length, ..]) =
            (endian.u32(rest, 0), endian.u16(rest, 4), rest)
        else {
            return Err(damaged("a record breaks off".into()));
        };
        let (kind, name_length) = if volume.superblock.has_old_format {
            (0, endian.u16(rest, 6).unwrap_or(0))
        } else {
            (*kind, u16::from(*name_length))
        };
        let (length, name_end) = (usize::from(length), FIXED + usize::from(name_length));
        let Some((_, after)) = rest.split_at_checked(length).filter(|_| length >= FIXED) else {
            return Err(damaged(format!("a record of {length} bytes leaves its block, or has no end")));
        };
        let name = rest.get(FIXED..name_end.min(length)).unwrap_or_default();
        rest = after;
        if number == 0 || kind == WHITEOUT || dots.take(name) {
            continue;
        }
        if name_end > length || name.is_empty() {
            return Err(damaged(format!("a record of {length} bytes for a name of {name_length}")));
        }
        *count += 1;
        if *count > limits::DIRECTORY_ENTRIES {
            let limit = limits::DIRECTORY_ENTRIES as u64;
            return Err(volume.source.limit(path, "a directory has too many entries", limit));
        }
        let entry = volume.entry(readable_name(name), &volume.inode(number)?)?;
        if each(entry).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}
