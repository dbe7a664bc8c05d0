//! Apple's partition map (Inside Macintosh: Devices, chapter 3): a block for each partition, from the second on.

use super::{Partition, Table, text};
use crate::endian::Endian::Big;
use crate::source::Source;
use crate::{Error, limits};

const DRIVER: &[u8] = b"ER";
const ENTRY: &[u8] = b"PM";
const BLOCK: u64 = 512;

/// Reads the map; `None` if there is none.
pub(super) fn read(source: &Source) -> Result<Option<Table>, Error> {
    let mut first = [0; BLOCK as usize];
    if source.read_some(0, &mut first)? < first.len() || !first.starts_with(DRIVER) {
        return Ok(None);
    }
    let Some(block) =
        Big.u16(&first, 2).map(u64::from).filter(|block| *block >= BLOCK && block.is_power_of_two())
    else {
        return Ok(None);
    };
    let mut partitions = Vec::new();
    let mut count = 1;
    let mut number = 1;
    while number <= count {
        let mut entry = [0; BLOCK as usize];
        let offset = u64::from(number) * block;
        let filled = source.read_some(offset, &mut entry)?;
        if filled < entry.len() || !entry.starts_with(ENTRY) {
            if number == 1 {
                return Ok(None);
            }
            let why = format!("there is no entry {number} of {count}");
            return Err(source.damaged("read the Apple partition map", offset, why));
        }
        // Each entry tells how many there are.
        count = Big.u32(&entry, 4).unwrap_or(0).min(limits::PARTITIONS + 1);
        let blocks = |at| u64::from(Big.u32(&entry, at).unwrap_or(0)) * block;
        let mut partition = Partition::new(number, blocks(8), blocks(12), text(&entry[48..80]));
        partition.label = text(&entry[16..48]);
        partitions.push(partition);
        number += 1;
    }
    Ok(Some(Table { name: "Apple partition map".into(), partitions }))
}
