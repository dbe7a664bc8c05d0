//! exFAT, made by exfatprogs and filled through FUSE by another implementation.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use isos::Image;

use super::bounds::Wide;
use super::damage::{self, ROUNDS, overwrite, survives_damage};
use super::kernel::{Disk, KERNEL, is_read_as_written_by_kernel};
use super::{Facts, Tree, Workshop, in_image, on_disk, only, run, same};
use crate::Test;
use crate::need::Need;

const MKFS: Need = Need::Program("mkfs.exfat");
const MOUNT: Need = Need::Program("mount.exfat-fuse");
const FUSE: Need = Need::File("/dev/fuse", "a kernel with FUSE");
pub(super) const FILLED: &[Need] = &[MKFS, MOUNT, FUSE, Need::Program("pgrep"), Need::Root];

pub(crate) const TESTS: &[Test] = &[
    Test { name: "exfat_is_read_as_written", needs: FILLED, run: exfat_is_read_as_written },
    Test { name: "exfat_of_the_kernel_is_read", needs: &[MKFS, KERNEL], run: exfat_of_the_kernel_is_read },
    Test { name: "exfat_says_what_it_is", needs: &[MKFS], run: exfat_says_what_it_is },
    Test {
        name: "exfat_reads_zeros_where_nothing_was_written",
        needs: FILLED,
        run: exfat_reads_zeros_where_nothing_was_written,
    },
    Test { name: "hostile_exfat_is_refused", needs: FILLED, run: hostile_exfat_is_refused },
    Test {
        name: "damaged_exfat_ends_with_data_or_an_error",
        needs: FILLED,
        run: || damage::ends_with_data_or_an_error("exfat"),
    },
];

