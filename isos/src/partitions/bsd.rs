//! The disklabel of the BSDs (`disklabel(5)`): sixteen partitions, in an MBR partition or on the whole disk.

use super::{Partition, SECTOR, Table, read_there, types};
use crate::Error;
use crate::endian::Endian::Little;
use crate::source::Source;

const MAGIC: u32 = 0x8256_4557;
/// Where it lies in its partition, or on its disk: in the second sector, or, with Alpha's firmware, in the first.
const IN_PARTITION: u64 = SECTOR;
const ON_DISK: [u64; 2] = [SECTOR, 64];
const FREEBSD: u8 = 0xa5;
const PARTITIONS: usize = 148;
const ENTRY: usize = 16;
const MOST: usize = 22;

struct Slice {
    letter: u8,
    start: u64,
    length: u64,
    kind: u8,
}

/// The label of a disk that has no other table; its partition `a` is number 1.
pub(super) fn whole_disk(source: &Source) -> Result<Option<Table>, Error> {
    for offset in ON_DISK {
        if let Some(slices) = read(source, offset)? {
            let used = slices.iter().filter(|slice| slice.kind != 0 && slice.length > 0);
            let partitions = used.map(|slice| slice.partition(u32::from(slice.letter - b'a') + 1)).collect();
            return Ok(Some(Table { name: "BSD disklabel".into(), partitions }));
        }
    }
    Ok(None)
}

/// The partitions of a label inside an MBR partition, numbered from `next`; `None` if it has no label.
pub(super) fn inside(
    source: &Source,
    start: u64,
    length: u64,
    kind: u8,
    next: u32,
) -> Result<Option<Vec<Partition>>, Error> {
    let Some(mut slices) = read(source, start + IN_PARTITION)? else { return Ok(None) };
    // FreeBSD counts from the start of its MBR partition, which its partition c then spans; others from the disk's.
    let is_relative = kind == FREEBSD && slices.iter().any(|slice| slice.letter == b'c' && slice.start == 0);
    if is_relative {
        slices.iter_mut().for_each(|slice| slice.start += start);
    }
    // What leaves it belongs to another operating system, or is the whole disk.
    let is_part = |slice: &Slice| {
        slice.start >= start && slice.start + slice.length <= start + length && slice.length < length
    };
    let used = slices.iter().filter(|slice| slice.kind != 0 && slice.length > 0 && is_part(slice));
    Ok(Some((next..).zip(used).map(|(number, slice)| slice.partition(number)).collect()))
}

impl Slice {
    fn partition(&self, number: u32) -> Partition {
        let mut partition = Partition::new(number, self.start, self.length, types::bsd(self.kind));
        partition.label = char::from(self.letter).to_string();
        partition
    }
}

fn read(source: &Source, offset: u64) -> Result<Option<Vec<Slice>>, Error> {
    let mut label = [0; PARTITIONS + MOST * ENTRY];
    let filled = read_there(source, offset, &mut label)?;
    let label = &label[..filled];
    if Little.u32(label, 0) != Some(MAGIC) || Little.u32(label, 132) != Some(MAGIC) {
        return Ok(None);
    }
    // As Linux, this asks no more of it: the checksums that parted writes are wrong.
    let count = usize::from(Little.u16(label, 138).unwrap_or(0)).min(MOST);
    let slice = |(letter, entry): (u8, &[u8])| {
        let sectors = |at| u64::from(Little.u32(entry, at).unwrap_or(0)) * SECTOR;
        Slice { letter, length: sectors(0), start: sectors(4), kind: entry[12] }
    };
    let entries = label.get(PARTITIONS..).unwrap_or(&[]).chunks_exact(ENTRY).take(count);
    Ok(Some((b'a'..=b'z').zip(entries).map(slice).collect()))
}
