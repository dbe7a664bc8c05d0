//! Things that an install, a clone or a backup creates or puts aside, and how each is undone again.

use std::fmt;
use std::io;
use std::path::PathBuf;

use hypervisor::Connection;
use hypervisor::flags::{CheckpointDeleteFlags, DefineFlags, DestroyFlags, UndefineFlags, VolumeDeleteFlags};

use super::old_file::{Inode, Version, put_back};
use crate::progress::Progress;
use crate::storage::Usage;

/// Something that was created on the way, or something older that made way for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Thing {
    /// A file on this host.
    File(PathBuf),
    /// A directory on this host; removed only when it is empty.
    Directory(PathBuf),
    /// A share that is mounted in a directory of ours.
    Mount(PathBuf),
    /// A guest's definition, running or not.
    Domain {
        /// The connection it is on.
        uri: String,
        /// Its UUID, so that another one of that name is never touched.
        uuid: String,
        /// Its name.
        name: String,
    },
    /// A storage volume.
    Volume {
        /// The connection it is on.
        uri: String,
        /// The pool it is in.
        pool: String,
        /// Its name.
        name: String,
    },
    /// A storage pool; removed only when there is no more in it than there was.
    Pool {
        /// The connection it is on.
        uri: String,
        /// Its name.
        name: String,
        /// How many volumes its directory held when it was made.
        held: u32,
    },
    /// A checkpoint, since which a guest's disks keep track of what changes.
    Checkpoint {
        /// The connection it is on.
        uri: String,
        /// The guest's UUID.
        guest: String,
        /// Its name.
        name: String,
    },
    /// A file that another one takes the place of; undone, it is back there.
    OldFile {
        /// Where it belongs.
        place: PathBuf,
        /// Where it is meanwhile, beside its place. Until they change places the new file may have this name.
        aside: PathBuf,
        /// Which one it is.
        inode: Inode,
        /// The one that takes its place, as it was before anybody used it; not known of journals of old.
        new: Option<Version>,
    },
    /// The definition of a guest that another one takes the place of; undone, it is stored again.
    OldDomain {
        /// The connection it is on.
        uri: String,
        /// Its name, which the other one gets.
        name: String,
        /// Its definition, as XML.
        definition: String,
        /// Whether it starts with the host.
        autostart: bool,
    },
}

/// What came of undoing a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Undone {
    /// It is as if it had never been.
    Done,
    /// There was nothing to undo, or somebody else uses it by now.
    Nothing,
    /// It is left to the person to decide, who has to be told.
    Kept,
}

impl Thing {
    /// The connection it is on; none for files and directories.
    #[must_use]
    pub fn uri(&self) -> Option<&str> {
        match self {
            Thing::File(_) | Thing::Directory(_) | Thing::Mount(_) | Thing::OldFile { .. } => None,
            Thing::Domain { uri, .. }
            | Thing::Volume { uri, .. }
            | Thing::Pool { uri, .. }
            | Thing::Checkpoint { uri, .. }
            | Thing::OldDomain { uri, .. } => Some(uri),
        }
    }

    /// Whether it was there before, and only makes way.
    #[must_use]
    pub fn is_old(&self) -> bool {
        matches!(self, Thing::OldFile { .. } | Thing::OldDomain { .. })
    }

    /// The command that undoes it by hand.
    #[must_use]
    pub fn command(&self) -> String {
        match self {
            Thing::File(path) => format!("rm {}", quoted(&path.to_string_lossy())),
            Thing::Directory(path) => format!("rmdir {}", quoted(&path.to_string_lossy())),
            Thing::Mount(path) => format!("umount {}", quoted(&path.to_string_lossy())),
            Thing::Domain { uri, name, .. } => {
                let commands = format!("destroy {0}; undefine {0}", quoted(name));
                format!("virsh -c {} {}", quoted(uri), quoted(&commands))
            }
            Thing::Volume { uri, pool, name } => {
                format!("virsh -c {} vol-delete --pool {} {}", quoted(uri), quoted(pool), quoted(name))
            }
            Thing::Pool { uri, name, .. } => {
                let commands = format!("pool-destroy {0}; pool-undefine {0}", quoted(name));
                format!("virsh -c {} {}", quoted(uri), quoted(&commands))
            }
            Thing::Checkpoint { uri, guest, name } => {
                format!("virsh -c {} checkpoint-delete {} {}", quoted(uri), quoted(guest), quoted(name))
            }
            Thing::OldFile { place, aside, .. } => {
                format!("mv {} {}", quoted(&aside.to_string_lossy()), quoted(&place.to_string_lossy()))
            }
            Thing::OldDomain { .. } => "the next virt-clone tries again".to_owned(),
        }
    }

