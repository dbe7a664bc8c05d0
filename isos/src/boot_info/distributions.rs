//! The table of known layouts: where each distribution keeps kernel and initial RAM disk.
//!
//! A row is tried on whatever tree is at hand: an image, a directory, a web server. Supporting a further layout is
//! adding a row. In a path's last part, `*` stands for any run of characters, and the `*` of the RAM disk for the
//! same run; such rows need a tree that can be listed.

use Arch::{Aarch64, Armv7l, I686, Ppc64le, Riscv64, S390x, X86_64};
use Arguments::{Always, None as NoArguments, OfMenu};

use super::Arch;

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

const fn layout(
    name: &'static str,
    arch: Option<Arch>,
    kernel: &'static str,
    initrd: &'static str,
    arguments: Arguments,
) -> Layout {
    Layout { name, arch, kernel, initrd, arguments }
}

/// All families. The order matters where words overlap: Ubuntu's media also speak of Debian.
pub const DISTRIBUTIONS: &[Distribution] = &[
    Distribution {
        family: Family::Ubuntu,
        words: &["ubuntu", "linux mint", "pop_os", "elementary os"],
        tree_argument: None,
        layouts: UBUNTU,
    },
    Distribution {
        family: Family::Debian,
        words: &["debian", "devuan", "kali", "d-live", "pureos", "proxmox"],
        tree_argument: None,
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
        ],
        tree_argument: Some("inst.repo"),
        layouts: FEDORA,
    },
    Distribution {
        family: Family::Suse,
        words: &["suse", "sles", "sled", "sle-", "leap", "tumbleweed", "geckolinux"],
        tree_argument: Some("install"),
        layouts: SUSE,
    },
    Distribution {
        family: Family::Arch,
        words: &["arch_2", "arch linux", "archlinux", "manjaro", "endeavouros"],
        tree_argument: None,
        layouts: ARCH,
    },
    Distribution {
        family: Family::Alpine,
        words: &["alpine"],
        tree_argument: Some("alpine_repo"),
        layouts: ALPINE,
    },
    Distribution {
        family: Family::Mageia,
        words: &["mageia", "mandriva"],
        tree_argument: None,
        layouts: MAGEIA,
    },
    Distribution { family: Family::Gentoo, words: &["gentoo"], tree_argument: None, layouts: GENTOO },
    Distribution {
        family: Family::Illumos,
        words: &["illumos", "omnios", "openindiana", "solaris", "smartos", "tribblix", "sol_"],
        tree_argument: None,
        layouts: ILLUMOS,
    },
];

