//! The control library: VM definition model, OS database, install, storage, lifecycle.

pub mod address;
pub mod auth;
pub mod capabilities;
pub mod cleanup;
pub mod clone;
pub mod cloud_init;
pub mod completion;
pub mod console;
pub mod defaults;
pub mod diagnosis;
pub mod document;
pub mod domain;
pub mod edit;
pub mod fetch;
pub mod install;
pub mod lifecycle;
pub mod object;
pub mod osinfo;
mod place;
pub mod progress;
pub mod property;
pub mod reach;
pub mod snapshot;
pub mod storage;
pub mod unattended;
pub mod xpath;
mod xslt;
