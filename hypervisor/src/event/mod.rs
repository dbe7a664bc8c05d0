//! Events of hypervisors, as messages.
//!
//! libvirt tells of events, and answers keep-alive questions, while somebody runs its event loop. One thread of the
//! process does, from before the first connection is opened until the process ends.

mod event_loop;

pub(crate) use event_loop::start;
