//! UFS1 and UFS2 in both byte orders, written by makefs and read by GRUB, too.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use isos::{Image, Kind};

use super::damage::{self, ROUNDS, overwrite, patch, survives_damage};
use super::kernel::{Disk, KERNEL, is_read_as_by_kernel};
use super::{Facts, Workshop, in_image, on_disk, run, same};
use crate::Test;
use crate::need::Need;

const MAKEFS: Need = Need::Program("makefs");

pub(crate) const TESTS: &[Test] = &[
    Test { name: "ufs_is_read_as_written", needs: &[MAKEFS], run: ufs_is_read_as_written },
    Test {
        name: "ufs_is_read_as_by_the_kernel",
        needs: &[MAKEFS, KERNEL],
        run: ufs_is_read_as_by_the_kernel,
    },
    Test {
        name: "ufs_is_read_as_by_grub",
        needs: &[MAKEFS, Need::Program("grub-fstest")],
        run: ufs_is_read_as_by_grub,
    },
    Test {
        name: "ufs_of_solaris_and_old_systems_is_read",
        needs: &[MAKEFS],
        run: ufs_of_solaris_and_old_systems_is_read,
    },
    Test {
        name: "ufs_keeps_owners_and_device_numbers",
        needs: &[MAKEFS, Need::Root],
        run: ufs_keeps_owners_and_device_numbers,
    },
    Test { name: "hostile_ufs_is_refused", needs: &[MAKEFS], run: hostile_ufs_is_refused },
    Test {
        name: "damaged_ufs_ends_with_data_or_an_error",
        needs: &[MAKEFS],
        run: || damage::ends_with_data_or_an_error("ufs"),
    },
];

/// Byte order, and options of makefs.
const WAYS: &[(&str, &str)] = &[
    ("le", "version=1"),
    ("be", "version=1"),
    ("le", "version=1,bsize=4096,fsize=512"),
    ("be", "version=1,bsize=65536,fsize=8192"),
    ("le", "version=2"),
    ("be", "version=2"),
    ("le", "version=2,bsize=4096,fsize=1024"),
    ("be", "version=2,bsize=32768,fsize=4096,density=2048"),
];

pub(super) fn made(workshop: &Workshop, (order, options): (&str, &str), size: &str) -> Result<PathBuf> {
    let target = workshop.path("image.ufs");
    let _ = fs::remove_file(&target);
    let line = ["-t", "ffs", "-B", order, "-o", options, "-M", size];
    run(Command::new("makefs").args(line).arg(&target).arg(workshop.tree()))?;
    Ok(target)
}

fn workshop() -> Result<Workshop> {
    let workshop = Workshop::new()?;
    workshop.links()?;
    for length in [58, 59, 60, 61, 118, 119, 120, 121, 900] {
        symlink("x".repeat(length), workshop.tree().join(format!("link of {length}")))?;
    }
    // Fragments of every number, with blocks before them and behind twelve blocks.
    for size in [1, 511, 512, 513, 4095, 4096, 4097, 8191, 12 * 4096 + 1, 12 * 8192 - 1, 98_305, 300_000] {
        workshop.file(&format!("sizes/{size}"), (0..size).map(|at| at as u8).collect::<Vec<_>>())?;
    }
    Ok(workshop)
}

fn ufs_is_read_as_written() -> Result<()> {
    let workshop = workshop()?;
    let written = on_disk(&workshop.tree())?;
    for way in WAYS {
        let image = Image::open(made(&workshop, *way, "32m")?)?;
        let read = in_image(&image).with_context(|| format!("{way:?}"))?;
        same("who wrote it", &written, &read).with_context(|| format!("{way:?}"))?;
        let (version, order) = (way.1.starts_with("version=2"), way.0 == "be");
        let called = format!("UFS{}{}", 1 + u32::from(version), if order { ", big-endian" } else { "" });
        ensure!(image.description() == called, "{called}: {}", image.description());
        ensure!(image.missing_bytes() == 0, "{called}: {} bytes are missing", image.missing_bytes());
    }
    Ok(())
}

fn ufs_is_read_as_by_the_kernel() -> Result<()> {
    let workshop = workshop()?;
    let mut disks = Vec::new();
    // It takes fragments of up to a page, and mounts nothing that makefs writes as UFS2.
    let known = |way: &&(_, &str)| way.1.starts_with("version=1") && !way.1.contains("fsize=8192");
    for way in WAYS.iter().filter(known) {
        let image = workshop.kept(&made(&workshop, *way, "32m")?, &format!("{} {}", way.0, way.1))?;
        disks.push(Disk { image, format: "ufs", options: "ufstype=44bsd" });
    }
    is_read_as_by_kernel(&disks, |_| ())
}

