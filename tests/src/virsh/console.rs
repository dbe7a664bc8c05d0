//! The console of a real guest.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::Test;
use crate::need::{Need, QEMU};
use crate::terminal::Terminal;
use crate::user::User;

pub(crate) const TESTS: &[Test] = &[Test {
    name: "a_guest_is_talked_to_and_left_by_the_escape_key",
    needs: &[QEMU, Need::Program("busybox"), Need::Program("cpio"), Need::Installer],
    run: a_guest_is_talked_to_and_left_by_the_escape_key,
}];

/// What the guest runs instead of an operating system: it says that it is up, and repeats what it is told.
const INIT: &str = "#!/bin/busybox sh
/bin/busybox mkdir -p /dev
/bin/busybox mount -t devtmpfs none /dev
exec 0</dev/ttyS0 1>/dev/ttyS0 2>&1
echo guest is up
while read line; do echo \"guest heard: $line\"; done
";

fn a_guest_is_talked_to_and_left_by_the_escape_key() -> Result<()> {
    let user = User::new()?;
    let guest = guest(&user)?;
    let virsh = |line: &str| user.run(&["virsh", "-c", "qemu:///session", line]);
    virsh(&format!("create --paused {guest}"))?.ok()?.says("Domain 'talker' created")?;
    let console = ["virsh", "-c", "qemu:///session", "console", "talker"];

    let mut first = Terminal::start(&user, &[&console[..], &["--resume"]].concat())?;
    first.shows("Connected to domain 'talker'")?;
    first.shows("Escape character is ^] (Ctrl + ])")?;
    first.shows("guest is up")?;
    first.types_line("good day")?;
    first.shows("guest heard: good day")?;

    let second = Terminal::start(&user, &console)?.ends()?.exits(1)?;
    ensure!(second.stdout.contains("Active console session exists for this domain"), "{second}");

    let mut taker = Terminal::start(&user, &[&console[..], &["--force"]].concat())?;
    taker.shows("Escape character")?;
    first.ends()?.exits(1)?;
    taker.types_line("again")?;
    taker.shows("guest heard: again")?;
    taker.types("\x1d")?;
    taker.ends()?.ok()?;

    virsh("domstate talker")?.ok()?.says("running")?;
    virsh("destroy talker")?.ok()?;
    Ok(())
}

/// Writes a guest with the installer's kernel and an initrd of our own; gives the path of its XML.
fn guest(user: &User) -> Result<String> {
    let root = user.directory("root")?;
    user.directory("root/bin")?;
    std::fs::copy(find("busybox")?, root.join("bin/busybox"))?;
    crate::place::set_mode(&user.file("root/init", INIT)?, 0o755)?;
    let initrd = user.path("initrd");
    let pack = format!("cd {} && find . | cpio -o -H newc --quiet >{}", root.display(), initrd.display());
    ensure!(Command::new("sh").args(["-c", &pack]).status()?.success(), "{pack}");
    user.own(&initrd)?;
    let kernel = user.path("linux");
    let installer = crate::place::installer().context("Debian's installer")?;
    std::fs::copy(installer.join("linux"), &kernel)?;
    user.own(&kernel)?;
    let xml = format!(
        "<domain type='qemu'><name>talker</name><memory unit='MiB'>160</memory><os><type arch='x86_64'>hvm</type>\
         <kernel>{}</kernel><initrd>{}</initrd><cmdline>console=ttyS0 quiet panic=-1</cmdline></os>\
         <on_reboot>destroy</on_reboot><devices><serial type='pty'/><console type='pty'/></devices></domain>",
        kernel.display(),
        initrd.display()
    );
    user.file("guest.xml", xml)?;
    Ok(user.text("guest.xml"))
}

fn find(program: &str) -> Result<std::path::PathBuf> {
    ["/usr/bin", "/bin", "/usr/sbin", "/sbin"]
        .into_iter()
        .map(|directory| std::path::Path::new(directory).join(program))
        .find(|path| path.is_file())
        .with_context(|| format!("there is no {program}"))
}
