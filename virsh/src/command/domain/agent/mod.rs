//! What the guest's agent says and does.

pub(super) mod files;
pub(in crate::command) mod says;
pub(super) mod users;
