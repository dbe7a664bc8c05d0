//! Cloning a guest: request → plan (what is copied, shared, laid over; the new definition) → copies → defined.
//!
//! ```no_run
//! use xctl::clone::{Original, Plan, Request};
//! use xctl::progress::{Cancel, Silent};
//!
//! let connection = hypervisor::Connection::open(&hypervisor::OpenOptions::uri("qemu:///session"))?;
//! let request =
//!     Request { original: Some(Original::Guest("web".into())), auto: true, ..Request::default() };
//! let plan = Plan::new(&connection, &request, &Silent)?; // changes nothing; definition() is the XML
//! let clone = plan.run(&Silent, &Cancel::new())?; // undone if it fails
//! println!("{}", clone.name());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod card;
mod cloning;
mod definition;
mod disks;
mod error;
pub(crate) mod file;
mod linked;
mod names;
mod original;
mod plan;
mod request;
mod room;
mod stored;
mod volume;

pub use error::Error;
pub use plan::Plan;
pub use request::{Original, Request};

use crate::progress::{Cancel, Progress};
