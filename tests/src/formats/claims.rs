//! What inodes and records claim: targets of links, names and directories that are longer than `isos::limits` allows.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use isos::{Image, limits};

use super::damage::{overwrite, patch};
use super::{Workshop, exfat, ext, fat, run, ufs};
use crate::Test;
use crate::need::Need;

pub(crate) const TESTS: &[Test] = &[
    Test { name: "what_ext_inodes_claim_has_bounds", needs: &[Need::Program("mke2fs")], run: ext_inodes },
    Test { name: "what_ufs_inodes_claim_has_bounds", needs: &[Need::Program("makefs")], run: ufs_inodes },
    Test {
        name: "what_squashfs_inodes_claim_has_bounds",
        needs: &[Need::Program("mksquashfs")],
        run: squashfs_inodes,
    },
    Test {
        name: "bytes_of_fat_directories_have_a_bound",
        needs: &[Need::Program("mkfs.fat"), Need::Program("mcopy")],
        run: bytes_of_fat_directories,
    },
    Test {
        name: "bytes_of_exfat_directories_have_a_bound",
        needs: exfat::FILLED,
        run: bytes_of_exfat_directories,
    },
];

const LINK: u64 = limits::LINK_BYTES as u64;
const DIRECTORY: u64 = limits::DIRECTORY_BYTES;

/// A tree with a directory `below`, and a link whose target is too long for an inode.
fn workshop() -> Result<Workshop> {
    let workshop = Workshop::new()?;
    fs::remove_dir_all(workshop.tree())?;
    workshop.file("below/file", "text")?;
    symlink("t".repeat(200), workshop.tree().join("link"))?;
    Ok(workshop)
}

fn id(image: &Path, name: &str) -> Result<u64> {
    let entries = Image::open(image)?.read_dir("")?;
    Ok(entries.iter().find(|entry| entry.name() == name).context("no such entry")?.id())
}

/// Why a directory cannot be listed, if so.
fn trouble(image: &Path, directory: &str) -> Result<String> {
    let listed = Image::open(image)?.read_dir(directory);
    Ok(listed.err().map(|error| error.to_string()).unwrap_or_default())
}

/// Writes a size to where it is claimed: as many bytes as there may be are no trouble, one more is refused.
fn size_is_bound(image: &Path, at: u64, most: u64, directory: &str, what: &str) -> Result<()> {
    let before = fs::read(image)?;
    overwrite(image, at, &u32::try_from(most)?.to_le_bytes())?;
    let trouble_of_most = trouble(image, directory)?;
    ensure!(!trouble_of_most.contains("limit"), "{trouble_of_most}");
    overwrite(image, at, &u32::try_from(most + 1)?.to_le_bytes())?;
    let why = format!("{what} {} bytes (the limit is {most})", most + 1);
    let trouble = trouble(image, directory)?;
    ensure!(trouble.contains(&why), "{trouble} (not: {why})");
    Ok(fs::write(image, before)?)
}

fn ext_inodes() -> Result<()> {
    let workshop = workshop()?;
    let image = workshop.path("image.ext");
    let line = ["-q", "-F", "-t", "ext2", "-b", "1024", "-d"];
    run(Command::new("mke2fs").args(line).arg(workshop.tree()).arg(&image).arg("1M"))?;
    let place = |name: &str| ext::inode_place(&image, id(&image, name)?);
    size_is_bound(&image, place("link")? + 4, LINK, "", "a link's target of")?;
    size_is_bound(&image, place("below")? + 4, DIRECTORY, "below", "it claims")
}

fn ufs_inodes() -> Result<()> {
    let workshop = workshop()?;
    let image = ufs::made(&workshop, ("le", "version=1,bsize=8192,fsize=1024"), "2m")?;
    let place = |name: &str| Ok::<_, anyhow::Error>(ufs::inodes(&image)? + id(&image, name)? * 128);
    size_is_bound(&image, place("link")? + 8, LINK, "", "a link's target of")?;
    size_is_bound(&image, place("below")? + 8, DIRECTORY, "below", "it claims")
}

/// An image whose metadata is not packed.
fn squashfs(workshop: &Workshop) -> Result<PathBuf> {
    let image = workshop.path("image.squashfs");
    let options = ["-noappend", "-quiet", "-no-progress", "-noI"];
    run(Command::new("mksquashfs").arg(workshop.tree()).arg(&image).args(options))?;
    Ok(image)
}

/// Where the inode of an entry of the top directory lies.
fn squashfs_inode(image: &Path, name: &str) -> Result<u64> {
    let id = id(image, name)?;
    let table = fs::read(image)?[64..].first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
    Ok(table.context("the table of inodes")? + (id >> 16) + 2 + (id & 0xffff))
}

fn squashfs_inodes() -> Result<()> {
    let workshop = workshop()?;
    let image = squashfs(&workshop)?;
    size_is_bound(&image, squashfs_inode(&image, "link")? + 20, LINK, "", "a link's target of")?;
    // A name's length comes before it, less one.
    let length = |bytes: usize| [&(bytes as u16 - 1).to_le_bytes()[..], b"link"].concat();
    patch(&image, &length(4), &length(limits::NAME_BYTES))?;
    let most = trouble(&image, "")?;
    ensure!(most.contains("an entry leaves the directory"), "{most}");
    patch(&image, &length(limits::NAME_BYTES), &length(limits::NAME_BYTES + 1))?;
    let more = trouble(&image, "")?;
    ensure!(more.contains("a name of 1025 bytes (the limit is 1024)"), "{more}");

    // A directory with many names has an inode in which more bytes can be claimed; three of them stand for dots.
    for number in 100..800 {
        workshop.file(&format!("below/{number}{}", "x".repeat(100)), "")?;
    }
    let image = squashfs(&workshop)?;
    let inode = squashfs_inode(&image, "below")?;
    for (bytes, is_refused) in [(DIRECTORY, false), (DIRECTORY + 1, true)] {
        overwrite(&image, inode + 20, &u32::try_from(bytes + 3)?.to_le_bytes())?;
        let trouble = trouble(&image, "below")?;
        let why = "it claims 25165825 bytes (the limit is 25165824)";
        ensure!(trouble.contains(why) == is_refused, "{bytes}: {trouble}");
    }
    Ok(())
}

/// Records of files that were deleted are no entries, and still bytes.
fn bytes_of_fat_directories() -> Result<()> {
    let workshop = Workshop::new()?;
    fs::remove_dir_all(workshop.tree())?;
    let image = workshop.path("image.fat");
    bytes_are_bound(|bytes| {
        workshop.file("wide", vec![0xe5; usize::try_from(bytes)?])?;
        fat::made(&image, &["mkfs.fat", "-F", "16", "-s", "2"], 32)?;
        fat::filled(&image, &workshop.tree())?;
        overwrite(&image, fat::record(&image, b"WIDE       ")? + 11, &[0x10])?;
        trouble(&image, "wide")
    })
}

fn bytes_of_exfat_directories() -> Result<()> {
    bytes_are_bound(|bytes| {
        let wide = exfat::without_entries(usize::try_from(bytes)?)?;
        trouble(&wide.image, "wide")
    })
}

fn bytes_are_bound(trouble_of: impl Fn(u64) -> Result<String>) -> Result<()> {
    let most = trouble_of(DIRECTORY)?;
    ensure!(most.is_empty(), "{most}");
    let more = trouble_of(DIRECTORY + 1)?;
    ensure!(more.contains("a directory has too many bytes (the limit is 25165824)"), "{more}");
    Ok(())
}
