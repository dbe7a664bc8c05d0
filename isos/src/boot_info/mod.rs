//! What a machine needs to boot from an image or an installation tree: kernels, initial RAM disks, arguments, and
//! what the medium says of itself.
//!
//! Kernels come from three places, best first: the tree's own `.treeinfo`, the table of known layouts
//! ([`distributions`]), and, for everything else, the medium's own boot menu ([`crate::boot_menu`]).

mod arch;
pub mod distributions;
mod search;
mod tree;

pub use arch::{Arch, UnknownArch};
pub use tree::{Tree, TreeError};

use crate::el_torito::BootCatalogue;
use crate::treeinfo::TreeInfo;
use crate::{Identifiers, Image};
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
    /// The identifiers of the volume; empty for a tree that is no image.
    pub identifiers: Identifiers,
    /// What a firmware would boot.
    pub boot_catalogue: Option<BootCatalogue>,
    /// The first line of `.disk/info`, with which Debian's family describes a medium.
    pub disk_info: Option<String>,
    /// The tree's description of itself.
    pub treeinfo: Option<TreeInfo>,
    /// The distribution's family, if the medium shows it.
    pub family: Option<Family>,
    /// The architecture that the medium is for, if it says so.
    pub arch: Option<Arch>,
    /// The kernels that were found, best first.
    pub kernels: Vec<BootKernel>,
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

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::TreeInfo { section } => write!(f, ".treeinfo [{section}]"),
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
    let query = Query { arch, first_only: false, label: image.label() };
    let mut info = BootInfo { identifiers: image.identifiers().clone(), ..BootInfo::default() };
    match image.boot_catalogue() {
        Ok(catalogue) => info.boot_catalogue = catalogue,
        Err(error) => info.problems.push(error.to_string()),
    }
    search::tolerant(image, &query, info)
}

/// What a tree that is no image says of itself and the kernels in it.
///
/// # Errors
/// The tree cannot be read; nothing is tried after the first failure, as a dead server would fail each time.
pub fn of_tree(tree: &dyn Tree, query: &Query<'_>) -> Result<BootInfo, TreeError> {
    search::strict(tree, query)
}