/// Runs `work` on the mounted volume, and gives the tree that its driver showed at the end.
fn mounted(image: &Path, work: impl FnOnce(&Path) -> Result<()>) -> Result<Tree> {
    let directory = tempfile::tempdir()?;
    let device = Command::new("losetup").args(["--find", "--show"]).arg(image).output()?;
    let device = String::from_utf8(device.stdout)?.trim().to_owned();
    let result = run(Command::new("mount.exfat-fuse").arg(&device).arg(directory.path())).and_then(|()| {
        let result = work(directory.path()).and_then(|()| on_disk(directory.path()));
        run(Command::new("umount").arg(directory.path()))?;
        result
    });
    // The driver writes the last of it after it has let go of the mount point.
    let deadline = std::time::Instant::now() + crate::PATIENCE;
    let driver = format!("mount.exfat-fuse {device} ");
    while run(Command::new("pgrep").args(["-f", &driver])).is_ok() && std::time::Instant::now() < deadline {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    run(Command::new("losetup").args(["--detach", &device]))?;
    result
}

fn made(workshop: &Workshop, options: &[&str], mebibytes: u64) -> Result<PathBuf> {
    let target = workshop.path("image.exfat");
    fs::File::create(&target)?.set_len(mebibytes << 20)?;
    run(Command::new("mkfs.exfat").args(["-L", "Nämed"]).args(options).arg(&target))?;
    Ok(target)
}

fn copied(from: &Path, to: &Path) -> Result<()> {
    run(Command::new("cp").args(["-r", "--preserve=timestamps"]).arg(from.join(".")).arg(to))
}

fn exfat_is_read_as_written() -> Result<()> {
    let workshop = Workshop::new()?;
    for options in [&[][..], &["-c", "512"], &["-c", "128K", "-b", "1M"]] {
        let image = made(&workshop, options, 256)?;
        // What is deleted leaves gaps, so that the next file has a chain of clusters.
        let shown = mounted(&image, |top| {
            for number in 0..200 {
                fs::write(top.join(format!("gap-{number}")), vec![b'-'; 200_000])?;
            }
            for number in (0..200).step_by(2) {
                fs::remove_file(top.join(format!("gap-{number}")))?;
            }
            copied(&workshop.tree(), top)
        })?;
        let read = only(&in_image(&Image::open(&image)?)?, kept);
        same("who wrote it", &only(&shown, kept), &read).with_context(|| options.join(" "))?;
        run(Command::new("fsck.exfat").arg("-n").arg(&image))?;
    }
    Ok(())
}

/// What exFAT keeps of what is compared: times of files in steps of two seconds, no modes.
fn kept(facts: &mut Facts) {
    facts.mode = None;
    facts.modified = facts.modified.filter(|_| facts.kind == "file").map(|time| time / 2);
}

fn exfat_of_the_kernel_is_read() -> Result<()> {
    let workshop = Workshop::new()?;
    let mut disks = Vec::new();
    for options in [&[][..], &["-c", "512"], &["-c", "128K", "-b", "1M"]] {
        let image =
            workshop.kept(&made(&workshop, options, 256)?, &format!("exfat {}", options.join(" ")))?;
        disks.push(Disk { image, format: "exfat", options: "time_offset=0" });
    }
    is_read_as_written_by_kernel(&disks, &workshop.tree(), kept)
}

fn exfat_says_what_it_is() -> Result<()> {
    let workshop = Workshop::new()?;
    let target = made(&workshop, &[], 16)?;
    let is_told = || -> Result<()> {
        let image = Image::open(&target)?;
        ensure!(image.description() == "exFAT" && image.label() == "Nämed", "{image:?}");
        ensure!(image.missing_bytes() == 0 && image.read_dir("/")?.is_empty(), "{image:?}");
        Ok(())
    };
    is_told()?;
    overwrite(&target, 72, &[0xff; 8])?;
    is_told().context("the copy of a damaged boot sector is taken")?;
    overwrite(&target, 12 * 512 + 72, &[0xff; 8])?;
    let error = Image::open(&target).err().context("both copies are damaged")?;
    ensure!(error.to_string().contains("checksum"), "{error}");
    Ok(())
}

/// A small volume, whose FILE is in the top directory.
fn small(workshop: &Workshop) -> Result<PathBuf> {
    let image = made(workshop, &["-c", "512", "-b", "4096"], 4)?;
    mounted(&image, |top| {
        fs::create_dir_all(top.join("SUB/DEEP"))?;
        fs::write(top.join("FILE"), vec![b'F'; 5000])?;
        fs::write(top.join("SUB/DEEP/other"), "deep")?;
        Ok(())
    })?;
    Ok(image)
}

/// Where the records of the file with that name lie.
fn records(image: &Path, name: &str) -> Result<u64> {
    let bytes = fs::read(image)?;
    let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let is_name = |record: &[u8]| record[0] == 0xc1 && record[2..].starts_with(&wide);
    let at = bytes.chunks(32).position(is_name).context("no such name")?;
    Ok((at as u64 - 2) * 32)
}

/// Changes bytes of a file's records, which begin at `start`, and makes their checksum right again.
fn forge(image: &Path, start: u64, at: u64, change: &[u8]) -> Result<()> {
    overwrite(image, start + at, change)?;
    let bytes = fs::read(image)?;
    let summed = bytes[start as usize..][..96].iter().enumerate().filter(|(at, _)| !matches!(at, 2 | 3));
    let sum = summed.fold(0_u16, |sum, (_, byte)| sum.rotate_right(1).wrapping_add(u16::from(*byte)));
    overwrite(image, start + 2, &sum.to_le_bytes())
}

fn exfat_reads_zeros_where_nothing_was_written() -> Result<()> {
    let workshop = Workshop::new()?;
    let image = small(&workshop)?;
    let file = records(&image, "FILE")?;
    forge(&image, file, 32 + 8, &700_u64.to_le_bytes())?;
    let content = Image::open(&image)?.read_to_vec("file", 1 << 20)?;
    ensure!(content.len() == 5000 && content[..700] == [b'F'; 700] && content[700..] == [0; 4300]);
    Ok(())
}

fn hostile_exfat_is_refused() -> Result<()> {
    let workshop = Workshop::new()?;
    let image = small(&workshop)?;
    let whole = fs::read(&image)?;
    let file = records(&image, "FILE")?;
    let fails = |path: &str, why: &str| -> Result<()> {
        let error = Image::open(&image)?
            .read_to_vec(path, 1 << 20)
            .err()
            .with_context(|| format!("{why}: {path} was read"))?;
        ensure!(error.to_string().contains(why), "{why}: {error}");
        Ok(fs::write(&image, &whole)?)
    };
    let sub: [u8; 4] =
        *whole[records(&image, "SUB")? as usize + 32 + 20..].first_chunk().context("a cluster")?;
    forge(&image, records(&image, "DEEP")?, 32 + 20, &sub)?;
    fails("SUB/DEEP/DEEP/DEEP", "contains itself")?;
    forge(&image, file, 32 + 24, &(1_u64 << 40).to_le_bytes())?;
    fails("FILE", "1099511627776 bytes")?;
    forge(&image, file, 32 + 20, &0_u32.to_le_bytes())?;
    fails("FILE", "more than the volume has")?;
    // Clusters need not follow one another; then the table is asked, which has no chain here.
    forge(&image, file, 32 + 1, &[1])?;
    fails("FILE", "chain of clusters")?;
    forge(&image, file, 32 + 8, &u64::MAX.to_le_bytes())?;
    fails("FILE", "not complete")?;
    overwrite(&image, file + 2, &[0xaa, 0xbb])?;
    ensure!(Image::open(&image)?.read_to_vec("SUB/DEEP/other", 9)? == b"deep", "others are still found");
    fails("FILE", "checksum")?;

    for (name, shown) in [("..", "\\x2e\\x2e"), ("a/\u{1}b", "a\\x2f\\x01b")] {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        forge(&image, file, 32 + 3, &[wide.len() as u8 / 2])?;
        forge(&image, file, 64 + 2, &wide)?;
        ensure!(Image::open(&image)?.entry(shown)?.size() == 5000, "{shown}");
        fs::write(&image, &whole)?;
    }
    Ok(())
}

/// A directory of so many files, all of the same name.
pub(super) fn wide(files: usize) -> Result<Wide> {
    let workshop = Workshop::new()?;
    let image = made(&workshop, &["-c", "32K", "-b", "4096"], 16)?;
    mounted(&image, |top| {
        fs::write(top.join("FILE"), "")?;
        Ok(())
    })?;
    let start = records(&image, "FILE")? as usize;
    let file = fs::read(&image)?[start..start + 96].to_vec();
    mounted(&image, |top| Ok(fs::write(top.join("wide"), file.repeat(files))?))?;
    forge(&image, records(&image, "wide")?, 4, &[0x10])?;
    Ok(Wide { image, _workshop: workshop })
}

/// A directory of so many bytes in which all that was there is deleted.
pub(super) fn without_entries(bytes: usize) -> Result<Wide> {
    let workshop = Workshop::new()?;
    let image = made(&workshop, &["-c", "32K", "-b", "4096"], 32)?;
    mounted(&image, |top| Ok(fs::write(top.join("wide"), vec![0x05; bytes])?))?;
    forge(&image, records(&image, "wide")?, 4, &[0x10])?;
    Ok(Wide { image, _workshop: workshop })
}

pub(super) fn accidents() -> Result<()> {
    let workshop = Workshop::new()?;
    let image = small(&workshop)?;
    let (top, sub) = (records(&image, "FILE")? / 512 * 512, records(&image, "DEEP")? / 512 * 512);
    survives_damage(&image, &[top..top + 512, sub..sub + 128, 64..120], None, ROUNDS)
}
