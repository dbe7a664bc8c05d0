//! A guest's console or channel: bytes both ways at the same time.
//!
//! One thread may wait in [`Console::receive`] while another one sends; neither keeps libvirt waiting, as both wait
//! here until the event loop says that there is something to do.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use virt_sys as sys;

use crate::call::{Call, or_null};
use crate::error::ErrorCode;
use crate::flags::ConsoleFlags;
use crate::stream::RawStream;
use crate::{Domain, Result};

const READABLE: u32 = sys::VIR_STREAM_EVENT_READABLE;
const WRITABLE: u32 = sys::VIR_STREAM_EVENT_WRITABLE;
const ENDED: u32 = sys::VIR_STREAM_EVENT_ERROR | sys::VIR_STREAM_EVENT_HANGUP;

/// What libvirt returns where it would have to wait.
const WOULD_WAIT: c_int = -2;

/// How often a waiting thread looks whether the connection still lives: a stream is not told that it does not.
const LOOK: Duration = Duration::from_secs(1);

/// What the event loop and the threads of a console share.
#[derive(Debug, Default)]
struct Shared {
    state: Mutex<Readiness>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Readiness {
    /// What libvirt is asked to tell. An event is asked for again after it was told, as it would be told over and over.
    interest: u32,
    /// What libvirt told.
    ready: u32,
    /// Somebody hung up here.
    is_closed: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Readiness> {
        // Nothing that is done under the lock can leave the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A guest's console or channel.
pub struct Console {
    raw: RawStream,
    shared: Arc<Shared>,
    object: String,
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Console").field(&self.object).finish()
    }
}

impl Domain {
    /// Opens a console: the one of this alias (`serial0`), or the first one.
    ///
    /// # Errors
    /// What libvirt refused, e.g. that somebody else has it open.
    pub fn open_console(&self, device: Option<&str>, flags: ConsoleFlags) -> Result<Console> {
        let call = self.call("open the console of");
        let device = device.map(|device| call.c_text(device)).transpose()?;
        Console::open(self, "console", |stream| {
            // SAFETY: domain and stream are owned, and the text lives during the call.
            call.done(|| unsafe {
                sys::virDomainOpenConsole(self.ptr(), or_null(device.as_ref()), stream, flags.0)
            })
        })
    }

    /// Opens a channel to the guest: the one of this name or alias, or the first one.
    ///
    /// # Errors
    /// What libvirt refused, e.g. that somebody else has it open.
    pub fn open_channel(&self, name: Option<&str>, force: bool) -> Result<Console> {
        let call = self.call("open the channel of");
        let name = name.map(|name| call.c_text(name)).transpose()?;
        let flags = if force { sys::VIR_DOMAIN_CHANNEL_FORCE } else { 0 };
        Console::open(self, "channel", |stream| {
            // SAFETY: domain and stream are owned, and the text lives during the call.
            call.done(|| unsafe {
                sys::virDomainOpenChannel(self.ptr(), or_null(name.as_ref()), stream, flags)
            })
        })
    }
}

impl Console {
    fn open(domain: &Domain, kind: &str, open: impl FnOnce(sys::virStreamPtr) -> Result<()>) -> Result<Self> {
        let raw = RawStream::new(domain.connection(), sys::VIR_STREAM_NONBLOCK)?;
        open(raw.ptr())?;
        let shared = Arc::new(Shared::default());
        shared.lock().interest = ENDED;
        let console = Self { raw, shared: Arc::clone(&shared), object: format!("the {kind} of {domain}") };
        let opaque = Arc::into_raw(shared).cast_mut().cast();
        let watched = console.call("watch").done(|| {
            // SAFETY: the stream is owned; libvirt gives the reference in `opaque` back by `release`.
            unsafe {
                let events = ENDED.cast_signed();
                sys::virStreamEventAddCallback(
                    console.raw.ptr(),
                    events,
                    Some(on_event),
                    opaque,
                    Some(release),
                )
            }
        });
        if watched.is_err() {
            // SAFETY: libvirt did not take the reference.
            unsafe { release(opaque) };
        }
        watched.map(|()| console)
    }

    fn call(&self, attempted: &'static str) -> Call<'_> {
        Call::new(attempted, &self.object)
    }

    /// Waits for bytes from the guest; 0 means that one of the sides closed.
    ///
    /// # Errors
    /// That the console or the connection broke.
    pub fn receive(&self, buffer: &mut [u8]) -> Result<usize> {
        let (data, length) = (buffer.as_mut_ptr().cast(), buffer.len());
        // SAFETY: the stream is owned, and the buffer has room for `length` bytes.
        self.carry("read from", READABLE, || unsafe { sys::virStreamRecv(self.raw.ptr(), data, length) })
    }

    /// Sends bytes to the guest and returns how many went; 0 means that one of the sides closed.
    ///
    /// # Errors
    /// That the console or the connection broke.
    pub fn send(&self, bytes: &[u8]) -> Result<usize> {
        let (data, length) = (bytes.as_ptr().cast(), bytes.len());
        // SAFETY: the stream is owned, and the bytes live during the call.
        self.carry("write to", WRITABLE, || unsafe { sys::virStreamSend(self.raw.ptr(), data, length) })
    }

    /// Ends the console; a thread that waits in [`receive`](Self::receive) returns.
    pub fn hang_up(&self) {
        {
            let mut state = self.shared.lock();
            if state.is_closed {
                return;
            }
            state.is_closed = true;
        }
        self.shared.changed.notify_all();
        // SAFETY: the stream is owned. One that broke is ended already, which is no matter here.
        unsafe {
            sys::virStreamEventRemoveCallback(self.raw.ptr());
            sys::virStreamAbort(self.raw.ptr());
        }
    }

    /// Repeats `attempt` until it does not have to wait, waiting for `event` in between.
    fn carry(
        &self,
        attempted: &'static str,
        event: u32,
        mut attempt: impl FnMut() -> c_int,
    ) -> Result<usize> {
        loop {
            if self.shared.lock().is_closed {
                return Ok(0);
            }
            let mut would_wait = false;
            let result = self.call(attempted).number(|| match attempt() {
                WOULD_WAIT => {
                    would_wait = true;
                    0
                }
                count => count,
            });
            match result {
                Ok(count) if !would_wait => return Ok(count.cast_unsigned() as usize),
                Ok(_) => {}
                // What fails after hanging up is only that it was hung up.
                Err(_) if self.shared.lock().is_closed => return Ok(0),
                Err(error) => return Err(error),
            }
            if !self.wait(event)? {
                return Ok(0);
            }
        }
    }

    /// Waits for an event; false means that there will be none.
    fn wait(&self, event: u32) -> Result<bool> {
        let mut state = self.shared.lock();
        state.ready &= !event;
        if state.ready & ENDED != 0 || state.is_closed {
            return Ok(false);
        }
        state.interest |= event;
        let interest = state.interest.cast_signed();
        // SAFETY: the stream is owned, and libvirt calls nobody back from within.
        self.call("watch").done(|| unsafe { sys::virStreamEventUpdateCallback(self.raw.ptr(), interest) })?;
        while state.ready & (event | ENDED) == 0 && !state.is_closed {
            let (guard, waited) =
                self.shared.changed.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner);
            state = guard;
            if waited.timed_out() && !self.raw.connection().is_alive().unwrap_or(false) {
                return Err(self.call("wait for").refuse(ErrorCode::RPC, "the connection is lost"));
            }
        }
        Ok(!state.is_closed)
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.hang_up();
    }
}

/// What the event loop calls.
unsafe extern "C" fn on_event(stream: sys::virStreamPtr, events: c_int, opaque: *mut c_void) {
    // SAFETY: `opaque` is the reference that libvirt keeps until `release`.
    let shared = unsafe { &*opaque.cast::<Shared>() };
    let events = events.cast_unsigned();
    let mut state = shared.lock();
    state.ready |= events;
    state.interest &= !events;
    if events & ENDED != 0 {
        state.interest = 0;
    }
    // SAFETY: libvirt holds the stream while it calls this.
    unsafe { sys::virStreamEventUpdateCallback(stream, state.interest.cast_signed()) };
    drop(state);
    shared.changed.notify_all();
}

unsafe extern "C" fn release(opaque: *mut c_void) {
    // SAFETY: this gives back the reference that was handed to libvirt, once.
    drop(unsafe { Arc::from_raw(opaque.cast::<Shared>()) });
}
