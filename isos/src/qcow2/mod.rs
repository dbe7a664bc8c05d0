//! qcow2 disk images as the disk that they stand for (QEMU's `docs/interop/qcow2.txt`, versions 2 and 3).
//!
//! Only what leads to the data is read: the header, and two levels of tables. Reference counts, snapshots and bitmaps
//! are for those who write. `header` reads and judges the header, `compressed` unpacks clusters, `backing` opens the
//! image that holds what this one does not.

mod backing;
mod compressed;
mod header;

use std::fmt::Debug;
use std::sync::Arc;

use crate::cache::Cache;
use crate::endian::Endian::Big;
use crate::source::Source;
use crate::{Error, limits};

pub(crate) use backing::Chain;
use compressed::Compression;

/// What the file begins with.
pub(crate) const MAGIC: &[u8] = b"QFI\xfb";

/// A qcow2 image, which is read as the disk that it stands for.
#[derive(Debug)]
pub(crate) struct Qcow2 {
    /// The file as it is.
    file: Source,
    /// Bytes of the disk.
    pub(crate) size: u64,
    cluster: u64,
    cluster_bits: u32,
    table: u64,
    has_zero_flag: bool,
    compression: Compression,
    backing: Option<Source>,
    /// Pieces of the tables of both levels.
    tables: Cache<Arc<[u8]>>,
    unpacked: Cache<Arc<[u8]>>,
}

/// Where the content of a cluster is.
enum Place {
    /// In the image below, if there is one; otherwise it is zeros.
    Below,
    Zeros,
    Data(u64),
    Compressed {
        offset: u64,
        length: u64,
    },
}

/// Bytes of a table read at a time.
const PAGE: u64 = 4096;
const ENTRY: u64 = 8;
/// The bits of an entry that hold an offset; the others are flags or reserved.
const OFFSET: u64 = 0x00ff_ffff_ffff_fe00;
const IS_COMPRESSED: u64 = 1 << 62;
const IS_ZERO: u64 = 1;

impl Qcow2 {
    /// Reads the header of `file` and opens what it is based on; `chain` holds the images that are based on it.
    pub(crate) fn open(file: Source, chain: &Chain) -> Result<Qcow2, Error> {
        let header = header::read(&file)?;
        let backing =
            header.backing.as_ref().map(|backing| backing::open(&file, backing, chain)).transpose()?;
        let cluster = 1 << header.cluster_bits;
        let tables = limits::QCOW2_CACHE / PAGE.min(cluster);
        let unpacked = (limits::QCOW2_CACHE / cluster).clamp(1, 64);
        let capacity = |count: u64| usize::try_from(count).unwrap_or(1).min(1024);
        Ok(Qcow2 {
            size: header.size,
            cluster,
            cluster_bits: header.cluster_bits,
            table: header.table,
            has_zero_flag: header.version >= 3,
            compression: header.compression,
            backing,
            tables: Cache::new(capacity(tables)),
            unpacked: Cache::new(capacity(unpacked)),
            file,
        })
    }

    /// The file, for its name in errors.
    pub(crate) fn file(&self) -> &Source {
        &self.file
    }

    /// Reads at least one byte at `offset`, which lies on the disk, unless `buffer` is empty.
    pub(crate) fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, Error> {
        let within = offset % self.cluster;
        let left = (self.cluster - within).min(self.size.saturating_sub(offset));
        let wanted = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let buffer = &mut buffer[..wanted];
        let filled = match (self.place(offset)?, &self.backing) {
            (Place::Zeros, _) | (Place::Below, None) => 0,
            (Place::Below, Some(backing)) => backing.read_some(offset, buffer)?,
            (Place::Data(host), _) if host >= self.file.length => {
                let why = format!("the data at byte {offset} of the disk lies outside the file");
                return Err(self.damaged(host, &why));
            }
            // The last cluster of a file need not be whole.
            (Place::Data(host), _) => self.file.read_some(host + within, buffer)?,
            (Place::Compressed { offset: host, length }, _) => {
                let cluster = self.unpacked.get(host, || self.unpack(host, length))?;
                let unpacked =
                    usize::try_from(within).ok().and_then(|within| cluster.get(within..within + wanted));
                unpacked.map_or(0, |unpacked| {
                    buffer.copy_from_slice(unpacked);
                    wanted
                })
            }
        };
        buffer[filled..].fill(0);
        Ok(wanted)
    }

    fn place(&self, offset: u64) -> Result<Place, Error> {
        let entries = self.cluster / ENTRY;
        let number = offset / self.cluster;
        let first = self.entry(self.table, number / entries)? & OFFSET;
        if first == 0 {
            return Ok(Place::Below);
        }
        let entry = self.entry(self.aligned(first, offset)?, number % entries)?;
        if entry & IS_COMPRESSED != 0 {
            // The wider the cluster, the more bits count its sectors, and the fewer are left for the offset.
            let count_bits = self.cluster_bits - 8;
            let offset_bits = 62 - count_bits;
            let host = entry & ((1 << offset_bits) - 1);
            let more_sectors = entry >> offset_bits & ((1 << count_bits) - 1);
            let length = (more_sectors + 1) * 512 - host % 512;
            return Ok(Place::Compressed { offset: host, length });
        }
        if self.has_zero_flag && entry & IS_ZERO != 0 {
            return Ok(Place::Zeros);
        }
        match entry & OFFSET {
            0 => Ok(Place::Below),
            host => self.aligned(host, offset).map(Place::Data),
        }
    }

    /// A number of a table that lies at `table`.
    fn entry(&self, table: u64, index: u64) -> Result<u64, Error> {
        let page = PAGE.min(self.cluster);
        let place = table.saturating_add(index * ENTRY);
        let start = place / page * page;
        let bytes = self.tables.get(start, || {
            let mut bytes = vec![0; usize::try_from(page).unwrap_or(0)];
            let filled = self.file.read_some(start, &mut bytes)?;
            Ok(Arc::from(bytes.get(..filled).unwrap_or(&[])))
        })?;
        let entry = usize::try_from(place - start).ok().and_then(|at| Big.u64(&bytes, at));
        entry.ok_or_else(|| self.damaged(place, "a table lies outside the file"))
    }

    fn aligned(&self, host: u64, offset: u64) -> Result<u64, Error> {
        if host.is_multiple_of(self.cluster) {
            return Ok(host);
        }
        let why = format!("the entry for byte {offset} of the disk leads into the middle of a cluster");
        Err(self.damaged(host, &why))
    }

    fn unpack(&self, host: u64, length: u64) -> Result<Arc<[u8]>, Error> {
        let mut packed = vec![0; usize::try_from(length).unwrap_or(0)];
        // The last sector counts as a whole, and need not be one.
        let filled = self.file.read_some(host, &mut packed)?;
        let mut cluster = vec![0; usize::try_from(self.cluster).unwrap_or(0)];
        match self.compression.unpack(packed.get(..filled).unwrap_or(&[]), &mut cluster) {
            Ok(()) => Ok(cluster.into()),
            Err(why) => Err(self.damaged(host, &format!("a compressed cluster cannot be unpacked: {why}"))),
        }
    }

    fn damaged(&self, offset: u64, why: &str) -> Error {
        self.file.damaged("read the qcow2 image", offset, why)
    }
}
