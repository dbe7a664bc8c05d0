//! Which system a medium installs, or an installation tree holds.

use std::sync::Arc;

use isos::Identifiers;
use isos::boot_info::{Arch, Identification, TreeIdentifiers};

use super::database::Database;
use super::files;
use super::media::MediaPattern;
use super::os::{BootFiles, Os};
use super::pattern::literal;
use super::read::Raw;

/// What a medium or a tree was found to hold.
#[derive(Debug, Clone)]
pub struct Detected {
    /// The system.
    pub os: Arc<Os>,
    /// It is the very one; otherwise the database does not know it yet, and its predecessor stands in.
    pub exact: bool,
    /// Its architecture, if the database says.
    pub arch: Option<String>,
    /// Variants that it installs: `Server`, `netinst`.
    pub variants: Vec<String>,
    /// Where its installer's kernel is.
    pub files: BootFiles,
    /// It runs without being installed.
    pub live: bool,
    /// Ids of scripts that install from this medium unattended, where those of the system do not.
    pub scripts: Vec<String>,
    /// Scripts work with it at all.
    pub scripted: bool,
    /// Where the database says that this tree is.
    pub url: Option<String>,
    /// It can install.
    pub installer: bool,
    /// How often its installer boots again before it is done.
    pub installer_reboots: u32,
}

impl Detected {
    /// This very system, on a medium that installs it and of which nothing else is known.
    pub(crate) fn installing(os: Arc<Os>) -> Self {
        Self {
            os,
            exact: true,
            arch: None,
            variants: Vec::new(),
            files: BootFiles::default(),
            live: false,
            scripts: Vec::new(),
            scripted: true,
            url: None,
            installer: true,
            installer_reboots: 1,
        }
    }
}

/// How much a pattern describes; the greatest is the most specific.
pub(super) type Weight = (usize, usize, bool);

impl Database {
    /// Finds which system a medium or a tree holds, by all that it says of itself.
    ///
    /// ```no_run
    /// let image = isos::Image::open("debian-12-netinst.iso")?;
    /// let told = isos::boot_info::boot_info(&image).identification;
    /// if let Some(found) = xctl::osinfo::Database::load().identify(&told) {
    ///     println!("{}", found.os.name);
    /// }
    /// # Ok::<(), isos::Error>(())
    /// ```
    #[must_use]
    pub fn identify(&self, told: &Identification) -> Option<Detected> {
        let tree = told.tree.as_ref().and_then(|tree| self.detect_tree(&tree.value));
        let volume = || self.detect(&told.volume.as_ref()?.value, told.arch);
        let description = || self.detect_description(&told.description.as_ref()?.value);
        tree.or_else(volume).or_else(description)
    }

    /// Finds which system a medium installs. Media for other architectures are not considered, if it is known.
    #[must_use]
    pub fn detect(&self, media: &Identifiers, arch: Option<Arch>) -> Option<Detected> {
        // The system identifier is left out: nearly every medium says LINUX there.
        let said = [
            ("<volume-id>", &media.volume),
            ("<application-id>", &media.application),
            ("<publisher-id>", &media.publisher),
        ];
        let candidates = self.raws_where(|text| {
            said.iter().any(|(tag, value)| !value.is_empty() && mentions(text, tag, value))
        });
        let fits = |pattern: &MediaPattern| pattern.fits(media, arch).then(|| pattern.weight());
        let Some((raw, at)) = most_specific(candidates, |os| &os.media, fits) else {
            return self.detect_description(&media.volume);
        };
        let pattern = &raw.os.media[at];
        Some(Detected {
            arch: known_arch(&pattern.arch),
            variants: pattern.variants.clone(),
            files: pattern.files.clone(),
            live: pattern.live,
            scripts: pattern.scripts.clone(),
            scripted: pattern.scripted,
            url: None,
            installer: pattern.installer,
            installer_reboots: pattern.installer_reboots,
            ..Detected::installing(self.whole(&raw))
        })
    }

    /// Finds which system an installation tree holds.
    #[must_use]
    pub fn detect_tree(&self, tree: &TreeIdentifiers) -> Option<Detected> {
        let candidates = self.raws_where(|text| mentions(text, "<family>", &tree.family));
        let (raw, at) = most_specific(
            candidates,
            |os| &os.trees,
            |pattern| pattern.fits(tree).then(|| pattern.weight()),
        )?;
        let pattern = &raw.os.trees[at];
        Some(Detected {
            arch: known_arch(&pattern.arch),
            variants: pattern.variants.clone(),
            files: pattern.files.clone(),
            ..Detected::installing(self.whole(&raw))
        })
    }

    /// The system of which a file may tell only a part.
    fn whole(&self, part: &Raw) -> Arc<Os> {
        self.find(&part.os.id).unwrap_or_else(|| Arc::new(self.resolve(part)))
    }
}

/// The pattern that fits and describes most; among equals that of the newest system, and its first.
fn most_specific<P>(
    candidates: Vec<Raw>,
    patterns: fn(&Os) -> &[P],
    weigh: impl Fn(&P) -> Option<Weight>,
) -> Option<(Raw, usize)> {
    let best_of = |raw: &Raw| {
        let weights = patterns(&raw.os).iter().enumerate().filter_map(|(at, p)| Some((weigh(p)?, at)));
        weights.min_by_key(|&(weight, at)| (std::cmp::Reverse(weight), at))
    };
    let fitting =
        candidates.into_iter().filter_map(|raw| best_of(&raw).map(|(weight, at)| (weight, raw, at)));
    fitting
        .max_by(|(a, x, _), (b, y, _)| a.cmp(b).then_with(|| x.os.release_date.cmp(&y.os.release_date)))
        .map(|(_, raw, at)| (raw, at))
}

fn known_arch(arch: &str) -> Option<String> {
    (!arch.is_empty() && arch != "all").then(|| arch.to_owned())
}

/// Whether a file's text has a pattern for `value`, as far as can be told without parsing it.
fn mentions(text: &str, tag: &str, value: &str) -> bool {
    // What is escaped in XML cannot be compared as it stands.
    files::contents(text, tag).any(|pattern| pattern.contains('&') || value.contains(literal(pattern.trim())))
}
