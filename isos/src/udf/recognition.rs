//! Whether there is a UDF volume, and where its description begins (ECMA-167 2/8.4 and 3/8.4.2).

use super::tag::{self, Fault, kind};
use crate::Error;
use crate::endian::Endian::Little;
use crate::source::Source;

/// The recognition sequence begins here, whatever the size of blocks.
const SEQUENCE_START: u64 = 32 << 10;

/// Structures that may come before the one that tells of UDF: ISO 9660's are among them.
const SEQUENCE_LENGTH: u64 = 64;

/// Sizes of a logical block, in the order in which they are tried: that of discs, that of disks, and what is left.
const BLOCKS: [u64; 7] = [2048, 512, 4096, 1024, 8192, 16384, 32768];

/// A run of blocks of the whole volume.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub(super) block: u32,
    pub(super) bytes: u32,
}

impl Run {
    pub(super) fn parse(bytes: &[u8], at: usize) -> Option<Run> {
        Some(Run { bytes: Little.u32(bytes, at)?, block: Little.u32(bytes, at + 4)? })
    }
}

/// What an anchor says.
#[derive(Debug)]
pub(super) struct Anchor {
    /// Bytes in a block.
    pub(super) block: u64,
    pub(super) main: Run,
    pub(super) reserve: Run,
}

/// Whether the recognition sequence speaks of UDF.
pub(super) fn has_udf(source: &Source) -> Result<bool, Error> {
    // Each structure fills a block, but never less than 2048 bytes.
    for step in [2048, 4096, 8192, 16384, 32768] {
        for number in 0..SEQUENCE_LENGTH {
            let mut mark = [0; 6];
            if source.read_some(SEQUENCE_START + number * step, &mut mark)? < mark.len() {
                break;
            }
            match &mark[1..] {
                b"NSR02" | b"NSR03" => return Ok(true),
                b"BEA01" | b"TEA01" | b"BOOT2" | b"CDW02" | b"CD001" => {}
                _ => break,
            }
        }
    }
    Ok(false)
}

/// Finds an anchor, and with it the size of blocks: it bears the number of its own block.
pub(super) fn anchor(source: &Source) -> Result<Anchor, Error> {
    let mut fault = Fault::Blank;
    for block in BLOCKS {
        let last = (source.length / block).saturating_sub(1);
        // 512 is where it lies on write-once discs that are not closed yet.
        for number in [256, last, last.saturating_sub(256), 512] {
            match tag::read(source, number * block, block) {
                Ok(found) if found.kind == kind::ANCHOR && u64::from(found.location) == number => {
                    let runs = Run::parse(&found.bytes, 16).zip(Run::parse(&found.bytes, 24));
                    if let Some((main, reserve)) = runs {
                        return Ok(Anchor { block, main, reserve });
                    }
                }
                Err(bad) if fault == Fault::Blank && block == BLOCKS[0] && number == 256 => fault = bad,
                _ => {}
            }
        }
    }
    let why = format!("none of the places for it has a whole one: {}", fault.why());
    Err(source.damaged("find the anchor of its UDF volume", 256 * BLOCKS[0], why))
}
