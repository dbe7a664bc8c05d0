//! Media for which the OS database declares no kernel: what is on the real ones, and what comes of it.

use std::collections::HashSet;

use anyhow::{Context, Result, ensure};
use isos::Image;
use isos::boot_info::{Arch, boot_info};

use super::database::{self, Medium};
use super::medium::Press;
use super::{arch_of, boots, with_decoys};

enum Outcome {
    /// These boot.
    Boots(&'static str, &'static str),
    /// Only the medium as a whole boots: the system's name and files that show it, if the label does not.
    OwnLoader(&'static str, &'static [&'static str]),
}

use Outcome::{Boots, OwnLoader};

/// Vendor, architecture (any if empty), and what its media hold.
const VENDORS: &[(&str, &str, Outcome)] = &[
    ("alpinelinux.org", "", Boots("boot/vmlinuz-lts", "boot/initramfs-lts")),
    ("archlinux.org", "", Boots("arch/boot/x86_64/vmlinuz-linux", "arch/boot/x86_64/initramfs-linux.img")),
    ("cclinux.org", "", Boots("images/pxeboot/vmlinuz", "images/pxeboot/initrd.img")),
    (
        "dragonflybsd.org",
        "",
        OwnLoader("DragonFly BSD", &["sbin/hammer2", "boot/loader", "boot/kernel/kernel"]),
    ),
    ("endlessos.com", "", OwnLoader("Endless OS", &["endless/endless.squash"])),
    ("fedoraproject.org", "", Boots("isolinux/vmlinuz", "isolinux/initrd.img")),
    ("freebsd.org", "", OwnLoader("FreeBSD", &["boot/loader", "boot/kernel/kernel"])),
    ("freedos.org", "", OwnLoader("FreeDOS", &["isolinux/fdboot.img"])),
    ("freenix.net", "", Boots("kernels/huge.s/bzImage", "isolinux/initrd.img")),
    ("gentoo.org", "", Boots("boot/gentoo", "boot/gentoo.igz")),
    ("haiku-os.org", "", OwnLoader("Haiku", &["haiku-boot-floppy.image"])),
    ("mageia.org", "x86_64", Boots("isolinux/x86_64/vmlinuz", "isolinux/x86_64/all.rdz")),
    ("mageia.org", "i686", Boots("isolinux/i586/vmlinuz", "isolinux/i586/all.rdz")),
    ("microsoft.com", "", OwnLoader("Windows", &["sources/boot.wim"])),
    ("netbsd.org", "", OwnLoader("NetBSD", &["netbsd"])),
    ("openbsd.org", "", OwnLoader("OpenBSD", &["etc/boot.conf"])),
    ("redhat.com", "", Boots("isolinux/vmlinuz", "isolinux/initrd.img")),
    ("rockylinux.org", "", Boots("images/pxeboot/vmlinuz", "images/pxeboot/initrd.img")),
    ("slackware.com", "x86_64", Boots("kernels/huge.s/bzImage", "isolinux/initrd.img")),
    ("slackware.com", "i686", Boots("kernels/hugesmp.s/bzImage", "isolinux/initrd.img")),
    ("voidlinux.org", "", Boots("boot/vmlinuz", "boot/initrd")),
];

pub(super) fn media_without_a_declared_kernel_boot_or_say_why_not() -> Result<()> {
    let mut press = Press::new()?;
    let (mut wrong, mut vendors, mut count) = (Vec::new(), HashSet::new(), 0);
    for medium in database::media()? {
        let arch = arch_of(&medium)
            .filter(|arch| [Arch::X86_64, Arch::Aarch64, Arch::I686].contains(arch))
            .filter(|_| medium.files.is_none() && medium.volume.is_some());
        let Some(arch) = arch else { continue };
        if let Err(error) = comes_to(&medium, arch, &mut press) {
            wrong.push(format!("{} '{:?}': {error}", medium.os, medium.volume));
        }
        count += 1;
        vendors.insert(medium.vendor);
    }
    ensure!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    ensure!(count > 400 && vendors.len() > 15, "only {count} media of {} vendors", vendors.len());
    Ok(())
}

fn comes_to(medium: &Medium, arch: Arch, press: &mut Press) -> Result<()> {
    let row = VENDORS
        .iter()
        .find(|(vendor, of, _)| *vendor == medium.vendor && (of.is_empty() || of.parse() == Ok(arch)));
    let (.., outcome) = row.context("a vendor that nothing is known of")?;
    let says = medium.volume.as_ref().context("only media are asked about")?;
    match outcome {
        Boots(kernel, initrd) => {
            let image = press.image(&with_decoys(kernel, initrd, arch.name(), false), says)?;
            boots(&boot_info(&Image::open(&image)?), kernel, initrd, arch)
        }
        OwnLoader(system, own) => {
            let files: Vec<_> = own.iter().map(|path| ((*path).to_owned(), "x".to_owned())).collect();
            let info = boot_info(&Image::open(press.image(&files, says)?)?);
            let found = info.own_loader.as_ref().map(|found| found.system);
            ensure!(
                info.kernels.is_empty() && found == Some(system),
                "not {system}: {found:?} {:?}",
                info.kernels
            );
            Ok(())
        }
    }
}
