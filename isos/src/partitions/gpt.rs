//! The GUID partition table (UEFI specification 2.10, section 5.3), with its second copy at the end of the disk.

use flate2::Crc;

use super::{Partition, Table, read_there, shown, types};
use crate::endian::Endian::Little;
use crate::source::Source;
use crate::{Error, checksum, limits};

const SIGNATURE: &[u8] = b"EFI PART";
/// Sectors come in two sizes, and the header, which would tell, lies in the second.
const SECTORS: [u64; 2] = [512, 4096];
/// Bytes of a header without what later versions may add.
const HEADER: usize = 92;
const ENTRY: usize = 128;

/// What became of the search.
pub(super) enum Outcome {
    None,
    Table(Table),
    /// There is one, of which both copies are bad.
    Damaged(Error),
}

/// A header whose sum is right.
struct Header {
    sector: u64,
    entries: u64,
    count: u64,
    size: u64,
    sum: u32,
}

/// Looks for either copy, and reads the first that is whole.
pub(super) fn read(source: &Source) -> Result<Outcome, Error> {
    let mut damage = None;
    let last =
        |sector: u64| (source.length / sector).checked_sub(1).map(|last| (last * sector, "the backup"));
    let places = SECTORS
        .iter()
        .map(|sector| (*sector, Some((*sector, ""))))
        .chain(SECTORS.iter().map(|sector| (*sector, last(*sector))));
    for (sector, place) in places {
        let Some((offset, copy)) = place else { continue };
        match header(source, offset, sector).and_then(|header| match header {
            Some(header) => partitions(source, &header).map(Some),
            None => Ok(None),
        }) {
            Ok(None) => {}
            Ok(Some(partitions)) => {
                let name =
                    if copy.is_empty() { "GPT".into() } else { format!("GPT, read from {copy} at its end") };
                return Ok(Outcome::Table(Table { name, partitions }));
            }
            // The system's refusal to read is no reason to look elsewhere.
            Err(error @ Error::Damaged { .. }) => damage = damage.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    Ok(damage.map_or(Outcome::None, Outcome::Damaged))
}

/// Reads the header at `offset`; `None` if there is none.
fn header(source: &Source, offset: u64, sector: u64) -> Result<Option<Header>, Error> {
    let mut bytes = vec![0; usize::try_from(sector).unwrap_or(ENTRY)];
    if read_there(source, offset, &mut bytes)? < bytes.len() || !bytes.starts_with(SIGNATURE) {
        return Ok(None);
    }
    let damaged = |why: &str| source.damaged("read the GPT", offset, why);
    let length = Little.u32(&bytes, 12).and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    let mut summed = bytes
        .get(..length)
        .filter(|summed| summed.len() >= HEADER)
        .ok_or_else(|| damaged("its header has an impossible length"))?
        .to_vec();
    let sum = Little.u32(&summed, 16);
    summed[16..20].fill(0);
    if checksum::is_wrong(sum, Some(crc(&summed))) {
        return Err(damaged("the checksum of its header is wrong"));
    }
    let field = |at| Little.u64(&bytes, at).unwrap_or(0);
    if field(24).checked_mul(sector) != Some(offset) {
        return Err(damaged("its header is meant for another place"));
    }
    let number = |at| Little.u32(&bytes, at).unwrap_or(0);
    let header = Header {
        sector,
        entries: field(72).checked_mul(sector).ok_or_else(|| damaged("its entries lie outside the image"))?,
        count: number(80).into(),
        size: number(84).into(),
        sum: number(88),
    };
    let bytes = header.count * header.size;
    if header.size < ENTRY as u64 {
        return Err(damaged("its entries have an impossible size"));
    }
    if bytes > limits::GPT_BYTES {
        let limit = limits::GPT_BYTES;
        return Err(damaged(&format!("its entries have {bytes} bytes (the limit is {limit})")));
    }
    Ok(Some(header))
}

fn partitions(source: &Source, header: &Header) -> Result<Vec<Partition>, Error> {
    let damaged = |why: &str| source.damaged("read the entries of the GPT", header.entries, why);
    let mut bytes = vec![0; usize::try_from(header.count * header.size).unwrap_or(0)];
    if source.read_some(header.entries, &mut bytes)? < bytes.len() {
        return Err(damaged("they lie outside the image"));
    }
    if checksum::is_wrong(header.sum, crc(&bytes)) {
        return Err(damaged("their checksum is wrong"));
    }
    let size = usize::try_from(header.size).unwrap_or(ENTRY);
    let entries = (1..).zip(bytes.chunks_exact(size));
    Ok(entries.filter_map(|(number, entry)| partition(number, entry, header.sector)).collect())
}

/// An entry; `None` if it is unused.
fn partition(number: u32, entry: &[u8], sector: u64) -> Option<Partition> {
    let guid: &[u8; 16] = entry.first_chunk()?;
    if *guid == [0; 16] {
        return None;
    }
    let (first, last) = (Little.u64(entry, 32)?, Little.u64(entry, 40)?);
    let place = || {
        let sectors = last.checked_sub(first)?.checked_add(1)?;
        Some((first.checked_mul(sector)?, sectors.checked_mul(sector)?))
    };
    let (start, length) = place().unwrap_or((0, 0));
    let mut partition = Partition::new(number, start, length, types::gpt(guid));
    if length == 0 {
        partition.problem = Some(format!("it reaches from sector {first} to sector {last}"));
    }
    let units = (56..ENTRY).step_by(2).filter_map(|at| Little.u16(entry, at)).take_while(|unit| *unit != 0);
    let name: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    partition.label = shown(&name);
    Some(partition)
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}
