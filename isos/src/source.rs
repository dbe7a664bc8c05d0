//! The bytes of an image: positioned reads that never leave the file.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, FileTypeExt};
use std::path::{Path, PathBuf};

use crate::Error;

/// An open image file. Reads carry their own position, so that any number of threads may share one.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) file: File,
    pub(crate) path: PathBuf,
    /// Bytes in the file when it was opened.
    pub(crate) length: u64,
}

impl Source {
    pub(crate) fn open(path: &Path) -> Result<Source, Error> {
        let failed = |source| Error::Open { image: path.into(), source };
        // Asked before opening: opening a pipe would wait for its other end.
        let kind = std::fs::metadata(path).map_err(failed)?.file_type();
        if !kind.is_file() && !kind.is_block_device() {
            let kind = if kind.is_dir() { "a directory" } else { "a pipe, socket or character device" };
            return Err(Error::NotAnImageFile { image: path.into(), kind });
        }
        let mut file = OpenOptions::new().read(true).open(path).map_err(failed)?;
        // A block device has no length in its metadata.
        let length = file.seek(SeekFrom::End(0)).map_err(failed)?;
        Ok(Source { file, path: path.into(), length })
    }

    /// Fills `buffer` from `offset`; it is an error if the file ends before.
    pub(crate) fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), Error> {
        self.file.read_exact_at(buffer, offset).map_err(|source| self.read_error(offset, source))
    }

    /// Reads what there is, up to the length of `buffer`, and says how much that was.
    pub(crate) fn read_some(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, Error> {
        let available = usize::try_from(self.length.saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(available);
        self.read(offset, &mut buffer[..wanted])?;
        Ok(wanted)
    }

    pub(crate) fn read_error(&self, offset: u64, source: io::Error) -> Error {
        Error::Read { image: self.path.clone(), offset, source }
    }

    pub(crate) fn damaged(&self, attempted: impl Into<String>, offset: u64, why: impl Into<String>) -> Error {
        Error::Damaged { image: self.path.clone(), attempted: attempted.into(), offset, why: why.into() }
    }
}
