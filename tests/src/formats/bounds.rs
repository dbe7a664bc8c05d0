//! The bounds of `isos::limits` that every format meets in its own way: directories that are wide, deep, or name much.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use isos::{Image, limits};

use super::damage::{overwrite, patch};
use super::{Workshop, exfat, ext, fat, run, udf, ufs};
use crate::Test;
use crate::need::Need;

const MKE2FS: Need = Need::Program("mke2fs");

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "iso9660_directories_have_a_bound",
        needs: &[Need::Program("genisoimage")],
        run: || too_many_entries(&iso9660()?),
    },
    Test { name: "udf_directories_have_a_bound", needs: &[], run: || too_many_entries(&udf::wide()?) },
    Test {
        name: "squashfs_directories_have_a_bound",
        needs: &[Need::Program("mksquashfs")],
        run: || too_many_entries(&squashfs()?),
    },
    Test {
        name: "ext_directories_have_a_bound",
        needs: &[MKE2FS],
        run: || too_many_entries(&ext("target")?),
    },
    Test {
        name: "ufs_directories_have_a_bound",
        needs: &[Need::Program("makefs")],
        run: || too_many_entries(&ufs()?),
    },
    Test {
        name: "fat_directories_have_a_bound",
        needs: &[Need::Program("mkfs.fat"), Need::Program("mcopy")],
        run: || too_many_entries(&fat()?),
    },
    Test {
        name: "exfat_directories_have_a_bound",
        needs: exfat::FILLED,
        run: || too_many_entries(&exfat::wide(RECORDS)?),
    },
    Test { name: "what_a_directory_names_has_a_bound", needs: &[MKE2FS], run: what_a_directory_names },
    Test { name: "depth_has_a_bound", needs: &[MKE2FS], run: depth },
];

/// One more than there may be.
const RECORDS: usize = limits::DIRECTORY_ENTRIES + 1;

/// An image in which `wide` is a directory, and what it is made with.
pub(super) struct Wide {
    pub(super) image: PathBuf,
    pub(super) _workshop: Workshop,
}

fn error_of<T>(result: Result<T, isos::Error>) -> Result<String> {
    Ok(result.err().context("it was read")?.to_string())
}

fn too_many_entries(wide: &Wide) -> Result<()> {
    let image = Image::open(&wide.image)?;
    let refused = |error: String| {
        ensure!(error.contains("too many entries") && error.contains("100000"), "{error}");
        Ok(())
    };
    refused(error_of(image.read_dir("wide"))?)?;
    refused(error_of(image.entry("wide/none"))?)?;
    let mut walk = image.walk("")?;
    refused(error_of(walk.find(Result::is_err).context("nothing was refused")?)?)
}

/// A workshop whose only file is `wide`: the records of a directory, as a file until someone says otherwise.
fn records(block: &[u8], in_block: usize) -> Result<Workshop> {
    let workshop = Workshop::new()?;
    fs::remove_dir_all(workshop.tree())?;
    workshop.file("wide", block.repeat(RECORDS.div_ceil(in_block)))?;
    Ok(workshop)
}

/// The same record in each place of a block; the last one may be longer.
fn block(record: &[u8], size: usize, length_at: usize) -> Vec<u8> {
    let mut block = record.repeat(size / record.len());
    let last = block.len() - record.len();
    block[last + length_at] += (size % record.len()) as u8;
    block.resize(size, 0);
    block
}

fn iso9660() -> Result<Wide> {
    let mut record = [0; 34];
    (record[0], record[32], record[33]) = (34, 1, b'x');
    let mut sector = record.repeat(2048 / 34);
    sector.resize(2048, 0);
    let workshop = records(&sector, 2048 / 34)?;
    let image = workshop.path("wide.iso");
    run(Command::new("genisoimage").args(["-quiet", "-o"]).arg(&image).arg(workshop.tree()))?;
    let bytes = fs::read(&image)?;
    let name = bytes.windows(7).position(|found| found == b"WIDE.;1").context("its name")? as u64;
    overwrite(&image, name - 8, &[2])?;
    patch(&image, b"WIDE.;1", b"WIDE\0\0\0")?;
    overwrite(&image, name - 1, &[4])?;
    Ok(Wide { image, _workshop: workshop })
}

