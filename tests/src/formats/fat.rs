//! FAT with tables of every width, written by mkfs.fat and mformat, filled by mtools.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use isos::Image;

use super::damage::{self, ROUNDS, overwrite, patch, survives_damage};
use super::kernel::{Disk, KERNEL, is_read_as_by_kernel, is_read_as_written_by_kernel};
use super::{Facts, Workshop, in_image, on_disk, only, run, same};
use crate::Test;
use crate::need::Need;

const MKFS: Need = Need::Program("mkfs.fat");
const MTOOLS: Need = Need::Program("mcopy");

pub(crate) const TESTS: &[Test] = &[
    Test { name: "fat_is_read_as_written", needs: &[MKFS, MTOOLS], run: fat_is_read_as_written },
    Test {
        name: "fat_is_read_as_by_7z",
        needs: &[MKFS, MTOOLS, Need::Program("7z")],
        run: fat_is_read_as_by_7z,
    },
    Test {
        name: "fat_is_read_as_by_the_kernel",
        needs: &[MKFS, MTOOLS, KERNEL],
        run: fat_is_read_as_by_the_kernel,
    },
    Test {
        name: "fat_of_the_kernel_itself_is_read",
        needs: &[MKFS, MTOOLS, KERNEL],
        run: fat_of_the_kernel_itself_is_read,
    },
    Test { name: "fat_says_what_it_is", needs: &[MKFS, MTOOLS], run: fat_says_what_it_is },
    Test { name: "fat_finds_names_in_any_case", needs: &[MKFS, MTOOLS], run: fat_finds_names_in_any_case },
    Test {
        name: "scattered_fat_files_are_whole",
        needs: &[MKFS, MTOOLS],
        run: scattered_fat_files_are_whole,
    },
    Test { name: "hostile_fat_names_stay_names", needs: &[MKFS, MTOOLS], run: hostile_fat_names_stay_names },
    Test { name: "hostile_fat_is_refused", needs: &[MKFS, MTOOLS], run: hostile_fat_is_refused },
    Test {
        name: "damaged_fat_ends_with_data_or_an_error",
        needs: &[MKFS, MTOOLS],
        run: || damage::ends_with_data_or_an_error("fat"),
    },
];

/// How a volume is made, without its name, and its size in MiB.
const WAYS: &[(&[&str], u64)] = &[
    (&["mkfs.fat", "-F", "12"], 64),
    (&["mkfs.fat", "-F", "12", "-s", "64", "-f", "1"], 100),
    (&["mkfs.fat", "-F", "16"], 64),
    (&["mkfs.fat", "-F", "16", "-S", "2048", "-r", "1024"], 200),
    (&["mkfs.fat", "-F", "32"], 300),
    (&["mkfs.fat", "-F", "32", "-s", "1"], 64),
    (&["mkfs.fat", "-F", "32", "-S", "4096"], 300),
    (&["mformat", "-t", "520", "-h", "16", "-s", "32", "-i"], 130),
    (&["mformat", "-F", "-t", "520", "-h", "16", "-s", "32", "-i"], 130),
];

pub(super) fn made(target: &Path, way: &[&str], mebibytes: u64) -> Result<()> {
    fs::File::create(target)?.set_len(mebibytes << 20)?;
    let mut command = Command::new(way[0]);
    command.args(&way[1..]).arg(target);
    if way[0] == "mformat" {
        command.arg("::");
    }
    run(&mut command)
}

/// Copies what lies in `from` into the volume's top directory.
pub(super) fn filled(target: &Path, from: &Path) -> Result<()> {
    let mut command = Command::new("mcopy");
    command.env("TZ", "UTC").env("LC_ALL", "C.UTF-8").args(["-s", "-m", "-Q", "-i"]).arg(target);
    for entry in fs::read_dir(from)? {
        command.arg(entry?.path());
    }
    run(command.arg("::/"))
}

/// What FAT keeps: times of files in steps of two seconds, no modes.
pub(super) fn kept(facts: &mut Facts) {
    facts.mode = None;
    facts.modified = if facts.kind == "file" { facts.modified.map(|time| time / 2) } else { None };
}

