//! What can go wrong with a disk, worded for the person who named it.

use std::io;
use std::path::PathBuf;

use crate::rights;

const SHARE: &str = "\n  hint: share it with shareable=on or readonly=on, or use --check path_in_use=off or \
                     --check all=off to override";

/// Why a disk cannot be used or created.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What was asked for makes no sense.
    #[error("{0}")]
    Request(String),
    /// A new disk needs a size.
    #[error("Size must be specified for non existent volume '{name}'\n  hint: add size=GIB to create it")]
    NoSize {
        /// The file or volume that is not there.
        name: String,
    },
    /// The size is none.
    #[error("a disk cannot have the size {size}: it must be larger than 0")]
    Size {
        /// The size as given.
        size: String,
    },
    /// The path is there and is no disk.
    #[error("'{}' cannot be a disk: it is {kind}", path.display())]
    NotADisk {
        /// The path.
        path: PathBuf,
        /// What it is, with its article.
        kind: &'static str,
    },
    /// The host refuses to look at the path.
    #[error("cannot look at '{}': {reason}{}", path.display(), rights::hint(path, reason))]
    Local {
        /// The path.
        path: PathBuf,
        /// The system's reason; the message has it, before the next step.
        reason: io::Error,
    },
    /// Another guest has it.
    #[error("Disk {} is already in use by other guests {}{SHARE}", path.display(), guests.join(", "))]
    InUse {
        /// The path.
        path: PathBuf,
        /// The guests.
        guests: Vec<String>,
    },
    /// The whole disk has no room, and all of it is to be taken at once.
    #[error("There is not enough free space for the new disk {}: {wanted} needed, {available} free", path.display())]
    NoRoom {
        /// The path of the disk.
        path: PathBuf,
        /// What it needs.
        wanted: Size,
        /// What there is.
        available: Size,
    },
    /// The disk could grow beyond what there is.
    #[error(
        "The requested volume capacity will exceed the available pool space when the volume is fully allocated. \
         ({wanted} requested capacity > {available} available)\n  hint: use --check disk_size=off or --check \
         all=off to override"
    )]
    MayOutgrow {
        /// What it may come to need.
        wanted: Size,
        /// What there is.
        available: Size,
    },
    /// libvirt refused.
    #[error(transparent)]
    Hypervisor(#[from] hypervisor::Error),
}

/// Bytes, shown in MiB as virt-install shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} M", self.0 >> 20)
    }
}