    /// The new is wanted: an old file goes for good, and nothing keeps an old guest's definition.
    pub(super) fn give_up(&self, progress: &dyn Progress) {
        if let Thing::OldFile { place, aside, inode, .. } = self
            && inode.is_at(aside)
            // The only one of them that is left is not given up.
            && (!place.exists() || absent_is_fine(std::fs::remove_file(aside)).is_err())
        {
            self.tell_kept(progress);
        }
    }

    /// Says where something is that is neither undone nor wanted, and how the person decides.
    pub(super) fn tell_kept(&self, progress: &dyn Progress) {
        match self {
            Thing::OldFile { place, aside, inode, .. } if inode.is_at(aside) => {
                let (old, give_up) = (aside.display(), Thing::File(aside.clone()).command());
                progress.warn(&format!(
                    "'{}' may have been used since it took the place of another file, and is left as it is; the \
                     old one is kept as '{old}': `{}` brings it back, `{give_up}` gives it up",
                    place.display(),
                    self.command()
                ));
            }
            Thing::OldFile { place, aside, .. } if aside.symlink_metadata().is_ok() => progress.warn(&format!(
                "'{}', which was to take the place of '{}', is left as it is: `{}` removes it",
                aside.display(),
                place.display(),
                Thing::File(aside.clone()).command()
            )),
            Thing::Checkpoint { name, .. } => progress.warn(&format!(
                "Checkpoint '{name}' is left, as it can be removed only while its domain runs: then `{}` does so",
                self.command()
            )),
            _ => {}
        }
    }

    /// Makes it as if it had never been listed: what was created is removed, what made way is back in its place. What is
    /// not there any more counts as undone.
    pub(super) fn undo(&self, connection: &Connection) -> Result<Undone, String> {
        let gone = |error: &hypervisor::Error| error.code.is_missing();
        let removed = match self {
            Thing::File(path) => return absent_is_fine(std::fs::remove_file(path)),
            Thing::Directory(path) => return absent_is_fine(std::fs::remove_dir(path)),
            Thing::OldFile { place, aside, inode, new } => return put_back(place, aside, *inode, *new),
            Thing::Mount(path) => return crate::fetch::nfs::unmount(path).map(|()| Undone::Done),
            _ if self.uri() != Some(connection.uri()) => {
                return Err(format!("it is on {}", self.uri().unwrap_or_default()));
            }
            Thing::Domain { uuid, .. } => remove_domain(connection, uuid).map(|()| Undone::Done),
            Thing::Volume { pool, name, .. } => connection
                .pool_by_name(pool)
                .and_then(|pool| pool.volume_by_name(name))
                .and_then(|volume| volume.delete(VolumeDeleteFlags::NONE))
                .map(|()| Undone::Done),
            Thing::Pool { name, held, .. } => remove_pool(connection, name, *held),
            Thing::Checkpoint { guest, name, .. } => remove_checkpoint(connection, guest, name),
            Thing::OldDomain { name, definition, autostart, .. } => {
                put_back_domain(connection, name, definition, *autostart)
            }
        };
        match removed {
            Err(error) if gone(&error) => Ok(Undone::Nothing),
            removed => removed.map_err(|error| error.message),
        }
    }
}

