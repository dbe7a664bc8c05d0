//! The whole road: a guest is installed from an ISO by an unprivileged user, boots from its disk, and is shut down.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::need::{Need, QEMU, XORRISO};
use crate::terminal::Terminal;
use crate::user::User;
use crate::{Test, media};

/// Emulated guests on a busy machine need minutes where hardware needs seconds.
const PATIENCE: Duration = Duration::from_secs(170);

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "a_guest_is_installed_from_an_iso_and_boots_from_its_disk",
        needs: &[
            QEMU,
            XORRISO,
            Need::Program("busybox"),
            Need::Program("cpio"),
            Need::Program("modprobe"),
            Need::Program("grub-mkimage"),
        ],
        run: a_guest_is_installed_from_an_iso_and_boots_from_its_disk,
    },
    Test {
        name: "debians_installer_shows_its_first_screen_on_the_console",
        needs: &[QEMU, XORRISO, Need::Installer],
        run: debians_installer_shows_its_first_screen_on_the_console,
    },
];

fn a_guest_is_installed_from_an_iso_and_boots_from_its_disk() -> Result<()> {
    let user = User::new()?;
    let iso = media::demo_iso(&user)?;
    let before = user.files();
    let iso = iso.to_string_lossy();
    let connect = "--connect=qemu:///session";
    let line = [
        &["virt-install", connect, "--name", "road", "--memory", "512", "--disk", "size=1"][..],
        &["--location", &iso, "--osinfo", "linux2022", "--graphics", "none"],
        &["--extra-args", "console=ttyS0", "--noreboot"],
    ]
    .concat();
    let mut install = Terminal::start(&user, &line)?;
    install.shows("Starting install", PATIENCE)?;
    install.shows("installer:", PATIENCE)?;
    install.ends(PATIENCE)?.ok()?;

    let virsh = |arguments: &[&str]| user.run(&[&["virsh", connect], arguments].concat());
    virsh(&["list", "--all"])?.ok()?.says("shut off")?;
    virsh(&["start", "road"])?.ok()?.says("Domain 'road' started")?;
    let mut console = Terminal::start(&user, &["virsh", connect, "console", "road", "--force"])?;
    console.shows("Connected to domain 'road'", PATIENCE)?;
    console.shows("demo: this guest was installed from", PATIENCE)?;
    console.shows("demo: ready", PATIENCE)?;
    console.types("\x1d")?;
    console.ends(PATIENCE)?.ok()?;

    virsh(&["dominfo", "road"])?.ok()?.says("State:          running")?;
    virsh(&["shutdown", "road"])?.ok()?;
    let end = Instant::now() + PATIENCE;
    while !virsh(&["domstate", "road"])?.ok()?.stdout.contains("shut off") {
        ensure!(Instant::now() < end, "the guest did not shut down");
        std::thread::sleep(Duration::from_millis(200));
    }
    virsh(&["undefine", "road", "--remove-all-storage"])?.ok()?;
    let left: Vec<_> = user.files().into_iter().filter(|file| !before.contains(file)).collect();
    let ours: Vec<_> = left.iter().filter(|file| !file.contains("/libvirt/")).collect();
    ensure!(ours.is_empty(), "left behind: {ours:?}");
    ensure!(!left.iter().any(|file| file.contains("road")), "left behind: {left:?}");
    Ok(())
}

fn debians_installer_shows_its_first_screen_on_the_console() -> Result<()> {
    let user = User::new()?;
    let iso = media::debian_iso(&user)?;
    let iso = iso.to_string_lossy();
    let line = [
        &["virt-install", "--connect=qemu:///session", "--name", "debian", "--memory", "1024"][..],
        &["--disk", "size=2", "--location", &iso, "--osinfo", "debian11", "--graphics", "none"],
        &["--extra-args", "console=ttyS0"],
    ]
    .concat();
    let mut install = Terminal::start(&user, &line)?;
    install.shows("Starting install", PATIENCE)?;
    install.shows("Select a language", PATIENCE)?;
    // Leaving the console leaves the installation running.
    install.types("\x1d")?;
    install.shows("Domain is still running. Installation may be in progress.", PATIENCE)?;
    install.ends(PATIENCE)?.ok()?;
    user.real_virsh(&["domstate", "debian"])?.ok()?.says("running")?;
    user.real_virsh(&["destroy", "debian"])?.ok()?;
    Ok(())
}
