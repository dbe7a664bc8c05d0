//! The records of one directory, as entries (FAT specification, section 6).

use std::ops::ControlFlow;

use super::name::{self, LongName};
use super::{Root, Volume};
use crate::dos_time::dos_time;
use crate::endian::Endian::Little;
use crate::entry::{Entry, Posix};
use crate::{Error, Kind, limits};

const RECORD: usize = 32;
const LABEL: u8 = 0x08;
const DIRECTORY: u8 = 0x10;
const LONG: u8 = 0x0f;
const DELETED: u8 = 0xe5;

/// A record, and where it lies in the image.
struct Record<'a> {
    bytes: &'a [u8; RECORD],
    offset: u64,
}

impl Record<'_> {
    fn name(&self) -> &[u8; 11] {
        self.bytes.first_chunk().unwrap_or(&[b' '; 11])
    }

    fn attributes(&self) -> u8 {
        self.bytes[11]
    }

    fn is_label(&self) -> bool {
        self.attributes() & (LABEL | DIRECTORY) == LABEL
    }

    fn word(&self, at: usize) -> u16 {
        Little.u16(self.bytes, at).unwrap_or(0)
    }
}

impl Volume {
    /// The label as the top directory has it.
    pub(super) fn label(&self) -> Result<Option<String>, Error> {
        let mut label = None;
        self.each_record(&self.root, "/", &mut |record| {
            if record.attributes() & 0x3f != LONG && record.is_label() {
                label = Some(name::label(record.name()));
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        Ok(label)
    }

    pub(super) fn list(
        &self,
        directory: &Entry,
        path: &str,
        each: &mut dyn FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let mut long = LongName::default();
        let mut count = 0;
        self.each_record(directory, path, &mut |record| {
            if record.attributes() & 0x3f == LONG {
                long.take(record.bytes);
                return ControlFlow::Continue(());
            }
            if record.is_label() || matches!(record.name(), b".          " | b"..         ") {
                long.forget();
                return ControlFlow::Continue(());
            }
            count += 1;
            let short = record.name();
            let name = long.finish(short).unwrap_or_else(|| name::short(short, record.bytes[12]));
            if count > limits::DIRECTORY_ENTRIES {
                ControlFlow::Break(())
            } else {
                each(self.entry(record, name))
            }
        })?;
        if count > limits::DIRECTORY_ENTRIES {
            let (what, limit) = ("a directory has too many entries", limits::DIRECTORY_ENTRIES as u64);
            return Err(self.source.limit(path, what, limit));
        }
        Ok(())
    }

    fn entry(&self, record: &Record<'_>, name: String) -> Entry {
        let is_directory = record.attributes() & DIRECTORY != 0;
        let first = self.linked(record);
        Entry {
            name,
            kind: if is_directory { Kind::Directory } else { Kind::File },
            // Directories are known by where they begin, which loops come back to; files by where their record lies:
            // empty ones are nowhere else. Records lie at even places, so that no file is taken for the directory
            // whose first record it has.
            id: if is_directory {
                self.clusters.offset(first).unwrap_or(record.offset + 1)
            } else {
                record.offset + 1
            },
            size: if is_directory { 0 } else { Little.u32(record.bytes, 28).unwrap_or(0).into() },
            extents: Vec::new(),
            posix: Posix {
                accessed: dos_time(record.word(18), 0, 0),
                modified: dos_time(record.word(24), record.word(22), 0),
                ..Posix::default()
            },
            link: None,
            unreadable: None,
        }
    }

    /// The cluster that a record says its content begins in.
    fn linked(&self, record: &Record<'_>) -> u32 {
        let high = if self.clusters.width == 32 { u32::from(record.word(20)) } else { 0 };
        high << 16 | u32::from(record.word(26))
    }

    /// The first cluster of a file, which its record tells.
    pub(super) fn first_cluster(&self, file: &Entry) -> Result<u32, Error> {
        let mut bytes = [0; RECORD];
        let offset = file.id - 1;
        self.source.read(offset, &mut bytes)?;
        Ok(self.linked(&Record { bytes: &bytes, offset }))
    }

    /// Hands each record of a directory that is in use to `each` until it breaks off.
    fn each_record(
        &self,
        directory: &Entry,
        path: &str,
        each: &mut dyn FnMut(&Record<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        if let (Root::Fixed { start, length }, true) = (self.place, directory.id == self.root.id) {
            return self.records(start, length, path, each).map(|_| ());
        }
        let clusters = &self.clusters;
        let first = directory.id.checked_sub(clusters.heap).filter(|within| within % clusters.size == 0);
        let Some(first) = first.and_then(|within| u32::try_from(within / clusters.size + 2).ok()) else {
            let why = "its record leads to no cluster";
            return Err(self.source.damaged(format!("read the directory '{path}'"), directory.id, why));
        };
        let mut chain = clusters.chain(&self.source, first);
        let mut left = limits::DIRECTORY_BYTES;
        while let Some(start) = chain.next(path)? {
            if left == 0 {
                let what = "a directory has too many bytes";
                return Err(self.source.limit(path, what, limits::DIRECTORY_BYTES));
            }
            left = left.saturating_sub(clusters.size);
            if self.records(start, clusters.size, path, each)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The records of a piece of a directory; breaks off where `each` does, and at the end of the directory.
    fn records(
        &self,
        start: u64,
        length: u64,
        path: &str,
        each: &mut dyn FnMut(&Record<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Error> {
        let mut bytes = vec![0; usize::try_from(length.min(limits::DIRECTORY_BYTES)).unwrap_or(0)];
        if self.source.read_some(start, &mut bytes)? < bytes.len() {
            let why = "it lies outside the image (an incomplete download?)";
            return Err(self.source.damaged(format!("read the directory '{path}'"), start, why));
        }
        for (offset, bytes) in (start..).step_by(RECORD).zip(bytes.as_chunks().0) {
            match bytes[0] {
                0 => return Ok(ControlFlow::Break(())),
                DELETED => {}
                _ if each(&Record { bytes, offset }).is_break() => return Ok(ControlFlow::Break(())),
                _ => {}
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}
