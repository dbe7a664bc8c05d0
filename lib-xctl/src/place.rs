//! Directories of the user's (XDG Base Directory Specification).

use std::path::PathBuf;

/// `$XDG_CACHE_HOME`, or `~/.cache`; the directory for temporary files where there is no home.
pub(crate) fn cache() -> PathBuf {
    let set = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache"))).unwrap_or_else(std::env::temp_dir)
}
