//! What a guest is installed from: finding it, what it holds, and getting the kernel out of it.

use std::fs::File;
use std::io::{Seek, Write};
use std::ops::ControlFlow;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use isos::Image;
use isos::boot_info::{self, Arch, BootInfo, BootKernel, Query};
use isos::treeinfo::TreeInfo;

use super::cpio::padding;
use super::request::{Install, Method};
use super::{Cancel, Error, Progress};
use crate::fetch::{Cache, Checksum, Limits, Location, Place, Tree};
use crate::osinfo::{self, Database, Detected};

/// Bytes that a whole image may lack of what it says: tools trim the padding at its end.
const TRIMMED: u64 = 2 << 20;

/// The medium or tree of an install, opened and looked at.
#[derive(Debug, Default)]
pub(super) struct Media {
    /// Kernel and initial RAM disk of the install boot.
    pub(super) kernel: Option<Kernel>,
    /// The image or drive that the guest gets as a CD-ROM.
    pub(super) cdrom: Option<String>,
    /// What the install boots from, where that is no kernel: `cdrom`, `network`, ….
    pub(super) boot_device: Option<String>,
    /// The system that it holds.
    pub(super) detected: Option<Detected>,
    /// The image that the guest's first disk is made of.
    pub(super) image: Option<super::image::Image>,
    /// Address of the tree, where it is on a server.
    pub(super) url: Option<String>,
    /// There is an install boot that differs from later ones.
    pub(super) installs: bool,
    /// What the first boot is from is what every boot is from.
    pub(super) live: bool,
}

/// Kernel and initial RAM disk, and where they are read from.
#[derive(Debug)]
pub(super) struct Kernel {
    origin: Origin,
    kernel: String,
    initrds: Vec<String>,
    /// What the kernel has to be told to find its medium.
    pub(super) arguments: String,
    /// What the tree's own description publishes.
    treeinfo: Option<TreeInfo>,
}

#[derive(Debug)]
enum Origin {
    Image(Image),
    Tree(Tree),
    /// Each by itself: a path on this host, or an address.
    Files(Cancel),
}

/// What the search for a medium goes by.
pub(super) struct Search<'a> {
    pub(super) database: &'a Database,
    pub(super) arch: Option<&'a str>,
    pub(super) extra_args: &'a str,
    /// The hypervisor is on another host.
    pub(super) remote: bool,
    /// Look at what system it is.
    pub(super) detect: bool,
    pub(super) cancel: &'a Cancel,
}

impl Media {
    /// Opens what `method` names.
    pub(super) fn open(method: &Method, search: &Search<'_>) -> Result<Media, Error> {
        let boots_from =
            |device: &str| Media { boot_device: Some(device.to_owned()), installs: true, ..Media::default() };
        match method {
            Method::Import | Method::Boot => Ok(Media::default()),
            Method::Image(text) => {
                if search.cancel.is_requested() {
                    return Err(Error::Cancelled);
                }
                let (image, detected) = super::image::Image::find(text, search)?;
                Ok(Media { image: Some(image), detected, ..Media::default() })
            }
            Method::Pxe => Ok(boots_from("network")),
            Method::Cdrom(path) => {
                let detected = if search.detect && !search.remote { cdrom_holds(path, search) } else { None };
                Ok(Media { cdrom: Some(path.clone()), detected, ..boots_from("cdrom") })
            }
            Method::Location { tree, kernel, initrd } => {
                let named = kernel.as_ref().map(|kernel| (kernel.clone(), initrd.clone()));
                location(tree, named, search)
            }
            Method::Install(install) => explicit(install, search),
        }
    }
}

