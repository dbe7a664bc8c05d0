//! Downloads into the cache: continued where they broke off, checked, and not fetched again while they are current.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::thread;
use std::time::Duration;

use super::cache::{Cache, Entry};
use super::transfer::{self, Header, Resume, Wanted};
use super::{Checksum, Error, Tree, is_safe};
use crate::progress::Progress;

/// How often a download that breaks off is continued before that is an error.
const ATTEMPTS: usize = 4;
/// Bytes that are worth keeping for the next time, when a download is given up.
const WORTH_KEEPING: u64 = 16 << 20;
/// How often it is looked whether another program has ended its download of the same file.
const GLANCE: Duration = Duration::from_millis(200);

impl Tree {
    /// The file at `path`, whole, open for reading at its start. It is kept in `cache` if a checksum or the server tells
    /// its version; it is not downloaded again while that is the one that is kept.
    ///
    /// # Errors
    /// As for [`Tree::fetch`]; its contents do not come to `checksum`; or the cache cannot be written.
    pub fn download(
        &self,
        path: &str,
        checksum: Option<&Checksum>,
        cache: &Cache,
        progress: &dyn Progress,
    ) -> Result<File, Error> {
        let url = self.address(path);
        if !is_safe(path) {
            return Err(Error::NotFound { url });
        }
        let failed = |source| Error::Write { url: url.clone(), source };
        let name = path.rsplit('/').next().unwrap_or(path);
        let entry = cache.entry(&url, name).map_err(failed)?;
        let mut part = self.wait_for_lock(&entry, &url, progress)?;
        if let Some(file) = self.kept(&entry, path, checksum)? {
            entry.discard_unused(&part);
            return Ok(file);
        }
        let received = self.receive_all(path, &entry, &mut part, progress).inspect_err(|_| {
            give_up(&entry, &part, progress);
        })?;
        if let Some(expected) = checksum {
            part.rewind().map_err(failed)?;
            let found = expected.of(&mut part).map_err(failed)?;
            if found != *expected {
                entry.discard_part();
                let (expected, found) = (expected.to_string(), found.to_string());
                return Err(Error::Checksum { url, expected, found });
            }
        }
        if checksum.is_some() || received.version.is_some() {
            entry.complete().map_err(failed)?;
        } else {
            // Nothing would ever tell whether it is still the server's.
            entry.discard_part();
        }
        part.rewind().map_err(failed)?;
        Ok(part)
    }

    fn wait_for_lock(&self, entry: &Entry, url: &str, progress: &dyn Progress) -> Result<File, Error> {
        let mut is_told = false;
        loop {
            let locked = entry.lock().map_err(|source| Error::Write { url: url.to_owned(), source })?;
            if let Some(part) = locked {
                return Ok(part);
            }
            if !std::mem::replace(&mut is_told, true) {
                progress.note(&format!("Another program is downloading {url}; waiting for it"));
            }
            if self.cancel.is_requested() {
                return Err(Error::Cancelled { url: url.to_owned() });
            }
            thread::sleep(GLANCE);
        }
    }

    /// The file as it is kept, if it is the one that is wanted.
    fn kept(&self, entry: &Entry, path: &str, checksum: Option<&Checksum>) -> Result<Option<File>, Error> {
        let Some(mut file) = entry.whole() else { return Ok(None) };
        let is_wanted = match (checksum, entry.version()) {
            (Some(wanted), _) => wanted.of(&mut file).is_ok_and(|found| found == *wanted),
            (None, Some(version)) => transfer::is_current(self, path, &version)?,
            (None, None) => false,
        };
        // Files that cannot be rewound are none.
        Ok(file.rewind().ok().filter(|()| is_wanted).map(|()| file))
    }

    /// Downloads into the part, from where it ends; a connection that breaks is taken up again.
    fn receive_all(
        &self,
        path: &str,
        entry: &Entry,
        part: &mut File,
        progress: &dyn Progress,
    ) -> Result<Header, Error> {
        let mut attempt = 1;
        loop {
            let before = length(part);
            let received = self.receive_rest(path, entry, part, progress);
            match received {
                Err(Error::Broken { .. } | Error::Stalled { .. } | Error::Connect { .. })
                    if attempt < ATTEMPTS && length(part) > before =>
                {
                    attempt += 1;
                }
                other => return other,
            }
        }
    }

    fn receive_rest(
        &self,
        path: &str,
        entry: &Entry,
        part: &mut File,
        progress: &dyn Progress,
    ) -> Result<Header, Error> {
        let url = self.address(path);
        let failed = |source| Error::Write { url: url.clone(), source };
        let resume = entry.version().map(|version| Resume { offset: length(part), version });
        let resume = resume.filter(|resume| resume.offset > 0);
        let name = path.rsplit('/').next().unwrap_or(path);
        let mut task = None;
        let header = transfer::receive(self, path, resume, |piece, header| {
            let task = match &mut task {
                Some(task) => task,
                none => {
                    // Also drops what a file of another version left.
                    part.set_len(header.start).map_err(failed)?;
                    part.seek(SeekFrom::Start(header.start)).map_err(failed)?;
                    entry.remember(header.version.as_deref()).map_err(failed)?;
                    let task = progress.begin(&format!("Retrieving '{name}'"), header.length);
                    task.advance(header.start);
                    none.insert(task)
                }
            };
            part.write_all(piece).map_err(failed)?;
            task.advance(piece.len() as u64);
            Ok(Wanted::More)
        })?;
        let header = header.ok_or_else(|| Error::NotFound { url: url.clone() })?;
        if task.is_none() {
            // An empty file, or one that had come whole before.
            part.set_len(header.start).map_err(failed)?;
            entry.remember(header.version.as_deref()).map_err(failed)?;
        }
        Ok(header)
    }
}

impl Entry {
    /// Takes the part away that was only made to be locked.
    fn discard_unused(&self, part: &File) {
        if length(part) == 0 {
            let _ = std::fs::remove_file(&self.part);
        }
    }
}

/// Keeps what is worth it for the next time, and says so.
fn give_up(entry: &Entry, part: &File, progress: &dyn Progress) {
    let length = length(part);
    if length < WORTH_KEEPING || entry.version().is_none() {
        entry.discard_part();
        return;
    }
    progress.note(&format!(
        "Kept {} MiB that came, to go on from there next time; to remove them: rm '{}'",
        length >> 20,
        entry.part.display()
    ));
}

fn length(file: &File) -> u64 {
    file.metadata().map_or(0, |metadata| metadata.len())
}
