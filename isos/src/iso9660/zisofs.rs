//! zisofs: files that were packed block by block before the image was made. Version 1 as Linux reads it, version 2
//! (`doc/zisofs2_format.txt` of libisofs) for files that are larger than 4 GiB.
//!
//! A packed file begins with a header and a list of where each block begins and the last one ends. A block that takes
//! no place is all zeros.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::endian::Endian::Little;
use flate2::{Decompress, FlushDecompress, Status};

use super::Volume;
use crate::entry::{Entry, Extent, total};
use crate::filesystem::{Content, Packed};
use crate::source::Source;
use crate::{Error, limits};

/// What a `ZF` field says: how the file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Packing {
    version: Version,
    header: u64,
    /// Bytes in an unpacked block, as a power of two.
    block_bits: u8,
    /// Bytes in the unpacked file.
    pub(super) size: u64,
}

/// Version 2 has 64-bit places and a header of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// How a version writes things: the letters in its field, the sizes of blocks, the mark of its files.
struct Form {
    version: Version,
    letters: &'static [u8],
    block_bits: std::ops::RangeInclusive<u8>,
    mark: &'static [u8],
}

const FORMS: [Form; 2] = [
    Form {
        version: Version::One,
        letters: b"pz",
        block_bits: 15..=17,
        mark: b"\x37\xe4\x53\x96\xc9\xdb\xd6\x07",
    },
    Form {
        version: Version::Two,
        letters: b"PZ",
        block_bits: 15..=limits::ZISOFS_BLOCK_BITS,
        mark: b"\xef\x22\x55\xa1\xbc\x1b\x95\xa0",
    },
];

impl Packing {
    /// The body of the field: two letters, the size of the header, of blocks and of the file.
    pub(super) fn parse(body: &[u8]) -> Option<Packing> {
        let form = FORMS.iter().find(|form| body.starts_with(form.letters))?;
        let block_bits = *body.get(3).filter(|bits| form.block_bits.contains(bits))?;
        let size = match form.version {
            Version::One => u64::from(Little.u32(body, 4)?),
            Version::Two => Little.u64(body, 4)?,
        };
        Some(Packing { version: form.version, header: u64::from(*body.get(2)?) * 4, block_bits, size })
    }

    /// Where the list of blocks ends, which has one place more than there are blocks.
    fn end_of_pointers(self) -> Option<u64> {
        let blocks = self.size.div_ceil(1 << self.block_bits);
        blocks.checked_add(1)?.checked_mul(self.pointer_bytes())?.checked_add(self.header)
    }

    fn pointer_bytes(self) -> u64 {
        match self.version {
            Version::One => 4,
            Version::Two => 8,
        }
    }
}

/// The content of a file whose record says that it is packed.
pub(super) fn content(volume: &Volume, packing: Packing, file: &Entry, path: &str) -> Result<Content, Error> {
    let source = &volume.source;
    let mut mark = [0; 8];
    let filled = read_at(source, &file.extents, 0, &mut mark)?;
    let form = FORMS.iter().find(|form| form.version == packing.version);
    if filled < mark.len() || form.is_none_or(|form| form.mark != mark) {
        return if file.size == total(&file.extents) {
            Ok(Content::Extents(file.extents.clone()))
        } else {
            Err(damaged(source, &file.extents, path, "its record says that it is packed, and it is not"))
        };
    }
    if packing.end_of_pointers().is_none_or(|end| end > total(&file.extents)) {
        return Err(damaged(source, &file.extents, path, "it claims more blocks than it has a list of"));
    }
    Ok(Content::Packed(Arc::new(Unpacking {
        source: Arc::clone(source),
        extents: file.extents.clone(),
        packing,
        path: path.into(),
        last: Mutex::new(None),
    })))
}

fn damaged(source: &Source, extents: &[Extent], path: &str, why: &str) -> Error {
    let start = extents.first().and_then(|extent| extent.start).unwrap_or(0);
    source.damaged(format!("unpack '{path}'"), start, why)
}

/// A packed file that is read. The block that was read last is kept, as reads are smaller than blocks.
struct Unpacking {
    source: Arc<Source>,
    extents: Vec<Extent>,
    packing: Packing,
    path: String,
    last: Mutex<Option<(u64, Arc<Vec<u8>>)>>,
}

impl fmt::Debug for Unpacking {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Unpacking").field("packing", &self.packing).finish_non_exhaustive()
    }
}

