//! Disks by their partitions: tables made by sfdisk, fdisk and parted, beside libblkid's reading of them.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use isos::{Error, Image, Options};

use super::damage::{self, ROUNDS, overwrite, survives_damage};
use super::{Tree, Workshop, fat, in_image, only, run, same};
use crate::Test;
use crate::need::{Need, XORRISO};

const SFDISK: Need = Need::Program("sfdisk");
const MKFS: Need = Need::Program("mkfs.fat");
const MTOOLS: Need = Need::Program("mcopy");

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "partitions_are_numbered_as_by_libblkid",
        needs: &[SFDISK, Need::Program("fdisk"), Need::Program("parted"), Need::Program("partx")],
        run: partitions_are_numbered_as_by_libblkid,
    },
    Test {
        name: "partitions_have_types_and_labels",
        needs: &[SFDISK, Need::Program("parted")],
        run: partitions_have_types_and_labels,
    },
    Test {
        name: "a_disk_shows_the_trees_of_its_partitions",
        needs: &[SFDISK, MKFS, MTOOLS, XORRISO],
        run: a_disk_shows_the_trees_of_its_partitions,
    },
    Test {
        name: "a_partition_without_a_file_system_is_an_empty_directory",
        needs: &[SFDISK, MKFS, MTOOLS, XORRISO],
        run: a_partition_without_a_file_system_is_an_empty_directory,
    },
    Test {
        name: "what_a_broken_off_qcow2_image_has_is_shown",
        needs: &[SFDISK, MKFS, MTOOLS, Need::Program("qemu-img")],
        run: what_a_broken_off_qcow2_image_has_is_shown,
    },
    Test {
        name: "one_partition_is_opened_alone",
        needs: &[SFDISK, MKFS, MTOOLS, XORRISO],
        run: one_partition_is_opened_alone,
    },
    Test {
        name: "a_partition_does_not_show_its_neighbour",
        needs: &[SFDISK, MKFS, MTOOLS, XORRISO],
        run: a_partition_does_not_show_its_neighbour,
    },
    Test {
        name: "what_begins_with_the_image_wins",
        needs: &[SFDISK, MKFS, MTOOLS, XORRISO],
        run: what_begins_with_the_image_wins,
    },
    Test {
        name: "a_slice_that_begins_with_the_disk_is_shown_alone_and_among_others",
        needs: &[SFDISK, MKFS, MTOOLS, Need::Program("mke2fs")],
        run: a_slice_that_begins_with_the_disk_is_shown_alone_and_among_others,
    },
    Test { name: "either_copy_of_a_gpt_is_enough", needs: &[SFDISK], run: either_copy_of_a_gpt_is_enough },
    Test {
        name: "images_for_other_emulators_are_named",
        needs: &[SFDISK, Need::Program("qemu-img")],
        run: images_for_other_emulators_are_named,
    },
    Test { name: "solaris_slices_are_found", needs: &[SFDISK], run: solaris_slices_are_found },
    Test { name: "hostile_partition_tables_end", needs: &[SFDISK], run: hostile_partition_tables_end },
    Test {
        name: "damaged_disks_end_with_data_or_an_error",
        needs: &[SFDISK, MKFS, MTOOLS],
        run: || damage::ends_with_data_or_an_error("disk"),
    },
];

const SIZE: u64 = 64 << 20;
const LOGICAL: &str = "label: dos\nstart=2048,size=20480,type=c,bootable\nsize=20480,type=82\n\
                       size=60000,type=5\nsize=10240,type=83\nsize=10240,type=83\ntype=7\n";
const GPT: &str = "label: gpt\nsize=20480,type=U,name=\"EFI ä\"\nstart=40000,size=20480,type=L\n";

const SUN: &str = "label: sun\nstart=0,size=32130,type=2\nstart=32130,size=16065,type=3\n\
                   start=48195,size=16065,type=83\n";

/// Gives a tool its commands and the image.
fn told(tool: &[&str], image: &Path, commands: &str) -> Result<()> {
    let mut child = Command::new(tool[0])
        .args(&tool[1..])
        .arg(image)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| tool[0].to_owned())?;
    child.stdin.take().context("its input")?.write_all(commands.as_bytes())?;
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "{tool:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

