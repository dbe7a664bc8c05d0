//! The disks of a running guest, written by its QEMU.

use std::path::Path;
use std::thread;
use std::time::Duration;

use hypervisor::flags::{BackupFlags, CheckpointDeleteFlags, CheckpointFilter, JobAbortFlags, JobStatsFlags};
use hypervisor::{Domain, ErrorCode, Value};

use super::Error;
use super::image::{Header, rebase};
use super::making::Source;
use super::manifest::{self, Kept};
use crate::cleanup::{Cleanup, Thing};
use crate::document::Document;
use crate::progress::{Cancel, Progress};

/// How often the job is looked at.
const GLANCE: Duration = Duration::from_millis(100);

/// libvirt's number of a job that came to its end.
const COMPLETED: u32 = 3;

/// What changed since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Since {
    /// The point that was made then.
    pub(super) point: u32,
    /// The checkpoint.
    pub(super) checkpoint: String,
    /// The disks that it has.
    pub(super) targets: Vec<String>,
}

/// A backup that QEMU writes.
pub(super) struct Push<'a> {
    pub(super) domain: &'a Domain,
    pub(super) sources: &'a [Source],
    /// All disks and drives of the guest.
    pub(super) others: &'a [String],
    pub(super) part: &'a Path,
    /// The new checkpoint; none where no disk can have one.
    pub(super) checkpoint: Option<&'a str>,
}

impl Push<'_> {
    /// Begins it, waits for its end, and lays what changed over the images of `since`.
    pub(super) fn run(
        &self,
        since: Option<&Since>,
        cleanup: &mut Cleanup,
        progress: &dyn Progress,
        cancel: &Cancel,
    ) -> Result<Vec<Kept>, Error> {
        for source in self.sources {
            cleanup.add(Thing::File(self.part.join(manifest::image(&source.target))));
        }
        if let Some(name) = self.checkpoint {
            let (uri, guest) = (self.domain.connection().uri().to_owned(), self.domain.uuid());
            cleanup.add(Thing::Checkpoint { uri, guest, name: name.to_owned() });
        }
        let checkpoint = self.checkpoint.map(|name| self.checkpoint_xml(name)).transpose()?;
        self.domain.begin_backup(&self.xml(since)?, checkpoint.as_deref(), BackupFlags::NONE)?;
        self.wait(progress, cancel)?;
        self.kept(since)
    }

    fn xml(&self, since: Option<&Since>) -> Result<String, Error> {
        let mut document = Document::new("domainbackup");
        document.set_attr(document.root(), "mode", "push")?;
        let disks = document.ensure(document.root(), "disks")?;
        for source in self.sources {
            let disk = document.insert_child(disks, "disk");
            document.set_attr(disk, "name", &source.target)?;
            document.set_attr(disk, "type", "file")?;
            if let Some(since) = changed(since, &source.target) {
                document.set_attr(disk, "backupmode", "incremental")?;
                document.set_attr(disk, "incremental", &since.checkpoint)?;
            }
            document.set(disk, "driver/@type", "qcow2")?;
            let path = self.part.join(manifest::image(&source.target));
            document.set(disk, "target/@file", &path.to_string_lossy())?;
        }
        for other in self.others {
            let disk = document.insert_child(disks, "disk");
            document.set_attr(disk, "name", other)?;
            document.set_attr(disk, "backup", "no")?;
        }
        Ok(document.to_string())
    }

    fn checkpoint_xml(&self, name: &str) -> Result<String, Error> {
        let mut document = Document::new("domaincheckpoint");
        document.set(document.root(), "name", name)?;
        let disks = document.ensure(document.root(), "disks")?;
        let own = self.sources.iter().map(|source| (&source.target, source.keeps_track()));
        for (target, keeps) in own.chain(self.others.iter().map(|other| (other, false))) {
            let disk = document.insert_child(disks, "disk");
            document.set_attr(disk, "name", target)?;
            document.set_attr(disk, "checkpoint", if keeps { "bitmap" } else { "no" })?;
        }
        Ok(document.to_string())
    }

    fn wait(&self, progress: &dyn Progress, cancel: &Cancel) -> Result<(), Error> {
        let mut task = None;
        let (mut done, mut all) = (0, 0);
        let mut aborted = false;
        loop {
            let job = self.domain.job(JobStatsFlags::NONE)?;
            if job.kind == 0 {
                break;
            }
            let figure = |name: &str| {
                let found = job.values.iter().find(|value| value.name == name);
                found.and_then(|value| value.value.as_u64()).unwrap_or(0)
            };
            let (total, processed) = (figure("disk_total"), figure("disk_processed"));
            if total > 0 {
                let what = format!("Backing up {}", self.domain.name());
                let task = task.get_or_insert_with(|| progress.begin(&what, Some(total)));
                task.advance(processed.saturating_sub(done));
                done = done.max(processed);
                all = total;
            }
            if cancel.is_requested() && !aborted {
                aborted = true;
                match self.domain.abort_job(JobAbortFlags::NONE) {
                    // It ended just now.
                    Err(error) if error.code == ErrorCode::OPERATION_INVALID => {}
                    done => done?,
                }
            }
            thread::sleep(GLANCE);
        }
        if cancel.is_requested() {
            return Err(Error::Cancelled);
        }
        let end = self.domain.job(JobStatsFlags::COMPLETED)?;
        if end.kind == COMPLETED {
            // The last of it came after the last look.
            task.iter().for_each(|task| task.advance(all.saturating_sub(done)));
            return Ok(());
        }
        let said = end.values.into_iter().find(|value| value.name == "errmsg").map(|value| value.value);
        let why = match said {
            Some(Value::Text(text)) if !text.is_empty() => text,
            _ => "it was ended by somebody else".to_owned(),
        };
        Err(Error::Failed { guest: self.domain.name().to_owned(), why })
    }

    /// libvirt lays what changed over the guest's own image; it belongs on the image of then.
    fn kept(&self, since: Option<&Since>) -> Result<Vec<Kept>, Error> {
        let keep = |source: &Source| {
            let path = self.part.join(manifest::image(&source.target));
            let base = changed(since, &source.target).map(|since| since.point);
            if let Some(base) = base {
                rebase(&path, &manifest::beside(base, &source.target))?;
            }
            source.kept(Header::read(&path)?.size, &path, base)
        };
        self.sources.iter().map(keep).collect()
    }
}

/// Since when it is known what changed on this disk.
fn changed<'s>(since: Option<&'s Since>, target: &str) -> Option<&'s Since> {
    since.filter(|since| since.targets.iter().any(|own| own == target))
}

/// Makes the guest forget the checkpoints of a directory, but the one that is still needed. On a guest that is off, or
/// whose disks have lost them, only libvirt forgets.
pub(super) fn forget(domain: &Domain, prefix: &str, needed: Option<&str>) {
    // A driver that does not know them has none.
    for checkpoint in domain.checkpoints(CheckpointFilter::TOPOLOGICAL).unwrap_or_default() {
        let name = checkpoint.name();
        if name.starts_with(prefix) && Some(name) != needed {
            // One that stays is tried again by the next backup.
            let _ = checkpoint
                .delete(CheckpointDeleteFlags::NONE)
                .or_else(|_| checkpoint.delete(CheckpointDeleteFlags::METADATA_ONLY));
        }
    }
}
