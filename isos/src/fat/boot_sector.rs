//! The first sector: how large everything is, and from that where it lies (FAT specification, sections 3 and 5).

use super::{Root, name};
use crate::Error;
use crate::clusters::Clusters;
use crate::endian::Endian::Little;
use crate::source::Source;

pub(super) struct BootSector {
    pub(super) clusters: Clusters,
    pub(super) root: Root,
    pub(super) label: String,
    pub(super) volume_size: u64,
}

/// FAT12 has fewer clusters than this.
const FAT16_CLUSTERS: u64 = 4085;
/// No cluster has a number from here on.
const MOST_CLUSTERS: u64 = 0x0fff_fff5;
const RECORD: u64 = 32;

/// Reads the boot sector; `None` if it is not that of a FAT volume.
///
/// It has no mark of its own: the numbers must be possible, and the table must begin as every such table does, which
/// also tells a volume from the leftovers of one in the boot sector of a partitioned disk.
pub(super) fn read(source: &Source) -> Result<Option<BootSector>, Error> {
    let mut bytes = [0; 512];
    if source.read_some(0, &mut bytes)? < bytes.len() {
        return Ok(None);
    }
    let byte = |at: usize| u64::from(bytes[at]);
    let word = |at: usize| u64::from(Little.u16(&bytes, at).unwrap_or(0));
    let long = |at: usize| u64::from(Little.u32(&bytes, at).unwrap_or(0));
    let either = |short: u64, long: u64| if short == 0 { long } else { short };

    let (sector, cluster_sectors, reserved, tables) = (word(11), byte(13), word(14), byte(16));
    let media = bytes[21];
    let is_possible = matches!(sector, 512 | 1024 | 2048 | 4096)
        && cluster_sectors.is_power_of_two()
        && reserved > 0
        && tables > 0
        && (media == 0xf0 || media >= 0xf8);
    let (root_records, is_32) = (word(17), word(22) == 0);
    let table_sectors = either(word(22), long(36));
    let sectors = either(word(19), long(32));
    let root_sectors = (root_records * RECORD).div_ceil(sector.max(1));
    let before = reserved + tables * table_sectors + root_sectors;
    if !is_possible || table_sectors == 0 || sectors <= before {
        return Ok(None);
    }
    let count = (sectors - before) / cluster_sectors;
    let (width, mask) = match count {
        0 => return Ok(None),
        _ if is_32 => (32, 0x0fff_ffff),
        _ if count < FAT16_CLUSTERS => (12, 0x0fff),
        _ => (16, 0xffff),
    };
    // The table may be too short for the volume; then the clusters without an entry are not there.
    let entries = (table_sectors * sector * 8 / u64::from(width)).saturating_sub(2);
    let count = u32::try_from(count.min(entries).min(MOST_CLUSTERS)).unwrap_or(0);
    let table = (reserved * sector, table_sectors * sector);
    let Some(table) = intact(source, table, tables, media)? else { return Ok(None) };
    let root_start = (reserved + tables * table_sectors) * sector;
    let clusters =
        Clusters { width, mask, table, heap: before * sector, size: cluster_sectors * sector, count };
    let root = if is_32 {
        Root::Chain { first: Little.u32(&bytes, 44).unwrap_or(0) }
    } else {
        Root::Fixed { start: root_start, length: root_records * RECORD }
    };
    let (extended, label) = if is_32 { (66, 71) } else { (38, 43) };
    let has_label = bytes[extended] == 0x29;
    let label = if has_label { name::label(&bytes[label..label + 11]) } else { String::new() };
    Ok(Some(BootSector { clusters, root, label, volume_size: sectors * sector }))
}

/// Where the first of the tables lies that begins with the media byte, as all copies do.
fn intact(source: &Source, table: (u64, u64), copies: u64, media: u8) -> Result<Option<u64>, Error> {
    let (start, length) = table;
    for copy in 0..copies.min(2) {
        let mut first = [0; 3];
        let offset = start + copy * length;
        if source.read_some(offset, &mut first)? == first.len() && first[0] == media && first[1] == 0xff {
            return Ok(Some(offset));
        }
    }
    Ok(None)
}
