//! Events of hypervisors, as messages.
//!
//! libvirt tells of events, and answers keep-alive questions, while somebody runs its event loop. One thread of the
//! process does, from before the first connection is opened until the process ends. What it learns goes into the
//! channels of [`Subscription`]s: a shell waits on one, a window's main loop awaits one.
//!
//! ```no_run
//! # use hypervisor::{Connection, OpenOptions, event::{Class, Event}};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let connection = Connection::open(&OpenOptions::default())?;
//! let subscription = connection.subscribe(&[Class::Lifecycle, Class::Closed])?;
//! while let Ok(event) = subscription.receiver().recv_blocking() {
//!     match event {
//!         Event::Domain(domain, event) => println!("{domain}: {event:?}"),
//!         Event::Closed(reason) => return Err(format!("the connection ended: {reason}").into()),
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod callbacks;
mod class;
mod closing;
mod event_loop;
mod lifecycle;
mod monitor;
mod subscription;

pub use class::{Class, Source};
pub use closing::CloseReason;
pub use lifecycle::Lifecycle;
pub use monitor::{MonitorEvent, MonitorSubscription};
pub use subscription::Subscription;

pub(crate) use closing::Closing;
pub(crate) use event_loop::{held, runs_here, start};

use crate::{Domain, KiB, Network, NodeDevice, Parameter, Pool, Secret};

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// To a domain.
    Domain(Domain, DomainEvent),
    /// To a network.
    Network(Network, ObjectEvent),
    /// To a storage pool.
    Pool(Pool, ObjectEvent),
    /// To a device of the host.
    NodeDevice(NodeDevice, ObjectEvent),
    /// To a secret.
    Secret(Secret, ObjectEvent),
    /// The connection is closed; nothing else will come.
    Closed(CloseReason),
}

/// What happened to something other than a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectEvent {
    /// It came, went, started or stopped: libvirt's number, whose meaning depends on the object.
    Lifecycle(Lifecycle),
    /// What it holds changed: a pool was refreshed, a device updated, a secret given another value.
    Changed,
    /// What its owner wrote about it changed: which kind, and the namespace of an application's part.
    Metadata {
        /// Title, description or element (`virNetworkMetadataType`).
        kind: u32,
        /// The namespace; empty where there is none.
        namespace: String,
    },
}

/// What happened to a domain. Numbers without a name of ours are libvirt's.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the fields are named as in libvirt's documentation")]
pub enum DomainEvent {
    /// It was defined, started, stopped …
    Lifecycle(Lifecycle),
    /// The guest rebooted.
    Reboot,
    /// The guest set its clock: seconds from UTC.
    RtcChange { offset: i64 },
    /// The watchdog struck.
    Watchdog { action: u32 },
    /// A disk failed.
    IoError { path: String, alias: String, action: u32 },
    /// A disk failed, with the reason.
    IoErrorReason { path: String, alias: String, action: u32, reason: String },
    /// Somebody came to, was let in at, or left the guest's display.
    Graphics {
        phase: u32,
        local: Address,
        remote: Address,
        scheme: String,
        identities: Vec<(String, String)>,
    },
    /// The hypervisor cannot be controlled.
    ControlError,
    /// Work on a disk, given by path, came to an end.
    BlockJob { disk: String, kind: u32, status: u32 },
    /// A removable disk got another medium, or none.
    DiskChange { old: String, new: String, alias: String, reason: u32 },
    /// A drive's tray was opened or closed.
    TrayChange { alias: String, reason: u32 },
    /// The guest woke up.
    PmWakeup { reason: u32 },
    /// The guest went to sleep.
    PmSuspend { reason: u32 },
    /// The guest's memory grew or shrank.
    BalloonChange { actual: KiB },
    /// The guest went to sleep on its disk.
    PmSuspendDisk { reason: u32 },
    /// The guest let a device go.
    DeviceRemoved { alias: String },
    /// Work on a disk, given by target, came to an end.
    BlockJob2 { disk: String, kind: u32, status: u32 },
    /// A tunable setting changed.
    Tunable { values: Vec<Parameter> },
    /// The guest's agent came or went.
    AgentLifecycle { state: u32, reason: u32 },
    /// A device was added.
    DeviceAdded { alias: String },
    /// Migration began to copy the memory once more.
    MigrationIteration { iteration: u32 },
    /// A long work came to an end.
    JobCompleted { values: Vec<Parameter> },
    /// The guest did not let a device go.
    DeviceRemovalFailed { alias: String },
    /// What its owner wrote about it changed.
    MetadataChange { kind: u32, namespace: String },
    /// A disk's writes passed a threshold.
    BlockThreshold { device: String, path: String, threshold: u64, excess: u64 },
    /// The host's memory failed.
    MemoryFailure { recipient: u32, action: u32, flags: u32 },
    /// A memory device grew or shrank.
    MemoryDeviceSizeChange { alias: String, size: KiB },
    /// The guest changed the hardware address of a network interface.
    NicMacChange { alias: String, old: String, new: String },
}

/// One end of a connection to a guest's display.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Address {
    /// IPv4, IPv6 or a socket on the host (`virDomainEventGraphicsAddressType`).
    pub family: u32,
    /// The address or the path.
    pub node: String,
    /// The port; empty for a socket.
    pub service: String,
}
