//! A directory of this host as a tree.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::{Backend, Error, Header, Opened, Resume};

pub(super) struct Directory {
    top: PathBuf,
}

impl Directory {
    pub(super) fn new(top: &Path) -> Directory {
        Directory { top: top.to_owned() }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.top.join(path.trim_start_matches('/'))
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
        let path = self.path(path);
        let Some(metadata) = if_present(&path, std::fs::metadata(&path))? else { return Ok(None) };
        // Opening a pipe that lies in the tree would wait for ever.
        if !metadata.is_file() {
            return Ok(None);
        }
        let Some(file) = if_present(&path, File::open(&path))? else { return Ok(None) };
        let url = path.display().to_string();
        let header = Header { length: Some(metadata.len()), ..Header::default() };
        Ok(Some(Opened { url, header, body: Box::new(file) }))
    }

    fn is_current(&self, _: &str, _: &str) -> Result<bool, Error> {
        Ok(false)
    }

    fn exists(&self, path: &str) -> Result<bool, Error> {
        let path = self.path(path);
        Ok(if_present(&path, std::fs::metadata(&path))?.is_some())
    }

    fn list(&self, path: &str) -> Result<Option<Vec<String>>, Error> {
        let path = self.path(path);
        let Some(entries) = if_present(&path, std::fs::read_dir(&path))? else { return Ok(None) };
        let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        if_present(&path, names.collect())
    }

    fn address(&self, path: &str) -> String {
        self.path(path).display().to_string()
    }
}
