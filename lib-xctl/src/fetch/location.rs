//! Where a tree is: what the user's text names.

use std::path::{Path, PathBuf};

use reqwest::Url;

use super::Error;
use super::nfs::Share;

/// What an installation tree's address names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A file or block device on this host that should hold an image.
    Image(PathBuf),
    /// A directory on this host.
    Directory(PathBuf),
    /// A tree on a server: http, https or ftp.
    Url(Url),
    /// A tree on an NFS share.
    Nfs(Share),
}

impl Location {
    /// Finds what `text` names. Paths become absolute.
    ///
    /// # Errors
    /// There is no such path, or the address is of a kind that is not read.
    pub fn parse(text: &str) -> Result<Location, Error> {
        let fault = |why: String| Error::Address { text: text.to_owned(), why };
        if text.is_empty() {
            return Err(fault("it is empty".to_owned()));
        }
        if let Some(share) = Share::parse(text) {
            return share.map(Location::Nfs);
        }
        let Some((scheme, _)) = text.split_once("://").filter(|(scheme, _)| is_scheme(scheme)) else {
            return Location::of_path(Path::new(text));
        };
        match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" | "ftp" => {
                let mut url = Url::parse(text).map_err(|error| fault(error.to_string()))?;
                if !url.path().ends_with('/') {
                    // Joining a path to an address replaces what is behind its last slash.
                    url.set_path(&format!("{}/", url.path()));
                }
                Ok(Location::Url(url))
            }
            "file" => Location::of_path(Path::new(&text["file://".len()..])),
            other => Err(fault(format!("{other}:// is not read"))),
        }
    }

    fn of_path(path: &Path) -> Result<Location, Error> {
        let failed = |source| Error::Local { path: path.to_owned(), source };
        let absolute = crate::path::absolute(path).map_err(failed)?;
        let metadata = std::fs::metadata(&absolute).map_err(failed)?;
        Ok(if metadata.is_dir() { Location::Directory(absolute) } else { Location::Image(absolute) })
    }
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Location::Image(path) | Location::Directory(path) => write!(f, "{}", path.display()),
            Location::Url(url) => f.write_str(&shown(url)),
            Location::Nfs(share) => share.fmt(f),
        }
    }
}

/// An address as it may be printed: without its password.
pub(super) fn shown(url: &Url) -> String {
    without_password(url.as_str())
}

/// A text that may be an address, well formed or not (RFC 3986, section 3.2.1), as it may be printed: `***` stands for
/// its password. Anything else stays as it is.
pub(crate) fn without_password(text: &str) -> String {
    let hidden = || {
        let (scheme, rest) = text.split_once("://").filter(|(scheme, _)| is_scheme(scheme))?;
        let authority = rest.split(['/', '?', '#']).next()?;
        // A password whose slash or the like is not escaped goes on behind what looks like host and port.
        let is_whole = authority.contains('@')
            || authority
                .rsplit_once(':')
                .is_none_or(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
        let (user, _) = if is_whole { authority } else { rest }.rsplit_once('@')?;
        let (name, _) = user.split_once(':')?;
        Some(format!("{scheme}://{name}:***{}", &rest[user.len()..]))
    };
    hidden().unwrap_or_else(|| text.to_owned())
}

pub(super) fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_paths_are_told_apart() {
        let directory = tempfile::tempdir().unwrap();
        let image = directory.path().join("ein Bild, \"grün\".iso");
        std::fs::write(&image, "").unwrap();
        let text = directory.path().to_str().unwrap();
        assert_eq!(Location::parse(text).unwrap(), Location::Directory(directory.path().to_owned()));
        assert_eq!(Location::parse(image.to_str().unwrap()).unwrap(), Location::Image(image.clone()));
        let url = format!("file://{}", image.display());
        assert_eq!(Location::parse(&url).unwrap(), Location::Image(image));
        assert_eq!(Location::parse("HTTP://h/debian").unwrap().to_string(), "http://h/debian/");
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_a_reason() {
        for (text, why) in [
            ("", "it is empty"),
            ("smb://h/x", "smb:// is not read"),
            ("nfs:h", "nfs:HOST:/PATH"),
            ("http://", "empty host"),
            ("/nonexistent/a.iso", "cannot read '/nonexistent/a.iso'"),
        ] {
            let error = Location::parse(text).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn a_password_is_not_printed() {
        let location = Location::parse("ftp://ann:secret@h/d").unwrap();
        assert_eq!(location.to_string(), "ftp://ann:***@h/d/");
        for (text, printed) in [
            ("http://ann:se:cr@et@h:8/d?a@b", "http://ann:***@h:8/d?a@b"),
            ("nfs://ann:se/cret@h/d", "nfs://ann:***@h/d"),
            ("http://h:80/d@e", "http://h:80/d@e"),
            ("http://ann@h/d:e", "http://ann@h/d:e"),
            ("/a:b@c", "/a:b@c"),
        ] {
            assert_eq!(without_password(text), printed);
        }
    }
}