fn blank(workshop: &Workshop) -> Result<PathBuf> {
    let image = workshop.path("disk.img");
    fs::File::create(&image)?.set_len(SIZE)?;
    Ok(image)
}

fn partitioned(workshop: &Workshop, commands: &str) -> Result<PathBuf> {
    let image = blank(workshop)?;
    told(&["sfdisk", "-q"], &image, commands)?;
    Ok(image)
}

fn parted(image: &Path, line: &str) -> Result<()> {
    run(Command::new("parted").arg("-s").arg(image).args(line.split(' ')))
}

/// Changes a Sun disklabel, and makes its sum right again.
fn relabel(image: &Path, changes: &[(usize, &[u8])]) -> Result<()> {
    let mut label = [0; 512];
    fs::File::open(image)?.read_exact_at(&mut label, 0)?;
    for (at, bytes) in changes {
        label[*at..*at + bytes.len()].copy_from_slice(bytes);
    }
    let sum = |parity| label[..510].iter().skip(parity).step_by(2).fold(0, |sum, byte| sum ^ byte);
    let sum = [sum(0), sum(1)];
    label[510..].copy_from_slice(&sum);
    overwrite(image, 0, &label)
}

/// Number, start and length in sectors of 512 bytes.
fn as_read(image: &Path) -> Result<Vec<(u32, u64, u64)>> {
    let partitions = as_disk(image)?.partitions()?;
    Ok(partitions.iter().map(|part| (part.number(), part.start() / 512, part.length() / 512)).collect())
}

fn as_disk(image: &Path) -> Result<Image> {
    let options = Options { format: Some("disk".into()), ..Options::default() };
    Ok(Image::open_with(image, &options)?)
}

fn as_by_libblkid(image: &Path, sector: &str) -> Result<Vec<(u32, u64, u64)>> {
    let output = Command::new("partx")
        .args(["--show", "--noheadings", "--sector-size", sector, "-o", "NR,START,SECTORS"])
        .arg(image)
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let numbers = |line: &str| -> Result<(u32, u64, u64)> {
        let parts: Vec<u64> = line.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        ensure!(parts.len() == 3, "partx: {line}");
        Ok((u32::try_from(parts[0])?, parts[1], parts[2]))
    };
    text.lines().map(numbers).collect()
}

fn partitions_are_numbered_as_by_libblkid() -> Result<()> {
    let workshop = Workshop::new()?;
    let beside = |what: &str, image: &Path, sector: &str, count: usize| -> Result<()> {
        let (mut read, mut truth) = (as_read(image)?, as_by_libblkid(image, sector)?);
        read.sort_unstable();
        truth.sort_unstable();
        ensure!(read == truth, "{what}: read {read:?}, libblkid {truth:?}");
        ensure!(read.len() == count, "{what}: {read:?}");
        Ok(())
    };
    beside("MBR", &partitioned(&workshop, LOGICAL)?, "512", 6)?;
    let all = "label: gpt\n".to_owned() + &"size=200\n".repeat(60);
    beside("GPT", &partitioned(&workshop, GPT)?, "512", 2)?;
    beside("a full GPT", &partitioned(&workshop, &all)?, "512", 60)?;
    let image = blank(&workshop)?;
    told(&["fdisk", "-b", "4096"], &image, "g\nn\n\n\n+10M\nn\n3\n\n+5M\nw\n")?;
    beside("GPT, 4096", &image, "4096", 2)?;
    let image = blank(&workshop)?;
    parted(&image, "mklabel mac mkpart one hfs 1M 20M mkpart two 20M 40M")?;
    beside("APM", &image, "512", 5)?;
    let image = partitioned(&workshop, SUN)?;
    beside("Sun by sfdisk", &image, "512", 3)?;
    // One slice is the whole disk, unless nothing tells what the slices are for.
    for (sanity, count) in [([0x60, 0x0d, 0xde, 0xee], 2), ([0; 4], 3)] {
        let image = blank(&workshop)?;
        parted(&image, "mklabel sun mkpart ext2 8MiB 24MiB mkpart ext2 24MiB 30MiB")?;
        relabel(&image, &[(188, &sanity)])?;
        beside("Sun by parted", &image, "512", count)?;
    }
    // A disklabel inside of an MBR partition, whose own partitions come after the logical ones.
    for kind in ["a5", "a6", "a9"] {
        let mbr = format!(
            "label: dos\nsize=20480\nsize=60000,type={kind}\nsize=20000,type=5\ntype=83\nsize=2000\n"
        );
        let image = partitioned(&workshop, &mbr)?;
        told(&["fdisk"], &image, "b\ny\nn\na\n\n+4M\nn\nb\n40000\n+8M\nt\na\n7\nt\nb\n1\nw\nr\nw\n")?;
        beside(kind, &image, "512", 7)?;
    }
    Ok(())
}

