//! The records of one directory, as entries.

use std::ops::ControlFlow;

use super::record::{self, Record};
use super::{Naming, SECTOR, Storage, Volume, rock_ridge, system_use};
use crate::entry::{Entry, Extent, LONG_TARGET, Posix, readable_name, total};
use crate::{Error, Kind, limits, utf16};

/// Bytes of a directory read at a time; a multiple of the sector, which no record crosses.
const CHUNK: u64 = 64 << 10;

impl Volume {
    /// Where system use fields begin, if this tree has Rock Ridge: its root's first record then begins with `SP`.
    pub(super) fn rock_ridge_skip(&self) -> Result<Option<usize>, Error> {
        let start = self.root.id;
        let mut bytes = [0; SECTOR as usize];
        if self.source.read_some(start, &mut bytes)? == 0 {
            let why = "it lies outside the image (an incomplete download?)";
            return Err(self.source.damaged("read the root directory", start, why));
        }
        let length = usize::from(bytes[0]);
        let area = record::parse(&bytes[..length]).map_or(&[][..], |record| record.system_use);
        // CD-ROM XA puts its own 14 bytes first; the field says how many to leave out of other records.
        let field = [area, area.get(14..).unwrap_or(&[])]
            .into_iter()
            .find(|area| area.starts_with(b"SP\x07\x01\xbe\xef"));
        Ok(field.and_then(|field| field.get(6)).map(|skip| usize::from(*skip)))
    }

    /// What Rock Ridge says of a record.
    pub(super) fn attributes(
        &self,
        record: &Record<'_>,
        path: &str,
    ) -> Result<rock_ridge::Attributes, Error> {
        match self.naming {
            Naming::RockRidge { skip } => {
                let area = record.system_use.get(skip..).unwrap_or(&[]);
                rock_ridge::attributes(self, area, path)
            }
            Naming::Joliet | Naming::Plain => Ok(rock_ridge::Attributes::default()),
        }
    }

    /// The record at `place`, if there is one.
    fn record_at<'b>(
        &self,
        place: u64,
        bytes: &'b mut [u8; u8::MAX as usize],
    ) -> Result<Option<Record<'b>>, Error> {
        let filled = self.source.read_some(place, bytes)?;
        let length = usize::from(bytes[0]).min(filled);
        Ok(record::parse(&bytes[..length]))
    }

    /// What the record of a file, whose place is kept by its entry, says of how its content is stored.
    pub(super) fn storage(&self, file: &Entry, path: &str) -> Result<Option<Storage>, Error> {
        let mut bytes = [0; u8::MAX as usize];
        let Some(record) = self.record_at(file.id, &mut bytes)? else { return Ok(None) };
        Ok(self.attributes(&record, path)?.storage)
    }

    /// What the top directory's record for itself says of it. What cannot be read of that is left out: the directory
    /// shows as damaged when it is entered.
    pub(super) fn root_posix(&self) -> Posix {
        let mut bytes = [0; u8::MAX as usize];
        let own = self.record_at(self.root.id, &mut bytes).ok().flatten();
        let Some(own) = own.filter(|own| own.name == [0]) else {
            return Posix::default();
        };
        let posix = self.attributes(&own, "").map(|attributes| attributes.posix).unwrap_or_default();
        Posix { modified: posix.modified.or(own.modified), ..posix }
    }

    /// Where a relocated directory now lies. Its length is known only to the record for itself.
    fn relocated(&self, block: u32) -> Result<Extent, Error> {
        let offset = u64::from(block) * self.block;
        let mut bytes = [0; 34];
        let filled = self.source.read_some(offset, &mut bytes)?;
        let length =
            record::parse(&bytes[..filled]).filter(|own| own.name == [0]).map(|own| u64::from(own.length));
        // Without one, the directory shows as damaged when it is entered, and its siblings stay readable.
        Ok(Extent::data(offset, length.unwrap_or(0)))
    }
}

