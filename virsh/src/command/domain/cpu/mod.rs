//! Processors of domains, and the host's that they run on.

pub(super) mod count;
pub(super) mod info;
pub(super) mod io_thread;
mod list;
pub(super) mod pin;
pub(super) mod time;
