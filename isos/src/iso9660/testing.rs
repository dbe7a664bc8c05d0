//! Discs put together record by record, for what no tool writes.

use std::os::unix::fs::FileExt;

use super::SECTOR;
use crate::{Error, Image};

/// Where content is added: behind a place for many descriptors.
const CONTENT: usize = 128;

/// Some bytes of a disc: their sector and their number.
pub(crate) type Place = (u32, u32);

/// A disc under construction.
pub(crate) struct Disc {
    pub(crate) bytes: Vec<u8>,
}

impl Disc {
    pub(crate) fn new() -> Disc {
        Disc { bytes: vec![0; CONTENT * SECTOR as usize] }
    }

    /// Adds content in sectors of its own.
    pub(crate) fn add(&mut self, content: &[u8]) -> Place {
        let sector = self.bytes.len() as u64 / SECTOR;
        self.bytes.extend(content);
        self.bytes.resize(self.bytes.len().next_multiple_of(SECTOR as usize), 0);
        (sector.try_into().unwrap(), content.len().try_into().unwrap())
    }

    /// Adds a directory with these records, of which none crosses a sector.
    pub(crate) fn directory(&mut self, records: &[Vec<u8>]) -> Place {
        let own = record(&[0], DIRECTORY, (0, 0), &field(b"SP", &[0xbe, 0xef, 0]));
        let mut content = Vec::new();
        for record in [own].iter().chain(records) {
            let left = SECTOR as usize - content.len() % SECTOR as usize;
            content.resize(content.len() + if record.len() > left { left } else { 0 }, 0);
            content.extend(record);
        }
        content.resize(content.len().next_multiple_of(SECTOR as usize), 0);
        self.add(&content)
    }

    /// Writes descriptors, one a sector, from that one on.
    pub(crate) fn describe(&mut self, first: u64, descriptors: &[Vec<u8>]) {
        for (sector, descriptor) in (first..).zip(descriptors) {
            let at = (sector * SECTOR) as usize;
            self.bytes[at..at + descriptor.len()].copy_from_slice(descriptor);
        }
    }

    /// Opens the disc as an image.
    pub(crate) fn open(&self) -> Result<Image, Error> {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().write_all_at(&self.bytes, 0).unwrap();
        Image::open(file.path())
    }

    /// The image of a disc with that top directory.
    pub(crate) fn with_root(mut self, root: Place) -> Image {
        let sectors = self.bytes.len() as u64 / SECTOR;
        self.describe(16, &[primary(root, sectors.try_into().unwrap()), terminator()]);
        self.open().unwrap()
    }

    /// The image of a disc with these records in its top directory.
    pub(crate) fn with_records(mut self, records: &[Vec<u8>]) -> Image {
        let root = self.directory(records);
        self.with_root(root)
    }
}

pub(crate) const DIRECTORY: u8 = 2;
/// Another record with the same name continues the file.
pub(crate) const CONTINUES: u8 = 0x80;

/// A directory record with system use fields.
pub(crate) fn record(name: &[u8], flags: u8, (sector, bytes): Place, fields: &[u8]) -> Vec<u8> {
    let mut record = vec![0; 33];
    record[2..6].copy_from_slice(&sector.to_le_bytes());
    record[10..14].copy_from_slice(&bytes.to_le_bytes());
    record[25] = flags;
    record[32] = name.len().try_into().unwrap();
    record.extend(name);
    record.resize(record.len().next_multiple_of(2), 0);
    record.extend(fields);
    record.resize(record.len().next_multiple_of(2), 0);
    record[0] = record.len().try_into().unwrap();
    record
}

/// A file or directory by its Rock Ridge name.
pub(crate) fn named(name: &str, flags: u8, place: Place) -> Vec<u8> {
    record(b"X", flags, place, &field(b"NM", &[b"\0", name.as_bytes()].concat()))
}

/// A symbolic link; the body of its `SL` field is all components.
pub(crate) fn link(name: &str, components: &[u8]) -> Vec<u8> {
    record(
        b"X",
        0,
        (0, 0),
        &[field(b"NM", &[b"\0", name.as_bytes()].concat()), link_fields(components)].concat(),
    )
}

/// What makes a file a link.
pub(crate) fn link_fields(components: &[u8]) -> Vec<u8> {
    let mode = [0o120_777_u32.to_le_bytes(), 0o120_777_u32.to_be_bytes()].concat();
    [field(b"PX", &mode), field(b"SL", &[b"\0", components].concat())].concat()
}

/// A system use field.
pub(crate) fn field(tag: &[u8; 2], body: &[u8]) -> Vec<u8> {
    let mut field = vec![tag[0], tag[1], (body.len() + 4).try_into().unwrap(), 1];
    field.extend(body);
    field
}

/// The field that says where the others go on.
pub(crate) fn continuation((sector, bytes): Place) -> Vec<u8> {
    let both = |number: u32| [number.to_le_bytes(), number.to_be_bytes()].concat();
    field(b"CE", &[both(sector), both(0), both(bytes)].concat())
}

/// A primary volume descriptor.
pub(crate) fn primary(root: Place, sectors: u32) -> Vec<u8> {
    let mut descriptor = other(1);
    descriptor[80..84].copy_from_slice(&sectors.to_le_bytes());
    descriptor[128..130].copy_from_slice(&2048_u16.to_le_bytes());
    descriptor[156..190].copy_from_slice(&record(&[0], DIRECTORY, root, &[]));
    descriptor
}

pub(crate) fn terminator() -> Vec<u8> {
    other(255)
}

/// A descriptor of that kind that says nothing else.
pub(crate) fn other(kind: u8) -> Vec<u8> {
    let mut descriptor = vec![0; SECTOR as usize];
    descriptor[..7].copy_from_slice(&[kind, b'C', b'D', b'0', b'0', b'1', 1]);
    descriptor
}
