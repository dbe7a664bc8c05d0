//! The table of known layouts: where each distribution keeps kernel and initial RAM disk.
//!
//! A row is tried on whatever tree is at hand: an image, a directory, a web server. Supporting a further layout is
//! adding a row. In a path's last part, `*` stands for any run of characters, and the `*` of the RAM disk for the
//! same run; such rows need a tree that can be listed.

mod layouts;

use super::Arch;
use layouts::{
    ALPINE, ALT, ANDROID, ARCH, CLEAR, DEBIAN, FEDORA, GENTOO, ILLUMOS, MAGEIA, NIXOS, SLACKWARE, SOLUS,
    SUSE, UBUNTU, VOID,
};

/// Distributions that lay out their media alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Family {
    Debian,
    Ubuntu,
    /// Fedora, Red Hat Enterprise Linux, CentOS and their rebuilds.
    Fedora,
    /// openSUSE and SUSE Linux Enterprise.
    Suse,
    Arch,
    Alpine,
    Mageia,
    Gentoo,
    /// illumos distributions and Solaris.
    Illumos,
    Alt,
    Android,
    ClearLinux,
    NixOs,
    Slackware,
    Solus,
    Void,
}

/// One family.
#[derive(Debug)]
pub struct Distribution {
    /// The family.
    pub family: Family,
    /// Words, in lower case, by which its label, `.disk/info` or `.treeinfo` is known.
    pub words: &'static [&'static str],
    /// The kernel argument that names the tree's URL, when there is no medium.
    pub tree_argument: Option<&'static str>,
    /// A directory that one of its layouts has is found with no other family.
    pub told_by_layout: bool,
    /// Its layouts, best first.
    pub layouts: &'static [Layout],
}

/// Where a kernel lies and what goes with it.
#[derive(Debug)]
pub struct Layout {
    /// A unique name.
    pub name: &'static str,
    /// The architecture, if the path tells it.
    pub arch: Option<Arch>,
    /// Path of the kernel.
    pub kernel: &'static str,
    /// Path of the initial RAM disk.
    pub initrd: &'static str,
    /// What the kernel has to be told.
    pub arguments: Arguments,
}