fn partitions_have_types_and_labels() -> Result<()> {
    let workshop = Workshop::new()?;
    let types = |image: &Path| -> Result<Vec<(String, String)>> {
        let partitions = as_disk(image)?.partitions()?;
        Ok(partitions.iter().map(|part| (part.type_name().into(), part.label().into())).collect())
    };
    let pair = |kind: &str, label: &str| (kind.to_owned(), label.to_owned());
    let found = types(&partitioned(&workshop, GPT)?)?;
    ensure!(found == [pair("EFI system", "EFI ä"), pair("Linux", "")], "{found:?}");
    let found = types(&partitioned(&workshop, LOGICAL)?)?;
    ensure!(found[0] == pair("FAT32 (LBA)", "") && found[5] == pair("NTFS or exFAT", ""), "{found:?}");
    let image = blank(&workshop)?;
    parted(&image, "mklabel mac mkpart one hfs 1M 20M")?;
    let found = types(&image)?;
    ensure!(found[1] == pair("Apple_HFS", "one"), "{found:?}");
    let image = blank(&workshop)?;
    parted(&image, "mklabel bsd mkpart ext2 1M 20M mkpart ext2 20M 40M")?;
    ensure!(as_read(&image)? == [(1, 2048, 36864), (2, 38912, 38912)], "{:?}", as_read(&image)?);
    ensure!(as_disk(&image)?.description() == "disk with BSD disklabel");
    let image = partitioned(&workshop, SUN)?;
    relabel(&image, &[(132, b"volume")])?;
    let (found, truth) = (types(&image)?, [("Solaris root", "s0"), ("Solaris swap", "s1"), ("Linux", "s2")]);
    ensure!(found == truth.map(|(kind, slice)| pair(kind, &format!("volume {slice}"))), "{found:?}");
    ensure!(as_disk(&image)?.description() == "disk with Sun disklabel");
    Ok(())
}

/// Writes an image into a partition.
fn placed(disk: &Path, at: u64, part: &Path) -> Result<()> {
    Ok(fs::OpenOptions::new().write(true).open(disk)?.write_all_at(&fs::read(part)?, at)?)
}

/// A disk whose logical partition 6 is FAT and whose partition 4 is ISO 9660, with the trees of the two.
fn filled(workshop: &Workshop) -> Result<(PathBuf, Tree, Tree)> {
    fs::remove_dir_all(workshop.tree())?;
    workshop.file("Dir/file", vec![b'x'; 40_000])?;
    workshop.file("empty", "")?;
    let disk = partitioned(workshop, LOGICAL)?;
    let (volume, disc) = (workshop.path("volume.fat"), workshop.path("disc.iso"));
    fat::made(&volume, &["mkfs.fat", "-F", "12"], 4)?;
    fat::filled(&volume, &workshop.tree())?;
    run(Command::new("xorriso")
        .args(["-as", "mkisofs", "-quiet", "-R", "-o"])
        .arg(&disc)
        .arg(workshop.tree()))?;
    placed(&disk, 57344 * 512, &volume)?;
    placed(&disk, 104_448 * 512, &disc)?;
    Ok((disk, in_image(&Image::open(&volume)?)?, in_image(&Image::open(&disc)?)?))
}

