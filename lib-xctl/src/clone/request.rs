//! What the user asked for, before anything is looked up.

use std::path::PathBuf;

use crate::install::Checks;

/// A clone as the user asked for it.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The guest to clone; `None` if the user did not say.
    pub original: Option<Original>,
    /// `--auto-clone`: names and files that are not given are chosen.
    pub auto: bool,
    /// `--name`.
    pub name: Option<String>,
    /// `--uuid`.
    pub uuid: Option<String>,
    /// `--file`: the new disks, in the order of those that are copied.
    pub files: Vec<String>,
    /// `--mac`: the new addresses, in the order of the network cards; `RANDOM` leaves one to chance.
    pub macs: Vec<String>,
    /// `--nvram`: where the clone's firmware keeps its variables.
    pub nvram: Option<PathBuf>,
    /// `--force-copy`: disks (`vdb`) that are copied although they would be shared.
    pub force_copy: Vec<String>,
    /// `--skip-copy`: disks that are shared although they would be copied.
    pub skip_copy: Vec<String>,
    /// `--preserve-data`: the new disks are there and stay as they are.
    pub preserve: bool,
    /// `--nonsparse`: all room is taken at once.
    pub whole: bool,
    /// `--reflink`: blocks are shared until one side writes them, or nothing is copied.
    pub reflink: bool,
    /// `--linked`: new disks are laid over those of the original.
    pub linked: bool,
    /// `--replace`: another guest of the clone's name makes way.
    pub replace: bool,
    /// `--check`: checks that the user turned off.
    pub checks: Checks,
}

/// What is cloned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Original {
    /// A guest of the connection, by its name.
    Guest(String),
    /// A definition that need not be known to the connection.
    Definition(String),
}