fn ufs_is_read_as_by_grub() -> Result<()> {
    let workshop = workshop()?;
    for way in WAYS {
        // GRUB does not know big-endian UFS2.
        if way.0 == "be" && way.1.starts_with("version=2") {
            continue;
        }
        let path = made(&workshop, *way, "32m")?;
        let image = Image::open(&path)?;
        let names = ["large", "sizes/98305", "sizes/49153", "sizes/513", "many/file-0699"];
        // Nor does it turn the numbers in blocks of pointers round.
        for name in &names[if way.0 == "be" { 3 } else { 0 }..] {
            let copy = workshop.path("copy");
            let inside = format!("(loop0)/{name}");
            run(Command::new("grub-fstest").arg(&path).arg("cp").arg(inside).arg(&copy))?;
            let read = image.read_to_vec(name, 64 << 20)?;
            ensure!(fs::read(&copy)? == read, "{way:?}: '{name}' is another to GRUB");
        }
    }
    Ok(())
}

/// What no tool here writes any more: names without types, links told by their blocks, users of 16 bits.
fn ufs_of_solaris_and_old_systems_is_read() -> Result<()> {
    let workshop = Workshop::new()?;
    fs::remove_dir_all(workshop.tree())?;
    for number in 0..8 {
        workshop.file(&format!("some/{number}/file"), format!("{number}"))?;
    }
    workshop.links()?;
    let mut written = on_disk(&workshop.tree())?;
    written.values_mut().for_each(|facts| facts.modified = None);
    for order in ["le", "be"] {
        let image = made(&workshop, (order, "version=1"), "1m")?;
        let word: fn(u16) -> [u8; 2] = if order == "be" { u16::to_be_bytes } else { u16::to_le_bytes };
        overwrite(&image, 8192 + 1320, &[0; 8])?;
        let bytes = fs::read(&image)?;
        let mut directories = 0;
        for start in (0..bytes.len()).step_by(512) {
            let block = &bytes[start..start + 512];
            // A directory begins with a record of twelve bytes for itself.
            if block[4..6] != word(12) || block[6..10] != [4, 1, b'.', 0] {
                continue;
            }
            directories += 1;
            let mut at = 0;
            while at < block.len() {
                let length = if order == "be" {
                    [block[at + 4], block[at + 5]]
                } else {
                    [block[at + 5], block[at + 4]]
                };
                overwrite(&image, (start + at + 6) as u64, &word(block[at + 7].into()))?;
                at += usize::from(u16::from_be_bytes(length));
            }
        }
        ensure!(directories == 10, "{directories} directories");
        let mut read = in_image(&Image::open(&image)?)?;
        read.values_mut().for_each(|facts: &mut Facts| facts.modified = None);
        same("who wrote it", &written, &read).context(order)?;
    }
    Ok(())
}

fn ufs_keeps_owners_and_device_numbers() -> Result<()> {
    let workshop = Workshop::new()?;
    fs::remove_dir_all(workshop.tree())?;
    workshop.file("file", "x")?;
    let tree = workshop.tree();
    std::os::unix::fs::chown(tree.join("file"), Some(70000), Some(5))?;
    fs::hard_link(tree.join("file"), tree.join("other name"))?;
    run(Command::new("mknod").arg(tree.join("disk")).args(["b", "8", "17"]))?;
    run(Command::new("mkfifo").arg(tree.join("pipe")))?;
    for way in WAYS {
        let image = Image::open(made(&workshop, *way, "8m")?)?;
        let (file, disk) = (image.entry("file")?, image.entry("disk")?);
        ensure!(file.owner() == Some((70000, 5)) && file.links() == Some(2), "{way:?}: {file:?}");
        ensure!(image.entry("other name")?.id() == file.id(), "{way:?}: {:?}", image.entry("other name")?);
        ensure!(disk.kind() == Kind::Special && disk.device() == Some((8, 17)), "{way:?}: {disk:?}");
        ensure!(image.entry("pipe")?.kind() == Kind::Special, "{way:?}");
    }
    Ok(())
}

/// An image of a known tree, and where the inodes are.
fn small() -> Result<(Workshop, PathBuf, u64)> {
    let workshop = Workshop::new()?;
    fs::remove_dir_all(workshop.tree())?;
    workshop.file("file", vec![b'x'; 300_000])?;
    workshop.file("loop/inside", "1")?;
    workshop.file("AAAAAAAA", "1")?;
    let image = made(&workshop, ("le", "version=1,bsize=8192,fsize=1024"), "2m")?;
    let inodes = inodes(&image)?;
    Ok((workshop, image, inodes))
}

/// Where the inodes are of a little-endian image with fragments of 1024 bytes.
pub(super) fn inodes(image: &Path) -> Result<u64> {
    let bytes = fs::read(image)?;
    let start = bytes[8192 + 16..].first_chunk().map(|word| u32::from_le_bytes(*word)).context("a word")?;
    Ok(u64::from(start) * 1024)
}

fn refused(image: &Path, path: &str, why: &str) -> Result<()> {
    let error = Image::open(image).and_then(|image| image.read_to_vec(path, 1 << 20));
    let error = error.err().with_context(|| format!("'{path}' was read, in spite of: {why}"))?;
    ensure!(error.to_string().contains(why), "{error} (not: {why})");
    Ok(())
}

