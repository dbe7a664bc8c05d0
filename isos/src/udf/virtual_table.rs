//! The virtual allocation table (UDF 2.2.8 and 2.2.11, in UDF 1.50 another one): on media that is written once, the
//! newest table is at the end of what was written, and says where the newest of each block lies.

use super::node::file_type;
use super::space::Space;
use super::tag::kind;
use super::{Address, Failure, allocation, node, text};
use crate::endian::Endian::Little;
use crate::limits;

/// How UDF 1.50 ends its table.
const TRAILER: &str = "*UDF Virtual Alloc Tbl";
const TRAILER_BYTES: usize = 36;

/// From this revision on, the table has a header instead.
const WITH_HEADER: u16 = 0x0200;

/// Bytes looked at in one step; a multiple of all sizes of blocks.
const CHUNK: u64 = 1 << 20;

/// Finds the newest table, from the end backwards: images are padded, and drives write some blocks after it.
pub(super) fn find(space: &Space, partition: u16, revision: u16) -> Result<Vec<u32>, Failure> {
    let end = space.source.length / space.block * space.block;
    let stop = end.saturating_sub(limits::VAT_SEARCH_BYTES);
    let first = space.first_block(partition).map_or(0, u64::from);
    let mebibytes = limits::VAT_SEARCH_BYTES >> 20;
    let why = format!("no virtual allocation table was found in the last {mebibytes} MiB of the image");
    let mut failure = Failure::new(end, why);
    let mut candidates = 0;
    let mut chunk = vec![0; usize::try_from(CHUNK).unwrap_or(0)];
    let mut to = end;
    while to > stop {
        let from = to.saturating_sub(CHUNK).max(stop);
        let wanted = usize::try_from(to - from).unwrap_or(0);
        let Some(bytes) = chunk.get_mut(..wanted) else { break };
        if space.source.read_some(from, bytes).is_err() {
            break;
        }
        for (number, block) in bytes.chunks(usize::try_from(space.block).unwrap_or(1)).enumerate().rev() {
            let offset = from + number as u64 * space.block;
            if !is_candidate(block) {
                continue;
            }
            let Some(block) =
                (offset / space.block).checked_sub(first).and_then(|block| block.try_into().ok())
            else {
                continue;
            };
            candidates += 1;
            if candidates > limits::VAT_CANDIDATES {
                let limit = limits::VAT_CANDIDATES;
                let why = format!("{}; no more than {limit} tables are tried", failure.why);
                return Err(Failure { why, ..failure });
            }
            match read(space, Address { partition, block }, revision) {
                Ok(table) => return Ok(table),
                Err(other) if candidates == 1 => failure = other,
                Err(_) => {}
            }
        }
        to = from;
    }
    Err(failure)
}

/// Whether a block may be the file entry of a table: its file type is one of its own, or in UDF 1.50 none.
fn is_candidate(block: &[u8]) -> bool {
    let is_entry = matches!(Little.u16(block, 0), Some(kind::FILE_ENTRY | kind::EXTENDED_FILE_ENTRY));
    is_entry && matches!(block.get(27), Some(&(file_type::VIRTUAL_TABLE | file_type::UNSPECIFIED)))
}

fn read(space: &Space, icb: Address, revision: u16) -> Result<Vec<u32>, Failure> {
    let node = node::read(space, icb)?;
    let failure = |why: &str| Failure::new(node.offset, why);
    if node.size > limits::VAT_BYTES {
        let (size, limit) = (node.size, limits::VAT_BYTES);
        return Err(failure(&format!("a virtual allocation table of {size} bytes (the limit is {limit})")));
    }
    let bytes = allocation::bytes(space, &node, 0)?;
    let entries = if revision < WITH_HEADER {
        let end = bytes.len().checked_sub(TRAILER_BYTES).ok_or_else(|| failure("a table is too short"))?;
        let (entries, trailer) = bytes.split_at(end);
        if text::entity(trailer) != TRAILER {
            return Err(failure("this is no virtual allocation table"));
        }
        entries
    } else {
        let header = Little.u16(&bytes, 0).map_or(0, usize::from);
        if header < 152 {
            return Err(failure("a virtual allocation table has no header"));
        }
        bytes.get(header..).ok_or_else(|| failure("a virtual allocation table is shorter than its header"))?
    };
    Ok(entries.chunks_exact(4).filter_map(|entry| Little.u32(entry, 0)).collect())
}
