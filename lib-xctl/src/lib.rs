//! The control library: VM definition model, OS database, install, storage, lifecycle.

pub mod console;
pub mod document;
pub mod fetch;
pub mod install;
pub mod progress;
