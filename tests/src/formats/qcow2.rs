//! qcow2 disk images, made by qemu-img in every way that it knows.

use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use isos::{Image, Options, limits};

use super::damage::{self, ROUNDS, overwrite, survives_damage};
use super::{Workshop, fat, in_image, run, same};
use crate::Test;
use crate::need::Need;

const QEMU_IMG: Need = Need::Program("qemu-img");
const NEEDS: &[Need] =
    &[QEMU_IMG, Need::Program("mkfs.fat"), Need::Program("mcopy"), Need::Program("sfdisk")];

pub(crate) const TESTS: &[Test] = &[
    Test { name: "qcow2_is_read_as_raw", needs: NEEDS, run: qcow2_is_read_as_raw },
    Test { name: "qcow2_overlays_are_read_through", needs: NEEDS, run: qcow2_overlays_are_read_through },
    Test {
        name: "qcow2_bytes_are_those_of_qemu",
        needs: &[QEMU_IMG, Need::Program("qemu-io"), Need::Program("mkfs.fat"), Need::Program("mcopy")],
        run: qcow2_bytes_are_those_of_qemu,
    },
    Test {
        name: "qcow2_backing_files_are_not_guessed",
        needs: NEEDS,
        run: qcow2_backing_files_are_not_guessed,
    },
    Test { name: "a_raw_disk_stays_raw_on_request", needs: NEEDS, run: a_raw_disk_stays_raw_on_request },
    Test { name: "hostile_qcow2_is_refused", needs: NEEDS, run: hostile_qcow2_is_refused },
    Test {
        name: "damaged_qcow2_ends_with_data_or_an_error",
        needs: NEEDS,
        run: || damage::ends_with_data_or_an_error("qcow2"),
    },
];

/// How `qemu-img convert` is asked to write.
const WAYS: &[&[&str]] = &[
    &["-o", "compat=1.1"],
    &["-o", "compat=0.10"],
    &["-o", "cluster_size=512"],
    &["-o", "cluster_size=2M"],
    &["-o", "preallocation=metadata"],
    &["-o", "lazy_refcounts=on,refcount_bits=1"],
    &["-c"],
    &["-c", "-o", "compat=0.10,cluster_size=4k"],
    &["-c", "-o", "cluster_size=2M"],
    &["-c", "-o", "compression_type=zstd"],
    &["-c", "-o", "compression_type=zstd,cluster_size=2M"],
    &["-S", "0"],
];

/// A disk with one FAT partition that holds the tree.
fn raw(workshop: &Workshop) -> Result<PathBuf> {
    let (disk, volume) = (workshop.path("disk.raw"), workshop.path("volume.fat"));
    fat::made(&volume, &["mkfs.fat", "-F", "16"], 40)?;
    fat::filled(&volume, &workshop.tree())?;
    fs::File::create(&disk)?.set_len(48 << 20)?;
    let table = workshop.path("table");
    fs::write(&table, "label: gpt\nstart=2048,size=81920,name=data\n")?;
    run(Command::new("sh").arg("-c").arg("sfdisk -q \"$0\" < \"$1\"").arg(&disk).arg(&table))?;
    run(Command::new("dd")
        .args(["bs=1M", "seek=1", "conv=notrunc", "status=none"])
        .arg(dd("if", &volume))
        .arg(dd("of", &disk)))?;
    Ok(disk)
}

fn dd(key: &str, path: &Path) -> String {
    format!("{key}={}", path.display())
}

fn qemu_img(arguments: &[&str], paths: &[&Path]) -> Result<()> {
    run(Command::new("qemu-img").args(arguments).args(paths))
}

fn converted(workshop: &Workshop, raw: &Path, way: &[&str]) -> Result<PathBuf> {
    let target = workshop.path("disk.qcow2");
    qemu_img(&[&["convert", "-f", "raw", "-O", "qcow2"], way].concat(), &[raw, &target])?;
    Ok(target)
}

