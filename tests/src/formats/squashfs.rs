//! squashfs, written by mksquashfs and tar2sqfs with every compression.

use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use isos::{Image, Kind};

use super::damage::{self, ROUNDS, overwrite, patch, survives_damage};
use super::kernel::{Disk, KERNEL, is_read_as_by_kernel};
use super::{Workshop, in_image, on_disk, run, same};
use crate::Test;
use crate::need::Need;

const MKSQUASHFS: Need = Need::Program("mksquashfs");
const TAR2SQFS: Need = Need::Program("tar2sqfs");

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "squashfs_is_read_as_written",
        needs: &[MKSQUASHFS, TAR2SQFS],
        run: squashfs_is_read_as_written,
    },
    Test {
        name: "squashfs_is_read_as_by_the_kernel",
        needs: &[MKSQUASHFS, TAR2SQFS, KERNEL],
        run: squashfs_is_read_as_by_the_kernel,
    },
    Test {
        name: "squashfs_is_read_as_by_unsquashfs",
        needs: &[MKSQUASHFS, Need::Program("unsquashfs")],
        run: squashfs_is_read_as_by_unsquashfs,
    },
    Test {
        name: "squashfs_keeps_owners_hard_links_and_device_numbers",
        needs: &[MKSQUASHFS],
        run: squashfs_keeps_owners_hard_links_and_device_numbers,
    },
    Test { name: "squashfs_is_read_at_any_place", needs: &[MKSQUASHFS], run: squashfs_is_read_at_any_place },
    Test { name: "hostile_squashfs_is_refused", needs: &[MKSQUASHFS], run: hostile_squashfs_is_refused },
    Test {
        name: "damaged_squashfs_ends_with_data_or_an_error",
        needs: &[MKSQUASHFS],
        run: || damage::ends_with_data_or_an_error("squashfs"),
    },
];

/// Options of mksquashfs.
const WAYS: &[&[&str]] = &[
    &["-comp", "gzip"],
    &["-comp", "gzip", "-b", "4096"],
    &["-comp", "lzma", "-b", "256K"],
    &["-comp", "lzo"],
    &["-comp", "xz", "-b", "1M"],
    &["-comp", "xz", "-Xbcj", "x86"],
    &["-comp", "lz4"],
    &["-comp", "lz4", "-Xhc", "-no-fragments"],
    &["-comp", "zstd", "-Xcompression-level", "3"],
    &["-comp", "zstd", "-noI", "-noF"],
    &["-comp", "zstd", "-Xcompression-level", "3", "-always-use-fragments", "-no-duplicates"],
    &["-noI", "-noD", "-noF", "-no-exports"],
];

fn squashed(workshop: &Workshop, way: &[&str]) -> Result<PathBuf> {
    let target = workshop.path("image.squashfs");
    let tool = ["-noappend", "-quiet", "-no-progress", "-no-xattrs"];
    run(Command::new("mksquashfs").arg(workshop.tree()).arg(&target).args(tool).args(way))?;
    Ok(target)
}

/// What squashfs is good at, and what it stores in a way of its own.
fn workshop() -> Result<Workshop> {
    let workshop = Workshop::new()?;
    workshop.links()?;
    // Blocks that are holes, between others, and at the end.
    let mut sparse = fs::File::create(workshop.tree().join("sparse"))?;
    for megabyte in [1, 7] {
        sparse.seek(SeekFrom::Start(megabyte << 20))?;
        sparse.write_all(b"here")?;
    }
    sparse.set_len(9 << 20)?;
    workshop.file("noise", noise(300_000))?;
    workshop.file("twin", noise(300_000))?;
    Ok(workshop)
}

/// Bytes that no compression makes smaller.
fn noise(count: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 9) as u8
    };
    std::iter::repeat_with(next).take(count).collect()
}

fn squashfs_is_read_as_written() -> Result<()> {
    let workshop = workshop()?;
    let written = on_disk(&workshop.tree())?;
    for way in WAYS {
        let read = in_image(&Image::open(squashed(&workshop, way)?)?).with_context(|| way.join(" "))?;
        same("who wrote it", &written, &read).with_context(|| way.join(" "))?;
    }
    for compression in COMPRESSIONS {
        let read = in_image(&Image::open(tar2sqfs(&workshop, compression)?)?).context(compression)?;
        same("tar", &written, &read).context(compression)?;
    }
    Ok(())
}

/// What tar2sqfs writes with.
const COMPRESSIONS: [&str; 4] = ["gzip", "xz", "lz4", "zstd"];

fn tar2sqfs(workshop: &Workshop, compression: &str) -> Result<PathBuf> {
    let target = workshop.path("tar.squashfs");
    let line = "tar -C \"$3\" -cf - . | tar2sqfs --quiet --force --compressor \"$1\" \"$2\"";
    run(Command::new("sh").args(["-c", line, "-", compression]).arg(&target).arg(workshop.tree()))?;
    Ok(target)
}

