//! `--cloud-init`: what a cloud image is told on its first boot, as the NoCloud data source reads it.
//!
//! A cloud image has no password and lets nobody in until it finds a volume labelled `cidata`
//! (<https://cloudinit.readthedocs.io/en/latest/reference/datasources/nocloud.html>). The [`Wish`] is what the user
//! typed; loading it reads all files and addresses, once, and gives the [`Seed`] that an install hands to its guest.
//!
//! ```
//! use xctl::cloud_init::Wish;
//! use xctl::progress::{Cancel, Silent};
//!
//! let seed = Wish::parse("root-password-generate=on,disable=on")?.load(&Silent, &Cancel::new())?;
//! assert_eq!(seed.generated_password().map(str::len), Some(16));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod load;
mod password;
mod seed;
mod wish;
mod yaml;

pub use load::Error;
pub use seed::Seed;
pub use wish::{CLOUD_INIT, DEFAULT, Wish};

#[cfg(test)]
mod tests;
