//! UDF: ECMA-167 as OSTA's UDF 1.02 to 2.60 narrow it down. What discs of Windows, DVD-Video and Blu-ray use.
//!
//! `recognition` finds the anchor and with it the size of blocks, `sequence` the partitions and the logical volume,
//! `space` turns block numbers of partitions into places in the image (`virtual_table`, `sparing` and `metadata` are
//! partitions that are no plain run of blocks), `node` reads file entries, `allocation` where their content lies, and
//! `directory` names. Every structure bears a `tag` with a checksum and a CRC, and is read only if they are right.

mod allocation;
mod directory;
mod metadata;
mod node;
mod recognition;
mod sequence;
mod space;
mod sparing;
mod symlink;
mod tag;
mod text;
mod virtual_table;

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::endian::Endian::Little;
use crate::entry::Entry;
use crate::filesystem::{Content, FileSystem, Found};
use crate::source::Source;
use crate::{Error, Kind};
use space::Space;
use tag::{Fault, kind};

/// The number of a block within a partition, which is told by its place in the list of partition maps
/// (ECMA-167 4/7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Address {
    partition: u16,
    block: u32,
}

impl Address {
    fn parse(bytes: &[u8]) -> Option<Address> {
        Some(Address { block: Little.u32(bytes, 0)?, partition: Little.u16(bytes, 4)? })
    }

    /// Tells files apart, and is found back from that.
    fn id(self) -> u64 {
        u64::from(self.partition) << 32 | u64::from(self.block)
    }

    fn of(id: u64) -> Address {
        let [block @ .., _, _] = id.to_le_bytes();
        let [b0, b1, b2, b3, p0, p1] = block;
        Address { block: u32::from_le_bytes([b0, b1, b2, b3]), partition: u16::from_le_bytes([p0, p1]) }
    }
}

/// A long allocation descriptor (ECMA-167 4/14.14.2), of which the length is not needed where one block is read.
#[derive(Debug, Clone, Copy)]
struct LongAd {
    bytes: u32,
    address: Address,
}

impl LongAd {
    fn parse(bytes: &[u8]) -> Option<LongAd> {
        Some(LongAd { bytes: Little.u32(bytes, 0)? & 0x3fff_ffff, address: Address::parse(bytes.get(4..)?)? })
    }
}

/// What is wrong, and where.
#[derive(Debug)]
struct Failure {
    offset: u64,
    why: String,
}

impl Failure {
    fn new(offset: u64, why: impl Into<String>) -> Failure {
        Failure { offset, why: why.into() }
    }
}

/// A UDF volume.
#[derive(Debug)]
struct Volume {
    space: Space,
    root: Entry,
}

/// Looks for a UDF volume; `None` if the image holds none.
pub(crate) fn open(source: &Arc<Source>) -> Result<Option<Found>, Error> {
    if !recognition::has_udf(source)? {
        return Ok(None);
    }
    let anchor = recognition::anchor(source)?;
    let set = sequence::read(source, &anchor)?;
    let failed = |failure: Failure| {
        source.damaged("read the descriptors of its UDF volume", failure.offset, failure.why)
    };
    let space = Space::new(source, anchor.block, &set).map_err(failed)?;
    let mut identifiers = set.identifiers;
    if space.is_written_once() {
        // Its partition is as large as the disc, and the image as what was written.
        identifiers.volume_size = source.length;
    }
    let root = root(&space, set.file_set).map_err(failed)?;
    Ok(Some(
        Found::new(
            Volume { space, root },
            format!("UDF {:x}.{:02x}", set.revision >> 8, set.revision & 0xff),
            identifiers,
        )
        .described_by("logical volume descriptor", set.offset),
    ))
}

/// The top directory, as the file set descriptor (ECMA-167 4/14.1) has it.
fn root(space: &Space, file_set: Address) -> Result<Entry, Failure> {
    let set = space.descriptor(file_set).map_err(|fault| space.failure(file_set, fault))?;
    if set.kind != kind::FILE_SET {
        return Err(Failure::new(set.offset, "this is no file set descriptor"));
    }
    let icb = LongAd::parse(set.bytes.get(400..).unwrap_or(&[]))
        .ok_or_else(|| Failure::new(set.offset, "the file set descriptor is cut off"))?;
    let node = node::read(space, icb.address)?;
    if node.kind() != Kind::Directory {
        return Err(space.failure(icb.address, Fault::Bad("the top of its tree is no directory")));
    }
    let root = Entry::directory(icb.address.id(), Vec::new());
    Ok(Entry { size: node.size, posix: node.posix, ..root })
}

impl FileSystem for Volume {
    fn root(&self) -> &Entry {
        &self.root
    }

    fn visit(
        &self,
        directory: &Entry,
        path: &str,
        each: &mut dyn FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let damaged = |failure: Failure| {
            let attempted = directory.reading(path);
            self.space.source.damaged(attempted, failure.offset, failure.why)
        };
        let listing = directory::read(&self.space, Address::of(directory.id)).map_err(damaged)?;
        listing.visit(&self.space, path, each, damaged)
    }

    fn content(&self, file: &Entry, path: &str) -> Result<Content, Error> {
        node::read(&self.space, Address::of(file.id))
            .and_then(|node| allocation::extents(&self.space, &node, 0))
            .map(Content::Extents)
            .map_err(|failure| {
                self.space.source.damaged(format!("read '{path}'"), failure.offset, failure.why)
            })
    }

    /// UDF tells names apart by case, but the discs of Windows are written for a reader that does not.
    fn ignores_case(&self) -> bool {
        true
    }
}
