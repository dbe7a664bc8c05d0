//! One directory record (ECMA-119 section 9.1).

use std::time::{Duration, SystemTime};

use super::le32;

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
        first_block: le32(bytes, 2)?,
        attribute_blocks: bytes[1],
        length: le32(bytes, 10)?,
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

/// Big-endian UCS-2, as Joliet writes it; in practice UTF-16.
pub(super) fn ucs2(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Seven bytes: years since 1900, month, day, hour, minute, second, quarter hours east of Greenwich.
pub(super) fn short_time(bytes: &[u8]) -> Option<SystemTime> {
    let &[year, month, day, hour, minute, second, zone] = bytes else { return None };
    time([i64::from(year) + 1900, month.into(), day.into(), hour.into(), minute.into(), second.into()], zone)
}

/// Seventeen bytes: the same in decimal digits with the full year and hundredths, and the zone as one byte.
pub(super) fn long_time(bytes: &[u8]) -> Option<SystemTime> {
    let (digits, zone) = (bytes.get(..16)?, bytes.get(16)?);
    let text = std::str::from_utf8(digits).ok()?;
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    time([part(0, 4)?, part(4, 6)?, part(6, 8)?, part(8, 10)?, part(10, 12)?, part(12, 14)?], *zone)
}

fn time([year, month, day, hour, minute, second]: [i64; 6], zone: u8) -> Option<SystemTime> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // Days since 1970 in the Gregorian calendar, counted in years that begin in March so that leap days come last.
    let (shifted_year, shifted_month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = shifted_year.div_euclid(4) - shifted_year.div_euclid(100) + shifted_year.div_euclid(400);
    let days = shifted_year * 365 + leap_days + (shifted_month * 153 + 2) / 5 + day - 1 - 719_468;
    let quarters = i64::from(zone.cast_signed());
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - quarters * 900;
    let distance = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
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
