//! File entries and what they are found by: information control blocks (ECMA-167 4/8.10 and 4/14.6 to 4/14.17).

use super::space::Space;
use super::tag::{Descriptor, Fault, kind};
use super::{Address, Failure, LongAd, text};
use crate::endian::Endian::Little;
use crate::entry::Posix;
use crate::{Kind, limits};

/// File types (ECMA-167 4/14.6.6 and UDF 2.3.5.2).
pub(super) mod file_type {
    pub(in crate::udf) const UNSPECIFIED: u8 = 0;
    pub(in crate::udf) const DIRECTORY: u8 = 4;
    pub(in crate::udf) const BYTES: u8 = 5;
    pub(in crate::udf) const BLOCK_DEVICE: u8 = 6;
    pub(in crate::udf) const CHARACTER_DEVICE: u8 = 7;
    pub(in crate::udf) const PIPE: u8 = 9;
    pub(in crate::udf) const SOCKET: u8 = 10;
    pub(in crate::udf) const SYMBOLIC_LINK: u8 = 12;
    pub(in crate::udf) const VIRTUAL_TABLE: u8 = 248;
    pub(in crate::udf) const REAL_TIME: u8 = 249;
}

/// What a file type means here, and the type bits of its POSIX mode.
const KINDS: &[(u8, Kind, u32)] = &[
    (file_type::UNSPECIFIED, Kind::File, 0o100_000),
    (file_type::DIRECTORY, Kind::Directory, 0o040_000),
    (file_type::BYTES, Kind::File, 0o100_000),
    (file_type::REAL_TIME, Kind::File, 0o100_000),
    (file_type::BLOCK_DEVICE, Kind::Special, 0o060_000),
    (file_type::CHARACTER_DEVICE, Kind::Special, 0o020_000),
    (file_type::PIPE, Kind::Special, 0o010_000),
    (file_type::SOCKET, Kind::Special, 0o140_000),
    (file_type::SYMBOLIC_LINK, Kind::Link, 0o120_000),
];

/// How content is stored (ECMA-167 4/14.6.8).
#[derive(Debug)]
pub(super) enum Stored {
    /// Within the entry.
    Inside { offset: u64, bytes: u64 },
    /// Described by allocation descriptors of that form, 0 to 2.
    Listed { form: u16, list: Vec<u8> },
}

/// A file entry.
#[derive(Debug)]
pub(super) struct Node {
    file_type: u8,
    /// Bytes of content.
    pub(super) size: u64,
    pub(super) posix: Posix,
    pub(super) stored: Stored,
    /// The partition that descriptors mean that name none.
    pub(super) partition: u16,
    /// Where the entry lies in the source.
    pub(super) offset: u64,
}

impl Node {
    pub(super) fn kind(&self) -> Kind {
        KINDS.iter().find(|(known, ..)| *known == self.file_type).map_or(Kind::Special, |(_, kind, _)| *kind)
    }
}

/// The strategy by which a newer entry follows an older one (UDF 2.3.5.1); in all others there is one entry.
const HIERARCHY: u16 = 4096;

/// Reads the newest entry of a file.
pub(super) fn read(space: &Space, icb: Address) -> Result<Node, Failure> {
    let mut address = icb;
    let mut older = None;
    for _ in 0..limits::ICB_STEPS {
        let entry = match (space.descriptor(address), older.take()) {
            (Ok(entry), _) => entry,
            // The place for the next one is kept before it is written.
            (Err(Fault::Blank), Some(older)) => return Ok(older),
            (Err(fault), _) => return Err(space.failure(address, fault)),
        };
        let node = parse(&entry, address.partition)?;
        if Little.u16(&entry.bytes, 20) != Some(HIERARCHY) {
            return Ok(node);
        }
        let next = Address { block: address.block.saturating_add(1), ..address };
        let pointer = space.descriptor(next).ok().filter(|next| next.kind == kind::INDIRECT_ENTRY);
        let pointer = pointer.and_then(|next| LongAd::parse(next.bytes.get(36..)?));
        match pointer.filter(|pointer| pointer.bytes > 0) {
            Some(pointer) => address = pointer.address,
            None => return Ok(node),
        }
        older = Some(node);
    }
    let why =
        format!("more than {} entries of one file follow one another, or a loop of them", limits::ICB_STEPS);
    Err(Failure::new(space.place(icb, 0).map_or(0, |place| place.offset), why))
}

/// Where the fields lie in which the two forms of an entry differ.
struct Layout {
    accessed: usize,
    modified: usize,
    changed: usize,
    /// The lengths of extended attributes and of allocation descriptors, which follow in that order.
    lengths: usize,
}

