//! Boot images, EFI programs and kernels on discs, sticks and disks with partitions.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use isos::Image;
use isos::boot_info::{Arch, BootInfo, FirmwareBoot, FirmwarePlace, boot_info};
use isos::el_torito::Platform;

use super::medium::write_tree;
use crate::media::run;
use crate::need::Need;

pub(super) const MTOOLS: Need = Need::Program("mcopy");
pub(super) const MKFS_FAT: Need = Need::Program("mkfs.vfat");

const DEBIAN: [(&str, &str); 3] = [
    ("install.amd/vmlinuz", "kernel x86_64"),
    ("install.amd/initrd.gz", "initrd"),
    (".disk/info", "Debian 12\n"),
];

struct Workshop(tempfile::TempDir);

impl Workshop {
    fn new() -> Result<Workshop> {
        Ok(Workshop(tempfile::Builder::new().prefix("xctl-firmware-").tempdir()?))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A directory with these files.
    fn tree(&self, files: &[(&str, &str)]) -> Result<PathBuf> {
        let owned: Vec<_> =
            files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        write_tree(&self.path("tree"), &owned)?;
        Ok(self.path("tree"))
    }

    /// A FAT file system of so many KiB with what is in a directory.
    fn fat(&self, name: &str, kib: u32, tree: &Path) -> Result<PathBuf> {
        let target = self.path(name);
        run(Command::new("mkfs.vfat").args(["-C", "-n", "STICK"]).arg(&target).arg(kib.to_string()))?;
        let entries = fs::read_dir(tree)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
        run(Command::new("mcopy").args(["-s", "-i"]).arg(&target).args(entries).arg("::"))?;
        Ok(target)
    }

    /// A FAT file system with programs for both architectures, as discs have it.
    fn efi(&self) -> Result<PathBuf> {
        let tree = self.path("efi-tree");
        for name in ["BOOTX64.EFI", "BOOTAA64.EFI", "grubx64.efi"] {
            write_tree(&tree, &[(format!("EFI/BOOT/{name}"), "program".to_owned())])?;
        }
        self.fat("efi.img", 1440, &tree)
    }
}

fn look(image: &Path) -> Result<BootInfo> {
    let info = boot_info(&Image::open(image)?);
    ensure!(info.problems.is_empty(), "{:?}", info.problems);
    Ok(info)
}

fn starts_both(boot: &FirmwareBoot) -> Result<()> {
    let mut found: Vec<_> =
        boot.programs.iter().map(|program| (program.path.as_str(), program.arch)).collect();
    found.sort_unstable();
    let both = [("EFI/BOOT/BOOTAA64.EFI", Some(Arch::Aarch64)), ("EFI/BOOT/BOOTX64.EFI", Some(Arch::X86_64))];
    ensure!(boot.platform == Platform::Efi && found == both, "{boot:?}");
    Ok(())
}

pub(super) fn discs_tell_their_boot_images_and_where_these_are() -> Result<()> {
    let workshop = Workshop::new()?;
    let efi = workshop.efi()?;
    let tree = workshop.tree(&DEBIAN)?;
    write_tree(&tree, &[("isolinux/isolinux.bin".to_owned(), "loader ".repeat(700))])?;
    fs::create_dir_all(tree.join("boot/grub"))?;
    fs::copy(&efi, tree.join("boot/grub/efi.img"))?;
    let bios = ["-b", "isolinux/isolinux.bin", "-no-emul-boot", "-boot-load-size", "4", "-eltorito-alt-boot"];
    let make = |rest: &[&str]| -> Result<PathBuf> {
        let disc = workshop.path("disc.iso");
        run(Command::new("xorriso")
            .args(["-as", "mkisofs", "-quiet", "-R", "-V", "DISC", "-o"])
            .arg(&disc)
            .args(bios)
            .args(rest)
            .arg(&tree))?;
        Ok(disc)
    };
    let disc = make(&["-e", "boot/grub/efi.img", "-no-emul-boot"])?;
    let info = look(&disc)?;
    let [first, second] = &info.firmware[..] else { anyhow::bail!("{:?}", info.firmware) };
    let place = |entry, path: &str| FirmwarePlace::ElTorito { entry, path: Some(path.to_owned()) };
    ensure!(first.platform == Platform::Bios && first.bootable && first.size == 4900, "{first:?}");
    ensure!(first.place == place(1, "isolinux/isolinux.bin"), "{first:?}");
    ensure!(second.place == place(2, "boot/grub/efi.img") && second.size == 1440 << 10, "{second:?}");
    starts_both(second)?;
    let bytes = fs::read(&disc)?;
    let at = usize::try_from(second.offset)?;
    ensure!(bytes[at..].starts_with(&fs::read(&efi)?), "the boot image is elsewhere");
    // A disc that is a stick, too: the boot image is no file, but a partition.
    let efi = efi.to_str().context("a path in UTF-8")?;
    let entry = "--interval:appended_partition_2:all::";
    let hybrid =
        ["-append_partition", "2", "0xef", efi, "-appended_part_as_gpt", "-e", entry, "-no-emul-boot"];
    let info = look(&make(&hybrid)?)?;
    let [_, disc, stick] = &info.firmware[..] else { anyhow::bail!("{:?}", info.firmware) };
    ensure!(disc.place == FirmwarePlace::ElTorito { entry: 2, path: None }, "{disc:?}");
    ensure!(stick.place == FirmwarePlace::Partition(2) && stick.offset == disc.offset, "{disc:?} {stick:?}");
    starts_both(disc)?;
    starts_both(stick)?;
    ensure!(info.kernels.first().is_some_and(|kernel| kernel.kernel == "install.amd/vmlinuz"), "{info:?}");
    Ok(())
}

pub(super) fn sticks_and_disks_boot_as_discs_do() -> Result<()> {
    let workshop = Workshop::new()?;
    let tree = workshop.tree(&DEBIAN)?;
    write_tree(&tree, &[("EFI/BOOT/BOOTX64.EFI".to_owned(), "program".to_owned())])?;
    let stick = workshop.fat("stick.img", 8192, &tree)?;
    let info = look(&stick)?;
    let kernel = info.kernels.first().context("no kernel on the stick")?;
    ensure!(kernel.kernel == "install.amd/vmlinuz" && kernel.arch == Some(Arch::X86_64), "{kernel:?}");
    ensure!(info.firmware.len() == 1 && info.firmware[0].place == FirmwarePlace::Tree, "{:?}", info.firmware);
    let volume = info.identification.volume.context("a stick has a label")?;
    ensure!(volume.value.volume == "STICK" && volume.place.to_string().contains("at byte"), "{volume:?}");
    // The same as the first partition of a disk.
    let disk = workshop.path("disk.img");
    let mut bytes = vec![0; 1 << 20];
    bytes.extend(fs::read(&stick)?);
    bytes.resize(bytes.len() + (1 << 20), 0);
    fs::write(&disk, bytes)?;
    let mut sfdisk = Command::new("/sbin/sfdisk")
        .args(["--quiet", "--no-reread"])
        .arg(&disk)
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    sfdisk.stdin.take().context("a pipe")?.write_all(b"label: gpt\nstart=1MiB, size=8MiB, type=U\n")?;
    ensure!(sfdisk.wait()?.success(), "sfdisk");
    let info = look(&disk)?;
    let kernel = info.kernels.first().context("no kernel on the disk")?;
    ensure!(kernel.kernel == "p1/install.amd/vmlinuz", "{kernel:?}");
    ensure!(kernel.initrds == ["p1/install.amd/initrd.gz"], "{kernel:?}");
    Image::open(&disk)?.open_file(&kernel.kernel)?;
    let [boot] = &info.firmware[..] else { anyhow::bail!("{:?}", info.firmware) };
    ensure!(boot.place == FirmwarePlace::Partition(1) && boot.offset == 1 << 20, "{boot:?}");
    ensure!(boot.programs[0].path == "EFI/BOOT/BOOTX64.EFI", "{boot:?}");
    let description = info.identification.description.context("no description")?;
    ensure!(description.place.to_string() == "p1/.disk/info", "{description:?}");
    Ok(())
}

pub(super) fn discs_of_udf_alone_boot_and_say_what_they_are() -> Result<()> {
    let workshop = Workshop::new()?;
    let tree = workshop.tree(&DEBIAN)?;
    let disc = workshop.path("disc.iso");
    run(Command::new("genisoimage").args(["-quiet", "-udf", "-V", "BRIDGE", "-o"]).args([&disc, &tree]))?;
    let info = look(&disc)?;
    ensure!(info.kernels.first().is_some_and(|kernel| kernel.kernel == "install.amd/vmlinuz"), "{info:?}");
    let volume = info.identification.volume.context("no volume")?;
    ensure!(volume.place.to_string() == "primary volume descriptor at byte 32768", "{volume:?}");
    // Without the descriptors of ISO 9660, of which each is a sector from the 17th on.
    let mut bytes = fs::read(&disc)?;
    for sector in bytes.chunks_mut(2048).skip(16).take_while(|sector| sector[1..6] == *b"CD001") {
        sector.fill(0);
        sector[1..7].copy_from_slice(b"BEA01\x01");
    }
    fs::write(&disc, bytes)?;
    let info = look(&disc)?;
    ensure!(info.kernels.first().is_some_and(|kernel| kernel.kernel == "install.amd/vmlinuz"), "{info:?}");
    let volume = info.identification.volume.context("no volume")?;
    ensure!(volume.value.volume == "BRIDGE" && volume.value.volume_size > 0, "{volume:?}");
    ensure!(volume.place.to_string().starts_with("logical volume descriptor"), "{volume:?}");
    // Windows' discs: nothing but the loader boots.
    fs::remove_dir_all(&tree)?;
    let tree =
        workshop.tree(&[("sources/boot.wim", "x"), ("bootmgr", "x"), ("EFI/BOOT/BOOTX64.EFI", "x")])?;
    run(Command::new("genisoimage").args(["-quiet", "-udf", "-V", "CCCOMA_X64", "-o"]).args([&disc, &tree]))?;
    let info = look(&disc)?;
    let system = info.own_loader.context("Windows is not told")?;
    ensure!(system.system == "Windows" && info.kernels.is_empty(), "{system:?}");
    ensure!(info.identification.arch == Some(Arch::X86_64), "{:?}", info.identification);
    Ok(())
}
