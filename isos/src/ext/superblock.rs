//! The superblock, at byte 1024, and the group descriptors that follow it: where inodes are.

use super::Volume;
use crate::endian::Endian::Little;
use crate::entry::readable_name;
use crate::source::Source;
use crate::{Error, Identifiers};

/// What the superblock says.
#[derive(Debug)]
pub(super) struct Superblock {
    pub(super) inodes: u32,
    pub(super) blocks: u64,
    /// Bytes in a block.
    pub(super) block: u64,
    first_data_block: u32,
    blocks_per_group: u32,
    inodes_per_group: u32,
    /// Bytes in an inode.
    pub(super) inode: u16,
    /// Bytes in a group descriptor.
    descriptor: u64,
    /// With `META_BG`, the block of descriptors from which on each lies in its own groups.
    first_spread: Option<u32>,
    /// Which groups begin with a copy of the superblock.
    copies: Copies,
    compatible: u32,
    incompatible: u32,
    read_only_compatible: u32,
    label: String,
}

#[derive(Debug, Clone, Copy)]
enum Copies {
    All,
    /// The first two, and those whose number is a power of 3, 5 or 7.
    Sparse,
    /// These two.
    Two([u32; 2]),
}

pub(super) const PLACE: u64 = 1024;
const MAGIC: u16 = 0xef53;

const HAS_JOURNAL: u32 = 0x4;
const SPARSE_SUPER_2: u32 = 0x200;
const SPARSE_SUPER: u32 = 0x1;
/// Huge files, group checksums, many links, large inodes, quotas, clusters, metadata checksums: ext4 alone has them.
const EXT4_READ_ONLY: u32 = 0x8 | 0x10 | 0x20 | 0x40 | 0x100 | 0x200 | 0x400;

const NEEDS_RECOVERY: u32 = 0x4;
const META_BG: u32 = 0x10;
const HAS_64_BITS: u32 = 0x80;
/// Extents, 64 bits, multiple mount protection, flexible groups, and all later ones.
const EXT4_INCOMPATIBLE: u32 = !0x1f;

/// What has to be known to read the file system, and is. The feature bits, in order: types in directories, journal to
/// recover, spread descriptors, extents, 64 bits, multiple mount protection, flexible groups, large attributes in
/// inodes, checksum seed, large directories, inline data, encryption, case folding.
const READABLE: u32 =
    0x2 | 0x4 | 0x10 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x2000 | 0x4000 | 0x8000 | 0x1_0000 | 0x2_0000;

/// What is called by name where it is refused.
const REFUSED: &[(u32, &str)] = &[
    (0x1, "ext2 with compression"),
    (0x8, "a journal without its file system (an external journal of ext3 or ext4)"),
];

/// Reads the superblock; `None` if there is none.
pub(super) fn read(source: &Source) -> Result<Option<Superblock>, Error> {
    let mut bytes = [0; 1024];
    if source.read_some(PLACE, &mut bytes)? < bytes.len() || Little.u16(&bytes, 56) != Some(MAGIC) {
        return Ok(None);
    }
    let u16 = |at| Little.u16(&bytes, at).unwrap_or(0);
    let u32 = |at| Little.u32(&bytes, at).unwrap_or(0);
    let (shift, revision) = (u32(24), u32(76));
    if shift > 6 || revision > 1 {
        return Ok(None); // two bytes of magic are easily met elsewhere
    }
    let incompatible = u32(96);
    if let Some((_, feature)) = REFUSED.iter().find(|(bit, _)| incompatible & bit != 0) {
        return Err(source.unsupported("/", feature));
    }
    if incompatible & !READABLE != 0 {
        return Err(source.unsupported("/", "a feature of ext4 that is not known here"));
    }
    let is_wide = incompatible & HAS_64_BITS != 0;
    let copies = if u32(92) & SPARSE_SUPER_2 != 0 {
        Copies::Two([u32(0x24c), u32(0x250)])
    } else if u32(100) & SPARSE_SUPER != 0 {
        Copies::Sparse
    } else {
        Copies::All
    };
    let superblock = Superblock {
        inodes: u32(0),
        blocks: u64::from(u32(4)) | if is_wide { u64::from(u32(0x150)) << 32 } else { 0 },
        block: 1024 << shift,
        first_data_block: u32(20),
        blocks_per_group: u32(32),
        inodes_per_group: u32(40),
        inode: if revision == 0 { 128 } else { u16(88) },
        descriptor: if is_wide { u16(254).into() } else { 32 },
        first_spread: (incompatible & META_BG != 0).then(|| u32(260)),
        copies,
        compatible: u32(92),
        incompatible,
        read_only_compatible: u32(100),
        label: label(bytes.get(120..136).unwrap_or(&[])),
    };
    let damaged = |why: String| source.damaged("read the superblock of ext", PLACE, why);
    let (inode, descriptor) = (superblock.inode, superblock.descriptor);
    if !(128..=superblock.block).contains(&inode.into()) || !inode.is_power_of_two() {
        return Err(damaged(format!("inodes of {inode} bytes are not possible")));
    }
    if !(32..=1024).contains(&descriptor) || !descriptor.is_power_of_two() {
        return Err(damaged(format!("group descriptors of {descriptor} bytes are not possible")));
    }
    if superblock.blocks_per_group == 0 || superblock.inodes_per_group == 0 {
        return Err(damaged("its groups are empty".into()));
    }
    Ok(Some(superblock))
}

