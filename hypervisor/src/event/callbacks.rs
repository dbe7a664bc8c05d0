//! What libvirt calls: each C callback turns its arguments into an [`Event`] and sends it.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_longlong, c_uint, c_ulonglong, c_void};
use std::mem::transmute;
use std::sync::Weak;

use async_channel::Sender;
use virt_sys as sys;

use super::class::Callback;
use super::{Address, DomainEvent, Event, Lifecycle, ObjectEvent};
use crate::call::copy_text;
use crate::connection::Inner;
use crate::{Connection, Domain, KiB, Network, NodeDevice, Parameter, Pool, Result, Secret, parameter};

/// Whom a callback tells.
pub(super) struct Listener {
    pub(super) sender: Sender<Event>,
    /// Not counted: what libvirt holds for a connection must not keep that connection open.
    pub(super) connection: Weak<Inner>,
}

impl Listener {
    /// Sends what `make` makes of the connection; nobody hears of a connection that is gone already.
    fn tell(&self, make: impl FnOnce(&Connection) -> Result<Event>) {
        if let Some(connection) = Connection::upgrade(&self.connection)
            && let Ok(event) = make(&connection)
        {
            // The channel has no bounds, so that it never keeps the loop waiting; one that is closed has no listener.
            let _ = self.sender.try_send(event);
        }
    }
}

/// What libvirt calls when it needs a listener no more.
pub(super) unsafe extern "C" fn release(listener: *mut c_void) {
    // SAFETY: registration handed this box over, and libvirt gives it back once.
    drop(unsafe { Box::from_raw(listener.cast::<Listener>()) });
}

macro_rules! callbacks {
    ($kind:ident($ptr:ty) {
        $($name:ident($($argument:ident: $Type:ty),*) => $event:expr;)*
    }) => {$(
        /// The callback, in the type that registration takes.
        pub(super) fn $name() -> Callback {
            unsafe extern "C" fn callback(
                _: sys::virConnectPtr,
                object: $ptr,
                $($argument: $Type,)*
                listener: *mut c_void,
            ) {
                // SAFETY: the listener lives until `release`; object and texts live during this call.
                unsafe { $kind(listener, object, || $event) }
            }
            // SAFETY: libvirt's registration takes all callbacks as one type, and calls each by the type of its event.
            unsafe { transmute(callback as unsafe extern "C" fn(_, _, $(callbacks!(@ $Type),)* _)) }
        }
    )*};
    (@ $Type:ty) => { $Type };
}

/// Defines how a callback's object becomes a handle.
macro_rules! objects {
    ($($function:ident($ptr:ty, $reference:ident, $raw:path, $Handle:ident, $Event:ident);)*) => {$(
        unsafe fn $function(listener: *mut c_void, object: $ptr, event: impl FnOnce() -> event_of!($Event)) {
            // SAFETY: promised by the caller.
            let listener = unsafe { &*listener.cast::<Listener>() };
            listener.tell(|connection| {
                // SAFETY: libvirt holds the object during the callback; the handle takes a reference of its own.
                let raw = unsafe {
                    sys::$reference(object);
                    <$raw>::from_ptr(object)
                };
                Ok(Event::$Event($Handle::new(raw, connection)?, event()))
            });
        }
    )*};
}

macro_rules! event_of {
    (Domain) => {
        DomainEvent
    };
    ($Other:ident) => {
        ObjectEvent
    };
}

objects! {
    domain(sys::virDomainPtr, virDomainRef, virt::domain::Domain, Domain, Domain);
    network(sys::virNetworkPtr, virNetworkRef, virt::network::Network, Network, Network);
    pool(sys::virStoragePoolPtr, virStoragePoolRef, virt::storage_pool::StoragePool, Pool, Pool);
    node_device(sys::virNodeDevicePtr, virNodeDeviceRef, virt::nodedev::NodeDevice, NodeDevice, NodeDevice);
    secret(sys::virSecretPtr, virSecretRef, virt::secret::Secret, Secret, Secret);
}

type Text = *const c_char;

/// # Safety
/// As [`copy_text`].
unsafe fn text(text: Text) -> String {
    // SAFETY: promised by the caller.
    unsafe { copy_text(text) }
}

fn number(number: c_int) -> u32 {
    number.cast_unsigned()
}

/// # Safety
/// The list holds `count` filled parameters.
unsafe fn values(list: sys::virTypedParameterPtr, count: c_int) -> Vec<Parameter> {
    // SAFETY: promised by the caller.
    unsafe { parameter::copy(list, count) }
}

/// # Safety
/// `address` is null or valid.
unsafe fn address(address: *const sys::virDomainEventGraphicsAddress) -> Address {
    // SAFETY: promised by the caller, as are the texts.
    unsafe {
        address.as_ref().map_or_else(Address::default, |address| Address {
            family: number(address.family),
            node: text(address.node),
            service: text(address.service),
        })
    }
}

/// # Safety
/// `subject` is null or valid.
unsafe fn identities(subject: *const sys::virDomainEventGraphicsSubject) -> Vec<(String, String)> {
    // SAFETY: promised by the caller, as are the identities and their texts.
    unsafe {
        let Some(subject) = subject.as_ref() else { return Vec::new() };
        let count = usize::try_from(subject.nidentity).unwrap_or_default();
        (0..count)
            .map(|index| &*subject.identities.add(index))
            .map(|one| (text(one.type_), text(one.name)))
            .collect()
    }
}

