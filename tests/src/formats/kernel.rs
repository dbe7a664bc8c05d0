//! Images as Debian's kernel reads them: a guest mounts each and tells what it sees. That needs no right on the machine,
//! nor a kernel there that knows a format.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use isos::Image;

use super::{Facts, Tree, in_image, only, run, same};
use crate::need::{GUEST_KERNEL, Need};
use crate::{PATIENCE, media};

/// What such a guest is made with.
pub(super) const KERNEL: Need = Need::All(GUEST_KERNEL);

/// An image, and how the kernel mounts it.
pub(super) struct Disk {
    pub(super) image: PathBuf,
    /// The kernel's name of the format.
    pub(super) format: &'static str,
    /// Options of the mount.
    pub(super) options: &'static str,
}

/// Disks that one guest is given beside the one that it writes to: a machine has room for so many.
const DISKS: usize = 22;

/// Bytes of the disk that a guest writes what it saw to.
const TOLD: u64 = 16 << 20;

/// The begin of all guests: what mounts is there, and the tree that a disk is filled with is on the second disk.
const BEGIN: &str = r#"#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
cat /modules/order /modules/more | while read -r module; do insmod $module 2>/dev/null; done
tell() { # DEVICE FORMAT OPTIONS
  echo "= $1" >>/tmp/told
  grep -qw $2 /proc/filesystems || { echo unknown >>/tmp/told; return; }
  mount -t $2 -o ro,$3 $1 /target || return
  cd /target
  find . -mindepth 1 -exec stat -c 'stat %f %s %Y %n' {} + >>/tmp/told
  find . -type f -exec sha256sum {} + | sed 's/^/sum /' >>/tmp/told
  find . -type l | while read -r link; do echo "link $(readlink "$link") -> $link"; done >>/tmp/told
  cd /
  umount /target
}
fill() { # DEVICE FORMAT OPTIONS
  grep -qw $2 /proc/filesystems || return
  mount -t $2 -o rw,$3 $1 /target && tar -xof /dev/vdb -C /target && umount /target || poweroff -f
}
"#;

/// The end of all guests: every file was read to the end, or its sum is missing.
const END: &str = "echo end >>/tmp/told\ncat /tmp/told >/dev/vda\nsync\npoweroff -f\n";

/// Each disk is to our reader what it is to the kernel, in those facts that a format keeps.
pub(super) fn is_read_as_by_kernel(disks: &[Disk], keep: impl Fn(&mut Facts)) -> Result<()> {
    are_read_alike(disks, &in_kernel(disks)?, keep)
}

/// The same once the kernel wrote the files below `tree` to each of them.
pub(super) fn is_read_as_written_by_kernel(
    disks: &[Disk],
    tree: &Path,
    keep: impl Fn(&mut Facts),
) -> Result<()> {
    are_read_alike(disks, &filled_by_kernel(disks, tree)?, keep)
}

fn are_read_alike(disks: &[Disk], seen: &[Option<Tree>], keep: impl Fn(&mut Facts)) -> Result<()> {
    for (disk, seen) in disks.iter().zip(seen) {
        let Some(seen) = seen else {
            eprintln!("skipped: {}: the guest's kernel knows no {}", disk.image.display(), disk.format);
            continue;
        };
        let read = in_image(&Image::open(&disk.image)?)?;
        same("the kernel", &only(seen, &keep), &only(&read, &keep))
            .with_context(|| disk.image.display().to_string())?;
    }
    Ok(())
}

/// What the kernel sees on each of the disks; nothing where it does not know the format.
fn in_kernel(disks: &[Disk]) -> Result<Vec<Option<Tree>>> {
    let mut trees = Vec::new();
    for disks in disks.chunks(DISKS) {
        let script = disks.iter().enumerate().map(|(number, disk)| line("tell", number, disk));
        trees.extend(guest(&script.collect::<String>(), Path::new("/dev/null"), disks, "on")?);
    }
    Ok(trees)
}

/// Has the kernel write the files below `tree` to each of the disks; gives what it saw of them then.
fn filled_by_kernel(disks: &[Disk], tree: &Path) -> Result<Vec<Option<Tree>>> {
    let directory = tempfile::tempdir()?;
    let archive = directory.path().join("tree.tar");
    run(Command::new("tar").arg("-C").arg(tree).arg("-cf").arg(&archive).arg("."))?;
    let script = disks
        .iter()
        .enumerate()
        .map(|(number, disk)| line("fill", number, disk) + &line("tell", number, disk));
    guest(&script.collect::<String>(), &archive, disks, "off")
}

