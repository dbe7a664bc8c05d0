//! What a machine needs to boot from an image or an installation tree: kernels, initial RAM disks, arguments, and
//! what the medium says of itself.
//!
//! Kernels come from three places, best first: the tree's own `.treeinfo`, the table of known layouts
//! ([`distributions`]), and, for everything else, the medium's own boot menu ([`crate::boot_menu`]). What a firmware
//! would start by itself is listed beside them. Whatever is found says where it was found.
//!
//! ```no_run
//! use isos::Image;
//! use isos::boot_info::{Arch, boot_info};
//!
//! let info = boot_info(&Image::open("debian-12-netinst.iso")?);
//! for kernel in &info.kernels {
//!     println!("{} with {:?} and '{}', from {}", kernel.kernel, kernel.initrds, kernel.arguments, kernel.origin);
//! }
//! for boot in &info.firmware {
//!     println!("{:?}: {} bytes at byte {}, from {}", boot.platform, boot.size, boot.offset, boot.place);
//!     for program in boot.programs.iter().filter(|program| program.arch == Some(Arch::X86_64)) {
//!         println!("  starts {}", program.path);
//!     }
//! }
//! if let Some(volume) = &info.identification.volume {
//!     println!("'{}', from {}", volume.value.volume, volume.place);
//! }
//! # Ok::<(), isos::Error>(())
//! ```
//!
//! All this works alike on ISO 9660 and UDF discs, on a stick's FAT, and on a disk with partitions, whose paths begin
//! with the partition's directory: `p1/boot/vmlinuz`.

mod arch;
mod disk;
pub mod distributions;
mod firmware;
mod identification;
mod kernel_header;
mod own_loader;
mod place;
mod search;
mod tree;

pub use arch::{Arch, UnknownArch};
pub use firmware::{EfiProgram, FirmwareBoot, FirmwarePlace};
pub use identification::{Identification, TreeIdentifiers};
pub use own_loader::OwnLoader;
pub use place::{Found, Place};
pub use tree::{Tree, TreeError};

use crate::Image;
use crate::treeinfo::TreeInfo;
use distributions::Family;

/// What to look for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query<'a> {
    /// Only kernels for this architecture, and those whose architecture is not known.
    pub arch: Option<Arch>,
    /// Stop at the first kernel: each look at a remote tree costs a round trip.
    pub first_only: bool,
    /// The label, which some distributions want to find among the kernel's arguments.
    pub label: &'a str,
}

/// What a machine needs to boot from a medium.
#[derive(Debug, Clone, Default)]
pub struct BootInfo {
    /// What a database of operating systems tells it by.
    pub identification: Identification,
    /// What a firmware would start.
    pub firmware: Vec<FirmwareBoot>,
    /// The tree's description of itself.
    pub treeinfo: Option<TreeInfo>,
    /// The distribution's family, if the medium shows it.
    pub family: Option<Family>,
    /// The kernels that were found, best first.
    pub kernels: Vec<BootKernel>,
    /// Where there is no kernel: the system that boots only by its own loader.
    pub own_loader: Option<OwnLoader>,
    /// What could not be read on the way: a damaged menu, a kernel that lies outside the image.
    pub problems: Vec<String>,
}

/// A kernel and what goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootKernel {
    /// Path of the kernel.
    pub kernel: String,
    /// Paths of the initial RAM disks, in the order in which they are loaded.
    pub initrds: Vec<String>,
    /// What the kernel needs to be told to find its medium; often nothing.
    pub arguments: String,
    /// The architecture, if the path or the medium tells.
    pub arch: Option<Arch>,
    /// The kernel argument that names the tree's URL (`inst.repo`, `install`), for booting without the medium.
    pub tree_argument: Option<&'static str>,
    /// Where this was found.
    pub origin: Origin,
}

/// Where a kernel was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The tree's `.treeinfo`, in the section of that name.
    TreeInfo {
        /// The path of the file.
        file: String,
        /// The section.
        section: String,
    },
    /// A row of the table of known layouts.
    Table {
        /// The name of the row.
        row: &'static str,
        /// The menu entry that the arguments were taken from.
        arguments_from: Option<MenuPlace>,
    },
    /// The medium's own boot menu.
    Menu(MenuPlace),
}

/// An entry of a boot menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MenuPlace {
    /// Path of the menu's file.
    pub file: String,
    /// Title of the entry.
    pub title: String,
}

impl Origin {
    /// The same origin, seen from a disk that shows the medium below `directory`.
    fn on_disk(self, directory: &str) -> Origin {
        let moved = |menu: MenuPlace| MenuPlace { file: format!("{directory}/{}", menu.file), ..menu };
        match self {
            Origin::Menu(menu) => Origin::Menu(moved(menu)),
            Origin::Table { row, arguments_from } => {
                Origin::Table { row, arguments_from: arguments_from.map(moved) }
            }
            Origin::TreeInfo { file, section } => {
                Origin::TreeInfo { file: format!("{directory}/{file}"), section }
            }
        }
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::TreeInfo { file, section } => write!(f, "{file} [{section}]"),
            Origin::Table { row, arguments_from: None } => write!(f, "known layout '{row}'"),
            Origin::Table { row, arguments_from: Some(menu) } => {
                write!(f, "known layout '{row}', arguments of '{}' in {}", menu.title, menu.file)
            }
            Origin::Menu(menu) => write!(f, "'{}' in {}", menu.title, menu.file),
        }
    }
}

/// What `image` says of itself and the kernels in it. What cannot be read is listed as a problem.
#[must_use]
pub fn boot_info(image: &Image) -> BootInfo {
    image_boot_info(image, None)
}

/// As [`boot_info`], for one architecture.
#[must_use]
pub fn image_boot_info(image: &Image, arch: Option<Arch>) -> BootInfo {
    let mut info = if image.is_disk() { disk::search(image, arch) } else { search::of_image(image, arch) };
    info.firmware = firmware::find(image, &mut info.problems);
    info.arch_of_firmware();
    info
}

impl BootInfo {
    /// Where neither a description nor a kernel tells the architecture, programs of firmware do.
    fn arch_of_firmware(&mut self) {
        let mut named = self.firmware.iter().flat_map(|boot| &boot.programs).map(|program| program.arch);
        let Some(Some(first)) = named.next() else { return };
        if named.any(|other| other != Some(first)) {
            return;
        }
        self.identification.arch.get_or_insert(first);
        for kernel in &mut self.kernels {
            kernel.arch.get_or_insert(first);
        }
    }
}

/// What a tree that is no image says of itself and the kernels in it.
///
/// # Errors
/// The tree cannot be read; nothing is tried after the first failure, as a dead server would fail each time.
pub fn of_tree(tree: &dyn Tree, query: &Query<'_>) -> Result<BootInfo, TreeError> {
    search::strict(tree, query)
}
