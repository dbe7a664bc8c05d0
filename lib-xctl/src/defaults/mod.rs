//! What is filled in where the user said nothing, each choice with its reason.
//!
//! One file a subject; each subject is a function that looks at the document so far and adds what is missing. Nothing
//! that is there is changed. [`platform`] runs first, since the domain capabilities that the rest asks about are those of
//! the emulator and machine it chooses.

mod context;

pub use context::{Connection, Context, Facts, Network, Reason};

use crate::document::{Document, Error};

/// Chooses how and on what the guest runs: virtualization type, architecture, emulator, machine.
///
/// # Errors
/// Only if a value, such as an emulator's path, holds a character that XML cannot hold.
pub fn platform(_domain: &mut Document, _context: &Context<'_>) -> Result<Vec<Reason>, Error> {
    Ok(Vec::new())
}

/// Fills in everything that is not there, the platform too.
///
/// # Errors
/// As for [`platform`].
pub fn fill(domain: &mut Document, context: &Context<'_>) -> Result<Vec<Reason>, Error> {
    platform(domain, context)
}
