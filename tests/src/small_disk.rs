//! A disk that is soon full.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::user::User;

/// A small file system at a path of the user, taken away again at the end.
pub(crate) struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    /// Mounts it; `size` as mount takes it, such as `1M`.
    pub(crate) fn at(user: &User, relative: &str, size: &str) -> Result<SmallDisk> {
        let path = user.path(relative);
        let parents: Vec<&Path> =
            Path::new(relative).ancestors().filter(|path| path.parent().is_some()).collect();
        for parent in parents.iter().rev() {
            user.directory(&parent.to_string_lossy())?;
        }
        let owner = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(user.home())?);
        let options = format!("size={size},mode=0700,uid={owner}");
        let status =
            Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&path).status()?;
        ensure!(status.success(), "mounting a small file system at {}: {status}", path.display());
        Ok(SmallDisk(path))
    }
}

impl SmallDisk {
    /// Mounts a disk image of the user's.
    pub(crate) fn image(user: &User, relative: &str, image: &str) -> Result<SmallDisk> {
        let path = user.directory(relative)?;
        let status = Command::new("mount").args(["-o", "loop"]).arg(user.path(image)).arg(&path).status()?;
        ensure!(status.success(), "mounting {image} at {}: {status}", path.display());
        user.own(&path)?;
        Ok(SmallDisk(path))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}
