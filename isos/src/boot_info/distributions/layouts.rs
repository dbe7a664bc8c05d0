//! The rows of each family: what is tried, best first.

use Arch::{Aarch64, Armv7l, I686, Ppc64le, Riscv64, S390x, X86_64};
use Arguments::{Always, None as NoArguments, OfMenu};

use super::{Arch, Arguments, Layout};

const fn layout(
    name: &'static str,
    arch: Option<Arch>,
    kernel: &'static str,
    initrd: &'static str,
    arguments: Arguments,
) -> Layout {
    Layout { name, arch, kernel, initrd, arguments }
}

/// debian-installer, then live-boot. Source: debian-cd's and live-build's media, Debian's installer archive.
pub(super) const DEBIAN: &[Layout] = &[
    layout("debian-amd64", Some(X86_64), "install.amd/vmlinuz", "install.amd/initrd.gz", NoArguments),
    layout("debian-i386", Some(I686), "install.386/vmlinuz", "install.386/initrd.gz", NoArguments),
    layout("debian-arm64", Some(Aarch64), "install.a64/vmlinuz", "install.a64/initrd.gz", NoArguments),
    layout("debian-armhf", Some(Armv7l), "install.ahf/vmlinuz", "install.ahf/initrd.gz", NoArguments),
    layout(
        "debian-armhf-media",
        Some(Armv7l),
        "install.armhf/vmlinuz",
        "install.armhf/initrd.gz",
        NoArguments,
    ),
    layout("debian-ppc64el", Some(Ppc64le), "install/vmlinux", "install/initrd.gz", NoArguments),
    layout("debian-s390x", Some(S390x), "boot/linux_vm", "boot/root.bin", NoArguments),
    layout(
        "debian-multi-amd64",
        Some(X86_64),
        "install/amd64/vmlinuz",
        "install/amd64/initrd.gz",
        NoArguments,
    ),
    layout("devuan", None, "boot/isolinux/linux", "boot/isolinux/initrd.gz", NoArguments),
    layout("proxmox", Some(X86_64), "boot/linux26", "boot/initrd.img", OfMenu("ramdisk_size=16777216 rw")),
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
        "debian-archive-armhf",
        Some(Armv7l),
        "current/images/netboot/vmlinuz",
        "current/images/netboot/initrd.gz",
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
        "debian-netboot-i386",
        Some(I686),
        "debian-installer/i386/linux",
        "debian-installer/i386/initrd.gz",
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
pub(super) const UBUNTU: &[Layout] = &[
    layout("ubuntu-casper", None, "casper/vmlinuz", "casper/initrd", OfMenu("")),
    layout("ubuntu-casper-lz", None, "casper/vmlinuz", "casper/initrd.lz", OfMenu("boot=casper")),
    layout("ubuntu-casper-gz", None, "casper/vmlinuz", "casper/initrd.gz", OfMenu("boot=casper")),
    layout("ubuntu-casper-img", None, "casper/vmlinuz", "casper/initrd.img", OfMenu("boot=casper")),
    layout("pop-casper", Some(X86_64), "casper/vmlinuz.efi", "casper/initrd.gz", OfMenu("boot=casper")),
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
        "ubuntu-archive-old-i386",
        Some(I686),
        "current/images/netboot/ubuntu-installer/i386/linux",
        "current/images/netboot/ubuntu-installer/i386/initrd.gz",
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
pub(super) const FEDORA: &[Layout] = &[
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
        "fedora-isolinux-pxeboot",
        None,
        "isolinux/pxeboot/vmlinuz",
        "isolinux/pxeboot/initrd.img",
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
pub(super) const SUSE: &[Layout] = &[
    layout("suse-x86_64", Some(X86_64), "boot/x86_64/loader/linux", "boot/x86_64/loader/initrd", OfMenu("")),
    layout("suse-i386", Some(I686), "boot/i386/loader/linux", "boot/i386/loader/initrd", OfMenu("")),
    layout("suse-aarch64", Some(Aarch64), "boot/aarch64/linux", "boot/aarch64/initrd", OfMenu("")),
    layout("suse-armv7", Some(Armv7l), "boot/armv7hl/linux", "boot/armv7hl/initrd", OfMenu("")),
    layout("suse-riscv64", Some(Riscv64), "boot/riscv64/linux", "boot/riscv64/initrd", OfMenu("")),
    layout("suse-ppc64le", Some(Ppc64le), "boot/ppc64le/linux", "boot/ppc64le/initrd", OfMenu("")),
    layout("suse-s390x", Some(S390x), "boot/s390x/linux", "boot/s390x/initrd", OfMenu("")),
    layout(
        "suse-live-ppc64le",
        Some(Ppc64le),
        "boot/ppc64le/loader/linux",
        "boot/ppc64le/loader/initrd",
        OfMenu(""),
    ),
    layout("suse-live-s390x", Some(S390x), "boot/s390x/loader/linux", "boot/s390x/loader/initrd", OfMenu("")),
    layout(
        "suse-live-aarch64",
        Some(Aarch64),
        "boot/aarch64/loader/linux",
        "boot/aarch64/loader/initrd",
        OfMenu(""),
    ),
];

/// archiso and Manjaro's manjaro-iso-tools. Source: archiso's documentation.
pub(super) const ARCH: &[Layout] = &[
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
        "hyperbola-x86_64",
        Some(X86_64),
        "hyperbola/boot/x86_64/vmlinuz",
        "hyperbola/boot/x86_64/hyperiso.img",
        OfMenu("hyperisobasedir=hyperbola hyperisolabel={label}"),
    ),
    layout(
        "hyperbola-i686",
        Some(I686),
        "hyperbola/boot/i686/vmlinuz",
        "hyperbola/boot/i686/hyperiso.img",
        OfMenu("hyperisobasedir=hyperbola hyperisolabel={label}"),
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
pub(super) const ALPINE: &[Layout] = &[
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
pub(super) const MAGEIA: &[Layout] = &[
    layout("mageia-x86_64", Some(X86_64), "isolinux/x86_64/vmlinuz", "isolinux/x86_64/all.rdz", NoArguments),
    layout("mageia-i586", Some(I686), "isolinux/i586/vmlinuz", "isolinux/i586/all.rdz", NoArguments),
    layout("mageia-i686", Some(I686), "isolinux/i686/vmlinuz", "isolinux/i686/all.rdz", NoArguments),
    layout("mageia-i386", Some(I686), "isolinux/i386/vmlinuz", "isolinux/i386/all.rdz", NoArguments),
    layout("mageia-boot", None, "boot/vmlinuz", "boot/all.rdz", NoArguments),
    layout("mageia-flat", None, "isolinux/vmlinuz", "isolinux/all.rdz", NoArguments),
    layout("mageia-live", None, "boot/vmlinuz", "boot/cdrom/initrd.gz", OfMenu("root=mgalive:LABEL={label}")),
    layout("mageia-live-img", None, "boot/vmlinuz", "boot/initrd.img", OfMenu("root=mgalive:LABEL={label}")),
];

/// What Gentoo's genkernel initramfs needs to find its medium. Source: Gentoo's handbook.
const GENTOO_MEDIUM: Arguments =
    OfMenu("root=/dev/ram0 init=/linuxrc looptype=squashfs loop=/image.squashfs cdroot");

/// Source: catalyst's minimal and live media.
pub(super) const GENTOO: &[Layout] = &[
    layout("gentoo", None, "boot/gentoo", "boot/gentoo.igz", GENTOO_MEDIUM),
    layout("gentoo-xz", None, "boot/gentoo", "boot/gentoo.xz", GENTOO_MEDIUM),
    layout("gentoo-arm64", Some(Aarch64), "boot/gentoo-arm64", "boot/gentoo-arm64.igz", GENTOO_MEDIUM),
    layout("gentoo-isolinux", None, "isolinux/gentoo", "isolinux/gentoo.igz", GENTOO_MEDIUM),
];

/// The multiboot kernel wants its own path as first argument. Source: illumos boot(7), Solaris' media.
const UNIX_64: Arguments = Always("/platform/i86pc/kernel/amd64/unix");

/// `unix` is a multiboot kernel, the boot archive its module.
pub(super) const ILLUMOS: &[Layout] = &[
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

/// Source: ALT's installers, live media and osinfo-db.
pub(super) const ALT: &[Layout] = &[
    layout("alt-syslinux", None, "syslinux/alt0/vmlinuz", "syslinux/alt0/full.cz", OfMenu("")),
    layout("alt-boot", None, "boot/vmlinuz", "boot/full.cz", OfMenu("")),
    layout("alt-efi", None, "EFI/BOOT/vmlinuz", "EFI/BOOT/full.cz", OfMenu("")),
    layout("alt-top", None, "alt0/vmlinuz", "alt0/full.cz", OfMenu("")),
    layout("alt-isolinux", None, "isolinux/alt0/vmlinuz", "isolinux/alt0/full.cz", OfMenu("")),
    layout("alt-rdz", None, "isolinux/alt0/vmlinuz", "isolinux/alt0/all.rdz", OfMenu("")),
];

/// Source: Android-x86's media.
pub(super) const ANDROID: &[Layout] =
    &[layout("android-x86", None, "kernel", "initrd.img", OfMenu("root=/dev/ram0"))];

/// The kernel is one that firmware starts. Source: osinfo-db.
pub(super) const CLEAR: &[Layout] =
    &[layout("clear", Some(X86_64), "EFI/BOOT/BOOTX64.EFI", "EFI/BOOT/initrd.gz", OfMenu(""))];

/// Its `init=` differs with each medium, and only the menu tells it. Source: nixpkgs' `iso-image.nix`.
pub(super) const NIXOS: &[Layout] = &[layout("nixos", None, "boot/bzImage", "boot/initrd", OfMenu(""))];

/// Source: Slackware's `isolinux` directory and its README.
pub(super) const SLACKWARE: &[Layout] = &[
    layout(
        "slackware-smp",
        Some(I686),
        "kernels/hugesmp.s/bzImage",
        "isolinux/initrd.img",
        OfMenu("load_ramdisk=1 prompt_ramdisk=0 rw SLACK_KERNEL=hugesmp.s"),
    ),
    layout(
        "slackware",
        None,
        "kernels/huge.s/bzImage",
        "isolinux/initrd.img",
        OfMenu("load_ramdisk=1 prompt_ramdisk=0 rw SLACK_KERNEL=huge.s"),
    ),
];

/// Source: Solus' live media.
pub(super) const SOLUS: &[Layout] =
    &[layout("solus", None, "boot/kernel", "boot/initrd.img", OfMenu("root=live:CDLABEL={label}"))];

/// Source: void-mklive.
pub(super) const VOID: &[Layout] = &[layout(
    "void",
    None,
    "boot/vmlinuz",
    "boot/initrd",
    OfMenu("root=live:CDLABEL={label} init=/sbin/init"),
)];
