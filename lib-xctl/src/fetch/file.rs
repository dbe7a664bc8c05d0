//! One file by its path or address, as suboptions that take either name it.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use reqwest::Url;

use super::ftp::decoded;
use super::location::{is_scheme, shown};
use super::{Error, Limits, Tree};
use crate::progress::{Cancel, Progress};

/// Bytes of the largest file: what people write by hand stays far below.
const MAX: u64 = 16 << 20;

/// Where a single file is.
pub(crate) enum Place {
    /// On this host.
    Here(PathBuf),
    /// On a server: in the tree that its directory is, by its name there.
    Server(Tree, String),
}

impl Place {
    /// Understands a path, or an http, https, ftp or file address. Nothing is asked of a server yet.
    pub(crate) fn parse(text: &str, limits: Limits, cancel: &Cancel) -> Result<Place, Error> {
        let Some((scheme, rest)) = text.split_once("://").filter(|(scheme, _)| is_scheme(scheme)) else {
            return Ok(Place::Here(PathBuf::from(text)));
        };
        let fault = |why: String| Error::FileAddress { text: text.to_owned(), why };
        match scheme.to_ascii_lowercase().as_str() {
            "file" => Ok(Place::Here(PathBuf::from(rest))),
            "http" | "https" | "ftp" => {
                let url = Url::parse(text).map_err(|error| fault(error.to_string()))?;
                Place::on_server(&url, limits, cancel)
            }
            other => Err(fault(format!("{other}:// is not read"))),
        }
    }

    fn on_server(url: &Url, limits: Limits, cancel: &Cancel) -> Result<Place, Error> {
        let none = || Error::FileAddress { text: shown(url), why: "it names no file".to_owned() };
        let name = url.path().rsplit('/').next().filter(|name| !name.is_empty()).ok_or_else(none)?;
        let path = match (url.scheme(), url.query()) {
            ("ftp", _) => decoded(name),
            (_, Some(query)) => format!("{name}?{query}"),
            (_, None) => name.to_owned(),
        };
        let directory = url.join("./").map_err(|_| none())?;
        Ok(Place::Server(Tree::with_limits(&directory, cancel, limits)?, path))
    }
}

/// Reads a file whole: a path of this host, a pipe among them, or an http, https, ftp or file address.
///
/// # Errors
/// It cannot be read, has more than 16 MiB, the address is of another kind, or the user cancelled.
pub fn read_file(text: &str, cancel: &Cancel, progress: &dyn Progress) -> Result<Vec<u8>, Error> {
    match Place::parse(text, Limits { file: MAX, ..Limits::default() }, cancel)? {
        Place::Here(path) => local(&path),
        Place::Server(tree, path) => {
            let mut bytes = Vec::new();
            tree.fetch(&path, &mut bytes, progress)?;
            Ok(bytes)
        }
    }
}

fn local(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::Local { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX + 1).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() as u64 > MAX {
        return Err(Error::TooLarge { url: path.display().to_string(), limit: MAX });
    }
    Ok(bytes)
}