/// `--install`: what the user puts together.
fn explicit(install: &Install, search: &Search<'_>) -> Result<Media, Error> {
    let mut media = match (&install.tree, &install.os) {
        (Some(tree), _) => {
            let named = install.kernel.clone().map(|kernel| (kernel, install.initrd.clone()));
            location(tree, named, search)?
        }
        (None, Some(name)) => {
            let wish = osinfo::Wish { name: Some(name.clone()), detect: false, require: true };
            let os = wish.named(search.database)?;
            let arch = search.arch.unwrap_or("x86_64");
            let url = os.as_ref().and_then(|os| os.tree_url(arch));
            let url = url.ok_or_else(|| {
                Error::NotOffered(format!(
                    "installing '{name}' by name: the OS database knows no tree for {arch}"
                ))
            })?;
            location(url, None, search)?
        }
        (None, None) => Media { boot_device: install.bootdev.clone(), ..Media::default() },
    };
    if let (Some(kernel), None) = (&install.kernel, &install.tree) {
        let initrds = install.initrd.iter().cloned().collect();
        media.kernel = Some(Kernel {
            origin: Origin::Files(search.cancel.clone()),
            kernel: kernel.clone(),
            initrds,
            arguments: String::new(),
            treeinfo: None,
        });
    }
    if let (Some(kernel), Some(arguments)) = (&mut media.kernel, &install.kernel_args) {
        kernel.arguments = if install.kernel_args_overwrite || kernel.arguments.is_empty() {
            arguments.clone()
        } else {
            format!("{} {arguments}", kernel.arguments)
        };
    }
    if let Some(kernel) = &media.kernel {
        kernel.check()?;
    }
    media.installs = !install.no_install && (media.kernel.is_some() || media.boot_device.is_some());
    Ok(media)
}

fn location(
    tree: &str,
    named: Option<(String, Option<String>)>,
    search: &Search<'_>,
) -> Result<Media, Error> {
    let location = Location::parse(tree)?;
    if search.remote && !matches!(location, Location::Url(_) | Location::Nfs(_)) {
        return Err(Error::OtherHost(tree.to_owned()));
    }
    let arch = search.arch.and_then(|arch| Arch::from_str(arch).ok());
    let mut cdrom = None;
    let (origin, info, tree_url) = match &location {
        Location::Image(path) => {
            let image = Image::open(path)?;
            refuse_incomplete(&image)?;
            let info = boot_info::image_boot_info(&image, arch);
            cdrom = Some(path.to_string_lossy().into_owned());
            (Origin::Image(image), info, None)
        }
        Location::Directory(path) => {
            let tree = Tree::directory(path, search.cancel);
            let info = look_at(&tree, arch)?;
            (Origin::Tree(tree), info, None)
        }
        Location::Url(url) => {
            let tree = Tree::remote(url, search.cancel)?;
            let info = look_at(&tree, arch)?;
            (Origin::Tree(tree), info, Some(url.to_string()))
        }
        Location::Nfs(share) => {
            let tree = Tree::share(share, search.cancel)?;
            let info = look_at(&tree, arch)?;
            (Origin::Tree(tree), info, Some(share.to_string()))
        }
    };
    if search.cancel.is_requested() {
        return Err(Error::Cancelled);
    }
    let found = match named {
        Some((kernel, initrd)) => named_kernel(kernel, initrd, &info),
        None => match info.kernels.first() {
            Some(kernel) => kernel.clone(),
            None => return Err(nothing_boots(&origin, location.to_string(), info)),
        },
    };
    let mut arguments = found.arguments.clone();
    if let (Some(url), Some(argument)) = (&tree_url, found.tree_argument)
        && ![argument, "method", "inst.repo", "install"]
            .iter()
            .any(|name| search.extra_args.split(' ').any(|word| word.starts_with(&format!("{name}="))))
    {
        // SUSE's installer has an address of its own for NFS.
        let url = match &location {
            Location::Nfs(share) if argument == "install" => &share.url(),
            _ => url,
        };
        arguments = format!("{argument}={} {arguments}", url.trim_end_matches('/')).trim_end().to_owned();
    }
    let detected = if search.detect { search.database.identify(&info.identification) } else { None };
    let kernel =
        Kernel { origin, kernel: found.kernel, initrds: found.initrds, arguments, treeinfo: info.treeinfo };
    kernel.check()?;
    let url = tree_url.map(|url| url.trim_end_matches('/').to_owned());
    Ok(Media { kernel: Some(kernel), cdrom, detected, url, installs: true, ..Media::default() })
}

