//! Inodes.

use super::Volume;
use crate::endian::Endian::Little;
use crate::entry::{Entry, Posix};
use crate::{Error, Kind, limits, unix};

/// An inode as it lies in the image.
#[derive(Debug)]
pub(super) struct Inode {
    /// Where it is, in bytes.
    pub(super) offset: u64,
    pub(super) bytes: Vec<u8>,
    pub(super) number: u32,
}

/// Where the block map, the extent tree, the target of a short link, or the start of inline data is.
pub(super) const MAP: usize = 40;
pub(super) const MAP_BYTES: usize = 60;

/// Bytes of an inode that every version has; how many more are used is said right behind them.
const GOOD_OLD: usize = 128;

const ENCRYPTED: u32 = 0x800;
const EXTENTS: u32 = 0x8_0000;
const INLINE: u32 = 0x1000_0000;

impl Volume {
    pub(super) fn inode(&self, number: u32) -> Result<Inode, Error> {
        let offset = self.inode_offset(number)?;
        let mut bytes = vec![0; self.superblock.inode.into()];
        if self.source.read_some(offset, &mut bytes)? < bytes.len() {
            return Err(self.damaged(offset, format!("inode {number} lies outside the image")));
        }
        Ok(Inode { offset, bytes, number })
    }

    /// An entry for the inode, called `name`.
    pub(super) fn entry(&self, name: String, inode: &Inode) -> Result<Entry, Error> {
        let mut kind = unix::kind(inode.mode());
        let link = if kind == Kind::Link { self.target(inode)? } else { None };
        if kind == Kind::Link && link.is_none() {
            kind = Kind::Special;
        }
        Ok(Entry {
            name,
            kind,
            id: inode.number.into(),
            size: if kind == Kind::Special { 0 } else { inode.size() },
            extents: Vec::new(),
            posix: inode.posix(),
            link,
            unreadable: (inode.flags() & ENCRYPTED != 0).then_some("an encrypted file"),
        })
    }

    /// Where a link points; nothing if that is encrypted.
    fn target(&self, inode: &Inode) -> Result<Option<String>, Error> {
        let size = inode.size();
        if inode.flags() & ENCRYPTED != 0 {
            return Ok(None);
        }
        let target = if size < MAP_BYTES as u64 && inode.flags() & (EXTENTS | INLINE) == 0 {
            inode.bytes.get(MAP..MAP + size as usize).unwrap_or_default().to_vec()
        } else {
            if size > limits::LINK_BYTES as u64 {
                let why = format!("a link's target of {size} bytes (the limit is {})", limits::LINK_BYTES);
                return Err(self.damaged(inode.offset, why));
            }
            let mut target = Vec::new();
            for extent in self.extents(inode, "")? {
                let mut part = vec![0; usize::try_from(extent.length).unwrap_or(0)];
                if let Some(start) = extent.start {
                    self.source.read(start, &mut part)?;
                }
                target.append(&mut part);
            }
            target
        };
        Ok(Some(String::from_utf8_lossy(&target).into_owned()))
    }
}

impl Inode {
    pub(super) fn mode(&self) -> u32 {
        self.u16(0).into()
    }

    /// Bytes of content.
    pub(super) fn size(&self) -> u64 {
        // The upper half was an access control list for all but files, before directories could be that large.
        let high = if unix::kind(self.mode()) == Kind::File { self.u32(108) } else { 0 };
        u64::from(self.u32(4)) | u64::from(high) << 32
    }

    fn flags(&self) -> u32 {
        self.u32(32)
    }

    pub(super) fn is_inline(&self) -> bool {
        self.flags() & INLINE != 0
    }

    pub(super) fn has_extents(&self) -> bool {
        self.flags() & EXTENTS != 0
    }

    /// Where extended attributes may begin; nothing if the inode has no room for any.
    pub(super) fn used(&self) -> Option<usize> {
        let extra = Little.u16(&self.bytes, GOOD_OLD)?;
        Some(GOOD_OLD + usize::from(extra))
    }

    fn posix(&self) -> Posix {
        let wide = |low: usize, high: usize| u32::from(self.u16(low)) | u32::from(self.u16(high)) << 16;
        Posix {
            mode: Some(self.mode()),
            owner: Some((wide(2, 120), wide(24, 122))),
            links: Some(self.u16(26).into()),
            device: unix::is_device(self.mode()).then(|| self.device()),
            accessed: self.time(8, 140),
            changed: self.time(12, 132),
            modified: self.time(16, 136),
        }
    }

    /// Eight bits each in the first word, or more in the second.
    fn device(&self) -> (u32, u32) {
        match self.u32(MAP) {
            0 => unix::device(self.u32(MAP + 4)),
            old => (old >> 8 & 0xff, old & 0xff),
        }
    }

    /// Seconds that are signed, and more that comes on top: two bits that count 2^32 seconds each, then nanoseconds.
    fn time(&self, at: usize, more: usize) -> Option<std::time::SystemTime> {
        let has_more = self.used().is_some_and(|used| more + 4 <= used);
        let more = if has_more { self.u32(more) } else { 0 };
        let seconds = i64::from(self.u32(at).cast_signed()) + (i64::from(more & 3) << 32);
        unix::time(seconds, more >> 2)
    }

    fn u16(&self, at: usize) -> u16 {
        Little.u16(&self.bytes, at).unwrap_or(0)
    }

    fn u32(&self, at: usize) -> u32 {
        Little.u32(&self.bytes, at).unwrap_or(0)
    }
}
