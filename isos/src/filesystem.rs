//! What a file-system format has to offer; paths, links and reading files are the same for all of them.

use std::fmt::Debug;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::entry::Extent;
use crate::source::Source;
use crate::{Entry, Error, Identifiers, Kind, partitions};

/// A tree of entries inside an image.
pub(crate) trait FileSystem: Send + Sync + Debug {
    /// The top directory.
    fn root(&self) -> &Entry;

    /// Hands each entry of `directory` (shown as `path` in errors) to `each`, in the order of the image, until it
    /// breaks off. The entries for the directory itself and for its parent are left out.
    fn visit(
        &self,
        directory: &Entry,
        path: &str,
        each: &mut dyn FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<(), Error>;

    /// How the content of a file (shown as `path` in errors) is read.
    fn content(&self, file: &Entry, path: &str) -> Result<Content, Error> {
        let _ = path;
        Ok(Content::Extents(file.extents.clone()))
    }

    /// True if names that differ only in case are the same.
    fn ignores_case(&self) -> bool {
        false
    }

    /// The same of one directory, for a tree that is made of several file systems.
    fn ignores_case_in(&self, directory: &Entry) -> bool {
        let _ = directory;
        self.ignores_case()
    }

    /// True if its top directories are the partitions of a disk.
    fn is_disk(&self) -> bool {
        false
    }

    /// Why nothing is in a directory that stands for a partition without a known file system; `None` of all others.
    fn unrecognized(&self, directory: &Entry) -> Option<Error> {
        let _ = directory;
        None
    }
}

/// How the content of a file is read.
#[derive(Debug)]
pub(crate) enum Content {
    /// It lies in the source as it is, in pieces that follow one another.
    Extents(Vec<Extent>),
    /// It has to be unpacked.
    Packed(Arc<dyn Packed>),
}

/// Content that does not lie in the image as it is read.
pub(crate) trait Packed: Send + Sync + Debug {
    /// Reads at least one byte at `offset`, which lies before the end of the file, into `buffer`, which is not empty.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, Error>;
}

/// A file system that was found in a source.
pub(crate) struct Found {
    pub(crate) filesystem: Box<dyn FileSystem>,
    /// What was found, as people call it: `ISO 9660 with Rock Ridge`.
    pub(crate) description: String,
    pub(crate) identifiers: Identifiers,
    /// The structure that says so, and where it begins in bytes.
    pub(crate) described_by: (&'static str, u64),
    /// Where the El Torito boot catalogue lies, in bytes.
    pub(crate) boot_catalogue: Option<u64>,
    /// The same files may be told of better by a format that comes later in the table: bridge discs.
    pub(crate) is_second_choice: bool,
}

impl Found {
    /// A file system that firmware boots nothing from and that no other format tells of better.
    pub(crate) fn new(
        filesystem: impl FileSystem + 'static,
        description: impl Into<String>,
        identifiers: Identifiers,
    ) -> Found {
        Found {
            filesystem: Box::new(filesystem),
            description: description.into(),
            identifiers,
            described_by: ("superblock", 0),
            boot_catalogue: None,
            is_second_choice: false,
        }
    }

    /// The same, of which the structure of that name at that byte tells.
    pub(crate) fn described_by(self, name: &'static str, offset: u64) -> Found {
        Found { described_by: (name, offset), ..self }
    }
}

/// A format, by the name with which it can be forced.
pub(crate) struct Format {
    pub(crate) name: &'static str,
    /// Looks for it; `None` if the source does not hold it.
    pub(crate) open: fn(&Arc<Source>) -> Result<Option<Found>, Error>,
}

/// The formats, in the order in which they are looked for: first what is told by a mark that nothing else has.
/// A partition table comes last, as discs and sticks can have one beside the file system that begins where they do.
pub(crate) const FORMATS: &[Format] = &[
    Format { name: "iso9660", open: crate::iso9660::open },
    Format { name: "udf", open: crate::udf::open },
    Format { name: "squashfs", open: crate::squashfs::open },
    Format { name: "ext", open: crate::ext::open },
    Format { name: "ufs", open: crate::ufs::open },
    Format { name: "exfat", open: crate::exfat::open },
    Format { name: "fat", open: crate::fat::open },
    Format { name: partitions::FORMAT, open: partitions::open },
];

/// Finds the file system of `source`, or the one of that format.
pub(crate) fn find(source: &Arc<Source>, name: Option<&str>) -> Result<Option<Found>, Error> {
    if let Some(name) = name.filter(|name| FORMATS.iter().all(|format| format.name != *name)) {
        let known = FORMATS.iter().map(|format| format.name).collect::<Vec<_>>().join(", ");
        return Err(Error::UnknownFormat { image: source.path.clone(), format: name.into(), known });
    }
    search(source, |format| name.is_none_or(|name| format.name == name))
}

/// Finds the file system of a partition, which is not looked at as a disk of its own.
pub(crate) fn find_file_system(source: &Arc<Source>) -> Result<Option<Found>, Error> {
    search(source, |format| format.name != partitions::FORMAT)
}

fn search(source: &Arc<Source>, is_wanted: impl Fn(&Format) -> bool) -> Result<Option<Found>, Error> {
    let mut second: Option<Found> = None;
    for format in FORMATS.iter().filter(|format| is_wanted(format)) {
        if second.is_some() && format.name == partitions::FORMAT {
            break;
        }
        let Some(mut found) = (format.open)(source)? else { continue };
        let top = found.filesystem.root();
        if top.kind != Kind::Directory {
            let why = format!("its top is {}, not a directory", top.kind.described());
            return Err(source.damaged(format!("read {}", found.description), 0, why));
        }
        if found.is_second_choice {
            second = Some(found);
            continue;
        }
        // The same volume: what it says of itself and boots is told by the format that comes first.
        if let Some(second) = second {
            found.identifiers = second.identifiers;
            found.described_by = second.described_by;
            found.boot_catalogue = second.boot_catalogue;
        }
        return Ok(Some(found));
    }
    Ok(second)
}
