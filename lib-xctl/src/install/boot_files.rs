//! The files of a first boot: kernel, initial RAM disk, and the image that goes along with it.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use hypervisor::Connection;

use super::inject::{self, Injection};
use super::media::Kernel;
use super::place::{Kind, Place};
use super::{Cancel, Error, Progress};
use crate::cleanup::{Cleanup, Thing};
use crate::fetch;

/// What the files are made of.
#[derive(Debug)]
pub(super) struct Contents {
    /// The kernel of the install boot, with its initial RAM disk.
    pub(super) kernel: Option<Kernel>,
    /// What goes into the initial RAM disk.
    pub(super) injections: Vec<Injection>,
    /// A small image that the guest finds in a drive: a seed, or answers to an installer's questions.
    pub(super) image: Option<Enclosed>,
}

/// A small image and what it is called.
#[derive(Debug)]
pub(super) struct Enclosed {
    pub(super) name: &'static str,
    pub(super) volume: isos::write::Volume,
    /// Addresses of files that are put on it as well.
    pub(super) downloads: Vec<String>,
}

/// Paths of the files, chosen before they exist so that definitions can name them.
#[derive(Debug, Clone)]
pub(super) struct BootFiles {
    place: Place,
    pub(super) kernel: Option<PathBuf>,
    pub(super) initrd: Option<PathBuf>,
    pub(super) image: Option<PathBuf>,
}

impl BootFiles {
    /// Chooses where the files go; `None` if there are none.
    pub(super) fn choose(
        connection: &Connection,
        kernel: Option<&Kernel>,
        image: Option<&'static str>,
    ) -> Result<Option<BootFiles>, Error> {
        if kernel.is_none() && image.is_none() {
            return Ok(None);
        }
        Ok(Some(BootFiles::at(Place::choose(connection)?, kernel, image)))
    }

    fn at(place: Place, kernel: Option<&Kernel>, image: Option<&str>) -> BootFiles {
        let kernel_name = kernel.map(Kernel::kernel_name);
        // The two may come from two directories under one name.
        let initrd_name = kernel.and_then(Kernel::initrd_name).map(|name| match kernel_name == Some(name) {
            true => format!("initrd-{name}"),
            false => name.to_owned(),
        });
        BootFiles {
            kernel: kernel_name.map(|name| place.path(name)),
            initrd: initrd_name.map(|name| place.path(&name)),
            image: image.map(|name| place.path(name)),
            place,
        }
    }

    /// Whether a thing is one of the files, or was made on the way to them.
    pub(super) fn has(&self, thing: &Thing) -> bool {
        self.place.has(thing)
    }

    /// Makes the files. Each is listed in `cleanup` before.
    pub(super) fn prepare(
        &self,
        contents: &Contents,
        connection: &Connection,
        cleanup: &mut Cleanup,
        progress: &dyn Progress,
        cancel: &Cancel,
    ) -> Result<(), Error> {
        match self.place.kind() {
            Kind::Directory(_) => self.write(contents, cleanup, progress, cancel).map(drop),
            Kind::Pool(pool) => {
                let local = BootFiles::at(
                    Place::local(),
                    contents.kernel.as_ref(),
                    contents.image.as_ref().map(|image| image.name),
                );
                let written = local.write(contents, cleanup, progress, cancel)?;
                for (path, file) in [&self.kernel, &self.initrd, &self.image].into_iter().zip(written) {
                    if let (Some(path), Some(file)) = (path, file) {
                        Place::upload(pool, path, file, connection, cleanup, progress, cancel)?;
                    }
                }
                Ok(())
            }
        }
    }

    /// Writes kernel, initial RAM disk and image, as far as there are any.
    fn write(
        &self,
        contents: &Contents,
        cleanup: &mut Cleanup,
        progress: &dyn Progress,
        cancel: &Cancel,
    ) -> Result<[Option<File>; 3], Error> {
        let mut written = [None, None, None];
        self.place.make(cleanup)?;
        if let (Some(kernel), Some(path)) = (&contents.kernel, &self.kernel) {
            cleanup.add(Thing::File(path.clone()));
            written[0] = Some(kernel.write_kernel(path, progress, cancel)?);
        }
        if let (Some(kernel), Some(path)) = (&contents.kernel, &self.initrd) {
            cleanup.add(Thing::File(path.clone()));
            let mut initrd = kernel.write_initrd(path, progress, cancel)?;
            inject::append(&mut initrd, path, &contents.injections)?;
            written[1] = Some(initrd);
        }
        if let (Some(image), Some(path)) = (&contents.image, &self.image) {
            cleanup.add(Thing::File(path.clone()));
            let mut volume = image.volume.clone();
            for address in &image.downloads {
                let read = fetch::read_file(address, cancel, progress);
                let bytes = read.map_err(|error| match error.is_cancelled() {
                    true => Error::Cancelled,
                    false => Error::Driver(error),
                })?;
                volume.add(address.rsplit('/').next().unwrap_or_default(), bytes)?;
            }
            written[2] = Some(write_image(&volume, path)?);
        }
        Ok(written)
    }
}

/// Writes an image, which may hold passwords: nobody but its owner can read it.
fn write_image(volume: &isos::write::Volume, path: &Path) -> Result<File, Error> {
    let failed = |source| Error::BootFile { path: path.to_owned(), source };
    let mut options = File::options();
    let mut file = options.read(true).write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    volume.write(&mut file).map_err(failed)?;
    Ok(file)
}
