//! Reading installation trees: http, https, ftp and directories, all as hostile as the network is.
//!
//! A [`Tree`] is what [`isos::boot_info`] looks for kernels in, and what they are fetched from. Every look and every
//! download ends: with the bytes, with an [`Error`] that says which address and why, or soon after the user
//! cancels it, whatever the server does.
//!
//! ```no_run
//! use xctl::fetch::{Location, Tree};
//! use xctl::progress::{Cancel, Silent};
//!
//! let Location::Url(url) = Location::parse("https://deb.debian.org/debian/dists/stable/main/installer-amd64/")? else {
//!     return Ok(());
//! };
//! let tree = Tree::remote(&url, &Cancel::new())?;
//! let mut kernel = tempfile::tempfile().unwrap();
//! tree.fetch("current/images/netboot/debian-installer/amd64/linux", &mut kernel, &Silent)?;
//! # Ok::<(), xctl::fetch::Error>(())
//! ```

mod cache;
mod checksum;
mod directory;
mod download;
mod error;
mod file;
mod ftp;
mod http;
mod location;
pub(crate) mod nfs;
mod published;
mod transfer;

use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;

use crate::progress::{Cancel, Progress};
pub use cache::Cache;
pub use checksum::Checksum;
pub use error::Error;
pub(crate) use file::Place;
pub use file::read_file;
pub use location::Location;
pub(crate) use location::without_password;
pub use nfs::Share;
use transfer::{Header, Resume};

/// How much longer the reading threads wait, so that it is the caller's clock that ends a stall, with its words.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a server may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long a connection may take to come about.
    pub connect: Duration,
    /// How long a server may send nothing.
    pub stall: Duration,
    /// How often a server may send elsewhere.
    pub redirects: usize,
    /// Bytes of the largest file that is fetched: no kernel or initial RAM disk comes near.
    pub file: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connect: Duration::from_secs(20),
            stall: Duration::from_secs(30),
            redirects: 10,
            file: 4 << 30,
        }
    }
}

/// A file that a server began to send.
struct Opened {
    /// Where it came from, for messages.
    url: String,
    header: Header,
    body: Box<dyn Read + Send>,
}

/// One way to read a tree. All calls block; [`transfer`] keeps them off the caller's thread.
trait Backend: Send + Sync {
    /// Begins to read a file, if it can from where an earlier reading ended; `None` if there is none.
    fn open(&self, path: &str, resume: Option<&Resume>) -> Result<Option<Opened>, Error>;

    /// Whether a file is still of this version; no if this cannot tell.
    fn is_current(&self, path: &str, version: &str) -> Result<bool, Error>;

    /// Whether there is a file or directory.
    fn exists(&self, path: &str) -> Result<bool, Error>;

    /// The names in a directory; `None` if there is no such directory or if this cannot tell.
    fn list(&self, path: &str) -> Result<Option<Vec<String>>, Error>;

    /// A path's address, for messages.
    fn address(&self, path: &str) -> String;
}

/// A tree of files on a server or in a directory.
#[derive(Clone)]
pub struct Tree {
    backend: Arc<dyn Backend>,
    limits: Limits,
    cancel: Cancel,
    is_remote: bool,
    /// The share that the directory is on, as long as it is needed.
    _mount: Option<Arc<nfs::Mount>>,
}

impl std::fmt::Debug for Tree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tree({})", self.backend.address(""))
    }
}

impl Tree {
    /// The tree on a server. Nothing is asked of it yet.
    ///
    /// # Errors
    /// The address's scheme is none of http, https and ftp, or TLS cannot be set up.
    pub fn remote(url: &Url, cancel: &Cancel) -> Result<Tree, Error> {
        Tree::with_limits(url, cancel, Limits::default())
    }

    /// The same with limits of one's own.
    ///
    /// # Errors
    /// As for [`Tree::remote`].
    pub fn with_limits(url: &Url, cancel: &Cancel, limits: Limits) -> Result<Tree, Error> {
        let backend: Arc<dyn Backend> = match url.scheme() {
            "http" | "https" => Arc::new(http::Http::new(url.clone(), limits)?),
            "ftp" => Arc::new(ftp::Ftp::new(url.clone(), limits)),
            other => {
                let why = format!("{other}:// is not read");
                return Err(Error::Address { text: location::shown(url), why });
            }
        };
        Ok(Tree { backend, limits, cancel: cancel.clone(), is_remote: true, _mount: None })
    }