fn image(workshop: &Workshop, way: &[&str], mebibytes: u64) -> Result<PathBuf> {
    let target = workshop.path("image.fat");
    made(&target, way, mebibytes)?;
    filled(&target, &workshop.tree())?;
    Ok(target)
}

/// mtools writes names that need not be long in its own code page, which none of those who read can know.
pub(super) fn workshop() -> Result<Workshop> {
    let workshop = Workshop::new()?;
    let directory = workshop.tree().join("with spaces, commas and 'quotes'");
    fs::rename(directory.join("ünïcödé.txt"), directory.join("a long ünïcödé.txt"))?;
    Ok(workshop)
}

fn fat_is_read_as_written() -> Result<()> {
    let workshop = workshop()?;
    let written = on_disk(&workshop.tree())?;
    for (way, mebibytes) in WAYS {
        let read = in_image(&Image::open(image(&workshop, way, *mebibytes)?)?)?;
        same("who wrote it", &only(&written, kept), &only(&read, kept)).with_context(|| way.join(" "))?;
    }
    Ok(())
}

fn disk(image: PathBuf) -> Disk {
    Disk { image, format: "vfat", options: "utf8,tz=UTC" }
}

fn fat_is_read_as_by_the_kernel() -> Result<()> {
    let workshop = workshop()?;
    let mut disks = Vec::new();
    for (way, mebibytes) in WAYS {
        disks.push(disk(workshop.kept(&image(&workshop, way, *mebibytes)?, &way.join(" "))?));
    }
    is_read_as_by_kernel(&disks, kept)
}

fn fat_of_the_kernel_itself_is_read() -> Result<()> {
    let workshop = workshop()?;
    let mut disks = Vec::new();
    for (way, mebibytes) in WAYS.iter().step_by(2) {
        let target = workshop.path("image.fat");
        made(&target, way, *mebibytes)?;
        disks.push(disk(workshop.kept(&target, &way.join(" "))?));
    }
    is_read_as_written_by_kernel(&disks, &workshop.tree(), kept)
}

fn fat_is_read_as_by_7z() -> Result<()> {
    let workshop = workshop()?;
    for (number, (way, mebibytes)) in WAYS.iter().enumerate().step_by(2).skip(1) {
        let image = image(&workshop, way, *mebibytes)?;
        let target = workshop.path(&format!("unpacked-{number}"));
        run(Command::new("7z")
            .env("LC_ALL", "C.UTF-8")
            .args(["x", "-tfat", "-bd"])
            .arg("-o".to_owned() + &target.to_string_lossy())
            .arg(&image))?;
        let without_time = |facts: &mut Facts| (facts.mode, facts.modified) = (None, None);
        let read = only(&in_image(&Image::open(&image)?)?, without_time);
        same("7z", &only(&on_disk(&target)?, without_time), &read).with_context(|| way.join(" "))?;
    }
    Ok(())
}

fn fat_says_what_it_is() -> Result<()> {
    let workshop = Workshop::new()?;
    let target = workshop.path("image.fat");
    for (width, mebibytes) in [("12", 2), ("16", 32), ("32", 64)] {
        made(&target, &["mkfs.fat", "-n", "NAMED", "-F", width], mebibytes)?;
        let image = Image::open(&target)?;
        ensure!(image.description() == format!("FAT{width}"), "{}", image.description());
        ensure!(image.label() == "NAMED" && image.missing_bytes() == 0, "{image:?}");
        ensure!(
            image.root().kind() == isos::Kind::Directory && image.read_dir("/")?.is_empty(),
            "no label shown"
        );
        made(&target, &["mkfs.fat", "-F", width], mebibytes)?;
        ensure!(Image::open(&target)?.label().is_empty(), "NO NAME is none");
        run(Command::new("mlabel").arg("-i").arg(&target).arg("::LATER"))?;
        ensure!(Image::open(&target)?.label() == "LATER", "the directory knows better than the boot sector");
    }
    Ok(())
}

fn fat_finds_names_in_any_case() -> Result<()> {
    let workshop = workshop()?;
    let image = Image::open(image(&workshop, &["mkfs.fat", "-F", "16"], 64)?)?;
    ensure!(image.entry("ONE/2/3/4/5/6/7/8/9/10/11/Deep")?.size() == 4);
    ensure!(image.read_to_vec("With Spaces, Commas and 'Quotes'/A LONG ÜNÏCÖDÉ.TXT", 10)? == b"text");
    Ok(())
}

