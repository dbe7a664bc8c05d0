//! Linked clones: new images that are laid over the original's disks.
//!
//! They read from those what they have not written themselves. Whoever writes to a disk that a clone is laid over
//! destroys the clone, without anybody noticing at once.

use std::path::Path;

use hypervisor::{Connection, Domain};

use super::Error;
use super::disks::{Copy, Disks, Place, Wanted, capacity};
use super::file::is_being_written;
use super::stored::Stored;
use crate::cleanup::quoted;
use crate::progress::Progress;
use crate::storage::{Backing, Creation};

/// Formats that a linked clone can be laid over.
const LINKABLE: [&str; 2] = ["raw", "qcow2"];

impl Disks<'_> {
    /// A new image over the original's, which is only read.
    pub(super) fn overlay(
        &mut self,
        wanted: &Wanted,
        old: &Path,
        new: &Path,
    ) -> Result<(Copy, Place), Error> {
        let shown = old.display().to_string();
        if !LINKABLE.contains(&&*wanted.format) {
            let why = format!("its format is {}", wanted.format);
            return Err(not_linkable(&shown, &why, "only raw and qcow2 images can be below a linked clone"));
        }
        let capacity = match &wanted.stored {
            Stored::Local(local) => {
                if std::fs::File::open(old).is_ok_and(|file| is_being_written(&file)) {
                    return Err(Error::BeingWritten(old.to_owned()));
                }
                capacity(wanted, local)
            }
            Stored::Managed(managed) => managed.volume.info()?.capacity.0,
            Stored::Empty | Stored::Not(_) => 0,
        };
        if self.usage.is_used_by_a_running_guest(&shown) {
            let why = "a running guest uses it, and may write to it";
            return Err(not_linkable(&shown, why, "shut that guest down first, or clone without --linked"));
        }
        if self.exists(new) {
            return Err(Error::Exists(new.display().to_string()));
        }
        let pool = self.pool(new)?;
        if pool.default_format().is_none() {
            let why = "the clone's part of it needs a file, and there is none beside it";
            return Err(not_linkable(&shown, why, "name a file with --file, such as --file NAME.qcow2"));
        }
        let name = new.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let backing =
            Backing { path: old.to_owned(), format: Some(wanted.format.clone()), capacity: Some(capacity) };
        let creation = Creation {
            pool,
            name,
            capacity,
            sparse: true,
            format: Some("qcow2".to_owned()),
            backing: Some(backing),
        };
        Ok((Copy::Overlay(creation), Place::File(new.to_string_lossy().into_owned())))
    }
}

pub(super) fn not_linkable(what: &str, why: &str, hint: &str) -> Error {
    Error::NotLinkable { what: format!("'{what}'"), why: why.to_owned(), hint: hint.to_owned() }
}

/// An original that starts by itself would write to what the linked clone reads.
pub(super) fn must_not_start(connection: &Connection, original: &Domain) -> Result<(), Error> {
    if !original.autostart().unwrap_or(false) {
        return Ok(());
    }
    Err(Error::NotLinkable {
        what: format!("'{}'", original.name()),
        why: "it starts with the host, and would then write to disks that the clone reads".to_owned(),
        hint: format!(
            "virsh --connect {} autostart --disable {}",
            quoted(connection.uri()),
            quoted(original.name())
        ),
    })
}

/// Says what a linked clone means for the original.
pub(super) fn warn_of_links(copies: &[Copy], original: &str, clone: &str, progress: &dyn Progress) {
    let below: Vec<String> = copies
        .iter()
        .filter_map(|copy| match copy {
            Copy::Overlay(creation) => creation.backing.as_ref(),
            _ => None,
        })
        .map(|backing| quoted(&backing.path.to_string_lossy()))
        .collect();
    if below.is_empty() {
        return;
    }
    let files = below.join(" ");
    progress.warn(&format!(
        "'{clone}' reads what it has not written itself from {files}: never start '{original}' again, and keep these \
         files where and as they are\n  hint: chmod a-w {files} protects them"
    ));
}