fn squashfs_is_read_as_by_the_kernel() -> Result<()> {
    let workshop = workshop()?;
    let disk = |image| Disk { image, format: "squashfs", options: "defaults" };
    let mut disks = Vec::new();
    for way in WAYS.iter().filter(|way| !way.contains(&"lzma")) {
        disks.push(disk(workshop.kept(&squashed(&workshop, way)?, &way.join(" "))?));
    }
    for compression in COMPRESSIONS {
        let image = tar2sqfs(&workshop, compression)?;
        disks.push(disk(workshop.kept(&image, &format!("tar2sqfs {compression}"))?));
    }
    is_read_as_by_kernel(&disks, |_| ())
}

fn squashfs_is_read_as_by_unsquashfs() -> Result<()> {
    let workshop = workshop()?;
    for way in [WAYS[0], WAYS[2], WAYS[8]] {
        let (image, target) = (squashed(&workshop, way)?, workshop.path(&way.join("")));
        run(Command::new("unsquashfs").args(["-quiet", "-no-progress", "-d"]).arg(&target).arg(&image))?;
        same("unsquashfs", &on_disk(&target)?, &in_image(&Image::open(&image)?)?)?;
    }
    Ok(())
}

fn squashfs_keeps_owners_hard_links_and_device_numbers() -> Result<()> {
    let workshop = Workshop::new()?;
    fs::hard_link(workshop.tree().join("empty"), workshop.tree().join("other name"))?;
    let nodes = ["-p", "disk b 660 7 70000 259 70000", "-p", "pipe i 600 1 2 f", "-p", "top m 755 5 6"];
    workshop.file("top/x", "x")?;
    let image = Image::open(squashed(&workshop, &nodes)?)?;
    let disk = image.entry("disk")?;
    ensure!(disk.kind() == Kind::Special && disk.device() == Some((259, 70000)), "{disk:?}");
    ensure!(disk.owner() == Some((7, 70000)) && disk.mode() == Some(0o60_660), "{disk:?}");
    ensure!(image.entry("pipe")?.mode() == Some(0o10_600), "{:?}", image.entry("pipe")?);
    ensure!(image.entry("top")?.owner() == Some((5, 6)), "{:?}", image.entry("top")?);
    let (one, other) = (image.entry("empty")?, image.entry("other name")?);
    ensure!(one.id() == other.id() && one.links() == Some(2), "{one:?} {other:?}");
    ensure!(one.id() != image.entry("top/x")?.id(), "another file has another number");
    Ok(())
}

fn squashfs_is_read_at_any_place() -> Result<()> {
    let workshop = Workshop::new()?;
    let written = fs::read(workshop.tree().join("large"))?;
    for way in [&["-b", "4096"][..], &["-b", "1M"], &["-noD", "-noF"]] {
        let image = Image::open(squashed(&workshop, way)?)?;
        // Also backwards, over the ends of blocks and of parts of the list of blocks, by some threads at once.
        std::thread::scope(|scope| {
            let threads = (0..4).map(|thread| {
                scope.spawn({
                    let (image, written) = (&image, &written);
                    move || reads_backwards(image, written, 300_007 + thread * 1000)
                })
            });
            threads.collect::<Vec<_>>().into_iter().try_for_each(|thread| thread.join().expect("no panic"))
        })?;
    }
    Ok(())
}

fn reads_backwards(image: &Image, written: &[u8], step: usize) -> Result<()> {
    let mut file = image.open_file("large")?;
    let mut buffer = vec![0; 10_000];
    for at in (0..written.len()).rev().step_by(step) {
        file.seek(SeekFrom::Start(at as u64))?;
        let wanted = buffer.len().min(written.len() - at);
        file.read_exact(&mut buffer[..wanted])?;
        ensure!(buffer[..wanted] == written[at..at + wanted], "at {at}");
    }
    Ok(())
}

/// A small image with metadata that can be patched.
fn plain(files: &[(&str, &str)]) -> Result<(tempfile::TempDir, PathBuf)> {
    let directory = tempfile::tempdir()?;
    let tree = directory.path().join("tree");
    for (path, content) in files {
        let path = tree.join(path);
        fs::create_dir_all(path.parent().context("a directory")?)?;
        fs::write(path, content)?;
    }
    let image = directory.path().join("image.squashfs");
    let options = ["-noappend", "-quiet", "-no-progress", "-no-xattrs", "-noI", "-noF", "-b", "4096"];
    run(Command::new("mksquashfs").arg(&tree).arg(&image).args(options))?;
    Ok((directory, image))
}

fn number(image: &Path, at: usize) -> Result<u64> {
    let bytes = fs::read(image)?;
    Ok(u64::from_le_bytes(*bytes[at..].first_chunk().context("a number")?))
}

