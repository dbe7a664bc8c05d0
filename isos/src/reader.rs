//! Streaming a file out of an image.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::sync::Arc;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, copy_file_range, fcntl};

use crate::Error;
use crate::entry::Extent;
use crate::filesystem::{Content, Packed};
use crate::source::Source;

/// Bytes moved at a time: large enough that the system call no longer shows, small enough for smooth progress.
const CHUNK: usize = 1 << 20;

/// Bytes asked of the kernel at a time when it copies by itself: progress is still reported some times a second.
const KERNEL_CHUNK: u64 = 16 << 20;

/// Zeros that are left out where a file is written: so many bytes at a time, no less, so that files stay in few pieces.
static HOLE: [u8; 64 << 10] = [0; 64 << 10];

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
    /// where it can, so that on file systems with shared extents nothing is copied at all. At the end of a regular
    /// file, long runs of zeros that it cannot copy become holes.
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
        let left = self.length.saturating_sub(self.position);
        if left >= HOLE.len() as u64 && takes_holes(target).map_err(|source| self.write_error(source))? {
            self.copy_through_memory(&mut Sparse(target), progress)?;
            // What ends with a hole is not that long yet.
            let end = target.stream_position().and_then(|end| target.set_len(end));
            end.map_err(|source| self.write_error(source))?;
        } else {
            self.copy_through_memory(target, progress)?;
        }
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

/// Whether what is left out at the position of a file reads as zeros afterwards.
fn takes_holes(file: &mut File) -> io::Result<bool> {
    let metadata = file.metadata()?;
    if !metadata.is_file() || file.stream_position()? != metadata.len() {
        return Ok(false);
    }
    // Whatever is written to such a file follows what was written before.
    let flags = OFlag::from_bits_truncate(fcntl(&*file, FcntlArg::F_GETFL)?);
    Ok(!flags.contains(OFlag::O_APPEND))
}

/// A file that takes holes.
struct Sparse<'a>(&'a mut File);

impl Write for Sparse<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let is_hole = |block: &[u8]| block == HOLE;
        let begins_with_hole = buffer.chunks(HOLE.len()).next().is_some_and(is_hole);
        let alike = buffer.chunks(HOLE.len()).take_while(|block| is_hole(block) == begins_with_hole);
        let length = alike.map(<[u8]>::len).sum();
        if begins_with_hole {
            self.0.seek_relative(length as i64)?;
            return Ok(length);
        }
        self.0.write(&buffer[..length])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn holes_stay_holes_where_the_file_takes_them() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        std::fs::write(path("image"), vec![b'x'; 1000]).unwrap();
        let source = Arc::new(Source::open_file(&path("image")).unwrap());
        let pieces = [Extent::hole(2 << 20), Extent::data(0, 1000), Extent::hole(1 << 20)];
        let length = (3 << 20) + 1000;
        let mut content = vec![0; length];
        content[2 << 20..][..1000].fill(b'x');
        let copied = |options: &mut std::fs::OpenOptions, before: &[u8]| {
            let mut file = options.create(true).open(path("copy")).unwrap();
            file.write_all(before).unwrap();
            let extents = Content::Extents(pieces.to_vec());
            let mut reader = FileReader::new(Arc::clone(&source), "file".into(), extents, length as u64);
            let count = reader.copy_to(&mut file, &mut |_| ControlFlow::Continue(())).unwrap();
            assert_eq!(count, length as u64);
            let expected = [before, &content].concat();
            assert!(std::fs::read(path("copy")).unwrap() == expected);
            let blocks = file.metadata().unwrap().blocks();
            std::fs::remove_file(path("copy")).unwrap();
            blocks * 512
        };
        let sparse = copied(std::fs::OpenOptions::new().write(true), b"before");
        assert!(sparse < 512 << 10, "{sparse} bytes on the disk");
        copied(std::fs::OpenOptions::new().append(true), b"");
        // What is there already is written over.
        std::fs::write(path("copy"), vec![b'o'; 4 << 20]).unwrap();
        let mut file = std::fs::OpenOptions::new().write(true).open(path("copy")).unwrap();
        let extents = Content::Extents(pieces.to_vec());
        let mut reader = FileReader::new(source, "file".into(), extents, length as u64);
        reader.copy_to(&mut file, &mut |_| ControlFlow::Continue(())).unwrap();
        let whole = std::fs::read(path("copy")).unwrap();
        assert!(whole.len() == 4 << 20 && whole[..length] == content);
    }
}
