//! An installation tree: an image, a directory or a web server, as far as finding its kernel needs it.

use crate::{Error, Image, Kind};

/// Why a tree could not be read; anything but "there is no such file".
pub type TreeError = Box<dyn std::error::Error + Send + Sync>;

/// A tree of files. Paths have no leading `/` and use `/` between their parts.
pub trait Tree {
    /// The first `max` bytes of the file at `path`; `None` if there is no such file.
    ///
    /// # Errors
    /// The tree cannot be read.
    fn read(&self, path: &str, max: usize) -> Result<Option<Vec<u8>>, TreeError>;

    /// True if there is a file or directory at `path`.
    ///
    /// # Errors
    /// The tree cannot be read.
    fn exists(&self, path: &str) -> Result<bool, TreeError>;

    /// The names in the directory at `path`; `None` if there is no such directory, or if the tree cannot tell, as
    /// over HTTP.
    ///
    /// # Errors
    /// The tree cannot be read.
    fn list(&self, path: &str) -> Result<Option<Vec<String>>, TreeError> {
        let _ = path;
        Ok(None)
    }
}

/// Absence is an answer, not a failure.
fn if_present<T>(result: Result<T, Error>) -> Result<Option<T>, TreeError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::NotFound { .. } | Error::WrongKind { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl Tree for Image {
    fn read(&self, path: &str, max: usize) -> Result<Option<Vec<u8>>, TreeError> {
        if_present(self.open_file(path).and_then(|file| file.read_start(max)))
    }

    fn exists(&self, path: &str) -> Result<bool, TreeError> {
        Ok(if_present(self.entry(path))?.is_some_and(|entry| entry.kind() != Kind::Special))
    }

    fn list(&self, path: &str) -> Result<Option<Vec<String>>, TreeError> {
        let entries = if_present(self.read_dir(path))?;
        Ok(entries.map(|entries| entries.into_iter().map(|entry| entry.name).collect()))
    }
}
