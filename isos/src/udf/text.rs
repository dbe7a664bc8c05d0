//! Text and time as OSTA UDF has them (2.1.1, 2.1.3 and ECMA-167 1/7.3).

use std::time::{Duration, SystemTime};

use crate::endian::Endian::Little;
use crate::entry::readable_name;
use crate::{calendar, utf16};

/// OSTA compressed unicode: a byte that says how wide the characters are, and the characters.
pub(super) fn unicode(bytes: &[u8]) -> String {
    match bytes.split_first() {
        None => String::new(),
        Some((8, text)) => text.iter().map(|byte| char::from(*byte)).collect(),
        Some((16, text)) => utf16::from_be(text),
        Some(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// Such text as the name of a file.
pub(super) fn name(bytes: &[u8]) -> String {
    match bytes.first() {
        Some(8 | 16) => readable_name(unicode(bytes).as_bytes()),
        _ => readable_name(bytes),
    }
}

/// A field of fixed size whose last byte says how much of it is used, for people.
pub(super) fn field(bytes: &[u8]) -> String {
    let Some((length, text)) = bytes.split_last() else { return String::new() };
    let text = unicode(text.get(..usize::from(*length)).unwrap_or(text));
    let shown: String = text.split('\0').next().unwrap_or("").chars().filter(|c| !c.is_control()).collect();
    shown.trim_end().to_owned()
}

/// The identifier of an entity (ECMA-167 1/7.4): who made something, or what it is.
pub(super) fn entity(bytes: &[u8]) -> String {
    let identifier = bytes.get(1..24).unwrap_or(&[]);
    let end = identifier.iter().position(|byte| *byte == 0).unwrap_or(identifier.len());
    identifier[..end].iter().map(|byte| char::from(*byte)).filter(|c| !c.is_control()).collect()
}

/// Twelve bytes: kind and zone, year, month, day, hour, minute, second, and three parts of a second.
pub(super) fn time(bytes: &[u8]) -> Option<SystemTime> {
    let zone = Little.u16(bytes, 0)?;
    let year = Little.u16(bytes, 2)?.cast_signed();
    let &[month, day, hour, minute, second, hundredths, hundreds, micros] =
        bytes.get(4..)?.first_chunk::<8>()?;
    // Twelve bits with a sign, in minutes; -2047 stands for a time without a zone.
    let minutes = (zone << 4).cast_signed() >> 4;
    let minutes = if (-1440..=1440).contains(&minutes) { i64::from(minutes) } else { 0 };
    let date = [year.into(), month.into(), day.into(), hour.into(), minute.into(), second.into()];
    let micros = u64::from(hundredths) * 10_000 + u64::from(hundreds) * 100 + u64::from(micros);
    calendar::moment(date, minutes)?.checked_add(Duration::from_micros(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_in_both_widths() {
        assert_eq!(unicode(b"\x08gr\xfcn"), "grün");
        assert_eq!(unicode(b"\x10\0g\x04\x16"), "gЖ");
        assert_eq!(unicode(b"\xfe\xff"), "þÿ");
        assert_eq!(name(b"\x08a/b"), "a\\x2fb");
        assert_eq!(name(b"\xfe\xff"), "\\xfe\\xff");
        assert_eq!(field(b"\x08LABEL\0\0\0\x06"), "LABEL");
        assert_eq!(field(b"\x08LABEL\xff"), "LABEL");
    }

    #[test]
    fn times_have_a_zone() {
        let read = |zone: u16, hour: u8| {
            let [low, high] = zone.to_le_bytes();
            let bytes = [low, high, 0xe8, 0x07, 2, 29, hour, 0, 0, 1, 2, 3];
            time(&bytes).unwrap().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_micros()
        };
        assert_eq!(read(0x1000, 12), 1_709_208_000_010_203);
        assert_eq!(read(0x1000 | 60, 13), 1_709_208_000_010_203);
        assert_eq!(
            read(0x1000 | (0x0fff & (-90_i16).cast_unsigned()), 10),
            1_709_208_000_010_203 - 1_800_000_000
        );
        assert_eq!(read(0x1000 | (0x0fff & (-2047_i16).cast_unsigned()), 12), 1_709_208_000_010_203);
    }
}
