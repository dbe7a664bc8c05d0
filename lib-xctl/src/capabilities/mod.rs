//! Views of what a host can do: its capabilities and its domain capabilities.
//!
//! Both are read once from the XML that libvirt gives, into what decisions ask for.

mod domain;
mod host;
mod summary;
#[cfg(test)]
mod tests;

pub use domain::DomainCapabilities;
pub(crate) use host::same_architecture;
pub use host::{Architecture, Choice, Host, Machine, VirtType, Wanted};
pub use summary::{Fact, Guests, Summary};
