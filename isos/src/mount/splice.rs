//! Content that goes from the image's file to the kernel's cache of the mount without passing through this program's
//! memory: splice(2), by way of a pipe.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, OnceLock};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, SpliceFFlags, fcntl, splice};

/// Bytes below which copying through memory is no slower than the calls that avoid it.
pub(super) const WORTHWHILE: u64 = 32 << 10;

/// Bytes that a pipe has room for: pages of the largest request that is answered through it, whose first and last
/// page may be partial, and the header. Requests ask for 128 KiB unless the machine's administrator raised that.
const ROOM: i32 = 512 << 10;

/// Bytes of `struct fuse_out_header` (linux/fuse.h): the length of all, an error, and which request it answers.
const HEADER: usize = 16;

thread_local! {
    /// The pipe of a thread, empty between two answers.
    static PIPE: RefCell<Option<Pipe>> = const { RefCell::new(None) };
}

/// The connection with the kernel, for answers that are not fuser's to write: set once it is there.
pub(super) type Device = Arc<OnceLock<OwnedFd>>;

struct Pipe {
    reader: PipeReader,
    writer: PipeWriter,
}

impl Pipe {
    fn new() -> io::Result<Pipe> {
        let (reader, writer) = io::pipe()?;
        fcntl(&writer, FcntlArg::F_SETPIPE_SZ(ROOM))?;
        Ok(Pipe { reader, writer })
    }
}

/// Answers the read that the kernel calls `request` with the `length` bytes of `file` from `offset` on. False if that
/// did not work, be it that the file became shorter or that something of this cannot be spliced: then nothing has
/// been answered.
pub(super) fn answer(device: impl AsFd, request: u64, file: &File, offset: u64, length: usize) -> bool {
    PIPE.with_borrow_mut(|kept| {
        // What failed on its way leaves bytes in the pipe; it is closed with them.
        let Ok(mut pipe) = kept.take().map_or_else(Pipe::new, Ok) else { return false };
        let answered = fill(&mut pipe, request, file, offset, length)
            .and_then(|whole| Ok(moved(&pipe.reader, None, &device, whole)? == whole))
            .unwrap_or(false);
        if answered {
            *kept = Some(pipe);
        }
        answered
    })
}

/// Puts the whole answer into the pipe, and gives its length in bytes.
fn fill(pipe: &mut Pipe, request: u64, file: &File, offset: u64, length: usize) -> io::Result<usize> {
    let whole = HEADER + length;
    let told = u32::try_from(whole).map_err(io::Error::other)?;
    let mut header = [0; HEADER];
    header[..4].copy_from_slice(&told.to_ne_bytes());
    header[8..].copy_from_slice(&request.to_ne_bytes());
    pipe.writer.write_all(&header)?;
    let mut from = i64::try_from(offset).map_err(io::Error::other)?;
    let mut left = length;
    while left > 0 {
        match moved(file, Some(&mut from), &pipe.writer, left)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => left -= count,
        }
    }
    Ok(whole)
}

/// Never waits for room in a pipe, which would be for ever: nobody else reads it.
fn moved(from: impl AsFd, offset: Option<&mut i64>, to: impl AsFd, length: usize) -> nix::Result<usize> {
    let mut offset = offset;
    loop {
        match splice(&from, offset.as_deref_mut(), &to, None, length, SpliceFFlags::SPLICE_F_NONBLOCK) {
            Err(Errno::EINTR) => {}
            outcome => return outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    /// A file stands for the kernel: a pipe may be spliced into either.
    #[test]
    fn an_answer_is_whole_or_none() {
        let content: Vec<u8> = (0..200_000_u32).map(|number| (number % 251) as u8).collect();
        let mut image = tempfile::tempfile().unwrap();
        image.write_all(&content).unwrap();
        let answered = |offset: usize, length: usize| {
            let device = tempfile::NamedTempFile::new().unwrap();
            let told = answer(&device, 7, &image, offset as u64, length);
            let mut bytes = Vec::new();
            device.reopen().unwrap().read_to_end(&mut bytes).unwrap();
            (told, bytes)
        };
        for (offset, length) in [(0, 131_072), (2048, 100_000), (4095, 1), (199_999, 1)] {
            let (told, bytes) = answered(offset, length);
            assert!(told);
            assert_eq!(bytes[..4], u32::try_from(16 + length).unwrap().to_ne_bytes());
            assert_eq!((&bytes[4..8], &bytes[8..16]), (&[0; 4][..], &7_u64.to_ne_bytes()[..]));
            assert_eq!(bytes[16..], content[offset..offset + length]);
            // What is not there, or has no room, is not answered, and leaves nothing for the next.
            assert_eq!(answered(199_000, 2000), (false, Vec::new()));
            assert_eq!(answered(0, 4 << 20), (false, Vec::new()));
        }
    }
}
