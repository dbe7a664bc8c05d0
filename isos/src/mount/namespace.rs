//! A private table of mounts, in which every user may mount (user_namespaces(7)): for one program and what it starts.

use std::fs;
use std::io;
use std::path::Path;

use nix::sched::{CloneFlags, unshare};
use nix::unistd::{getgid, getuid};

use super::MountError;

/// True if this user can mount in a namespace of their own only.
#[must_use]
pub fn needs_namespace() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let has_fusermount = std::env::split_paths(&path).any(|directory| directory.join("fusermount3").exists());
    !getuid().is_root() && !has_fusermount
}

/// Gives this program, which must have one thread only, a table of mounts of its own.
///
/// # Errors
/// The system does not allow that to this user.
pub fn enter_namespace() -> Result<(), MountError> {
    let (user, group) = (getuid(), getgid());
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNS)
        .map_err(|errno| MountError::Namespace(errno.into()))?;
    // The user stays who they are; without the first line the kernel refuses the third.
    let lines = [
        ("setgroups", "deny".to_owned()),
        ("uid_map", format!("{user} {user} 1")),
        ("gid_map", format!("{group} {group} 1")),
    ];
    let write = |(file, line): &(&str, String)| fs::write(Path::new("/proc/self").join(file), line);
    lines.iter().try_for_each(write).map_err(|error: io::Error| MountError::Namespace(error))
}
