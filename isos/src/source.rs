//! The bytes that a file system lies in: positioned reads that never leave the image, or the part of it.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Error;
use crate::qcow2::{self, Qcow2};

/// An open image or a part of it. Reads carry their own position, so that any number of threads may share one.
#[derive(Debug)]
pub(crate) struct Source {
    bytes: Bytes,
    pub(crate) path: PathBuf,
    /// Where this part begins in the file or on the disk.
    start: u64,
    /// Bytes in this part when the image was opened.
    pub(crate) length: u64,
}

/// What the bytes are read from.
#[derive(Debug, Clone)]
enum Bytes {
    File(Arc<File>),
    Qcow2(Arc<Qcow2>),
}

impl Source {
    /// Opens an image: a file as it is, or the disk that a qcow2 image stands for.
    pub(crate) fn open(path: &Path) -> Result<Source, Error> {
        let file = Source::open_file(path)?;
        if file.is_qcow2()? { file.into_disk(&qcow2::Chain::default()) } else { Ok(file) }
    }

    /// Opens a file as it is.
    pub(crate) fn open_file(path: &Path) -> Result<Source, Error> {
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
        Ok(Source { bytes: Bytes::File(Arc::new(file)), path: path.into(), start: 0, length })
    }

    pub(crate) fn is_qcow2(&self) -> Result<bool, Error> {
        let mut magic = [0; qcow2::MAGIC.len()];
        Ok(self.read_some(0, &mut magic)? == magic.len() && magic == qcow2::MAGIC)
    }

    /// The disk that this qcow2 image stands for, on which those of `chain` are based.
    pub(crate) fn into_disk(self, chain: &qcow2::Chain) -> Result<Source, Error> {
        let path = self.path.clone();
        let disk = Qcow2::open(self, chain)?;
        let length = disk.size;
        Ok(Source { bytes: Bytes::Qcow2(Arc::new(disk)), path, start: 0, length })
    }

    /// Device and inode, which tell a file from all others.
    pub(crate) fn identity(&self) -> Result<(u64, u64), Error> {
        let metadata = self.file().metadata().map_err(|source| self.read_error(0, source))?;
        Ok((metadata.dev(), metadata.ino()))
    }

    fn file(&self) -> &File {
        match &self.bytes {
            Bytes::File(file) => file,
            Bytes::Qcow2(disk) => disk.file().file(),
        }
    }

    /// The part of this one that begins at `start`; what it claims beyond the end of this one is cut off.
    pub(crate) fn part(&self, start: u64, length: u64) -> Source {
        let start = start.min(self.length);
        Source {
            bytes: self.bytes.clone(),
            path: self.path.clone(),
            start: self.start + start,
            length: length.min(self.length - start),
        }
    }

    /// Fills `buffer` from `offset`; it is an error if this part ends before.
    pub(crate) fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), Error> {
        if offset.checked_add(buffer.len() as u64).is_none_or(|end| end > self.length) {
            let why = "the image ends before what should be there (an incomplete download?)";
            return Err(self.read_error(offset, io::Error::new(io::ErrorKind::UnexpectedEof, why)));
        }
        let mut filled = 0;
        while filled < buffer.len() {
            filled += self.read_piece(offset + filled as u64, &mut buffer[filled..])?;
        }
        Ok(())
    }

    /// Reads what there is, up to the length of `buffer`, and says how much that was.
    pub(crate) fn read_some(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, Error> {
        let available = usize::try_from(self.length.saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(available);
        if wanted == 0 {
            return Ok(0); // also where `offset` lies beyond the end
        }
        self.read(offset, &mut buffer[..wanted])?;
        Ok(wanted)
    }

    /// At least one byte from `offset`, which lies in this part, unless `buffer` is empty.
    pub(crate) fn read_piece(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, Error> {
        let file = match &self.bytes {
            Bytes::File(file) => file,
            Bytes::Qcow2(disk) => return disk.read_at(self.start + offset, buffer),
        };
        loop {
            match file.read_at(buffer, self.start + offset) {
                Ok(0) if !buffer.is_empty() => {
                    let gone =
                        io::Error::new(io::ErrorKind::UnexpectedEof, "the image became shorter while in use");
                    return Err(self.read_error(offset, gone));
                }
                Ok(count) => return Ok(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.read_error(offset, error)),
            }
        }
    }

    /// The file that holds these bytes as they are, and where `offset` lies in it: for the kernel to copy from.
    /// `None` if no file does.
    pub(crate) fn plain(&self, offset: u64) -> Option<(&File, u64)> {
        match &self.bytes {
            Bytes::File(file) => Some((file, self.start + offset)),
            Bytes::Qcow2(_) => None,
        }
    }

    pub(crate) fn read_error(&self, offset: u64, source: io::Error) -> Error {
        Error::Read { image: self.path.clone(), offset: self.start + offset, source }
    }

    pub(crate) fn damaged(&self, attempted: impl Into<String>, offset: u64, why: impl Into<String>) -> Error {
        let offset = self.start.saturating_add(offset);
        Error::Damaged { image: self.path.clone(), attempted: attempted.into(), offset, why: why.into() }
    }

    pub(crate) fn unsupported(&self, path: &str, feature: &'static str) -> Error {
        Error::Unsupported { image: self.path.clone(), path: path.into(), feature }
    }

    pub(crate) fn limit(&self, path: &str, what: &'static str, limit: u64) -> Error {
        Error::Limit { image: self.path.clone(), path: path.into(), what, limit }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn an_image_that_ends_too_early_is_told_as_such() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "0123456789").unwrap();
        let source = Source::open_file(file.path()).unwrap();
        assert!(source.read(6, &mut [0; 4]).is_ok());
        let error = source.read(7, &mut [0; 4]).unwrap_err();
        let why = error.source().unwrap().to_string();
        assert!(why.contains("incomplete download"), "{why}");
    }
}
