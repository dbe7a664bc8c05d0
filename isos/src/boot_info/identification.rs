//! What a database of operating systems tells a medium by.
//!
//! The fields are those that osinfo-db's `<media><iso>` and `<tree><treeinfo>` match on; matching itself is left to
//! whoever has the database.

use super::{Arch, Found};
use crate::Identifiers;
use crate::treeinfo::TreeInfo;

/// What a medium says of itself, in the words of osinfo-db.
///
/// ```no_run
/// let image = isos::Image::open("Fedora-Server-dvd-x86_64-40.iso")?;
/// let told = isos::boot_info::boot_info(&image).identification;
/// if let Some(volume) = &told.volume {
///     println!("<volume-id> {}: {}", volume.value.volume, volume.place);
///     println!("<volume-size> {}", volume.value.volume_size);
/// }
/// if let Some(tree) = &told.tree {
///     println!("<treeinfo> {} {}: {}", tree.value.family, tree.value.version, tree.place);
/// }
/// # Ok::<(), isos::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identification {
    /// `<iso>`: the identifiers of the volume; none if it has none, or if the medium is a tree of files.
    pub volume: Option<Found<Identifiers>>,
    /// `<treeinfo>`: what the tree's own description says.
    pub tree: Option<Found<TreeIdentifiers>>,
    /// The first line of `.disk/info`, with which Debian's family describes a medium.
    pub description: Option<Found<String>>,
    /// The architecture that the medium is for, if it shows it: where identifiers are the same for several, this tells
    /// them apart.
    pub arch: Option<Arch>,
}

/// What osinfo-db matches on in a `.treeinfo`: keys of its `[general]` section, empty where they are missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of the keys")]
pub struct TreeIdentifiers {
    pub family: String,
    pub variant: String,
    pub version: String,
    pub arch: String,
}

impl From<&TreeInfo> for TreeIdentifiers {
    fn from(info: &TreeInfo) -> TreeIdentifiers {
        let general = |key| info.get("general", key).map(str::to_owned);
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        TreeIdentifiers {
            family: general("family").unwrap_or_else(|| text(info.family())),
            variant: text(info.variant()),
            version: general("version").unwrap_or_else(|| text(info.version())),
            arch: general("arch").unwrap_or_else(|| text(info.get("tree", "arch"))),
        }
    }
}
