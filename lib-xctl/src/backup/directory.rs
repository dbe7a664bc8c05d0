//! The directory of a guest's backups, while one is added.

use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use hypervisor::Domain;

use super::Error;
use super::manifest::{self, Manifest};
use crate::cleanup::{Cleanup, Thing};
use crate::defaults;
use crate::document::Document;
use crate::progress::Progress;
use crate::storage::access::{self, Account};

/// A directory that nobody else writes to while this lives.
pub(super) struct Directory {
    path: PathBuf,
    pub(super) manifest: Manifest,
    /// The mode of directories in it.
    mode: u32,
    _lock: File,
}

impl Directory {
    /// Opens the directory of this guest, which is made if it is not there.
    pub(super) fn open(path: PathBuf, domain: &Domain, cleanup: &mut Cleanup) -> Result<Self, Error> {
        // What only this user reads is reached by the user that guests run as, where that is another one.
        let mode = if runs_as_user(domain) { 0o700 } else { 0o711 };
        if path.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            cleanup.add(Thing::Directory(path.clone()));
            DirBuilder::new().mode(mode).create(&path).map_err(Error::file("creating", &path))?;
        }
        let mut entries = match std::fs::read_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Err(Error::NotOurs(path)),
            entries => entries.map_err(Error::file("reading", &path))?,
        };
        let lock = File::open(&path).map_err(Error::file("opening", &path))?;
        lock.try_lock().map_err(|_| Error::Busy(path.clone()))?;
        let uuid = domain.uuid();
        let manifest = match Manifest::read(&path)? {
            Some(manifest) if manifest.uuid != uuid => {
                let Manifest { guest, uuid, .. } = manifest;
                return Err(Error::OtherGuest { directory: path, guest, uuid });
            }
            Some(manifest) => manifest,
            None if entries.all(|entry| entry.is_ok_and(|entry| is_left_over(&entry.path()))) => {
                Manifest::new(domain.name(), &uuid)
            }
            None => return Err(Error::NotOurs(path)),
        };
        Ok(Self { path, manifest, mode, _lock: lock })
    }

    /// The number of the next point. What has the name of a point and is none, as far as the manifest knows, is left to
    /// the user.
    pub(super) fn next(&self, progress: &dyn Progress) -> u32 {
        let mut number = self.manifest.points.last().map_or(1, |last| last.number.saturating_add(1));
        loop {
            let place = manifest::directory(&self.path, number);
            if number == u32::MAX || place.symlink_metadata().is_err() {
                return number;
            }
            progress.warn(&format!("'{}' is not in the manifest, and is left alone", place.display()));
            number += 1;
        }
    }

    /// A new directory for what is written. What a killed program left there is removed.
    pub(super) fn begin(&self, number: u32, cleanup: &mut Cleanup) -> Result<PathBuf, Error> {
        let part = self.path.join(part(number));
        match std::fs::remove_dir_all(&part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::file("removing", &part)(error));
            }
            _ => {}
        }
        cleanup.add(Thing::Directory(part.clone()));
        DirBuilder::new().mode(self.mode).create(&part).map_err(Error::file("creating", &part))?;
        Ok(part)
    }

    /// All is written: the point gets its name, and with the manifest it counts.
    pub(super) fn complete(&self, part: &Path, number: u32) -> Result<(), Error> {
        let place = manifest::directory(&self.path, number);
        std::fs::rename(part, &place).map_err(Error::file("renaming", part))?;
        self.manifest.write(&self.path).inspect_err(|_| drop(std::fs::remove_dir_all(&place)))
    }
}

/// What a point is called until it is complete.
fn part(number: u32) -> String {
    format!(".point-{number}.part")
}

/// Whether a first backup that was killed left this.
fn is_left_over(path: &Path) -> bool {
    path.file_name().is_some_and(|name| *name == *part(1))
}

fn runs_as_user(domain: &Domain) -> bool {
    defaults::Connection::from_uri(domain.connection().uri()).runs_as_user()
}

/// QEMU of the system's daemon runs as a user of its own, and has to get there.
pub(super) fn check_access(domain: &Domain, part: &Path) -> Result<(), Error> {
    if runs_as_user(domain) {
        return Ok(());
    }
    let capabilities = Document::parse(&domain.connection().capabilities()?)?;
    let account = Account::of_guests(&capabilities);
    match account.and_then(|account| access::missing(&part.join("domain.xml"), &account)) {
        Some(missing) => Err(Error::NoAccess(missing)),
        None => Ok(()),
    }
}
