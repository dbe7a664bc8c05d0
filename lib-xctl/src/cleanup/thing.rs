//! Things that an install or a clone creates, and how each is removed again.

use std::fmt;
use std::io;
use std::path::PathBuf;

use hypervisor::Connection;
use hypervisor::flags::{DestroyFlags, UndefineFlags, VolumeDeleteFlags};

/// Something that was created on the way.
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
    /// A storage pool; removed only when nothing is in it.
    Pool {
        /// The connection it is on.
        uri: String,
        /// Its name.
        name: String,
    },
}

impl Thing {
    /// The connection it is on; none for files and directories.
    #[must_use]
    pub fn uri(&self) -> Option<&str> {
        match self {
            Thing::File(_) | Thing::Directory(_) | Thing::Mount(_) => None,
            Thing::Domain { uri, .. } | Thing::Volume { uri, .. } | Thing::Pool { uri, .. } => Some(uri),
        }
    }

    /// The command that removes it by hand.
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
            Thing::Pool { uri, name } => {
                let commands = format!("pool-destroy {0}; pool-undefine {0}", quoted(name));
                format!("virsh -c {} {}", quoted(uri), quoted(&commands))
            }
        }
    }

    /// Removes it. What is not there any more counts as removed.
    pub(super) fn remove(&self, connection: &Connection) -> Result<(), String> {
        let gone = |error: &hypervisor::Error| error.code.is_missing();
        let removed = match self {
            Thing::File(path) => return absent_is_fine(std::fs::remove_file(path)),
            Thing::Directory(path) => return absent_is_fine(std::fs::remove_dir(path)),
            Thing::Mount(path) => return crate::fetch::nfs::unmount(path),
            _ if self.uri() != Some(connection.uri()) => {
                return Err(format!("it is on {}", self.uri().unwrap_or_default()));
            }
            Thing::Domain { uuid, .. } => remove_domain(connection, uuid),
            Thing::Volume { pool, name, .. } => connection
                .pool_by_name(pool)
                .and_then(|pool| pool.volume_by_name(name))
                .and_then(|volume| volume.delete(VolumeDeleteFlags::NONE)),
            Thing::Pool { name, .. } => remove_pool(connection, name),
        };
        match removed {
            Err(error) if !gone(&error) => Err(error.message),
            _ => Ok(()),
        }
    }
}

fn remove_domain(connection: &Connection, uuid: &str) -> Result<(), hypervisor::Error> {
    let domain = connection.domain_by_uuid(uuid)?;
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

fn remove_pool(connection: &Connection, name: &str) -> Result<(), hypervisor::Error> {
    let pool = connection.pool_by_name(name)?;
    if pool.is_active()? {
        // Others may have put something in meanwhile; then it stays.
        pool.refresh()?;
        if pool.volume_count()? > 0 {
            return Ok(());
        }
        pool.destroy()?;
    }
    pool.undefine()
}

fn absent_is_fine(result: io::Result<()>) -> Result<(), String> {
    match result {
        Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty) => {
            Err(error.to_string())
        }
        _ => Ok(()),
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
        }
    }
}
