//! A backup, from the directory to the point in it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use hypervisor::flags::DomainXml;
use hypervisor::{Connection, Domain, ErrorCode};

use super::Error;
use super::copy::copy;
use super::directory::{Directory, check_access};
use super::image::private;
use super::manifest::{Kept, Manifest, Point};
use super::push::{Push, Since, forget};
use super::restore::check_images;
use crate::cleanup::{Cleanup, Thing, Work};
use crate::defaults;
use crate::document::Document;
use crate::domain::Disk;
use crate::progress::{Cancel, Progress};

/// How much is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// What changed, or all where that is not known.
    Auto,
    /// All.
    Full,
    /// What changed, or nothing.
    Incremental,
}

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Request {
    /// Where backups of this guest are.
    pub directory: PathBuf,
    /// How much is written.
    pub mode: Mode,
}

/// What was made.
#[derive(Debug)]
pub struct Made {
    /// The point.
    pub point: Point,
    /// Why all was written, where that was not asked for.
    pub why_full: Option<String>,
}

/// A disk that is backed up.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) target: String,
    pub(super) kind: String,
    pub(super) path: Option<String>,
    pub(super) volume: Option<(String, String)>,
    pub(super) format: String,
    pub(super) is_encrypted: bool,
}

impl Source {
    fn of(disk: &Disk<'_>) -> Self {
        Self {
            target: disk.target().unwrap_or_default(),
            kind: disk.kind(),
            path: disk.path(),
            volume: disk.volume(),
            format: disk.format().unwrap_or_else(|| "raw".to_owned()),
            is_encrypted: disk.is_encrypted(),
        }
    }

    /// Whether its image can keep track of what changes.
    pub(super) fn keeps_track(&self) -> bool {
        self.format == "qcow2"
    }

    /// What the manifest says of it.
    pub(super) fn kept(&self, size: u64, image: &Path, base: Option<u32>) -> Result<Kept, Error> {
        let bytes = image.metadata().map_err(Error::file("reading", image))?.len();
        let source = self.path.clone().filter(|_| self.kind == "file");
        Ok(Kept { target: self.target.clone(), source, format: self.format.clone(), size, bytes, base })
    }
}

/// Backs a guest up.
///
/// # Errors
/// Why it cannot be; what was written until then is removed.
pub fn run(
    connection: &Connection,
    domain: &Domain,
    request: &Request,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<Made, Error> {
    if defaults::Connection::from_uri(connection.uri()).remote {
        return Err(Error::Remote(connection.uri().to_owned()));
    }
    let directory =
        std::path::absolute(&request.directory).map_err(Error::file("finding", &request.directory))?;
    let mut cleanup = Cleanup::begin(Work::Backup, progress);
    let made = Making { domain, directory, mode: request.mode, progress, cancel }.run(&mut cleanup);
    match made {
        Ok(_) => {}
        Err(_) => {
            let removal = cleanup.remove_all(connection);
            removal.tell_kept(progress);
            for (thing, why) in removal.left {
                progress.warn(&format!("Could not remove {thing}: {why}; {}", thing.command()));
            }
        }
    }
    made
}

struct Making<'a> {
    domain: &'a Domain,
    directory: PathBuf,
    mode: Mode,
    progress: &'a dyn Progress,
    cancel: &'a Cancel,
}

