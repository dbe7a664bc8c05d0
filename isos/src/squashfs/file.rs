//! The content of a file: blocks that are packed one by one, and a tail that shares a block with those of other files.

use std::sync::{Arc, Mutex, PoisonError};

use super::Volume;
use super::metadata::Place;
use crate::Error;
use crate::endian::Endian::Little;
use crate::filesystem::Packed;

/// Where a file's content is, as its inode says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// Of the first block, from the start of the image; the others follow.
    pub(super) start: u64,
    /// Bytes in the file.
    pub(super) size: u64,
    /// The number of the block that holds the tail, or [`NO_FRAGMENT`].
    pub(super) fragment: u32,
    /// Of the tail in that block.
    pub(super) offset: u32,
    /// Where the list of block sizes begins.
    pub(super) blocks: Place,
}

/// The tail has a block of its own.
const NO_FRAGMENT: u32 = u32::MAX;
/// Set in a block's size where it is stored as it is.
const IS_PLAIN: u32 = 1 << 24;
/// Bytes of a fragment's entry in the table, and how many of them a block of metadata holds.
const FRAGMENT: u64 = 16;
const FRAGMENTS: u64 = 512;

/// A block in the image.
#[derive(Debug, Clone, Copy)]
struct Block {
    start: u64,
    /// Its size as written, with [`IS_PLAIN`]. Zero is a hole.
    size: u32,
}

/// An open file.
#[derive(Debug)]
pub(super) struct File {
    volume: Arc<Volume>,
    layout: Layout,
    list: Mutex<List>,
}

/// What is known of the list of block sizes. A block's place is the sum of the sizes before it, so that the list has
/// to be read from its start once; to find a place again, every [`PART`] sizes it is remembered. A file of 1 TiB costs
/// 100 KiB this way, and one that only claims to be large ends where the metadata ends.
#[derive(Debug)]
struct List {
    /// Where each part known so far is in the metadata, and its first block in the image.
    parts: Vec<(Place, u64)>,
    /// The number of the part used last, and its blocks.
    current: (u64, Vec<Block>),
}

/// Sizes in one part of the list: what a block of metadata holds.
const PART: u64 = 2048;

impl File {
    pub(super) fn new(volume: Arc<Volume>, layout: Layout) -> File {
        let list = List { parts: vec![(layout.blocks, layout.start)], current: (u64::MAX, Vec::new()) };
        File { volume, layout, list: Mutex::new(list) }
    }

    /// How many blocks the file has for itself.
    fn blocks(&self) -> u64 {
        let block = u64::from(self.volume.superblock.block);
        if self.layout.fragment == NO_FRAGMENT {
            self.layout.size.div_ceil(block)
        } else {
            self.layout.size / block
        }
    }

    /// The block of that number, which the file has.
    fn block(&self, number: u64) -> Result<Block, Error> {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        let part = number / PART;
        while list.current.0 != part {
            // The part itself if it was passed before, else the last one known, which makes the next one known.
            let next = part.min(list.parts.len() as u64 - 1);
            self.read_part(&mut list, next)?;
        }
        let block = list.current.1.get((number % PART) as usize).copied();
        block.ok_or_else(|| self.volume.damaged(self.layout.start, "a file has fewer blocks than bytes"))
    }

    fn read_part(&self, list: &mut List, part: u64) -> Result<(), Error> {
        let known = usize::try_from(part).ok().and_then(|index| list.parts.get(index)).copied();
        let (place, mut start) = known.unwrap_or((self.layout.blocks, self.layout.start));
        let count = self.blocks().saturating_sub(part * PART).min(PART) as usize;
        let mut sizes = vec![0; count * 4];
        let mut cursor = self.volume.metadata(place);
        cursor.read(&mut sizes)?;
        let mut blocks = Vec::with_capacity(count);
        for size in sizes.chunks_exact(4).filter_map(|size| Little.u32(size, 0)) {
            blocks.push(Block { start, size });
            start = start.saturating_add(u64::from(size & !IS_PLAIN));
        }
        list.current = (part, blocks);
        if list.parts.len() as u64 == part + 1 {
            list.parts.push((cursor.place, start));
        }
        Ok(())
    }

    /// The block that holds the tail.
    fn fragment(&self) -> Result<Block, Error> {
        let (volume, number) = (&self.volume, u64::from(self.layout.fragment));
        if self.layout.fragment >= volume.superblock.fragments {
            return Err(volume.damaged(self.layout.start, format!("there is no fragment {number}")));
        }
        let index = volume.indexed(volume.superblock.fragment_table, number / FRAGMENTS)?;
        let offset = (number % FRAGMENTS * FRAGMENT) as usize;
        let entry: [u8; FRAGMENT as usize] = volume.metadata(Place { start: index, offset }).array()?;
        Ok(Block { start: Little.u64(&entry, 0).unwrap_or(0), size: Little.u32(&entry, 8).unwrap_or(0) })
    }

    /// Where the bytes at `offset` are.
    fn find(&self, offset: u64) -> Result<Piece, Error> {
        let whole = u64::from(self.volume.superblock.block);
        let (number, from) = (offset / whole, (offset % whole) as usize);
        let length = self.layout.size.saturating_sub(number * whole).min(whole) as usize;
        if number < self.blocks() {
            let block = self.block(number)?;
            return Ok(Piece { block, from, end: length, is_hole: block.size == 0 });
        }
        let start = self.layout.offset as usize;
        Ok(Piece {
            block: self.fragment()?,
            from: start.saturating_add(from),
            end: start.saturating_add(length),
            is_hole: false,
        })
    }
}

/// Bytes of a file inside of an unpacked block.
struct Piece {
    block: Block,
    /// Where they begin in it, and where what belongs to the file ends.
    from: usize,
    end: usize,
    is_hole: bool,
}

impl Packed for File {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, Error> {
        let volume = &self.volume;
        let Piece { block, from, end, is_hole } = self.find(offset)?;
        let wanted = buffer.len().min(end.saturating_sub(from));
        let buffer = buffer.get_mut(..wanted).unwrap_or_default();
        let enough = |length: usize| {
            let why = || format!("a file needs {end} bytes of a block that has {length}");
            if length < end { Err(volume.damaged(block.start, why())) } else { Ok(()) }
        };
        if is_hole {
            buffer.fill(0);
        } else if block.size & IS_PLAIN != 0 {
            enough((block.size & !IS_PLAIN) as usize)?;
            volume.source.read(block.start.saturating_add(from as u64), buffer)?;
        } else if wanted == volume.superblock.block as usize {
            // What is read whole need not be kept.
            enough(volume.unpack(block, buffer)?)?;
        } else {
            let bytes = volume.blocks.get(block.start, || {
                let mut bytes = vec![0; volume.superblock.block as usize];
                let count = volume.unpack(block, &mut bytes)?;
                bytes.truncate(count);
                Ok(Arc::new(bytes))
            })?;
            enough(bytes.len())?;
            if let Some(bytes) = bytes.get(from..from + wanted) {
                buffer.copy_from_slice(bytes);
            }
        }
        Ok(wanted)
    }
}

impl Volume {
    /// Unpacks a block of files into `into`, which is as large as one may be, and says how much it came to.
    fn unpack(&self, block: Block, into: &mut [u8]) -> Result<usize, Error> {
        if block.size > self.superblock.block {
            return Err(self.damaged(block.start, format!("a block of {} packed bytes", block.size)));
        }
        let mut packed = vec![0; block.size as usize];
        self.source.read(block.start, &mut packed)?;
        self.superblock.compression.unpack(&packed, into).map_err(|why| self.damaged(block.start, why))
    }
}
