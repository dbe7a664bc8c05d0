//! A directory of this host as a tree. What is in it may come from others, on a share or a medium, and be read by root, so
//! that links lead nowhere but into the tree, as if it were the root of all.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{OFlag, OpenHow, ResolveFlag, open, openat2};
use nix::sys::stat::Mode;

use super::{Backend, Error, Header, Opened, Resume};

pub(super) struct Directory {
    /// What no link leads out of.
    top: PathBuf,
    /// Where the tree is below it.
    tree: PathBuf,
}

/// Something in the tree, whatever is moved about in there meanwhile.
struct Found {
    handle: OwnedFd,
}

impl Found {
    /// A path to it.
    fn path(&self) -> PathBuf {
        format!("/proc/self/fd/{}", self.handle.as_raw_fd()).into()
    }
}

impl Directory {
    pub(super) fn new(top: &Path, tree: &Path) -> Directory {
        Directory { top: top.to_owned(), tree: tree.to_owned() }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.top.join(&self.tree).join(path.trim_start_matches('/'))
    }

    fn find(&self, path: &str) -> Result<Option<Found>, Error> {
        let below = Path::new(".").join(&self.tree).join(path.trim_start_matches('/'));
        let flags = OFlag::O_PATH | OFlag::O_CLOEXEC;
        let resolve = ResolveFlag::RESOLVE_IN_ROOT | ResolveFlag::RESOLVE_NO_MAGICLINKS;
        let found = || {
            let top = open(&self.top, flags, Mode::empty())?;
            loop {
                match openat2(&top, &below, OpenHow::new().flags(flags).resolve(resolve)) {
                    // Something was moved while the kernel followed a `..`.
                    Err(Errno::EAGAIN) => {}
                    found => return Ok(Found { handle: found? }),
                }
            }
        };
        if_present(&self.path(path), found())
    }
}

/// Absence is an answer, not a failure.
fn if_present<T>(path: &Path, result: io::Result<T>) -> Result<Option<T>, Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(source) => Err(Error::Local { path: path.to_owned(), source }),
    }
}

impl Backend for Directory {
    fn open(&self, path: &str, _: Option<&Resume>) -> Result<Option<Opened>, Error> {
        let Some(found) = self.find(path)? else { return Ok(None) };
        let path = self.path(path);
        let Some(metadata) = if_present(&path, std::fs::metadata(found.path()))? else { return Ok(None) };
        // Opening a pipe that lies in the tree would wait for ever.
        if !metadata.is_file() {
            return Ok(None);
        }
        let Some(file) = if_present(&path, File::open(found.path()))? else { return Ok(None) };
        let url = path.display().to_string();
        let header = Header { length: Some(metadata.len()), ..Header::default() };
        Ok(Some(Opened { url, header, body: Box::new(file) }))
    }

    fn is_current(&self, _: &str, _: &str) -> Result<bool, Error> {
        Ok(false)
    }

    fn exists(&self, path: &str) -> Result<bool, Error> {
        Ok(self.find(path)?.is_some())
    }

    fn list(&self, path: &str) -> Result<Option<Vec<String>>, Error> {
        let Some(found) = self.find(path)? else { return Ok(None) };
        let path = self.path(path);
        let Some(entries) = if_present(&path, std::fs::read_dir(found.path()))? else { return Ok(None) };
        let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        if_present(&path, names.collect())
    }

    fn address(&self, path: &str) -> String {
        self.path(path).display().to_string()
    }
}
