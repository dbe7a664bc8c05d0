//! Disks of guests: finding, checking and creating what they are stored in.

pub mod access;
mod creation;
mod disk;
mod error;
mod format;
pub(crate) mod layers;
mod pool;
mod usage;
pub mod volumes;

pub use creation::{Backing, Creation};
pub(crate) use disk::parse_size;
pub use disk::{Disk, Finder, Source, Wanted};
pub use error::{Error, Size};
pub use format::{Image, detect};
pub(crate) use format::{needs, volume_format};
pub use pool::Pool;
pub(crate) use pool::{default_directory, refresh};
pub use usage::Usage;
