//! Where the files of a first boot lie: where the hypervisor of the connection can read them.
//!
//! A session's QEMU runs as the user, so that a private directory in the user's cache does. The system's QEMU runs as
//! a user of its own: root writes into libvirt's boot directory, whoever else uploads into a pool there.

use std::fs::File;
use std::io::Seek;
use std::ops::ControlFlow;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use hypervisor::Connection;
use hypervisor::flags::VolumeCreateFlags;
use hypervisor::transfer::Transfer;

use super::{Cancel, Error, Progress};
use crate::cleanup::{Cleanup, Thing};
use crate::document::Document;
use crate::{defaults, place, storage};

/// libvirt's directory for kernels, which guests of the system may read.
const SYSTEM: &str = "/var/lib/libvirt/boot";

/// A place that is one install's own.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// What tells it from those of other installs.
    id: String,
    kind: Kind,
}

#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// A private directory of this host.
    Directory(PathBuf),
    /// A pool on the hypervisor's host.
    Pool(storage::Pool),
}

impl Place {
    /// Chooses the place. Nothing is made yet.
    pub(super) fn choose(connection: &Connection) -> Result<Place, Error> {
        let id = uuid::Uuid::new_v4().simple().to_string()[..8].to_owned();
        let reached = defaults::Connection::from_uri(connection.uri());
        let is_root = nix::unistd::geteuid().is_root();
        let directory = if reached.remote {
            None
        } else if reached.runs_as_user() || reached.driver == "test" {
            Some(cache().join(&id))
        } else if is_root && Path::new(SYSTEM).is_dir() {
            Some(Path::new(SYSTEM).join(format!("xctl-{id}")))
        } else {
            None
        };
        if let Some(directory) = directory {
            return Ok(Place { id, kind: Kind::Directory(directory) });
        }
        let failed = |reason| Error::Disk { text: SYSTEM.to_owned(), reason };
        let mut pool = storage::Pool::of_directory(connection, Path::new(SYSTEM)).map_err(failed)?;
        if !pool.exists {
            pool.name = "boot-scratch".to_owned();
        }
        Ok(Place { id, kind: Kind::Pool(pool) })
    }

    /// A private directory of this host, for what is uploaded from there.
    pub(super) fn local() -> Place {
        let id = uuid::Uuid::new_v4().simple().to_string();
        Place { kind: Kind::Directory(cache().join(&id)), id }
    }

    pub(super) fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Where a file of that name lies.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        match &self.kind {
            Kind::Directory(directory) => directory.join(name),
            Kind::Pool(pool) => pool.target.join(format!("xctl-{}-{name}", self.id)),
        }
    }

    /// Whether a thing was made here, or on this host on the way here.
    pub(super) fn has(&self, thing: &Thing) -> bool {
        match (thing, &self.kind) {
            (Thing::File(path) | Thing::Directory(path), Kind::Directory(own)) => path.starts_with(own),
            (Thing::File(path) | Thing::Directory(path), Kind::Pool(_)) => path.starts_with(cache()),
            (Thing::Volume { pool, name, .. }, Kind::Pool(own)) => {
                *pool == own.name && name.starts_with(&format!("xctl-{}-", self.id))
            }
            _ => false,
        }
    }

    /// Makes the directory, which is listed in `cleanup` before; a pool is made with its first volume.
    pub(super) fn make(&self, cleanup: &mut Cleanup) -> Result<(), Error> {
        let Kind::Directory(directory) = &self.kind else { return Ok(()) };
        cleanup.add(Thing::Directory(directory.clone()));
        // The system's QEMU has to pass through; what is secret in there only it and its owner can read.
        let mode = if directory.starts_with(SYSTEM) { 0o711 } else { 0o700 };
        let parent = directory.parent().unwrap_or(Path::new("/"));
        place::make(parent)
            .and_then(|()| std::fs::DirBuilder::new().mode(mode).create(directory))
            .map_err(|source| Error::BootFile { path: directory.clone(), source })
    }

    /// Copies a file to `path` in the pool, as a volume that only its owner can read.
    pub(super) fn upload(
        pool: &storage::Pool,
        path: &Path,
        mut file: File,
        connection: &Connection,
        cleanup: &mut Cleanup,
        progress: &dyn Progress,
        cancel: &Cancel,
    ) -> Result<(), Error> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let failed = |source| Error::BootFile { path: path.to_owned(), source };
        let length =
            file.metadata().and_then(|metadata| file.rewind().map(|()| metadata.len())).map_err(failed)?;
        let open = pool
            .open(connection, cleanup)
            .map_err(|reason| Error::Disk { text: path.display().to_string(), reason })?;
        let mut definition = Document::new("volume");
        let root = definition.root();
        definition.set(root, "name", &name)?;
        definition.set(root, "capacity", &length.to_string())?;
        definition.set(root, "target/format/@type", "raw")?;
        // libvirt hands it over to the guest's user when the guest starts.
        definition.set(root, "target/permissions/mode", "0600")?;
        cleanup.add(Thing::Volume {
            uri: connection.uri().to_owned(),
            pool: pool.name.clone(),
            name: name.clone(),
        });
        let volume = open.create_volume(&definition.to_string(), VolumeCreateFlags::NONE)?;
        let task = progress.begin(&format!("Transferring '{name}'"), Some(length));
        let mut before = 0;
        let mut report = |done: u64| {
            task.advance(done - std::mem::replace(&mut before, done));
            if cancel.is_requested() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let sent = volume.upload(&mut file, Transfer::default(), &mut report);
        if cancel.is_requested() { Err(Error::Cancelled) } else { Ok(sent?) }
    }
}

/// The private directories of all installs.
fn cache() -> PathBuf {
    place::cache().join("xctl/boot")
}
