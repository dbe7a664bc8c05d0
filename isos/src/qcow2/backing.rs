//! The image that another one is based on.
//!
//! An image names its backing file, and whoever made the image may have named any file. So only plain paths to
//! regular files are followed, never a protocol of QEMU; and a file is read as raw, which any file can be, only if the
//! image says so: a format that is found by looking can be chosen by whoever wrote to the disk.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::header::Backing;
use crate::source::Source;
use crate::{Error, limits};

/// The files from the image that was opened down to the one that is looked at, each as device and inode.
#[derive(Debug, Default, Clone)]
pub(crate) struct Chain(Vec<(u64, u64)>);

impl Chain {
    /// The chain with one more file; `None` if that is in it already.
    fn with(&self, identity: (u64, u64)) -> Option<Chain> {
        let mut files = self.0.clone();
        (!files.contains(&identity)).then(|| {
            files.push(identity);
            Chain(files)
        })
    }
}

/// Opens the backing file of the image in `file`.
pub(super) fn open(file: &Source, backing: &Backing, chain: &Chain) -> Result<Source, Error> {
    let name = String::from_utf8_lossy(&backing.name).into_owned();
    let own = file.identity()?;
    let chain =
        chain.with(own).ok_or_else(|| file.damaged("open its backing file", 8, "it is based on itself"))?;
    if chain.0.len() > limits::QCOW2_DEPTH {
        let what = "images are based on one another too deep";
        return Err(file.limit(&name, what, limits::QCOW2_DEPTH as u64));
    }
    let path = path(&file.path, &backing.name)
        .ok_or_else(|| file.unsupported(&name, "a backing file that is no plain path"))?;
    let failed = |source: Error| Error::Backing {
        image: file.path.clone(),
        backing: path.clone(),
        source: Box::new(source),
    };
    if std::fs::metadata(&path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(file.unsupported(&name, "a backing file that is no regular file"));
    }
    let plain = Source::open_file(&path).map_err(failed)?;
    let is_qcow2 = plain.is_qcow2().map_err(failed)?;
    match backing.format.as_deref() {
        Some(b"raw") => Ok(plain),
        Some(b"qcow2") | None if is_qcow2 => plain.into_disk(&chain).map_err(failed),
        None => Err(file.unsupported(&name, "a backing file whose format is not stated")),
        Some(b"qcow2") => {
            Err(file.damaged("open its backing file", 8, format!("'{name}' is no qcow2 image")))
        }
        Some(_) => Err(file.unsupported(&name, "a backing file of this format")),
    }
}

/// The path of the backing file; `None` for what QEMU would not take for a path.
fn path(image: &Path, name: &[u8]) -> Option<PathBuf> {
    let before_slash = name.split(|byte| *byte == b'/').next()?;
    if name.is_empty() || name.contains(&0) || before_slash.contains(&b':') {
        return None;
    }
    // An absolute path replaces what it is joined to.
    Some(image.parent().unwrap_or(Path::new("")).join(OsStr::from_bytes(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_are_followed() {
        let found = |name: &[u8]| path(Path::new("/vm/disk.qcow2"), name);
        assert_eq!(found(b"base.raw"), Some("/vm/base.raw".into()));
        assert_eq!(found(b"../a:b"), Some("/vm/../a:b".into()));
        assert_eq!(found(b"/base"), Some("/base".into()));
        for name in [&b"nbd://host/x"[..], b"json:{}", b"file:base", b"fat:rw:/x", b"", b"a\0b"] {
            assert_eq!(found(name), None);
        }
    }
}
