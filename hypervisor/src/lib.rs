//! Safe, complete access to libvirt: mechanism only, no policy.
//!
//! ```no_run
//! use hypervisor::flags::{DomainFilter, StartFlags};
//! use hypervisor::{Connection, OpenOptions};
//!
//! # fn main() -> hypervisor::Result<()> {
//! let connection = Connection::open(&OpenOptions::uri("qemu:///session"))?;
//! for domain in connection.domains(DomainFilter::INACTIVE)? {
//!     println!("{} starts", domain.name());
//!     domain.start(StartFlags::NONE)?;
//! }
//! # Ok(())
//! # }
//! ```
#![warn(clippy::undocumented_unsafe_blocks)]

pub mod auth;
pub mod block_job;
mod call;
pub mod checkpoint;
mod connection;
pub mod console;
mod container;
pub mod domain;
pub mod error;
pub mod event;
pub mod flags;
mod handle;
pub mod host;
pub mod interface;
pub mod kvm;
mod migration;
mod monitor;
pub mod network;
pub mod node_device;
pub mod nwfilter;
pub mod parameter;
pub mod pool;
pub mod secret;
mod size;
pub mod snapshot;
pub mod standard;
pub mod stats;
pub mod stream;
mod symbol;
pub mod transfer;
pub mod volume;

pub use auth::Authenticate;
pub use checkpoint::Checkpoint;
pub use connection::{Connection, KeepAlive, OpenOptions, default_uri};
pub use console::Console;
pub use container::Container;
pub use domain::{Domain, State};
pub use error::{Error, ErrorCode, Level, Result};
pub use host::{Comparison, Figure, NodeInfo, Query, SuspendTarget, Version, library_version};
pub use interface::Interface;
pub use monitor::AgentLimit;
pub use network::{Network, NetworkPort};
pub use node_device::NodeDevice;
pub use nwfilter::{NwFilter, NwFilterBinding};
pub use parameter::{Parameter, Value};
pub use pool::Pool;
pub use secret::Secret;
pub use size::{Bytes, KiB};
pub use snapshot::Snapshot;
pub use stream::Stream;
pub use volume::Volume;
