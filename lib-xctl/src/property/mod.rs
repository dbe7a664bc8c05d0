//! What a person can name: the rows of the options tables, and what is derived from them.
//!
//! A [`Property`] is declared once, as data: its name in the options language, its place in the XML, the kind of its
//! value and a line of help. A [`Table`] holds the rows of one option (`--disk`). From it come reading and checking of
//! what was typed, setting, getting and clearing in a [`Document`](crate::document::Document), the `--disk help`
//! listing, completion and man page text.
//!
//! ```
//! use xctl::domain::{self, DISK};
//!
//! let mut guest = domain::new_document("kvm");
//! let options = DISK.parse("/srv/a b.qcow2,size=5,bus=virtio,cache=none")?;
//! let disk = DISK.add(&mut guest, &options)?;
//! assert_eq!(options.get("size"), Some("5"));
//! assert_eq!(guest.get(disk, "source/@file").as_deref(), Some("/srv/a b.qcow2"));
//! assert_eq!(guest.get(disk, "driver/@cache").as_deref(), Some("none"));
//! assert!(DISK.parse("bsu=ide").unwrap_err().to_string().contains("did you mean 'bus'?"));
//! # Ok::<(), xctl::property::Error>(())
//! ```

mod error;
mod help;
mod matching;
mod numbered;
mod options;
mod row;
mod table;
mod value;
mod xpath;

pub use error::Error;
pub use options::{Options, quoted};
pub use row::{Form, Kind, Property, Special, Target};
pub use table::{Shorthand, Table};
pub use value::{Unit, is_on, parse_size};

pub(crate) use options::{Item, shell_words};
pub(crate) use row::rows;
pub(crate) use table::TABLE;
pub(crate) use value::{absolute, is_integer};
