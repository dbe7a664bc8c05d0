//! ext2, ext3 and ext4, written by mke2fs and genext2fs.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use isos::{Image, Kind, limits};

use super::damage::{self, ROUNDS, overwrite, patch, survives_damage};
use super::kernel::{Disk, KERNEL, is_read_as_by_kernel};
use super::{Facts, Tree, Workshop, in_image, on_disk, only, run, same};
use crate::Test;
use crate::need::Need;

const MKE2FS: Need = Need::Program("mke2fs");
const DEBUGFS: Need = Need::Program("debugfs");
const GENEXT2FS: Need = Need::Program("genext2fs");

pub(crate) const TESTS: &[Test] = &[
    Test { name: "ext_is_read_as_written", needs: &[MKE2FS], run: ext_is_read_as_written },
    Test { name: "ext2_of_another_writer_is_read", needs: &[GENEXT2FS], run: ext2_of_another_writer_is_read },
    Test {
        name: "ext_is_read_as_by_the_kernel",
        needs: &[MKE2FS, GENEXT2FS, KERNEL],
        run: ext_is_read_as_by_the_kernel,
    },
    Test { name: "ext_is_read_as_by_debugfs", needs: &[MKE2FS, DEBUGFS], run: ext_is_read_as_by_debugfs },
    Test {
        name: "ext_of_the_kernel_itself_is_read",
        needs: &[MKE2FS, Need::Root, Need::Kernel("ext4")],
        run: ext_of_the_kernel_itself_is_read,
    },
    Test {
        name: "ext_keeps_times_owners_and_device_numbers",
        needs: &[MKE2FS, DEBUGFS],
        run: ext_keeps_times_owners_and_device_numbers,
    },
    Test { name: "ext_says_what_it_is", needs: &[MKE2FS, DEBUGFS], run: ext_says_what_it_is },
    Test { name: "hostile_ext_is_refused", needs: &[MKE2FS, DEBUGFS], run: hostile_ext_is_refused },
    Test {
        name: "damaged_ext_ends_with_data_or_an_error",
        needs: &[MKE2FS],
        run: || damage::ends_with_data_or_an_error("ext"),
    },
];

/// Options of mke2fs.
const WAYS: &[&[&str]] = &[
    &["-t", "ext2", "-b", "1024"],
    &["-t", "ext2", "-b", "4096", "-I", "128"],
    &["-t", "ext2", "-r", "0", "-b", "1024"],
    &["-t", "ext3", "-b", "4096"],
    &["-t", "ext4", "-b", "1024"],
    &["-t", "ext4", "-b", "4096"],
    &["-t", "ext4", "-b", "4096", "-O", "inline_data"],
    &["-t", "ext4", "-b", "1024", "-O", "inline_data,^metadata_csum", "-I", "512"],
    &["-t", "ext4", "-O", "^extents,^64bit"],
    &["-t", "ext4", "-b", "1024", "-g", "1024", "-O", "meta_bg,^resize_inode"],
    &["-t", "ext4", "-b", "1024", "-g", "1024", "-O", "meta_bg,^resize_inode,^64bit,^sparse_super"],
    &["-t", "ext4", "-b", "1024", "-O", "sparse_super2,^resize_inode,^flex_bg"],
    &["-t", "ext4", "-O", "bigalloc", "-C", "65536"],
];

const SIZE: &str = "64M";

fn made(workshop: &Workshop, way: &[&str]) -> Result<PathBuf> {
    let target = workshop.path("image.ext");
    let _ = fs::remove_file(&target);
    let tree = workshop.tree();
    run(Command::new("mke2fs")
        .args(["-q", "-F", "-L", "LABEL"])
        .args(way)
        .arg("-d")
        .arg(tree)
        .arg(&target)
        .arg(SIZE))?;
    Ok(target)
}