/// debian-installer, then live-boot. Source: debian-cd's and live-build's media, Debian's installer archive.
const DEBIAN: &[Layout] = &[
    layout("debian-amd64", Some(X86_64), "install.amd/vmlinuz", "install.amd/initrd.gz", NoArguments),
    layout("debian-i386", Some(I686), "install.386/vmlinuz", "install.386/initrd.gz", NoArguments),
    layout("debian-arm64", Some(Aarch64), "install.a64/vmlinuz", "install.a64/initrd.gz", NoArguments),
    layout("debian-armhf", Some(Armv7l), "install.ahf/vmlinuz", "install.ahf/initrd.gz", NoArguments),
    layout("debian-ppc64el", Some(Ppc64le), "install/vmlinux", "install/initrd.gz", NoArguments),
    layout("debian-s390x", Some(S390x), "boot/linux_vm", "boot/root.bin", NoArguments),
    layout(
        "debian-multi-amd64",
        Some(X86_64),
        "install/amd64/vmlinuz",
        "install/amd64/initrd.gz",
        NoArguments,
    ),
    layout("debian-mini", None, "linux", "initrd.gz", NoArguments),
    layout(
        "debian-archive-amd64",
        Some(X86_64),
        "current/images/netboot/debian-installer/amd64/linux",
        "current/images/netboot/debian-installer/amd64/initrd.gz",
        NoArguments,
    ),
    layout(
        "debian-archive-i386",
        Some(I686),
        "current/images/netboot/debian-installer/i386/linux",
        "current/images/netboot/debian-installer/i386/initrd.gz",
        NoArguments,
    ),
    layout(
        "debian-archive-arm64",
        Some(Aarch64),
        "current/images/netboot/debian-installer/arm64/linux",
        "current/images/netboot/debian-installer/arm64/initrd.gz",
        NoArguments,
    ),
    layout(
        "debian-archive-riscv64",
        Some(Riscv64),
        "current/images/netboot/debian-installer/riscv64/linux",
        "current/images/netboot/debian-installer/riscv64/initrd.gz",
        NoArguments,
    ),
    layout(
        "debian-archive-ppc64el",
        Some(Ppc64le),
        "current/images/netboot/debian-installer/ppc64el/vmlinux",
        "current/images/netboot/debian-installer/ppc64el/initrd.gz",
        NoArguments,
    ),
    layout(
        "debian-archive-s390x",
        Some(S390x),
        "current/images/generic/kernel.debian",
        "current/images/generic/initrd.debian",
        NoArguments,
    ),
    layout(
        "debian-netboot-amd64",
        Some(X86_64),
        "debian-installer/amd64/linux",
        "debian-installer/amd64/initrd.gz",
        NoArguments,
    ),
    layout(
        "debian-netboot-arm64",
        Some(Aarch64),
        "debian-installer/arm64/linux",
        "debian-installer/arm64/initrd.gz",
        NoArguments,
    ),
    layout("debian-live", None, "live/vmlinuz", "live/initrd.img", OfMenu("boot=live components")),
    layout(
        "debian-live-version",
        None,
        "live/vmlinuz-*",
        "live/initrd.img-*",
        OfMenu("boot=live components"),
    ),
];

/// casper (live-server, desktop), then the older debian-installer. Source: Ubuntu's media 14.04 to 24.04.
const UBUNTU: &[Layout] = &[
    layout("ubuntu-casper", None, "casper/vmlinuz", "casper/initrd", OfMenu("")),
    layout("ubuntu-casper-lz", None, "casper/vmlinuz", "casper/initrd.lz", OfMenu("boot=casper")),
    layout("ubuntu-casper-gz", None, "casper/vmlinuz", "casper/initrd.gz", OfMenu("boot=casper")),
    layout(
        "ubuntu-casper-efi",
        Some(X86_64),
        "casper/vmlinuz.efi",
        "casper/initrd.lz",
        OfMenu("boot=casper"),
    ),
    layout("ubuntu-casper-ppc64el", Some(Ppc64le), "casper/vmlinux", "casper/initrd", OfMenu("")),
    layout("ubuntu-casper-hwe", None, "casper/hwe-vmlinuz", "casper/hwe-initrd", OfMenu("")),
    layout("ubuntu-server", None, "install/vmlinuz", "install/initrd.gz", NoArguments),
    layout(
        "ubuntu-server-netboot-amd64",
        Some(X86_64),
        "install/netboot/ubuntu-installer/amd64/linux",
        "install/netboot/ubuntu-installer/amd64/initrd.gz",
        NoArguments,
    ),
    layout("ubuntu-s390x", Some(S390x), "boot/kernel.ubuntu", "boot/initrd.ubuntu", NoArguments),
    layout(
        "ubuntu-archive-amd64",
        Some(X86_64),
        "current/legacy-images/netboot/ubuntu-installer/amd64/linux",
        "current/legacy-images/netboot/ubuntu-installer/amd64/initrd.gz",
        NoArguments,
    ),
    layout(
        "ubuntu-archive-old-amd64",
        Some(X86_64),
        "current/images/netboot/ubuntu-installer/amd64/linux",
        "current/images/netboot/ubuntu-installer/amd64/initrd.gz",
        NoArguments,
    ),
    layout(
        "ubuntu-archive-arm64",
        Some(Aarch64),
        "current/legacy-images/netboot/ubuntu-installer/arm64/linux",
        "current/legacy-images/netboot/ubuntu-installer/arm64/initrd.gz",
        NoArguments,
    ),
];

