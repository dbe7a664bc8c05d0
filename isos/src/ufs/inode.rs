//! Inodes: 128 bytes in UFS1, 256 in UFS2 (FreeBSD's `sys/ufs/ufs/dinode.h`).

use std::time::SystemTime;

use super::Volume;
use super::superblock::Superblock;
use crate::endian::Endian;
use crate::entry::{Entry, Extent, Posix};
use crate::gather::Gather;
use crate::{Error, Kind, limits, unix};

/// An inode as it lies in the image.
pub(super) struct Inode {
    pub(super) offset: u64,
    number: u32,
    mode: u32,
    pub(super) size: u64,
    posix: Posix,
    /// Units of 512 bytes that its content takes.
    units: u64,
    is_snapshot: bool,
    /// Twelve pointers to blocks and three to blocks of pointers, or the target of a short link.
    map: Vec<u8>,
}

const DIRECT: u32 = 12;
const POINTERS: usize = 15;
const IS_SNAPSHOT: u32 = 0x0020_0000;

impl Volume {
    pub(super) fn inode(&self, number: u32) -> Result<Inode, Error> {
        let offset = self.inode_offset(number)?;
        let mut bytes = vec![0; self.superblock.inode_bytes()];
        if self.source.read_some(offset, &mut bytes)? < bytes.len() {
            return Err(self.damaged(offset, format!("inode {number} lies outside the image")));
        }
        let fields = Fields { bytes: &bytes, endian: self.superblock.endian };
        let inode = if self.superblock.is_version_2 {
            fields.version_2()
        } else {
            fields.version_1(&self.superblock)
        };
        Ok(Inode { offset, number, ..inode })
    }

    /// Where the content is, of what is shown as `path` in errors.
    pub(super) fn extents(&self, inode: &Inode, path: &str) -> Result<Vec<Extent>, Error> {
        let how = self.superblock.pointers();
        let mut gather = Gather::new(&self.source, path, inode.size, how.block);
        for (index, pointer) in inode.map.chunks_exact(how.width).enumerate() {
            let level = (index as u32 + 1).saturating_sub(DIRECT);
            let pointer = match how.width {
                8 => how.endian.u64(pointer, 0),
                _ => how.endian.u32(pointer, 0).map(u64::from),
            };
            gather.pointer(&how, pointer.unwrap_or(0), level)?;
        }
        gather.finish()
    }

    /// An entry for the inode, called `name`.
    pub(super) fn entry(&self, name: String, inode: &Inode) -> Result<Entry, Error> {
        let kind = unix::kind(inode.mode);
        Ok(Entry {
            name,
            kind,
            id: inode.number.into(),
            size: if kind == Kind::Special { 0 } else { inode.size },
            extents: Vec::new(),
            posix: inode.posix.clone(),
            link: if kind == Kind::Link { Some(self.target(inode)?) } else { None },
            unreadable: inode.is_snapshot.then_some("a snapshot of UFS"),
        })
    }

    fn target(&self, inode: &Inode) -> Result<String, Error> {
        let short = self.superblock.short_link;
        let is_short = inode.size < short || (short == 0 && inode.units == 0);
        let length = usize::try_from(inode.size).unwrap_or(usize::MAX);
        if length > limits::LINK_BYTES {
            let why = format!("a link's target of {length} bytes (the limit is {})", limits::LINK_BYTES);
            return Err(self.damaged(inode.offset, why));
        }
        let mut target = Vec::new();
        if is_short {
            let why = || format!("a link's target of {length} bytes leaves its inode");
            let inside = inode.map.get(..length).ok_or_else(|| self.damaged(inode.offset, why()))?;
            target.extend_from_slice(inside);
        } else {
            for extent in self.extents(inode, "")? {
                let mut part = vec![0; usize::try_from(extent.length).unwrap_or(0)];
                if let Some(start) = extent.start {
                    self.source.read(start, &mut part)?;
                }
                target.append(&mut part);
            }
        }
        Ok(String::from_utf8_lossy(&target).into_owned())
    }
}

struct Fields<'a> {
    bytes: &'a [u8],
    endian: Endian,
}

impl Fields<'_> {
    fn version_1(&self, superblock: &Superblock) -> Inode {
        let owner = match (superblock.has_old_format, self.u16(4), self.u16(6)) {
            (false, _, _) => (self.u32(112), self.u32(116)),
            // Solaris puts numbers that do not fit elsewhere.
            (true, 0xffff, _) => (self.u32(116), self.u32(120)),
            (true, user, group) => (user, group),
        };
        let time = |at| unix::time(self.u32(at).cast_signed().into(), self.u32(at + 4));
        self.inode(40..100, 4, owner, [time(16), time(24), time(32)], self.u32(104).into(), self.u32(100))
    }

    fn version_2(&self) -> Inode {
        let time = |at, part| unix::time(self.u64(at).cast_signed(), self.u32(part));
        let times = [time(32, 68), time(40, 64), time(48, 72)];
        self.inode(112..232, 8, (self.u32(4), self.u32(8)), times, self.u64(24), self.u32(88))
    }

    fn inode(
        &self,
        map: std::ops::Range<usize>,
        width: usize,
        owner: (u32, u32),
        [accessed, modified, changed]: [Option<SystemTime>; 3],
        units: u64,
        flags: u32,
    ) -> Inode {
        let mode = self.u16(0);
        let map = self.bytes.get(map).unwrap_or_default().get(..POINTERS * width).unwrap_or_default();
        // Where the first block would be said.
        let device = if width == 8 {
            self.endian.u64(map, 0).map(|wide| wide as u32)
        } else {
            self.endian.u32(map, 0)
        };
        Inode {
            offset: 0,
            number: 0,
            mode,
            size: self.u64(if width == 8 { 16 } else { 8 }),
            posix: Posix {
                mode: Some(mode),
                owner: Some(owner),
                links: Some(self.u16(2)),
                device: device.filter(|_| unix::is_device(mode)).map(unix::device),
                accessed,
                modified,
                changed,
            },
            units,
            is_snapshot: flags & IS_SNAPSHOT != 0,
            map: map.to_vec(),
        }
    }

    fn u16(&self, at: usize) -> u32 {
        self.endian.u16(self.bytes, at).unwrap_or(0).into()
    }

    fn u32(&self, at: usize) -> u32 {
        self.endian.u32(self.bytes, at).unwrap_or(0)
    }

    fn u64(&self, at: usize) -> u64 {
        self.endian.u64(self.bytes, at).unwrap_or(0)
    }
}