    /// A directory of this host, which links in it do not lead out of.
    #[must_use]
    pub fn directory(path: &Path, cancel: &Cancel) -> Tree {
        Tree::below(path, Path::new(""), cancel)
    }

    /// The tree in a directory, at `tree` below `top`, which no link leads out of.
    fn below(top: &Path, tree: &Path, cancel: &Cancel) -> Tree {
        let backend = Arc::new(directory::Directory::new(top, tree));
        Tree { backend, limits: Limits::default(), cancel: cancel.clone(), is_remote: false, _mount: None }
    }

    /// The tree on an NFS share; where this has to mount it, it stays so for the tree's life.
    ///
    /// # Errors
    /// It is not mounted, and this is not root or cannot mount it.
    pub fn share(share: &Share, cancel: &Cancel) -> Result<Tree, Error> {
        let opened = share.open(cancel)?;
        let tree = Tree::below(&opened.top, &opened.tree, cancel);
        Ok(Tree { _mount: opened.mount.map(Arc::new), ..tree })
    }

    /// Whether it is on a server, so that what comes from it is worth keeping.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        self.is_remote
    }

    /// A path's address as it may be printed.
    #[must_use]
    pub fn address(&self, path: &str) -> String {
        self.backend.address(path)
    }

    /// Copies the file at `path` into `target` and gives its size in bytes.
    ///
    /// # Errors
    /// There is no such file, it cannot be read whole, `target` takes no more, or the user cancelled.
    pub fn fetch(&self, path: &str, target: &mut impl Write, progress: &dyn Progress) -> Result<u64, Error> {
        let url = self.address(path);
        let absent = || Error::NotFound { url: url.clone() };
        if !is_safe(path) {
            return Err(absent());
        }
        let name = path.rsplit('/').next().unwrap_or(path);
        let mut task = None;
        let mut bytes = 0;
        transfer::receive(self, path, None, |piece, header| {
            task.get_or_insert_with(|| progress.begin(&format!("Retrieving '{name}'"), header.length))
                .advance(piece.len() as u64);
            target.write_all(piece).map_err(|source| Error::Write { url: url.clone(), source })?;
            bytes += piece.len() as u64;
            Ok(transfer::Wanted::More)
        })?
        .ok_or_else(absent)?;
        Ok(bytes)
    }

    /// The first `max` bytes of the file at `path`; `None` if the server says that there is none.
    fn start(&self, path: &str, max: usize) -> Result<Option<Vec<u8>>, Error> {
        let mut start = Vec::new();
        let found = transfer::receive(self, path, None, |piece, _| {
            start.extend_from_slice(&piece[..piece.len().min(max - start.len())]);
            Ok(if start.len() < max { transfer::Wanted::More } else { transfer::Wanted::NoMore })
        })?;
        Ok(found.map(|_| start))
    }
}

impl isos::boot_info::Tree for Tree {
    fn read(&self, path: &str, max: usize) -> Result<Option<Vec<u8>>, isos::boot_info::TreeError> {
        if !is_safe(path) {
            return Ok(None);
        }
        match self.start(path, max) {
            Err(Error::Hidden { .. }) => Ok(None),
            start => Ok(start?),
        }
    }

    fn exists(&self, path: &str) -> Result<bool, isos::boot_info::TreeError> {
        let asked = path.to_owned();
        if !is_safe(path) {
            return Ok(false);
        }
        match transfer::ask(self, path, move |backend| backend.exists(&asked)) {
            Err(Error::Hidden { .. }) => Ok(false),
            answer => Ok(answer?),
        }
    }

    fn list(&self, path: &str) -> Result<Option<Vec<String>>, isos::boot_info::TreeError> {
        if !is_safe(path) {
            return Ok(None);
        }
        let asked = path.to_owned();
        Ok(transfer::ask(self, path, move |backend| backend.list(&asked))?)
    }
}

/// Whether a path, which a tree's own description may have given, stays inside the tree.
fn is_safe(path: &str) -> bool {
    !path.contains(['\0', '\n', '\r', '\\']) && path.split('/').all(|part| part != "..")
}

#[cfg(test)]
mod tests;
