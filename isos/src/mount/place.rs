//! Directories to mount on, for users who name none.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use nix::unistd::getuid;

use crate::readable_path;

/// Directories of one image's name that are tried.
const TRIES: u32 = 1000;

/// Where these directories are: in a place that nobody else may write to.
fn above() -> PathBuf {
    match std::env::var_os("XDG_RUNTIME_DIR").filter(|directory| !directory.is_empty()) {
        Some(runtime) => PathBuf::from(runtime).join("xmount"),
        None => std::env::temp_dir().join(format!("xmount-{}", getuid())),
    }
}

/// Makes a new directory, called as the image without its extension, on one line.
///
/// # Errors
/// Somebody else owns the place where it would be, or it cannot be made.
pub fn new_directory(image: &Path) -> io::Result<PathBuf> {
    let above = above();
    match DirBuilder::new().mode(0o700).create(&above) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        done => done?,
    }
    let there = fs::symlink_metadata(&above)?;
    if !there.is_dir() || there.uid() != getuid().as_raw() {
        let why = format!("'{}' belongs to somebody else", above.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    let stem = readable_path(image.file_stem().unwrap_or(image.as_os_str()).as_bytes());
    for number in 1..=TRIES {
        let directory = above.join(if number > 1 { format!("{stem}-{number}") } else { stem.clone() });
        match DirBuilder::new().mode(0o700).create(&directory) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            done => return done.map(|()| directory),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("'{}' is full", above.display())))
}

/// Removes a directory that was made here, now that nothing is mounted on it; any other stays.
pub fn remove_directory(directory: &Path) {
    if directory.parent() == Some(&above()) {
        // Whoever unmounts and whoever served both do this; the second finds it gone.
        let _ = fs::remove_dir(directory);
    }
}
