//! What can go wrong with a clone.

use std::io;
use std::path::PathBuf;

use crate::{document, storage};

/// Why a guest could not be cloned. Where there is a next step, it is the last line, after `hint:`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing says where the clone's disks go.
    #[error("Either --auto-clone or --file is required, use '--auto-clone or --file' and try again.")]
    NoFiles,
    /// There is nothing to clone.
    #[error("An original machine name is required, use '--original src_name' and try again.")]
    NoOriginal,
    /// The clone has no name.
    #[error("A name is required for the new virtual machine, use '--name NEW_VM_NAME' to specify one.")]
    NoName,
    /// There is no such guest.
    #[error("Domain '{name}' was not found.{}", near(.nearest))]
    UnknownOriginal {
        /// The name.
        name: String,
        /// Guests with names like it.
        nearest: Vec<String>,
    },
    /// The original is not off.
    #[error(
        "Domain to clone must be shutoff.\n  '{name}' is {state}: what it has not written yet would be missing in \
         the copy\n  hint: virsh --connect {uri} {command}"
    )]
    NotOff {
        /// Its name.
        name: String,
        /// What it does.
        state: String,
        /// The connection it is on.
        uri: String,
        /// The command that changes it.
        command: String,
    },
    /// It was started while it was copied.
    #[error("'{0}' was started while its disks were copied, so that the copies may be torn")]
    Started(String),
    /// The definition that was given cannot be read.
    #[error("the original's definition cannot be read")]
    Definition(#[source] document::Error),
    /// The definition that was given is none of a guest.
    #[error("the original's definition is none: {0}")]
    NoDefinition(&'static str),
    /// Another guest has the clone's name.
    #[error(
        "Invalid name for new guest: Guest name '{0}' is already in use.\n  hint: choose another --name, or remove \
         that guest with --replace"
    )]
    NameTaken(String),
    /// The clone would take the place of what it is made from.
    #[error(
        "Invalid name for new guest: '{0}' is the original, which --replace would remove\n  hint: choose another \
         --name"
    )]
    ReplacesOriginal(String),
    /// The UUID is none.
    #[error("'{0}' is no UUID\n  hint: --uuid takes 32 hexadecimal digits, or is left out for a random one")]
    Uuid(String),
    /// Another guest has the UUID.
    #[error("UUID {uuid} is in use by guest '{guest}'\n  hint: leave --uuid out for a random one")]
    UuidTaken {
        /// The UUID.
        uuid: String,
        /// The guest.
        guest: String,
    },
    /// The address is none of a network card.
    #[error(
        "'{0}' is no MAC address of a network card\n  hint: --mac takes six bytes as 52:54:00:12:34:56, or RANDOM"
    )]
    Mac(String),
    /// Another guest has the address.
    #[error(
        "The MAC address '{mac}' is in use by another virtual machine. (Use --check mac_in_use=off or --check all=off \
         to override)\n  it is that of '{guest}'\n  hint: leave --mac out for a random one"
    )]
    MacTaken {
        /// The address.
        mac: String,
        /// The guest.
        guest: String,
    },
    /// There is no such disk.
    #[error("{option} {target}: the original has no such disk{}", listed(.there))]
    UnknownDisk {
        /// The option that names it.
        option: &'static str,
        /// What it names.
        target: String,
        /// Disks that are there.
        there: Vec<String>,
    },
    /// A disk cannot be copied.
    #[error(
        "Could not determine original disk information: {why}\n  hint: --skip-copy {target} leaves disk '{target}' \
         as it is, for both guests to use"
    )]
    NotCloneable {
        /// The disk.
        target: String,
        /// Why.
        why: String,
    },
    /// Fewer files are given than disks are copied.
    #[error(
        "disk '{target}' ('{source_path}') has no new file\n  hint: give one more --file, choose it with --auto-clone, \
         or share the disk with --skip-copy {target}"
    )]
    NoFile {
        /// The disk.
        target: String,
        /// What it is stored in.
        source_path: String,
    },
    /// The new disk cannot be where the user wants it.
    #[error("Could not use path '{path}' for cloning: {why}")]
    Path {
        /// The path.
        path: String,
        /// Why.
        why: String,
    },
    /// Something is there already.
    #[error(
        "This will overwrite the existing path '{0}' (Use --check path_exists=off or --check all=off to override)\n  \
         hint: --preserve-data uses it as it is"
    )]
    Exists(String),
    /// Other guests have the new disk.
    #[error(
        "Disk {path} is already in use by other guests [{}]. (Use --check path_in_use=off or --check all=off to \
         override)\n  what one guest writes destroys what the other one has",
        quoted(.guests)
    )]
    InUse {
        /// The disk.
        path: String,
        /// The guests.
        guests: Vec<String>,
    },
    /// The disk cannot be used or has no room.
    #[error(transparent)]
    Disk(#[from] storage::Error),
    /// A linked clone would be destroyed, or destroy.
    #[error("{what} cannot be what a linked clone is laid over: {why}\n  hint: {hint}")]
    NotLinkable {
        /// The disk or the guest.
        what: String,
        /// Why.
        why: String,
        /// The next step.
        hint: String,
    },
    /// Some program has the image open for writing.
    #[error(
        "'{}' is being written to by a running virtual machine, maybe of another user or connection; its copy would \
         be torn\n  hint: fuser '{}' shows which",
        .0.display(), .0.display()
    )]
    BeingWritten(PathBuf),
    /// A file cannot be copied.
    #[error("cannot copy '{}' to '{}': {source}", from.display(), to.display())]
    Copy {
        /// The original.
        from: PathBuf,
        /// The copy.
        to: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The blocks cannot be shared.
    #[error(
        "cannot share the blocks of '{}' with '{}': {source}\n  hint: both must be on one file system that can, such \
         as btrfs or XFS; without --reflink they are copied",
        from.display(), to.display()
    )]
    Reflink {
        /// The original.
        from: PathBuf,
        /// The copy.
        to: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The guest that is to make way cannot be removed.
    #[error("Could not remove old vm '{name}': {}", reason.message)]
    Replace {
        /// The guest.
        name: String,
        /// libvirt's reason.
        reason: hypervisor::Error,
    },
    /// libvirt refused.
    #[error(transparent)]
    Hypervisor(#[from] hypervisor::Error),
    /// A value cannot be written as XML.
    #[error(transparent)]
    Document(#[from] document::Error),
    /// The user stopped it.
    #[error("Cloning aborted at user request")]
    Cancelled,
}

fn near(names: &[String]) -> String {
    match names {
        [] => String::new(),
        names => format!("\n  hint: there is {}", quoted(names)),
    }
}

fn listed(names: &[String]) -> String {
    match names {
        [] => "\n  hint: it has none".to_owned(),
        names => format!("\n  hint: it has {}", quoted(names)),
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ")
}
