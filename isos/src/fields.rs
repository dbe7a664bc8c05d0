//! Numbers in the structures of an image; `None` where the structure ends before them.

macro_rules! numbers {
    ($($name:ident: $number:ident by $from:ident;)*) => {$(
        pub(crate) fn $name(bytes: &[u8], at: usize) -> Option<$number> {
            bytes.get(at..)?.first_chunk().map(|chunk| $number::$from(*chunk))
        }
    )*};
}

numbers! {
    le16: u16 by from_le_bytes;
    le32: u32 by from_le_bytes;
    le64: u64 by from_le_bytes;
}
