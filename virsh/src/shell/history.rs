//! The lines of former sessions, in the file that libvirt's own shell uses too: one line each, oldest first.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How many lines are kept where `VIRSH_HISTSIZE` does not say.
const USUAL_LIMIT: usize = 500;

/// The history file.
pub(super) struct History {
    path: PathBuf,
    limit: usize,
}

impl History {
    /// The user's: `$XDG_CACHE_HOME/libvirt/virsh/history`, below `~/.cache` where that is not set.
    pub(super) fn of_user() -> Self {
        let directory =
            |variable| std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
        let cache = directory("XDG_CACHE_HOME").or_else(|| Some(directory("HOME")?.join(".cache")));
        let limit = std::env::var("VIRSH_HISTSIZE").ok().and_then(|text| text.parse().ok());
        Self {
            path: cache.unwrap_or_default().join("libvirt/virsh/history"),
            limit: limit.unwrap_or(USUAL_LIMIT),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// The lines of former sessions; none where there is no file yet.
    pub(super) fn load(&self) -> Vec<String> {
        let bytes = fs::read(&self.path).unwrap_or_default();
        String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()
    }

    /// Adds a line to those that are there by now: another session may have added its own meanwhile. It is written at
    /// once, so that however the session ends, nothing is lost.
    pub(super) fn append(&self, line: &str) -> io::Result<()> {
        if self.limit == 0 {
            return Ok(());
        }
        let Some(directory) = self.path.parent() else { return Ok(()) };
        fs::create_dir_all(directory)?;
        let mut all = self.load();
        all.push(line.replace('\n', " "));
        let surplus = all.len().saturating_sub(self.limit);
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        for line in &all[surplus..] {
            writeln!(file, "{line}")?;
        }
        file.persist(&self.path)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_lines_are_kept() {
        let directory = tempfile::tempdir().unwrap();
        let history = History { path: directory.path().join("virsh/history"), limit: 3 };
        for line in ["one", "two", "three", "fo\nur"] {
            history.append(line).unwrap();
        }
        assert_eq!(history.load(), ["two", "three", "fo ur"]);
    }
}