fn label(field: &[u8]) -> String {
    readable_name(field.split(|byte| *byte == 0).next().unwrap_or(&[]))
}

impl Superblock {
    /// What it is, as people call it.
    pub(super) fn description(&self) -> String {
        let name = if self.incompatible & EXT4_INCOMPATIBLE != 0
            || self.read_only_compatible & EXT4_READ_ONLY != 0
        {
            "ext4"
        } else if self.compatible & HAS_JOURNAL != 0 {
            "ext3"
        } else {
            "ext2"
        };
        let mut description = name.to_owned();
        if self.incompatible & NEEDS_RECOVERY != 0 {
            description +=
                " that was not unmounted: the last changes are in its journal only and do not show";
        }
        description
    }

    pub(super) fn identifiers(&self) -> Identifiers {
        let volume_size = self.blocks.saturating_mul(self.block);
        Identifiers { volume: self.label.clone(), volume_size, ..Identifiers::default() }
    }

    /// The block in which the descriptors of that number lie, counted in blocks of descriptors.
    fn descriptor_block(&self, number: u64) -> u64 {
        match self.first_spread {
            Some(first) if number >= u64::from(first) => {
                let group = number.saturating_mul(self.block / self.descriptor);
                let start = group.saturating_mul(self.blocks_per_group.into());
                start.saturating_add(self.first_data_block.into()) + u64::from(self.has_copy(group))
            }
            // After the superblock, which shares its block with the boot sector where that is larger.
            _ => PLACE / self.block + 1 + number,
        }
    }

    fn has_copy(&self, group: u64) -> bool {
        let is_power = |base: u64| {
            let mut power = base;
            while power < group {
                power *= base;
            }
            power == group
        };
        match self.copies {
            Copies::All => true,
            Copies::Sparse => group <= 1 || [3, 5, 7].into_iter().any(is_power),
            Copies::Two(groups) => group == 0 || groups.iter().any(|copy| u64::from(*copy) == group),
        }
    }
}

impl Volume {
    /// Where the inode of that number is, in bytes; inodes are counted from 1.
    pub(super) fn inode_offset(&self, number: u32) -> Result<u64, Error> {
        let superblock = &self.superblock;
        if number == 0 || number > superblock.inodes {
            return Err(self.damaged(PLACE, format!("there is no inode {number}")));
        }
        let group = u64::from((number - 1) / superblock.inodes_per_group);
        let index = u64::from((number - 1) % superblock.inodes_per_group);
        let per_block = superblock.block / superblock.descriptor;
        let offset = superblock
            .descriptor_block(group / per_block)
            .saturating_mul(superblock.block)
            .saturating_add(group % per_block * superblock.descriptor);
        let mut descriptor = [0; 64];
        let filled = usize::try_from(superblock.descriptor).unwrap_or(64).min(64);
        let bytes = descriptor.get_mut(..filled).unwrap_or_default();
        if self.source.read_some(offset, bytes)? < filled {
            return Err(
                self.damaged(offset, format!("the descriptor of group {group} lies outside the image"))
            );
        }
        let low = u64::from(Little.u32(&descriptor, 8).unwrap_or(0));
        let high = u64::from(Little.u32(&descriptor, 0x28).unwrap_or(0));
        let table = (low | high << 32).saturating_mul(superblock.block);
        Ok(table.saturating_add(index * u64::from(superblock.inode)))
    }
}
