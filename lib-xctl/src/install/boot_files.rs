//! Where kernel and initial RAM disk of the install boot lie: where the hypervisor of the connection can read them.
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

use super::inject::{self, Injection};
use super::media::Kernel;
use super::{Cancel, Error, Progress};
use crate::cleanup::{Cleanup, Thing};
use crate::document::Document;
use crate::place::cache;
use crate::{defaults, storage};

/// libvirt's directory for kernels, which guests of the system may read.
const SYSTEM: &str = "/var/lib/libvirt/boot";

/// Paths of the files, chosen before they exist so that definitions can name them.
#[derive(Debug, Clone)]
pub(super) struct BootFiles {
    place: Place,
    pub(super) kernel: PathBuf,
    pub(super) initrd: Option<PathBuf>,
}

#[derive(Debug, Clone)]
enum Place {
    /// A private directory of this host.
    Directory(PathBuf),
    /// A pool on the hypervisor's host.
    Pool(storage::Pool),
}

impl BootFiles {
    /// Chooses where the files of `kernel` go.
    pub(super) fn choose(connection: &Connection, kernel: &Kernel) -> Result<BootFiles, Error> {
        let id = uuid::Uuid::new_v4().simple().to_string();
        let id = &id[..8];
        let reached = defaults::Connection::from_uri(connection.uri());
        let is_root = nix::unistd::geteuid().is_root();
        let directory = if reached.remote {
            None
        } else if reached.runs_as_user() || reached.driver == "test" {
            Some(cache().join("xctl/boot").join(id))
        } else if is_root && Path::new(SYSTEM).is_dir() {
            Some(Path::new(SYSTEM).join(format!("xctl-{id}")))
        } else {
            None
        };
        if let Some(directory) = directory {
            return Ok(BootFiles {
                kernel: directory.join(kernel.kernel_name()),
                initrd: kernel.initrd_name().map(|name| directory.join(name)),
                place: Place::Directory(directory),
            });
        }
        let failed = |reason| Error::Disk { text: SYSTEM.to_owned(), reason };
        let mut pool = storage::Pool::of_directory(connection, Path::new(SYSTEM)).map_err(failed)?;
        if !pool.exists {
            pool.name = "boot-scratch".to_owned();
        }
        let named = |name: &str| pool.target.join(format!("xctl-{id}-{name}"));
        Ok(BootFiles {
            kernel: named(kernel.kernel_name()),
            initrd: kernel.initrd_name().map(named),
            place: Place::Pool(pool),
        })
    }

    /// Whether a thing is one of the files, or was made on the way to them.
    pub(super) fn has(&self, thing: &Thing) -> bool {
        let is_own = |path: &Path| {
            path == self.kernel
                || Some(path) == self.initrd.as_deref()
                || path.starts_with(cache().join("xctl/boot"))
        };
        match (thing, &self.place) {
            (Thing::Directory(path), Place::Directory(own)) if path == own => true,
            (Thing::File(path) | Thing::Directory(path), _) => is_own(path),
            (Thing::Volume { name, .. }, Place::Pool(pool)) => is_own(&pool.target.join(name)),
            _ => false,
        }
    }

    /// Makes the files. Each is listed in `cleanup` before.
    pub(super) fn prepare(
        &self,
        kernel: &Kernel,
        injections: &[Injection],
        connection: &Connection,
        cleanup: &mut Cleanup,
        progress: &dyn Progress,
        cancel: &Cancel,
    ) -> Result<(), Error> {
        match &self.place {
            Place::Directory(directory) => {
                self.write(directory, kernel, injections, cleanup, progress, cancel).map(drop)
            }
            Place::Pool(pool) => {
                let directory = cache().join("xctl/boot").join(uuid::Uuid::new_v4().simple().to_string());
                let local = BootFiles {
                    kernel: directory.join(kernel.kernel_name()),
                    initrd: kernel.initrd_name().map(|name| directory.join(name)),
                    place: Place::Directory(directory.clone()),
                };
                let (kernel, initrd) =
                    local.write(&directory, kernel, injections, cleanup, progress, cancel)?;
                upload(pool, &self.kernel, kernel, connection, cleanup, progress, cancel)?;
                if let (Some(path), Some(initrd)) = (&self.initrd, initrd) {
                    upload(pool, path, initrd, connection, cleanup, progress, cancel)?;
                }
                Ok(())
            }
        }
    }

    fn write(
        &self,
        directory: &Path,
        kernel: &Kernel,
        injections: &[Injection],
        cleanup: &mut Cleanup,
        progress: &dyn Progress,
        cancel: &Cancel,
    ) -> Result<(File, Option<File>), Error> {
        cleanup.add(Thing::Directory(directory.to_owned()));
        // The system's QEMU has to pass through; what is in there is no secret.
        let mode = if directory.starts_with(SYSTEM) { 0o711 } else { 0o700 };
        let parent = directory.parent().unwrap_or(Path::new("/"));
        std::fs::create_dir_all(parent)
            .and_then(|()| std::fs::DirBuilder::new().mode(mode).create(directory))
            .map_err(|source| Error::BootFile { path: directory.to_owned(), source })?;
        cleanup.add(Thing::File(self.kernel.clone()));
        let written = kernel.write_kernel(&self.kernel, progress, cancel)?;
        let Some(path) = &self.initrd else { return Ok((written, None)) };
        cleanup.add(Thing::File(path.clone()));
        let mut initrd = kernel.write_initrd(path, progress, cancel)?;
        inject::append(&mut initrd, path, injections)?;
        Ok((written, Some(initrd)))
    }
}

fn upload(
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
