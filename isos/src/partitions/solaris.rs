//! The slices of Solaris on PCs: a volume table of contents inside an MBR partition (illumos' `sys/vtoc.h`).

use super::{Partition, SECTOR, read_there, text, types};
use crate::Error;
use crate::endian::Endian::Little;
use crate::source::Source;

const SANE: u32 = 0x600d_deee;
const VERSION: u32 = 1;
const SLICES: usize = 72;
const SLICE: usize = 12;
/// Old tables have eight slices, newer ones sixteen.
const OLD: u16 = 8;
const MOST: usize = 16;

/// The slices in the MBR partition that begins at `start`, numbered from `next`; `None` if it has no table.
pub(super) fn inside(source: &Source, start: u64, next: u32) -> Result<Option<Vec<Partition>>, Error> {
    let mut sector = [0; SECTOR as usize];
    if read_there(source, start + SECTOR, &mut sector)? < sector.len()
        || Little.u32(&sector, 12) != Some(SANE)
        || Little.u32(&sector, 16) != Some(VERSION)
    {
        return Ok(None);
    }
    let count = if Little.u16(&sector, 30).unwrap_or(0) > OLD { MOST } else { usize::from(OLD) };
    let volume = text(&sector[20..28]);
    let mut partitions = Vec::new();
    for (number, slice) in sector[SLICES..].chunks_exact(SLICE).take(count).enumerate() {
        let sectors = |at| u64::from(Little.u32(slice, at).unwrap_or(0)) * SECTOR;
        let length = sectors(8);
        if length == 0 {
            continue;
        }
        let tag = Little.u16(slice, 0).unwrap_or(0);
        let place = next + u32::try_from(partitions.len()).unwrap_or(0);
        let mut partition = Partition::new(place, start + sectors(4), length, types::solaris(tag));
        partition.label = format!("{volume} s{number}").trim_start().to_owned();
        partitions.push(partition);
    }
    Ok(Some(partitions))
}
