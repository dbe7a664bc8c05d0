//! Streaming a file out of an image.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::sync::Arc;

use nix::errno::Errno;
use nix::fcntl::copy_file_range;

use crate::Error;
use crate::entry::Extent;
use crate::filesystem::{Content, Packed};
use crate::source::Source;

/// Bytes moved at a time: large enough that the system call no longer shows, small enough for smooth progress.
const CHUNK: usize = 1 << 20;

/// Bytes asked of the kernel at a time when it copies by itself: progress is still reported some times a second.
const KERNEL_CHUNK: u64 = 16 << 20;

/// A file inside an image. Reads go straight to the caller's buffer; wrap it in a `BufReader` for small ones.
#[derive(Debug)]
pub struct FileReader {
    source: Arc<Source>,
    path: String,
    pieces: Pieces,
    length: u64,
    position: u64,
}

#[derive(Debug)]
enum Pieces {
    /// Each with the position in the file at which it ends, so that a place is found by halving.
    Extents(Vec<(u64, Extent)>),
    Packed(Arc<dyn Packed>),
}

/// What lies at a position of the file, and how many bytes of it.
enum Place {
    Data { offset: u64, left: u64 },
    Hole { left: u64 },
    Packed { left: u64 },
}

impl FileReader {
    /// A reader of the first `length` bytes of `content`.
    pub(crate) fn new(source: Arc<Source>, path: String, content: Content, length: u64) -> FileReader {
        let (pieces, length) = match content {
            Content::Packed(packed) => (Pieces::Packed(packed), length),
            Content::Extents(extents) => {
                let mut end = 0_u64;
                let ending = |extent: Extent| {
                    end = end.saturating_add(extent.length);
                    (end, extent)
                };
                let pieces = extents.into_iter().map(ending).collect();
                (Pieces::Extents(pieces), length.min(end))
            }
        };
        FileReader { source, path, pieces, length, position: 0 }
    }

    /// Bytes in the file.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.length
    }

    /// True for a file without content.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Copies from the current position to the end of the file into `target`, at its own position, and gives the
    /// number of bytes. `progress` is told the bytes of each step and may break off. The kernel copies by itself
    /// where it can, so that on file systems with shared extents nothing is copied at all.
    ///
    /// # Errors
    /// Reading or writing fails, or `progress` broke off ([`Error::Cancelled`]); `target` then has what came before.
    pub fn copy_to(
        &mut self,
        target: &mut File,
        progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<u64, Error> {
        let start = self.position;
        while let Some((file, offset, left)) = self.plain(self.position) {
            let Ok(mut from) = i64::try_from(offset) else { break };
            let wanted = usize::try_from(left.min(KERNEL_CHUNK)).unwrap_or(CHUNK);
            match copy_file_range(file, Some(&mut from), &*target, None, wanted) {
                Ok(0) => break, // the image became shorter, or a file system that cannot: reading tells which
                Ok(copied) => self.advance(copied as u64, progress)?,
                Err(Errno::EINTR) => {}
                Err(Errno::ENOSPC | Errno::EDQUOT | Errno::EFBIG) => {
                    return Err(self.write_error(io::Error::last_os_error()));
                }
                Err(_) => break, // across file systems, on old kernels, to pipes and appended files
            }
        }
        self.copy_through_memory(target, progress)?;
        Ok(self.position - start)
    }

    /// As [`FileReader::copy_to`], for anything that can be written to.
    ///
    /// # Errors
    /// As for [`FileReader::copy_to`].
    pub fn write_to(
        &mut self,
        target: &mut dyn Write,
        progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<u64, Error> {
        let start = self.position;
        self.copy_through_memory(target, progress)?;
        Ok(self.position - start)
    }

    /// The first bytes of the file, at most `max`.
    pub(crate) fn read_start(&self, max: usize) -> Result<Vec<u8>, Error> {
        let wanted = usize::try_from(self.length).unwrap_or(usize::MAX).min(max);
        let mut content = vec![0; wanted];
        let filled = self.read_at(0, &mut content)?;
        content.truncate(filled);
        Ok(content)
    }

    fn copy_through_memory(
        &mut self,
        target: &mut dyn Write,
        progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let left = usize::try_from(self.length.saturating_sub(self.position)).unwrap_or(usize::MAX);
        let mut buffer = vec![0; left.min(CHUNK)];
        while self.position < self.length {
            let count = self.read_piece(self.position, &mut buffer)?;
            if count == 0 {
                break;
            }
            target.write_all(&buffer[..count]).map_err(|source| self.write_error(source))?;
            self.advance(count as u64, progress)?;
        }
        Ok(())
    }

    fn advance(&mut self, count: u64, progress: &mut dyn FnMut(u64) -> ControlFlow<()>) -> Result<(), Error> {
        self.position += count;
        if progress(count).is_break() {
            return Err(Error::Cancelled { image: self.source.path.clone(), path: self.path.clone() });
        }
        Ok(())
    }

    /// The file that has what lies at this position as it is, where in that file, and for how many bytes; `None` if
    /// none has.
    pub(crate) fn plain(&self, position: u64) -> Option<(&File, u64, u64)> {
        let Place::Data { offset, left } = self.place(position)? else { return None };
        let (file, offset) = self.source.plain(offset)?;
        Some((file, offset, left))
    }

    /// What lies at this position; `None` at the end.
    fn place(&self, position: u64) -> Option<Place> {
        let left = self.length.checked_sub(position).filter(|left| *left > 0)?;
        let Pieces::Extents(extents) = &self.pieces else { return Some(Place::Packed { left }) };
        let (end, extent) = extents.get(extents.partition_point(|(end, _)| *end <= position))?;
        let left = left.min(end - position);
        Some(match extent.start {
            Some(start) => Place::Data { offset: start + (extent.length - (end - position)), left },
            None => Place::Hole { left },
        })
    }

    /// Reads at `position`, wherever the reader itself is, and fills `buffer` unless the file ends before: for many
    /// threads that share one reader.
    ///
    /// # Errors
    /// The image cannot be read there, or what lies there cannot be unpacked.
    pub fn read_at(&self, position: u64, buffer: &mut [u8]) -> Result<usize, Error> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read_piece(position.saturating_add(filled as u64), &mut buffer[filled..])? {
                0 => break,
                count => filled += count,
            }
        }
        Ok(filled)
    }

    /// Reads some bytes at `position`, at least one unless the file or `buffer` ends here.
    fn read_piece(&self, position: u64, buffer: &mut [u8]) -> Result<usize, Error> {
        let Some(place) = self.place(position) else { return Ok(0) };
        let (Place::Data { left, .. } | Place::Hole { left } | Place::Packed { left }) = place;
        let wanted = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let buffer = &mut buffer[..wanted];
        if buffer.is_empty() {
            return Ok(0);
        }
        let count = match (place, &self.pieces) {
            (Place::Data { offset, .. }, _) => self.source.read_piece(offset, buffer)?,
            (_, Pieces::Packed(packed)) => packed.read_at(position, buffer)?,
            (_, Pieces::Extents(_)) => {
                buffer.fill(0);
                wanted
            }
        };
        Ok(count)
    }

    fn write_error(&self, source: io::Error) -> Error {
        Error::Write { image: self.source.path.clone(), path: self.path.clone(), source }
    }
}

impl Read for FileReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.read_piece(self.position, buffer).map_err(io::Error::other)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for FileReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(offset) => self.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = target.ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, "a seek to before the start of the file")
        })?;
        Ok(self.position)
    }
}