fn workshop() -> Result<Workshop> {
    let workshop = Workshop::new()?;
    workshop.links()?;
    symlink("x".repeat(59), workshop.tree().join("longest link in its inode"))?;
    symlink("y".repeat(60), workshop.tree().join("shortest link in a block"))?;
    symlink("z/".repeat(450), workshop.tree().join("long link"))?;
    for size in [59, 60, 61, 130, 200, 1023, 1024, 1025] {
        workshop.file(&format!("sizes/{size}"), vec![b'x'; size])?;
    }
    for number in 0..6 {
        workshop.file(&format!("few/name of a file {number}"), "inline, and so is the directory")?;
    }
    // Far enough for three levels of blocks with 256 pointers: 65 MiB and more.
    let mut sparse = fs::File::create(workshop.tree().join("sparse"))?;
    for at in [0, 5_000, 300_000, 70_000_000, 90_000_000] {
        sparse.seek(SeekFrom::Start(at))?;
        sparse.write_all(b"here")?;
    }
    sparse.set_len(95_000_001)?;
    Ok(workshop)
}

/// What mke2fs makes by itself.
fn without_own(mut tree: Tree) -> Tree {
    tree.remove("lost+found");
    tree
}

fn ext_is_read_as_written() -> Result<()> {
    let workshop = workshop()?;
    let written = on_disk(&workshop.tree())?;
    for way in WAYS {
        let mut read = in_image(&Image::open(made(&workshop, way)?)?).with_context(|| way.join(" "))?;
        let mut written = written.clone();
        if way.iter().any(|option| option.contains("inline_data")) {
            // mke2fs cuts the hole at the end off then.
            read.remove("sparse").zip(written.remove("sparse")).context("it is there, though")?;
        }
        same("who wrote it", &written, &without_own(read)).with_context(|| way.join(" "))?;
    }
    Ok(())
}

fn ext2_of_another_writer_is_read() -> Result<()> {
    let workshop = workshop()?;
    fs::remove_file(workshop.tree().join("sparse"))?;
    let written = on_disk(&workshop.tree())?;
    for block in ["1024", "4096"] {
        let image = Image::open(genext2fs(&workshop, block)?)?;
        ensure!(image.description() == "ext2", "{}", image.description());
        same("who wrote it", &written, &without_own(in_image(&image)?)).context(block)?;
    }
    Ok(())
}

fn genext2fs(workshop: &Workshop, block: &str) -> Result<PathBuf> {
    let image = workshop.path("other.ext");
    let _ = fs::remove_file(&image);
    let options = ["-b", "32768", "-N", "2000", "-B", block, "-d"];
    run(Command::new("genext2fs").args(options).arg(workshop.tree()).arg(&image))?;
    Ok(image)
}

fn ext_is_read_as_by_the_kernel() -> Result<()> {
    let workshop = workshop()?;
    let disk = |image| Disk { image, format: "ext4", options: "defaults" };
    let mut disks = Vec::new();
    for way in WAYS {
        disks.push(disk(workshop.kept(&made(&workshop, way)?, &way.join(" "))?));
    }
    fs::remove_file(workshop.tree().join("sparse"))?;
    for block in ["1024", "4096"] {
        disks.push(disk(workshop.kept(&genext2fs(&workshop, block)?, &format!("genext2fs -B {block}"))?));
    }
    is_read_as_by_kernel(&disks, |_| ())
}

fn ext_is_read_as_by_debugfs() -> Result<()> {
    let workshop = workshop()?;
    // debugfs gives the time of the copy to what is no file.
    let content = |facts: &mut Facts| facts.modified = None;
    for way in [WAYS[0], WAYS[4], WAYS[5]] {
        let (image, target) = (made(&workshop, way)?, workshop.path(&way.join("")));
        fs::create_dir(&target)?;
        let request = format!("rdump / {}", target.display());
        run(Command::new("debugfs").args(["-R", &request]).arg(&image))?;
        let read = only(&in_image(&Image::open(&image)?)?, content);
        same("debugfs", &only(&on_disk(&target)?, content), &read).with_context(|| way.join(" "))?;
    }
    Ok(())
}