/// A download that broke off may well have its kernel, and fail in the midst of the installation.
pub(super) fn refuse_incomplete(image: &Image) -> Result<(), Error> {
    match image.missing_bytes() {
        missing if missing > TRIMMED => {
            Err(Error::Incomplete { image: image.path().to_owned(), missing: missing >> 20 })
        }
        _ => Ok(()),
    }
}

fn look_at(tree: &Tree, arch: Option<Arch>) -> Result<BootInfo, Error> {
    let query = Query { arch, first_only: true, label: "" };
    boot_info::of_tree(tree, &query).map_err(|error| match error.downcast::<crate::fetch::Error>() {
        Ok(error) => Error::of_fetch(*error),
        Err(other) => Error::NoKernel { tree: tree.address(""), problems: vec![other.to_string()] },
    })
}

fn nothing_boots(origin: &Origin, tree: String, info: BootInfo) -> Error {
    if let Some(system) = info.own_loader {
        return Error::OwnLoader { medium: tree, system: system.to_string() };
    }
    let problems = info.problems;
    use isos::boot_info::Tree as _;
    if let Origin::Tree(remote) = origin {
        match remote.exists("").map_err(|error| error.downcast::<crate::fetch::Error>()) {
            Ok(true) => {}
            Ok(false) => return crate::fetch::Error::NotFound { url: tree }.into(),
            Err(Ok(error)) => return Error::of_fetch(*error),
            Err(Err(other)) => return Error::NoKernel { tree, problems: vec![other.to_string()] },
        }
    }
    Error::NoKernel { tree, problems }
}

/// The files that the user named, with what the medium says about booting them.
fn named_kernel(kernel: String, initrd: Option<String>, info: &BootInfo) -> BootKernel {
    let known = info
        .kernels
        .iter()
        .find(|known| known.kernel.trim_start_matches('/') == kernel.trim_start_matches('/'));
    BootKernel {
        kernel,
        initrds: initrd.into_iter().collect(),
        arguments: known.map(|known| known.arguments.clone()).unwrap_or_default(),
        arch: info.identification.arch,
        tree_argument: known.and_then(|known| known.tree_argument),
        origin: boot_info::Origin::Table { row: "named by the user", arguments_from: None },
    }
}

fn cdrom_holds(path: &str, search: &Search<'_>) -> Option<Detected> {
    // A medium that cannot be read here may still boot; the OS then has to be named.
    let image = Image::open(path).ok()?;
    search.database.identify(&boot_info::image_boot_info(&image, None).identification)
}

impl Kernel {
    /// Makes sure that all files are there, before anything is created for them.
    fn check(&self) -> Result<(), Error> {
        for path in std::iter::once(&self.kernel).chain(&self.initrds) {
            match &self.origin {
                Origin::Image(image) => drop(image.open_file(path)?),
                Origin::Tree(tree) => check_on_server(tree, path)?,
                Origin::Files(cancel) => match Place::parse(path, Limits::default(), cancel)? {
                    Place::Here(path) => drop(open_here(path)?),
                    Place::Server(tree, path) => check_on_server(&tree, &path)?,
                },
            }
        }
        Ok(())
    }

    /// The last part of the kernel's path.
    pub(super) fn kernel_name(&self) -> &str {
        file_name(&self.kernel, "kernel")
    }

    /// The last part of the initial RAM disk's path; none where there is none.
    pub(super) fn initrd_name(&self) -> Option<&str> {
        self.initrds.first().map(|path| file_name(path, "initrd"))
    }