fn refused(image: &Path, path: &str, why: &str) -> Result<()> {
    let error = Image::open(image).and_then(|image| image.read_to_vec(path, 1 << 20));
    let error = error.err().with_context(|| format!("'{path}' was read, in spite of: {why}"))?;
    ensure!(error.to_string().contains(why), "{error} (not: {why})");
    Ok(())
}

fn hostile_squashfs_is_refused() -> Result<()> {
    // Names that would lead out of a directory, or hide.
    let (_directory, image) = plain(&[("AA", "1"), ("BBBBBB", "2")])?;
    patch(&image, b"AA", b"..")?;
    patch(&image, b"BBBBBB", b"../\0\x1b\xff")?;
    let names: Vec<String> = Image::open(&image)?.read_dir("")?.iter().map(|e| e.name().to_owned()).collect();
    ensure!(names == ["\\x2e\\x2e", "..\\x2f\\x00\\x1b\\xff"], "{names:?}");

    // A directory below itself: its entry (type 1, length of the name less one) says the inode of the top.
    let (_directory, image) = plain(&[("loop/inside", "1")])?;
    let root = number(&image, 32)?;
    let bytes = fs::read(&image)?;
    let entry =
        bytes.windows(8).position(|part| part == b"\x01\0\x03\0loop").context("the entry")? as u64 - 4;
    overwrite(&image, entry, &(root as u16).to_le_bytes())?;
    refused(&image, "loop/loop/inside", "contains itself")?;

    // More bytes than blocks, a tail outside of its block, a fragment that does not exist.
    let (_directory, image) = plain(&[("file", "short")])?;
    let inodes = number(&image, 64)?;
    let file = inodes + 2; // the inode of the only file comes first: 16 bytes, then start, fragment, offset, size
    let cases: [(u64, u32, &str); 4] = [
        (28, 4000, "needs 4000 bytes of a block that has 5"),
        (24, u32::MAX - 2, "bytes of a block that has 5"),
        (20, 7, "there is no fragment 7"),
        (0, 0x1234_0099, "an inode of type 153 is not known"),
    ];
    for (at, value, why) in cases {
        let before = fs::read(&image)?;
        overwrite(&image, file + at, &value.to_le_bytes())?;
        refused(&image, "file", why)?;
        fs::write(&image, before)?;
    }

    // A file of 4 GiB that has the blocks of a small one ends with what there is.
    overwrite(&image, file + 28, &u32::MAX.to_le_bytes())?;
    let image = Image::open(&image)?;
    ensure!(image.open_file("file")?.read_to_end(&mut Vec::new()).is_err(), "4 GiB of nothing were read");

    // Blocks that unpack to more than a block.
    for compression in ["gzip", "lzma", "lzo", "xz", "lz4", "zstd"] {
        let workshop = Workshop::new()?;
        fs::remove_file(workshop.tree().join("large"))?;
        workshop.file("shares a block", vec![b'x'; 100_000])?;
        let image = squashed(&workshop, &["-comp", compression, "-b", "128K"])?;
        overwrite(&image, 12, &4096_u32.to_le_bytes())?;
        overwrite(&image, 22, &12_u16.to_le_bytes())?;
        let why = format!("its {compression} data cannot be unpacked to 4096 bytes");
        refused(&image, "with spaces, commas and 'quotes'/ünïcödé.txt", &why).context(compression)?;
    }
    Ok(())
}

pub(super) fn accidents() -> Result<()> {
    let workshop = Workshop::new()?;
    fs::remove_dir_all(workshop.tree())?;
    workshop.file("blocks", (0..9000_u16).flat_map(u16::to_le_bytes).collect::<Vec<_>>())?;
    for number in 0..12 {
        workshop.file(&format!("d/{number}/file"), "some text, and the same text again: some text")?;
    }
    workshop.links()?;
    for (way, rounds) in [
        (&["-noI", "-noF", "-b", "4096"][..], ROUNDS * 4 / 10),
        (&["-comp", "gzip", "-b", "4096"], ROUNDS / 10),
        (&["-comp", "lzma", "-b", "4096"], ROUNDS / 10),
        (&["-comp", "lzo", "-b", "4096"], ROUNDS / 10),
        (&["-comp", "xz", "-b", "4096"], ROUNDS / 10),
        (&["-comp", "lz4", "-b", "4096"], ROUNDS / 10),
        (&["-comp", "zstd", "-b", "4096"], ROUNDS / 10),
    ] {
        let image = squashed(&workshop, &[way, &["-nopad"]].concat())?;
        let length = fs::metadata(&image)?.len();
        survives_damage(&image, &[0..96, 96..length, 96..length], None, rounds)
            .with_context(|| way.join(" "))?;
    }
    Ok(())
}
