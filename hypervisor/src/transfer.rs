//! Copying a volume from and to a file, with progress, and with holes where both sides know them.
#![allow(unsafe_code)]

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::os::fd::AsRawFd;

use virt_sys as sys;

use crate::error::{Error, ErrorCode};
use crate::stream::{Piece, Stream};
use crate::{Result, Volume};

/// Bytes moved at once; libvirt's messages hold a little less.
const CHUNK: usize = 256 * 1024;

/// Which part of a volume is copied, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Transfer {
    /// Where in the volume it begins, in bytes.
    pub offset: u64,
    /// How many bytes; `None` is all that is there.
    pub length: Option<u64>,
    /// Whether holes are passed over; what is there before stays there in them.
    pub sparse: bool,
}

/// Is told how many bytes are done, holes included, and may end the copying.
pub type Report<'r> = &'r mut dyn FnMut(u64) -> ControlFlow<()>;

impl Volume {
    /// Opens it for reading.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn open_download(&self, transfer: Transfer) -> Result<Stream> {
        let stream = Stream::new(self.connection(), self.to_string())?;
        let flags = if transfer.sparse { sys::VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM } else { 0 };
        let length = transfer.length.unwrap_or(0);
        // SAFETY: volume and stream are owned.
        self.call("download").done(|| unsafe {
            sys::virStorageVolDownload(self.ptr(), stream.ptr(), transfer.offset, length, flags)
        })?;
        Ok(stream)
    }

    /// Opens it for writing.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn open_upload(&self, transfer: Transfer) -> Result<Stream> {
        let stream = Stream::new(self.connection(), self.to_string())?;
        let flags = if transfer.sparse { sys::VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM } else { 0 };
        let length = transfer.length.unwrap_or(0);
        // SAFETY: volume and stream are owned.
        self.call("upload").done(|| unsafe {
            sys::virStorageVolUpload(self.ptr(), stream.ptr(), transfer.offset, length, flags)
        })?;
        Ok(stream)
    }

    /// Copies it to a file, from the file's position on.
    ///
    /// # Errors
    /// What libvirt or the file refused; `OPERATION_ABORTED` where the report ended it.
    pub fn download(&self, file: &mut File, transfer: Transfer, report: Report<'_>) -> Result<()> {
        let mut stream = self.open_download(transfer)?;
        let (mut buffer, mut done, mut ends_in_hole) = (vec![0; CHUNK], 0, false);
        let failed = |error: io::Error| self.failed("write what was read from", &error);
        loop {
            let piece = if transfer.sparse {
                stream.receive(&mut buffer)?
            } else {
                match stream.read(&mut buffer).map_err(|error| self.failed("read from", &error))? {
                    0 => Piece::End,
                    count => Piece::Data(count),
                }
            };
            match piece {
                Piece::Data(count) => {
                    file.write_all(&buffer[..count]).map_err(failed)?;
                    done += count as u64;
                    ends_in_hole = false;
                }
                Piece::Hole(length) => {
                    file.seek(SeekFrom::Current(length.cast_signed())).map_err(failed)?;
                    done += length;
                    ends_in_hole = true;
                }
                Piece::End => break,
            }
            self.go_on(report(done))?;
        }
        if ends_in_hole {
            let end = file.stream_position().map_err(failed)?;
            if file.metadata().map_err(failed)?.len() < end {
                file.set_len(end).map_err(failed)?;
            }
        }
        stream.finish()
    }

    /// Copies a file to it, from the file's position on.
    ///
    /// # Errors
    /// What libvirt or the file refused; `OPERATION_ABORTED` where the report ended it.
    pub fn upload(&self, file: &mut File, transfer: Transfer, report: Report<'_>) -> Result<()> {
        let mut stream = self.open_upload(transfer)?;
        let failed = |error: io::Error| self.failed("read what is written to", &error);
        let metadata = file.metadata().map_err(failed)?;
        // Only a file tells how long it is, and where its holes are; a pipe or a device is read to its end.
        let is_file = metadata.is_file();
        let begin = if is_file { file.stream_position().map_err(failed)? } else { 0 };
        let size = if is_file { metadata.len().saturating_sub(begin) } else { u64::MAX };
        let end = begin + transfer.length.map_or(size, |length| length.min(size));
        let sparse = transfer.sparse && is_file;
        let (mut buffer, mut position) = (vec![0; CHUNK], begin);
        while position < end {
            let data = if sparse { next_data(file, position, end) } else { position };
            if data > position {
                stream.send_hole(data - position)?;
                file.seek(SeekFrom::Start(data)).map_err(failed)?;
                position = data;
            } else {
                let mut hole = end;
                if sparse {
                    hole = next_hole(file, position, end);
                    file.seek(SeekFrom::Start(position)).map_err(failed)?;
                }
                let room = usize::try_from(hole - position).unwrap_or(CHUNK).min(CHUNK);
                let count = file.read(&mut buffer[..room]).map_err(failed)?;
                if count == 0 {
                    break;
                }
                stream.write_all(&buffer[..count]).map_err(|error| self.failed("write to", &error))?;
                position += count as u64;
            }
            self.go_on(report(position - begin))?;
        }
        stream.finish()
    }

    fn go_on(&self, answer: ControlFlow<()>) -> Result<()> {
        match answer {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => {
                Err(self.call("copy").refuse(ErrorCode::OPERATION_ABORTED, "it was cancelled"))
            }
        }
    }

    fn failed(&self, attempted: &'static str, error: &io::Error) -> Error {
        let libvirts = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()).cloned();
        libvirts.unwrap_or_else(|| self.call(attempted).refuse(ErrorCode::SYSTEM_ERROR, error.to_string()))
    }
}

/// Where the next data begins; where a file system knows no holes, all is data.
fn next_data(file: &File, position: u64, end: u64) -> u64 {
    match seek(file, position, libc::SEEK_DATA) {
        Ok(found) => found.min(end),
        // This error means that there is none up to the end of the file.
        Err(error) if error.raw_os_error() == Some(libc::ENXIO) => end,
        Err(_) => position,
    }
}

/// Where the next hole begins.
fn next_hole(file: &File, position: u64, end: u64) -> u64 {
    seek(file, position, libc::SEEK_HOLE).map_or(end, |found| found.min(end))
}

fn seek(file: &File, position: u64, whence: i32) -> io::Result<u64> {
    let position = i64::try_from(position).map_err(io::Error::other)?;
    // SAFETY: the descriptor is open as long as `file` is borrowed.
    let found = unsafe { libc::lseek(file.as_raw_fd(), position, whence) };
    u64::try_from(found).map_err(|_| io::Error::last_os_error())
}
