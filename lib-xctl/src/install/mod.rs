//! Installing a guest: request → plan → storage and boot media → install boot → final definition.
//!
//! ```no_run
//! use xctl::install::{self, Given, Method, Plan, Request};
//! use xctl::progress::{Cancel, Silent};
//!
//! let connection = hypervisor::Connection::open(&hypervisor::OpenOptions::uri("qemu:///session"))?;
//! let cancel = Cancel::new();
//! let request = Request {
//!     name: Some("web".into()),
//!     options: vec![Given::new("memory", "512"), Given::new("disk", "size=4")],
//!     method: Some(Method::Location { tree: "debian-12.iso".into(), kernel: None, initrd: None }),
//!     ..Request::default()
//! };
//! xctl::cleanup::recover(&connection, &Silent); // what a killed install left
//! let plan = Plan::new(&connection, &request, &Silent, &cancel)?; // changes nothing; steps() has the XML
//! let mut installing = plan.start(&Silent, &cancel)?; // storage, boot media, first boot; undone if it fails
//! installing.wait(None, &Silent, &cancel)?; // until the installer is done
//! installing.finish()?; // started for good
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod boot;
mod boot_files;
mod cpio;
pub(crate) mod definition;
pub(crate) mod disks;
mod error;
pub(crate) mod existing;
pub(crate) mod hostdev;
mod image;
pub mod inject;
mod installing;
mod media;
mod medium;
mod place;
mod plan;
mod pxe;
mod reinstall;
mod request;

pub use definition::suggested_name;
pub use error::Error;
pub use existing::{differences, existing};
pub use installing::{Installed, Installing, Waited};
pub use medium::{Medium, look};
pub use plan::Plan;
pub use request::{Checks, Given, Install, Method, Missing, Request, Virtualization};

pub use crate::progress::{Cancel, Progress};