/// What a kernel has to be told to find its medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arguments {
    /// Nothing.
    None,
    /// This.
    Always(&'static str),
    /// What the medium's own menu says for the same kernel; where it says nothing, this, with `{label}` replaced.
    /// Without a label, an argument that needs it is left out.
    OfMenu(&'static str),
}

/// All families. The order matters where words overlap: Ubuntu's media also speak of Debian.
pub const DISTRIBUTIONS: &[Distribution] = &[
    Distribution {
        family: Family::Ubuntu,
        words: &["ubuntu", "linux mint", "pop_os", "elementary os", "trisquel", "triskel"],
        tree_argument: None,
        told_by_layout: true,
        layouts: UBUNTU,
    },
    Distribution {
        family: Family::Debian,
        words: &["debian", "devuan", "kali", "d-live", "pureos", "proxmox", "pve", "ucs "],
        tree_argument: None,
        told_by_layout: true,
        layouts: DEBIAN,
    },
    Distribution {
        family: Family::Fedora,
        words: &[
            "fedora",
            "red hat",
            "redhat",
            "rhel",
            "centos",
            "almalinux",
            "alma linux",
            "rocky",
            "oracle linux",
            "ol-",
            "scientific linux",
            "cloudlinux",
            "euleros",
            "openeuler",
            "anolis",
            "circle-",
            "asianux",
            "miracle-linux",
        ],
        tree_argument: Some("inst.repo"),
        told_by_layout: true,
        layouts: FEDORA,
    },
    Distribution {
        family: Family::Suse,
        words: &["suse", "sles", "sled", "sle-", "leap", "tumbleweed", "geckolinux"],
        tree_argument: Some("install"),
        told_by_layout: true,
        layouts: SUSE,
    },
    Distribution {
        family: Family::Arch,
        words: &["arch_2", "arch linux", "archlinux", "manjaro", "endeavouros", "hyperbola", "hyper_v"],
        tree_argument: None,
        told_by_layout: true,
        layouts: ARCH,
    },
    Distribution {
        family: Family::Alpine,
        words: &["alpine"],
        tree_argument: Some("alpine_repo"),
        told_by_layout: false,
        layouts: ALPINE,
    },
    Distribution {
        family: Family::Mageia,
        words: &["mageia", "mandriva"],
        tree_argument: None,
        told_by_layout: false,
        layouts: MAGEIA,
    },
    Distribution {
        family: Family::Gentoo,
        words: &["gentoo"],
        tree_argument: None,
        told_by_layout: true,
        layouts: GENTOO,
    },
    Distribution {
        family: Family::Illumos,
        words: &["illumos", "omnios", "openindiana", "solaris", "smartos", "tribblix", "sol_"],
        tree_argument: None,
        told_by_layout: true,
        layouts: ILLUMOS,
    },
    Distribution {
        family: Family::Alt,
        words: &["altlinux", "alt linux", "alt workstation", "alt server", "alt education", "basealt"],
        tree_argument: None,
        told_by_layout: true,
        layouts: ALT,
    },
    Distribution {
        family: Family::Android,
        words: &["android"],
        tree_argument: None,
        told_by_layout: false,
        layouts: ANDROID,
    },
    Distribution {
        family: Family::ClearLinux,
        words: &["clearlinux", "clear linux", "clr_iso"],
        tree_argument: None,
        told_by_layout: true,
        layouts: CLEAR,
    },
    Distribution {
        family: Family::NixOs,
        words: &["nixos"],
        tree_argument: None,
        told_by_layout: false,
        layouts: NIXOS,
    },
    Distribution {
        family: Family::Slackware,
        words: &["slackware", "slackdvd", "fxpdvd"],
        tree_argument: None,
        told_by_layout: true,
        layouts: SLACKWARE,
    },
    Distribution {
        family: Family::Solus,
        words: &["solus"],
        tree_argument: None,
        told_by_layout: false,
        layouts: SOLUS,
    },
    Distribution {
        family: Family::Void,
        words: &["voidlinux", "void_live", "void linux"],
        tree_argument: None,
        told_by_layout: false,
        layouts: VOID,
    },
];

/// Each layout that may hold a kernel for `arch` (any, if it is not given), with its distribution; those of
/// `family` first.
pub fn candidates(
    family: Option<Family>,
    arch: Option<Arch>,
) -> impl Iterator<Item = (&'static Distribution, &'static Layout)> {
    let own = DISTRIBUTIONS.iter().filter(move |distribution| Some(distribution.family) == family);
    let others = DISTRIBUTIONS.iter().filter(move |distribution| Some(distribution.family) != family);
    own.chain(others)
        .flat_map(|distribution| distribution.layouts.iter().map(move |layout| (distribution, layout)))
        .filter(move |(_, layout)| arch.is_none() || layout.arch.is_none() || layout.arch == arch)
}

/// The family that a label or description speaks of.
#[must_use]
pub fn family_named_in(text: &str) -> Option<Family> {
    let text = text.to_lowercase();
    let found =
        DISTRIBUTIONS.iter().find(|distribution| distribution.words.iter().any(|word| text.contains(word)));
    found.map(|distribution| distribution.family)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use Arch::{Aarch64, S390x};

    use super::*;

    #[test]
    fn every_row_has_its_own_name_and_relative_paths() {
        let mut names = HashSet::new();
        let mut places = HashSet::new();
        for (_, row) in candidates(None, None) {
            assert!(names.insert(row.name), "{} twice", row.name);
            assert!(places.insert((row.kernel, row.initrd)), "{} repeats a place", row.name);
            for path in [row.kernel, row.initrd] {
                assert!(!path.is_empty() && !path.starts_with('/') && !path.contains(".."), "{}", row.name);
                assert!(path.matches('*').count() <= 1, "{}", row.name);
                assert!(!path.rsplit_once('/').map_or("", |(above, _)| above).contains('*'), "{}", row.name);
            }
        }
    }

    #[test]
    fn the_named_family_and_architecture_come_first() {
        let (first, row) = candidates(Some(Family::Suse), Some(Aarch64)).next().unwrap();
        assert_eq!((first.family, row.name), (Family::Suse, "suse-aarch64"));
        assert!(candidates(None, Some(S390x)).all(|(_, row)| matches!(row.arch, None | Some(S390x))));
    }

    #[test]
    fn labels_name_their_family() {
        for (label, family) in [
            ("Debian 12.5.0 amd64 n", Some(Family::Debian)),
            ("Ubuntu-Server 24.04 LTS amd64", Some(Family::Ubuntu)),
            ("Fedora-S-dvd-x86_64-39", Some(Family::Fedora)),
            ("openSUSE-Leap-15.5-DVD-x86_64", Some(Family::Suse)),
            ("ARCH_202311", Some(Family::Arch)),
            ("alpine-std 3.19.1 x86_64", Some(Family::Alpine)),
            ("OmniOS r151048", Some(Family::Illumos)),
            ("MY_DISC", None),
        ] {
            assert_eq!(family_named_in(label), family, "{label}");
        }
    }
}