/// The part of a disk's tree that lies in one directory.
fn below(tree: &Tree, directory: &str) -> Tree {
    let inside = tree.iter().filter_map(|(path, facts)| Some((path.strip_prefix(directory)?, facts)));
    inside.map(|(path, facts)| (path.to_owned(), facts.clone())).collect()
}

fn a_disk_shows_the_trees_of_its_partitions() -> Result<()> {
    let workshop = Workshop::new()?;
    let (disk, fat, iso) = filled(&workshop)?;
    let image = Image::open(&disk)?;
    ensure!(image.description() == "disk with MBR", "{}", image.description());
    let names: Vec<String> = image.read_dir("/")?.iter().map(|entry| entry.name().to_owned()).collect();
    ensure!(names == ["p1", "p2", "p3", "p4", "p5", "p6"], "{names:?}");
    for (top, truth) in [("p6", &fat), ("p4", &iso)] {
        let mut tree = Tree::new();
        let mut ids = std::collections::HashSet::new();
        let mut waiting = vec![top.to_owned()];
        while let Some(directory) = waiting.pop() {
            for entry in image.read_dir(&directory)? {
                ensure!(ids.insert(entry.id()), "{} has a number of its own", entry.name());
                let path = format!("{directory}/{}", entry.name());
                if entry.kind() == isos::Kind::Directory {
                    waiting.push(path.clone());
                }
                let mut content = Vec::new();
                if entry.kind() == isos::Kind::File {
                    image.open_file(&path)?.read_to_end(&mut content)?;
                    let copied = image.read_to_vec(&path, 1 << 20)?;
                    ensure!(copied == content && content.iter().all(|byte| *byte == b'x'), "{path}");
                }
                let size = content.len() as u64;
                tree.insert(
                    path,
                    super::Facts {
                        kind: "",
                        mode: None,
                        size,
                        modified: None,
                        target: String::new(),
                        sum: String::new(),
                    },
                );
            }
        }
        let sizes = |facts: &mut super::Facts| {
            (facts.kind, facts.mode, facts.modified, facts.sum) = ("", None, None, String::new());
        };
        same(top, &only(truth, sizes), &below(&tree, &format!("{top}/")))?;
    }
    // Case matters in the one and not in the other.
    ensure!(image.entry("p6/DIR/FILE").is_ok() && image.entry("p4/DIR/FILE").is_err());
    // What the extended partition holds is shown beside it.
    ensure!(image.read_dir("p3")?.is_empty());
    ensure!(matches!(image.entry("p7"), Err(Error::NotFound { .. })));
    Ok(())
}

fn a_partition_without_a_file_system_is_an_empty_directory() -> Result<()> {
    let workshop = Workshop::new()?;
    let (disk, ..) = filled(&workshop)?;
    let swap = 22528 * 512;
    overwrite(&disk, swap + 4086, b"SWAPSPACE2")?;
    let image = Image::open(&disk)?;
    let known = [("p1", "p1 (FAT32 (LBA)) is empty"), ("p2", "it looks like Linux swap space")];
    for (name, told) in known {
        ensure!(image.read_dir(name)?.is_empty());
        let why = image.empty_because(&image.entry(name)?);
        ensure!(why.as_ref().is_some_and(|why| why.contains(told)), "{why:?}");
        let error = image.entry(&format!("{name}/some/file")).err().context("is empty")?.to_string();
        ensure!(error.contains("cannot read partition"), "{error}");
    }
    // That of p3 is told by those beside it; others are not empty, or not partitions.
    for path in ["/", "p3", "p6", "p6/DIR"] {
        let why = image.empty_because(&image.entry(path)?);
        ensure!(why.is_none(), "{path}: {why:?}");
    }
    // A FAT whose boot sector is damaged, and one that the image may hold further on.
    overwrite(&disk, 57344 * 512 + 13, &[3])?;
    let error = Image::open(&disk)?.read_dir("p6").err().context("is damaged")?.to_string();
    ensure!(error.contains("whose boot sector or table is damaged"), "{error}");
    fs::OpenOptions::new().write(true).open(&disk)?.set_len(swap + 4096)?;
    let error = Image::open(&disk)?.read_dir("p2").err().context("is cut off")?.to_string();
    ensure!(error.contains("partition 2"), "{error}");
    Ok(())
}