fn qcow2_is_read_as_raw() -> Result<()> {
    let workshop = Workshop::new()?;
    let raw = raw(&workshop)?;
    let truth = in_image(&Image::open(&raw)?)?;
    ensure!(truth.contains_key("p1/large"), "the tree is in partition 1");
    for way in WAYS {
        let image = converted(&workshop, &raw, way)?;
        let read = Image::open(&image)?;
        ensure!(read.description() == "disk with GPT" && read.missing_bytes() == 0, "{read:?}");
        ensure!(read.partitions()? == Image::open(&raw)?.partitions()?, "{way:?}");
        same("raw", &truth, &in_image(&read)?).with_context(|| way.join(" "))?;
        // Copying cannot be left to the kernel.
        let mut copy = tempfile::tempfile()?;
        read.open_file("p1/large")?.copy_to(&mut copy, &mut |_| std::ops::ControlFlow::Continue(()))?;
        copy.seek(SeekFrom::Start(0))?;
        let mut copied = Vec::new();
        copy.read_to_end(&mut copied)?;
        ensure!(copied == fs::read(workshop.tree().join("large"))?, "{way:?}");
    }
    Ok(())
}

fn qcow2_overlays_are_read_through() -> Result<()> {
    let workshop = Workshop::new()?;
    let raw = raw(&workshop)?;
    let truth = in_image(&Image::open(&raw)?)?;
    let middle = converted(&workshop, &raw, &["-c"])?;
    let (over_raw, over_both) = (workshop.path("a.qcow2"), workshop.path("b.qcow2"));
    qemu_img(&["create", "-q", "-f", "qcow2", "-b", "disk.raw", "-F", "raw"], &[&over_raw])?;
    let middle = middle.to_str().context("a path")?;
    qemu_img(&["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", middle], &[&over_both])?;
    for overlay in [&over_raw, &over_both] {
        same("raw", &truth, &in_image(&Image::open(overlay)?)?)
            .with_context(|| overlay.display().to_string())?;
    }
    // A snapshot keeps what was; the image shows what is.
    qemu_img(&["snapshot", "-c", "before"], &[&over_raw])?;
    run(Command::new("qemu-io").args(["-f", "qcow2", "-c", "write -z 0 17k"]).arg(&over_raw))?;
    run(Command::new("qemu-io").args(["-f", "qcow2", "-c", "write -P 0 17k 7k"]).arg(&over_raw))?;
    let read = Image::open(&over_raw)?;
    ensure!(read.description() == "disk with GPT, read from the backup at its end", "{}", read.description());
    same("raw", &truth, &in_image(&read)?)?;
    qemu_img(&["snapshot", "-a", "before"], &[&over_raw])?;
    ensure!(Image::open(&over_raw)?.description() == "disk with GPT");
    // A larger disk than what is below: there, it is zeros.
    qemu_img(&["resize", "-q"], &[&over_both, Path::new("100M")])?;
    same("raw", &truth, &in_image(&Image::open(&over_both)?)?)?;

    fs::remove_file(&raw)?;
    let error = anyhow::Error::from(Image::open(&over_raw).err().context("its backing file is gone")?);
    let error = format!("{error:#}");
    ensure!(error.contains("disk.raw") && error.contains("a.qcow2"), "{error}");
    Ok(())
}

/// Every kind of cluster under one large file, which is then read as a whole and in pieces across them.
fn qcow2_bytes_are_those_of_qemu() -> Result<()> {
    let workshop = Workshop::new()?;
    fs::remove_dir_all(workshop.tree())?;
    workshop.file("FILE", (0..1_900_000_u32).flat_map(u32::to_le_bytes).collect::<Vec<_>>())?;
    let (below, image, raw) = (workshop.path("below.raw"), workshop.path("a.qcow2"), workshop.path("a.raw"));
    fat::made(&below, &["mkfs.fat", "-F", "12"], 8)?;
    fat::filled(&below, &workshop.tree())?;
    for options in ["cluster_size=4k", "cluster_size=64k", "cluster_size=64k,compat=0.10"] {
        qemu_img(&["create", "-q", "-f", "qcow2", "-b", "below.raw", "-F", "raw", "-o", options], &[&image])?;
        let mut io = Command::new("qemu-io");
        io.args(["-f", "qcow2"]);
        for step in [
            "write -P 1 2M 100k",
            "write -P 2 2100k 3k",
            "write -z 3M 256k",
            "write -c -P 3 4M 64k",
            "write -P 4 5000k 1k",
            "discard 6M 256k",
        ] {
            io.args(["-c", step]);
        }
        run(io.arg(&image))?;
        qemu_img(&["convert", "-O", "raw"], &[&image, &raw])?;
        let truth = Image::open(&raw)?.read_to_vec("FILE", 8 << 20)?;
        ensure!(
            truth.len() == 7_600_000 && truth != fs::read(workshop.tree().join("FILE"))?,
            "it was changed"
        );
        let read = Image::open(&image)?;
        ensure!(read.read_to_vec("FILE", 8 << 20)? == truth, "{options}");
        let mut file = read.open_file("FILE")?;
        for at in (0..truth.len() - 9000).step_by(8999) {
            let mut piece = [0; 9000];
            file.seek(SeekFrom::Start(at as u64))?;
            file.read_exact(&mut piece)?;
            ensure!(piece[..] == truth[at..at + 9000], "{options}: at {at}");
        }
        fs::remove_file(&image)?;
    }
    Ok(())
}

