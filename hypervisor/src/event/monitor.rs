//! QEMU's own events, which libvirt passes on unread.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_longlong, c_uint, c_void};
use std::fmt;
use std::ptr;
use std::sync::Weak;

use async_channel::{Receiver, Sender};
use virt_sys as sys;

use crate::call::{copy_text, or_null};
use crate::connection::Inner;
use crate::flags::MonitorEventFlags;
use crate::{Connection, Domain, Result};

/// Something that QEMU said.
#[derive(Debug, Clone)]
pub struct MonitorEvent {
    /// Of which domain.
    pub domain: Domain,
    /// QEMU's name of the event.
    pub name: String,
    /// When: seconds since 1970.
    pub seconds: i64,
    /// And microseconds.
    pub microseconds: u32,
    /// A JSON object, where the event has one.
    pub details: Option<String>,
}

/// QEMU's events on their way to somebody, until it is dropped.
pub struct MonitorSubscription {
    connection: Connection,
    receiver: Receiver<MonitorEvent>,
    id: c_int,
}

impl fmt::Debug for MonitorSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MonitorSubscription").field("connection", &self.connection).finish_non_exhaustive()
    }
}

/// Whom the callback tells.
struct Listener {
    sender: Sender<MonitorEvent>,
    /// Not counted: what libvirt holds for a connection must not keep that connection open.
    connection: Weak<Inner>,
}

unsafe extern "C" fn release(listener: *mut c_void) {
    // SAFETY: registration handed this box over, and libvirt gives it back once.
    drop(unsafe { Box::from_raw(listener.cast::<Listener>()) });
}

unsafe extern "C" fn tell(
    _: sys::virConnectPtr,
    domain: sys::virDomainPtr,
    name: *const c_char,
    seconds: c_longlong,
    microseconds: c_uint,
    details: *const c_char,
    listener: *mut c_void,
) {
    // SAFETY: the listener lives until `release`.
    let listener = unsafe { &*listener.cast::<Listener>() };
    let Some(connection) = Connection::upgrade(&listener.connection) else { return };
    // SAFETY: libvirt holds the domain during the callback; the handle takes a reference of its own.
    let raw = unsafe {
        sys::virDomainRef(domain);
        virt::domain::Domain::from_ptr(domain)
    };
    let Ok(domain) = Domain::new(raw, &connection) else { return };
    // SAFETY: both texts live during the callback.
    let (name, details) = unsafe { (copy_text(name), (!details.is_null()).then(|| copy_text(details))) };
    // The channel has no bounds; one that is closed has no listener.
    let _ = listener.sender.try_send(MonitorEvent { domain, name, seconds, microseconds, details });
}

impl Connection {
    /// Listens to QEMU's events: of one domain or all, of one name or all.
    ///
    /// # Errors
    /// That the driver is not QEMU's.
    pub fn subscribe_monitor(
        &self,
        domain: Option<&Domain>,
        name: Option<&str>,
        flags: MonitorEventFlags,
    ) -> Result<MonitorSubscription> {
        let call = self.call("listen to QEMU on");
        let name = name.map(|name| call.c_text(name)).transpose()?;
        let (sender, receiver) = async_channel::unbounded();
        let listener: *mut c_void =
            Box::into_raw(Box::new(Listener { sender, connection: self.downgrade() })).cast();
        // SAFETY: connection and domain are owned and the text lives during the call; libvirt calls the callback with
        // the listener and releases that once.
        let registered = call.number(|| unsafe {
            sys::virConnectDomainQemuMonitorEventRegister(
                self.ptr(),
                domain.map_or(ptr::null_mut(), Domain::ptr),
                or_null(name.as_ref()),
                Some(tell),
                listener,
                Some(release),
                flags.0,
            )
        });
        if registered.is_err() {
            // SAFETY: libvirt did not take the listener.
            unsafe { release(listener) };
        }
        Ok(MonitorSubscription { connection: self.clone(), receiver, id: registered? })
    }
}

impl MonitorSubscription {
    /// Where the events come out.
    #[must_use]
    pub fn receiver(&self) -> &Receiver<MonitorEvent> {
        &self.receiver
    }
}

impl Drop for MonitorSubscription {
    fn drop(&mut self) {
        // SAFETY: the connection is owned, and the registration ends once. A connection that broke has none.
        unsafe { sys::virConnectDomainQemuMonitorEventDeregister(self.connection.ptr(), self.id) };
    }
}