fn what_a_broken_off_qcow2_image_has_is_shown() -> Result<()> {
    let workshop = Workshop::new()?;
    fs::remove_dir_all(workshop.tree())?;
    workshop.file("file", "content")?;
    let volume = workshop.path("volume.fat");
    fat::made(&volume, &["mkfs.fat", "-F", "12"], 4)?;
    fat::filled(&volume, &workshop.tree())?;
    // Behind all that the volume takes, there is a label, and then the chain of one partition.
    let table = "label: dos\nstart=2048,size=20480,type=1\nsize=20480,type=a5\nsize=60000,type=5\n\
                 size=10240\ntype=83\n";
    let disk = partitioned(&workshop, table)?;
    placed(&disk, 2048 * 512, &volume)?;
    overwrite(&disk, 22529 * 512, &0x8256_4557_u32.to_le_bytes())?;
    let (raw, image) = (as_read(&disk)?, workshop.path("disk.qcow2"));
    run(Command::new("qemu-img").args(["convert", "-O", "qcow2"]).arg(&disk).arg(&image))?;
    ensure!(as_read(&image)? == raw && raw.len() == 5, "{raw:?}");
    let problem = |image: &Path| -> Result<Option<String>> {
        let all = Image::open(image)?.partitions()?;
        Ok(all.iter().find(|part| part.number() == 3).and_then(|part| part.problem()).map(str::to_owned))
    };
    ensure!(problem(&image)?.is_none());
    let cluster = 64 << 10;
    let mut length = fs::metadata(&image)?.len().next_multiple_of(cluster);
    for gone in ["the chain", "the label"] {
        length -= cluster;
        fs::OpenOptions::new().write(true).open(&image)?.set_len(length)?;
        let found = as_read(&image)?;
        ensure!(found == raw[..4], "{gone}: {found:?}");
        let why = problem(&image)?.context("it is whole")?;
        ensure!(why.contains("broken at byte"), "{why}");
        ensure!(Image::open(&image)?.read_to_vec("p1/file", 100)? == b"content");
    }
    // The place of a GPT's backup is looked at as well.
    let disk = blank(&workshop)?;
    parted(&disk, "mklabel bsd mkpart ext2 1M 20M")?;
    overwrite(&disk, SIZE - 512, b"end")?;
    run(Command::new("qemu-img").args(["convert", "-O", "qcow2"]).arg(&disk).arg(&image))?;
    let length = fs::metadata(&image)?.len().next_multiple_of(cluster) - cluster;
    fs::OpenOptions::new().write(true).open(&image)?.set_len(length)?;
    ensure!(as_read(&image)? == as_read(&disk)?);
    Ok(())
}

fn one_partition_is_opened_alone() -> Result<()> {
    let workshop = Workshop::new()?;
    let (disk, fat, _) = filled(&workshop)?;
    let open = |number| Image::open_with(&disk, &Options { partition: Some(number), ..Options::default() });
    same("the volume", &fat, &in_image(&open(6)?)?)?;
    ensure!(open(6)?.partitions()?.len() == 6, "the disk's table is still told");
    ensure!(open(4)?.description() == "ISO 9660 with Rock Ridge");
    let error = open(7).err().context("there is none")?.to_string();
    ensure!(error.contains("has no partition 7: it has partitions 1, 2, 3, 4, 5, 6"), "{error}");
    let error = open(3).err().context("its logical ones are others")?.to_string();
    ensure!(error.contains("an extended partition, which holds p5, p6"), "{error}");
    let error = open(1).err().context("nothing is there")?.to_string();
    ensure!(error.contains("partition 1 (FAT32 (LBA))") && error.contains("an empty partition"), "{error}");
    let volume = workshop.path("volume.fat");
    let error = Image::open_with(&volume, &Options { partition: Some(1), ..Options::default() }).err();
    ensure!(error.is_some_and(|error| error.to_string().contains("it has no partition table")));
    Ok(())
}

