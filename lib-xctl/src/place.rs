//! Directories of the user's (XDG Base Directory Specification).

use std::fs::{self, DirBuilder, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use nix::unistd::{User, geteuid};

/// `$XDG_CACHE_HOME`, or `.cache` in the home; a directory of this user's among the temporary files where there is no home
/// at all. [`make`] makes directories in it.
pub(crate) fn cache() -> PathBuf {
    of_user("XDG_CACHE_HOME", ".cache", set, listed).unwrap_or_else(temporary)
}

/// `$XDG_STATE_HOME`, or `.local/state` in the home.
pub(crate) fn state() -> Option<PathBuf> {
    of_user("XDG_STATE_HOME", ".local/state", set, listed)
}

/// What a variable says, if that is a whole path.
pub(crate) fn set(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// The home that the list of users tells.
fn listed() -> Option<PathBuf> {
    Some(User::from_uid(geteuid()).ok()??.dir).filter(|home| home.is_dir())
}

/// What the variable says, or a place below the home, which is listed where `$HOME` is not set.
fn of_user(
    variable: &str,
    below: &str,
    set: impl Fn(&str) -> Option<PathBuf>,
    listed: impl Fn() -> Option<PathBuf>,
) -> Option<PathBuf> {
    set(variable).or_else(|| Some(set("HOME").or_else(listed)?.join(below)))
}

fn temporary() -> PathBuf {
    std::env::temp_dir().join(format!("xctl-{}", geteuid()))
}

/// Makes a directory and those above it that are not there yet, for this user alone.
pub(crate) fn make(directory: &Path) -> io::Result<()> {
    make_safely(directory, &temporary())
}

fn make_safely(directory: &Path, temporary: &Path) -> io::Result<()> {
    let create = |path: &Path| DirBuilder::new().recursive(true).mode(0o700).create(path);
    if directory.starts_with(temporary) {
        create(temporary)?;
        // Whoever was here first owns it, or has made a link; whoever owns it can exchange what is in it.
        check_own(temporary, &fs::symlink_metadata(temporary)?)?;
    }
    create(directory)
}

/// Refuses what others can write into.
pub(crate) fn check_own(path: &Path, metadata: &Metadata) -> io::Result<()> {
    if metadata.uid() == geteuid().as_raw() && metadata.mode() & 0o022 == 0 {
        return Ok(());
    }
    let why = format!("{} is not this user's alone", path.display());
    Err(io::Error::new(io::ErrorKind::PermissionDenied, why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_user_without_the_variable_has_the_listed_home() {
        let state = |set: &dyn Fn(&str) -> Option<PathBuf>, listed: Option<&str>| {
            of_user("XDG_STATE_HOME", ".local/state", set, || listed.map(PathBuf::from))
        };
        assert_eq!(state(&|_| None, Some("/home/ann")), Some("/home/ann/.local/state".into()));
        assert_eq!(state(&|_| None, None), None);
        let home = |name: &str| (name == "HOME").then(|| "/h".into());
        assert_eq!(state(&home, Some("/home/ann")), Some("/h/.local/state".into()));
        assert_eq!(state(&|_| Some("/s".into()), None), Some("/s".into()));
    }

    #[test]
    fn a_directory_of_others_among_temporary_files_is_not_used() {
        let top = tempfile::tempdir().unwrap();
        let [temporary, other] = ["xctl-1", "other"].map(|name| top.path().join(name));
        let wanted = temporary.join("xctl/boot");
        make_safely(&wanted, &temporary).unwrap();
        assert_eq!(fs::metadata(&temporary).unwrap().mode() & 0o777, 0o700);
        make_safely(&wanted, &temporary).unwrap();
        fs::set_permissions(&temporary, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(make_safely(&wanted, &temporary).is_err());
        fs::rename(&temporary, &other).unwrap();
        symlink(&other, &temporary).unwrap();
        fs::set_permissions(&other, fs::Permissions::from_mode(0o700)).unwrap();
        assert!(make_safely(&wanted, &temporary).is_err());
    }
}
