//! Writing small images: a flat volume of files in memory, as a system that is installed or started for the first time finds its answers on.
//!
//! ISO 9660 (ECMA-119) with Rock Ridge names for Linux and Joliet names for Windows; names of both are the ones that
//! were given. The same files give the same bytes: all dates are that of [`layout`]'s, and nothing says which program
//! or host wrote it.
//!
//! ```
//! use isos::write::Volume;
//!
//! let mut seed = Volume::new("cidata")?;
//! seed.add("meta-data", "instance-id: web\n")?;
//! seed.add("user-data", "#cloud-config\n")?;
//! let mut image = Vec::new();
//! seed.write(&mut image).unwrap();
//! assert_eq!(image.len() as u64, seed.size());
//! # Ok::<(), isos::write::Error>(())
//! ```

mod directory;
mod layout;
mod names;

use std::io::{self, Write};

use layout::Layout;

/// Bytes of the longest name, as Rock Ridge keeps it within one directory record.
pub const NAME_BYTES: usize = 128;
/// UTF-16 units of the longest name, as Joliet has it.
pub const NAME_UNITS: usize = 64;
/// Characters of the longest label.
pub const LABEL_CHARACTERS: usize = 16;
/// Files in a volume: far more than any seed or set of drivers has.
pub const FILES: usize = 4096;

/// Why a volume cannot hold something.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The label has characters that the formats do not allow, or too many.
    #[error(
        "a volume cannot be labelled '{0}': up to {LABEL_CHARACTERS} letters, digits, '-' and '_' are possible"
    )]
    Label(String),
    /// The name is too long, empty, a path, or has characters that one of the formats does not allow.
    #[error("a file of a volume cannot be named '{name}': {why}")]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Two files would hide each other on systems that do not tell capital letters.
    #[error("a volume cannot hold two files named '{0}'")]
    Twice(String),
    /// There are too many files, or they are too large for the 4 GiB that the formats can count.
    #[error("a volume cannot hold '{0}' as well: it would be too large")]
    TooLarge(String),
}

/// A volume that is being put together.
#[derive(Debug, Clone)]
pub struct Volume {
    label: String,
    files: Vec<File>,
}

#[derive(Debug, Clone)]
struct File {
    name: String,
    content: Vec<u8>,
}

impl Volume {
    /// An empty volume. The label is kept as it is given, small letters too, which readers of seeds look for.
    ///
    /// # Errors
    /// [`Error::Label`].
    pub fn new(label: &str) -> Result<Volume, Error> {
        let good = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if label.is_empty() || label.len() > LABEL_CHARACTERS || !label.chars().all(good) {
            return Err(Error::Label(label.to_owned()));
        }
        Ok(Volume { label: label.to_owned(), files: Vec::new() })
    }

    /// Adds a file to the root directory.
    ///
    /// # Errors
    /// [`Error::Name`], [`Error::Twice`], [`Error::TooLarge`]; the volume is then as it was before.
    pub fn add(&mut self, name: &str, content: impl Into<Vec<u8>>) -> Result<(), Error> {
        names::check(name)?;
        if self.files.iter().any(|file| file.name.to_lowercase() == name.to_lowercase()) {
            return Err(Error::Twice(name.to_owned()));
        }
        let content = content.into();
        let total: u64 = self.files.iter().map(|file| file.content.len() as u64).sum();
        if self.files.len() >= FILES || total + content.len() as u64 > layout::MAX_CONTENT {
            return Err(Error::TooLarge(name.to_owned()));
        }
        self.files.push(File { name: name.to_owned(), content });
        Ok(())
    }

    /// Bytes of the image.
    #[must_use]
    pub fn size(&self) -> u64 {
        Layout::of(self).size()
    }

    /// Writes the image.
    ///
    /// # Errors
    /// Those of `target`.
    pub fn write(&self, target: &mut impl Write) -> io::Result<()> {
        Layout::of(self).write(self, target)
    }
}

#[cfg(test)]
mod tests;