fn a_partition_does_not_show_its_neighbour() -> Result<()> {
    let workshop = Workshop::new()?;
    let (disk, _, _) = filled(&workshop)?;
    ensure!(Image::open(&disk)?.read_to_vec("p4/Dir/file", 1 << 20)?.len() == 40_000);
    // The fourth partition ends after 30 blocks of the disc that begins in it.
    overwrite(&disk, 446 + 3 * 16 + 12, &(30_u32 * 4).to_le_bytes())?;
    let error =
        Image::open(&disk)?.read_to_vec("p4/Dir/file", 1 << 20).err().context("was read")?.to_string();
    ensure!(error.contains("outside"), "{error}");
    let alone = Image::open_with(&disk, &Options { partition: Some(4), ..Options::default() })?;
    let error = alone.read_to_vec("Dir/file", 1 << 20).err().context("was read")?.to_string();
    ensure!(error.contains("outside"), "{error}");
    Ok(())
}

fn what_begins_with_the_image_wins() -> Result<()> {
    let workshop = Workshop::new()?;
    fs::remove_dir_all(workshop.tree())?;
    workshop.file("file", "content")?;
    let (volume, disc) = (workshop.path("volume.fat"), workshop.path("hybrid.iso"));
    fat::made(&volume, &["mkfs.fat", "-F", "12"], 4)?;
    fat::filled(&volume, &workshop.tree())?;
    let opened = Image::open(&volume)?;
    ensure!(opened.description() == "FAT12" && opened.partitions()?.is_empty());

    for table in [&["-part_like_isohybrid"][..], &["-appended_part_as_gpt"]] {
        run(Command::new("xorriso")
            .args(["-as", "mkisofs", "-quiet", "-R", "-append_partition", "2", "0xef"])
            .arg(&volume)
            .args(table)
            .arg("-o")
            .arg(&disc)
            .arg(workshop.tree()))?;
        let opened = Image::open(&disc)?;
        ensure!(opened.description() == "ISO 9660 with Rock Ridge", "{}", opened.description());
        ensure!(opened.read_to_vec("file", 100)? == b"content");
        let efi = opened.partitions()?.into_iter().find(|part| part.type_name() == "EFI system");
        let number = efi.with_context(|| format!("{table:?}: {:?}", opened.partitions()))?.number();
        let efi = Image::open_with(&disc, &Options { partition: Some(number), ..Options::default() })?;
        ensure!(efi.description() == "FAT12" && efi.read_to_vec("file", 100)? == b"content");
        let whole = as_disk(&disc)?;
        ensure!(whole.read_to_vec(&format!("p{number}/file"), 100)? == b"content");
    }
    Ok(())
}

fn a_slice_that_begins_with_the_disk_is_shown_alone_and_among_others() -> Result<()> {
    let workshop = Workshop::new()?;
    fs::remove_dir_all(workshop.tree())?;
    workshop.file("file", "content")?;
    let (volume, slice) = (workshop.path("volume"), workshop.path("volume.fat"));
    fs::File::create(&volume)?.set_len(8 << 20)?;
    run(Command::new("mke2fs").args(["-q", "-F", "-d"]).arg(workshop.tree()).arg(&volume))?;
    fat::made(&slice, &["mkfs.fat", "-F", "12"], 4)?;
    fat::filled(&slice, &workshop.tree())?;
    // Its first sector is left to the label.
    let disk = partitioned(&workshop, SUN)?;
    let label = fs::read(&disk)?[..512].to_vec();
    placed(&disk, 0, &volume)?;
    overwrite(&disk, 0, &label)?;
    placed(&disk, 32130 * 512, &slice)?;
    let opened = Image::open(&disk)?;
    ensure!(opened.description() == "ext2" && opened.read_to_vec("file", 100)? == b"content");
    ensure!(opened.partitions()?.len() == 3);
    for number in [1, 2] {
        let alone = Image::open_with(&disk, &Options { partition: Some(number), ..Options::default() })?;
        ensure!(alone.read_to_vec("file", 100)? == b"content");
        ensure!(as_disk(&disk)?.read_to_vec(&format!("p{number}/file"), 100)? == b"content");
    }
    // A label whose sum is wrong is none.
    overwrite(&disk, 440, &[1])?;
    ensure!(Image::open(&disk)?.partitions()?.is_empty());
    Ok(())
}

