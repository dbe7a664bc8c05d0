//! An image file as a tree: finding its format, walking paths, following links inside it.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use crate::el_torito::{self, BootCatalogue};
use crate::entry::Extent;
use crate::filesystem::{self, Content, FORMATS, FileSystem, Found};
use crate::partitions::{self, Partition};
use crate::source::Source;
use crate::{Entry, Error, FileReader, Kind, Walk, limits, recognise};

/// What the image says of itself, in the words of its primary volume descriptor: what osinfo-db matches on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identifiers {
    /// Volume identifier: the label.
    pub volume: String,
    /// System identifier.
    pub system: String,
    /// Volume set identifier.
    pub volume_set: String,
    /// Publisher identifier.
    pub publisher: String,
    /// Data preparer identifier.
    pub preparer: String,
    /// Application identifier.
    pub application: String,
    /// Size of the volume in bytes, which may differ from the size of the file.
    pub volume_size: u64,
}

/// How to look at an image, where looking alone is not to decide.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The format, by a name of [`Image::formats`].
    pub format: Option<String>,
    /// The number of a partition, as Linux counts them: the first is 1.
    pub partition: Option<u32>,
    /// Where the file system begins, in bytes.
    pub offset: u64,
    /// Take the file's bytes as they are, also where they look like a qcow2 image. Whatever system writes to a raw disk
    /// can make it begin like one, and name any file as the one that it is based on.
    pub raw: bool,
}

/// An opened image. Cheap to share between threads: every read carries its own position.
#[derive(Debug)]
pub struct Image {
    /// What the partition table, if there is one, counts from.
    whole: Arc<Source>,
    source: Arc<Source>,
    filesystem: Box<dyn FileSystem>,
    description: String,
    identifiers: Identifiers,
    /// The structure that the identifiers are from, and where it begins.
    described_by: (&'static str, u64),
    boot_catalogue: Option<u64>,
}

impl Image {
    /// Opens an image, finding its format by looking at its content.
    ///
    /// # Errors
    /// The file cannot be opened or read, holds no file system known here (the error says what it looks like
    /// instead), or is damaged where its file system is described.
    pub fn open(path: impl AsRef<Path>) -> Result<Image, Error> {
        Image::open_with(path, &Options::default())
    }

    /// Opens an image or a part of it.
    ///
    /// # Errors
    /// As for [`Image::open`], or it has no such partition, or the format asked for is not there or not known.
    pub fn open_with(path: impl AsRef<Path>, options: &Options) -> Result<Image, Error> {
        let whole =
            if options.raw { Source::open_file(path.as_ref())? } else { Source::open(path.as_ref())? };
        let whole = Arc::new(if options.offset == 0 { whole } else { whole.part(options.offset, u64::MAX) });
        let partition = options.partition.map(|number| partition(&whole, number)).transpose()?;
        let source = partition.as_ref().map_or_else(
            || Arc::clone(&whole),
            |partition| Arc::new(whole.part(partition.start(), partition.length())),
        );
        // It begins with a link of its chain, which looks like a table of its own.
        if let Some(extended) = partition.as_ref().filter(|partition| partition.is_container()) {
            return Err(partitions::refusal(&source, extended));
        }
        if let Some(found) = filesystem::find(&source, options.format.as_deref())? {
            return Ok(Image::of(whole, source, found));
        }
        if let Some(format) = &options.format
            && let Some(other) = filesystem::find(&source, None)?
        {
            let (image, format) = (source.path.clone(), format.clone());
            return Err(Error::OtherFormat { image, format, found: other.description });
        }
        Err(match &partition {
            Some(partition) => partitions::refusal(&source, partition),
            None => recognise::refusal(&source),
        })
    }

    fn of(whole: Arc<Source>, source: Arc<Source>, found: Found) -> Image {
        Image {
            whole,
            source,
            filesystem: found.filesystem,
            description: found.description,
            identifiers: found.identifiers,
            described_by: found.described_by,
            boot_catalogue: found.boot_catalogue,
        }
    }

