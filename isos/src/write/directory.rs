//! The root directory: one record for itself, one for its parent, which is itself, and one a file.

use super::layout::{DATE, SECTOR, both16, both32};

/// A record's name where it stands for the directory itself, and for its parent.
const ITSELF: &[u8] = &[0];
const PARENT: &[u8] = &[1];
/// Flag of a record that is a directory.
const IS_DIRECTORY: u8 = 0x02;

/// Type and permissions that Rock Ridge states. The files may be secrets: where the volume is mounted only root reads them.
const DIRECTORY_MODE: u32 = 0o040_555;
const FILE_MODE: u32 = 0o100_400;

/// Says that Rock Ridge is used, in a continuation area, as it would fill most of a record (IEEE P1282).
const EXTENSION: &[u8] = b"RRIP_1991A";
const DESCRIPTION: &[u8] =
    b"THE ROCK RIDGE INTERCHANGE PROTOCOL PROVIDES SUPPORT FOR POSIX FILE SYSTEM SEMANTICS";
const SOURCE: &[u8] = b"PLEASE CONTACT DISC PUBLISHER FOR SPECIFICATION SOURCE.  \
                        SEE PUBLISHER IDENTIFIER IN PRIMARY VOLUME DESCRIPTOR FOR CONTACT INFORMATION.";

/// Where something lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    pub(super) sector: u32,
    pub(super) bytes: u32,
}

/// A file as a directory names it.
pub(super) struct Named<'a> {
    /// The name in the tree's own form.
    pub(super) name: Vec<u8>,
    /// The name as it was given.
    pub(super) given: &'a str,
    pub(super) extent: Extent,
}

/// The records of a directory, padded to whole sectors; no record crosses the end of one. In the plain tree records
/// carry Rock Ridge fields, whose continuation area is at `rock_ridge`.
pub(super) fn records(own: Extent, mut files: Vec<Named<'_>>, rock_ridge: Option<u32>) -> Vec<u8> {
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let mut all = Vec::new();
    let mut add = |record: Vec<u8>| {
        let room = SECTOR - all.len() % SECTOR;
        if record.len() > room {
            all.resize(all.len() + room, 0);
        }
        all.extend(record);
    };
    let directory_fields = |mut fields: Vec<u8>| {
        fields.extend(posix(DIRECTORY_MODE, 2));
        fields
    };
    let first = rock_ridge.map(|area| {
        let mut fields = vec![b'S', b'P', 7, 1, 0xbe, 0xef, 0];
        fields.extend([b'C', b'E', 28, 1]);
        for value in [area, 0, extensions().len() as u32] {
            fields.extend(both32(value));
        }
        directory_fields(fields)
    });
    add(record(ITSELF, own, IS_DIRECTORY, &first.unwrap_or_default()));
    let second = rock_ridge.map(|_| directory_fields(Vec::new()));
    add(record(PARENT, own, IS_DIRECTORY, &second.unwrap_or_default()));
    for file in &files {
        let fields = rock_ridge.map(|_| {
            let mut fields = posix(FILE_MODE, 1);
            fields.extend([b'N', b'M', 5 + file.given.len() as u8, 1, 0]);
            fields.extend(file.given.as_bytes());
            fields
        });
        add(record(&file.name, file.extent, 0, &fields.unwrap_or_default()));
    }
    all.resize(all.len().next_multiple_of(SECTOR), 0);
    all
}

/// The record of the root directory as volume descriptors have it.
pub(super) fn root_record(own: Extent) -> Vec<u8> {
    record(ITSELF, own, IS_DIRECTORY, &[])
}

/// The continuation area that says which extensions are used.
pub(super) fn extensions() -> Vec<u8> {
    let lengths = [EXTENSION.len() as u8, DESCRIPTION.len() as u8, SOURCE.len() as u8];
    let mut field = vec![b'E', b'R', 8 + lengths.iter().sum::<u8>(), 1];
    field.extend(lengths);
    field.push(1);
    for text in [EXTENSION, DESCRIPTION, SOURCE] {
        field.extend(text);
    }
    field
}

fn record(name: &[u8], extent: Extent, flags: u8, fields: &[u8]) -> Vec<u8> {
    let mut record = vec![0, 0];
    record.extend(both32(extent.sector));
    record.extend(both32(extent.bytes));
    record.extend(DATE);
    record.extend([flags, 0, 0]);
    record.extend(both16(1));
    record.push(name.len() as u8);
    record.extend(name);
    // Fields and records begin at even places.
    if record.len() % 2 == 1 {
        record.push(0);
    }
    record.extend(fields);
    if record.len() % 2 == 1 {
        record.push(0);
    }
    // Names are bounded so that this always fits.
    record[0] = record.len() as u8;
    record
}

/// Mode, links, and owner: root.
fn posix(mode: u32, links: u32) -> Vec<u8> {
    let mut field = vec![b'P', b'X', 36, 1];
    for value in [mode, links, 0, 0] {
        field.extend(both32(value));
    }
    field
}
