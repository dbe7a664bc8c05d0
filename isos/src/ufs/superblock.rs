//! The superblock: at one of four places, in either byte order. Its layout is that of FreeBSD's `sys/ufs/ffs/fs.h`;
//! Solaris and older systems have the same up to where files are found by it.

use super::Volume;
use crate::endian::Endian;
use crate::entry::readable_name;
use crate::gather::Pointers;
use crate::source::Source;
use crate::{Error, Identifiers};

/// What the superblock says.
#[derive(Debug)]
pub(super) struct Superblock {
    pub(super) endian: Endian,
    pub(super) is_version_2: bool,
    /// Bytes in a fragment, which places are counted in, and in a block.
    fragment: u64,
    block: u64,
    /// Where a cylinder group's inodes begin, in fragments from its start.
    inodes_start: u64,
    /// Fragments by which the start of a group is moved for each group, and the bits of its number that count not.
    /// So the copies of the superblock were on different surfaces of a disk.
    shift: u64,
    shift_mask: u32,
    groups: u32,
    inodes_per_group: u32,
    fragments_per_group: u64,
    /// A link whose target is shorter is told by its inode.
    pub(super) short_link: u64,
    /// Lengths of names have two bytes and types none: before 4.4BSD, and in Solaris.
    pub(super) has_old_format: bool,
    fragments: u64,
    label: String,
    /// Where this superblock is.
    pub(super) place: u64,
}

/// Where one may be: of UFS2, of UFS1, without a boot block, and behind a large one.
const PLACES: [u64; 4] = [64 << 10, 8 << 10, 0, 256 << 10];
const BYTES: usize = 1376;

const UFS1: u32 = 0x0001_1954;
const UFS2: u32 = 0x1954_0119;
const SOLARIS_LARGE: u32 = 0x00de_cade;

/// As the inode format of 4.4BSD is called.
const NEW_FORMAT: u32 = 2;

/// Reads the superblock; `None` if there is none.
pub(super) fn read(source: &Source) -> Result<Option<Superblock>, Error> {
    for place in PLACES {
        let mut bytes = [0; BYTES];
        if source.read_some(place, &mut bytes)? < BYTES {
            continue;
        }
        for endian in [Endian::Little, Endian::Big] {
            // What looks like UFS2 and says that it is elsewhere is a copy, or the content of a file.
            let is_here = endian.u64(&bytes, 1000) == Some(place);
            match endian.u32(&bytes, 1372) {
                // The copy of the first group, where blocks are large.
                Some(UFS1) if place == 64 << 10 => {}
                Some(UFS1) => return parse(source, place, &bytes, endian, false).map(Some),
                Some(UFS2) if is_here => return parse(source, place, &bytes, endian, true).map(Some),
                Some(SOLARIS_LARGE) => {
                    return Err(source.unsupported("/", "a UFS of Solaris for more than a terabyte"));
                }
                _ => {}
            }
        }
    }
    Ok(None)
}

fn parse(
    source: &Source,
    place: u64,
    bytes: &[u8],
    endian: Endian,
    is_version_2: bool,
) -> Result<Superblock, Error> {
    let u32 = |at| endian.u32(bytes, at).unwrap_or(0);
    let has_old_format = !is_version_2 && u32(1324) != NEW_FORMAT;
    let label = if has_old_format { &[][..] } else { bytes.get(680..712).unwrap_or_default() };
    let superblock = Superblock {
        endian,
        is_version_2,
        fragment: u32(52).into(),
        block: u32(48).into(),
        inodes_start: u32(16).into(),
        shift: if is_version_2 { 0 } else { u32(24).into() },
        shift_mask: u32(28),
        groups: u32(44),
        inodes_per_group: u32(184),
        fragments_per_group: u32(188).into(),
        short_link: if has_old_format { 0 } else { u32(1320).into() },
        has_old_format,
        fragments: if is_version_2 { endian.u64(bytes, 1080).unwrap_or(0) } else { u32(36).into() },
        label: readable_name(label.split(|byte| *byte == 0).next().unwrap_or_default()),
        place,
    };
    let damaged = |why: String| Err(source.damaged("read the superblock of UFS", place, why));
    let (block, fragment) = (superblock.block, superblock.fragment);
    if !(4096..=65536).contains(&block) || !block.is_power_of_two() {
        return damaged(format!("blocks of {block} bytes are not possible"));
    }
    if !(512..=block).contains(&fragment) || !fragment.is_power_of_two() {
        return damaged(format!("fragments of {fragment} bytes in blocks of {block} are not possible"));
    }
    if superblock.inodes_per_group == 0 {
        return damaged("its cylinder groups have no inodes".into());
    }
    Ok(superblock)
}

impl Superblock {
    /// What it is, as people call it.
    pub(super) fn description(&self) -> String {
        let version = if self.is_version_2 { "UFS2" } else { "UFS1" };
        let order = if self.endian == Endian::Big { ", big-endian" } else { "" };
        format!("{version}{order}")
    }

    pub(super) fn identifiers(&self) -> Identifiers {
        let volume_size = self.fragments.saturating_mul(self.fragment);
        Identifiers { volume: self.label.clone(), volume_size, ..Identifiers::default() }
    }

    /// How the blocks of files are listed.
    pub(super) fn pointers(&self) -> Pointers {
        let width = if self.is_version_2 { 8 } else { 4 };
        Pointers { endian: self.endian, width, unit: self.fragment, block: self.block }
    }

    /// Bytes of an inode.
    pub(super) fn inode_bytes(&self) -> usize {
        if self.is_version_2 { 256 } else { 128 }
    }
}

impl Volume {
    /// Where the inode of that number is, in bytes; inodes are counted from 0, and 0 means none.
    pub(super) fn inode_offset(&self, number: u32) -> Result<u64, Error> {
        let superblock = &self.superblock;
        let (group, index) = (number / superblock.inodes_per_group, number % superblock.inodes_per_group);
        if number == 0 || group >= superblock.groups {
            return Err(self.damaged(superblock.place, format!("there is no inode {number}")));
        }
        let shift = superblock.shift.saturating_mul(u64::from(group & !superblock.shift_mask));
        let start = superblock
            .fragments_per_group
            .saturating_mul(group.into())
            .saturating_add(shift)
            .saturating_add(superblock.inodes_start);
        let table = start.saturating_mul(superblock.fragment);
        Ok(table.saturating_add(u64::from(index) * superblock.inode_bytes() as u64))
    }
}
