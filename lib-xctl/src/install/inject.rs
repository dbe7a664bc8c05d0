//! Putting files into the root of an initial RAM disk: preseeds, kickstarts, answers of all kinds.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::cpio::{Archive, Header, padding};

/// Why a file could not be put in.
#[derive(Debug, thiserror::Error)]
#[error("cannot put '{}' into the initial RAM disk: {why}", file.display())]
pub struct Error {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it, or with writing it.
    pub why: String,
}

/// A file to be put in, looked at before anything is begun.
#[derive(Debug, Clone)]
pub struct Injection {
    content: Content,
    name: String,
}

#[derive(Clone)]
enum Content {
    File(PathBuf),
    /// Made for this install; it may hold passwords.
    Made(Vec<u8>),
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Content::File(file) => write!(f, "{}", file.display()),
            Content::Made(bytes) => write!(f, "{} bytes", bytes.len()),
        }
    }
}

impl Injection {
    /// A file that is made for this install.
    pub(super) fn made(name: String, bytes: Vec<u8>) -> Injection {
        Injection { content: Content::Made(bytes), name }
    }
}

/// Checks that all `files` can be read and do not hide each other.
///
/// # Errors
/// Which file cannot go in, and why.
pub fn check(files: &[PathBuf]) -> Result<Vec<Injection>, Error> {
    let mut names = HashSet::new();
    files
        .iter()
        .map(|file| {
            let failed = |why: String| Error { file: file.clone(), why };
            let metadata = File::open(file)
                .and_then(|opened| opened.metadata())
                .map_err(|error| failed(error.to_string()))?;
            if !metadata.is_file() {
                return Err(failed("it is no regular file".to_owned()));
            }
            let name = file.file_name().and_then(|name| name.to_str());
            let name = name.ok_or_else(|| failed("its name is no UTF-8".to_owned()))?.to_owned();
            if !names.insert(name.clone()) {
                return Err(failed("another file of that name goes in as well".to_owned()));
            }
            Ok(Injection { content: Content::File(file.clone()), name })
        })
        .collect()
}

/// Appends an archive of `files` to `initrd`, whose path is only for messages.
///
/// # Errors
/// A file cannot be read any more, or `initrd` not be written.
pub fn append(initrd: &mut File, path: &Path, files: &[Injection]) -> Result<(), Error> {
    if files.is_empty() {
        return Ok(());
    }
    let unwritable = |error: io::Error| Error { file: path.to_owned(), why: error.to_string() };
    let length = initrd.seek(io::SeekFrom::End(0)).map_err(unwritable)?;
    initrd.write_all(padding(length)).map_err(unwritable)?;
    let mut archive = Archive::new(GzEncoder::new(&mut *initrd, Compression::default()));
    for injection in files {
        let file = match &injection.content {
            Content::File(file) => file,
            Content::Made(bytes) => {
                let size = bytes.len() as u32;
                // The installer's own root is who reads it.
                let header = Header { name: &injection.name, mode: 0o100_600, modified: 0, size };
                archive.add(header, &mut bytes.as_slice()).map_err(unwritable)?;
                continue;
            }
        };
        let failed = |error: io::Error| Error { file: file.clone(), why: error.to_string() };
        let mut content = File::open(file).map_err(failed)?;
        let metadata = content.metadata().map_err(failed)?;
        let header = Header {
            name: &injection.name,
            mode: metadata.mode(),
            modified: u32::try_from(metadata.mtime()).unwrap_or(0),
            size: u32::try_from(metadata.len()).map_err(|_| failed(io::ErrorKind::FileTooLarge.into()))?,
        };
        archive.add(header, &mut content).map_err(failed)?;
    }
    archive.finish().and_then(GzEncoder::finish).and_then(|file| file.flush()).map_err(unwritable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn files_are_appended_behind_what_is_there() {
        let directory = tempfile::tempdir().unwrap();
        let preseed = directory.path().join("preseed.cfg");
        std::fs::write(&preseed, "d-i x").unwrap();
        let path = directory.path().join("initrd.gz");
        std::fs::write(&path, "odd size").unwrap();
        let mut initrd = File::options().read(true).write(true).open(&path).unwrap();
        initrd.write_all(b"o").unwrap();
        append(&mut initrd, &path, &check(&[preseed]).unwrap()).unwrap();
        let all = std::fs::read(&path).unwrap();
        let (before, appended) = all.split_at(8);
        assert_eq!(before, b"odd size");
        let mut archive = Vec::new();
        flate2::read::GzDecoder::new(appended).read_to_end(&mut archive).unwrap();
        assert!(archive.starts_with(b"070701"));
        assert!(archive.windows(19).any(|window| window == b"preseed.cfg\0\0\0d-i x"), "{archive:?}");
    }

    #[test]
    fn what_cannot_go_in_is_refused_before_anything_is_begun() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a");
        std::fs::write(&file, "").unwrap();
        for (files, why) in [
            (vec![directory.path().join("missing")], "No such file"),
            (vec![directory.path().to_owned()], "no regular file"),
            (vec![file.clone(), file], "another file of that name"),
        ] {
            let error = check(&files).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