    /// Copies the kernel into a new file.
    pub(super) fn write_kernel(
        &self,
        target: &Path,
        progress: &dyn Progress,
        cancel: &Cancel,
    ) -> Result<File, Error> {
        let mut file = create(target)?;
        self.copy(&self.kernel, &mut file, target, progress, cancel)?;
        Ok(file)
    }

    /// Copies the initial RAM disks into a new file, one after the other as a boot loader does.
    pub(super) fn write_initrd(
        &self,
        target: &Path,
        progress: &dyn Progress,
        cancel: &Cancel,
    ) -> Result<File, Error> {
        let mut file = create(target)?;
        for path in &self.initrds {
            let failed = |source| Error::BootFile { path: target.to_owned(), source };
            let length = file.stream_position().map_err(failed)?;
            file.write_all(padding(length)).map_err(failed)?;
            self.copy(path, &mut file, target, progress, cancel)?;
        }
        Ok(file)
    }

    /// The checksum that the tree publishes for one of its files: in its `.treeinfo`, or as Debian does in a list beside
    /// the images.
    fn published(&self, tree: &Tree, path: &str) -> Result<Option<Checksum>, Error> {
        if let Some(treeinfo) = &self.treeinfo {
            return Ok(treeinfo.get("checksums", path).and_then(Checksum::parse));
        }
        let Some((before, within)) = path.rsplit_once("images/") else { return Ok(None) };
        tree.listed(path, &format!("{before}images/SHA256SUMS"), within).map_err(Error::of_fetch)
    }

    fn copy(
        &self,
        path: &str,
        file: &mut File,
        target: &Path,
        progress: &dyn Progress,
        cancel: &Cancel,
    ) -> Result<(), Error> {
        match &self.origin {
            Origin::Tree(tree) if !tree.is_remote() => {
                tree.fetch(path, file, progress).map(drop).map_err(Error::of_fetch)
            }
            Origin::Tree(tree) => {
                let checksum = self.published(tree, path)?;
                let kept = tree.download(path, checksum.as_ref(), &Cache::of_user(), progress);
                copy_file(kept.map_err(Error::of_fetch)?, file, target)
            }
            Origin::Image(image) => {
                let mut reader = image.open_file(path)?;
                let task =
                    progress.begin(&format!("Retrieving '{}'", file_name(path, path)), Some(reader.len()));
                let mut report = |bytes| {
                    task.advance(bytes);
                    if cancel.is_requested() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                };
                match reader.copy_to(file, &mut report) {
                    Ok(_) => Ok(()),
                    Err(isos::Error::Cancelled { .. }) => Err(Error::Cancelled),
                    Err(isos::Error::Write { source, .. }) => {
                        Err(Error::BootFile { path: target.to_owned(), source })
                    }
                    Err(error) => Err(error.into()),
                }
            }
            Origin::Files(cancel) => match Place::parse(path, Limits::default(), cancel)? {
                Place::Here(path) => copy_file(open_here(path)?, file, target),
                Place::Server(tree, path) => {
                    let kept = tree.download(&path, None, &Cache::of_user(), progress);
                    copy_file(kept.map_err(Error::of_fetch)?, file, target)
                }
            },
        }
    }
}

/// A server that does not say is asked again when the file is fetched.
fn check_on_server(tree: &Tree, path: &str) -> Result<(), Error> {
    use isos::boot_info::Tree as _;
    match tree.exists(path) {
        Ok(false) => Err(crate::fetch::Error::NotFound { url: tree.address(path) }.into()),
        _ => Ok(()),
    }
}

fn open_here(path: PathBuf) -> Result<File, Error> {
    File::open(&path).map_err(|source| crate::fetch::Error::Local { path, source }.into())
}

fn copy_file(mut from: File, to: &mut File, target: &Path) -> Result<(), Error> {
    let failed = |source| Error::BootFile { path: target.to_owned(), source };
    std::io::copy(&mut from, to).map(drop).map_err(failed)
}