/// Removes a checkpoint. That of a guest that is off stays: to forget it and leave what its disks keep would make the
/// disks unfit for the next of that name.
fn remove_checkpoint(connection: &Connection, guest: &str, name: &str) -> Result<Undone, hypervisor::Error> {
    let domain = connection.domain_by_uuid(guest)?;
    match domain.checkpoint_by_name(name)?.delete(CheckpointDeleteFlags::NONE) {
        Err(error) if !error.code.is_missing() && !domain.is_active()? => Ok(Undone::Kept),
        deleted => deleted.map(|()| Undone::Done),
    }
}

/// Stores a definition again, unless the name has been given to another guest meanwhile.
fn put_back_domain(
    connection: &Connection,
    name: &str,
    definition: &str,
    autostart: bool,
) -> Result<Undone, hypervisor::Error> {
    if connection.domain_by_name(name).is_ok_and(|domain| domain.is_persistent().unwrap_or(true)) {
        return Ok(Undone::Nothing);
    }
    let domain = connection.define_domain(definition, DefineFlags::NONE)?;
    if autostart {
        domain.set_autostart(true)?;
    }
    Ok(Undone::Done)
}

fn remove_domain(connection: &Connection, uuid: &str) -> Result<(), hypervisor::Error> {
    let domain = match connection.domain_by_uuid(uuid) {
        // What is no UUID was never one of a guest.
        Err(error) if error.code == hypervisor::ErrorCode::INVALID_ARG => return Ok(()),
        found => found?,
    };
    if domain.is_active()? {
        domain.destroy(DestroyFlags::NONE)?;
    }
    // A transient domain is gone once it stops.
    if !connection.domain_by_uuid(uuid).is_ok_and(|domain| domain.is_persistent().unwrap_or(false)) {
        return Ok(());
    }
    let all = UndefineFlags::MANAGED_SAVE | UndefineFlags::NVRAM | UndefineFlags::SNAPSHOTS_METADATA;
    domain.undefine(all).or_else(|error| {
        // Drivers other than QEMU's refuse flags for what their domains cannot have.
        if error.code.is_unsupported() || error.code == hypervisor::ErrorCode::INVALID_ARG {
            domain.undefine(UndefineFlags::NONE)
        } else {
            Err(error)
        }
    })
}

/// Removes a pool with nothing in it but what was there before, which stays where it is.
fn remove_pool(connection: &Connection, name: &str, held: u32) -> Result<Undone, hypervisor::Error> {
    let pool = connection.pool_by_name(name)?;
    if pool.is_active()? {
        // Others may have put something in meanwhile; then it stays.
        pool.refresh()?;
        if pool.volume_count()? > held || is_named_by_a_guest(connection, name)? {
            return Ok(Undone::Nothing);
        }
        pool.destroy()?;
    }
    pool.undefine().map(|()| Undone::Done)
}

/// Whether a guest has a disk that it knows as a volume of this pool.
fn is_named_by_a_guest(connection: &Connection, pool: &str) -> Result<bool, hypervisor::Error> {
    Ok(Usage::of(connection)?.sources().any(|source| source.starts_with(pool)))
}

/// Whether there was anything; a directory with something of others in it is left.
pub(super) fn absent_is_fine(result: io::Result<()>) -> Result<Undone, String> {
    match result {
        Ok(()) => Ok(Undone::Done),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty) => {
            Ok(Undone::Nothing)
        }
        Err(error) => Err(error.to_string()),
    }
}

/// Text as a shell takes it, and as virsh does.
pub(crate) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@+=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Thing::File(path) => write!(f, "file {}", path.display()),
            Thing::Directory(path) => write!(f, "directory {}", path.display()),
            Thing::Mount(path) => write!(f, "mount at {}", path.display()),
            Thing::Domain { name, .. } => write!(f, "domain '{name}'"),
            Thing::Volume { pool, name, .. } => write!(f, "volume '{name}' in pool '{pool}'"),
            Thing::Pool { name, .. } => write!(f, "storage pool '{name}'"),
            Thing::Checkpoint { name, .. } => write!(f, "checkpoint '{name}'"),
            Thing::OldFile { place, .. } => write!(f, "what was at {} before", place.display()),
            Thing::OldDomain { name, .. } => write!(f, "the old domain '{name}'"),
        }
    }
}
