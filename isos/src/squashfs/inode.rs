//! Inodes: what a directory's entries refer to. Each type has a short and an extended form.

use super::metadata::{Cursor, Place};
use super::{Volume, file};
use crate::endian::Endian::Little;
use crate::entry::Posix;
use crate::{Error, limits, unix};

/// What an inode says.
#[derive(Debug)]
pub(super) struct Inode {
    pub(super) posix: Posix,
    pub(super) what: What,
}

/// What is particular to a type.
#[derive(Debug)]
pub(super) enum What {
    File(file::Layout),
    Directory { start: u32, offset: u16, size: u32 },
    Link(String),
    Special,
}

/// Bytes that a directory's size counts for `.` and `..`, which are not stored.
const DOTS: u32 = 3;

/// Reads the inode that `reference` points to: its block's offset in the inode table, and 16 bits of offset in there.
pub(super) fn read(volume: &Volume, reference: u64) -> Result<Inode, Error> {
    let mut cursor = volume.metadata(place(volume, reference)?);
    let start = cursor.place.start;
    let header: [u8; 16] = cursor.array()?;
    let u16 = |at| Little.u16(&header, at).unwrap_or(0);
    let number = u16(0);
    let mut posix = Posix {
        mode: Some(u32::from(u16(2) & 0o7777) | type_bits(number)),
        owner: Some((volume.id(u16(4))?, volume.id(u16(6))?)),
        modified: unix::time(Little.u32(&header, 8).unwrap_or(0).into(), 0),
        ..Posix::default()
    };
    let what = match number {
        1 | 8 => directory(&mut cursor, number == 8, &mut posix)?,
        2 | 9 => file(&mut cursor, number == 9, &mut posix)?,
        3 | 10 => {
            let [links, length] = numbers(&cursor.array::<8>()?);
            posix.links = Some(links);
            What::Link(target(volume, &mut cursor, length)?)
        }
        4 | 5 | 11 | 12 => {
            let [links, device] = numbers(&cursor.array::<8>()?);
            posix.links = Some(links);
            posix.device = Some(unix::device(device));
            What::Special
        }
        6 | 7 | 13 | 14 => {
            let [links] = numbers(&cursor.array::<4>()?);
            posix.links = Some(links);
            What::Special
        }
        _ => return Err(volume.damaged(start, format!("an inode of type {number} is not known"))),
    };
    Ok(Inode { posix, what })
}

fn place(volume: &Volume, reference: u64) -> Result<Place, Error> {
    let start = volume.superblock.inode_table.checked_add(reference >> 16);
    let start = start.ok_or_else(|| volume.damaged(u64::MAX, "an inode lies outside the image"))?;
    Ok(Place { start, offset: (reference & 0xffff) as usize })
}

/// The type bits of a mode: directory, file, link, block and character device, pipe, socket; the extended types
/// follow in the same order.
fn type_bits(number: u16) -> u32 {
    match (number.wrapping_sub(1)) % 7 {
        0 => 0o040_000,
        1 => 0o100_000,
        2 => 0o120_000,
        3 => 0o060_000,
        4 => 0o020_000,
        5 => 0o010_000,
        _ => 0o140_000,
    }
}

fn numbers<const N: usize>(bytes: &[u8]) -> [u32; N] {
    std::array::from_fn(|index| Little.u32(bytes, index * 4).unwrap_or(0))
}

fn directory(cursor: &mut Cursor<'_>, is_extended: bool, posix: &mut Posix) -> Result<What, Error> {
    let (links, start, offset, size) = if is_extended {
        let bytes: [u8; 24] = cursor.array()?;
        let [links, size, start] = numbers(&bytes);
        (links, start, Little.u16(&bytes, 18), size)
    } else {
        let bytes: [u8; 16] = cursor.array()?;
        let [start, links] = numbers(&bytes);
        (links, start, Little.u16(&bytes, 10), Little.u16(&bytes, 8).unwrap_or(0).into())
    };
    posix.links = Some(links);
    Ok(What::Directory { start, offset: offset.unwrap_or(0), size: size.saturating_sub(DOTS) })
}

fn file(cursor: &mut Cursor<'_>, is_extended: bool, posix: &mut Posix) -> Result<What, Error> {
    let (links, start, size, [fragment, offset]) = if is_extended {
        let bytes: [u8; 40] = cursor.array()?;
        let [_, _, _, _, _, _, links, fragment, offset] = numbers(&bytes);
        (links, Little.u64(&bytes, 0).unwrap_or(0), Little.u64(&bytes, 8).unwrap_or(0), [fragment, offset])
    } else {
        let [start, fragment, offset, size] = numbers(&cursor.array::<16>()?);
        (1, start.into(), size.into(), [fragment, offset])
    };
    posix.links = Some(links);
    Ok(What::File(file::Layout { start, size, fragment, offset, blocks: cursor.place }))
}

fn target(volume: &Volume, cursor: &mut Cursor<'_>, length: u32) -> Result<String, Error> {
    let length = length as usize;
    if length > limits::LINK_BYTES {
        let why = format!("a link's target of {length} bytes (the limit is {})", limits::LINK_BYTES);
        return Err(volume.damaged(cursor.place.start, why));
    }
    let mut target = vec![0; length];
    cursor.read(&mut target)?;
    Ok(String::from_utf8_lossy(&target).into_owned())
}
