//! The header and its extensions.

use super::compressed::Compression;
use crate::endian::Endian::Big;
use crate::source::Source;
use crate::{Error, limits};

pub(super) struct Header {
    pub(super) version: u32,
    pub(super) cluster_bits: u32,
    /// Bytes of the disk.
    pub(super) size: u64,
    /// Where the table of the first level lies.
    pub(super) table: u64,
    pub(super) compression: Compression,
    pub(super) backing: Option<Backing>,
}

/// The image below, as the header names it.
#[derive(Debug, Clone)]
pub(super) struct Backing {
    pub(super) name: Vec<u8>,
    pub(super) format: Option<Vec<u8>>,
}

/// Features that one has to know to read the data, by the number of their bit, unless knowing them makes no
/// difference to who only reads: 0 says that reference counts may be wrong, 1 that something else was found to be.
const HARMLESS: u64 = 0b11;
const COMPRESSION_TYPE: u64 = 1 << 3;
const REFUSED: &[(u64, &str)] = &[
    (1 << 2, "a qcow2 image whose data is in another file"),
    (1 << 4, "a qcow2 image with extended L2 entries"),
    (!(HARMLESS | COMPRESSION_TYPE), "a qcow2 image with a newer feature"),
];

const BACKING_FORMAT: u32 = 0xe279_2aca;
const CLUSTER_BITS: std::ops::RangeInclusive<u32> = 9..=21;
const MOST_BYTES: u64 = 1 << 62;

/// Reads the header of a file that begins with the magic bytes.
pub(super) fn read(file: &Source) -> Result<Header, Error> {
    let mut bytes = [0; 112];
    let filled = file.read_some(0, &mut bytes)?;
    let damaged = |at: usize, why: String| file.damaged("read the header of the qcow2 image", at as u64, why);
    if filled < 72 {
        return Err(damaged(filled, "the file ends".into()));
    }
    let long = |at: usize| Big.u32(&bytes, at).unwrap_or(0);
    let wide = |at: usize| Big.u64(&bytes, at).unwrap_or(0);

    let version = long(4);
    if !matches!(version, 2 | 3) {
        return Err(file.unsupported("/", "this version of qcow2"));
    }
    let features = if version >= 3 { wide(72) } else { 0 };
    if let Some((_, what)) = REFUSED.iter().find(|(bits, _)| features & bits != 0) {
        return Err(file.unsupported("/", what));
    }
    if long(32) != 0 {
        return Err(file.unsupported("/", "an encrypted qcow2 image"));
    }
    let length = if version >= 3 { u64::from(long(100)) } else { 72 };
    let compression = match if features & COMPRESSION_TYPE != 0 { bytes[104] } else { 0 } {
        0 => Compression::Deflate,
        1 => Compression::Zstd,
        _ => return Err(file.unsupported("/", "a qcow2 image with this compression")),
    };
    let cluster_bits = long(20);
    if !CLUSTER_BITS.contains(&cluster_bits) {
        return Err(damaged(20, format!("clusters of 2^{cluster_bits} bytes are not possible")));
    }
    let (size, table, entries) = (wide(24), wide(40), u64::from(long(36)));
    if size > MOST_BYTES {
        return Err(damaged(24, format!("a disk of {size} bytes is not possible")));
    }
    if entries * 8 > limits::QCOW2_TABLE_BYTES {
        let limit = limits::QCOW2_TABLE_BYTES / 8;
        return Err(damaged(36, format!("its table would have {entries} entries (the limit is {limit})")));
    }
    // An entry of the first level stands for a table of the second, which is a cluster of 8-byte entries.
    if size.div_ceil(1 << (2 * cluster_bits - 3)) > entries {
        return Err(damaged(36, format!("its table of {entries} entries is too small for {size} bytes")));
    }
    if !table.is_multiple_of(1 << cluster_bits) {
        return Err(damaged(40, "its table lies in the middle of a cluster".into()));
    }
    let backing = match (wide(8), long(16)) {
        (0, _) | (_, 0) => None,
        (at, count) => {
            Some(Backing { name: name(file, at, count)?, format: format(file, length, 1 << cluster_bits)? })
        }
    };
    Ok(Header { version, cluster_bits, size, table, compression, backing })
}

fn name(file: &Source, at: u64, count: u32) -> Result<Vec<u8>, Error> {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    if count > limits::QCOW2_NAME_BYTES {
        let limit = limits::QCOW2_NAME_BYTES;
        let why = format!("the name of its backing file has {count} bytes (the limit is {limit})");
        return Err(file.damaged("read the header of the qcow2 image", 16, why));
    }
    let mut name = vec![0; count];
    file.read(at, &mut name)?;
    Ok(name)
}

/// The format of the backing file, which an extension of the header tells. They end with one of type 0, and lie in
/// the first cluster.
fn format(file: &Source, header: u64, cluster: u64) -> Result<Option<Vec<u8>>, Error> {
    let mut at = header;
    while at + 8 <= cluster {
        let mut start = [0; 8];
        if file.read_some(at, &mut start)? < start.len() {
            break;
        }
        let (kind, length) = (Big.u32(&start, 0).unwrap_or(0), u64::from(Big.u32(&start, 4).unwrap_or(0)));
        match kind {
            0 => break,
            BACKING_FORMAT if length <= 64 => {
                let mut format = vec![0; usize::try_from(length).unwrap_or(0)];
                file.read(at + 8, &mut format)?;
                return Ok(Some(format));
            }
            _ => at += 8 + length.next_multiple_of(8),
        }
    }
    Ok(None)
}