impl Making<'_> {
    fn run(&self, cleanup: &mut Cleanup) -> Result<Made, Error> {
        let document = Document::parse(&self.domain.xml(DomainXml::INACTIVE | DomainXml::SECURE)?)?;
        let is_active = self.domain.is_active()?;
        // What a running guest writes to now may not be what its definition says.
        let live = match is_active {
            true => Document::parse(&self.domain.xml(DomainXml::NONE)?)?,
            false => document.clone(),
        };
        let (sources, others) = disks(&live);
        if sources.is_empty() {
            return Err(Error::NoDisk(self.domain.name().to_owned()));
        }
        for Source { target, .. } in sources.iter().filter(|source| source.is_encrypted) {
            if !is_active {
                return Err(Error::Encrypted(target.clone()));
            }
            // QEMU writes what the guest reads.
            self.progress.warn(&format!("Disk '{target}' is encrypted, and its image in the backup is not"));
        }
        let mut directory = Directory::open(self.directory.clone(), self.domain, cleanup)?;
        let number = directory.next(self.progress);
        let part = directory.begin(number, cleanup)?;
        let manifest = &mut directory.manifest;

        let (since, mut why_full) = self.since(manifest, &sources, is_active)?;
        // What is forgotten when it stops has nothing to remember a checkpoint by.
        let keeps_track =
            is_active && self.domain.is_persistent()? && sources.iter().any(Source::keeps_track);
        let checkpoint = keeps_track.then(|| manifest.checkpoint_name(number));
        let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let kept = if is_active {
            check_access(self.domain, &part)?;
            let last = manifest.points.iter().rev().find_map(|point| point.checkpoint.as_deref());
            forget(self.domain, &manifest.checkpoint_prefix(), last);
            let push = Push {
                domain: self.domain,
                sources: &sources,
                others: &others,
                part: &part,
                checkpoint: checkpoint.as_deref(),
            };
            match push.run(since.as_ref(), cleanup, self.progress, self.cancel) {
                Err(Error::Libvirt(error)) if since.is_some() && is_lost(error.code) => {
                    if self.mode == Mode::Incremental {
                        return Err(Error::NotIncremental(error.message));
                    }
                    why_full = Some(error.message);
                    forget(self.domain, &manifest.checkpoint_prefix(), None);
                    push.run(None, cleanup, self.progress, self.cancel)?
                }
                kept => kept?,
            }
        } else {
            if self.domain.has_managed_save().unwrap_or(false) {
                self.progress.warn("It is saved, not shut down: its memory is not backed up");
            }
            copy(self.domain, &sources, &part, cleanup, self.progress, self.cancel)?
        };
        self.keep_definition(&document, &part, cleanup)?;

        let point = Point { number, time, ran: is_active, checkpoint, disks: kept };
        manifest.points.push(point.clone());
        directory.complete(&part, number)?;
        cleanup.settle();
        if is_active {
            forget(self.domain, &directory.manifest.checkpoint_prefix(), point.checkpoint.as_deref());
        }
        Ok(Made { point, why_full })
    }

    /// Since when it is known what changed; else why it is not, if that has to be said.
    fn since(
        &self,
        manifest: &Manifest,
        sources: &[Source],
        is_active: bool,
    ) -> Result<(Option<Since>, Option<String>), Error> {
        let last = manifest.points.iter().rev().find(|point| point.checkpoint.is_some());
        let last = last.and_then(|point| Some((point, point.checkpoint.clone()?)));
        let unknown = match &last {
            _ if self.mode == Mode::Full || (manifest.points.is_empty() && self.mode == Mode::Auto) => {
                return Ok((None, None));
            }
            None if manifest.points.is_empty() => "there is no backup yet".to_owned(),
            _ if !is_active => "the domain is off, and only a running one knows".to_owned(),
            None if !sources.iter().any(Source::keeps_track) => {
                "none of its disks is a qcow2 image, which would keep track".to_owned()
            }
            None => "no disk kept track of it".to_owned(),
            Some((_, name)) if self.domain.checkpoint_by_name(name).is_err() => {
                format!("the domain has lost the checkpoint '{name}'")
            }
            Some((point, _)) if check_images(&self.directory, manifest, point).is_err() => {
                format!("point {} is not there as it was", point.number)
            }
            Some((point, checkpoint)) => {
                let is_kept = |source: &&Source| {
                    source.keeps_track() && point.disks.iter().any(|disk| disk.target == source.target)
                };
                let targets = sources.iter().filter(is_kept).map(|source| source.target.clone()).collect();
                let (point, checkpoint) = (point.number, checkpoint.clone());
                return Ok((Some(Since { point, checkpoint, targets }), None));
            }
        };
        match self.mode {
            Mode::Incremental => Err(Error::NotIncremental(unknown)),
            _ => Ok((None, Some(unknown))),
        }
    }

    /// The guest's definition, and the variables of its firmware, which are in a file of its own.
    fn keep_definition(&self, document: &Document, part: &Path, cleanup: &mut Cleanup) -> Result<(), Error> {
        let path = part.join("domain.xml");
        cleanup.add(Thing::File(path.clone()));
        private(&path)?;
        std::fs::write(&path, document.to_string()).map_err(Error::file("writing", &path))?;
        if let Some(variables) =
            document.get(document.root(), "os/nvram").filter(|path| path.starts_with('/'))
        {
            let path = part.join("nvram");
            cleanup.add(Thing::File(path.clone()));
            private(&path)?;
            if let Err(error) = std::fs::copy(&*variables, &path).and_then(|_| set_private(&path)) {
                self.progress
                    .warn(&format!("The firmware's variables are not backed up: {variables}: {error}"));
                std::fs::remove_file(&path).map_err(Error::file("removing", &path))?;
            }
        }
        if document.get(document.root(), "devices/tpm/backend/@type").as_deref() == Some("emulator") {
            self.progress.warn("The state of its emulated TPM is not backed up");
        }
        Ok(())
    }
}

fn set_private(path: &Path) -> io::Result<()> {
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
}

/// The disks that are backed up, and those that are not.
fn disks(document: &Document) -> (Vec<Source>, Vec<String>) {
    let is_kept = |disk: &Disk<'_>| {
        let has_contents = disk.path().is_some() || disk.volume().is_some();
        !disk.is_removable() && !disk.is_read_only() && has_contents
    };
    let (kept, others): (Vec<Disk<'_>>, Vec<Disk<'_>>) = Disk::all(document).partition(is_kept);
    (kept.iter().map(Source::of).collect(), others.iter().filter_map(Disk::target).collect())
}

/// Whether libvirt says that it does not know any more what changed.
fn is_lost(code: ErrorCode) -> bool {
    code == ErrorCode::CHECKPOINT_INCONSISTENT
        || code == ErrorCode::NO_DOMAIN_CHECKPOINT
        || code.is_unsupported()
}