/// What tools do not write: hashed directories, extents without content, trees of extents, a journal in use.
fn ext_of_the_kernel_itself_is_read() -> Result<()> {
    for way in [&["-t", "ext4", "-b", "1024"][..], &["-t", "ext4", "-O", "inline_data"], &["-t", "ext3"]] {
        let workshop = Workshop::new()?;
        let (image, mounted) = (workshop.path("image.ext"), tempfile::tempdir()?);
        run(Command::new("mke2fs").args(["-q", "-F"]).args(way).arg(&image).arg(SIZE))?;
        run(Command::new("mount").args(["-t", "ext4", "-o", "loop"]).arg(&image).arg(mounted.path()))?;
        let seen = fill(mounted.path()).and_then(|()| on_disk(mounted.path()));
        run(Command::new("umount").arg(mounted.path()))?;
        let read = in_image(&Image::open(&image)?)?;
        ensure!(read.len() > 3000, "{} entries", read.len());
        same("the kernel", &seen?, &read).with_context(|| way.join(" "))?;
    }
    Ok(())
}

fn fill(top: &Path) -> Result<()> {
    fs::create_dir(top.join("hashed"))?;
    for number in 0..3000 {
        fs::write(top.join(format!("hashed/a name that is long enough {number}")), "")?;
    }
    let scattered = fs::File::create(top.join("scattered"))?;
    for block in 0..1500_u64 {
        scattered.write_all_at(b"here", block * 3 * 1024)?;
        if block % 100 == 0 {
            scattered.sync_all()?;
        }
    }
    let reserved = fs::File::create(top.join("reserved"))?;
    reserved.write_all_at(b"start", 0)?;
    let _ = nix::fcntl::posix_fallocate(&reserved, 0, 3 << 20);
    reserved.write_all_at(b"middle", 1 << 20)?;
    for number in 0..40 {
        let path = top.join(format!("few/{number}/inside"));
        fs::create_dir_all(path.parent().context("a directory")?)?;
        fs::write(path, "x".repeat(number * 7))?;
    }
    Ok(())
}

fn debugfs(image: &Path, requests: &[&str]) -> Result<()> {
    let file = image.with_extension("requests");
    fs::write(&file, requests.join("\n"))?;
    run(Command::new("debugfs").arg("-w").arg("-f").arg(&file).arg(image))
}

fn ext_keeps_times_owners_and_device_numbers() -> Result<()> {
    let workshop = Workshop::new()?;
    workshop.file("file", "x")?;
    let image = made(&workshop, &["-t", "ext4"])?;
    debugfs(
        &image,
        &[
            "mknod disk b 8 17",
            "mknod far c 300 60000",
            "mknod pipe p",
            "sif file uid 70000",
            "sif file gid 5",
            "sif file mtime @5000000000",
            "sif file atime @-100",
            "sif file mode 0104751",
        ],
    )?;
    let image = Image::open(&image)?;
    ensure!(image.entry("disk")?.device() == Some((8, 17)), "{:?}", image.entry("disk")?);
    ensure!(image.entry("far")?.device() == Some((300, 60000)), "{:?}", image.entry("far")?);
    ensure!(image.entry("pipe")?.kind() == Kind::Special, "{:?}", image.entry("pipe")?);
    let file = image.entry("file")?;
    ensure!(file.owner() == Some((70000, 5)) && file.mode() == Some(0o104_751), "{file:?}");
    let since_1970 = |time: Option<std::time::SystemTime>| {
        time.context("no time").map(|time| time.duration_since(std::time::UNIX_EPOCH))
    };
    let late = since_1970(file.modified())?.map(|since| since.as_secs()).ok();
    ensure!(late == Some(5_000_000_000), "{file:?}");
    let early = since_1970(file.accessed())?.err().context("after 1970")?.duration().as_secs();
    ensure!(early == 100, "{file:?}");
    Ok(())
}

