//! Changes to the definition of a guest that is there: what virt-xml does, and every window that edits a guest.
//!
//! A [`Change`] is one action ([`Action`]) by one option. It is made in a [`Document`](crate::document::Document), which
//! keeps every byte that it does not mean to change. A [`Guest`] is what is read before and written afterwards: its
//! stored definition, which is not overwritten where somebody else changed it meanwhile, and the running guest, into
//! which devices are plugged.
//!
//! ```
//! use hypervisor::{Connection, OpenOptions};
//! use xctl::document::Document;
//! use xctl::edit::{Action, Change, Selection, Surroundings};
//! use xctl::install::Given;
//! use xctl::progress::Silent;
//!
//! let connect = || Ok(Connection::open(&OpenOptions::uri("test:///default"))?);
//! let around = Surroundings::new(&connect, &Silent);
//! let domain = "<domain>\n  <devices>\n    <disk device='disk'><target dev='vda'/></disk> <!-- mine -->\n  </devices>\n</domain>\n";
//! let action = Action::Edit(Selection::parse("target=vda"));
//! let change = Change::new(action, &[Given::new("disk", "serial=7")], None)?;
//! let changed = change.apply(Document::parse(domain)?, &around)?;
//! assert!(changed.document.to_string().contains("<target dev='vda'/><serial>7</serial></disk> <!-- mine -->"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod addition;
mod boot_order;
mod candidates;
mod change;
mod conversion;
mod difference;
mod error;
mod guest;
mod new_disks;
mod plug;
mod q35;
mod requests;
mod runtime;
mod selection;
mod surroundings;
#[cfg(test)]
mod tests;
mod vnc;

pub use change::{Action, Change, Changed};
pub use difference::difference;
pub use error::Error;
pub use guest::Guest;
pub use new_disks::NewDisks;
pub use plug::{Figure, Plug, Plugged};
pub use runtime::without_runtime;
pub use selection::Selection;
pub use surroundings::Surroundings;
