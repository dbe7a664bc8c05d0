//! Directories of the user's (XDG Base Directory Specification).

use std::path::PathBuf;

use nix::unistd::{User, geteuid};

/// `$XDG_CACHE_HOME`, or `.cache` in the home, which the list of users tells where `$HOME` is not set; the directory for
/// temporary files where there is no home at all.
pub(crate) fn cache() -> PathBuf {
    let set = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let listed = || Some(User::from_uid(geteuid()).ok()??.dir).filter(|home| home.is_dir());
    let home = || set("HOME").or_else(listed).map(|home| home.join(".cache"));
    set("XDG_CACHE_HOME").or_else(home).unwrap_or_else(std::env::temp_dir)
}
