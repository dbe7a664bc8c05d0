//! Disks of guests: finding, checking and creating what they are stored in.

mod format;
mod usage;

pub use format::{Image, detect};
pub use usage::Usage;
