//! One file by its path or address, as suboptions that take either name it.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use reqwest::Url;

use super::ftp::decoded;
use super::location::{is_scheme, shown};
use super::{Error, Limits, Tree};
use crate::progress::{Cancel, Progress};

/// Bytes of the largest file: what people write by hand stays far below.
const MAX: u64 = 16 << 20;

/// Reads a file whole: a path of this host, a pipe among them, or an http, https, ftp or file address.
///
/// # Errors
/// It cannot be read, has more than 16 MiB, the address is of another kind, or the user cancelled.
pub fn read_file(text: &str, cancel: &Cancel, progress: &dyn Progress) -> Result<Vec<u8>, Error> {
    let Some((scheme, rest)) = text.split_once("://").filter(|(scheme, _)| is_scheme(scheme)) else {
        return local(Path::new(text));
    };
    let fault = |why: String| Error::FileAddress { text: text.to_owned(), why };
    match scheme.to_ascii_lowercase().as_str() {
        "file" => local(Path::new(rest)),
        "http" | "https" | "ftp" => {
            let url = Url::parse(text).map_err(|error| fault(error.to_string()))?;
            remote(&url, cancel, progress)
        }
        other => Err(fault(format!("{other}:// is not read"))),
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

/// The file as the only one of interest in the tree that its directory is.
fn remote(url: &Url, cancel: &Cancel, progress: &dyn Progress) -> Result<Vec<u8>, Error> {
    let none = || Error::FileAddress { text: shown(url), why: "it names no file".to_owned() };
    let name = url.path().rsplit('/').next().filter(|name| !name.is_empty()).ok_or_else(none)?;
    let path = match (url.scheme(), url.query()) {
        ("ftp", _) => decoded(name),
        (_, Some(query)) => format!("{name}?{query}"),
        (_, None) => name.to_owned(),
    };
    let directory = url.join("./").map_err(|_| none())?;
    let tree = Tree::with_limits(&directory, cancel, Limits { file: MAX, ..Limits::default() })?;
    let mut bytes = Vec::new();
    tree.fetch(&path, &mut bytes, progress)?;
    Ok(bytes)
}