fn ext_says_what_it_is() -> Result<()> {
    let workshop = Workshop::new()?;
    for (way, name) in [("ext2", "ext2"), ("ext3", "ext3"), ("ext4", "ext4")] {
        let path = made(&workshop, &["-t", way])?;
        let image = Image::open(&path)?;
        ensure!(
            image.description() == name && image.label() == "LABEL",
            "{} {}",
            image.description(),
            image.label()
        );
        ensure!(image.missing_bytes() == 0, "{} bytes are missing", image.missing_bytes());
    }
    let path = workshop.path("image.ext");
    debugfs(&path, &["feature needs_recovery"])?;
    let image = Image::open(&path)?;
    ensure!(image.description().contains("was not unmounted"), "{}", image.description());
    fs::File::options().write(true).open(&path)?.set_len(20 << 20)?;
    ensure!(Image::open(&path)?.missing_bytes() == 44 << 20, "a cut image says so");
    Ok(())
}

fn refused(image: &Path, path: &str, why: &str) -> Result<()> {
    let error = Image::open(image).and_then(|image| image.read_to_vec(path, 1 << 20));
    let error = error.err().with_context(|| format!("'{path}' was read, in spite of: {why}"))?;
    ensure!(error.to_string().contains(why), "{error} (not: {why})");
    Ok(())
}

