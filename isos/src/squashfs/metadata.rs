//! Metadata: inodes, directories and tables lie in a chain of blocks of 8 KiB, each packed by itself. What is kept of
//! them unpacked is bounded; a place in them is the block's in the image and an offset in the unpacked block.

use std::sync::Arc;

use super::Volume;
use crate::Error;

/// Bytes in an unpacked block; the last of a chain has fewer.
const BLOCK: usize = 8192;
/// Set in a block's header where it is stored as it is.
const IS_PLAIN: u16 = 0x8000;

/// An unpacked block.
#[derive(Debug)]
pub(super) struct Block {
    bytes: Vec<u8>,
    /// Where the next one of the chain begins in the image.
    next: u64,
}

/// Reads on from a place, over the ends of blocks.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    volume: &'a Volume,
    pub(super) place: Place,
    block: Option<Arc<Block>>,
}

/// A place in metadata.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Of the block, from the start of the image.
    pub(super) start: u64,
    /// Into the unpacked block.
    pub(super) offset: usize,
}

impl Volume {
    /// Reads on from `place`.
    pub(super) fn metadata(&self, place: Place) -> Cursor<'_> {
        Cursor { volume: self, place, block: None }
    }

    /// The block that begins at `start` in the image.
    fn metadata_block(&self, start: u64) -> Result<Arc<Block>, Error> {
        self.metadata.get(start, || {
            let mut header = [0; 2];
            self.source.read(start, &mut header)?;
            let header = u16::from_le_bytes(header);
            let length = header & !IS_PLAIN;
            if length == 0 || usize::from(length) > BLOCK {
                return Err(
                    self.damaged(start, format!("a metadata block of {length} bytes is not possible"))
                );
            }
            let mut packed = vec![0; usize::from(length)];
            // Not beyond the image: its first two bytes were read.
            self.source.read(start + 2, &mut packed)?;
            let next = start + 2 + u64::from(length);
            let bytes = if header & IS_PLAIN != 0 {
                packed
            } else {
                let mut bytes = vec![0; BLOCK];
                let unpacked = self.superblock.compression.unpack(&packed, &mut bytes);
                bytes.truncate(unpacked.map_err(|why| self.damaged(start, why))?);
                bytes
            };
            if bytes.is_empty() {
                return Err(self.damaged(start, "a metadata block holds nothing"));
            }
            Ok(Arc::new(Block { bytes, next }))
        })
    }
}

impl Cursor<'_> {
    /// Fills `buffer`.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        let mut filled = 0;
        while let Some(wanted) = buffer.get_mut(filled..).filter(|wanted| !wanted.is_empty()) {
            let block = self.block()?;
            let there = block.bytes.get(self.place.offset..).unwrap_or(&[]);
            let count = wanted.len().min(there.len());
            if let (Some(to), Some(from)) = (wanted.get_mut(..count), there.get(..count)) {
                to.copy_from_slice(from);
            }
            self.place.offset += count;
            filled += count;
        }
        Ok(())
    }

    /// The next bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let mut bytes = [0; N];
        self.read(&mut bytes)?;
        Ok(bytes)
    }

    /// The block that holds the current place, after moving to the next one where the last is used up.
    fn block(&mut self) -> Result<Arc<Block>, Error> {
        let mut block = match self.block.take() {
            Some(block) => block,
            None => self.volume.metadata_block(self.place.start)?,
        };
        let length = block.bytes.len();
        if self.place.offset > length {
            let why = format!("byte {} of a metadata block that has {length}", self.place.offset);
            return Err(self.volume.damaged(self.place.start, why));
        }
        if self.place.offset == length {
            self.place = Place { start: block.next, offset: 0 };
            block = self.volume.metadata_block(self.place.start)?;
        }
        self.block = Some(Arc::clone(&block));
        Ok(block)
    }
}