callbacks! { domain(sys::virDomainPtr) {
    lifecycle(event: c_int, detail: c_int) =>
        DomainEvent::Lifecycle(Lifecycle { event: number(event), detail: number(detail) });
    reboot() => DomainEvent::Reboot;
    rtc_change(offset: c_longlong) => DomainEvent::RtcChange { offset };
    watchdog(action: c_int) => DomainEvent::Watchdog { action: number(action) };
    io_error(path: Text, alias: Text, action: c_int) =>
        DomainEvent::IoError { path: text(path), alias: text(alias), action: number(action) };
    io_error_reason(path: Text, alias: Text, action: c_int, reason: Text) => DomainEvent::IoErrorReason {
        path: text(path), alias: text(alias), action: number(action), reason: text(reason),
    };
    graphics(
        phase: c_int,
        local: *const sys::virDomainEventGraphicsAddress,
        remote: *const sys::virDomainEventGraphicsAddress,
        scheme: Text,
        subject: *const sys::virDomainEventGraphicsSubject
    ) => DomainEvent::Graphics {
        phase: number(phase),
        local: address(local),
        remote: address(remote),
        scheme: text(scheme),
        identities: identities(subject),
    };
    control_error() => DomainEvent::ControlError;
    block_job(disk: Text, kind: c_int, status: c_int) =>
        DomainEvent::BlockJob { disk: text(disk), kind: number(kind), status: number(status) };
    disk_change(old: Text, new: Text, alias: Text, reason: c_int) => DomainEvent::DiskChange {
        old: text(old), new: text(new), alias: text(alias), reason: number(reason),
    };
    tray_change(alias: Text, reason: c_int) =>
        DomainEvent::TrayChange { alias: text(alias), reason: number(reason) };
    pm_wakeup(reason: c_int) => DomainEvent::PmWakeup { reason: number(reason) };
    pm_suspend(reason: c_int) => DomainEvent::PmSuspend { reason: number(reason) };
    balloon_change(actual: c_ulonglong) => DomainEvent::BalloonChange { actual: KiB(actual) };
    pm_suspend_disk(reason: c_int) => DomainEvent::PmSuspendDisk { reason: number(reason) };
    device_removed(alias: Text) => DomainEvent::DeviceRemoved { alias: text(alias) };
    block_job_2(disk: Text, kind: c_int, status: c_int) =>
        DomainEvent::BlockJob2 { disk: text(disk), kind: number(kind), status: number(status) };
    tunable(list: sys::virTypedParameterPtr, count: c_int) => DomainEvent::Tunable { values: values(list, count) };
    agent_lifecycle(state: c_int, reason: c_int) =>
        DomainEvent::AgentLifecycle { state: number(state), reason: number(reason) };
    device_added(alias: Text) => DomainEvent::DeviceAdded { alias: text(alias) };
    migration_iteration(iteration: c_int) => DomainEvent::MigrationIteration { iteration: number(iteration) };
    job_completed(list: sys::virTypedParameterPtr, count: c_int) =>
        DomainEvent::JobCompleted { values: values(list, count) };
    device_removal_failed(alias: Text) => DomainEvent::DeviceRemovalFailed { alias: text(alias) };
    metadata_change(kind: c_int, namespace: Text) =>
        DomainEvent::MetadataChange { kind: number(kind), namespace: text(namespace) };
    block_threshold(device: Text, path: Text, threshold: c_ulonglong, excess: c_ulonglong) =>
        DomainEvent::BlockThreshold { device: text(device), path: text(path), threshold, excess };
    memory_failure(recipient: c_int, action: c_int, flags: c_uint) =>
        DomainEvent::MemoryFailure { recipient: number(recipient), action: number(action), flags };
    memory_device_size_change(alias: Text, size: c_ulonglong) =>
        DomainEvent::MemoryDeviceSizeChange { alias: text(alias), size: KiB(size) };
    nic_mac_change(alias: Text, old: Text, new: Text) =>
        DomainEvent::NicMacChange { alias: text(alias), old: text(old), new: text(new) };
}}

fn object_lifecycle(event: c_int, detail: c_int) -> ObjectEvent {
    ObjectEvent::Lifecycle(Lifecycle { event: number(event), detail: number(detail) })
}

callbacks! { network(sys::virNetworkPtr) {
    network_lifecycle(event: c_int, detail: c_int) => object_lifecycle(event, detail);
    network_metadata(kind: c_int, namespace: Text) =>
        ObjectEvent::Metadata { kind: number(kind), namespace: text(namespace) };
}}

callbacks! { pool(sys::virStoragePoolPtr) {
    pool_lifecycle(event: c_int, detail: c_int) => object_lifecycle(event, detail);
    pool_changed() => ObjectEvent::Changed;
}}

callbacks! { node_device(sys::virNodeDevicePtr) {
    node_device_lifecycle(event: c_int, detail: c_int) => object_lifecycle(event, detail);
    node_device_changed() => ObjectEvent::Changed;
}}

callbacks! { secret(sys::virSecretPtr) {
    secret_lifecycle(event: c_int, detail: c_int) => object_lifecycle(event, detail);
    secret_changed() => ObjectEvent::Changed;
}}
