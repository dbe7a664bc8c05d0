//! The blocks of a logical volume: partition maps (ECMA-167 3/10.7 and UDF 2.2.8 to 2.2.10).

use std::sync::Arc;

use super::sequence::{Partition, VolumeSet};
use super::sparing::Sparing;
use super::tag::{self, Descriptor, Fault};
use super::{Address, Failure, metadata, sparing, text, virtual_table};
use crate::endian::Endian::Little;
use crate::source::Source;

/// The blocks of all partitions of a volume.
#[derive(Debug)]
pub(super) struct Space {
    pub(super) source: Arc<Source>,
    /// Bytes in a block.
    pub(super) block: u64,
    maps: Vec<Map>,
}

/// A place in the source, and how many bytes from there on belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) offset: u64,
    pub(super) bytes: u64,
}

/// How the block numbers of a partition are meant.
#[derive(Debug)]
pub(super) enum Map {
    Plain(Partition),
    /// Packets that were bad when they were written lie elsewhere.
    Sparable(Partition, Sparing),
    /// Blocks that cannot be written again have a number that a table turns into the place of the newest.
    Virtual {
        partition: u16,
        table: Vec<u32>,
    },
    /// The blocks of a file, of which there may be a mirror.
    Metadata {
        copies: Vec<metadata::Blocks>,
    },
    /// Not known; what lies there is not read.
    Unknown,
}

/// What a map of type 2 says it is (UDF 2.2.8 to 2.2.10).
const VIRTUAL: &str = "*UDF Virtual Partition";
const SPARABLE: &str = "*UDF Sparable Partition";
const METADATA: &str = "*UDF Metadata Partition";

impl Space {
    pub(super) fn new(source: &Arc<Source>, block: u64, set: &VolumeSet) -> Result<Space, Failure> {
        let mut space = Space { source: Arc::clone(source), block, maps: Vec::new() };
        for map in &set.maps {
            space.maps.push(space.own_blocks(map, &set.partitions)?);
        }
        // These lie in the partitions from before.
        for (number, map) in set.maps.iter().enumerate() {
            if let Some(map) = space.blocks_of_others(map, set)? {
                space.maps[number] = map;
            }
        }
        Ok(space)
    }

    /// The maps of partitions that are runs of blocks by themselves.
    fn own_blocks(&self, map: &[u8], partitions: &[Partition]) -> Result<Map, Failure> {
        let partition = |at: usize| {
            let number = Little.u16(map, at);
            partitions.iter().find(|partition| Some(partition.number) == number).copied().ok_or_else(|| {
                let number = number.unwrap_or(0);
                Failure::new(0, format!("it has a map of partition {number}, and no such partition"))
            })
        };
        Ok(match kind(map) {
            Some("") => Map::Plain(partition(4)?),
            Some(SPARABLE) => {
                let partition = partition(38)?;
                Map::Sparable(partition, sparing::read(&self.source, self.block, partition, map)?)
            }
            _ => Map::Unknown,
        })
    }

    /// The maps of partitions whose blocks are those of another one.
    fn blocks_of_others(&self, map: &[u8], set: &VolumeSet) -> Result<Option<Map>, Failure> {
        let below = || {
            let number = Little.u16(map, 38);
            let is_below = |map: &Map| match map {
                Map::Plain(partition) | Map::Sparable(partition, _) => Some(partition.number) == number,
                _ => false,
            };
            let found = self.maps.iter().position(is_below).and_then(|at| u16::try_from(at).ok());
            found.ok_or_else(|| {
                Failure::new(0, "a partition map stands for a partition that has no map itself")
            })
        };
        Ok(match kind(map) {
            Some(VIRTUAL) => {
                let partition = below()?;
                let table = virtual_table::find(self, partition, set.revision)?;
                Some(Map::Virtual { partition, table })
            }
            Some(METADATA) => Some(Map::Metadata { copies: metadata::read(self, below()?, map)? }),
            _ => None,
        })
    }

    /// True if blocks are never written again.
    pub(super) fn is_written_once(&self) -> bool {
        self.maps.iter().any(|map| matches!(map, Map::Virtual { .. }))
    }

    /// How many copies there are of what lies in a partition.
    pub(super) fn copies(&self, partition: u16) -> usize {
        match self.maps.get(usize::from(partition)) {
            Some(Map::Metadata { copies }) => copies.len(),
            _ => 1,
        }
    }

    /// Where a block lies; `None` if it leaves its partition.
    pub(super) fn place(&self, address: Address, copy: usize) -> Option<Place> {
        let Address { partition, block } = address;
        match self.maps.get(usize::from(partition))? {
            Map::Plain(partition) => self.blocks(*partition, block, partition.blocks),
            Map::Sparable(partition, sparing) => match sparing.find(block) {
                sparing::Packet::Moved { block, blocks } => Some(Place {
                    offset: u64::from(block) * self.block,
                    bytes: u64::from(blocks) * self.block,
                }),
                sparing::Packet::InPlace { until } => {
                    self.blocks(*partition, block, until.min(partition.blocks))
                }
            },
            Map::Virtual { partition, table } => {
                let block = *table.get(usize::try_from(block).ok()?)?;
                // Tables stand for partitions that are runs of blocks, so that this goes no deeper.
                let place = self.place(Address { partition: *partition, block }, 0)?;
                Some(Place { bytes: self.block, ..place })
            }
            Map::Metadata { copies } => copies.get(copy).or(copies.first())?.place(block, self.block),
            Map::Unknown => None,
        }
    }

    /// Block `block` of a partition and those that follow it before `until`.
    fn blocks(&self, partition: Partition, block: u32, until: u32) -> Option<Place> {
        let left = until.checked_sub(block).filter(|left| *left > 0)?;
        let start = u64::from(partition.start) + u64::from(block);
        Some(Place { offset: start * self.block, bytes: u64::from(left) * self.block })
    }

    /// The first block of a partition that is a run of blocks.
    pub(super) fn first_block(&self, partition: u16) -> Option<u32> {
        match self.maps.get(usize::from(partition))? {
            Map::Plain(partition) | Map::Sparable(partition, _) => Some(partition.start),
            _ => None,
        }
    }

    /// Reads the descriptor in a block, or a copy of it where the first is damaged.
    pub(super) fn descriptor(&self, address: Address) -> Result<Descriptor, Fault> {
        let mut first = None;
        for copy in 0..self.copies(address.partition) {
            let place = self.place(address, copy).ok_or(Fault::Bad("a block number leaves its partition"));
            match place.and_then(|place| tag::read(&self.source, place.offset, self.block)) {
                Ok(descriptor) => return Ok(descriptor),
                Err(fault) => first = first.or(Some(fault)),
            }
        }
        Err(first.unwrap_or(Fault::Blank))
    }

    pub(super) fn failure(&self, address: Address, fault: Fault) -> Failure {
        Failure::new(self.place(address, 0).map_or(0, |place| place.offset), fault.why())
    }
}

/// What a map says it is: nothing for one of type 1; `None` if it is neither that nor one of type 2.
fn kind(map: &[u8]) -> Option<&'static str> {
    match map.first()? {
        1 => Some(""),
        2 => {
            let name = text::entity(map.get(4..36)?);
            [VIRTUAL, SPARABLE, METADATA].into_iter().find(|known| *known == name)
        }
        _ => None,
    }
}
