//! Directories to mount on, for users who name none.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use nix::unistd::getuid;

use crate::readable_path;

/// How long a server is waited for that has nothing more to serve.
const LEAVING: Duration = Duration::from_secs(2);

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

/// The directory below a mount, held by whoever serves that until all is over.
#[derive(Debug)]
pub struct Held {
    directory: PathBuf,
    handle: File,
}

impl Held {
    /// Holds a directory on which nothing is mounted yet.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn new(directory: &Path) -> io::Result<Held> {
        let handle = File::open(directory)?;
        // Where that does not work, or somebody has locked it for reasons of their own, it is not waited for.
        let _ = handle.try_lock_shared();
        Ok(Held { directory: directory.to_owned(), handle })
    }

    /// Removes it if it was made here. Another one of its name, made since, stays.
    pub fn remove(self) {
        let own = self.handle.metadata().ok();
        let there = fs::symlink_metadata(&self.directory).ok();
        let number = |found: Option<fs::Metadata>| found.map(|found| (found.dev(), found.ino()));
        if number(own) == number(there) {
            remove_directory(&self.directory);
        }
    }
}

/// Waits until nobody holds a directory from which an image was unmounted just now: its server is about to leave, and
/// what comes next finds all as before. A server that stays, as for those who had files open, is not waited for long.
pub fn wait_for_server(directory: &Path) {
    let begun = Instant::now();
    let is_held = || {
        File::open(directory).is_ok_and(|handle| matches!(handle.try_lock(), Err(TryLockError::WouldBlock)))
    };
    while is_held() && begun.elapsed() < LEAVING {
        thread::sleep(Duration::from_millis(2));
    }
}
