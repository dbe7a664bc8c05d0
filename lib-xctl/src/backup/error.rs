//! Why a guest is not backed up, or does not come back.

use std::io;
use std::path::PathBuf;

use crate::document;
use crate::storage::access::Missing;

/// Why not. [`Error::hint`] is the next step.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The files would be on another host.
    #[error("backups are made on the host of the domain, and '{0}' is elsewhere")]
    Remote(String),
    /// The directory has something else in it.
    #[error("'{}' is no directory of backups, and not empty", .0.display())]
    NotOurs(PathBuf),
    /// There is no manifest.
    #[error("'{}' holds no backups", .0.display())]
    NoBackups(PathBuf),
    /// There is no directory to read from.
    #[error("there is no directory '{}'", .0.display())]
    NoDirectory(PathBuf),
    /// The directory's backups are another guest's.
    #[error("'{}' holds backups of domain '{guest}' ({uuid})", .directory.display())]
    OtherGuest {
        /// The directory.
        directory: PathBuf,
        /// The guest.
        guest: String,
        /// Its UUID.
        uuid: String,
    },
    /// Another program is at work there.
    #[error("another backup is being written to '{}'", .0.display())]
    Busy(PathBuf),
    /// What the directory says of itself makes no sense.
    #[error("'{}' cannot be used: {why}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// There is nothing to write.
    #[error("domain '{0}' has no disk to back up")]
    NoDisk(String),
    /// Only what changed is wanted, but is not known.
    #[error("what changed since the last backup is not known: {0}")]
    NotIncremental(String),
    /// A disk cannot be copied while the guest is off.
    #[error("disk '{target}' of type '{kind}' can be copied only while the domain runs")]
    NoFile {
        /// The disk.
        target: String,
        /// What it is.
        kind: String,
    },
    /// An encrypted disk cannot be copied while the guest is off.
    #[error("disk '{0}' is encrypted, and can be copied only while the domain runs, without its encryption")]
    Encrypted(String),
    /// The guest was started meanwhile.
    #[error("domain '{0}' was started while its disks were copied, so that the copies may not fit together")]
    Started(String),
    /// QEMU runs as a user that does not get there.
    #[error("{}", .0.said())]
    NoAccess(Missing),
    /// QEMU could not write it.
    #[error("the backup of domain '{guest}' failed: {why}")]
    Failed {
        /// The guest.
        guest: String,
        /// QEMU's reason.
        why: String,
    },
    /// The user stopped it.
    #[error("stopped; what was written is removed")]
    Cancelled,
    /// There is no such point.
    #[error("'{}' has no point {number}", .directory.display())]
    NoPoint {
        /// The directory.
        directory: PathBuf,
        /// The point.
        number: u32,
    },
    /// No guest can have this name.
    #[error("no domain can be called '{0}': a name is not empty, and has no slash and no control character")]
    Name(String),
    /// The guest's name or UUID is taken.
    #[error("{0}")]
    Taken(String),
    /// Files or a guest would be overwritten.
    #[error("this would overwrite {}", .0.join(", "))]
    Overwrites(Vec<String>),
    /// Something keeps the guest that is there from making way.
    #[error("domain '{guest}' cannot make way: it {why}")]
    InTheWay {
        /// The guest.
        guest: String,
        /// What is in the way.
        why: &'static str,
    },
    /// A disk has no place.
    #[error("disk '{0}' was in no file, so that nothing says where it goes")]
    NoPlace(String),
    /// A helper is missing or failed.
    #[error("qemu-img: {0}")]
    QemuImg(String),
    /// The file system refused.
    #[error("{attempted} '{}': {source}", .path.display())]
    File {
        /// What was attempted.
        attempted: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A description cannot be read.
    #[error("the domain's description cannot be read: {0}")]
    Document(#[from] document::Error),
    /// libvirt refused.
    #[error("{0}")]
    Libvirt(#[from] hypervisor::Error),
}

impl Error {
    /// Of a file.
    pub(super) fn file(attempted: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { attempted, path, source }
    }

    /// What the user can do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Remote(_) => "run virsh on that host".to_owned(),
            Self::NotOurs(_) | Self::OtherGuest { .. } => {
                "give a directory that is not there yet, or this domain's own".to_owned()
            }
            Self::NoBackups(_) | Self::NoDirectory(_) => "`virsh backup DOMAIN DIR` writes some".to_owned(),
            Self::Name(_) => "--name takes another".to_owned(),
            Self::NotIncremental(_) => "without --incremental a full one is made where need be".to_owned(),
            Self::NoAccess(missing) => missing.commands(),
            Self::NoFile { .. } | Self::Encrypted(_) => "start the domain, then back it up".to_owned(),
            Self::Started(_) => "back it up again: a running domain is no obstacle".to_owned(),
            Self::Overwrites(_) => "--replace does so; or --name and --to bring it back beside".to_owned(),
            Self::NoPlace(_) => "--to names a directory for its file".to_owned(),
            Self::NoPoint { .. } => "`virsh backup-list DIR` tells which there are".to_owned(),
            Self::Failed { why, .. } if why.contains("No space left") => {
                "make room there, or give a directory on another disk".to_owned()
            }
            Self::QemuImg(why) if why.contains("No space left") => {
                "make room there, or give a directory on another disk".to_owned()
            }
            Self::QemuImg(why) if why.contains("cannot be run") => {
                "install it: package qemu-utils".to_owned()
            }
            _ => return None,
        })
    }
}