fn line(what: &str, number: usize, disk: &Disk) -> String {
    format!("{what} {} {} {}\n", device(number), disk.format, disk.options)
}

/// A disk in the guest, behind those for what it tells and for what it is given.
fn device(number: usize) -> String {
    format!("/dev/vd{}", char::from(b'c' + number as u8))
}

fn guest(script: &str, archive: &Path, disks: &[Disk], readonly: &str) -> Result<Vec<Option<Tree>>> {
    let directory = tempfile::tempdir()?;
    let path = |name: &str| directory.path().join(name);
    let boot = media::busybox(&[BEGIN, script, END].concat())?;
    fs::write(path("kernel"), boot.kernel)?;
    fs::write(path("initrd"), boot.initrd)?;
    fs::File::create(path("told"))?.set_len(TOLD)?;
    let mut drives = vec![(path("told"), "off"), (archive.to_owned(), "on")];
    drives.extend(disks.iter().map(|disk| (disk.image.clone(), readonly)));
    let mut command = Command::new("qemu-system-x86_64");
    command
        .args(["-accel", "tcg", "-m", "512", "-nodefaults", "-display", "none", "-no-reboot", "-serial"])
        .arg(format!("file:{}", path("serial").display()))
        .arg("-kernel")
        .arg(path("kernel"))
        .arg("-initrd")
        .arg(path("initrd"))
        .args(["-append", "console=ttyS0 quiet panic=-1"]);
    for (file, readonly) in drives {
        let file = file.display();
        command.arg("-drive").arg(format!("file={file},format=raw,if=virtio,readonly={readonly}"));
    }
    let mut guest = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
    let begun = Instant::now();
    while guest.try_wait()?.is_none() {
        if begun.elapsed() > PATIENCE {
            guest.kill()?;
            guest.wait()?;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let told = fs::read(path("told"))?;
    let said = || String::from_utf8_lossy(&fs::read(path("serial")).unwrap_or_default()).into_owned();
    let end = told.windows(5).position(|bytes| bytes == b"\nend\n");
    let end = end.with_context(|| format!("the guest did not come to its end: {}", said()))?;
    let told = std::str::from_utf8(&told[..=end]).context("names in UTF-8")?;
    let trees: Vec<_> = told.split("= /dev/vd").skip(1).map(tree).collect::<Result<_>>()?;
    ensure!(trees.len() == disks.len(), "{} of {} disks: {}", trees.len(), disks.len(), said());
    if let Some(number) = trees.iter().position(|tree| tree.as_ref().is_some_and(Tree::is_empty)) {
        bail!("the kernel shows nothing on {}: {}", disks[number].image.display(), said());
    }
    Ok(trees)
}

/// What was told of one disk.
fn tree(told: &str) -> Result<Option<Tree>> {
    if told.lines().nth(1) == Some("unknown") {
        return Ok(None);
    }
    let mut tree = Tree::new();
    let name = |path: &str| path.trim_start_matches("./").to_owned();
    for line in told.lines().skip(1) {
        let words = || line.splitn(5, ' ');
        match words().next() {
            Some("stat") => {
                let [_, mode, size, modified, path] = words().collect::<Vec<_>>()[..] else {
                    bail!("{line}")
                };
                let mode = u32::from_str_radix(mode, 16)?;
                let kind = match mode & 0o170_000 {
                    0o100_000 => "file",
                    0o040_000 => "directory",
                    0o120_000 => "link",
                    _ => "special",
                };
                let facts = Facts {
                    kind,
                    mode: Some(mode & 0o7777),
                    size: if kind == "file" { size.parse()? } else { 0 },
                    modified: Some(modified.parse()?),
                    target: String::new(),
                    sum: String::new(),
                };
                tree.insert(name(path), facts);
            }
            Some("sum") => {
                let (sum, path) = line["sum ".len()..].split_once("  ").context("a sum and a name")?;
                tree.get_mut(&name(path)).with_context(|| line.to_owned())?.sum = sum.into();
            }
            Some("link") => {
                let (target, path) = line["link ".len()..].rsplit_once(" -> ").context("a target")?;
                tree.get_mut(&name(path)).with_context(|| line.to_owned())?.target = target.into();
            }
            _ => bail!("the guest said: {line}"),
        }
    }
    Ok(Some(tree))
}
