//! What the virsh of old has no command for, on a real guest.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::need::{Need, QEMU, REAL_VIRSH};
use crate::output::Output;
use crate::user::User;
use crate::{PATIENCE, Test};

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "why_a_guest_does_not_start_is_told_with_what_mends_it",
        needs: &[QEMU, REAL_VIRSH],
        run: why_a_guest_does_not_start_is_told_with_what_mends_it,
    },
    Test {
        name: "rights_and_images_that_a_disk_lacks_are_told_with_what_mends_it",
        needs: &[QEMU, REAL_VIRSH, Need::Program("qemu-img")],
        run: rights_and_images_that_a_disk_lacks_are_told_with_what_mends_it,
    },
    Test {
        name: "a_running_guest_is_compared_with_its_definition",
        needs: &[QEMU, REAL_VIRSH],
        run: a_running_guest_is_compared_with_its_definition,
    },
    Test { name: "a_guest_is_waited_for", needs: &[QEMU, REAL_VIRSH], run: a_guest_is_waited_for },
    Test { name: "addresses_are_printed", needs: &[], run: addresses_are_printed },
    Test {
        name: "ssh_takes_the_forwarded_port",
        needs: &[QEMU, REAL_VIRSH, Need::Program("ssh")],
        run: ssh_takes_the_forwarded_port,
    },
];

/// A guest that needs no disk; its firmware finds nothing to boot.
fn guest(devices: &str) -> String {
    format!(
        "<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>web</name>\
         <memory unit='MiB'>32</memory><os><type arch='x86_64'>hvm</type></os>\
         <devices><serial type='pty'/>{devices}</devices></domain>"
    )
}

fn defined(user: &User, xml: &str) -> Result<()> {
    let file = user.file("web.xml", xml)?;
    user.real_virsh(&["define", &file.to_string_lossy()])?.ok()?;
    Ok(())
}

fn virsh(user: &User, words: &[&str]) -> Result<Output> {
    user.run(&[&["virsh", "-c", "qemu:///session"], words].concat())
}

fn why_a_guest_does_not_start_is_told_with_what_mends_it() -> Result<()> {
    let user = User::new()?;
    user.file("there.img", [0; 512])?;
    let (gone, there) = (user.text("gone.img"), user.text("there.img"));
    let disk = |path: &str, target: &str| {
        format!(
            "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{path}'/>\
             <target dev='{target}' bus='virtio'/></disk>"
        )
    };
    defined(&user, &guest(&(disk(&gone, "vda") + &disk(&there, "vdb"))))?;
    virsh(&user, &["start", "web"])?.exits(1)?;
    let told = virsh(&user, &["why", "web"])?.ok()?;
    ensure!(told.stdout.contains("Domain 'web' is shut off"), "{told}");
    ensure!(told.stdout.contains(&format!("the disk 'vda' needs '{gone}', which is not there")), "{told}");
    ensure!(!told.stdout.contains("vdb"), "{told}");
    // What it names as the way out is one.
    virsh(&user, &["undefine", "web"])?.ok()?;
    defined(&user, &guest(&disk(&there, "vdb")))?;
    virsh(&user, &["why", "web"])?.ok()?.says("Nothing was found that stands in its way.")?;
    virsh(&user, &["start", "web"])?.ok()?;
    virsh(&user, &["why", "web"])?.ok()?.says("is running")?;
    virsh(&user, &["suspend", "web"])?.ok()?;
    virsh(&user, &["why", "web"])?.ok()?.says("virsh -c qemu:///session resume web")?;
    virsh(&user, &["destroy", "web"])?.ok()?;
    Ok(())
}

fn rights_and_images_that_a_disk_lacks_are_told_with_what_mends_it() -> Result<()> {
    let user = User::new()?;
    let directory = user.directory("kept")?;
    let (top, base) = (user.text("kept/top.qcow2"), user.text("kept/base.raw"));
    user.run(&["qemu-img", "create", "-q", "-f", "raw", &base, "1M"])?.ok()?;
    user.run(&["qemu-img", "create", "-q", "-f", "qcow2", "-b", &base, "-F", "raw", &top])?.ok()?;
    let disk = "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/>";
    let disk = format!("{disk}<source file='{top}'/><target dev='vda' bus='virtio'/></disk>");
    defined(&user, &guest(&disk))?;
    let why = || virsh(&user, &["why", "web"])?.ok();
    let clear = || why()?.says("Nothing was found that stands in its way.");
    clear()?;
    // Each is what keeps it from starting, and what is told mends it.
    let shown = directory.to_string_lossy();
    for (path, mode, command) in [(&*top, "0", "u+rw"), (&base, "0", "u+r"), (&shown, "0", "u+rwx")] {
        user.run(&["chmod", mode, path])?.ok()?;
        virsh(&user, &["start", "web"])?.exits(1)?;
        why()?.says(&format!("'{path}'"))?.says(&format!("\n      chmod {command} {path}\n"))?;
        user.run(&["chmod", command, path])?.ok()?;
        clear()?;
    }

    user.run(&["mv", &base, "moved.raw"])?.ok()?;
    virsh(&user, &["start", "web"])?.exits(1)?;
    let told = why()?.says(&format!("'{top}' is laid over '{base}', which is not there"))?;
    told.says("qemu-img rebase -u -b FILE -F FORMAT ")?;
    user.run(&["qemu-img", "rebase", "-u", "-b", &user.text("moved.raw"), "-F", "raw", &top])?.ok()?;
    clear()?;

    let kernel = user.file("kernel", [0; 512])?;
    let kernel = kernel.to_string_lossy();
    virsh(&user, &["undefine", "web"])?.ok()?;
    defined(&user, &guest("").replace("</type>", &format!("</type><kernel>{kernel}</kernel>")))?;
    clear()?;
    user.run(&["chmod", "0", &kernel])?.ok()?;
    why()?.says(&format!("the kernel: you may not read '{kernel}'\n      chmod u+r {kernel}\n"))?;

    // Somebody else's directory, on most systems.
    if user.run(&["test", "-x", "/root"])?.exits(1).is_ok() {
        virsh(&user, &["undefine", "web"])?.ok()?;
        defined(&user, &guest(&disk.replace(&top, "/root/x.raw")))?;
        let told =
            why()?.says("you may not enter the directory '/root', so that '/root/x.raw' cannot be used")?;
        told.says(":x /root\n")?;
    }
    Ok(())
}