fn hostile_ext_is_refused() -> Result<()> {
    let small = |way: &[&str]| -> Result<(Workshop, PathBuf)> {
        let workshop = Workshop::new()?;
        fs::remove_dir_all(workshop.tree())?;
        workshop.file("file", vec![b'x'; 300_000])?;
        workshop.file("loop/inside", "1")?;
        workshop.file("AAAAAAAA", "1")?;
        let image = workshop.path("small.ext");
        run(Command::new("mke2fs")
            .args(["-q", "-F"])
            .args(way)
            .arg("-d")
            .arg(workshop.tree())
            .arg(&image)
            .arg("4M"))?;
        Ok((workshop, image))
    };
    let plain = &["-t", "ext2", "-b", "1024"][..];

    let (_workshop, image) = small(plain)?;
    debugfs(&image, &["cd loop", "ln <2> again"])?;
    refused(&image, "loop/again/loop", "contains itself")?;

    let (_workshop, image) = small(plain)?;
    patch(&image, b"AAAAAAAA", b"../\0\x1b\xff//")?;
    let names: Vec<String> = Image::open(&image)?.read_dir("")?.iter().map(|e| e.name().to_owned()).collect();
    ensure!(names.iter().any(|name| name == "..\\x2f\\x00\\x1b\\xff\\x2f\\x2f"), "{names:?}");
    // A file that is called as the directory above it.
    let (_workshop, image) = small(plain)?;
    patch(&image, b"\x08\x01AAAAAAAA", b"\x02\x01..AAAAAA")?;
    let names: Vec<String> = Image::open(&image)?.read_dir("")?.iter().map(|e| e.name().to_owned()).collect();
    ensure!(names.iter().any(|name| name == "\\x2e\\x2e"), "{names:?}");

    // Blocks outside of the image, and blocks of pointers that point to themselves.
    for (request, why) in [
        ("sif file block[0] 4000000", "lies outside the image"),
        ("sif file block[IND] 4000000", "its mapping lies outside the image"),
    ] {
        let (_workshop, image) = small(plain)?;
        debugfs(&image, &[request])?;
        refused(&image, "file", why)?;
    }
    let block = 3000_u32;
    for (pointers, why) in [
        ([block; 3], "too many pieces"),
        ([block + 1, block + 2, 0], "goes round in circles"), // and none of it is data
    ] {
        let (_workshop, image) = small(plain)?;
        for (place, pointer) in (u64::from(block)..).zip(pointers) {
            overwrite(&image, place * 1024, &pointer.to_le_bytes().repeat(256))?;
        }
        debugfs(&image, &[&format!("sif file block[TIND] {block}"), "sif file size 0x100000000"])?;
        let error = Image::open(&image)?.open_file("file").err().context("a file without end was opened")?;
        ensure!(error.to_string().contains(why), "{error} (not: {why})");
    }

    // The same of extents: a tree below itself, and extents that go back.
    let (_workshop, image) = small(&["-t", "ext4", "-b", "1024", "-O", "^metadata_csum"])?;
    let offset = u64::from(block) * 1024;
    let node = |level: u8| {
        [&[0x0a, 0xf3, 1, 0, 4, 0, level, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &block.to_le_bytes(), &[0; 4]]
            .concat()
    };
    overwrite(&image, offset, &node(3))?;
    let inode = Image::open(&image)?.entry("file")?.id();
    let place = inode_place(&image, inode)?;
    overwrite(&image, place + 40, &node(3))?;
    refused(&image, "file", "is on level 3")?;
    let deepest = u8::try_from(limits::EXTENT_LEVELS)?;
    overwrite(&image, place + 40, &node(deepest))?;
    refused(&image, "file", "is on level 3, which is not below")?;
    overwrite(&image, place + 40, &node(deepest + 1))?;
    refused(&image, "file", "is on level 6 (the limit is 5)")?;
    let twice =
        [&[0x0a, 0xf3, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0][..], &[0, 0, 0, 0, 9, 0, 0, 0, 100, 0, 0, 0].repeat(2)]
            .concat();
    overwrite(&image, place + 40, &twice)?;
    refused(&image, "file", "from block 0 on after block 9")?;

    let (_workshop, image) = small(&["-t", "ext4"])?;
    debugfs(&image, &["feature journal_dev"])?;
    refused(&image, "file", "an external journal")?;
    Ok(())
}

/// Where an inode of the first group is, as dumpe2fs would say: its table's block is in the first descriptor.
pub(super) fn inode_place(image: &Path, number: u64) -> Result<u64> {
    let bytes = fs::read(image)?;
    let word =
        |at: usize| bytes[at..].first_chunk().map(|bytes| u32::from_le_bytes(*bytes)).context("a word");
    Ok(u64::from(word(2048 + 8)?) * 1024 + (number - 1) * u64::from(word(1024 + 88)? & 0xffff))
}

pub(super) fn accidents() -> Result<()> {
    let workshop = Workshop::new()?;
    fs::remove_dir_all(workshop.tree())?;
    for number in 0..12 {
        workshop.file(&format!("d/{number}/file"), vec![b'x'; number * 40])?;
    }
    workshop.links()?;
    symlink("z/".repeat(100), workshop.tree().join("long link"))?;
    let file = fs::File::create(workshop.tree().join("file"))?;
    for at in [0, 100_000, 400_000, 70_000_000] {
        file.write_all_at(&[7; 20_000], at)?;
    }
    let ways = [
        &["-t", "ext2", "-N", "64"][..],
        &["-t", "ext4", "-N", "64", "-O", "^has_journal"],
        &["-t", "ext4", "-N", "64", "-O", "^has_journal,inline_data"],
    ];
    for way in ways {
        let image = workshop.path("small.ext");
        let _ = fs::remove_file(&image);
        let line = ["-q", "-F", "-b", "1024", "-m", "0"];
        run(Command::new("mke2fs")
            .args(line)
            .args(way)
            .arg("-d")
            .arg(workshop.tree())
            .arg(&image)
            .arg("400K"))?;
        let length = fs::metadata(&image)?.len();
        // Superblock and descriptors, the table of inodes, and all.
        let table = inode_place(&image, 1)?;
        let regions = [1024..2048, 2048..2112, table..table + 64 * 256, 1024..length];
        survives_damage(&image, &regions, None, ROUNDS.div_ceil(ways.len() as u64))
            .with_context(|| way.join(" "))?;
    }
    Ok(())
}
