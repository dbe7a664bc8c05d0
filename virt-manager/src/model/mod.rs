//! What the windows show, as objects whose properties views bind to.

mod action;
mod guest;
mod host;

pub(crate) use action::Action;
pub(crate) use guest::{Guest, GuestState};
pub(crate) use host::{Host, HostState};
