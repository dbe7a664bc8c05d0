//! Who listens to which events.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::fmt;
use std::mem::transmute;
use std::ptr;

use async_channel::{Receiver, Sender};
use virt_sys as sys;

use super::callbacks::{self, Listener};
use super::class::Callback;
use super::{Class, Event, Source};
use crate::call::Call;
use crate::{Connection, Domain, Result};

/// Events on their way to somebody, until it is dropped.
pub struct Subscription {
    connection: Connection,
    sender: Sender<Event>,
    receiver: Receiver<Event>,
    registered: Vec<(Source, c_int)>,
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("connection", &self.connection)
            .field("registered", &self.registered)
            .finish_non_exhaustive()
    }
}

impl Connection {
    /// Listens to events of these classes.
    ///
    /// # Errors
    /// That the driver, or this libvirt, does not have one of them.
    pub fn subscribe(&self, classes: &[Class]) -> Result<Subscription> {
        let (sender, receiver) = async_channel::unbounded();
        let mut subscription =
            Subscription { connection: self.clone(), sender, receiver, registered: Vec::new() };
        classes.iter().try_for_each(|&class| subscription.add(class))?;
        Ok(subscription)
    }
}

impl Subscription {
    /// Where the events come out.
    #[must_use]
    pub fn receiver(&self) -> &Receiver<Event> {
        &self.receiver
    }

    /// Listens to one class more.
    ///
    /// # Errors
    /// That the driver, or this libvirt, does not have it.
    pub fn add(&mut self, class: Class) -> Result<()> {
        self.register(class, None)
    }

    /// Listens to one class more, of one domain only.
    ///
    /// # Errors
    /// That the driver, or this libvirt, does not have it, or that it is no class of domains.
    pub fn add_for(&mut self, class: Class, domain: &Domain) -> Result<()> {
        if class.source() == Source::Domain {
            return self.register(class, Some(domain));
        }
        let message = format!("'{}' is no event of domains", class.name());
        Err(domain.call("listen to").refuse(crate::ErrorCode::INVALID_ARG, message))
    }

    fn register(&mut self, class: Class, domain: Option<&Domain>) -> Result<()> {
        let Some((number, callback)) = class.registration() else {
            self.connection.closing().listen(self.sender.clone());
            return Ok(());
        };
        let listener = Listener { sender: self.sender.clone(), connection: self.connection.downgrade() };
        let listener: *mut c_void = Box::into_raw(Box::new(listener)).cast();
        let (connection, number) = (self.connection.ptr(), number.cast_signed());
        let release: sys::virFreeCallback = Some(callbacks::release);
        let call = Call::new(format!("listen to '{}' events of", class.name()), &self.connection);
        macro_rules! register {
            ($function:ident, $Callback:ident, $object:expr) => {{
                let callback = transmute::<Option<Callback>, sys::$Callback>(Some(callback));
                sys::$function(connection, $object, number, callback, listener, release)
            }};
        }
        // SAFETY: connection and domain are owned. libvirt calls the callback by the type of its event, whatever type
        // registration takes it as, gives it the listener, and releases that once.
        let registered = call.number(|| unsafe {
            match class.source() {
                Source::Domain => {
                    let domain = domain.map_or(ptr::null_mut(), Domain::ptr);
                    register!(virConnectDomainEventRegisterAny, virConnectDomainEventGenericCallback, domain)
                }
                Source::Network => register!(
                    virConnectNetworkEventRegisterAny,
                    virConnectNetworkEventGenericCallback,
                    ptr::null_mut()
                ),
                Source::Pool => register!(
                    virConnectStoragePoolEventRegisterAny,
                    virConnectStoragePoolEventGenericCallback,
                    ptr::null_mut()
                ),
                Source::NodeDevice => register!(
                    virConnectNodeDeviceEventRegisterAny,
                    virConnectNodeDeviceEventGenericCallback,
                    ptr::null_mut()
                ),
                Source::Secret => register!(
                    virConnectSecretEventRegisterAny,
                    virConnectSecretEventGenericCallback,
                    ptr::null_mut()
                ),
                Source::Connection => -1,
            }
        });
        match registered {
            Ok(id) => self.registered.push((class.source(), id)),
            // SAFETY: libvirt did not take the listener.
            Err(_) => unsafe { callbacks::release(listener) },
        }
        registered.map(drop)
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let connection = self.connection.ptr();
        self.connection.closing().leave(&self.sender);
        for (source, id) in self.registered.drain(..) {
            // SAFETY: the connection is owned, and each registration ends once; libvirt releases the listener when no
            // callback uses it any more. A connection that broke has no registrations, which is no matter here.
            unsafe {
                match source {
                    Source::Domain => sys::virConnectDomainEventDeregisterAny(connection, id),
                    Source::Network => sys::virConnectNetworkEventDeregisterAny(connection, id),
                    Source::Pool => sys::virConnectStoragePoolEventDeregisterAny(connection, id),
                    Source::NodeDevice => sys::virConnectNodeDeviceEventDeregisterAny(connection, id),
                    Source::Secret => sys::virConnectSecretEventDeregisterAny(connection, id),
                    Source::Connection => 0,
                };
            }
        }
    }
}
