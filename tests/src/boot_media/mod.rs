//! What the OS database knows of media, beside what is found on media made after it: kernels, firmware, identity.

mod database;
mod firmware;
mod identity;
mod medium;
mod undeclared;

use std::collections::HashSet;

use anyhow::{Context, Result, ensure};
use isos::Image;
use isos::boot_info::{self, Arch, BootInfo, Query, Tree, TreeError, boot_info};

use crate::Test;
use crate::need::{Need, REAL_VIRT_INSTALL, XORRISO};
use database::Medium;
use medium::Press;

const OSINFO_DB: Need = Need::File(database::SYSTEMS, "package osinfo-db");
const GENISOIMAGE: Need = Need::Program("genisoimage");

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "every_medium_of_the_os_database_boots_from_the_kernel_that_it_declares",
        needs: &[GENISOIMAGE, OSINFO_DB],
        run: every_medium_boots_from_the_kernel_that_it_declares,
    },
    Test {
        name: "every_tree_of_the_os_database_boots_from_the_kernel_that_it_declares",
        needs: &[OSINFO_DB],
        run: every_tree_boots_from_the_kernel_that_it_declares,
    },
    Test {
        name: "media_without_a_declared_kernel_boot_or_say_why_not",
        needs: &[GENISOIMAGE, OSINFO_DB],
        run: undeclared::media_without_a_declared_kernel_boot_or_say_why_not,
    },
    Test {
        name: "media_are_identified_as_by_libosinfo",
        needs: &[OSINFO_DB, REAL_VIRT_INSTALL],
        run: identity::media_are_identified_as_by_libosinfo,
    },
    Test {
        name: "discs_tell_their_boot_images_and_where_these_are",
        needs: &[XORRISO, firmware::MTOOLS, firmware::MKFS_FAT],
        run: firmware::discs_tell_their_boot_images_and_where_these_are,
    },
    Test {
        name: "sticks_and_disks_boot_as_discs_do",
        needs: &[firmware::MTOOLS, firmware::MKFS_FAT, Need::Program("sfdisk")],
        run: firmware::sticks_and_disks_boot_as_discs_do,
    },
    Test {
        name: "discs_of_udf_alone_boot_and_say_what_they_are",
        needs: &[GENISOIMAGE],
        run: firmware::discs_of_udf_alone_boot_and_say_what_they_are,
    },
];

/// Kernels whose path is another one in each release: the medium's own menu names them.
const NAMED_BY_MENU: &[&str] = &["guix.gnu.org"];

/// What other files real media have beside a kernel: some look like one.
fn with_decoys(kernel: &str, initrd: &str, arch: &str, menu: bool) -> Vec<(String, String)> {
    let (directory, _) = kernel.rsplit_once('/').unwrap_or(("", kernel));
    let mut files =
        vec![(kernel.to_owned(), format!("kernel {arch}")), (initrd.to_owned(), "initrd".to_owned())];
    let mut grub = "menuentry 'Memory test' { linux16 /tools/memtest }\n\
                    menuentry 'Rescue' { linux /rescue/vmlinuz rescue\n initrd /rescue/initrd }\n"
        .to_owned();
    if menu {
        grub += &format!("menuentry 'Install' {{ linux /{kernel}\n initrd /{initrd} }}\n");
    }
    let others = [
        ("boot/grub/grub.cfg".to_owned(), grub),
        ("isolinux/isolinux.bin".to_owned(), "loader".to_owned()),
        ("isolinux/memtest".to_owned(), "tool".to_owned()),
        ("tools/memtest".to_owned(), "tool".to_owned()),
        ("rescue/vmlinuz".to_owned(), format!("kernel {arch}")),
        ("rescue/initrd".to_owned(), "initrd".to_owned()),
        ("EFI/BOOT/grubx64.efi".to_owned(), "loader".to_owned()),
        (format!("{directory}/gtk/vmlinuz"), format!("kernel {arch}")),
        (format!("{directory}/gtk/initrd.gz"), "initrd".to_owned()),
        (format!("{directory}/xen/vmlinuz"), format!("kernel {arch}")),
        (format!("{directory}/xen/initrd.gz"), "initrd".to_owned()),
    ];
    files.extend(others.map(|(path, content)| (path.trim_start_matches('/').to_owned(), content)));
    files
}

/// Architectures that kernels are looked for by; the database has media for some that are gone.
fn arch_of(medium: &Medium) -> Option<Arch> {
    if medium.arch == "all" { Some(Arch::X86_64) } else { medium.arch.parse().ok() }
}

fn every_medium_boots_from_the_kernel_that_it_declares() -> Result<()> {
    let mut press = Press::new()?;
    let (mut wrong, mut count, mut vendors) = (Vec::new(), 0, HashSet::new());
    for medium in database::media()? {
        let (Some((kernel, initrd)), Some(says), Some(arch)) =
            (&medium.files, &medium.volume, arch_of(&medium))
        else {
            continue;
        };
        let menu = NAMED_BY_MENU.contains(&medium.vendor.as_str());
        let image = press.image(&with_decoys(kernel, initrd, arch.name(), menu), says)?;
        let info = boot_info(&Image::open(&image)?);
        if let Err(error) = boots(&info, kernel, initrd, arch) {
            wrong.push(format!("{} '{}': {error}", medium.os, says.volume));
        }
        count += 1;
        vendors.insert(medium.vendor);
    }
    ensure!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    ensure!(count > 1000 && vendors.len() > 20, "only {count} media of {} vendors", vendors.len());
    Ok(())
}

/// The best choice is this one, and for this architecture as far as its header or a label tells.
fn boots(info: &BootInfo, kernel: &str, initrd: &str, arch: Arch) -> Result<()> {
    let best = info.kernels.first().with_context(|| format!("no kernel; {:?}", info.problems))?;
    let is_it = best.kernel.eq_ignore_ascii_case(kernel) && best.initrds.len() == 1;
    ensure!(is_it && best.initrds[0].eq_ignore_ascii_case(initrd), "not {kernel}: {best:?}");
    let told = [Arch::X86_64, Arch::Aarch64, Arch::I686].contains(&arch);
    ensure!(best.arch == Some(arch) || !told && best.arch.is_none(), "not for {arch}: {best:?}");
    Ok(())
}

/// A tree that has these files, all of them empty.
struct Files(Vec<String>);

impl Tree for Files {
    fn read(&self, path: &str, _: usize) -> Result<Option<Vec<u8>>, TreeError> {
        Ok(self.exists(path)?.then(Vec::new))
    }

    fn exists(&self, path: &str) -> Result<bool, TreeError> {
        Ok(self.0.iter().any(|file| file == path))
    }
}

fn every_tree_boots_from_the_kernel_that_it_declares() -> Result<()> {
    let (mut wrong, mut count) = (Vec::new(), 0);
    for medium in database::media()?.into_iter().filter(|medium| medium.volume.is_none()) {
        let (Some((kernel, initrd)), Some(arch)) = (medium.files.clone(), arch_of(&medium)) else { continue };
        let query = Query { arch: Some(arch), first_only: true, label: "" };
        let tree = Files(vec![kernel.clone(), initrd.clone(), "vmlinuz".into(), "README".into()]);
        let found = boot_info::of_tree(&tree, &query).map_err(|error| anyhow::anyhow!("{error}"))?;
        let best = found.kernels.first();
        if best.is_none_or(|best| best.kernel != kernel || best.initrds != [initrd.clone()]) {
            wrong.push(format!("{}: not {kernel}: {best:?}", medium.os));
        }
        count += 1;
    }
    ensure!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    ensure!(count > 50, "only {count} trees");
    Ok(())
}
