//! The records of one directory, as entries (exFAT specification, sections 6 and 7).

use std::ops::ControlFlow;

use super::{Stream, Volume};
use crate::dos_time::dos_time;
use crate::endian::Endian::Little;
use crate::entry::{Entry, Extent, Posix};
use crate::{Error, Kind, checksum, limits};

const RECORD: usize = 32;
/// Types of records. The bit 0x80 is cleared when one is deleted.
const END: u8 = 0x00;
const LABEL: u8 = 0x83;
const FILE: u8 = 0x85;
const STREAM: u8 = 0xc0;
const NAME: u8 = 0xc1;
/// Records that follow a file's: its stream's, and up to seventeen of its name.
const MOST_SECONDARY: usize = 18;
/// Characters in a record of the name.
const PART: usize = 15;
const DIRECTORY: u16 = 0x10;
const IS_CONTIGUOUS: u8 = 0x02;

/// A file's records, one after the other, and where the first and the second lie, which need not be one cluster.
#[derive(Default)]
struct Set {
    offset: u64,
    stream: u64,
    bytes: Vec<u8>,
    left: usize,
}

impl Volume {
    /// The label, which the top directory has.
    pub(super) fn label(&self) -> Result<Option<String>, Error> {
        let mut label = None;
        self.each_record(self.root_stream(), "/", &mut |record, _| {
            if record[0] != LABEL {
                return ControlFlow::Continue(());
            }
            let length = usize::from(record[1]).min(11);
            label = Some(name(&record[2..], length).chars().filter(|c| !c.is_control()).collect());
            ControlFlow::Break(())
        })?;
        Ok(label)
    }

    /// The top directory's length is not recorded; its chain ends it.
    fn root_stream(&self) -> Stream {
        Stream { first: self.first, length: u64::MAX, valid: u64::MAX, is_contiguous: false }
    }

    /// Where the content of an entry lies, which its stream's record tells; that is the entry's extent.
    pub(super) fn stream(&self, entry: &Entry, path: &str) -> Result<Stream, Error> {
        if entry.id == self.root.id {
            return Ok(self.root_stream());
        }
        let place = entry.extents.first().and_then(|record| record.start).unwrap_or(0);
        let mut bytes = [0; RECORD];
        self.source.read(place, &mut bytes)?;
        stream(&bytes).ok_or_else(|| {
            self.source.damaged(format!("read '{path}'"), place, "its records do not say where it lies")
        })
    }

    pub(super) fn list(
        &self,
        directory: &Entry,
        path: &str,
        each: &mut dyn FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let stream = self.stream(directory, path)?;
        let mut set = Set::default();
        let mut count = 0;
        let mut damage = None;
        self.each_record(stream, path, &mut |record, offset| {
            if set.left > 0 && record[0] & 0xc0 == 0xc0 {
                if set.bytes.len() == RECORD {
                    set.stream = offset;
                }
                set.bytes.extend_from_slice(record);
                set.left -= 1;
            } else if set.left > 0 {
                // A file without all of its records; this record belongs to the next.
                damage.get_or_insert(set.offset);
                set = Set::default();
            }
            if record[0] == FILE {
                set = Set { offset, stream: offset, bytes: record.to_vec(), left: usize::from(record[1]) };
                if !(2..=MOST_SECONDARY).contains(&set.left) {
                    damage.get_or_insert(offset);
                    set = Set::default();
                }
            }
            if set.left > 0 || set.bytes.is_empty() {
                return ControlFlow::Continue(());
            }
            let Some(entry) = self.entry(&std::mem::take(&mut set)) else {
                damage.get_or_insert(offset);
                return ControlFlow::Continue(());
            };
            count += 1;
            if count > limits::DIRECTORY_ENTRIES { ControlFlow::Break(()) } else { each(entry) }
        })?;
        if count > limits::DIRECTORY_ENTRIES {
            let (what, limit) = ("a directory has too many entries", limits::DIRECTORY_ENTRIES as u64);
            return Err(self.source.limit(path, what, limit));
        }
        // What is left of the directory was handed on, so that files in it can still be looked up.
        damage.map_or(Ok(()), |offset| {
            let why = "the records of a file are not complete or have a wrong checksum";
            Err(self.source.damaged(format!("read the directory '{path}'"), offset, why))
        })
    }

