//! The boot region: how large everything is and where it lies (exFAT specification, section 3).

use crate::clusters::Clusters;
use crate::endian::Endian::Little;
use crate::source::Source;
use crate::{Error, checksum};

pub(super) struct Boot {
    pub(super) clusters: Clusters,
    /// The first cluster of the top directory.
    pub(super) root: u32,
    pub(super) volume_size: u64,
}

const NAME: &[u8] = b"EXFAT   ";
/// Sectors in a boot region; the second one follows the first.
const SECTORS: u64 = 12;
/// Bytes of the first sector that change in use and are not summed: volume flags, and how full it is.
const CHANGING: [usize; 3] = [106, 107, 112];
/// Sectors have 512 to 4096 bytes, clusters up to 32 MiB; both are given as powers of two.
const SECTOR_SHIFTS: std::ops::RangeInclusive<u8> = 9..=12;
const MOST_CLUSTER_SHIFT: u8 = 25;

/// Reads the boot region, or the copy behind it if that is damaged; `None` if there is no exFAT volume.
pub(super) fn read(source: &Source) -> Result<Option<Boot>, Error> {
    let mut first = None;
    for shift in SECTOR_SHIFTS {
        for copy in 0..2 {
            match boot(source, (copy * SECTORS) << shift, shift) {
                Ok(Some(boot)) => return Ok(Some(boot)),
                Ok(None) => {}
                Err(error @ Error::Damaged { .. }) => first = first.or(Some(error)),
                Err(error) => return Err(error),
            }
        }
    }
    first.map_or(Ok(None), Err)
}

/// Reads the region at `offset` of a volume with sectors of that size.
fn boot(source: &Source, offset: u64, shift: u8) -> Result<Option<Boot>, Error> {
    let mut bytes = vec![0; usize::try_from(SECTORS << shift).unwrap_or(0)];
    let filled = source.read_some(offset, &mut bytes)?;
    bytes.truncate(filled);
    let (Some(name), Some(&[sector_shift, cluster_shift, tables])) = (bytes.get(3..11), bytes.get(108..111))
    else {
        return Ok(None);
    };
    if name != NAME || sector_shift != shift {
        return Ok(None);
    }
    let damaged = |why: &str| source.damaged("read the boot sector of exFAT", offset, why);
    let (summed, sums) = bytes.split_at_checked(bytes.len() / 12 * 11).unwrap_or((&bytes, &[]));
    if filled as u64 != SECTORS << shift || checksum::is_wrong(Little.u32(sums, 0), Some(checksum(summed))) {
        return Err(damaged("its checksum is wrong"));
    }
    let long = |at: usize| u64::from(Little.u32(&bytes, at).unwrap_or(0));
    let is_possible =
        sector_shift.checked_add(cluster_shift).is_some_and(|shift| shift <= MOST_CLUSTER_SHIFT)
            && matches!(tables, 1 | 2);
    if !is_possible {
        return Err(damaged("its clusters have an impossible size"));
    }
    let volume_sectors = Little.u64(&bytes, 72).unwrap_or(0);
    // With two tables, as with TexFAT, a flag says which one holds.
    let second = tables == 2 && Little.u16(&bytes, 106).unwrap_or(0) & 1 != 0;
    let table_length = long(84) << shift;
    let clusters = Clusters {
        width: 32,
        mask: u32::MAX,
        table: (long(80) << shift) + if second { table_length } else { 0 },
        heap: long(88) << shift,
        size: 1 << (sector_shift + cluster_shift),
        count: Little.u32(&bytes, 92).unwrap_or(0).min(u32::MAX - 16),
    };
    let volume_size =
        volume_sectors.checked_mul(1 << shift).ok_or_else(|| damaged("its size is impossible"))?;
    Ok(Some(Boot { clusters, root: Little.u32(&bytes, 96).unwrap_or(0), volume_size }))
}

fn checksum(bytes: &[u8]) -> u32 {
    let summed = bytes.iter().enumerate().filter(|(at, _)| !CHANGING.contains(at));
    summed.fold(0, |sum: u32, (_, byte)| sum.rotate_right(1).wrapping_add(u32::from(*byte)))
}
