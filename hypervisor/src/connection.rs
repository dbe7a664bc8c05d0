//! Connections to hypervisors.
#![allow(unsafe_code)]

use std::ffi::{CString, c_int, c_uint};
use std::fmt;
use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::{Arc, Once, OnceLock, Weak, mpsc};
use std::thread;
use std::time::Duration;

use virt::connect::Connect;
use virt_sys as sys;

use crate::auth::{self, Authenticate};
use crate::call::{Call, or_null};
use crate::error::{Error, ErrorCode, Result};
use crate::event::{self, Closing};
use crate::host::SecurityModel;

/// How a connection is opened.
#[derive(Clone)]
pub struct OpenOptions {
    /// Which hypervisor; `None` leaves it to libvirt: `LIBVIRT_DEFAULT_URI`, its configuration file, or what it finds.
    pub uri: Option<String>,
    /// Whether only questions are allowed.
    pub read_only: bool,
    /// How long it may take; `None` waits as long as libvirt does.
    pub time_limit: Option<Duration>,
    /// Who answers for the user; `None` fails where the hypervisor asks.
    pub auth: Option<Arc<dyn Authenticate>>,
    /// How a dead peer is noticed; `None` never asks whether it lives.
    pub keep_alive: Option<KeepAlive>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            uri: None,
            read_only: false,
            time_limit: None,
            auth: None,
            keep_alive: Some(KeepAlive::default()),
        }
    }
}

impl OpenOptions {
    /// Opens this URI, all else as usual.
    #[must_use]
    pub fn uri(uri: impl Into<String>) -> Self {
        Self { uri: Some(uri.into()), ..Self::default() }
    }
}

impl fmt::Debug for OpenOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenOptions")
            .field("uri", &self.uri)
            .field("read_only", &self.read_only)
            .field("time_limit", &self.time_limit)
            .field("auth", &self.auth.is_some())
            .field("keep_alive", &self.keep_alive)
            .finish()
    }
}

/// How often the peer is asked whether it lives, and how many silent times mean that it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepAlive {
    /// Time between two questions, in whole seconds.
    pub interval: Duration,
    /// Questions without an answer after which the connection is closed.
    pub count: u32,
}

impl Default for KeepAlive {
    fn default() -> Self {
        Self { interval: Duration::from_secs(5), count: 6 }
    }
}

/// The URI that the first of these environment variables that is set and not empty gives.
///
/// Each program has its own variables before libvirt's: `virsh` asks for `VIRSH_DEFAULT_CONNECT_URI`. libvirt reads
/// `LIBVIRT_DEFAULT_URI` by itself where [`OpenOptions::uri`] is `None`.
#[must_use]
pub fn default_uri(variables: &[&str]) -> Option<String> {
    variables.iter().find_map(|variable| std::env::var(variable).ok().filter(|uri| !uri.is_empty()))
}

/// A connection to a hypervisor. It is cheap to clone, and closes when the last clone and the last handle are gone.
#[derive(Clone)]
pub struct Connection(Arc<Inner>);

/// What all clones of a connection share.
pub(crate) struct Inner {
    raw: ManuallyDrop<Connect>,
    uri: String,
    closing: Arc<Closing>,
    /// How the host confines domains, once it was asked: that stays as it is while libvirt's daemon runs.
    security_model: OnceLock<Option<SecurityModel>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        // SAFETY: it is taken once, here, and not used again.
        let raw = unsafe { ManuallyDrop::take(&mut self.raw) };
        let close = move || {
            Closing::forget(&raw);
            drop(raw);
        };
        // The loop cannot wait for an answer that only the loop can receive.
        if event::runs_here() {
            thread::spawn(close);
        } else {
            close();
        }
    }
}

impl fmt::Display for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.uri())
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Connection").field(&self.uri()).finish()
    }
}

impl Connection {
    /// Opens a connection.
    ///
    /// # Errors
    /// When the hypervisor cannot be reached, refuses the user, or does not answer within the time limit. A late
    /// connection is closed as soon as it comes.
    pub fn open(options: &OpenOptions) -> Result<Self> {
        prepare();
        event::start();
        let Some(limit) = options.time_limit else { return Self::open_now(options) };
        let (sender, receiver) = mpsc::sync_channel(1);
        let late = options.clone();
        let spawned = thread::Builder::new().name("open".into()).spawn(move || {
            // Where nobody waits any more, the connection is dropped, and so closed, here.
            let _ = sender.send(Self::open_now(&late));
        });
        let object = asked(options);
        let refuse = |code, message: String| Call::new("connect to", &object).refuse(code, message);
        if let Err(error) = spawned {
            return Err(refuse(ErrorCode::SYSTEM_ERROR, error.to_string()));
        }
        receiver.recv_timeout(limit).unwrap_or_else(|_| {
            let message = format!("no answer within {} s", limit.as_secs_f32());
            Err(refuse(ErrorCode::OPERATION_TIMEOUT, message))
        })
    }

