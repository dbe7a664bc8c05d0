//! Every format of the image reader, on images made by other people's tools: read by us, by a kernel mount, and as
//! they were written.
//!
//! A format is a module here with its own table of tests. What they share is this: [`Tree`], a tree as facts that can
//! be compared, and the three places that one comes from.

mod bounds;
mod claims;
pub(crate) mod damage;
mod disk;
mod exfat;
mod ext;
mod fat;
mod iso9660;
mod kernel;
mod qcow2;
mod squashfs;
mod udf;
mod ufs;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use isos::{Image, Kind};
use sha2::{Digest, Sha256};

use crate::Test;

/// The tests of every format.
pub(crate) const TABLES: &[&[Test]] = &[
    iso9660::TESTS,
    udf::TESTS,
    squashfs::TESTS,
    ext::TESTS,
    ufs::TESTS,
    fat::TESTS,
    exfat::TESTS,
    disk::TESTS,
    qcow2::TESTS,
    bounds::TESTS,
    claims::TESTS,
];

/// What is known of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    /// `file`, `directory`, `link` or `special`.
    pub(crate) kind: &'static str,
    /// Permission bits, where the format has them.
    pub(crate) mode: Option<u32>,
    /// Bytes; of files only.
    pub(crate) size: u64,
    /// Seconds since 1970, where the format has them.
    pub(crate) modified: Option<u64>,
    /// Of links.
    pub(crate) target: String,
    /// SHA-256 of the content of files.
    pub(crate) sum: String,
}

/// Every path below the top, without a leading slash, and what is there.
pub(crate) type Tree = BTreeMap<String, Facts>;

/// The tree as our reader sees it.
pub(crate) fn in_image(image: &Image) -> Result<Tree> {
    let mut tree = Tree::new();
    let mut waiting = vec![(image.root().clone(), String::new())];
    while let Some((directory, below)) = waiting.pop() {
        for entry in image.children(&directory, &below)? {
            let path = joined(&below, entry.name());
            let mut facts = Facts {
                kind: "special",
                mode: entry.mode().map(|mode| mode & 0o7777),
                size: 0,
                modified: entry.modified().map(seconds),
                target: entry.link_target().unwrap_or_default().to_owned(),
                sum: String::new(),
            };
            match entry.kind() {
                Kind::File => {
                    facts.kind = "file";
                    facts.size = entry.size();
                    facts.sum = sum(&mut image.reader(&entry, &path)?).with_context(|| path.clone())?;
                }
                Kind::Link => facts.kind = "link",
                Kind::Directory => {
                    facts.kind = "directory";
                    waiting.push((entry, path.clone()));
                }
                Kind::Special => {}
            }
            tree.insert(path, facts);
        }
    }
    Ok(tree)
}

/// The tree below a directory of this machine: what an image was made from, or a mounted one.
pub(crate) fn on_disk(top: &Path) -> Result<Tree> {
    let mut tree = Tree::new();
    let mut waiting = vec![String::new()];
    while let Some(below) = waiting.pop() {
        for entry in fs::read_dir(top.join(&below)).with_context(|| below.clone())? {
            let entry = entry?;
            let path = joined(&below, &entry.file_name().to_string_lossy());
            let metadata = fs::symlink_metadata(entry.path())?;
            let mut facts = Facts {
                kind: "special",
                mode: Some(metadata.mode() & 0o7777),
                size: 0,
                modified: Some(seconds(metadata.modified()?)),
                target: String::new(),
                sum: String::new(),
            };
            if metadata.is_symlink() {
                facts.kind = "link";
                facts.target = fs::read_link(entry.path())?.to_string_lossy().into_owned();
            } else if metadata.is_dir() {
                facts.kind = "directory";
                waiting.push(path.clone());
            } else if metadata.is_file() {
                facts.kind = "file";
                facts.size = metadata.len();
                facts.sum = sum(&mut fs::File::open(entry.path())?)?;
            }
            tree.insert(path, facts);
        }
    }
    Ok(tree)
}

/// Whether the running kernel knows a format by itself or with a module that it finds.
pub(crate) fn kernel_knows(format: &str) -> bool {
    let _ = Command::new("modprobe").arg(format).stderr(Stdio::null()).status();
    fs::read_to_string("/proc/filesystems")
        .is_ok_and(|known| known.lines().any(|line| line.split_whitespace().last() == Some(format)))
}

/// Both trees have the same paths, and of each the same facts; `wanted` names who tells the truth.
pub(crate) fn same(wanted: &str, truth: &Tree, read: &Tree) -> Result<()> {
    for (path, facts) in truth {
        ensure!(
            read.get(path) == Some(facts),
            "'{path}' is to {wanted} {facts:?}\nread: {:?}",
            read.get(path)
        );
    }
    if let Some(path) = read.keys().find(|path| !truth.contains_key(*path)) {
        bail!("'{path}' was read, and is not to {wanted}");
    }
    Ok(())
}

/// A tree in which only those facts are left that a format keeps.
pub(crate) fn only(tree: &Tree, keep: impl Fn(&mut Facts)) -> Tree {
    let mut tree = tree.clone();
    tree.values_mut().for_each(keep);
    tree
}

/// Runs a tool to its end; it has to succeed.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    // Names are in UTF-8 whatever the locale of whoever runs the tests.
    let output = command
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{command:?}"))?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// A private directory with a `tree` of files that show what a format can do: empty, large, many, long and foreign
/// names, links, modes and times.
pub(crate) struct Workshop(tempfile::TempDir);

impl Workshop {
    pub(crate) fn new() -> Result<Workshop> {
        let workshop = Workshop(tempfile::Builder::new().prefix("xctl-formats-").tempdir()?);
        fs::create_dir(workshop.tree())?;
        workshop.file("empty", "")?;
        workshop.file("with spaces, commas and 'quotes'/ünïcödé.txt", "text")?;
        workshop.file(&format!("{}/file", "n".repeat(200)), "long names")?;
        workshop.file("one/2/3/4/5/6/7/8/9/10/11/deep", "deep")?;
        workshop.file("large", (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect::<Vec<_>>())?;
        for number in 0..700 {
            workshop.file(&format!("many/file-{number:04}"), format!("{number}"))?;
        }
        Ok(workshop)
    }

    /// Links, which not every format has.
    pub(crate) fn links(&self) -> Result<()> {
        std::os::unix::fs::symlink("one/2", self.tree().join("link"))?;
        std::os::unix::fs::symlink("/abs/../x", self.tree().join("absolute"))?;
        Ok(())
    }

    pub(crate) fn tree(&self) -> PathBuf {
        self.path("tree")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Gives an image a name of its own, which tells how it was made.
    pub(crate) fn kept(&self, image: &Path, way: &str) -> Result<PathBuf> {
        // QEMU parts words at commas.
        let named = self.path(&way.replace(['/', ','], "_"));
        fs::rename(image, &named)?;
        Ok(named)
    }

    pub(crate) fn file(&self, path: &str, content: impl AsRef<[u8]>) -> Result<()> {
        let path = self.tree().join(path);
        fs::create_dir_all(path.parent().context("a file has a directory")?)?;
        fs::write(path, content)?;
        Ok(())
    }
}

fn joined(below: &str, name: &str) -> String {
    if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// SHA-256, as sha256sum(1) writes it.
fn sum(content: &mut dyn std::io::Read) -> Result<String> {
    let (mut sum, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match content.read(&mut buffer)? {
            0 => break,
            count => sum.update(&buffer[..count]),
        }
    }
    Ok(sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