impl Packed for Unpacking {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, Error> {
        let block = self.block(offset >> self.packing.block_bits)?;
        let within = usize::try_from(offset & ((1 << self.packing.block_bits) - 1)).unwrap_or(usize::MAX);
        let rest = block.get(within..).unwrap_or(&[]);
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

impl Unpacking {
    fn block(&self, number: u64) -> Result<Arc<Vec<u8>>, Error> {
        if let Some((kept, block)) = &*self.last.lock().unwrap_or_else(PoisonError::into_inner)
            && *kept == number
        {
            return Ok(Arc::clone(block));
        }
        let block = Arc::new(self.unpack(number)?);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((number, Arc::clone(&block)));
        Ok(block)
    }

    fn unpack(&self, number: u64) -> Result<Vec<u8>, Error> {
        let full = 1_u64 << self.packing.block_bits;
        let left = self.packing.size.saturating_sub(number << self.packing.block_bits);
        let size = usize::try_from(left.min(full)).unwrap_or(0);
        let (start, end) = self.pointers(number)?;
        let packed = end.checked_sub(start).ok_or_else(|| self.damaged("a block ends before it begins"))?;
        if packed == 0 {
            return Ok(vec![0; size]);
        }
        // What cannot be packed grows by a few bytes, so that twice its size is far from what is honest.
        if packed > 2 * full {
            return Err(self.damaged("a packed block is larger than what it holds"));
        }
        let mut input = vec![0; usize::try_from(packed).unwrap_or(0)];
        self.read(start, &mut input)?;
        let mut output = vec![0; size];
        let mut unpacker = Decompress::new(true);
        match unpacker.decompress(&input, &mut output, FlushDecompress::Finish) {
            Ok(Status::StreamEnd) if unpacker.total_out() == size as u64 => Ok(output),
            Ok(Status::StreamEnd) => Err(self.damaged("a block unpacks to less than it should")),
            Ok(_) => Err(self.damaged("a block is cut off, or unpacks to more than it should")),
            Err(_) => Err(self.damaged("a block cannot be unpacked")),
        }
    }

    /// Where a block begins and ends in the packed file.
    fn pointers(&self, number: u64) -> Result<(u64, u64), Error> {
        let width = self.packing.pointer_bytes();
        let at = number.checked_mul(width).and_then(|at| at.checked_add(self.packing.header));
        let at = at.ok_or_else(|| self.damaged("its list of blocks is too long"))?;
        let mut bytes = [0; 16];
        let bytes = bytes.get_mut(..2 * usize::try_from(width).unwrap_or(8)).unwrap_or(&mut []);
        self.read(at, bytes)?;
        let both = match self.packing.version {
            Version::One => {
                Little.u32(bytes, 0).zip(Little.u32(bytes, 4)).map(|(start, end)| (start.into(), end.into()))
            }
            Version::Two => Little.u64(bytes, 0).zip(Little.u64(bytes, 8)),
        };
        both.ok_or_else(|| self.damaged("its list of blocks is cut off"))
    }

    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), Error> {
        if read_at(&self.source, &self.extents, offset, buffer)? < buffer.len() {
            return Err(self.damaged("a block or the list of them lies outside the file"));
        }
        Ok(())
    }

    fn damaged(&self, why: &str) -> Error {
        damaged(&self.source, &self.extents, &self.path, why)
    }
}

/// Reads what there is at `offset` of the bytes that `extents` hold, and says how much that was.
fn read_at(source: &Source, extents: &[Extent], offset: u64, buffer: &mut [u8]) -> Result<usize, Error> {
    let mut filled = 0;
    let mut before = 0_u64;
    for extent in extents {
        let end = before.saturating_add(extent.length);
        let at = offset.saturating_add(filled as u64);
        if at < end && filled < buffer.len() {
            let wanted = usize::try_from(end - at).unwrap_or(usize::MAX).min(buffer.len() - filled);
            let part = &mut buffer[filled..filled + wanted];
            let read = source.read_some(extent.start.unwrap_or(0).saturating_add(at - before), part)?;
            filled += read;
            if read < wanted {
                break;
            }
        }
        before = end;
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_have_a_bound() {
        let parsed = |letters: &[u8], bits: u8| Packing::parse(&[letters, &[4, bits], &[0; 8]].concat());
        assert!(parsed(b"PZ", limits::ZISOFS_BLOCK_BITS).is_some());
        assert!(parsed(b"PZ", limits::ZISOFS_BLOCK_BITS + 1).is_none());
        assert!(parsed(b"pz", 17).is_some() && parsed(b"pz", 18).is_none(), "the kernel knows no more");
    }
}