/// Two files written in turns, so that neither has two clusters side by side.
fn scattered_fat_files_are_whole() -> Result<()> {
    let workshop = Workshop::new()?;
    let target = workshop.path("image.fat");
    for (width, mebibytes) in [("12", 2), ("16", 16), ("32", 40)] {
        made(&target, &["mkfs.fat", "-s", "1", "-F", width], mebibytes)?;
        let gap = workshop.path("gap");
        fs::write(&gap, [b'-'; 400])?;
        let copy =
            |name: &str| run(Command::new("mcopy").arg("-i").arg(&target).arg(&gap).arg(format!("::{name}")));
        for number in 0..60 {
            copy(&format!("gap{number}"))?;
        }
        for number in (0..60).step_by(2) {
            run(Command::new("mdel").arg("-i").arg(&target).arg(format!("::gap{number}")))?;
        }
        let content: Vec<u8> = (0..20_000_u32).flat_map(u32::to_le_bytes).collect();
        fs::write(workshop.path("scattered"), &content)?;
        run(Command::new("mcopy").arg("-i").arg(&target).arg(workshop.path("scattered")).arg("::"))?;
        let image = Image::open(&target)?;
        ensure!(image.read_to_vec("scattered", 1 << 20)? == content, "FAT{width}");
        let mut copied = tempfile::tempfile()?;
        image.open_file("scattered")?.copy_to(&mut copied, &mut |_| std::ops::ControlFlow::Continue(()))?;
        ensure!(copied.metadata()?.len() == content.len() as u64);
    }
    Ok(())
}

/// A small volume with a directory, a file of several clusters, and a long name.
fn small(workshop: &Workshop) -> Result<PathBuf> {
    fs::remove_dir_all(workshop.tree())?;
    workshop.file("SUB/DEEP/FILE", "deep")?;
    workshop.file("LARGE", vec![b'L'; 5000])?;
    workshop.file("a long name.txt", "long")?;
    let target = workshop.path("image.fat");
    fs::File::create(&target)?.set_len(512 << 10)?;
    run(Command::new("mkfs.fat").args(["-F", "12", "-s", "1", "-r", "112", "-n", "SMALL"]).arg(&target))?;
    filled(&target, &workshop.tree())?;
    Ok(target)
}

/// Where the record with that short name lies.
pub(super) fn record(image: &Path, name: &[u8; 11]) -> Result<u64> {
    let bytes = fs::read(image)?;
    let at = bytes.chunks(32).position(|record| record.starts_with(name)).context("no such record")?;
    Ok(at as u64 * 32)
}

fn hostile_fat_names_stay_names() -> Result<()> {
    let workshop = Workshop::new()?;
    let image = small(&workshop)?;
    let named = |name: &[u8; 11], shown: &str| -> Result<()> {
        patch(&image, b"LARGE      ", name)?;
        let read = Image::open(&image)?;
        let names: Vec<String> = read.read_dir("/")?.iter().map(|entry| entry.name().to_owned()).collect();
        ensure!(names.contains(&shown.to_owned()), "{shown}: {names:?}");
        ensure!(read.entry(shown)?.size() == 5000, "{shown} is found by what is shown");
        patch(&image, name, b"LARGE      ")
    };
    named(b"../../X    ", "..\\x2f..\\x2fX")?;
    named(b"A\0\x01\n\x7f/     ", "A\\x00\\x01\\x0a\\x7f\\x2f")?;
    named(b"\x81\xff      \xb0  ", "ü\u{a0}.░")?;
    // A name that is two dots, and one that is half a character: the record of a long name has no more of it.
    let long = |text: &[u16]| -> Vec<u8> { text.iter().flat_map(|unit| unit.to_le_bytes()).collect() };
    let start = long(&"a lon".encode_utf16().collect::<Vec<_>>());
    for (units, shown) in [
        ([0x2e, 0x2e, 0, 0xffff, 0xffff], "\\x2e\\x2e"),
        ([0xd800, 0x2f, 0x1b, 0, 0xffff], "\\xed\\xa0\\x80\\x2f\\x1b"),
    ] {
        patch(&image, &start, &long(&units))?;
        ensure!(Image::open(&image)?.entry(shown)?.size() == 4, "{shown}");
        patch(&image, &long(&units), &start)?;
    }
    // A long name whose short one was changed by a system that knows none.
    let short = record(&image, b"ALONGN~1TXT")?;
    overwrite(&image, short, b"OTHER   TXT")?;
    let read = Image::open(&image)?;
    ensure!(read.entry("OTHER.TXT")?.size() == 4 && read.entry("a long name.txt").is_err());
    Ok(())
}

