//! Which sector holds what, and the volume descriptors that say so.
//!
//! In order: 16 unused sectors, both descriptors and their terminator, four path tables (both trees, both byte
//! orders), the Rock Ridge continuation area, the plain root directory, Joliet's, and the files.

use std::io::{self, Write};

use super::directory::{self, Extent, Named};
use super::{Volume, names};

pub(super) const SECTOR: usize = 2048;
/// Bytes of all files together: sectors are counted in 32 bits, and so are a file's bytes.
pub(super) const MAX_CONTENT: u64 = (4 << 30) - (64 << 20);
/// The date of everything, in a directory record: 1 January 1980, the first that every system knows.
pub(super) const DATE: [u8; 7] = [80, 1, 1, 0, 0, 0, 0];
/// The same in a descriptor, in digits.
const LONG_DATE: &[u8; 17] = b"1980010100000000\0";
const NO_DATE: &[u8; 17] = b"0000000000000000\0";

const DESCRIPTORS: usize = 16;
const PATH_TABLES: usize = DESCRIPTORS + 3;
const ROCK_RIDGE: usize = PATH_TABLES + 4;
const DIRECTORIES: usize = ROCK_RIDGE + 1;
/// Bytes of a path table: the root directory's entry.
const PATH_TABLE: u32 = 10;
/// Says that a supplementary descriptor's names are UCS-2, level 3 (Joliet specification).
const JOLIET: &[u8] = b"%/E";

/// Where everything of a volume lies.
pub(super) struct Layout {
    plain: Extent,
    joliet: Extent,
    /// One a file, in the order of the volume.
    files: Vec<Extent>,
    sectors: u32,
}

impl Layout {
    pub(super) fn of(volume: &Volume) -> Layout {
        let nowhere = Extent { sector: 0, bytes: 0 };
        let mut layout = Layout {
            plain: nowhere,
            joliet: nowhere,
            files: vec![nowhere; volume.files.len()],
            sectors: DIRECTORIES as u32,
        };
        // Records are as long wherever the files lie.
        layout.plain = layout.take(layout.plain_records(volume).len());
        layout.joliet = layout.take(layout.joliet_records(volume).len());
        layout.files = volume.files.iter().map(|file| layout.take(file.content.len())).collect();
        layout
    }

    fn take(&mut self, bytes: usize) -> Extent {
        let extent = Extent { sector: self.sectors, bytes: bytes as u32 };
        self.sectors += bytes.div_ceil(SECTOR) as u32;
        extent
    }

    pub(super) fn size(&self) -> u64 {
        u64::from(self.sectors) * SECTOR as u64
    }

    fn plain_records(&self, volume: &Volume) -> Vec<u8> {
        let names = names::plain(&volume.files);
        let files = volume.files.iter().zip(&self.files).zip(names);
        let files = files.map(|((file, &extent), name)| Named { name, given: &file.name, extent });
        directory::records(self.plain, files.collect(), Some(ROCK_RIDGE as u32))
    }

    fn joliet_records(&self, volume: &Volume) -> Vec<u8> {
        let files = volume.files.iter().zip(&self.files);
        let files =
            files.map(|(file, &extent)| Named { name: names::joliet(&file.name), given: &file.name, extent });
        directory::records(self.joliet, files.collect(), None)
    }

    pub(super) fn write(&self, volume: &Volume, target: &mut impl Write) -> io::Result<()> {
        target.write_all(&[0; DESCRIPTORS * SECTOR])?;
        target.write_all(&self.descriptor(volume, Form::Plain))?;
        target.write_all(&self.descriptor(volume, Form::Joliet))?;
        padded(target, b"\xffCD001\x01")?;
        for root in [self.plain, self.joliet] {
            padded(target, &path_table(u32::to_le_bytes(root.sector), u16::to_le_bytes(1)))?;
            padded(target, &path_table(u32::to_be_bytes(root.sector), u16::to_be_bytes(1)))?;
        }
        padded(target, &directory::extensions())?;
        padded(target, &self.plain_records(volume))?;
        padded(target, &self.joliet_records(volume))?;
        for file in &volume.files {
            padded(target, &file.content)?;
        }
        target.flush()
    }

    /// A volume descriptor (ECMA-119 sections 8.4 and 8.5).
    fn descriptor(&self, volume: &Volume, form: Form) -> [u8; SECTOR] {
        let mut sector = [0; SECTOR];
        let mut put = |at: usize, bytes: &[u8]| sector[at..at + bytes.len()].copy_from_slice(bytes);
        let (kind, root, tables) = match form {
            Form::Plain => (1, self.plain, PATH_TABLES),
            Form::Joliet => (2, self.joliet, PATH_TABLES + 2),
        };
        put(0, &[kind]);
        put(1, b"CD001\x01");
        put(8, &form.field("", 32));
        put(40, &form.field(&volume.label, 32));
        put(80, &both32(self.sectors));
        if form == Form::Joliet {
            put(88, JOLIET);
        }
        put(120, &both16(1));
        put(124, &both16(1));
        put(128, &both16(SECTOR as u16));
        put(132, &both32(PATH_TABLE));
        put(140, &u32::to_le_bytes(tables as u32));
        put(148, &u32::to_be_bytes(tables as u32 + 1));
        put(156, &directory::root_record(root));
        // Volume set, publisher, preparer, application; copyright, abstract and bibliographic file.
        for (at, length) in [(190, 128), (318, 128), (446, 128), (574, 128), (702, 37), (739, 37), (776, 37)]
        {
            put(at, &form.field("", length));
        }
        for (at, date) in [(813, LONG_DATE), (830, LONG_DATE), (847, NO_DATE), (864, NO_DATE)] {
            put(at, date);
        }
        put(881, &[1]);
        sector
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    Joliet,
}

impl Form {
    /// Text as a descriptor has it, padded with blanks of the form's width.
    fn field(self, text: &str, length: usize) -> Vec<u8> {
        let mut field = match self {
            Form::Plain => text.as_bytes().to_vec(),
            Form::Joliet => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        };
        let blank: &[u8] = if self == Form::Plain { b" " } else { b"\0 " };
        while field.len() + blank.len() <= length {
            field.extend(blank);
        }
        field.resize(length, 0);
        field
    }
}

/// The entry of the root directory, which is its own parent.
fn path_table(sector: [u8; 4], parent: [u8; 2]) -> Vec<u8> {
    [&[1, 0][..], &sector, &parent, &[0, 0]].concat()
}

fn padded(target: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    target.write_all(bytes)?;
    target.write_all(&[0; SECTOR][..bytes.len().next_multiple_of(SECTOR) - bytes.len()])
}

/// A number in both byte orders, as most are kept.
pub(super) fn both32(value: u32) -> [u8; 8] {
    (u64::from(value) | u64::from(value.swap_bytes()) << 32).to_le_bytes()
}

/// The same of 16 bits.
pub(super) fn both16(value: u16) -> [u8; 4] {
    (u32::from(value) | u32::from(value.swap_bytes()) << 16).to_le_bytes()
}