    /// The file of a set; `None` if it is damaged.
    fn entry(&self, set: &Set) -> Option<Entry> {
        let (records, _) = set.bytes.as_chunks::<RECORD>();
        let (file, place, names) = match records {
            [file, place, names @ ..] if place[0] == STREAM => (file, place, names),
            _ => return None,
        };
        let word = |at: usize| Little.u16(file, at).unwrap_or(0);
        if checksum::is_wrong(word(2), checksum(&set.bytes)) {
            return None;
        }
        let parts = names.iter().filter(|record| record[0] == NAME);
        let units: Vec<u8> = parts.flat_map(|record| record[2..2 + PART * 2].to_vec()).collect();
        let length = usize::from(place[3]);
        let stream = stream(place).filter(|_| length > 0 && length * 2 <= units.len())?;
        let is_directory = word(4) & DIRECTORY != 0;
        // Directories are known by where they begin, which loops come back to; files by where their record lies:
        // empty ones are nowhere else. Records lie at even places, so that nothing is taken for the other.
        let start = self.clusters.offset(stream.first).filter(|_| is_directory && stream.length > 0);
        let time = |at: usize, zone: usize| {
            dos_time(word(at + 2), word(at), minutes_ahead(file.get(zone).copied().unwrap_or(0)))
        };
        Some(Entry {
            name: name(&units, length),
            kind: if is_directory { Kind::Directory } else { Kind::File },
            id: start.unwrap_or(set.stream + 1),
            size: if is_directory { 0 } else { stream.length },
            extents: vec![Extent::data(set.stream, RECORD as u64)],
            posix: Posix { modified: time(12, 23), accessed: time(16, 24), ..Posix::default() },
            link: None,
            unreadable: None,
        })
    }

    /// Hands each record of a directory and its place to `each` until it breaks off.
    fn each_record(
        &self,
        stream: Stream,
        path: &str,
        each: &mut dyn FnMut(&[u8; RECORD], u64) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let mut left = stream.length;
        let mut read = 0;
        let mut chain = self.clusters.chain(&self.source, stream.first);
        while left > 0 {
            let start = if stream.is_contiguous {
                let more = u32::try_from(read / self.clusters.size).ok();
                more.and_then(|more| self.clusters.offset(stream.first.checked_add(more)?))
            } else {
                chain.next(path)?
            };
            let Some(start) = start else { break };
            if read >= limits::DIRECTORY_BYTES {
                let what = "a directory has too many bytes";
                return Err(self.source.limit(path, what, limits::DIRECTORY_BYTES));
            }
            let length = self.clusters.size.min(left);
            (read, left) = (read + length, left - length);
            let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
            if self.source.read_some(start, &mut bytes)? < bytes.len() {
                let why = "it lies outside the image (an incomplete download?)";
                return Err(self.source.damaged(format!("read the directory '{path}'"), start, why));
            }
            for (offset, record) in (start..).step_by(RECORD).zip(bytes.as_chunks().0) {
                if record[0] == END || each(record, offset).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// What a stream's record says; `None` if it contradicts itself.
fn stream(record: &[u8; RECORD]) -> Option<Stream> {
    let stream = Stream {
        first: Little.u32(record, 20)?,
        length: Little.u64(record, 24)?,
        valid: Little.u64(record, 8)?,
        is_contiguous: record[1] & IS_CONTIGUOUS != 0,
    };
    (record[0] == STREAM && stream.valid <= stream.length).then_some(stream)
}

fn name(bytes: &[u8], length: usize) -> String {
    let units: Vec<u16> = (0..length).filter_map(|index| Little.u16(bytes, index * 2)).collect();
    crate::fat::wide(&units)
}

/// Quarter hours ahead of UTC, if they are marked as valid; otherwise the time is taken for UTC, as with FAT.
fn minutes_ahead(zone: u8) -> i64 {
    if zone & 0x80 == 0 { 0 } else { i64::from((zone << 1).cast_signed() >> 1) * 15 }
}

/// The sum over all records of a file but the sum itself.
fn checksum(bytes: &[u8]) -> u16 {
    let summed = bytes.iter().enumerate().filter(|(at, _)| !matches!(at, 2 | 3));
    summed.fold(0, |sum: u16, (_, byte)| sum.rotate_right(1).wrapping_add(u16::from(*byte)))
}
