//! A file that another one took the place of: which is which, and whether the old one may come back.
//!
//! Between the exchange and its undoing anything may happen, a guest may have been started and have written to the new
//! file. The old one comes back only where it is known that nothing is lost by that; in doubt both are kept.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::thing::{Undone, absent_is_fine};
use crate::clone::file::is_being_written;
use crate::storage::layers::{MAX_LAYERS, below};

/// A file by the numbers that it keeps when it is renamed: its device's and its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inode {
    pub(super) device: u64,
    pub(super) number: u64,
}

impl Inode {
    /// The file at `path`.
    ///
    /// # Errors
    /// There is none, or it cannot be looked at.
    pub fn of(path: &Path) -> io::Result<Inode> {
        let metadata = path.symlink_metadata()?;
        Ok(Inode { device: metadata.dev(), number: metadata.ino() })
    }

    pub(super) fn is_at(self, path: &Path) -> bool {
        Inode::of(path).is_ok_and(|found| found == self)
    }
}

/// A file as it was left by whoever wrote it. Whoever writes to it later makes another version of it, and whoever renames
/// it does not; for which reason the time of its last change of any kind is no part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    pub(super) inode: Inode,
    pub(super) size: u64,
    /// When it was written to last, in seconds since 1970 and nanoseconds.
    pub(super) written: (i64, i64),
}

impl Version {
    /// The file at `path`, as it is now.
    ///
    /// # Errors
    /// There is none, or it cannot be looked at.
    pub fn of(path: &Path) -> io::Result<Version> {
        let metadata = path.symlink_metadata()?;
        let inode = Inode { device: metadata.dev(), number: metadata.ino() };
        Ok(Version { inode, size: metadata.len(), written: (metadata.mtime(), metadata.mtime_nsec()) })
    }

    /// Whether `image` is laid over the file at `place` since this one is there, as with a snapshot of a guest that is off:
    /// what the guest writes then goes to the image alone.
    pub(super) fn is_below(&self, place: &Path, image: &Path) -> bool {
        let Ok(place) = place.canonicalize() else { return false };
        let is_since = |image: &Path| {
            let made = image.metadata().and_then(|metadata| metadata.created());
            let since = |made: SystemTime| made.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            // File systems that do not tell leave it in doubt.
            made.map_or(true, |made| i64::try_from(since(made)).unwrap_or(i64::MAX) >= self.written.0)
        };
        let mut above = image.to_owned();
        for _ in 0..MAX_LAYERS {
            match below(&above).and_then(|found| found.canonicalize().ok()) {
                Some(found) if found == place => return is_since(&above),
                Some(found) => above = found,
                None => return false,
            }
        }
        false
    }

    /// Whether it is the file at `path`, was not written to, and no guest has it open to write.
    fn is_untouched_at(&self, path: &Path) -> bool {
        Version::of(path).is_ok_and(|found| found == *self)
            // What this user may not read belongs to somebody else by now.
            && File::open(path).is_ok_and(|file| !is_being_written(&file))
    }
}

/// Puts the old file back into its place, and removes the new one, unless that was used since.
pub(super) fn put_back(
    place: &Path,
    aside: &Path,
    old: Inode,
    new: Option<Version>,
) -> Result<Undone, String> {
    let is_new_at = |path: &Path| new.is_some_and(|new| new.is_untouched_at(path));
    let is_absent =
        |path: &Path| path.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
    if old.is_at(aside) {
        if is_absent(place) || is_new_at(place) {
            return absent_is_fine(std::fs::rename(aside, place));
        }
    } else if !old.is_at(place) || is_absent(aside) {
        return Ok(Undone::Nothing);
    } else if is_new_at(aside) {
        // The old one had not made way yet: the other name is the new one's.
        return absent_is_fine(std::fs::remove_file(aside));
    }
    Ok(Undone::Kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header of a qcow2 image that is laid over `base`.
    fn image(base: &str) -> Vec<u8> {
        let mut image = vec![0; 104];
        image[..8].copy_from_slice(b"QFI\xfb\0\0\0\x03");
        image[8..16].copy_from_slice(&104_u64.to_be_bytes());
        image[16..20].copy_from_slice(&u32::try_from(base.len()).unwrap().to_be_bytes());
        image.extend(base.bytes());
        image
    }

    #[test]
    fn an_image_that_was_laid_over_the_new_file_is_found_and_an_older_one_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let [place, middle, top, other] =
            ["place", "middle", "top", "other"].map(|name| directory.path().join(name));
        std::fs::write(&place, "new").unwrap();
        let new = Version::of(&place).unwrap();
        std::fs::write(&middle, image("place")).unwrap();
        std::fs::write(&top, image("middle")).unwrap();
        std::fs::write(&other, image("other")).unwrap();
        for (own, expected) in [(&middle, true), (&top, true), (&other, false), (&place, false)] {
            assert_eq!(new.is_below(&place, own), expected, "{}", own.display());
        }
        let later = Version { written: (new.written.0 + 3600, 0), ..new };
        assert!(middle.metadata().unwrap().created().is_err() || !later.is_below(&place, &top));
    }
}
