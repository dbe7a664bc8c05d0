//! Sparable partitions (UDF 2.2.9 and 2.2.11): rewritable discs wear out, and their bad packets are kept elsewhere.

use super::Failure;
use super::sequence::Partition;
use super::tag::{self, kind};
use super::text;
use crate::endian::Endian::Little;
use crate::source::Source;

/// Which packets lie elsewhere.
#[derive(Debug)]
pub(super) struct Sparing {
    /// Blocks in a packet.
    packet: u32,
    /// The first block of a packet in the partition, and where that now lies in the volume; in order.
    moved: Vec<(u32, u32)>,
}

/// Where a block lies.
pub(super) enum Packet {
    /// At this block of the volume, with as many as follow it in its packet.
    Moved { block: u32, blocks: u32 },
    /// Where its number says; so do all before this one.
    InPlace { until: u32 },
}

const TABLE: &str = "*UDF Sparing Table";

impl Sparing {
    pub(super) fn find(&self, block: u32) -> Packet {
        let within = block % self.packet;
        match self.moved.binary_search_by_key(&(block - within), |(from, _)| *from) {
            Ok(found) => match self.moved.get(found).and_then(|(_, to)| to.checked_add(within)) {
                Some(block) => Packet::Moved { block, blocks: self.packet - within },
                None => Packet::InPlace { until: 0 },
            },
            Err(next) => Packet::InPlace { until: self.moved.get(next).map_or(u32::MAX, |(from, _)| *from) },
        }
    }
}

/// Reads the sparing table of a map: of several copies the first that is whole.
pub(super) fn read(
    source: &Source,
    block: u64,
    partition: Partition,
    map: &[u8],
) -> Result<Sparing, Failure> {
    let packet = Little.u16(map, 40).map_or(0, u32::from);
    let copies = usize::from(map.get(42).copied().unwrap_or(0).min(4));
    let mut failure = Failure::new(0, "a sparable partition has no sparing table");
    if packet == 0 {
        return Err(Failure::new(0, "a sparable partition has packets of no blocks"));
    }
    for copy in 0..copies {
        let offset = u64::from(Little.u32(map, 48 + 4 * copy).unwrap_or(0)) * block;
        match table(source, offset, block) {
            Ok(mut moved) => {
                // Those that were not needed yet are marked with numbers that no packet has.
                moved.retain(|(from, _)| *from < partition.blocks);
                moved.sort_unstable();
                moved.dedup_by_key(|(from, _)| *from);
                return Ok(Sparing { packet, moved });
            }
            Err(why) if copy == 0 => failure = Failure::new(offset, why),
            Err(_) => {}
        }
    }
    Err(failure)
}

fn table(source: &Source, offset: u64, block: u64) -> Result<Vec<(u32, u32)>, &'static str> {
    let descriptor = tag::read(source, offset, block).map_err(tag::Fault::why)?;
    let bytes = descriptor.bytes;
    if descriptor.kind != kind::SPARING_TABLE || text::entity(bytes.get(16..48).unwrap_or(&[])) != TABLE {
        return Err("this is no sparing table");
    }
    // A number of 16 bits, which bounds the table at 512 KiB.
    let count = usize::from(Little.u16(&bytes, 48).unwrap_or(0));
    let length = 56 + count * 8;
    // The CRC need not cover the entries, so the table can be longer than its descriptor says.
    let mut bytes = bytes;
    if bytes.len() < length {
        bytes.resize(length, 0);
        if source.read_some(offset, &mut bytes).unwrap_or(0) < length {
            return Err("a sparing table lies outside the image");
        }
    }
    let entries = bytes.get(56..length).ok_or("a sparing table is cut off")?;
    Ok(entries.chunks_exact(8).filter_map(|entry| Little.u32(entry, 0).zip(Little.u32(entry, 4))).collect())
}
