//! The database's patterns for what an installation medium or tree says of itself.

use isos::Identifiers;
use isos::boot_info::{Arch, TreeIdentifiers};

use super::detect::Weight;
use super::os::BootFiles;
use super::pattern::Pattern;

/// `<media>` of the database.
#[derive(Debug, Clone, Default)]
pub(super) struct MediaPattern {
    pub(super) arch: String,
    pub(super) volume: Option<Pattern>,
    pub(super) system: Option<Pattern>,
    pub(super) publisher: Option<Pattern>,
    pub(super) application: Option<Pattern>,
    pub(super) volume_size: u64,
    pub(super) files: BootFiles,
    pub(super) variants: Vec<String>,
    pub(super) live: bool,
    /// Ids of scripts that install from this medium unattended, where those of the system do not.
    pub(super) scripts: Vec<String>,
    /// Scripts work with it at all.
    pub(super) scripted: bool,
    pub(super) installer: bool,
    pub(super) installer_reboots: u32,
}

/// `<tree>` of the database.
#[derive(Debug, Clone, Default)]
pub(super) struct TreePattern {
    pub(super) arch: String,
    pub(super) url: Option<String>,
    pub(super) family: Option<Pattern>,
    pub(super) variant: Option<Pattern>,
    pub(super) version: Option<Pattern>,
    pub(super) treeinfo_arch: Option<Pattern>,
    pub(super) files: BootFiles,
    pub(super) variants: Vec<String>,
}

impl MediaPattern {
    /// Whether the medium is the one that this describes. A field that is not described fits every medium.
    pub(super) fn fits(&self, media: &Identifiers, arch: Option<Arch>) -> bool {
        let described = self.volume.is_some()
            || self.system.is_some()
            || self.publisher.is_some()
            || self.application.is_some();
        described
            && (self.volume_size == 0 || media.volume_size == 0 || self.volume_size == media.volume_size)
            && fits_arch(&self.arch, arch.map(Arch::name))
            && fits(self.volume.as_ref(), &media.volume)
            && fits(self.system.as_ref(), &media.system)
            && fits(self.publisher.as_ref(), &media.publisher)
            && fits(self.application.as_ref(), &media.application)
    }

    /// How much it describes: the longer, the more specific.
    pub(super) fn weight(&self) -> Weight {
        let length = |pattern: &Option<Pattern>| pattern.as_ref().map_or(0, |p| p.as_str().len());
        let rest = length(&self.system) + length(&self.publisher) + length(&self.application);
        (length(&self.volume), rest, self.volume_size != 0)
    }
}

impl TreePattern {
    pub(super) fn fits(&self, tree: &TreeIdentifiers) -> bool {
        self.family.is_some()
            && fits(self.family.as_ref(), &tree.family)
            && fits(self.variant.as_ref(), &tree.variant)
            && fits(self.version.as_ref(), &tree.version)
            && fits(self.treeinfo_arch.as_ref(), &tree.arch)
            && fits_arch(&self.arch, Some(tree.arch.as_str()).filter(|arch| !arch.is_empty()))
    }

    pub(super) fn weight(&self) -> Weight {
        let length = |pattern: &Option<Pattern>| pattern.as_ref().map_or(0, |p| p.as_str().len());
        (
            length(&self.version),
            length(&self.variant) + length(&self.family) + length(&self.treeinfo_arch),
            self.treeinfo_arch.is_some(),
        )
    }
}

fn fits(pattern: Option<&Pattern>, value: &str) -> bool {
    pattern.is_none_or(|pattern| pattern.is_match(value))
}

fn fits_arch(pattern: &str, arch: Option<&str>) -> bool {
    pattern.is_empty()
        || pattern == "all"
        || arch.is_none_or(|arch| crate::capabilities::same_architecture(pattern, arch))
}
