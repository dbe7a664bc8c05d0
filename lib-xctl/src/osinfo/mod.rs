//! The OS database: osinfo-db's XML, read without libosinfo.
//!
//! Files are read when they are asked for: a name is found by its file name first (`debian11` in `debian-11.xml`), so
//! that one look-up reads a handful of the 800 files. What an OS inherits is folded in when it is found.
//!
//! ```no_run
//! use xctl::osinfo::Database;
//!
//! let database = Database::load();
//! let os = database.find("fedora37").ok_or_else(|| database.nearest("fedora37"))?;
//! assert!(os.supports(xctl::osinfo::device::VIRTIO_BLOCK));
//! # Ok::<(), Vec<String>>(())
//! ```

mod database;
mod description;
mod detect;
pub mod device;
mod files;
mod media;
mod names;
mod os;
mod pattern;
mod read;
mod script;
#[cfg(test)]
mod tests;
mod wish;

pub use database::{Database, Summary};
pub use detect::Detected;
pub use os::{BootFiles, Driver, Firmware, Level, Os, Resources};
pub(crate) use script::InstallScript;
pub use wish::{Error, NOT_REQUIRED, OSINFO, Wish};
