//! Unpacking one block. Every decoder is memory-safe Rust, writes into a buffer that was sized before, and is told how
//! much it may remember, so a block that claims to be large costs no more than one that is.

use std::io::Read;

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
    let mut reader =
        LzmaReader::new_mem_limit(packed, DICTIONARY, None).map_err(|error| error.to_string())?;
    fill(&mut reader, into)
}

fn xz(packed: &[u8], into: &mut [u8]) -> Result<usize, String> {
    fill(&mut XzReader::new_mem_limit(packed, false, DICTIONARY), into)
}

fn fill(reader: &mut dyn Read, into: &mut [u8]) -> Result<usize, String> {
    let mut filled = 0;
    while let Some(rest) = into.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match reader.read(rest).map_err(|error| error.to_string())? {
            0 => return Ok(filled),
            count => filled += count,
        }
    }
    match reader.read(&mut [0]).map_err(|error| error.to_string())? {
        0 => Ok(filled),
        _ => Err("there is more".into()),
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