/// Anaconda. Source: lorax' templates; anaconda's boot options.
const FEDORA: &[Layout] = &[
    layout(
        "fedora-pxeboot",
        None,
        "images/pxeboot/vmlinuz",
        "images/pxeboot/initrd.img",
        OfMenu("inst.stage2=hd:LABEL={label}"),
    ),
    layout(
        "fedora-ppc64le",
        Some(Ppc64le),
        "ppc/ppc64/vmlinuz",
        "ppc/ppc64/initrd.img",
        OfMenu("inst.stage2=hd:LABEL={label}"),
    ),
    layout("fedora-s390x", Some(S390x), "images/kernel.img", "images/initrd.img", NoArguments),
    layout(
        "fedora-isolinux",
        None,
        "isolinux/vmlinuz",
        "isolinux/initrd.img",
        OfMenu("inst.stage2=hd:LABEL={label}"),
    ),
    layout(
        "fedora-isolinux-live",
        None,
        "isolinux/vmlinuz0",
        "isolinux/initrd0.img",
        OfMenu("root=live:CDLABEL={label} rd.live.image"),
    ),
];

/// linuxrc and, since Leap 16, Agama on a live system. Source: openSUSE's and SLE's media.
const SUSE: &[Layout] = &[
    layout("suse-x86_64", Some(X86_64), "boot/x86_64/loader/linux", "boot/x86_64/loader/initrd", OfMenu("")),
    layout("suse-i386", Some(I686), "boot/i386/loader/linux", "boot/i386/loader/initrd", OfMenu("")),
    layout("suse-aarch64", Some(Aarch64), "boot/aarch64/linux", "boot/aarch64/initrd", OfMenu("")),
    layout("suse-armv7", Some(Armv7l), "boot/armv7hl/linux", "boot/armv7hl/initrd", OfMenu("")),
    layout("suse-riscv64", Some(Riscv64), "boot/riscv64/linux", "boot/riscv64/initrd", OfMenu("")),
    layout("suse-ppc64le", Some(Ppc64le), "boot/ppc64le/linux", "boot/ppc64le/initrd", OfMenu("")),
    layout("suse-s390x", Some(S390x), "boot/s390x/linux", "boot/s390x/initrd", OfMenu("")),
    layout(
        "suse-live-aarch64",
        Some(Aarch64),
        "boot/aarch64/loader/linux",
        "boot/aarch64/loader/initrd",
        OfMenu(""),
    ),
];

/// archiso and Manjaro's manjaro-iso-tools. Source: archiso's documentation.
const ARCH: &[Layout] = &[
    layout(
        "arch-x86_64",
        Some(X86_64),
        "arch/boot/x86_64/vmlinuz-linux",
        "arch/boot/x86_64/initramfs-linux.img",
        OfMenu("archisobasedir=arch archisolabel={label}"),
    ),
    layout(
        "arch-old-x86_64",
        Some(X86_64),
        "arch/boot/x86_64/vmlinuz",
        "arch/boot/x86_64/archiso.img",
        OfMenu("archisobasedir=arch archisolabel={label}"),
    ),
    layout(
        "arch-old-i686",
        Some(I686),
        "arch/boot/i686/vmlinuz",
        "arch/boot/i686/archiso.img",
        OfMenu("archisobasedir=arch archisolabel={label}"),
    ),
    layout(
        "manjaro-x86_64",
        Some(X86_64),
        "boot/vmlinuz-x86_64",
        "boot/initramfs-x86_64.img",
        OfMenu("misobasedir=manjaro misolabel={label}"),
    ),
];

/// What Alpine's initramfs needs to find its medium. Source: mkinitfs' documentation.
const ALPINE_MEDIUM: Arguments = OfMenu("modules=loop,squashfs,sd-mod,usb-storage");

