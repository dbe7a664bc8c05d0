//! One directory record (ECMA-119 section 9.1).

use std::time::SystemTime;

use crate::calendar;
use crate::endian::Endian::Little;

/// The fixed part of a directory record, and where its parts lie.
#[derive(Debug)]
pub(super) struct Record<'a> {
    first_block: u32,
    attribute_blocks: u8,
    /// Bytes of data.
    pub(super) length: u32,
    pub(super) modified: Option<SystemTime>,
    pub(super) is_directory: bool,
    /// Another record with the same name continues the file.
    pub(super) continues: bool,
    /// Data comes in units with gaps between them, which no known tool writes.
    pub(super) interleaved: bool,
    pub(super) name: &'a [u8],
    /// The bytes after the name, where extensions live.
    pub(super) system_use: &'a [u8],
}

/// Bytes before the name.
const FIXED: usize = 33;

/// Reads the record that fills `bytes` (as its first byte says); `None` if it contradicts itself.
pub(super) fn parse(bytes: &[u8]) -> Option<Record<'_>> {
    let name_length = usize::from(*bytes.get(32)?);
    let name_end = FIXED + name_length;
    let name = bytes.get(FIXED..name_end)?;
    if name.is_empty() {
        return None;
    }
    // A name of even length is followed by a pad byte.
    let system_use = bytes.get(name_end + usize::from(name_length % 2 == 0)..).unwrap_or(&[]);
    let flags = bytes[25];
    Some(Record {
        first_block: Little.u32(bytes, 2)?,
        attribute_blocks: bytes[1],
        length: Little.u32(bytes, 10)?,
        modified: short_time(bytes.get(18..25)?),
        is_directory: flags & 0x02 != 0,
        continues: flags & 0x80 != 0,
        interleaved: bytes[26] != 0 || bytes[27] != 0,
        name,
        system_use,
    })
}

impl Record<'_> {
    /// Where its data begins: after an extended attribute record, if it has one.
    pub(super) fn first_block(&self) -> u64 {
        u64::from(self.first_block) + u64::from(self.attribute_blocks)
    }

    /// The entries for the directory itself and its parent are named by one byte, 0 and 1.
    pub(super) fn is_self_or_parent(&self) -> bool {
        matches!(self.name, [0 | 1])
    }
}

/// Seven bytes: years since 1900, month, day, hour, minute, second, quarter hours east of Greenwich.
pub(super) fn short_time(bytes: &[u8]) -> Option<SystemTime> {
    let &[year, month, day, hour, minute, second, zone] = bytes else { return None };
    let date = [i64::from(year) + 1900, month.into(), day.into(), hour.into(), minute.into(), second.into()];
    calendar::moment(date, minutes_ahead(zone))
}

/// Seventeen bytes: the same in decimal digits with the full year and hundredths, and the zone as one byte.
pub(super) fn long_time(bytes: &[u8]) -> Option<SystemTime> {
    let (digits, zone) = (bytes.get(..16)?, bytes.get(16)?);
    let text = std::str::from_utf8(digits).ok()?;
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let date = [part(0, 4)?, part(4, 6)?, part(6, 8)?, part(8, 10)?, part(10, 12)?, part(12, 14)?];
    calendar::moment(date, minutes_ahead(*zone))
}

/// Zones are counted in quarter hours, from 12 hours behind to 13 ahead; another one counts as none, as bsdtar and
/// isoinfo take it.
fn minutes_ahead(zone: u8) -> i64 {
    match zone.cast_signed() {
        quarters @ -48..=52 => i64::from(quarters) * 15,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unix(time: Option<SystemTime>) -> u64 {
        time.unwrap().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
    }

    #[test]
    fn times_count_from_1970_in_utc() {
        assert_eq!(unix(short_time(&[70, 1, 1, 0, 0, 0, 0])), 0);
        assert_eq!(unix(short_time(&[124, 2, 29, 12, 0, 0, 0])), 1_709_208_000);
        assert_eq!(unix(short_time(&[124, 2, 29, 13, 0, 0, 4])), 1_709_208_000);
        assert_eq!(unix(long_time(b"2024022912000000\0")), 1_709_208_000);
        let zoned = |zone: i8| unix(short_time(&[124, 2, 29, 12, 0, 0, zone.cast_unsigned()]));
        assert_eq!(zoned(52), 1_709_208_000 - 13 * 3600);
        assert_eq!(zoned(-48), 1_709_208_000 + 12 * 3600);
        assert_eq!((zoned(53), zoned(-49), zoned(127)), (1_709_208_000, 1_709_208_000, 1_709_208_000));
        assert_eq!(short_time(&[70, 0, 0, 0, 0, 0, 0]), None);
        assert_eq!(long_time(b"                \0"), None);
    }

    #[test]
    fn a_record_whose_name_leaves_it_is_refused() {
        let mut bytes = [0_u8; 40];
        bytes[32] = 20;
        assert!(parse(&bytes).is_none());
        bytes[32] = 7;
        assert!(parse(&bytes).is_some());
        assert!(parse(&bytes[..20]).is_none());
    }
}