/// ECMA-167 4/14.9.
const FILE_ENTRY: Layout = Layout { accessed: 72, modified: 84, changed: 96, lengths: 168 };
/// ECMA-167 4/14.17.
const EXTENDED_FILE_ENTRY: Layout = Layout { accessed: 80, modified: 92, changed: 116, lengths: 208 };

fn parse(entry: &Descriptor, partition: u16) -> Result<Node, Failure> {
    let layout = match entry.kind {
        kind::FILE_ENTRY => FILE_ENTRY,
        kind::EXTENDED_FILE_ENTRY => EXTENDED_FILE_ENTRY,
        _ => return Err(Failure::new(entry.offset, "this is no file entry")),
    };
    fields(entry, &layout, partition).ok_or_else(|| Failure::new(entry.offset, "a file entry is cut off"))
}

fn fields(entry: &Descriptor, layout: &Layout, partition: u16) -> Option<Node> {
    let bytes = &entry.bytes;
    let file_type = *bytes.get(27)?;
    let flags = Little.u16(bytes, 34)?;
    let attributes = layout.lengths + 8;
    let list = attributes.checked_add(usize::try_from(Little.u32(bytes, layout.lengths)?).ok()?)?;
    let length = usize::try_from(Little.u32(bytes, layout.lengths + 4)?).ok()?;
    let end = list.checked_add(length)?;
    let content = bytes.get(list..end)?;
    let stored = match flags & 0x7 {
        3 => Stored::Inside { offset: entry.offset + list as u64, bytes: length as u64 },
        form => Stored::Listed { form, list: content.to_vec() },
    };
    let time = |at: usize| bytes.get(at..).and_then(text::time);
    // All ones stand for nobody in particular (UDF 2.3.6.1).
    let number = |at: usize| Little.u32(bytes, at).filter(|number| *number != u32::MAX);
    let posix = Posix {
        mode: Some(mode(file_type, flags, Little.u32(bytes, 44)?)),
        owner: number(36).zip(number(40)),
        links: Little.u16(bytes, 48).map(u32::from),
        device: device(bytes.get(attributes..list)?),
        accessed: time(layout.accessed),
        modified: time(layout.modified),
        changed: time(layout.changed),
    };
    Some(Node { file_type, size: Little.u64(bytes, 56)?, posix, stored, partition, offset: entry.offset })
}

/// Permissions are five bits each for others, the group and the owner: execute, write, read and two that POSIX does
/// not have (ECMA-167 4/14.9.5); what else a mode has is among the flags of the ICB.
fn mode(file_type: u8, flags: u16, permissions: u32) -> u32 {
    let kind = KINDS.iter().find(|(known, ..)| *known == file_type).map_or(0, |(_, _, bits)| *bits);
    let classes = (permissions & 0o7) | (permissions >> 5 & 0o7) << 3 | (permissions >> 10 & 0o7) << 6;
    // Bits 6 to 8 are set-user-ID, set-group-ID and sticky.
    let special = [(6, 0o4000), (7, 0o2000), (8, 0o1000)];
    kind | classes
        | special.into_iter().filter(|(bit, _)| flags & 1 << bit != 0).map(|(_, mode)| mode).sum::<u32>()
}

/// The device specification (ECMA-167 4/14.10.7) among the extended attributes of an entry.
fn device(attributes: &[u8]) -> Option<(u32, u32)> {
    const DEVICE_SPECIFICATION: u32 = 12;
    let mut rest = attributes.get(24..)?;
    while let Some(length) = Little.u32(rest, 8).and_then(|length| usize::try_from(length).ok()) {
        if Little.u32(rest, 0) == Some(DEVICE_SPECIFICATION) {
            return Little.u32(rest, 16).zip(Little.u32(rest, 20));
        }
        rest = rest.get(length.max(12)..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_become_a_mode() {
        let all = 0b00111_00101_00100;
        assert_eq!(mode(file_type::BYTES, 0, all), 0o100_754);
        assert_eq!(mode(file_type::DIRECTORY, 1 << 8 | 1 << 6, 0x7fff), 0o045_777);
    }

    #[test]
    fn a_device_is_found_among_attributes() {
        let mut attributes = vec![0; 24];
        for (kind, words) in [(5_u32, vec![20_u32, 0, 0]), (12, vec![24, 0, 8, 17])] {
            attributes.extend(kind.to_le_bytes());
            attributes.extend([1, 0, 0, 0]);
            attributes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        }
        assert_eq!(device(&attributes), Some((8, 17)));
        assert_eq!(device(&attributes[..40]), None);
        assert_eq!(device(&[]), None);
    }
}
