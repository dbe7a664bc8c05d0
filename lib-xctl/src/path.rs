//! Paths of this host as definitions name them, and what tells one file from another.

use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Component, Path, PathBuf};

/// The path from the root, without `.` and `..`, so that a file has one name however it was typed. What is a link stays
/// one, unless the way leads through it and back: behind `..` is then the directory above the one it points to.
///
/// # Errors
/// There is no current directory, or no path.
pub(crate) fn absolute(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    let mut plain = PathBuf::new();
    for component in std::path::absolute(path)?.components() {
        match component {
            Component::ParentDir => {
                if plain.is_symlink() {
                    plain = plain.canonicalize().unwrap_or(plain);
                }
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    Ok(plain)
}

/// What two names of one file have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Identity {
    /// A device node's device: it may have several nodes.
    Device(u64),
    /// Any other file's device and inode: links lead to the same.
    File(u64, u64),
    /// What is not there, or is no path of this host.
    Name(PathBuf),
}

impl Identity {
    /// Of what is at `path`.
    pub(crate) fn of(path: &Path) -> Identity {
        match path.metadata().ok().filter(|_| path.is_absolute()) {
            Some(found) if found.file_type().is_block_device() => Identity::Device(found.rdev()),
            Some(found) => Identity::File(found.dev(), found.ino()),
            None => Identity::Name(path.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_one_name_however_it_was_typed() {
        let here = std::env::current_dir().unwrap();
        assert_eq!(absolute("a.img").unwrap(), here.join("a.img"));
        assert_eq!(absolute("../a.img").unwrap(), here.parent().unwrap().join("a.img"));
        assert_eq!(absolute("/x/./y//../../../z/").unwrap(), Path::new("/z"));
    }

    #[test]
    fn the_way_back_from_a_link_is_that_of_its_target() {
        let directory = tempfile::tempdir().unwrap();
        let top = directory.path().canonicalize().unwrap();
        std::fs::create_dir_all(top.join("far/away")).unwrap();
        std::os::unix::fs::symlink(top.join("far/away"), top.join("link")).unwrap();
        assert_eq!(absolute(top.join("link/../a.img")).unwrap(), top.join("far/a.img"));
        assert_eq!(absolute(top.join("link/a.img")).unwrap(), top.join("link/a.img"));
    }

    #[test]
    fn links_do_not_make_two_files_of_one() {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str| directory.path().join(name);
        std::fs::write(file("a"), "").unwrap();
        std::fs::write(file("b"), "").unwrap();
        std::fs::hard_link(file("a"), file("hard")).unwrap();
        std::os::unix::fs::symlink(file("a"), file("soft")).unwrap();
        let a = Identity::of(&file("a"));
        assert!(a == Identity::of(&file("hard")) && a == Identity::of(&file("soft")));
        assert!(a != Identity::of(&file("b")) && a != Identity::of(&file("none")));
    }
}
