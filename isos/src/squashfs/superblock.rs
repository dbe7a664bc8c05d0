//! The superblock, 96 bytes at the start: what every other place is found by.

use super::compression::Compression;
use crate::Error;
use crate::endian::Endian::Little;
use crate::source::Source;

/// What the superblock says.
#[derive(Debug)]
pub(super) struct Superblock {
    /// Bytes in a block of file content: a power of two from 4 KiB to 1 MiB.
    pub(super) block: u32,
    pub(super) compression: Compression,
    /// Bytes in the whole file system.
    pub(super) bytes_used: u64,
    pub(super) fragments: u32,
    pub(super) ids: u16,
    /// Where the top directory's inode is, as directories say it.
    pub(super) root: u64,
    pub(super) id_table: u64,
    pub(super) inode_table: u64,
    pub(super) directory_table: u64,
    pub(super) fragment_table: u64,
}

const MAGIC: &[u8; 4] = b"hsqs";
const BYTES: usize = 96;

/// Reads the superblock; `None` if there is none.
pub(super) fn read(source: &Source) -> Result<Option<Superblock>, Error> {
    let mut bytes = [0; BYTES];
    let filled = source.read_some(0, &mut bytes)?;
    if filled < BYTES || !bytes.starts_with(MAGIC) {
        return Ok(None);
    }
    if Little.u16(&bytes, 28) != Some(4) {
        return Err(source.unsupported("/", "a squashfs of another version than 4.0"));
    }
    let u16 = |at| Little.u16(&bytes, at).unwrap_or(0);
    let u32 = |at| Little.u32(&bytes, at).unwrap_or(0);
    let u64 = |at| Little.u64(&bytes, at).unwrap_or(0);
    let damaged = |why: String| source.damaged("read the squashfs superblock", 0, why);
    let (block, shift, number) = (u32(12), u16(22), u16(20));
    if !(12..=20).contains(&shift) || 1 << shift != block {
        return Err(damaged(format!("a block of {block} bytes (2 to the power of {shift}) is not possible")));
    }
    let compression = Compression::by_number(number)
        .ok_or_else(|| damaged(format!("compression {number} is not known")))?;
    Ok(Some(Superblock {
        block,
        compression,
        fragments: u32(16),
        ids: u16(26),
        root: u64(32),
        bytes_used: u64(40),
        id_table: u64(48),
        inode_table: u64(64),
        directory_table: u64(72),
        fragment_table: u64(80),
    }))
}