fn qcow2_backing_files_are_not_guessed() -> Result<()> {
    let workshop = Workshop::new()?;
    let raw = raw(&workshop)?;
    let refused = |image: &Path, why: &str| -> Result<()> {
        let error =
            anyhow::Error::from(Image::open(image).err().with_context(|| format!("{why}: was read"))?);
        ensure!(format!("{error:#}").contains(why), "{why}: {error:#}");
        Ok(())
    };
    let based = |name: &str, on: &str, format: &[&str]| -> Result<PathBuf> {
        let image = workshop.path(name);
        qemu_img(
            &[&["create", "-q", "-u", "-f", "qcow2", "-b", on], format].concat(),
            &[&image, Path::new("48M")],
        )?;
        Ok(image)
    };
    // qemu-img itself always states a format now; what states none is made by older ones.
    let image = based("a.qcow2", "disk.raw", &["-F", "raw"])?;
    let bytes = fs::read(&image)?;
    let at = bytes.windows(4).position(|part| part == [0xe2, 0x79, 0x2a, 0xca]).context("the extension")?;
    overwrite(&image, at as u64, b"\x12\x34\x56\x78")?;
    refused(&image, "whose format is not stated")?;
    refused(&based("b.qcow2", "disk.raw", &["-F", "vmdk"])?, "of this format")?;
    refused(&based("c.qcow2", "disk.raw", &["-F", "qcow2"])?, "is no qcow2 image")?;
    for name in ["nbd://localhost/x", "json:{\"driver\":\"file\"}", "fat:rw:/tmp"] {
        refused(&based("d.qcow2", name, &["-F", "raw"])?, "no plain path")?;
    }
    refused(&based("e.qcow2", "/dev/zero", &["-F", "raw"])?, "no regular file")?;
    refused(&based("f.qcow2", "f.qcow2", &["-F", "qcow2"])?, "based on itself")?;
    based("g.qcow2", "h.qcow2", &["-F", "qcow2"])?;
    refused(&based("h.qcow2", "g.qcow2", &["-F", "qcow2"])?, "based on itself")?;
    let mut last = raw.clone();
    for number in 0..=limits::QCOW2_DEPTH {
        let format = if number == 0 { "raw" } else { "qcow2" };
        last = based(&format!("chain-{number}"), last.to_str().context("a path")?, &["-F", format])?;
    }
    refused(&last, "too deep (the limit is 16)")?;
    ensure!(Image::open(workshop.path("chain-15"))?.partitions()?.len() == 1);
    Ok(())
}

/// A guest can make its raw disk begin like a qcow2 image that is based on a file of the host.
fn a_raw_disk_stays_raw_on_request() -> Result<()> {
    let workshop = Workshop::new()?;
    let (disk, planted) = (raw(&workshop)?, workshop.path("planted"));
    qemu_img(
        &["create", "-q", "-u", "-f", "qcow2", "-b", "/etc/passwd", "-F", "raw"],
        &[&planted, Path::new("48M")],
    )?;
    overwrite(&disk, 0, &fs::read(&planted)?[..112])?;
    let believed = Image::open(&disk).map(|image| image.description().to_owned());
    ensure!(believed.is_err(), "the guest's file of the host is not a disk: {believed:?}");
    let image = Image::open_with(&disk, &Options { raw: true, ..Options::default() })?;
    ensure!(image.read_dir("p1").is_ok_and(|entries| !entries.is_empty()));
    Ok(())
}

