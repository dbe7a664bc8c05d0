//! Installation media made from real kernels.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use anyhow::{Context, Result, ensure};

use crate::place;
use crate::user::User;

/// The checkout's folder of demo scripts.
const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/demo");

/// Drivers that a guest's RAM disk has beside those that the demo needs: formats of images.
const MODULES: &str = "udf vfat exfat ufs squashfs nls_utf8 nls_cp437 nls_ascii";

/// The demo's ISO: a real kernel, and an installer that partitions, formats and writes the guest's disk.
pub fn demo_iso(user: &User) -> Result<PathBuf> {
    user.file("demo.iso", demo()?)
}

/// The same, made once.
fn demo() -> Result<Vec<u8>> {
    static MADE: Mutex<Option<Vec<u8>>> = Mutex::new(None);
    let mut made = MADE.lock().map_err(|_| anyhow::anyhow!("making the demo's ISO failed before"))?;
    if made.is_none() {
        let directory = tempfile::Builder::new().prefix("xctl-media-").tempdir()?;
        let iso = directory.path().join("demo.iso");
        run(Command::new(format!("{DEMO}/make-iso.sh")).arg(&iso).env("MODULES", MODULES))?;
        *made = Some(std::fs::read(&iso)?);
    }
    made.clone().context("it is made now")
}

/// A real kernel, and an initial RAM disk for it.
pub(crate) struct Boot {
    pub(crate) kernel: Vec<u8>,
    pub(crate) initrd: Vec<u8>,
}

/// What runs this script with busybox, and has all drivers that guests need.
pub(crate) fn busybox(init: &str) -> Result<Boot> {
    let top = tempfile::Builder::new().prefix("xctl-media-").tempdir()?;
    std::fs::write(top.path().join("demo.iso"), demo()?)?;
    let tree = unpacked(&top.path().join("demo.iso"))?;
    std::fs::write(top.path().join("init"), init)?;
    place::set_mode(&top.path().join("init"), 0o755)?;
    // Of two files of one name the later one counts.
    let archive = top.path().join("archive");
    run(Command::new("sh")
        .args(["-c", "echo init | cpio -o -H newc --quiet >archive"])
        .current_dir(top.path()))?;
    let mut initrd = std::fs::read(tree.path().join("demo/initrd.gz"))?;
    initrd.resize(initrd.len().next_multiple_of(4), 0);
    initrd.extend(std::fs::read(archive)?);
    Ok(Boot { kernel: std::fs::read(tree.path().join("demo/vmlinuz"))?, initrd })
}

/// The same as the files `kernel` and `initrd` in the user's home.
pub fn busybox_guest(user: &User, init: &str) -> Result<()> {
    let boot = busybox(init)?;
    user.file("initrd", boot.initrd)?;
    user.file("kernel", boot.kernel)?;
    Ok(())
}

/// The files of an image as a directory, which goes away with the value.
pub fn unpacked(iso: &Path) -> Result<tempfile::TempDir> {
    let directory = tempfile::Builder::new().prefix("xctl-media-").tempdir()?;
    run(Command::new("xorriso")
        .args(["-osirrox", "on", "-indev"])
        .arg(iso)
        .args(["-extract", "/"])
        .arg(directory.path()))?;
    Ok(directory)
}

/// Debian's own installer in the layout of Debian's media.
pub fn debian_iso(user: &User) -> Result<PathBuf> {
    let directory = tempfile::Builder::new().prefix("xctl-media-").tempdir()?;
    let tree = directory.path().join("tree");
    let installer = place::installer().context("Debian's installer is not here")?;
    std::fs::create_dir_all(tree.join("install.amd"))?;
    std::fs::copy(installer.join("linux"), tree.join("install.amd/vmlinuz"))?;
    std::fs::copy(installer.join("initrd.gz"), tree.join("install.amd/initrd.gz"))?;
    std::fs::create_dir(tree.join(".disk"))?;
    let info = "Debian GNU/Linux 12.5.0 \"Bookworm\" - Official amd64 NETINST with firmware\n";
    std::fs::write(tree.join(".disk/info"), info)?;
    let iso = directory.path().join("debian.iso");
    run(Command::new("xorriso")
        .args(["-as", "mkisofs", "-quiet", "-R", "-J", "-V", "Debian 12.5.0 amd64 n", "-o"])
        .args([&iso, &tree]))?;
    user.file("debian.iso", std::fs::read(&iso)?)
}

/// A small image that calls itself Debian's and boots nothing.
pub fn debian_like_iso(user: &User) -> Result<PathBuf> {
    let directory = tempfile::Builder::new().prefix("xctl-media-").tempdir()?;
    let (tree, iso) = (directory.path().join("tree"), directory.path().join("x.iso"));
    std::fs::create_dir_all(tree.join("install.amd"))?;
    std::fs::write(tree.join("install.amd/vmlinuz"), "kernel")?;
    std::fs::write(tree.join("install.amd/initrd.gz"), "initrd")?;
    run(Command::new("xorriso")
        .args(["-as", "mkisofs", "-quiet", "-R", "-J", "-V", "Debian 11.6.0 amd64 n", "-o"])
        .args([&iso, &tree]))?;
    user.file("debian-like.iso", std::fs::read(&iso)?)
}

pub(crate) fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
