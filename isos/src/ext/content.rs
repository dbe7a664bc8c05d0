//! Where content lies: in extents, in blocks that are listed one by one, or in the inode itself.

use super::Volume;
use super::inode::{Inode, MAP, MAP_BYTES};
use crate::endian::Endian::Little;
use crate::entry::Extent;
use crate::gather::{Gather, Pointers};
use crate::{Error, limits};

/// Before the entries of a node of the tree, and the size of those.
const HEADER: usize = 12;
const ENTRY: usize = 12;
const MAGIC: u16 = 0xf30a;
/// Lengths above are of extents without content: they read as zeros.
const MOST_WRITTEN: u64 = 32768;

impl Volume {
    /// The extents of what the inode holds, shown as `path` in errors.
    pub(super) fn extents(&self, inode: &Inode, path: &str) -> Result<Vec<Extent>, Error> {
        let block = self.superblock.block;
        let mut gather = Gather::new(&self.source, path, inode.size(), block);
        let map = inode.bytes.get(MAP..MAP + MAP_BYTES).unwrap_or_default();
        if inode.is_inline() {
            gather.data(inode.offset.saturating_add(MAP as u64), MAP_BYTES as u64)?;
            if let Some((start, length)) = inline_rest(inode) {
                gather.data(inode.offset.saturating_add(start), length)?;
            }
        } else if inode.has_extents() {
            let mut tree = Tree { gather: &mut gather, block, next: 0 };
            tree.node(map, inode.offset, None)?;
        } else {
            let how = Pointers { endian: Little, width: 4, unit: block, block };
            for (index, level) in [0; 12].into_iter().chain([1, 2, 3]).enumerate() {
                let pointer = Little.u32(map, index * 4).unwrap_or(0);
                gather.pointer(&how, pointer.into(), level)?;
            }
        }
        gather.finish()
    }
}

/// An extent tree, read from left to right.
struct Tree<'a, 'b> {
    gather: &'a mut Gather<'b>,
    block: u64,
    /// The block of the file that comes next.
    next: u64,
}

impl Tree<'_, '_> {
    /// A node, which lies at `offset`. One below another has one level less, so that there is an end to them.
    fn node(&mut self, node: &[u8], offset: u64, expected: Option<u16>) -> Result<(), Error> {
        let u16 = |at| Little.u16(node, at).unwrap_or(0);
        let (entries, level) = (usize::from(u16(2)), u16(6));
        if u16(0) != MAGIC {
            return Err(self.gather.damaged(offset, "a node of its extent tree is none"));
        }
        let why = |rule: &str| format!("a node of its extent tree is on level {level}{rule}");
        if level > limits::EXTENT_LEVELS {
            let limit = limits::EXTENT_LEVELS;
            return Err(self.gather.damaged(offset, why(&format!(" (the limit is {limit})"))));
        }
        if expected.is_some_and(|expected| expected != level) {
            return Err(self.gather.damaged(offset, why(", which is not below that of the one above it")));
        }
        for entry in 0..entries {
            let at = HEADER + entry * ENTRY;
            let Some(bytes) = node.get(at..at + ENTRY) else {
                return Err(self.gather.damaged(offset, format!("a node with {entries} extents")));
            };
            let u16 = |at| u64::from(Little.u16(bytes, at).unwrap_or(0));
            let u32 = |at| u64::from(Little.u32(bytes, at).unwrap_or(0));
            if self.gather.is_complete() {
                break;
            }
            if level == 0 {
                self.extent(offset, u32(0), u16(4), u16(6) << 32 | u32(8))?;
            } else {
                let start = (u16(8) << 32 | u32(4)).saturating_mul(self.block);
                let below = self.gather.read(start, usize::try_from(self.block).unwrap_or(0))?;
                self.node(&below, start, Some(level - 1))?;
            }
        }
        Ok(())
    }

    /// An extent of `length` blocks from block `first` of the file, at block `start` of the image.
    fn extent(&mut self, offset: u64, first: u64, length: u64, start: u64) -> Result<(), Error> {
        if first < self.next || length == 0 {
            let why = format!("an extent of {length} blocks from block {first} on after block {}", self.next);
            return Err(self.gather.damaged(offset, why));
        }
        self.gather.hole((first - self.next).saturating_mul(self.block))?;
        let (is_written, length) = match length.checked_sub(MOST_WRITTEN) {
            None | Some(0) => (true, length),
            Some(unwritten) => (false, unwritten),
        };
        self.next = first + length;
        let bytes = length.saturating_mul(self.block);
        if is_written {
            self.gather.data(start.saturating_mul(self.block), bytes)
        } else {
            self.gather.hole(bytes)
        }
    }
}

/// Where the rest of inline data is in the inode, and its length: an extended attribute called `system.data`.
fn inline_rest(inode: &Inode) -> Option<(u64, u64)> {
    const XATTR_MAGIC: u32 = 0xea02_0000;
    const SYSTEM: u8 = 7;
    let start = inode.used()?;
    if Little.u32(&inode.bytes, start)? != XATTR_MAGIC {
        return None;
    }
    let entries = inode.bytes.get(start + 4..)?;
    let mut rest = entries;
    // Each entry: length of the name, prefix, place and block of the value, its size, a hash, the name, padding.
    while let [name_length, prefix, ..] = *rest
        && (name_length, prefix) != (0, 0)
    {
        let name_length = usize::from(name_length);
        if prefix == SYSTEM && rest.get(16..16 + name_length)? == b"data" {
            let (at, length) = (u64::from(Little.u16(rest, 2)?), u64::from(Little.u32(rest, 8)?));
            let is_inside = at + length <= entries.len() as u64;
            return is_inside.then_some((start as u64 + 4 + at, length));
        }
        rest = rest.get((16 + name_length).next_multiple_of(4)..)?;
    }
    None
}