/// Hands each entry of `directory` to `each` until it breaks off.
pub(super) fn visit(
    volume: &Volume,
    directory: &Entry,
    path: &str,
    each: &mut dyn FnMut(Entry) -> ControlFlow<()>,
) -> Result<(), Error> {
    let size = directory.size();
    let start = directory.id;
    let attempted = || directory.reading(path);
    if size == 0 {
        return Err(volume.source.damaged(attempted(), start, "it has no records, not even its own"));
    }
    if size > limits::DIRECTORY_BYTES {
        let why = format!("it claims {size} bytes (the limit is {})", limits::DIRECTORY_BYTES);
        return Err(volume.source.damaged(attempted(), start, why));
    }
    let mut scan = Scan { volume, path, pending: None, count: 0, continued: 0 };
    let mut buffer = vec![0; usize::try_from(size.min(CHUNK)).unwrap_or(0)];
    for extent in &directory.extents {
        let mut done = 0;
        while done < extent.length {
            let offset = extent.start.unwrap_or(0) + done;
            let wanted = usize::try_from(extent.length - done).unwrap_or(buffer.len()).min(buffer.len());
            let chunk = &mut buffer[..wanted];
            if volume.source.read_some(offset, chunk)? < wanted {
                let why = "it lies outside the image (an incomplete download?)";
                return Err(volume.source.damaged(attempted(), offset, why));
            }
            for (number, sector) in chunk.chunks(SECTOR as usize).enumerate() {
                if scan.sector(offset + number as u64 * SECTOR, sector, each)?.is_break() {
                    return Ok(());
                }
            }
            done += wanted as u64;
        }
    }
    if let Some(last) = scan.pending.take() {
        let _ = each(last.finished());
    }
    Ok(())
}

/// Progress through a directory. A file's records may follow one another, one an extent, so an entry is handed on
/// when the next begins.
struct Scan<'a> {
    volume: &'a Volume,
    path: &'a str,
    pending: Option<Pending>,
    count: usize,
    /// Bytes of continuation areas, which any number of records may share.
    continued: u64,
}

struct Pending {
    entry: Entry,
    raw_name: Vec<u8>,
    continues: bool,
    /// Its size, where that is not what its extents come to.
    size: Option<u64>,
}

impl Pending {
    fn finished(mut self) -> Entry {
        self.entry.size = self.size.unwrap_or_else(|| total(&self.entry.extents));
        self.entry
    }
}