fn hostile_qcow2_is_refused() -> Result<()> {
    let workshop = Workshop::new()?;
    let raw = raw(&workshop)?;
    let image = converted(&workshop, &raw, &[])?;
    let whole = fs::read(&image)?;
    let number = |at: usize| -> Result<u64> {
        Ok(u64::from_be_bytes(*whole[at..].first_chunk().context("a number")?))
    };
    let refused = |at: u64, bytes: &[u8], why: &str| -> Result<()> {
        overwrite(&image, at, bytes)?;
        let result = Image::open(&image).and_then(|image| image.read_to_vec("p1/large", 1 << 30));
        let error = result.err().with_context(|| format!("{why}: was read"))?.to_string();
        ensure!(error.contains(why), "{why}: {error}");
        overwrite(&image, at, &whole[at as usize..][..bytes.len()])
    };
    refused(4, &[0, 0, 0, 9], "this version of qcow2")?;
    refused(32, &[0, 0, 0, 1], "encrypted")?;
    refused(32, &[0, 0, 0, 2], "encrypted")?;
    // A name of nothing but zeros, if it is not too long.
    refused(8, &[0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 3, 0xff], "no plain path")?;
    refused(8, &[0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 4, 0], "has 1024 bytes (the limit is 1023)")?;
    refused(20, &[0, 0, 0, 62], "2^62 bytes are not possible")?;
    refused(24, &[0xff; 8], "is not possible")?;
    refused(36, &[0xff; 4], "4294967295 entries")?;
    let entries = u32::try_from(limits::QCOW2_TABLE_BYTES / 8)?;
    overwrite(&image, 36, &entries.to_be_bytes())?;
    ensure!(Image::open(&image)?.partitions()?.len() == 1, "more entries than the disk needs do no harm");
    refused(36, &(entries + 1).to_be_bytes(), "4194305 entries (the limit is 4194304)")?;
    refused(36, &[0, 0, 0, 0], "too small")?;
    refused(40, &[0, 0, 0, 0, 0, 0, 0, 7], "in the middle of a cluster")?;
    refused(40, &(1_u64 << 40).to_be_bytes(), "a table lies outside the file")?;
    refused(72, &(1_u64 << 4).to_be_bytes(), "extended L2")?;
    refused(72, &(1_u64 << 2).to_be_bytes(), "in another file")?;
    refused(72, &(1_u64 << 60).to_be_bytes(), "newer feature")?;
    let first = number(40)?;
    refused(first, &(1_u64 << 50).to_be_bytes(), "a table lies outside the file")?;
    refused(first, &0x1_0200_u64.to_be_bytes(), "middle of a cluster")?;
    let second = number(usize::try_from(first)?)? & 0x00ff_ffff_ffff_fe00;
    refused(second, &(1_u64 << 50).to_be_bytes(), "outside the file")?;
    refused(second, &0x5_0200_u64.to_be_bytes(), "middle of a cluster")?;
    refused(second, &(1_u64 << 62 | 0x1000).to_be_bytes(), "cannot be unpacked")?;
    refused(second, &(1_u64 << 62 | 1 << 52).to_be_bytes(), "cannot be unpacked")?;
    // The tables may lead to themselves; what is read is then the table.
    overwrite(&image, second, &second.to_be_bytes())?;
    ensure!(Image::open(&image).is_err() || Image::open(&image)?.partitions().is_ok());
    Ok(())
}

pub(super) fn accidents() -> Result<()> {
    let workshop = Workshop::new()?;
    let (raw, image) = (workshop.path("volume.fat"), workshop.path("disk.qcow2"));
    fs::remove_dir_all(workshop.tree())?;
    workshop.file("D/FILE", vec![b'x'; 40_000])?;
    fs::File::create(&raw)?.set_len(256 << 10)?;
    run(Command::new("mkfs.fat").args(["-F", "12", "-s", "1"]).arg(&raw))?;
    fat::filled(&raw, &workshop.tree())?;
    let ways = [
        &["-o", "cluster_size=4k"][..],
        &["-c", "-o", "cluster_size=4k"],
        &["-c", "-o", "compression_type=zstd"],
    ];
    for way in ways {
        qemu_img(&[&["convert", "-f", "raw", "-O", "qcow2"], way].concat(), &[&raw, &image])?;
        let bytes = fs::read(&image)?;
        let number = |at: u64| -> Result<u64> {
            Ok(u64::from_be_bytes(*bytes[usize::try_from(at)?..].first_chunk().context("a number")?))
        };
        let first = number(40)?;
        let second = number(first)? & 0x00ff_ffff_ffff_fe00;
        let packed = number(second)? & 0x0000_ffff_ffff_ffff;
        let regions = [0..112, first..first + 8, second..second + 128, packed..packed + 64];
        survives_damage(&image, &regions, None, ROUNDS.div_ceil(ways.len() as u64))?;
    }
    Ok(())
}
