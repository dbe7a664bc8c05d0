//! Metadata partitions (UDF 2.2.10): what describes files lies together, in a file that may have a mirror.

use super::space::{Place, Space};
use super::{Address, Failure, allocation, node};
use crate::endian::Endian::Little;
use crate::entry::Extent;

/// The blocks of a metadata file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Blocks {
    /// Each with the byte of the file at which it ends.
    pieces: Vec<(u64, Place)>,
}

impl Blocks {
    fn new(extents: &[Extent]) -> Blocks {
        let mut end = 0_u64;
        let mut pieces = Vec::new();
        for extent in extents {
            end = end.saturating_add(extent.length);
            // What is not recorded has no place, and cannot be read.
            if let Some(offset) = extent.start {
                pieces.push((end, Place { offset, bytes: extent.length }));
            }
        }
        Blocks { pieces }
    }

    /// Where a block of the file lies.
    pub(super) fn place(&self, number: u32, block: u64) -> Option<Place> {
        let at = u64::from(number) * block;
        let (end, piece) = self.pieces.get(self.pieces.partition_point(|(end, _)| *end <= at))?;
        let left = end - at;
        let before = piece.bytes.checked_sub(left)?;
        Some(Place { offset: piece.offset + before, bytes: left })
    }
}

/// Reads the metadata file of a map and its mirror; one of them has to be whole.
pub(super) fn read(space: &Space, partition: u16, map: &[u8]) -> Result<Vec<Blocks>, Failure> {
    let file = |at: usize| {
        let block = Little.u32(map, at).unwrap_or(u32::MAX);
        let node = node::read(space, Address { partition, block })?;
        allocation::extents(space, &node, 0).map(|extents| Blocks::new(&extents))
    };
    match (file(40), file(44)) {
        // A mirror that is not duplicated describes the same blocks.
        (Ok(main), Ok(mirror)) if main == mirror => Ok(vec![main]),
        (Ok(main), Ok(mirror)) => Ok(vec![main, mirror]),
        (Ok(one), Err(_)) | (Err(_), Ok(one)) => Ok(vec![one]),
        (Err(failure), Err(_)) => Err(failure),
    }
}
