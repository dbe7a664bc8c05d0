//! The table of PCs: four primary partitions, one of which may hold a chain of logical ones.
//!
//! Nobody has standardised it; UEFI 2.10 section 5.2.1 describes the sector, and Linux' `block/partitions/msdos.c`
//! and `fdisk` are what others follow.

use std::collections::HashSet;

use super::{Partition, SECTOR, Table, bsd, read_there, solaris, types};
use crate::endian::Endian::Little;
use crate::source::Source;
use crate::{Error, limits};

const SIGNATURE: u16 = 0xaa55;
const ENTRIES: usize = 446;
const ENTRY: usize = 16;
const PROTECTIVE: u8 = 0xee;
const EXTENDED: [u8; 3] = [0x05, 0x0f, 0x85];
/// Logical partitions, and those of tables inside a partition, are numbered from here.
const FIRST_INNER: u32 = 5;

/// Boot sectors of file systems end with the same signature, but begin with a name.
const FILE_SYSTEMS: [&[u8; 8]; 4] = [b"NTFS    ", b"EXFAT   ", b"-FVE-FS-", b"ReFS\0\0\0\0"];

/// The four entries of a table's sector.
pub(super) struct Mbr {
    entries: [Entry; 4],
}

#[derive(Clone, Copy, Default)]
struct Entry {
    boot: u8,
    kind: u8,
    start: u64,
    length: u64,
}

impl Entry {
    fn is_used(&self) -> bool {
        self.length > 0
    }

    fn is_extended(&self) -> bool {
        self.is_used() && EXTENDED.contains(&self.kind)
    }
}

/// Reads the entries of the sector at `offset`; `None` if it does not end as such a sector does.
fn entries(source: &Source, offset: u64) -> Result<Option<[Entry; 4]>, Error> {
    let mut sector = [0; SECTOR as usize];
    if read_there(source, offset, &mut sector)? < sector.len() || Little.u16(&sector, 510) != Some(SIGNATURE)
    {
        return Ok(None);
    }
    let mut entries = [Entry::default(); 4];
    for (entry, bytes) in entries.iter_mut().zip(sector[ENTRIES..].chunks_exact(ENTRY)) {
        let sectors = |at| u64::from(Little.u32(bytes, at).unwrap_or(0)) * SECTOR;
        *entry = Entry { boot: bytes[0], kind: bytes[4], start: sectors(8), length: sectors(12) };
    }
    Ok(Some(entries))
}

/// Reads the first sector; `None` if it is no MBR or has no partitions.
pub(super) fn read(source: &Source) -> Result<Option<Mbr>, Error> {
    let Some(entries) = entries(source, 0)? else { return Ok(None) };
    let mut name = [0; 8];
    source.read(3, &mut name)?;
    // Code or text where the entries should be.
    let is_code = entries.iter().any(|entry| entry.boot & 0x7f != 0);
    let is_empty = !entries.iter().any(Entry::is_used);
    Ok((!FILE_SYSTEMS.contains(&&name) && !is_code && !is_empty).then_some(Mbr { entries }))
}

impl Mbr {
    /// True if it only keeps others off a GPT disk, or parts of one.
    pub(super) fn is_protective(&self) -> bool {
        self.entries.iter().any(|entry| entry.is_used() && entry.kind == PROTECTIVE)
    }

    /// True if it has partitions of its own.
    pub(super) fn has_others(&self) -> bool {
        self.entries.iter().any(|entry| entry.is_used() && entry.kind != PROTECTIVE)
    }

    /// All partitions, with those that lie in others.
    pub(super) fn table(&self, source: &Source) -> Result<Table, Error> {
        let mut primary = Vec::new();
        let mut inner = Vec::new();
        let mut names = vec!["MBR"];
        for (number, entry) in (1..).zip(&self.entries).filter(|(_, entry)| entry.is_used()) {
            let mut partition = partition(number, entry.start, entry);
            if entry.is_extended() {
                let first = inner.len();
                partition.problem = logical(source, entry, &mut inner)?;
                partition.logical = Some(inner.iter().skip(first).map(Partition::number).collect());
            }
            primary.push(partition);
        }
        for entry in self.entries.iter().filter(|entry| entry.is_used()) {
            let next = next_number(&inner);
            let found = match entry.kind {
                0xa5 | 0xa6 | 0xa9 => bsd::inside(source, entry.start, entry.length, entry.kind, next)?,
                0x82 | 0xbf => solaris::inside(source, entry.start, next)?,
                _ => None,
            };
            if let Some(table) = found {
                names.push(if matches!(entry.kind, 0x82 | 0xbf) {
                    "Solaris slices"
                } else {
                    "BSD disklabel"
                });
                inner.extend(table);
            }
        }
        names.dedup();
        primary.extend(inner);
        Ok(Table { name: names.join(" with "), partitions: primary })
    }
}

fn partition(number: u32, start: u64, entry: &Entry) -> Partition {
    Partition::new(number, start, entry.length, types::mbr(entry.kind))
}

fn next_number(inner: &[Partition]) -> u32 {
    inner.last().map_or(FIRST_INNER, |last| last.number + 1)
}

/// Follows the chain of an extended partition; says what is wrong with the chain, where something is.
///
/// Each sector of it describes one partition, relative to itself, and the next sector, relative to the first.
fn logical(source: &Source, extended: &Entry, found: &mut Vec<Partition>) -> Result<Option<String>, Error> {
    let mut seen = HashSet::new();
    let mut at = extended.start;
    let mut size = extended.length;
    loop {
        if !seen.insert(at) {
            return Ok(Some(format!(
                "its chain of logical partitions is a loop: it comes back to byte {at}"
            )));
        }
        if seen.len() > limits::PARTITIONS as usize {
            return Ok(Some(format!("its chain has more than {} logical partitions", limits::PARTITIONS)));
        }
        let Some(entries) = entries(source, at)? else {
            return Ok(Some(format!("its chain of logical partitions is broken at byte {at}")));
        };
        for (slot, entry) in entries.iter().enumerate() {
            if !entry.is_used() || entry.is_extended() {
                continue;
            }
            let start = at + entry.start;
            // The third and the fourth entry are unused, and some tools leave there what was there.
            let is_inside = start >= extended.start
                && start + entry.length <= extended.start + extended.length
                && entry.start + entry.length <= size;
            if slot < 2 || is_inside {
                found.push(partition(next_number(found), start, entry));
            }
        }
        let Some(link) = entries.iter().find(|entry| entry.is_extended()) else { return Ok(None) };
        at = extended.start + link.start;
        size = link.length;
    }
}