/// The listing of a directory that has an inode of the larger kind is written anew, behind all else.
fn squashfs() -> Result<Wide> {
    let workshop = Workshop::new()?;
    fs::remove_dir_all(workshop.tree())?;
    for number in 100..800 {
        workshop.file(&format!("wide/{number}{}", "x".repeat(100)), "")?;
    }
    let image = workshop.path("wide.squashfs");
    let mut command = Command::new("mksquashfs");
    command.arg(workshop.tree()).arg(&image).args(["-quiet", "-no-progress", "-nopad", "-noI"]);
    run(&mut command)?;
    let id = Image::open(&image)?.entry("wide")?.id();
    let mut bytes = fs::read(&image)?;
    let table = |at: usize| bytes[at..].first_chunk().map(|bytes| u64::from_le_bytes(*bytes)).context("it");
    let (inodes, directories) = (table(64)?, table(72)?);
    let inode = usize::try_from(inodes + (id >> 16) + 2 + (id & 0xffff))?;
    ensure!(bytes[inode] == 8, "an inode of type {}", bytes[inode]);
    // Runs of 256 entries, each the first inode of the table under a name of one letter.
    let run =
        [&[255, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0][..], &[0, 0, 0, 0, 2, 0, 0, 0, b'x'].repeat(256)].concat();
    let listing = run.repeat(RECORDS.div_ceil(256));
    let start = u32::try_from(bytes.len() as u64 - directories)?;
    bytes[inode + 20..inode + 24].copy_from_slice(&(listing.len() as u32 + 3).to_le_bytes());
    bytes[inode + 24..inode + 28].copy_from_slice(&start.to_le_bytes());
    bytes[inode + 34..inode + 36].fill(0);
    for block in listing.chunks(8192) {
        bytes.extend((block.len() as u16 | 0x8000).to_le_bytes());
        bytes.extend(block);
    }
    fs::write(&image, bytes)?;
    Ok(Wide { image, _workshop: workshop })
}

/// Each record names the inode of the link to `target`.
fn ext(target: &str) -> Result<Wide> {
    let block_of = |number: u64| {
        let mut record = [0; 12];
        (record[0], record[4], record[6], record[8]) = (number as u8, 12, 1, b'x');
        block(&record, 1024, 4)
    };
    let workshop = records(&block_of(0), 1024 / 12)?;
    std::os::unix::fs::symlink(target, workshop.tree().join("link"))?;
    let image = workshop.path("wide.ext");
    let line = ["-q", "-F", "-t", "ext2", "-b", "1024", "-d"];
    run(Command::new("mke2fs").args(line).arg(workshop.tree()).arg(&image).arg("4M"))?;
    let read = Image::open(&image)?;
    let link = read.read_dir("")?.iter().find(|entry| entry.name() == "link").context("the link")?.id();
    let wide = ext::inode_place(&image, read.entry("wide")?.id())?;
    let mut bytes = fs::read(&image)?;
    let blocks = bytes.chunks_exact_mut(1024).filter(|block| **block == block_of(0));
    blocks.for_each(|block| block.copy_from_slice(&block_of(link)));
    fs::write(&image, bytes)?;
    overwrite(&image, wide, &0o040_755_u16.to_le_bytes())?;
    Ok(Wide { image, _workshop: workshop })
}

fn ufs() -> Result<Wide> {
    let record = [2, 0, 0, 0, 12, 0, 4, 1, b'x', 0, 0, 0];
    let workshop = records(&block(&record, 512, 4), 512 / 12)?;
    let image = ufs::made(&workshop, ("le", "version=1,bsize=8192,fsize=1024"), "4m")?;
    let inode = ufs::inodes(&image)? + Image::open(&image)?.entry("wide")?.id() * 128;
    overwrite(&image, inode, &0o040_755_u16.to_le_bytes())?;
    Ok(Wide { image, _workshop: workshop })
}

fn fat() -> Result<Wide> {
    let mut record = [0; 32];
    record[..11].copy_from_slice(b"X          ");
    let workshop = records(&record, 1)?;
    let image = workshop.path("wide.fat");
    fat::made(&image, &["mkfs.fat", "-F", "16", "-s", "2"], 8)?;
    fat::filled(&image, &workshop.tree())?;
    overwrite(&image, fat::record(&image, b"WIDE       ")? + 11, &[0x10])?;
    Ok(Wide { image, _workshop: workshop })
}

/// Few bytes of the image, and many of memory: each of its records names the same long link.
fn what_a_directory_names() -> Result<()> {
    let wide = ext(&"long/".repeat(190))?;
    let image = Image::open(&wide.image)?;
    let error = error_of(image.read_dir("wide"))?;
    ensure!(error.contains("too much memory"), "{error}");
    ensure!(
        image.walk("")?.any(|step| step.is_err_and(|error| error.to_string().contains("too much memory")))
    );
    Ok(())
}

fn depth() -> Result<()> {
    let workshop = Workshop::new()?;
    fs::remove_dir_all(workshop.tree())?;
    let path = |depth: usize| vec!["d"; depth].join("/");
    workshop.file(&format!("{}/file", path(limits::DEPTH + 1)), "deep")?;
    let image = workshop.path("deep.ext");
    let line = ["-q", "-F", "-t", "ext2", "-b", "1024", "-N", "300", "-d"];
    run(Command::new("mke2fs").args(line).arg(workshop.tree()).arg(&image).arg("1M"))?;
    let image = Image::open(&image)?;
    ensure!(image.entry(&path(limits::DEPTH)).is_ok(), "what is not too deep is found");
    let error = error_of(image.entry(&path(limits::DEPTH + 1)))?;
    ensure!(error.contains("too deep") && error.contains("128"), "{error}");
    let steps: Vec<_> = image.walk("")?.collect();
    ensure!(steps.iter().filter(|step| step.is_ok()).count() > limits::DEPTH, "it goes on beside it");
    let error = steps.into_iter().find_map(Result::err).context("there was no end")?.to_string();
    ensure!(error.contains("too deep"), "{error}");
    Ok(())
}