/// Source: Alpine's mkimage profiles and netboot directories.
const ALPINE: &[Layout] = &[
    layout("alpine-lts", None, "boot/vmlinuz-lts", "boot/initramfs-lts", ALPINE_MEDIUM),
    layout("alpine-virt", None, "boot/vmlinuz-virt", "boot/initramfs-virt", ALPINE_MEDIUM),
    layout("alpine-vanilla", None, "boot/vmlinuz-vanilla", "boot/initramfs-vanilla", ALPINE_MEDIUM),
    layout("alpine-hardened", None, "boot/vmlinuz-hardened", "boot/initramfs-hardened", ALPINE_MEDIUM),
    layout("alpine-grsec", None, "boot/grsec", "boot/grsec.gz", ALPINE_MEDIUM),
    layout("alpine-other", None, "boot/vmlinuz-*", "boot/initramfs-*", ALPINE_MEDIUM),
    layout("alpine-netboot-lts", None, "vmlinuz-lts", "initramfs-lts", NoArguments),
    layout("alpine-netboot-virt", None, "vmlinuz-virt", "initramfs-virt", NoArguments),
];

/// Source: Mageia's classic, live and network installation media.
const MAGEIA: &[Layout] = &[
    layout("mageia-x86_64", Some(X86_64), "isolinux/x86_64/vmlinuz", "isolinux/x86_64/all.rdz", NoArguments),
    layout("mageia-i586", Some(I686), "isolinux/i586/vmlinuz", "isolinux/i586/all.rdz", NoArguments),
    layout("mageia-i686", Some(I686), "isolinux/i686/vmlinuz", "isolinux/i686/all.rdz", NoArguments),
    layout("mageia-single", None, "isolinux/alt0/vmlinuz", "isolinux/alt0/all.rdz", NoArguments),
    layout("mageia-flat", None, "isolinux/vmlinuz", "isolinux/all.rdz", NoArguments),
    layout("mageia-live", None, "boot/vmlinuz", "boot/cdrom/initrd.gz", OfMenu("root=mgalive:LABEL={label}")),
];

/// What Gentoo's genkernel initramfs needs to find its medium. Source: Gentoo's handbook.
const GENTOO_MEDIUM: Arguments =
    OfMenu("root=/dev/ram0 init=/linuxrc looptype=squashfs loop=/image.squashfs cdroot");

/// Source: catalyst's minimal and live media.
const GENTOO: &[Layout] = &[
    layout("gentoo", None, "boot/gentoo", "boot/gentoo.igz", GENTOO_MEDIUM),
    layout("gentoo-xz", None, "boot/gentoo", "boot/gentoo.xz", GENTOO_MEDIUM),
    layout("gentoo-arm64", Some(Aarch64), "boot/gentoo-arm64", "boot/gentoo-arm64.igz", GENTOO_MEDIUM),
    layout("gentoo-isolinux", None, "isolinux/gentoo", "isolinux/gentoo.igz", GENTOO_MEDIUM),
];

/// The multiboot kernel wants its own path as first argument. Source: illumos boot(7), Solaris' media.
const UNIX_64: Arguments = Always("/platform/i86pc/kernel/amd64/unix");

/// `unix` is a multiboot kernel, the boot archive its module.
const ILLUMOS: &[Layout] = &[
    layout(
        "illumos-amd64",
        Some(X86_64),
        "platform/i86pc/kernel/amd64/unix",
        "platform/i86pc/amd64/boot_archive",
        UNIX_64,
    ),
    layout(
        "illumos-shared",
        Some(X86_64),
        "platform/i86pc/kernel/amd64/unix",
        "platform/i86pc/boot_archive",
        UNIX_64,
    ),
    layout(
        "illumos-boot",
        Some(X86_64),
        "boot/platform/i86pc/kernel/amd64/unix",
        "boot/platform/i86pc/amd64/boot_archive",
        UNIX_64,
    ),
    layout(
        "solaris-microroot",
        Some(X86_64),
        "boot/platform/i86pc/kernel/amd64/unix",
        "boot/amd64/x86.microroot",
        UNIX_64,
    ),
    layout("solaris-10", None, "boot/multiboot", "boot/x86.miniroot", Always("kernel/unix")),
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
