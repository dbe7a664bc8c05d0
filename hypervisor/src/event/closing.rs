//! The end of a connection, told to all who listen: libvirt itself tells only one.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_channel::Sender;
use virt::connect::Connect;
use virt_sys as sys;

use super::Event;
use crate::call::Call;

/// Why a connection was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// Something went wrong with it.
    Error,
    /// The other side closed it: the daemon stopped.
    EndOfFile,
    /// The other side did not answer any more.
    KeepAlive,
    /// This side closed it.
    Client,
    /// A reason newer than this crate.
    Other(u32),
}

impl From<u32> for CloseReason {
    fn from(number: u32) -> Self {
        match number {
            sys::VIR_CONNECT_CLOSE_REASON_ERROR => Self::Error,
            sys::VIR_CONNECT_CLOSE_REASON_EOF => Self::EndOfFile,
            sys::VIR_CONNECT_CLOSE_REASON_KEEPALIVE => Self::KeepAlive,
            sys::VIR_CONNECT_CLOSE_REASON_CLIENT => Self::Client,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "the connection failed",
            Self::EndOfFile => "the daemon closed the connection",
            Self::KeepAlive => "the host did not answer any more",
            Self::Client => "the connection was closed here",
            Self::Other(_) => "for an unknown reason",
        })
    }
}

/// Who wants to hear of a connection's end, and whether it came.
#[derive(Debug, Default)]
pub(crate) struct Closing(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    listeners: Vec<Sender<Event>>,
    reason: Option<CloseReason>,
}

impl Closing {
    /// Asks libvirt to tell of the end; where a driver has no other side there is nothing to tell.
    pub(crate) fn watch(raw: &Connect) -> Arc<Self> {
        let closing = Arc::new(Self::default());
        let opaque = Arc::into_raw(Arc::clone(&closing)).cast_mut().cast();
        let watched = Call::new("watch", &"the connection").done(|| {
            // SAFETY: the connection is owned; libvirt gives the reference in `opaque` back by `release`.
            unsafe {
                sys::virConnectRegisterCloseCallback(raw.as_ptr(), Some(on_close), opaque, Some(release))
            }
        });
        if watched.is_err() {
            // SAFETY: libvirt did not take the reference.
            unsafe { release(opaque) };
        }
        closing
    }

    /// Ends [`watch`](Self::watch), as libvirt keeps a watched connection open.
    pub(crate) fn forget(raw: &Connect) {
        // SAFETY: the connection is owned. One that was not watched has nothing to forget, which is no matter.
        unsafe { sys::virConnectUnregisterCloseCallback(raw.as_ptr(), Some(on_close)) };
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that is done under the lock can leave the state half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells a listener of the end, at once where it came already.
    pub(super) fn listen(&self, sender: Sender<Event>) {
        let mut state = self.lock();
        match state.reason {
            Some(reason) => drop(sender.try_send(Event::Closed(reason))),
            None => state.listeners.push(sender),
        }
    }

    /// Tells a listener no more.
    pub(super) fn leave(&self, sender: &Sender<Event>) {
        self.lock().listeners.retain(|listener| !listener.same_channel(sender));
    }

    fn close(&self, reason: CloseReason) {
        let listeners = {
            let mut state = self.lock();
            state.reason = Some(reason);
            std::mem::take(&mut state.listeners)
        };
        for listener in listeners {
            // A channel that is closed has no listener.
            let _ = listener.try_send(Event::Closed(reason));
        }
    }
}

unsafe extern "C" fn on_close(_: sys::virConnectPtr, reason: c_int, closing: *mut c_void) {
    // SAFETY: this is the reference that libvirt keeps until `release`.
    let closing = unsafe { &*closing.cast::<Closing>() };
    closing.close(reason.cast_unsigned().into());
}

unsafe extern "C" fn release(closing: *mut c_void) {
    // SAFETY: this gives back the reference that was handed to libvirt, once.
    drop(unsafe { Arc::from_raw(closing.cast::<Closing>()) });
}