    fn open_now(options: &OpenOptions) -> Result<Self> {
        let object = asked(options);
        let call = Call::new("connect to", &object);
        let uri = options.uri.as_deref().map(|uri| call.c_text(uri)).transpose()?;
        let raw = open_raw(call, uri.as_ref(), options)?;
        if let Some(KeepAlive { interval, count }) = options.keep_alive {
            let interval = c_int::try_from(interval.as_secs()).unwrap_or(c_int::MAX);
            // Drivers without a peer have nothing to ask.
            let _ = Call::new("watch", &object).run(|| raw.set_keep_alive(interval, count));
        }
        let uri = Call::new("ask the URI of", &object).run(|| raw.uri())?;
        let closing = Closing::watch(&raw);
        Ok(Self(Arc::new(Inner {
            raw: ManuallyDrop::new(raw),
            uri,
            closing,
            security_model: OnceLock::new(),
        })))
    }

    pub(crate) fn known_security_model(&self) -> &OnceLock<Option<SecurityModel>> {
        &self.0.security_model
    }

    pub(crate) fn raw(&self) -> &Connect {
        &self.0.raw
    }

    pub(crate) fn closing(&self) -> &Closing {
        &self.0.closing
    }

    pub(crate) fn downgrade(&self) -> Weak<Inner> {
        Arc::downgrade(&self.0)
    }

    pub(crate) fn upgrade(inner: &Weak<Inner>) -> Option<Self> {
        inner.upgrade().map(Self)
    }

    pub(crate) fn ptr(&self) -> sys::virConnectPtr {
        // SAFETY: the pointer is only used while `self`, which owns it, is borrowed or cloned.
        unsafe { self.raw().as_ptr() }
    }

    pub(crate) fn call(&self, attempted: &'static str) -> Call<'_> {
        Call::new(attempted, self)
    }

    /// Asks the peer from now on whether it lives.
    ///
    /// # Errors
    /// Where there is no peer to ask, as the driver runs in this process.
    pub fn set_keep_alive(&self, keep_alive: KeepAlive) -> Result<()> {
        let interval = c_int::try_from(keep_alive.interval.as_secs()).unwrap_or(c_int::MAX);
        self.call("watch").run(|| self.raw().set_keep_alive(interval, keep_alive.count)).map(drop)
    }

    /// The URI as the hypervisor gives it, e.g. `qemu:///session`.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.0.uri
    }
}

/// What errors call a connection that is not there yet.
fn asked(options: &OpenOptions) -> &str {
    options.uri.as_deref().filter(|uri| !uri.is_empty()).unwrap_or("the default hypervisor")
}

fn open_raw(call: Call<'_>, uri: Option<&CString>, options: &OpenOptions) -> Result<Connect> {
    let flags = if options.read_only { sys::VIR_CONNECT_RO } else { 0 };
    let mut kinds = auth::KINDS.map(|kind| kind as c_int);
    let asker = options.auth.as_deref();
    let mut auth = sys::virConnectAuth {
        credtype: kinds.as_mut_ptr(),
        ncredtype: kinds.len() as c_uint,
        cb: Some(auth::ask),
        cbdata: ptr::null_mut(),
    };
    if let Some(asker) = &asker {
        auth.cbdata = ptr::from_ref::<&dyn Authenticate>(asker).cast_mut().cast();
    }
    let auth = if asker.is_some() { &raw mut auth } else { ptr::null_mut() };
    // SAFETY: URI and `auth` live during the call, and libvirt keeps neither.
    let raw = call.pointer(|| unsafe { sys::virConnectOpenAuth(or_null(uri), auth, flags) })?;
    // SAFETY: the new reference is owned by nobody else.
    Ok(unsafe { Connect::from_ptr(raw.as_ptr()) })
}

/// Readies libvirt, once a process.
fn prepare() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // libvirt prints each error on standard error unless it is given something else to do with it.
        virt::error::clear_error_callback();
    });
}

impl From<Error> for std::io::Error {
    fn from(error: Error) -> Self {
        Self::other(error)
    }
}