fn a_running_guest_is_compared_with_its_definition() -> Result<()> {
    let user = User::new()?;
    defined(&user, &guest("<graphics type='vnc' port='-1'/>"))?;
    virsh(&user, &["diff", "web"])?.exits(1)?.complains("is not running")?;
    // Between libvirt's choice of a free port and its use, another daemon's guest may take it.
    let end = Instant::now() + PATIENCE;
    loop {
        let start = virsh(&user, &["start", "web"])?;
        if !start.stderr.contains("Address already in use") || Instant::now() > end {
            start.ok()?;
            break;
        }
    }
    virsh(&user, &["diff", "web"])?.ok()?.says("runs as it is defined")?;
    user.real_virsh(&["desc", "web", "--title", "--live", "only now"])?.ok()?;
    let told = virsh(&user, &["diff", "web"])?.exits(1)?;
    ensure!(told.stdout.contains("+  <title>only now</title>"), "{told}");
    let changes = told.stdout.lines().filter(|line| line.starts_with(['+', '-'])).count();
    ensure!(changes == 3, "two lines of heading, and the one that differs\n{told}");
    virsh(&user, &["destroy", "web"])?.ok()?;
    Ok(())
}

fn a_guest_is_waited_for() -> Result<()> {
    let user = User::new()?;
    defined(&user, &guest(""))?;
    virsh(&user, &["wait", "web", "--for", "shutoff"])?.ok()?;
    virsh(&user, &["wait", "web", "--for", "running", "--timeout", "1"])?.exits(1)?.complains("in time")?;
    let mut waiting =
        user.start("wait", &["virsh", "-c", "qemu:///session", "wait web --for running; echo it runs"])?;
    virsh(&user, &["start", "web"])?.ok()?;
    waiting.wait_for("it runs")?;
    waiting.end()?.ok()?;
    virsh(&user, &["wait", "web", "agent", "1"])?.exits(1)?;
    virsh(&user, &["wait", "web", "--for", "nonsense"])?
        .exits(1)?
        .complains("running, shutoff, ip, agent")?;
    virsh(&user, &["destroy", "web"])?.ok()?;
    Ok(())
}

fn addresses_are_printed() -> Result<()> {
    let user = User::new()?;
    let ip =
        |words: &[&str]| user.run(&[&["virsh", "-q", "-c", "test:///default", "ip", "test"], words].concat());
    let told = ip(&[])?.ok()?;
    ensure!(told.stdout == "192.168.122.3\n", "{told}");
    let told = ip(&["--full"])?.ok()?;
    ensure!(told.stdout.contains("192.168.122.3/24") && told.stdout.contains("lease"), "{told}");
    Ok(())
}

/// The other end is a server that greets and leaves: who comes there has found the way.
fn ssh_takes_the_forwarded_port() -> Result<()> {
    let user = User::new()?;
    // The port is QEMU's; what it leads to is nobody's concern here, as QEMU itself takes the connection.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let forwarded = format!(
        "</devices><qemu:commandline><qemu:arg value='-netdev'/>\
         <qemu:arg value='user,id=n,restrict=on,hostfwd=tcp:127.0.0.1:{port}-:22'/></qemu:commandline></domain>"
    );
    defined(&user, &guest("").replace("</devices></domain>", &forwarded))?;
    // Nothing listens there while the guest is off, so that the line itself can be tried against a greeting.
    virsh(&user, &["ssh", "web", "true"])?.exits(255)?;
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    let greeted = thread::spawn(move || -> Result<String> {
        let (mut stream, _) = listener.accept()?;
        stream.write_all(b"SSH-2.0-test\r\n")?;
        let mut greeting = [0; 8];
        stream.read_exact(&mut greeting)?;
        Ok(String::from_utf8_lossy(&greeting).into_owned())
    });
    virsh(&user, &["ssh", "web", "--user", "me", "true"])?.exits(255)?;
    let greeting = greeted.join().ok().context("the server ended")??;
    ensure!(greeting == "SSH-2.0-", "{greeting}");
    Ok(())
}
