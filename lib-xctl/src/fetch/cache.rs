//! Where downloads are kept: `$XDG_CACHE_HOME/xctl/downloads`, private to the user.
//!
//! A whole file is `KEY-NAME`, where the key stands for its address; `KEY-NAME.part` is one under way and
//! `KEY-NAME.tag` what its server says of its version. All of it may be removed at any time.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::checksum::fingerprint;
use crate::place;

/// How long a file is kept that nobody asks for.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The user's downloads.
#[derive(Debug, Clone)]
pub struct Cache {
    directory: PathBuf,
}

/// Where one address's file is kept.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) whole: PathBuf,
    pub(super) part: PathBuf,
    pub(super) tag: PathBuf,
}

impl Cache {
    /// That of the user.
    #[must_use]
    pub fn of_user() -> Cache {
        Cache { directory: place::cache().join("xctl/downloads") }
    }

    /// One in this directory, which is made when something comes into it.
    #[must_use]
    pub fn at(directory: &Path) -> Cache {
        Cache { directory: directory.to_owned() }
    }

    /// The place of an address's file. Files that were not asked for in a long time are removed on the way.
    pub(super) fn entry(&self, url: &str, name: &str) -> io::Result<Entry> {
        place::make(&self.directory)?;
        place::check_own(&self.directory, &fs::metadata(&self.directory)?)?;
        self.forget_old();
        let plain = |c: char| if c.is_ascii_alphanumeric() || "._-+".contains(c) { c } else { '_' };
        let name: String = name.chars().take(80).map(plain).collect();
        let whole = self.directory.join(format!("{}-{name}", fingerprint(url)));
        let beside = |ending: &str| {
            let mut path = whole.clone().into_os_string();
            path.push(ending);
            PathBuf::from(path)
        };
        Ok(Entry { part: beside(".part"), tag: beside(".tag"), whole })
    }

    fn forget_old(&self) {
        let Ok(entries) = fs::read_dir(&self.directory) else { return };
        for path in entries.flatten().map(|entry| entry.path()) {
            let age = fs::metadata(&path).and_then(|metadata| metadata.modified()).map(|time| time.elapsed());
            if age.is_ok_and(|age| age.is_ok_and(|age| age > KEPT)) {
                // Another program may be as quick.
                let _ = fs::remove_file(path);
            }
        }
    }
}

impl Entry {
    /// The part, open and this program's alone; `None` while another one is downloading it.
    pub(super) fn lock(&self) -> io::Result<Option<File>> {
        let mut options = File::options();
        let file =
            options.read(true).write(true).create(true).truncate(false).mode(0o600).open(&self.part)?;
        match file.try_lock() {
            // The other one may have ended, and taken the file away, between our opening and locking it.
            Ok(()) => Ok(self.is_part(&file)?.then_some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn is_part(&self, file: &File) -> io::Result<bool> {
        let own = file.metadata()?;
        Ok(fs::metadata(&self.part).is_ok_and(|there| (there.dev(), there.ino()) == (own.dev(), own.ino())))
    }

    /// What the server said of the version that is kept.
    pub(super) fn version(&self) -> Option<String> {
        fs::read_to_string(&self.tag).ok().filter(|tag| !tag.is_empty())
    }

    /// Remembers what the server says of the version that is coming.
    pub(super) fn remember(&self, version: Option<&str>) -> io::Result<()> {
        // The file that was whole is of another version, and must not be taken for this one.
        absent_is_fine(fs::remove_file(&self.whole))?;
        match version {
            Some(version) => fs::write(&self.tag, version),
            None => absent_is_fine(fs::remove_file(&self.tag)),
        }
    }

    /// The whole file, if it is there; it counts as asked for just now.
    pub(super) fn whole(&self) -> Option<File> {
        let file = File::options().read(true).write(true).open(&self.whole).ok()?;
        let now = SystemTime::now();
        let _ = file.set_modified(now);
        let _ = File::options().write(true).open(&self.tag).and_then(|tag| tag.set_modified(now));
        Some(file)
    }

    /// The part is whole.
    pub(super) fn complete(&self) -> io::Result<()> {
        fs::rename(&self.part, &self.whole)
    }

    /// Takes away the part and what is known of it.
    pub(super) fn discard_part(&self) {
        // What cannot be removed is overwritten by the next download.
        let _ = fs::remove_file(&self.part);
        let _ = fs::remove_file(&self.tag);
    }
}

fn absent_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn entries_are_private_and_their_names_harmless() {
        let top = tempfile::tempdir().unwrap();
        let cache = Cache::at(&top.path().join("downloads"));
        let entry = cache.entry("http://h/a", "../x y\n").unwrap();
        assert_eq!(entry.whole.parent().unwrap(), top.path().join("downloads"));
        assert!(entry.whole.to_str().unwrap().ends_with("-.._x_y_"), "{entry:?}");
        let mode = fs::metadata(top.path().join("downloads")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert_ne!(
            cache.entry("http://h/b", "x").unwrap().whole,
            cache.entry("http://h/a", "x").unwrap().whole
        );
    }

    #[test]
    fn one_program_downloads_at_a_time() {
        let top = tempfile::tempdir().unwrap();
        let entry = Cache::at(top.path()).entry("http://h/a", "a").unwrap();
        let first = entry.lock().unwrap().unwrap();
        assert!(entry.lock().unwrap().is_none());
        drop(first);
        assert!(entry.lock().unwrap().is_some());
    }

    #[test]
    fn what_nobody_asks_for_is_forgotten() {
        let top = tempfile::tempdir().unwrap();
        let cache = Cache::at(top.path());
        let (old, new) = (top.path().join("old"), top.path().join("new"));
        fs::write(&new, "").unwrap();
        File::create(&old).unwrap().set_modified(SystemTime::now() - KEPT - Duration::from_secs(9)).unwrap();
        cache.entry("http://h/a", "a").unwrap();
        assert!(!old.exists() && new.exists());
    }
}
