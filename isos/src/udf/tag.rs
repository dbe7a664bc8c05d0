//! Descriptor tags (ECMA-167 3/7.2 and 4/7.2): what a structure is, and whether it is whole.

use crate::checksum;
use crate::endian::Endian::Little;
use crate::source::Source;

/// The bytes of a tag; what the CRC covers begins after them.
pub(super) const TAG_BYTES: usize = 16;

/// Kinds of descriptors, by their tag identifiers.
pub(super) mod kind {
    pub(in crate::udf) const SPARING_TABLE: u16 = 0;
    pub(in crate::udf) const PRIMARY_VOLUME: u16 = 1;
    pub(in crate::udf) const ANCHOR: u16 = 2;
    pub(in crate::udf) const VOLUME_POINTER: u16 = 3;
    pub(in crate::udf) const PARTITION: u16 = 5;
    pub(in crate::udf) const LOGICAL_VOLUME: u16 = 6;
    pub(in crate::udf) const TERMINATING: u16 = 8;
    pub(in crate::udf) const FILE_SET: u16 = 256;
    pub(in crate::udf) const FILE_IDENTIFIER: u16 = 257;
    pub(in crate::udf) const ALLOCATION_EXTENT: u16 = 258;
    pub(in crate::udf) const INDIRECT_ENTRY: u16 = 259;
    pub(in crate::udf) const FILE_ENTRY: u16 = 261;
    pub(in crate::udf) const EXTENDED_FILE_ENTRY: u16 = 266;
}

/// A descriptor that is whole.
pub(super) struct Descriptor {
    pub(super) kind: u16,
    /// Where it lies in the source.
    pub(super) offset: u64,
    /// The block number that it bears.
    pub(super) location: u32,
    /// With its tag, up to the end of its blocks.
    pub(super) bytes: Vec<u8>,
}

/// Why there is no descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Zeros: nothing was ever written there.
    Blank,
    Bad(&'static str),
}

impl Fault {
    pub(super) fn why(self) -> &'static str {
        match self {
            Fault::Blank => "nothing is recorded there",
            Fault::Bad(why) => why,
        }
    }
}

/// The kind of the descriptor at the start of `bytes`, and how many of them it claims.
pub(super) fn check(bytes: &[u8]) -> Result<(u16, usize), Fault> {
    let (tag, body) = bytes.split_first_chunk::<TAG_BYTES>().ok_or(Fault::Bad("a descriptor is cut off"))?;
    if tag.iter().all(|byte| *byte == 0) {
        return Err(Fault::Blank);
    }
    if !is_tag(tag) {
        return Err(Fault::Bad("a descriptor's checksum is wrong"));
    }
    let length = usize::from(u16::from_le_bytes([tag[10], tag[11]]));
    let covered =
        body.get(..length).ok_or(Fault::Bad("a descriptor is longer than the place that it lies in"))?;
    if checksum::is_wrong(u16::from_le_bytes([tag[8], tag[9]]), crc(covered)) {
        return Err(Fault::Bad("a descriptor's CRC is wrong"));
    }
    Ok((u16::from_le_bytes([tag[0], tag[1]]), TAG_BYTES + length))
}

/// Reads the descriptor at `offset`, which begins there with a block.
pub(super) fn read(source: &Source, offset: u64, block: u64) -> Result<Descriptor, Fault> {
    let mut bytes = vec![0; usize::try_from(block).unwrap_or(0)];
    if source.read_some(offset, &mut bytes).is_ok_and(|filled| filled < bytes.len()) {
        return Err(Fault::Bad("it lies outside the image (an incomplete download?)"));
    }
    // Lists of maps and the like may go on in the blocks that follow.
    let claimed = TAG_BYTES + usize::from(Little.u16(&bytes, 10).unwrap_or(0));
    if claimed > bytes.len() && bytes.first_chunk().is_some_and(is_tag) {
        bytes.resize(claimed.next_multiple_of(bytes.len()), 0);
        let filled = source.read_some(offset, &mut bytes).unwrap_or(0);
        bytes.truncate(filled);
    }
    let (kind, _) = check(&bytes)?;
    Ok(Descriptor { kind, offset, location: Little.u32(&bytes, 12).unwrap_or(0), bytes })
}

fn is_tag(tag: &[u8; TAG_BYTES]) -> bool {
    let sum = tag.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)).wrapping_sub(tag[4]);
    !checksum::is_wrong(tag[4], sum)
}

/// CRC-ITU-T: polynomial 0x1021 from zero, as ECMA-167 3/7.2.6 has it.
fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| (crc << 8) ^ CRC_OF_BYTE[usize::from((crc >> 8) as u8 ^ byte)])
}

const CRC_OF_BYTE: [u16; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = (byte as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crc_is_that_of_the_standard() {
        // The example of ECMA-167 3/7.2.6.
        assert_eq!(crc(&[0x70, 0x6a, 0x77]), 0x3299);
    }
}