impl Scan<'_> {
    fn sector(
        &mut self,
        offset: u64,
        sector: &[u8],
        each: &mut dyn FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Error> {
        let mut at = 0;
        // A length of zero means that the next record did not fit: the rest of the sector is padding.
        while let Some(length) = sector.get(at).map(|byte| usize::from(*byte)).filter(|length| *length > 0) {
            let place = offset + at as u64;
            let record = sector.get(at..at + length).and_then(record::parse).ok_or_else(|| {
                self.damaged(place, "a record is longer than its sector or shorter than its name")
            })?;
            at += length;
            if record.is_self_or_parent() {
                continue;
            }
            self.count += 1;
            if self.count > limits::DIRECTORY_ENTRIES {
                let (what, limit) = ("a directory has too many entries", limits::DIRECTORY_ENTRIES as u64);
                let image = self.volume.source.path.clone();
                return Err(Error::Limit { image, path: self.path.into(), what, limit });
            }
            if self.continued_by(&record, place)? {
                continue;
            }
            let next = self.entry(&record, place)?;
            if let Some(last) = std::mem::replace(&mut self.pending, next)
                && each(last.finished()).is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Adds the record's extent to the pending file, if it is a further part of that.
    fn continued_by(&mut self, record: &Record<'_>, place: u64) -> Result<bool, Error> {
        let Some(pending) =
            self.pending.as_mut().filter(|last| last.continues && last.raw_name == record.name)
        else {
            return Ok(false);
        };
        pending.continues = record.continues;
        pending.entry.extents.push(extent(self.volume, record));
        if pending.entry.extents.len() > limits::EXTENTS {
            let why = format!("a file has more than {} extents", limits::EXTENTS);
            return Err(self.damaged(place, why));
        }
        Ok(true)
    }

    /// The record as an entry; `None` if it is not to be shown here.
    fn entry(&mut self, record: &Record<'_>, place: u64) -> Result<Option<Pending>, Error> {
        let attributes = self.volume.attributes(record, self.path)?;
        self.continued += attributes.continued;
        if self.continued > limits::DIRECTORY_BYTES {
            let why = format!("its records go on elsewhere for more than {} bytes", limits::DIRECTORY_BYTES);
            return Err(self.damaged(place, why));
        }
        if attributes.has_long_name {
            return Err(self.damaged(place, format!("a name of more than {} bytes", limits::NAME_BYTES)));
        }
        if attributes.is_relocated {
            return Ok(None);
        }
        let name = match (attributes.name(), self.volume.naming) {
            (Some(name), _) => name,
            (None, Naming::Joliet) => without_version(&readable_name(utf16::from_be(record.name).as_bytes())),
            (None, _) => without_version(&readable_name(record.name)),
        };
        let mut kind = if record.is_directory { Kind::Directory } else { Kind::File };
        let mut extents = vec![extent(self.volume, record)];
        if let Some(block) = attributes.moved_to {
            kind = Kind::Directory;
            extents = vec![self.volume.relocated(block)?];
        } else if let Some(posix) = attributes.kind().filter(|_| !record.is_directory) {
            // What the record calls a file can be a link or a device, never a directory.
            kind = if posix == Kind::Directory { Kind::File } else { posix };
        }
        let link = (kind == Kind::Link).then(|| attributes.link_target()).flatten();
        if kind == Kind::Link && link.is_none() {
            kind = Kind::Special;
        }
        let entry = Entry {
            name,
            kind,
            // Directories are known by where they are, all else by its record: empty files are nowhere.
            id: extents
                .first()
                .filter(|_| kind == Kind::Directory)
                .and_then(|own| own.start)
                .unwrap_or(place),
            size: 0,
            extents,
            posix: Posix { modified: attributes.posix.modified.or(record.modified), ..attributes.posix },
            link,
            unreadable: match attributes.has_long_target() {
                true => Some(LONG_TARGET),
                false if record.interleaved => Some("an interleaved file"),
                false => attributes.unreadable,
            },
        };
        let size = attributes.storage.filter(|_| kind == Kind::File).map(Storage::size);
        let raw_name = record.name.to_vec();
        Ok(Some(Pending { entry, raw_name, continues: record.continues, size }))
    }

    fn damaged(&self, offset: u64, why: impl Into<String>) -> Error {
        self.volume.source.damaged(system_use::attempt(self.path), offset, why)
    }
}

fn extent(volume: &Volume, record: &Record<'_>) -> Extent {
    Extent::data(record.first_block() * volume.block, u64::from(record.length))
}

/// `KERNEL.IMG;1` is called `KERNEL.IMG`, and `README.;1` is called `README`.
fn without_version(name: &str) -> String {
    let stem = match name.rsplit_once(';') {
        Some((stem, version)) if version.bytes().all(|byte| byte.is_ascii_digit()) => stem,
        _ => name,
    };
    stem.strip_suffix('.').filter(|stem| !stem.is_empty()).unwrap_or(stem).to_owned()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use crate::iso9660::testing::{DIRECTORY, Disc, field, record};

    #[test]
    fn the_top_has_the_attributes_of_its_own_record() {
        let both = |number: u32| [number.to_le_bytes(), number.to_be_bytes()].concat();
        let fields = [
            field(b"SP", &[0xbe, 0xef, 0]),
            field(b"PX", &[both(0o040_750), both(3), both(7), both(8)].concat()),
            field(b"TF", &[2, 124, 2, 29, 12, 0, 0, 0]),
        ];
        let mut disc = Disc::new();
        let top = disc.add(&record(&[0], DIRECTORY, (0, 0), &fields.concat()));
        let image = disc.with_root(top);
        let top = image.root();
        assert_eq!((top.mode(), top.links(), top.owner()), (Some(0o040_750), Some(3), Some((7, 8))));
        assert_eq!(top.modified(), Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_709_208_000)));
    }
}
