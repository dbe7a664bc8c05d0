//! Going back to a snapshot. libvirt ends a running guest before it finds out that there is no way back, so that all
//! that can be looked at is looked at before.

use std::collections::HashSet;
use std::path::Path;

use hypervisor::flags::{CheckpointDeleteFlags, CheckpointFilter, SnapshotRevertFlags};
use hypervisor::{Checkpoint, Connection, Domain, Snapshot};

use super::kind::stem;
use super::{Error, described, file_of, find, inside, memory_file, overlaid, then};
use super::{arrival, frozen, others};
use crate::defaults;
use crate::document::Document;

/// A way back that is open.
#[derive(Debug)]
pub struct Rollback {
    snapshot: Snapshot,
    /// With what its disks keep track of changes, QEMU does not go back to anything inside them.
    checkpoints: Vec<Checkpoint>,
    /// Its disks' files, over which new ones are laid.
    files: Vec<String>,
    /// What is lost by it.
    pub loses: Vec<String>,
    /// Whether the guest runs afterwards, as it did when the snapshot was made.
    pub runs: bool,
}

impl Rollback {
    /// Finds the snapshot, the current one where no name is given, and looks whether it can be gone back to.
    ///
    /// # Errors
    /// There is none, or what it rests on is not there any more.
    pub fn new(connection: &Connection, domain: &Domain, name: Option<&str>) -> Result<Rollback, Error> {
        let snapshot = find(domain, name)?;
        let described = described(&snapshot)?;
        // A driver that does not know such a state keeps none.
        if domain.has_managed_save().unwrap_or(false) {
            return Err(Error::Saved { guest: domain.name().to_owned(), back: true });
        }
        let frozen = frozen::all(domain);
        let resting = frozen::resting_on(&described, &frozen);
        if !resting.is_empty() {
            let (guest, name) = (domain.name().to_owned(), snapshot.name().to_owned());
            return Err(Error::RestedOn { guest, name, resting });
        }
        // Images with snapshots inside are rewritten, and files that were laid over others are removed.
        let mut lost = others::now(domain, &[inside(&described), overlaid(&described)].concat());
        lost.retain(|file| frozen.iter().all(|frozen| frozen.file != *file));
        let others = others::resting_on(connection, domain, &lost)?;
        if !others.is_empty() {
            let what = format!("be taken back to snapshot '{}'", snapshot.name());
            return Err(Error::Others { guest: domain.name().to_owned(), what, others });
        }
        let place = defaults::Connection::from_uri(connection.uri());
        let mut why = obstacles(&described, !place.remote);
        let files = if place.remote { Vec::new() } else { files(&described) };
        if why.is_empty() && !place.remote {
            why.extend(memory_file(&described).and_then(|file| arrival::against_memory(&file)));
            why.extend(arrival::against_overlays(&files, place.runs_as_user()));
        }
        let checkpoints = match overlaid(&described).is_empty() {
            // A driver that does not know them has none.
            true => domain.checkpoints(CheckpointFilter::ROOTS).unwrap_or_default(),
            false => Vec::new(),
        };
        if !checkpoints.is_empty() && !domain.is_active()? {
            why.push(
                "its disks keep track of changes for backups, with which QEMU goes back to nothing inside them, and \
                 which only a running domain gives up: start it first"
                    .to_owned(),
            );
        }
        if !why.is_empty() {
            let (guest, name) = (domain.name().to_owned(), snapshot.name().to_owned());
            return Err(Error::NoWayBack { guest, name, why });
        }
        let mut loses = vec![format!(
            "what was written to its disks since '{}' and is in no other snapshot, and changes of its definition",
            snapshot.name()
        )];
        if domain.is_active()? {
            loses.insert(0, "what runs in it now".to_owned());
        }
        if !checkpoints.is_empty() {
            loses.push("what incremental backups rest on, so that the next one is full".to_owned());
        }
        let state = described.get(described.root(), "state");
        let runs = matches!(state.as_deref(), Some("running" | "paused"));
        Ok(Rollback { snapshot, checkpoints, files, loses, runs })
    }

    /// The snapshot.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Goes back; the guest runs afterwards if it did then, or if that is wanted.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn run(&self, running: bool) -> hypervisor::Result<()> {
        for checkpoint in &self.checkpoints {
            checkpoint.delete(CheckpointDeleteFlags::CHILDREN)?;
        }
        arrival::wait_for_names(&self.files);
        let flags = if running { SnapshotRevertFlags::RUNNING } else { SnapshotRevertFlags::NONE };
        self.snapshot.revert(flags)
    }
}

/// What stands against going back.
fn obstacles(described: &Document, is_local: bool) -> Vec<String> {
    let mut why = Vec::new();
    let is_gone = |file: &str| is_local && !Path::new(file).exists();
    if let Some(file) = memory_file(described).filter(|file| is_gone(file)) {
        why.push(format!("its memory was in '{file}', which is not there any more"));
    }
    let targets = overlaid(described);
    if targets.is_empty() {
        return why;
    }
    let then = then(described);
    let mut stems = HashSet::new();
    for target in targets {
        let file = then.and_then(|then| file_of(described, then, &target));
        match file {
            None => why.push(format!("disk '{target}' was no file then, and libvirt goes back to files only")),
            Some(file) if is_gone(&file) => {
                why.push(format!("disk '{target}' was in '{file}', which is not there any more"));
            }
            Some(file) if !stems.insert(stem(&file).to_owned()) => why.push(format!(
                "the file of disk '{target}' differs from another disk's only in what follows the last dot, which \
                 libvirt replaces"
            )),
            Some(_) => {}
        }
    }
    why
}

/// The files over which others are laid on the way back.
fn files(described: &Document) -> Vec<String> {
    let Some(then) = then(described) else { return Vec::new() };
    overlaid(described).iter().filter_map(|target| file_of(described, then, target)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_back_that_is_closed_is_found_before_it_is_taken() {
        let directory = tempfile::tempdir().unwrap();
        let there = directory.path().join("there.raw");
        std::fs::write(&there, "").unwrap();
        let described = |second: &str| {
            let disk = |target: &str, source: &str| {
                format!("<disk><source {source}/><target dev='{target}'/></disk>")
            };
            let first = disk("vda", &format!("file='{}'", there.display()));
            Document::parse(&format!(
                "<domainsnapshot><memory snapshot='external' file='{}'/><disks>\
                 <disk name='vda' snapshot='external'/><disk name='vdb' snapshot='external'/></disks>\
                 <domain><devices>{first}{}</devices></domain></domainsnapshot>",
                there.display(),
                disk("vdb", second)
            ))
            .unwrap()
        };
        let path = directory.path().display();
        for (second, expected) in [
            (format!("file='{path}/gone'"), Some("not there any more")),
            (format!("file='{path}/there.raw'"), Some("the last dot")),
            ("dev='/dev/x'".to_owned(), Some("was no file then")),
            (format!("file='{path}'"), None),
        ] {
            let why = obstacles(&described(&second), true);
            match expected {
                Some(expected) => assert!(why.len() == 1 && why[0].contains(expected), "{why:?}"),
                None => assert!(why.is_empty(), "{why:?}"),
            }
        }
    }
}
