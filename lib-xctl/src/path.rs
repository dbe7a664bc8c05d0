//! Paths as they are typed: made whole, and compared by what they lead to.

use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Component, Path, PathBuf};

/// The path from the root, without `..` where that leads to the same file: behind a link it does not.
pub(crate) fn absolute(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    let mut whole = PathBuf::new();
    for part in std::path::absolute(path)?.components() {
        if part != Component::ParentDir || whole.ends_with("..") || whole.is_symlink() {
            whole.push(part);
        } else {
            whole.pop();
        }
    }
    Ok(whole)
}

/// What a path leads to: two that are equal lead to one file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum File {
    /// The device of a device node: it may have several nodes.
    Device(u64),
    /// Device and number of one that is there.
    There(u64, u64),
    /// The path of one that is not.
    Not(PathBuf),
}

impl File {
    /// Looks at the path, and where there is nothing at its directory. What does not begin at the root is no path of
    /// this host.
    pub(crate) fn at(path: &Path) -> File {
        if !path.is_absolute() {
            return File::Not(path.to_owned());
        }
        match path.metadata() {
            Ok(found) if found.file_type().is_block_device() => return File::Device(found.rdev()),
            Ok(found) => return File::There(found.dev(), found.ino()),
            Err(_) => {}
        }
        let directory = path.parent().and_then(|directory| directory.canonicalize().ok());
        let whole = directory.zip(path.file_name()).map(|(directory, name)| directory.join(name));
        File::Not(whole.unwrap_or_else(|| path.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_path_leads_where_it_led_before() {
        let top = tempfile::tempdir().unwrap();
        let top = top.path();
        std::fs::create_dir_all(top.join("a/b")).unwrap();
        symlink(top.join("a/b"), top.join("link")).unwrap();
        let whole = |path: &str| absolute(top.join(path)).unwrap();
        assert_eq!(whole("a/b/../../q"), top.join("q"));
        assert_eq!(whole("a/./not/../q"), top.join("a/q"));
        assert_eq!(whole("link/../q"), top.join("link/../q"));
        assert_eq!(whole("link/../../q"), top.join("link/../../q"));
        assert_eq!(absolute("/../../q").unwrap(), Path::new("/q"));
        let here = std::env::current_dir().unwrap();
        assert_eq!(absolute("../q").unwrap(), here.parent().unwrap().join("q"));
        assert!(absolute("").is_err());
    }

    #[test]
    fn links_lead_to_one_file() {
        let top = tempfile::tempdir().unwrap();
        let top = top.path();
        std::fs::create_dir(top.join("d")).unwrap();
        std::fs::write(top.join("d/file"), "").unwrap();
        symlink(top.join("d"), top.join("link")).unwrap();
        std::fs::hard_link(top.join("d/file"), top.join("hard")).unwrap();
        let file = File::at(&top.join("d/file"));
        assert_eq!(file, File::at(&top.join("link/file")));
        assert_eq!(file, File::at(&top.join("hard")));
        assert_eq!(File::at(&top.join("d/new")), File::at(&top.join("link/new")));
        assert_ne!(File::at(&top.join("d/new")), File::at(&top.join("new")));
    }
}
