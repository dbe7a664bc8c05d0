//! Installing a guest: request → plan → storage and boot media → install boot → final definition.
//!
//! ```text
//! let plan = Plan::new(&connection, request, &progress, &cancel)?; // reads and downloads, changes nothing
//! plan.steps()                                                     // the XML of each step, for --print-step
//! plan.reasons()                                                   // what was chosen, and why
//! let mut installing = plan.start(&progress, &cancel)?;            // storage, boot media, first boot
//! attach(installing.domain());                                     // console or window, if one is wanted
//! installing.wait(limit, &cancel)?;                                // until the guest stops, or the limit
//! let installed = installing.finish(&progress)?;                   // started for good, unless not wanted
//! ```

pub mod cleanup;
mod cpio;
mod error;
pub mod inject;
mod journal;
mod request;
mod thing;

pub use error::Error;
pub use request::{Checks, Given, Install, Method, Missing, Request, Virtualization};
pub use thing::Thing;

pub use crate::progress::{Cancel, Progress};
