//! Unpacking one block. Every decoder is memory-safe Rust, writes into a buffer that was sized before, and is told how
//! much it may remember, so a block that claims to be large costs no more than one that is.

use std::io::{self, ErrorKind, Read};

use flate2::{Decompress, FlushDecompress, Status};
use lzma_rust2::{LzmaReader, XzReader};
use ruzstd::decoding::FrameDecoder;

use crate::limits;

/// How the blocks of an image are packed.
#[derive(Clone, Copy)]
pub(super) struct Compression {
    /// As mksquashfs calls it.
    pub(super) name: &'static str,
    number: u16,
    unpack: Unpack,
}

/// Unpacks into the start of the buffer and says how much that was; an error if there would be more.
type Unpack = fn(&[u8], &mut [u8]) -> Result<usize, String>;

/// By the numbers of the superblock.
const COMPRESSIONS: &[Compression] = &[
    Compression { number: 1, name: "gzip", unpack: zlib },
    Compression { number: 2, name: "lzma", unpack: lzma },
    Compression { number: 3, name: "lzo", unpack: lzo },
    Compression { number: 4, name: "xz", unpack: xz },
    Compression { number: 5, name: "lz4", unpack: lz4 },
    Compression { number: 6, name: "zstd", unpack: zstd },
];

impl Compression {
    pub(super) fn by_number(number: u16) -> Option<Compression> {
        COMPRESSIONS.iter().find(|compression| compression.number == number).copied()
    }

    /// Unpacks `packed`, which must come to no more than `into` holds, and gives the number of bytes.
    pub(super) fn unpack(&self, packed: &[u8], into: &mut [u8]) -> Result<usize, String> {
        (self.unpack)(packed, into).map_err(|why| {
            format!("its {} data cannot be unpacked to {} bytes: {why}", self.name, into.len())
        })
    }
}

impl std::fmt::Debug for Compression {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)
    }
}

fn zlib(packed: &[u8], into: &mut [u8]) -> Result<usize, String> {
    let mut decoder = Decompress::new(true);
    let status = decoder.decompress(packed, into, FlushDecompress::Finish);
    match status.map_err(|error| error.to_string())? {
        Status::StreamEnd => Ok(usize::try_from(decoder.total_out()).unwrap_or(usize::MAX)),
        Status::Ok | Status::BufError => Err("it does not end".into()),
    }
}

/// In KiB, as the decoders count.
const DICTIONARY: u32 = (limits::DICTIONARY_BYTES >> 10) as u32;

fn lzma(packed: &[u8], into: &mut [u8]) -> Result<usize, String> {
    let mut reader = LzmaReader::new_mem_limit(packed, DICTIONARY, None).map_err(|error| why(&error))?;
    fill(&mut reader, into)
}

fn xz(packed: &[u8], into: &mut [u8]) -> Result<usize, String> {
    fill(&mut XzReader::new_mem_limit(packed, false, DICTIONARY), into)
}

fn fill(reader: &mut dyn Read, into: &mut [u8]) -> Result<usize, String> {
    let mut filled = 0;
    while let Some(rest) = into.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match reader.read(rest).map_err(|error| why(&error))? {
            0 => return Ok(filled),
            count => filled += count,
        }
    }
    match reader.read(&mut [0]).map_err(|error| why(&error))? {
        0 => Ok(filled),
        _ => Err("there is more".into()),
    }
}

/// The readers of lzma and xz say only that there is a bound.
fn why(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::OutOfMemory => {
            format!("it wants more than {} bytes of its past remembered", limits::DICTIONARY_BYTES)
        }
        _ => error.to_string(),
    }
}

fn zstd(packed: &[u8], into: &mut [u8]) -> Result<usize, String> {
    let mut decoder = FrameDecoder::new();
    decoder.set_max_window_size(limits::DICTIONARY_BYTES);
    decoder.decode_all(packed, into).map_err(|error| error.to_string())
}

fn lz4(packed: &[u8], into: &mut [u8]) -> Result<usize, String> {
    lz4_flex::block::decompress_into(packed, into).map_err(|error| error.to_string())
}

fn lzo(packed: &[u8], into: &mut [u8]) -> Result<usize, String> {
    lzokay::decompress::decompress(packed, into).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"text text text text";

    fn unpacked(number: u16, packed: &[u8]) -> Result<Vec<u8>, String> {
        let mut into = [0; TEXT.len()];
        let count = Compression::by_number(number).unwrap().unpack(packed, &mut into)?;
        Ok(into[..count].to_vec())
    }

    /// As xz writes it with a dictionary of so many bytes.
    fn lzma_with(dictionary: u32) -> Vec<u8> {
        let rest = b"\x00\x3a\x19\x4b\x78\x10\x3b\x30\x9f\x9f\x5b\xff\xff\xf6\x8a\x40\x00";
        [&[0x5d][..], &dictionary.to_le_bytes(), &[0xff; 8], rest].concat()
    }

    /// As xz writes it; the number stands for the size of the dictionary.
    fn xz_with(dictionary: u8) -> Vec<u8> {
        let header = [2, 0, 0x21, 1, dictionary, 0, 0, 0];
        let mut crc = flate2::Crc::new();
        crc.update(&header);
        let start = b"\xfd7zXZ\x00\x00\x00\xff\x12\xd9\x41";
        let content = b"\xe0\x00\x12\x00\x0b\x5d\x00\x3a\x19\x4b\x78\x10\x3b\x30\x8b\x80\x00\x00\x00\x00";
        let end = b"\x00\x01\x1f\x13\x6b\xfa\x62\x69\x06\x72\x9e\x7a\x01\x00\x00\x00\x00\x00YZ";
        [&start[..], &header, &crc.sum().to_le_bytes(), content, end].concat()
    }

    /// One block that is not packed; the number stands for the size of the window.
    fn zstd_with(window: u8) -> Vec<u8> {
        let block = [(TEXT.len() as u8) << 3 | 1, 0, 0];
        [b"\x28\xb5\x2f\xfd\x00", &[window][..], &block, TEXT].concat()
    }

    #[test]
    fn what_a_stream_makes_its_reader_remember_has_a_bound() {
        const MIB: u32 = 1 << 20;
        // What lzma and xz take beside the dictionary counts, too.
        for (number, fits, does_not) in [
            (2, lzma_with(7 * MIB), lzma_with(8 * MIB)),
            (4, xz_with(0x15), xz_with(0x16)),
            (6, zstd_with(0x68), zstd_with(0x69)),
        ] {
            assert_eq!(unpacked(number, &fits).as_deref(), Ok(TEXT));
            let error = unpacked(number, &does_not).unwrap_err();
            assert!(error.contains("8388608"), "{error}");
        }
    }
}