fn images_for_other_emulators_are_named() -> Result<()> {
    let workshop = Workshop::new()?;
    for table in [GPT, LOGICAL] {
        let disk = partitioned(&workshop, table)?;
        for (format, name) in [("vmdk", "VMDK"), ("vdi", "VDI"), ("vhdx", "VHDX"), ("vpc", "VHD")] {
            let image = workshop.path("disk.other");
            run(Command::new("qemu-img").args(["convert", "-O", format]).arg(&disk).arg(&image))?;
            let error = Image::open(&image).err().context(format)?.to_string();
            ensure!(error.contains(&format!("a {name} disk image; use it as a disk")), "{error}");
            fs::remove_file(&image)?;
        }
        fs::remove_file(&disk)?;
    }
    Ok(())
}

fn either_copy_of_a_gpt_is_enough() -> Result<()> {
    let workshop = Workshop::new()?;
    let image = partitioned(&workshop, GPT)?;
    let whole = as_read(&image)?;
    for (at, what) in [(512 + 40, "header"), (1024 + 40, "entries")] {
        overwrite(&image, at, &[0xa5])?;
        ensure!(as_read(&image)? == whole, "{what}");
        let description = Image::open(&image)?.description().to_owned();
        ensure!(description == "disk with GPT, read from the backup at its end", "{what}: {description}");
    }
    overwrite(&image, SIZE - 512 + 40, &[0xa5])?;
    let error = Image::open(&image).err().context("both are bad")?.to_string();
    ensure!(error.contains("checksum"), "{error}");

    let image = partitioned(&workshop, GPT)?;
    overwrite(&image, SIZE - 512 + 40, &[0xa5])?;
    ensure!(as_read(&image)? == whole && as_disk(&image)?.description() == "disk with GPT");
    overwrite(&image, 0, &[0; 512])?;
    ensure!(as_read(&image)? == whole, "without the MBR that protects it");
    Ok(())
}

fn solaris_slices_are_found() -> Result<()> {
    let workshop = Workshop::new()?;
    let image = partitioned(&workshop, "label: dos\nstart=2048,size=60000,type=bf\n")?;
    let mut table = [0_u8; 512];
    let mut put = |at: usize, bytes: &[u8]| table[at..at + bytes.len()].copy_from_slice(bytes);
    put(12, &0x600d_deee_u32.to_le_bytes());
    put(16, &1_u32.to_le_bytes());
    put(20, b"volume");
    put(28, &512_u16.to_le_bytes());
    put(30, &16_u16.to_le_bytes());
    for (slice, tag, start, length) in [(0_usize, 2_u16, 100_u32, 5000_u32), (9, 7, 6000, 1000)] {
        put(72 + slice * 12, &tag.to_le_bytes());
        put(72 + slice * 12 + 4, &start.to_le_bytes());
        put(72 + slice * 12 + 8, &length.to_le_bytes());
    }
    overwrite(&image, (2048 + 1) * 512, &table)?;
    let partitions = as_disk(&image)?.partitions()?;
    let inner: Vec<_> = partitions
        .iter()
        .filter(|part| part.number() > 4)
        .map(|part| (part.number(), part.start() / 512, part.length() / 512, part.type_name(), part.label()))
        .collect();
    let truth = [(5, 2148, 5000, "Solaris root", "volume s0"), (6, 8048, 1000, "Solaris /var", "volume s9")];
    ensure!(inner == truth, "{inner:?}");
    Ok(())
}

