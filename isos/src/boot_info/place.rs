//! Where on a medium something was found.

use std::fmt;

/// A place on a medium.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A structure of the image's format.
    Structure {
        /// What it is called.
        name: &'static str,
        /// Where it begins, in bytes from the start of the image.
        offset: u64,
    },
    /// A file, by its path.
    File(String),
}

impl Place {
    /// The same place, seen from a disk on which the medium is a partition that begins at `start` and whose files
    /// are shown below `directory`.
    pub(super) fn on_disk(self, start: u64, directory: &str) -> Place {
        match self {
            Place::Structure { name, offset } => {
                Place::Structure { name, offset: offset.saturating_add(start) }
            }
            Place::File(path) => Place::File(format!("{directory}/{path}")),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Structure { name, offset } => write!(f, "{name} at byte {offset}"),
            Place::File(path) => f.write_str(path),
        }
    }
}

/// What was found, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<T> {
    /// What was found.
    pub value: T,
    /// Where.
    pub place: Place,
}

impl<T> Found<T> {
    pub(super) fn in_file(path: &str, value: T) -> Found<T> {
        Found { value, place: Place::File(path.to_owned()) }
    }

    pub(super) fn on_disk(self, start: u64, directory: &str) -> Found<T> {
        Found { value: self.value, place: self.place.on_disk(start, directory) }
    }
}
