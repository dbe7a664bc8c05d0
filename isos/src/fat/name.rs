//! Names: eight and three bytes in the code page of some PC, and long ones in UTF-16 (FAT specification, section 7).

use crate::entry::readable_name;

/// The upper half of code page 437, the PC's first. Which one a volume was written with is not recorded.
const CODE_PAGE_437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
                             αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

const BASE_IS_LOWER: u8 = 0x08;
const EXTENSION_IS_LOWER: u8 = 0x10;

/// Characters in one record of a long name.
pub(super) const PART: usize = 13;

fn decoded(byte: u8) -> char {
    let upper = byte.checked_sub(0x80).and_then(|index| CODE_PAGE_437.chars().nth(usize::from(index)));
    upper.unwrap_or(char::from(byte))
}

fn trimmed(field: &[u8]) -> String {
    let length = field.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
    field.iter().take(length).copied().map(decoded).collect()
}

/// A volume label.
pub(super) fn label(field: &[u8]) -> String {
    let label: String = trimmed(field).chars().filter(|c| !c.is_control()).collect();
    // What mkfs.fat writes for no label.
    if label == "NO NAME" { String::new() } else { label }
}

/// A short name. `case` is the byte in which Windows NT notes what is to be shown in lower case.
pub(super) fn short(field: &[u8; 11], case: u8) -> String {
    let mut field = *field;
    // 0xe5 marks deleted records; a name that begins with it is written so.
    if field[0] == 0x05 {
        field[0] = 0xe5;
    }
    let (base, extension) = field.split_at(8);
    let cased = |part: &[u8], flag: u8| {
        let part = trimmed(part);
        if case & flag != 0 { part.to_lowercase() } else { part }
    };
    let (base, extension) = (cased(base, BASE_IS_LOWER), cased(extension, EXTENSION_IS_LOWER));
    let dot = if extension.is_empty() { "" } else { "." };
    readable_name(format!("{base}{dot}{extension}").as_bytes())
}

/// UTF-16 as a name. Halves of characters, which no UTF-8 has, are shown as bytes.
pub(crate) fn wide(units: &[u16]) -> String {
    let mut bytes = Vec::with_capacity(units.len() * 3);
    for character in char::decode_utf16(units.iter().copied()) {
        match character {
            Ok(character) => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            Err(half) => {
                let half = half.unpaired_surrogate();
                let [high, low] = half.to_be_bytes();
                bytes.extend([0xe0 | high >> 4, 0x80 | (high & 0x0f) << 2 | low >> 6, 0x80 | low & 0x3f]);
            }
        }
    }
    readable_name(&bytes)
}

/// The sum over a short name that each record of its long name carries.
pub(super) fn checksum(field: &[u8; 11]) -> u8 {
    field.iter().fold(0, |sum: u8, byte| sum.rotate_right(1).wrapping_add(*byte))
}

/// The records of a long name come in front of the one that they belong to, the last part first.
#[derive(Default)]
pub(super) struct LongName {
    units: Vec<u16>,
    /// The part that has to come next; 0 when all are there.
    missing: u8,
    checksum: u8,
}

impl LongName {
    const LAST: u8 = 0x40;
    const MOST: u8 = 20;

    pub(super) fn take(&mut self, record: &[u8; 32]) {
        let (number, sum) = (record[0], record[13]);
        if number & Self::LAST != 0 {
            let parts = number & !Self::LAST;
            let is_possible = (1..=Self::MOST).contains(&parts);
            self.units = vec![0; if is_possible { usize::from(parts) * PART } else { 0 }];
            self.missing = parts;
            self.checksum = sum;
        }
        let part = number & !Self::LAST;
        if part == 0 || part != self.missing || sum != self.checksum {
            self.forget();
            return;
        }
        self.missing -= 1;
        let pairs = record[1..11]
            .chunks_exact(2)
            .chain(record[14..26].chunks_exact(2))
            .chain(record[28..].chunks_exact(2));
        let from = usize::from(self.missing) * PART;
        for (unit, pair) in self.units.iter_mut().skip(from).zip(pairs) {
            *unit = u16::from_le_bytes([pair[0], pair[1]]);
        }
    }

    pub(super) fn forget(&mut self) {
        *self = LongName::default();
    }

    /// The name, if all parts are there and belong to this short name; the next starts anew.
    pub(super) fn finish(&mut self, short: &[u8; 11]) -> Option<String> {
        let long = std::mem::take(self);
        if long.missing != 0 || long.units.is_empty() || long.checksum != checksum(short) {
            return None;
        }
        let end = long.units.iter().position(|unit| *unit == 0).unwrap_or(long.units.len());
        long.units.get(..end).filter(|units| !units.is_empty()).map(wide)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_are_shown_as_they_were_meant() {
        assert_eq!(short(b"README  TXT", 0), "README.TXT");
        assert_eq!(short(b"README  TXT", 0x18), "readme.txt");
        assert_eq!(short(b"GR\x9aN       ", 0), "GRÜN");
        assert_eq!(short(b"\x05X         ", 0), "σX");
        assert_eq!(short(b"A/B\x01    \0  ", 0), "A\\x2fB\\x01.\\x00");
        assert_eq!(CODE_PAGE_437.chars().count(), 128);
    }

    #[test]
    fn halves_of_characters_are_shown_as_bytes() {
        assert_eq!(wide(&[0x61, 0xd800, 0x2f]), "a\\xed\\xa0\\x80\\x2f");
        assert_eq!(wide(&[0xd83d, 0xde00]), "😀");
        assert_eq!(wide(&[0x2e, 0x2e]), "\\x2e\\x2e");
    }

    #[test]
    fn a_long_name_of_another_file_is_not_taken() {
        let mut record = [0_u8; 32];
        record[0] = 0x41;
        record[1] = b'x';
        record[13] = checksum(b"X          ");
        let mut name = LongName::default();
        name.take(&record);
        assert_eq!(name.finish(b"X          ").as_deref(), Some("x"));
        name.take(&record);
        assert_eq!(name.finish(b"Y          "), None);
        record[0] = 0x42;
        name.take(&record);
        assert_eq!(name.finish(b"X          "), None, "a part is missing");
    }
}
