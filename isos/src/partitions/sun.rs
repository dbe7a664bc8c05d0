//! The label of Sun's SPARC machines: eight slices in the first sector (illumos' `sys/dklabel.h`, `sys/vtoc.h`, as
//! libblkid reads them).

use super::{Partition, SECTOR, Table, text, types};
use crate::endian::Endian::Big;
use crate::source::Source;
use crate::{Error, checksum};

const MAGIC: u16 = 0xdabe;
const SLICES: usize = 444;
const SLICE: usize = 8;
const MOST: usize = 8;
/// The table of contents, which SunOS 4 had not: what the slices are for.
const VERSION: u32 = 1;
const SANE: u32 = 0x600d_deee;
const TAGS: usize = 142;
const TAG: usize = 4;
/// The tag of the slice that is the whole disk.
const WHOLE: u16 = 5;

/// Reads the label; `None` if the disk has none.
pub(super) fn read(source: &Source) -> Result<Option<Table>, Error> {
    let mut label = [0; SECTOR as usize];
    if source.read_some(0, &mut label)? < label.len() || Big.u16(&label, 508) != Some(MAGIC) {
        return Ok(None);
    }
    let sum = label.chunks_exact(2).fold([0; 2], |sum, word| [sum[0] ^ word[0], sum[1] ^ word[1]]);
    if checksum::is_wrong(sum, [0; 2]) {
        return Ok(None);
    }
    let number = |at| Big.u16(&label, at).unwrap_or(0);
    let long = |at| u64::from(Big.u32(&label, at).unwrap_or(0));
    // Heads and sectors of a track.
    let cylinder = u64::from(number(436)) * u64::from(number(438));
    let count = usize::from(number(140));
    let has_contents =
        Big.u32(&label, 128) == Some(VERSION) && Big.u32(&label, 188) == Some(SANE) && count <= MOST;
    let volume = if has_contents { text(&label[132..140]) } else { String::new() };
    let mut partitions = Vec::new();
    for (place, slice) in (1..).zip(0..if has_contents { count } else { MOST }) {
        let tag = if has_contents { number(TAGS + slice * TAG) } else { 0 };
        let at = SLICES + slice * SLICE;
        let length = long(at + 4) * SECTOR;
        if length == 0 || tag == WHOLE {
            continue;
        }
        let start = (long(at) * cylinder).saturating_mul(SECTOR);
        let mut partition = Partition::new(place, start, length, types::solaris(tag));
        partition.label = format!("{volume} s{slice}").trim_start().to_owned();
        partitions.push(partition);
    }
    Ok(Some(Table { name: "Sun disklabel".into(), partitions }))
}