/// A file that nobody else has opened before, nor can: what is injected may be secret. libvirt hands it to its QEMU.
fn create(path: &Path) -> Result<File, Error> {
    File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|source| Error::BootFile { path: path.to_owned(), source })
}

fn file_name<'a>(path: &'a str, otherwise: &'a str) -> &'a str {
    path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(otherwise)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;

    /// A tree as Fedora's mirrors have it.
    fn fedora() -> tempfile::TempDir {
        let tree = tempfile::tempdir().unwrap();
        let treeinfo = "[general]\nfamily = Fedora\nversion = 37\narch = x86_64\n\
                        [images-x86_64]\nkernel = images/pxeboot/vmlinuz\ninitrd = images/pxeboot/initrd.img\n\
                        [tree]\narch = x86_64\n";
        std::fs::create_dir_all(tree.path().join("images/pxeboot")).unwrap();
        std::fs::write(tree.path().join(".treeinfo"), treeinfo).unwrap();
        std::fs::write(tree.path().join("images/pxeboot/vmlinuz"), "kernel").unwrap();
        std::fs::write(tree.path().join("images/pxeboot/initrd.img"), "initrd").unwrap();
        tree
    }

    fn open(method: &Method, remote: bool) -> Result<Media, Error> {
        let database = Database::at(Vec::new());
        let cancel = Cancel::new();
        let search =
            Search { database: &database, arch: None, extra_args: "", remote, detect: true, cancel: &cancel };
        Media::open(method, &search)
    }

    fn location(tree: &Path, kernel: Option<&str>) -> Method {
        let tree = tree.to_str().unwrap().to_owned();
        Method::Location { tree, kernel: kernel.map(str::to_owned), initrd: None }
    }

    #[test]
    fn the_kernel_of_a_directory_is_found_and_copied() {
        let tree = fedora();
        let media = open(&location(tree.path(), None), false).unwrap();
        let kernel = media.kernel.unwrap();
        assert_eq!((kernel.kernel_name(), kernel.initrd_name()), ("vmlinuz", Some("initrd.img")));
        assert!(media.installs && media.cdrom.is_none());
        let target = tree.path().join("copy");
        kernel.write_initrd(&target, &Silent, &Cancel::new()).unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"initrd");
        // A name that somebody else took meanwhile is not written to.
        assert!(kernel.write_kernel(&target, &Silent, &Cancel::new()).is_err());
    }

    #[test]
    fn a_kernel_that_the_user_names_is_taken_instead() {
        let tree = fedora();
        std::fs::write(tree.path().join("mine"), "mine").unwrap();
        let kernel = open(&location(tree.path(), Some("mine")), false).unwrap().kernel.unwrap();
        assert_eq!((kernel.kernel_name(), kernel.initrd_name()), ("mine", None));
    }

    #[test]
    fn what_cannot_be_installed_from_is_refused() {
        let empty = tempfile::tempdir().unwrap();
        let error = open(&location(empty.path(), None), false).unwrap_err().to_string();
        assert!(error.contains("no kernel to install from was found") && error.contains("hint:"), "{error}");
        let error = open(&location(fedora().path(), None), true).unwrap_err().to_string();
        assert!(error.contains("the guest will be on another one"), "{error}");
    }

    #[test]
    fn each_method_boots_from_its_own_device() {
        for (method, device, installs) in [
            (Method::Pxe, Some("network"), true),
            (Method::Cdrom("/no/such.iso".into()), Some("cdrom"), true),
            (Method::Import, None, false),
            (Method::Boot, None, false),
            (Method::Install(Install { bootdev: Some("hd".into()), ..Install::default() }), Some("hd"), true),
            (Method::Install(Install { no_install: true, ..Install::default() }), None, false),
        ] {
            let media = open(&method, false).unwrap();
            assert_eq!((media.boot_device.as_deref(), media.installs), (device, installs), "{method:?}");
        }
    }
}
