//! `--unattended`: answers to an installer's questions, made from the OS database's install scripts.
//!
//! A [`Wish`] is what was typed; loading it reads the password files, once, and gives the [`Answers`]. With the system,
//! the medium and the host's language and time zone they make what an installer finds in its initial RAM disk
//! (preseed, kickstart, autoyast) or on a CD-ROM (autounattend), and the kernel arguments that point to it.

mod answers;
mod drivers;
mod host;
mod scripts;
#[cfg(test)]
mod tests;

pub use answers::{Answers, UNATTENDED, Wish};
pub(crate) use drivers::{drivers, with_drivers};
pub use scripts::Error;
pub(crate) use scripts::{Injection, Scripts, Surroundings};
