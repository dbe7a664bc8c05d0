//! Bytes from and to a hypervisor: volumes, screenshots.
//!
//! A [`Stream`] waits where it has to; a [`Console`](crate::Console) is made for two directions at once.
#![allow(unsafe_code)]

use std::fmt;
use std::io::{self, Read, Write};
use std::ptr::NonNull;

use virt_sys as sys;

use crate::call::Call;
use crate::{Connection, Domain, Result};

/// libvirt's stream, owned.
pub(crate) struct RawStream {
    ptr: NonNull<sys::virStream>,
    /// Streams need their connection as long as they live.
    connection: Connection,
}

// SAFETY: libvirt's streams lock themselves.
unsafe impl Send for RawStream {}
// SAFETY: as above.
unsafe impl Sync for RawStream {}

impl RawStream {
    pub(crate) fn new(connection: &Connection, flags: u32) -> Result<Self> {
        let call = connection.call("open a stream on");
        // SAFETY: the connection is owned.
        let ptr = call.pointer(|| unsafe { sys::virStreamNew(connection.ptr(), flags) })?;
        Ok(Self { ptr, connection: connection.clone() })
    }

    pub(crate) fn ptr(&self) -> sys::virStreamPtr {
        self.ptr.as_ptr()
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }
}

impl Drop for RawStream {
    fn drop(&mut self) {
        // SAFETY: the reference is ours, and the stream is not used again.
        unsafe { sys::virStreamFree(self.ptr()) };
    }
}

/// One piece of what a sparse stream carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// So many bytes were read.
    Data(usize),
    /// So many bytes are zeros that nobody wrote.
    Hole(u64),
    /// There is no more.
    End,
}

/// Bytes from or to a hypervisor.
///
/// [`finish`](Self::finish) tells the other side that all went well, and learns whether it did there; a stream that is
/// dropped before that is aborted.
pub struct Stream {
    raw: RawStream,
    object: String,
    is_finished: bool,
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Stream").field(&self.object).finish()
    }
}

impl Stream {
    /// A stream that waits; `object` is what errors call it.
    pub(crate) fn new(connection: &Connection, object: String) -> Result<Self> {
        Ok(Self { raw: RawStream::new(connection, 0)?, object, is_finished: false })
    }

    pub(crate) fn ptr(&self) -> sys::virStreamPtr {
        self.raw.ptr()
    }

    fn call(&self, attempted: &'static str) -> Call<'_> {
        Call::new(attempted, &self.object)
    }

    /// Reads the next piece of a sparse stream.
    ///
    /// # Errors
    /// That the stream broke.
    pub fn receive(&mut self, buffer: &mut [u8]) -> Result<Piece> {
        const AT_HOLE: i32 = -3;
        let flags = sys::VIR_STREAM_RECV_STOP_AT_HOLE;
        let (data, length) = (buffer.as_mut_ptr().cast(), buffer.len());
        let mut is_at_hole = false;
        let count = self.call("read from").number(|| {
            // SAFETY: the stream is owned, and the buffer has room for `length` bytes.
            let count = unsafe { sys::virStreamRecvFlags(self.ptr(), data, length, flags) };
            is_at_hole = count == AT_HOLE;
            if is_at_hole { 0 } else { count }
        })?;
        match count.cast_unsigned() as usize {
            0 if is_at_hole => self.receive_hole().map(Piece::Hole),
            0 => Ok(Piece::End),
            count => Ok(Piece::Data(count)),
        }
    }

    fn receive_hole(&mut self) -> Result<u64> {
        let mut hole = 0;
        let call = self.call("read from");
        // SAFETY: the stream is owned, and `hole` lives during the call.
        call.done(|| unsafe { sys::virStreamRecvHole(self.ptr(), &raw mut hole, 0) })?;
        Ok(hole.unsigned_abs())
    }

    /// Writes a hole into a sparse stream.
    ///
    /// # Errors
    /// That the stream broke.
    pub fn send_hole(&mut self, length: u64) -> Result<()> {
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        // SAFETY: the stream is owned.
        self.call("write to").done(|| unsafe { sys::virStreamSendHole(self.ptr(), length, 0) })
    }

    /// Ends the stream and waits until the other side has done its part.
    ///
    /// # Errors
    /// What went wrong on the other side.
    pub fn finish(mut self) -> Result<()> {
        self.is_finished = true;
        // SAFETY: the stream is owned.
        self.call("finish").done(|| unsafe { sys::virStreamFinish(self.ptr()) })
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (data, length) = (buffer.as_mut_ptr().cast(), buffer.len());
        let call = self.call("read from");
        // SAFETY: the stream is owned, and the buffer has room for `length` bytes.
        let count = call.number(|| unsafe { sys::virStreamRecv(self.ptr(), data, length) })?;
        Ok(count.cast_unsigned() as usize)
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let call = self.call("write to");
        // SAFETY: the stream is owned, and the bytes live during the call.
        let count =
            call.number(|| unsafe { sys::virStreamSend(self.ptr(), bytes.as_ptr().cast(), bytes.len()) })?;
        Ok(count.cast_unsigned() as usize)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if !self.is_finished {
            // SAFETY: the stream is owned. A stream that failed is ended already, which is no matter here.
            unsafe { sys::virStreamAbort(self.ptr()) };
        }
    }
}

impl Domain {
    /// The picture on a screen of the guest: its MIME type and its bytes.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn screenshot(&self, screen: u32) -> Result<(String, Stream)> {
        let stream = Stream::new(self.connection(), format!("the screenshot of {self}"))?;
        let call = self.call("take a screenshot of");
        // SAFETY: domain and stream are owned.
        let kind = call.text(|| unsafe { sys::virDomainScreenshot(self.ptr(), stream.ptr(), screen, 0) })?;
        Ok((kind, stream))
    }
}
