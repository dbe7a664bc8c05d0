//! Finding where a file's content lies, from a mapping that may be a lie: what follows one another is joined, what is
//! beyond the file's end is left out, and the blocks of a mapping that are read for one file are counted.

use std::ops::ControlFlow;

use crate::endian::Endian;
use crate::entry::Extent;
use crate::source::Source;
use crate::{Error, limits};

/// The extents of a file of a known size, as far as they were found.
pub(crate) struct Gather<'a> {
    source: &'a Source,
    path: &'a str,
    size: u64,
    /// Bytes of the file that were found.
    found: u64,
    extents: Vec<Extent>,
    /// Blocks of mapping that may still be read: no honest mapping has more of them than the image has blocks, while
    /// one that refers to itself has no end.
    reads: u64,
}

/// How block pointers are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pointers {
    pub(crate) endian: Endian,
    /// Bytes of a pointer: 4 or 8.
    pub(crate) width: usize,
    /// What they count, in bytes.
    pub(crate) unit: u64,
    /// What each stands for, in bytes.
    pub(crate) block: u64,
}

impl<'a> Gather<'a> {
    /// For the file `path`, whose mapping lies in blocks of `block` bytes.
    pub(crate) fn new(source: &'a Source, path: &'a str, size: u64, block: u64) -> Gather<'a> {
        let reads = source.length.checked_div(block).unwrap_or(0).saturating_add(1);
        Gather { source, path, size, found: 0, extents: Vec::new(), reads }
    }

    /// Bytes of the file that were not found yet.
    pub(crate) fn left(&self) -> u64 {
        self.size.saturating_sub(self.found)
    }

    /// True if all of the file was found.
    pub(crate) fn is_complete(&self) -> bool {
        self.left() == 0
    }

    /// The next bytes of the file lie at `start`.
    pub(crate) fn data(&mut self, start: u64, length: u64) -> Result<(), Error> {
        self.push(Extent::data(start, length))
    }

    /// The next bytes of the file are zeros that lie nowhere.
    pub(crate) fn hole(&mut self, length: u64) -> Result<(), Error> {
        self.push(Extent::hole(length))
    }

    fn push(&mut self, Extent { start, length }: Extent) -> Result<(), Error> {
        let length = length.min(self.left());
        if length == 0 {
            return Ok(());
        }
        self.found += length;
        if let Some(last) = self.extents.last_mut() {
            let follows = match last.start {
                Some(before) => start.is_some() && before.checked_add(last.length) == start,
                None => start.is_none(),
            };
            if follows {
                last.length += length;
                return Ok(());
            }
        }
        if self.extents.len() >= limits::PIECES {
            return Err(self.source.limit(self.path, "a file is in too many pieces", limits::PIECES as u64));
        }
        self.extents.push(Extent { start, length });
        Ok(())
    }

    /// Reads a block of the mapping.
    pub(crate) fn read(&mut self, offset: u64, length: usize) -> Result<Vec<u8>, Error> {
        self.reads = self.reads.checked_sub(1).ok_or_else(|| {
            let why = "its mapping has more blocks than the image: it goes round in circles";
            self.damaged(offset, why)
        })?;
        let mut block = vec![0; length];
        if self.source.read_some(offset, &mut block)? < length {
            return Err(self.damaged(offset, "its mapping lies outside the image"));
        }
        Ok(block)
    }

    /// The next bytes of the file are behind `pointer`, over `level` blocks of pointers. Zero is a hole.
    pub(crate) fn pointer(&mut self, how: &Pointers, pointer: u64, level: u32) -> Result<(), Error> {
        let Pointers { endian, width, unit, block } = *how;
        let start = pointer.saturating_mul(unit);
        if pointer == 0 {
            let fan = block.checked_div(width as u64).unwrap_or(0);
            return self.hole(block.saturating_mul(fan.saturating_pow(level)));
        }
        if level == 0 {
            return self.data(start, block);
        }
        let pointers = self.read(start, usize::try_from(block).unwrap_or(0))?;
        for at in (0..pointers.len()).step_by(width) {
            if self.is_complete() {
                break;
            }
            let next =
                if width == 8 { endian.u64(&pointers, at) } else { endian.u32(&pointers, at).map(u64::from) };
            self.pointer(how, next.unwrap_or(0), level - 1)?;
        }
        Ok(())
    }

    /// All of them; what was not found is a hole.
    pub(crate) fn finish(mut self) -> Result<Vec<Extent>, Error> {
        self.hole(u64::MAX)?;
        Ok(self.extents)
    }

    pub(crate) fn damaged(&self, offset: u64, why: impl Into<String>) -> Error {
        self.source.damaged(format!("find the content of '{}'", self.path), offset, why)
    }
}

/// What is done with each block of a directory, and where that is.
pub(crate) type EachBlock<'a> = &'a mut dyn FnMut(u64, &[u8]) -> Result<ControlFlow<()>, Error>;

/// Hands each `block` bytes of a directory with their place to `each` until it breaks off; holes are left out.
pub(crate) fn each_block(
    source: &Source,
    path: &str,
    extents: &[Extent],
    block: usize,
    each: EachBlock<'_>,
) -> Result<(), Error> {
    let mut buffer = vec![0; block];
    for extent in extents {
        let Some(start) = extent.start else { continue };
        let mut done = 0;
        while done < extent.length {
            let wanted = usize::try_from(extent.length - done).unwrap_or(block).min(block);
            let offset = start.saturating_add(done);
            let Some(bytes) = buffer.get_mut(..wanted) else { break };
            if source.read_some(offset, bytes)? < wanted {
                let why = "it lies outside the image (an incomplete download?)";
                return Err(source.damaged(format!("read the directory '{path}'"), offset, why));
            }
            if each(offset, bytes)?.is_break() {
                return Ok(());
            }
            done += wanted as u64;
        }
    }
    Ok(())
}

/// The records that a directory has of itself and of the one above it: the first `.` and the first `..`. What else is
/// called so is an entry, which shows escaped.
#[derive(Debug, Default)]
pub(crate) struct Dots {
    pub(crate) own: bool,
    pub(crate) above: bool,
}

impl Dots {
    /// True for those two, each once.
    pub(crate) fn take(&mut self, name: &[u8]) -> bool {
        let taken = match name {
            b"." => &mut self.own,
            b".." => &mut self.above,
            _ => return false,
        };
        !std::mem::replace(taken, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_have_a_bound() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let source = Source::open_file(file.path()).unwrap();
        let gathered = |pieces: usize| {
            let mut gather = Gather::new(&source, "file", pieces as u64, 1);
            (0..pieces as u64).try_for_each(|piece| gather.data(2 * piece, 1))?;
            gather.finish()
        };
        assert_eq!(gathered(limits::PIECES).unwrap().len(), limits::PIECES);
        let error = gathered(limits::PIECES + 1).unwrap_err().to_string();
        assert!(error.contains("a file is in too many pieces (the limit is 524288)"), "{error}");
    }
}
