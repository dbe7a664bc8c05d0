//! Discs that were written in several sessions: each has a volume of its own, whose directories tell of the files of
//! earlier ones, too. Where a session begins is told by the disc, and not by an image of it; so the next one is looked
//! for behind the last. What overwrites the first volume instead (files, rewritable discs) needs none of this.

use super::SECTOR;
use super::descriptor::{self, FIRST_SECTOR, Set};
use crate::endian::Endian::Little;
use crate::source::Source;
use crate::{Error, limits};

/// Bytes looked at in one step.
const CHUNK: usize = 1 << 20;

/// The descriptors of the last session that follows the first.
pub(super) fn last(source: &Source, first: Set) -> Result<Set, Error> {
    let mut newest = first;
    let mut count = 1;
    loop {
        let end = newest.primary.identifiers.volume_size.div_ceil(SECTOR);
        let Some(start) = next(source, end)? else { break };
        let Some(mut set) = descriptor::read(source, start)? else { break };
        count += 1;
        if count > limits::SESSIONS {
            let why = format!("there are more than {} of them", limits::SESSIONS);
            return Err(source.damaged("find the last session of the disc", start * SECTOR, why));
        }
        // A session counts its own sectors only.
        let size = &mut set.primary.identifiers.volume_size;
        *size = size.saturating_add(start * SECTOR);
        newest = set;
    }
    Ok(newest)
}

/// The sector at which a session begins behind the one that ends at `end`.
fn next(source: &Source, end: u64) -> Result<Option<u64>, Error> {
    let stop = (end + FIRST_SECTOR + limits::SESSION_GAP_SECTORS).saturating_mul(SECTOR).min(source.length);
    let mut offset = (end + FIRST_SECTOR).saturating_mul(SECTOR);
    let mut chunk = vec![0; if offset < stop { CHUNK } else { 0 }];
    while offset < stop {
        let filled = source.read_some(offset, &mut chunk)?;
        for (number, sector) in chunk[..filled].chunks_exact(SECTOR as usize).enumerate() {
            let place = offset / SECTOR + number as u64;
            if place * SECTOR < stop && begins(sector, place - FIRST_SECTOR) {
                return Ok(Some(place - FIRST_SECTOR));
            }
        }
        offset += CHUNK as u64;
    }
    Ok(None)
}

/// Whether a sector is the primary descriptor of a session that begins at `start`: its root then lies behind that,
/// where the root of an image that is a file within the image lies near its own beginning.
fn begins(sector: &[u8], start: u64) -> bool {
    let root = Little.u32(sector, 158).map_or(0, u64::from);
    sector.starts_with(b"\x01CD001\x01") && root > start + FIRST_SECTOR
}