    /// The file system that lies in a part of this image; `None` if there is none. It tells of no partitions.
    pub(crate) fn part(&self, start: u64, length: u64) -> Result<Option<Image>, Error> {
        let source = Arc::new(self.source.part(start, length));
        let found = filesystem::find_file_system(&source)?;
        Ok(found.map(|found| Image::of(Arc::clone(&source), source, found)))
    }

    /// True if this is a disk, shown as a tree of its partitions.
    pub(crate) fn is_disk(&self) -> bool {
        self.filesystem.is_disk()
    }

    pub(crate) fn described_by(&self) -> (&'static str, u64) {
        self.described_by
    }

    /// Where the content of a file begins in the image, if it lies there as it is.
    pub(crate) fn start_of(&self, file: &Entry, path: &str) -> Result<Option<u64>, Error> {
        Ok(match self.filesystem.content(file, path)? {
            Content::Extents(extents) => extents.first().and_then(|extent| extent.start),
            Content::Packed(_) => None,
        })
    }

    /// The names of the formats, for [`Options::format`].
    pub fn formats() -> impl Iterator<Item = &'static str> {
        FORMATS.iter().map(|format| format.name)
    }

    /// What kind of file system it is, as people call it: `ISO 9660 with Rock Ridge`.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The file it was opened from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.source.path
    }

    /// Bytes in the image, or in the part of it that was asked for.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.source.length
    }

    /// The label: the volume identifier.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.identifiers.volume
    }

    /// All identifiers of the primary volume descriptor.
    #[must_use]
    pub fn identifiers(&self) -> &Identifiers {
        &self.identifiers
    }

    /// Bytes that the volume claims and the file does not have: more than zero for a download that broke off.
    /// Small amounts (some 300 KiB) are common in whole images, as tools trim padding from the end.
    #[must_use]
    pub fn missing_bytes(&self) -> u64 {
        self.identifiers.volume_size.saturating_sub(self.source.length)
    }

    /// The partitions of the disk, also where one of them was opened, or a file system beside them; none if there is
    /// no partition table.
    ///
    /// # Errors
    /// The partition table is damaged, or has more than [`limits::PARTITIONS`].
    pub fn partitions(&self) -> Result<Vec<Partition>, Error> {
        Ok(partitions::read(&self.whole)?.map_or_else(Vec::new, |table| table.partitions))
    }

    /// The El Torito boot catalogue; `None` if the image has none.
    ///
    /// # Errors
    /// The catalogue is damaged or lies outside the image.
    pub fn boot_catalogue(&self) -> Result<Option<BootCatalogue>, Error> {
        self.boot_catalogue.map(|offset| el_torito::read(&self.source, offset)).transpose()
    }

    /// The entry at `path`, following symbolic links. A leading `/` makes no difference; absolute links and `..`
    /// stay inside the image. With Rock Ridge, names are matched exactly; with Joliet and plain ISO 9660, an exact
    /// match is preferred over one that differs in case.
    ///
    /// # Errors
    /// There is no such entry, or a directory or link on the way is damaged.
    pub fn entry(&self, path: &str) -> Result<Entry, Error> {
        let mut above = vec![self.filesystem.root().clone()];
        let mut parts: VecDeque<String> = split(path).collect();
        let mut hops = 0;
        while let Some(part) = parts.pop_front() {
            let Some(here) = above.last() else { break };
            if here.kind != Kind::Directory {
                return Err(self.wrong_kind(path, here, "a directory"));
            }
            if part == ".." {
                above.truncate((above.len() - 1).max(1));
                continue;
            }
            let next = self.find(here, path, &part)?;
            if let Some(target) = &next.link {
                hops += 1;
                if hops > limits::LINK_HOPS {
                    return Err(self.source.limit(path, "too many symbolic links", limits::LINK_HOPS as u64));
                }
                if target.starts_with('/') {
                    above.truncate(1);
                }
                for part in split(target).collect::<Vec<_>>().into_iter().rev() {
                    parts.push_front(part);
                }
                continue;
            }
            if above.len() > limits::DEPTH {
                return Err(self.source.limit(path, "directories are nested too deep", limits::DEPTH as u64));
            }
            self.refuse_loop(&above, &next, path)?;
            above.push(next);
        }
        above.pop().ok_or_else(|| self.not_found(path))
    }

    /// The entries of the directory at `path`, in the order of the image; links are shown, not followed.
    ///
    /// # Errors
    /// As for [`Image::entry`], or `path` is no directory, or it has more entries than
    /// [`limits::DIRECTORY_ENTRIES`].
    pub fn read_dir(&self, path: &str) -> Result<Vec<Entry>, Error> {
        self.children(&self.entry(path)?, path)
    }

    /// The top directory.
    #[must_use]
    pub fn root(&self) -> &Entry {
        self.filesystem.root()
    }

    /// The entries of a directory of this image, shown as `path` in errors, in the order of the image.
    ///
    /// # Errors
    /// As for [`Image::read_dir`].
    pub fn children(&self, directory: &Entry, path: &str) -> Result<Vec<Entry>, Error> {
        self.children_within(directory, path, &mut 0)
    }

    /// As [`Image::children`], where `taken` bytes of [`limits::LISTING_BYTES`] are taken already; adds to them.
    pub(crate) fn children_within(
        &self,
        directory: &Entry,
        path: &str,
        taken: &mut usize,
    ) -> Result<Vec<Entry>, Error> {
        if directory.kind != Kind::Directory {
            return Err(self.wrong_kind(path, directory, "a directory"));
        }
        let mut entries = Vec::new();
        self.filesystem.visit(directory, path, &mut |entry| {
            *taken = taken.saturating_add(entry.memory());
            if *taken > limits::LISTING_BYTES {
                return ControlFlow::Break(());
            }
            entries.push(entry);
            ControlFlow::Continue(())
        })?;
        if *taken > limits::LISTING_BYTES {
            let what = "the entries of its directories take too much memory";
            return Err(self.source.limit(path, what, limits::LISTING_BYTES as u64));
        }
        Ok(entries)
    }

    /// Why a directory is empty that stands for a partition of a disk without a known file system, such as one with
    /// swap space; `None` of all others.
    #[must_use]
    pub fn empty_because(&self, directory: &Entry) -> Option<String> {
        match self.filesystem.unrecognized(directory)? {
            Error::UnrecognizedPartition { type_name, looks_like, .. } => {
                let name = &directory.name;
                Some(format!(
                    "{name} ({type_name}) is empty, as no file system is known in it: it looks like {looks_like}"
                ))
            }
            _ => None,
        }
    }

    /// Everything below the directory at `path`, each directory before what is in it.
    ///
    /// # Errors
    /// As for [`Image::entry`].
    pub fn walk(&self, path: &str) -> Result<Walk<'_>, Error> {
        let top = self.entry(path)?;
        let path = split(path).collect::<Vec<_>>().join("/");
        Ok(Walk::new(self, top, path))
    }

    /// Opens the file at `path` for reading and seeking.
    ///
    /// # Errors
    /// As for [`Image::entry`], or it is no regular file, is stored in a way that is not read (interleaved), or its
    /// data lies outside the image.
    pub fn open_file(&self, path: &str) -> Result<FileReader, Error> {
        self.reader(&self.entry(path)?, path)
    }

    /// Opens a file of this image, shown as `path` in errors.
    ///
    /// # Errors
    /// As for [`Image::open_file`].
    pub fn reader(&self, file: &Entry, path: &str) -> Result<FileReader, Error> {
        if let Some(feature) = file.unreadable.filter(|_| file.kind != Kind::Directory) {
            return Err(self.source.unsupported(path, feature));
        }
        if file.kind != Kind::File {
            return Err(self.wrong_kind(path, file, "a file"));
        }
        let content = self.filesystem.content(file, path)?;
        if let Content::Extents(extents) = &content {
            self.refuse_outside(extents, path)?;
        }
        Ok(FileReader::new(Arc::clone(&self.source), path.into(), content, file.size))
    }

    fn refuse_outside(&self, extents: &[Extent], path: &str) -> Result<(), Error> {
        for extent in extents.iter().filter(|extent| extent.length > 0) {
            let Some(start) = extent.start else { continue };
            if start.checked_add(extent.length).is_none_or(|end| end > self.source.length) {
                let why = match self.missing_bytes() {
                    0 => format!("its data lies outside the image's {} bytes", self.source.length),
                    missing => format!(
                        "its data lies outside the image, which is {missing} bytes shorter than it says itself \
                         (an incomplete download?)"
                    ),
                };
                return Err(self.source.damaged(format!("read '{path}'"), start, why));
            }
        }
        Ok(())
    }

    /// The whole content of the file at `path`, if it has no more than `max_bytes`.
    ///
    /// # Errors
    /// As for [`Image::open_file`], or the file is larger ([`Error::TooLarge`]).
    pub fn read_to_vec(&self, path: &str, max_bytes: usize) -> Result<Vec<u8>, Error> {
        let file = self.open_file(path)?;
        if file.len() > max_bytes as u64 {
            let (image, size) = (self.path().into(), file.len());
            return Err(Error::TooLarge { image, path: path.into(), size, limit: max_bytes as u64 });
        }
        file.read_start(max_bytes)
    }

    /// The entry called `name` in `directory`: an exact match, else one that differs in case where that is allowed.
    fn find(&self, directory: &Entry, path: &str, name: &str) -> Result<Entry, Error> {
        let mut exact = None;
        let mut similar = None;
        let ignores_case = self.filesystem.ignores_case_in(directory);
        self.filesystem.visit(directory, path, &mut |entry| {
            if entry.name == name {
                exact = Some(entry);
                return ControlFlow::Break(());
            }
            if ignores_case && similar.is_none() && entry.name.to_lowercase() == name.to_lowercase() {
                similar = Some(entry);
            }
            ControlFlow::Continue(())
        })?;
        exact
            .or(similar)
            .ok_or_else(|| self.filesystem.unrecognized(directory).unwrap_or_else(|| self.not_found(path)))
    }

    /// A directory whose records are those of one above it would never end.
    fn refuse_loop(&self, above: &[Entry], next: &Entry, path: &str) -> Result<(), Error> {
        if next.kind != Kind::Directory {
            return Ok(());
        }
        match above.iter().any(|entry| entry.id == next.id) {
            true => Err(self.contains_itself(next, path)),
            false => Ok(()),
        }
    }

    pub(crate) fn contains_itself(&self, directory: &Entry, path: &str) -> Error {
        let start = directory.extents.first().and_then(|extent| extent.start).unwrap_or(0);
        let why = format!("the directory '{}' contains itself", directory.name);
        self.source.damaged(format!("look up '{path}'"), start, why)
    }

    fn not_found(&self, path: &str) -> Error {
        Error::NotFound { image: self.path().into(), path: path.into() }
    }

    fn wrong_kind(&self, path: &str, found: &Entry, wanted: &'static str) -> Error {
        Error::WrongKind {
            image: self.path().into(),
            path: path.into(),
            found: found.kind.described(),
            wanted,
        }
    }
}

/// The partition with that number.
fn partition(whole: &Source, number: u32) -> Result<Partition, Error> {
    let missing = |known: String| Error::NoPartition { image: whole.path.clone(), number, known };
    let Some(table) = partitions::read(whole)? else { return Err(missing("no partition table".into())) };
    let numbers = table.numbers();
    let found = table.partitions.into_iter().find(|partition| partition.number() == number);
    found.ok_or_else(|| {
        missing(match numbers.as_str() {
            "" => "a partition table without partitions".into(),
            _ => format!("partitions {numbers}"),
        })
    })
}

fn split(path: &str) -> impl Iterator<Item = String> {
    path.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned)
}
