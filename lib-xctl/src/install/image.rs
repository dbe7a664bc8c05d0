//! A disk image that holds a system already: found by the system's name in the OS database, by its address or as a file,
//! and made the guest's first disk.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use super::media::Search;
use super::{Cancel, Error, Progress};
use crate::cleanup::Cleanup;
use crate::fetch::{self, Cache, Limits, Location, Tree};
use crate::osinfo::{self, Detected};
use crate::storage::{self, Creation};

/// Bytes of the largest image that is downloaded.
const LARGEST: u64 = 1 << 40;

/// Where an image is.
#[derive(Debug)]
pub(super) struct Image {
    origin: Origin,
    /// The last part of its path, for messages.
    name: String,
    /// Its contents, once they are here.
    file: Option<File>,
}

#[derive(Debug)]
enum Origin {
    File(PathBuf),
    /// A file in a directory of a server.
    Server(Tree),
}

impl Image {
    /// Finds what `text` names, and the system that it holds where the database said so.
    pub(super) fn find(text: &str, search: &Search<'_>) -> Result<(Image, Option<Detected>), Error> {
        if Path::new(text).exists() || text.starts_with('/') {
            let path = crate::path::absolute(text)
                .map_err(|source| fetch::Error::Local { path: text.into(), source })?;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            File::open(&path).map_err(|source| fetch::Error::Local { path: path.clone(), source })?;
            return Ok((Image { origin: Origin::File(path), name, file: None }, None));
        }
        if text.contains("://") {
            return Ok((Image::on_server(text, search)?, None));
        }
        let wish = osinfo::Wish { name: Some(text.to_owned()), detect: false, require: true };
        let os = wish.named(search.database)?;
        let arch = search.arch.unwrap_or(std::env::consts::ARCH);
        let found = os.and_then(|os| Some((os.cloud_image(arch)?.url.clone(), os)));
        let Some((url, os)) = found else {
            return Err(Error::NoImage { name: text.to_owned(), arch: arch.to_owned() });
        };
        Ok((Image::on_server(&url, search)?, Some(Detected::installing(os))))
    }

    fn on_server(url: &str, search: &Search<'_>) -> Result<Image, Error> {
        let (directory, name) = url.rsplit_once('/').unwrap_or((url, ""));
        match Location::parse(&format!("{directory}/"))? {
            Location::Url(directory) if !name.is_empty() => {
                let limits = Limits { file: LARGEST, ..Limits::default() };
                let tree = Tree::with_limits(&directory, search.cancel, limits)?;
                Ok(Image { origin: Origin::Server(tree), name: name.to_owned(), file: None })
            }
            _ => {
                let why = "it names no file".to_owned();
                Err(fetch::Error::Address { text: url.to_owned(), why }.into())
            }
        }
    }

    /// Downloads what is elsewhere, so that [`Image::write`] only copies.
    pub(super) fn fetch(&mut self, progress: &dyn Progress) -> Result<(), Error> {
        if self.file.is_none() {
            self.file = Some(self.obtain(progress)?);
        }
        Ok(())
    }

    /// Makes the disk of `creation` with the image's contents.
    pub(super) fn write(
        &mut self,
        creation: &Creation,
        connection: &hypervisor::Connection,
        cleanup: &mut Cleanup,
        progress: &dyn Progress,
        cancel: &Cancel,
    ) -> Result<(), Error> {
        let mut file = match self.file.take() {
            Some(file) => file,
            None => self.obtain(progress)?,
        };
        self.check(&file, creation)?;
        creation
            .run_with(&mut file, connection, cleanup, progress, cancel)
            .map_err(|reason| Error::Disk { text: creation.name.clone(), reason })?;
        if cancel.is_requested() { Err(Error::Cancelled) } else { Ok(()) }
    }

    fn obtain(&self, progress: &dyn Progress) -> Result<File, Error> {
        match &self.origin {
            Origin::File(path) => {
                File::open(path).map_err(|source| fetch::Error::Local { path: path.clone(), source }.into())
            }
            Origin::Server(tree) => {
                let checksum = tree.published(&self.name).map_err(Error::of_fetch)?;
                if checksum.is_none() {
                    let url = tree.address(&self.name);
                    progress
                        .warn(&format!("No checksum is published beside {url}; the image is not checked"));
                }
                tree.download(&self.name, checksum.as_ref(), &Cache::of_user(), progress)
                    .map_err(Error::of_fetch)
            }
        }
    }

    /// Refuses what would not be the disk that the definition describes, or would show the guest other files.
    fn check(&self, file: &File, creation: &Creation) -> Result<(), Error> {
        let unfit = |why: String| Error::UnfitImage { name: self.name.clone(), why };
        // Downloads that are not kept have no name any more.
        let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
        let failed = |error: std::io::Error| unfit(format!("it cannot be read: {error}"));
        let image = storage::detect(&path).map_err(failed)?;
        if !["qcow2", "raw"].contains(&image.format) {
            // Of others it is not known here whether they point to further files.
            return Err(unfit(format!(
                "its format is {}, and only qcow2 and raw images are taken",
                image.format
            )));
        }
        let needs = storage::needs(&path, image.format).map_err(failed)?;
        if needs.backing || needs.elsewhere {
            return Err(unfit("it is a layer over another file".to_owned()));
        }
        let format = creation.format.as_deref().unwrap_or("raw");
        if image.format != format {
            return Err(unfit(format!(
                "its format is {}, and the disk's is {format}\n  hint: --disk size=GIB,format={0}",
                image.format
            )));
        }
        if image.capacity > creation.capacity {
            let gib = image.capacity.div_ceil(1 << 30);
            return Err(unfit(format!("it is larger than the disk\n  hint: --disk size={gib} or more")));
        }
        Ok(())
    }
}