fn hostile_ufs_is_refused() -> Result<()> {
    let (_workshop, image, _) = small()?;
    patch(&image, b"AAAAAAAA", b"../\0\x1b\xff//")?;
    let names: Vec<String> = Image::open(&image)?.read_dir("")?.iter().map(|e| e.name().to_owned()).collect();
    ensure!(names.iter().any(|name| name == "..\\x2f\\x00\\x1b\\xff\\x2f\\x2f"), "{names:?}");
    // A file that is called as the directory above it.
    let (_workshop, image, _) = small()?;
    patch(&image, b"\x08\x08AAAAAAAA", b"\x08\x02..AAAAAA")?;
    let names: Vec<String> = Image::open(&image)?.read_dir("")?.iter().map(|e| e.name().to_owned()).collect();
    ensure!(names.iter().any(|name| name == "\\x2e\\x2e"), "{names:?}");

    // A directory whose entry says the inode of the top.
    let (_workshop, image, _) = small()?;
    let bytes = fs::read(&image)?;
    let entry =
        bytes.windows(8).position(|part| part == b"\x04\x04loop\0\0").context("the entry")? as u64 - 6;
    overwrite(&image, entry, &2_u32.to_le_bytes())?;
    refused(&image, "loop/loop/inside", "contains itself")?;

    // Inodes that are not there, records without length, and ones that are longer than their block.
    for (at, bytes, why) in [
        (0, &[0xff, 0xff, 0, 0][..], "there is no inode 65535"),
        (4, &[0, 0], "a record of 0 bytes"),
        (4, &[0xfc, 0xff], "a record of 65532 bytes"),
        (7, &[0], "for a name of 0"),
    ] {
        let (_workshop, image, _) = small()?;
        overwrite(&image, entry + at, bytes)?;
        refused(&image, "loop/inside", why)?;
    }

    // Pointers out of the image, and blocks of pointers to themselves.
    let (_workshop, image, inodes) = small()?;
    let inode = inodes + Image::open(&image)?.entry("file")?.id() * 128;
    let hole = fs::read(&image)?;
    overwrite(&image, inode + 44, &[0; 4])?;
    let content = Image::open(&image)?.read_to_vec("file", 1 << 20)?;
    ensure!(
        content[8192..16384].iter().all(|byte| *byte == 0) && content[16384] == b'x',
        "a block is a hole"
    );
    fs::write(&image, &hole)?;
    overwrite(&image, inode + 40, &4_000_000_u32.to_le_bytes())?;
    refused(&image, "file", "lies outside the image")?;
    overwrite(&image, inode + 88, &4_000_000_u32.to_le_bytes())?;
    refused(&image, "file", "its mapping lies outside the image")?;
    let block = 1024_u32;
    for pointers in [[block; 3], [block + 8, block + 16, 0]] {
        fs::write(&image, &hole)?;
        for (place, pointer) in (u64::from(block)..).step_by(8).zip(pointers) {
            overwrite(&image, place * 1024, &pointer.to_le_bytes().repeat(2048))?;
        }
        overwrite(&image, inode + 8, &(1_u64 << 40).to_le_bytes())?;
        overwrite(&image, inode + 88, &[0; 8])?;
        overwrite(&image, inode + 96, &block.to_le_bytes())?;
        let error = Image::open(&image)?.open_file("file").err().context("a file without end was opened")?;
        ensure!(error.to_string().contains("goes round in circles"), "{error}");
    }
    Ok(())
}

pub(super) fn accidents() -> Result<()> {
    let workshop = Workshop::new()?;
    fs::remove_dir_all(workshop.tree())?;
    for number in 0..12_usize {
        workshop.file(&format!("d/{number}/file"), vec![b'x'; number * 40])?;
    }
    workshop.links()?;
    symlink("z/".repeat(100), workshop.tree().join("long link"))?;
    workshop.file("file", vec![b'y'; 80_000])?;
    let place = 8192;
    let ways = [
        ("le", "version=1,bsize=4096,fsize=512"),
        ("be", "version=1,bsize=4096,fsize=512"),
        ("le", "version=2,bsize=4096,fsize=512"),
    ];
    for way in ways {
        let image = made(&workshop, way, "400k")?;
        let length = fs::metadata(&image)?.len();
        let bytes = fs::read(&image)?;
        let start = *bytes[place as usize + 16..].first_chunk().context("a word")?;
        let start = if way.0 == "be" { u32::from_be_bytes(start) } else { u32::from_le_bytes(start) };
        let inodes = u64::from(start) * 512;
        let fields = [place + 8..place + 64, place + 176..place + 192, place + 1320..place + 1376];
        let regions = [&fields[..], &[inodes..inodes + 40 * 256, place..length]].concat();
        survives_damage(&image, &regions, None, ROUNDS.div_ceil(ways.len() as u64))
            .with_context(|| format!("{way:?}"))?;
    }
    Ok(())
}