fn hostile_partition_tables_end() -> Result<()> {
    let workshop = Workshop::new()?;
    let entry = |kind: u8, start: u32, length: u32| {
        let mut entry = [0_u8; 16];
        entry[4] = kind;
        entry[8..12].copy_from_slice(&start.to_le_bytes());
        entry[12..].copy_from_slice(&length.to_le_bytes());
        entry
    };
    let extended = 43_008_u64 * 512;
    let problem = |image: &Path, why: &str, others: usize| -> Result<()> {
        let disk = Image::open(image)?;
        let error = disk.read_dir("p3").err().context("nothing is there")?.to_string();
        ensure!(error.contains(why), "{why}: {error}");
        ensure!(disk.partitions()?.len() == others, "{why}: {:?}", disk.partitions());
        Ok(())
    };
    // The second sector of the chain leads back to the first, then to itself, then nowhere.
    let image = partitioned(&workshop, LOGICAL)?;
    let second = as_read(&image)?[5].1 * 512 - (1 << 20);
    for link in [0, u32::try_from((second - extended) / 512)?] {
        overwrite(&image, second + 462, &entry(5, link, 100))?;
        problem(&image, "is a loop", 6)?;
    }
    overwrite(&image, second + 462, &entry(5, u32::MAX, 100))?;
    problem(&image, "is broken at byte", 6)?;
    // Far more of them than any disk has.
    for number in 0..300_u32 {
        let mut sector = [0_u8; 512];
        sector[446..462].copy_from_slice(&entry(0x83, 1, 1));
        sector[462..478].copy_from_slice(&entry(5, (number + 1) * 4, 4));
        sector[510..].copy_from_slice(&[0x55, 0xaa]);
        overwrite(&image, extended + u64::from(number) * 4 * 512, &sector)?;
    }
    let error = Image::open(&image).err().context("too many")?.to_string();
    ensure!(error.contains("too many partitions"), "{error}");

    // Beyond the end, and beyond what one can count.
    let image = partitioned(&workshop, "label: dos\nsize=1000,type=83\nsize=1000,type=83\n")?;
    overwrite(&image, 446, &entry(0x83, u32::MAX, u32::MAX))?;
    let error = Image::open(&image)?.read_dir("p1").err().context("outside")?.to_string();
    ensure!(error.contains("begins outside the image"), "{error}");

    // The same of a Sun label, whose numbers are products.
    let image = partitioned(&workshop, SUN)?;
    relabel(&image, &[(436, &[0xff; 4]), (444, &[0xff; 8]), (452, &[0xff, 0xff, 0xff, 0xff])])?;
    for number in [1, 2] {
        let error = as_disk(&image)?.read_dir(&format!("p{number}")).err().context("outside")?.to_string();
        ensure!(error.contains("begins outside the image"), "{error}");
    }

    // An Apple map with as many entries as a number can count, of which the second is none.
    let image = blank(&workshop)?;
    overwrite(&image, 0, b"ER\x02\0")?;
    overwrite(&image, 512, b"PM\0\0\xff\xff\xff\xff")?;
    let error = Image::open(&image).err().context("no entry 2")?.to_string();
    ensure!(error.contains("no entry 2"), "{error}");
    Ok(())
}

pub(super) fn accidents() -> Result<()> {
    let workshop = Workshop::new()?;
    let (image, volume) = (workshop.path("disk.img"), workshop.path("volume.fat"));
    fs::remove_dir_all(workshop.tree())?;
    workshop.file("D/FILE", vec![b'x'; 4000])?;
    fs::File::create(&volume)?.set_len(64 << 10)?;
    run(Command::new("mkfs.fat").args(["-F", "12", "-s", "1"]).arg(&volume))?;
    fat::filled(&volume, &workshop.tree())?;
    let small = |commands: &str, at: &[u64]| -> Result<()> {
        fs::File::create(&image)?.set_len(512 << 10)?;
        told(&["sfdisk", "-q"], &image, commands)?;
        at.iter().try_for_each(|at| placed(&image, at * 512, &volume))
    };
    small("label: gpt\nfirst-lba: 34\nstart=40,size=128\nstart=200,size=128\n", &[40, 200])?;
    // Without the backup, so that damage is not made good from there.
    overwrite(&image, (512 << 10) - 512, &[0; 512])?;
    survives_damage(&image, &[440..512, 512..604, 1024..1280], None, ROUNDS / 2)?;
    small("label: dos\nstart=40,size=128,type=1\nstart=200,size=128,type=a5\n", &[40, 200])?;
    survives_damage(&image, &[446..478, 478..512], None, ROUNDS / 2)
}
