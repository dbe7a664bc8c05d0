//! The volume descriptor sequence (ECMA-167 3/8.4.2 and 3/10): partitions, and the volume that is made of them.

use super::recognition::{Anchor, Run};
use super::tag::{self, Descriptor, Fault, kind};
use super::text;
use super::{Address, Failure, LongAd};
use crate::endian::Endian::Little;
use crate::source::Source;
use crate::{Error, Identifiers, limits};

/// The volume as its descriptors have it.
pub(super) struct VolumeSet {
    pub(super) partitions: Vec<Partition>,
    /// Partition maps, as they are written.
    pub(super) maps: Vec<Vec<u8>>,
    pub(super) file_set: Address,
    /// 0x0201 for UDF 2.01.
    pub(super) revision: u16,
    pub(super) identifiers: Identifiers,
    /// Where the descriptor of the logical volume begins, in bytes.
    pub(super) offset: u64,
}

/// A run of blocks that a volume is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Partition {
    pub(super) number: u16,
    pub(super) start: u32,
    pub(super) blocks: u32,
}

/// Reads the main sequence, or the reserve one where that is damaged.
pub(super) fn read(source: &Source, anchor: &Anchor) -> Result<VolumeSet, Error> {
    read_one(source, anchor.block, anchor.main).or_else(|Failure { offset, why }| {
        read_one(source, anchor.block, anchor.reserve).map_err(|_| {
            let why = format!("{why}; the reserve copy of this is damaged, too");
            source.damaged("read the descriptors of its UDF volume", offset, why)
        })
    })
}

/// Of descriptors of one kind the one with the highest sequence number counts (ECMA-167 3/8.4.3).
#[derive(Default)]
struct Prevailing {
    primary: Option<Descriptor>,
    logical: Option<Descriptor>,
    partitions: Vec<Descriptor>,
}

fn read_one(source: &Source, block: u64, mut run: Run) -> Result<VolumeSet, Failure> {
    let mut found = Prevailing::default();
    let start = u64::from(run.block) * block;
    for _ in 0..limits::SEQUENCE_EXTENTS {
        match found.extent(source, block, run)? {
            Some(next) => run = next,
            None => return found.volume(block).map_err(|why| Failure::new(start, why)),
        }
    }
    let limit = limits::SEQUENCE_EXTENTS;
    Err(Failure::new(start, format!("it goes on in more than {limit} extents, or a loop of them")))
}

fn number(descriptor: &Descriptor) -> u32 {
    Little.u32(&descriptor.bytes, 16).unwrap_or(0)
}

fn replace(old: &mut Option<Descriptor>, new: Descriptor) {
    if old.as_ref().is_none_or(|old| number(old) <= number(&new)) {
        *old = Some(new);
    }
}

impl Prevailing {
    /// Takes the descriptors of one extent of the sequence, and says where that goes on, if it does.
    fn extent(&mut self, source: &Source, block: u64, run: Run) -> Result<Option<Run>, Failure> {
        let mut offset = u64::from(run.block) * block;
        let end = offset + u64::from(run.bytes);
        let mut count = 0;
        while offset < end {
            let descriptor = match tag::read(source, offset, block) {
                Ok(descriptor) => descriptor,
                Err(Fault::Blank) => break,
                Err(Fault::Bad(why)) => return Err(Failure::new(offset, why)),
            };
            count += 1;
            if count > limits::DESCRIPTORS {
                let why = format!("there are more than {} descriptors in one extent", limits::DESCRIPTORS);
                return Err(Failure::new(offset, why));
            }
            offset += descriptor.bytes.len() as u64;
            match descriptor.kind {
                kind::TERMINATING => break,
                kind::VOLUME_POINTER => {
                    let next = Run::parse(&descriptor.bytes, 20);
                    return next.map(Some).ok_or_else(|| Failure::new(offset, "a pointer is cut off"));
                }
                _ => self.take(descriptor),
            }
        }
        Ok(None)
    }

    fn take(&mut self, descriptor: Descriptor) {
        match descriptor.kind {
            kind::PRIMARY_VOLUME => replace(&mut self.primary, descriptor),
            kind::LOGICAL_VOLUME => replace(&mut self.logical, descriptor),
            kind::PARTITION => {
                let key = |descriptor: &Descriptor| Little.u16(&descriptor.bytes, 22);
                match self.partitions.iter_mut().find(|old| key(old) == key(&descriptor)) {
                    Some(old) if number(old) > number(&descriptor) => {}
                    Some(old) => *old = descriptor,
                    None => self.partitions.push(descriptor),
                }
            }
            _ => {}
        }
    }

    fn volume(self, block: u64) -> Result<VolumeSet, String> {
        let logical = self.logical.ok_or("there is no logical volume descriptor")?;
        let (offset, logical) = (logical.offset, logical.bytes);
        if Little.u32(&logical, 212).map(u64::from) != Some(block) {
            return Err("its blocks are not as large as where its anchor lies tells".into());
        }
        let partitions: Vec<_> =
            self.partitions.iter().filter_map(|partition| parse_partition(&partition.bytes)).collect();
        if partitions.is_empty() {
            return Err("there is no partition descriptor".into());
        }
        let file_set = LongAd::parse(logical.get(248..).unwrap_or(&[])).ok_or("it is cut off")?.address;
        let primary = self.primary.map(|primary| primary.bytes).unwrap_or_default();
        let part = |from: usize, to: usize| primary.get(from..to).unwrap_or(&[]);
        let blocks =
            partitions.iter().map(|partition| u64::from(partition.start) + u64::from(partition.blocks));
        let identifiers = Identifiers {
            volume: text::field(logical.get(84..212).unwrap_or(&[])),
            volume_set: text::field(part(72, 200)),
            application: text::entity(part(344, 376)),
            preparer: text::entity(part(388, 420)),
            volume_size: blocks.max().unwrap_or(0) * block,
            ..Identifiers::default()
        };
        Ok(VolumeSet {
            partitions,
            maps: maps(&logical)?,
            file_set,
            revision: Little.u16(&logical, 240).unwrap_or(0),
            identifiers,
            offset,
        })
    }
}

fn parse_partition(bytes: &[u8]) -> Option<Partition> {
    Some(Partition {
        number: Little.u16(bytes, 22)?,
        start: Little.u32(bytes, 188)?,
        blocks: Little.u32(bytes, 192)?,
    })
}

/// Partition maps (ECMA-167 3/10.7), of which there may be so many.
fn maps(logical: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let count = Little.u32(logical, 268).and_then(|count| usize::try_from(count).ok()).unwrap_or(usize::MAX);
    if count > limits::PARTITION_MAPS {
        return Err(format!("it has {count} partition maps (the limit is {})", limits::PARTITION_MAPS));
    }
    parse_maps(logical, count).ok_or_else(|| "its partition maps are cut off".into())
}

/// A kind and a length each.
fn parse_maps(logical: &[u8], count: usize) -> Option<Vec<Vec<u8>>> {
    let length = usize::try_from(Little.u32(logical, 264)?).ok()?;
    let mut rest = logical.get(440..)?.get(..length)?;
    let mut maps = Vec::new();
    for _ in 0..count {
        let map;
        (map, rest) = rest.split_at_checked(usize::from(*rest.get(1)?).max(2))?;
        maps.push(map.to_vec());
    }
    Some(maps)
}
