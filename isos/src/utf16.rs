//! UTF-16, and the UCS-2 that came before it and that nobody keeps to.

/// Text of big-endian units; halves of pairs show as the replacement character.
pub(crate) fn from_be(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