fn hostile_fat_is_refused() -> Result<()> {
    let workshop = Workshop::new()?;
    let image = small(&workshop)?;
    let whole = fs::read(&image)?;
    let fails = |path: &str, why: &str| -> Result<()> {
        let read = Image::open(&image)?;
        let mut file = match read.open_file(path) {
            Ok(file) => file,
            Err(error) => {
                ensure!(error.to_string().contains(why), "{why}: {error}");
                return Ok(fs::write(&image, &whole)?);
            }
        };
        let result = file.read_to_end(&mut Vec::new());
        anyhow::bail!("{why}: '{path}' was read: {result:?}")
    };
    let cluster = |name: &[u8; 11]| -> Result<u16> {
        let at = record(&image, name)? as usize + 26;
        Ok(u16::from_le_bytes([whole[at], whole[at + 1]]))
    };
    let leads = |name: &[u8; 11], to: u16| overwrite(&image, record(&image, name)? + 26, &to.to_le_bytes());
    // The table follows the first sector, and has twelve bits for each cluster.
    let link = |from: u16, to: u16| -> Result<()> {
        let at = 512 + usize::from(from) * 3 / 2;
        let old = u16::from_le_bytes([whole[at], whole[at + 1]]);
        let new = if from % 2 == 1 { old & 0x000f | to << 4 } else { old & 0xf000 | to };
        overwrite(&image, at as u64, &new.to_le_bytes())
    };
    let large = cluster(b"LARGE      ")?;

    leads(b"DEEP       ", cluster(b"SUB        ")?)?;
    fails("SUB/DEEP/DEEP/DEEP/FILE", "contains itself")?;
    link(large, large)?;
    fails("LARGE", "is a loop")?;
    link(large + 4, large + 1)?;
    fails("LARGE", "is a loop")?;
    link(large, 0xff0)?;
    fails("LARGE", "which the volume does not have")?;
    link(large + 3, 0xfff)?;
    fails("LARGE", "ends 2952 bytes before the file")?;
    leads(b"LARGE      ", 0)?;
    fails("LARGE", "which the volume does not have")?;
    leads(b"SUB        ", 0)?;
    fails("SUB/DEEP/FILE", "leads to no cluster")?;
    overwrite(&image, record(&image, b"LARGE      ")? + 28, &[0xff; 4])?;
    fails("LARGE", "before the file")?;
    // A directory without an end: its first cluster is full of records.
    let sub = cluster(b"SUB        ")?;
    link(sub, sub)?;
    let deep = record(&image, b"DEEP       ")?;
    for number in 1..14 {
        overwrite(&image, deep + number * 32, b"FILLING    ")?;
    }
    fails("SUB/none", "is a loop")?;

    // Both tables gone: nothing tells that this is FAT, except the name that nobody is to trust.
    overwrite(&image, 512, &[0; 3])?;
    ensure!(Image::open(&image)?.read_to_vec("SUB/DEEP/FILE", 10)? == b"deep", "the second table is taken");
    fs::write(&image, &whole[..512])?;
    let error = Image::open(&image).err().context("a boot sector alone")?.to_string();
    ensure!(error.contains("a FAT file system whose"), "{error}");
    Ok(())
}

pub(super) fn accidents() -> Result<()> {
    let workshop = Workshop::new()?;
    let image = small(&workshop)?;
    let bytes = fs::read(&image)?;
    let clusters = record(&image, b"DEEP       ")? / 512 * 512;
    let tables = u64::from(bytes[22]) * 512;
    let root = 512 + tables * 2;
    let regions = [3..62, 512..530, root..root + 320, clusters..clusters + 160];
    survives_damage(&image, &regions, None, ROUNDS)
}
