//! Seeds of cloud images: what a guest finds on its first boot, and that nothing of it remains.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use crate::need::{QEMU, REAL_GUEST, REAL_VIRSH};
use crate::terminal::Terminal;
use crate::user::User;
use crate::{Test, media, server};

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "a_guest_reads_its_seed_on_its_first_boot_and_never_again",
        needs: REAL_GUEST,
        run: a_guest_reads_its_seed_on_its_first_boot_and_never_again,
    },
    Test {
        name: "giving_up_at_the_password_leaves_nothing",
        needs: &[QEMU, REAL_VIRSH],
        run: giving_up_at_the_password_leaves_nothing,
    },
    Test {
        name: "a_seed_is_not_left_behind_by_a_guest_that_does_not_start",
        needs: &[QEMU, REAL_VIRSH],
        run: a_seed_is_not_left_behind_by_a_guest_that_does_not_start,
    },
    Test { name: "what_cannot_be_a_seed_is_refused", needs: &[], run: what_cannot_be_a_seed_is_refused },
];

/// What a guest does that only looks at its seed: by Linux's own names, and by Joliet's.
const READER: &str = r#"#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
while read -r module; do insmod "$module" 2>/dev/null; done </modules/order
for _ in 1 2 3 4 5 6 7 8 9 10; do
  # The label of an ISO 9660 volume, by which cloud-init looks for it.
  for drive in /dev/sr[0-9]; do
    [ "$(dd if=$drive bs=1 skip=32808 count=7 2>/dev/null)" = "cidata " ] && device=$drive && break 2
  done
  sleep 1
done
echo "guest: seed on ${device:-nothing}"
mount -t iso9660 -o ro "$device" /medium && ls -ln /medium && cat /medium/user-data /medium/meta-data /medium/network-config
umount /medium
mount -t iso9660 -o ro,norock "$device" /medium && echo "guest: by Joliet: $(ls /medium | tr '\n' ' ')"
echo "guest: serial $(cat /sys/class/dmi/id/product_serial)"
echo "guest: done"
poweroff -f
"#;

/// The words of a guest that boots a kernel of this host.
fn line(user: &User, cloud_init: &str) -> Vec<String> {
    let (kernel, initrd) = (user.text("kernel"), user.text("initrd"));
    let boot = format!("kernel={kernel},initrd={initrd},kernel_args=console=ttyS0 quiet");
    let words = "virt-install --connect qemu:///session --virt-type qemu --name seeded --memory 512 --disk none \
                 --vcpus 1 --osinfo linux2022 --network none --graphics none";
    let words = words.split_whitespace().map(str::to_owned);
    words.chain(["--boot".to_owned(), boot, "--cloud-init".to_owned(), cloud_init.to_owned()]).collect()
}

fn texts(line: &[String]) -> Vec<&str> {
    line.iter().map(String::as_str).collect()
}

/// The seed's file, while it is there.
fn seeds(user: &User) -> Vec<PathBuf> {
    let files = user.files().into_iter().filter(|file| file.ends_with("cloudinit.iso"));
    files.map(|file| user.path(&file)).collect()
}

fn a_guest_reads_its_seed_on_its_first_boot_and_never_again() -> Result<()> {
    let user = User::new()?;
    media::busybox_guest(&user, READER)?;
    user.file("key.pub", "ssh-ed25519 AAAAC3Nz ann: \"the\" admin\n")?;
    user.directory("net")?;
    user.file("net/config.yaml", "network: {version: 2}\n")?;
    user.file("net/meta data", "instance-id: mine\n")?;
    let (http, ftp) = (server::http(user.home())?, server::ftp(user.home())?);
    let wish = format!(
        "root-password-generate=on,ssh-key=key.pub,network-config={http}net/config.yaml,meta-data={ftp}net/meta%20data"
    );
    let mut install = Terminal::start(&user, &texts(&line(&user, &wish)))?;
    install.shows("Password for first root login is: ")?;
    install.shows("press Enter to skip")?;
    install.types("\r")?;
    install.shows("guest: seed on /dev/sr0")?;
    install.shows("#cloud-config")?;
    install.shows("expire: true")?;
    install.shows(r#""ssh-ed25519 AAAAC3Nz ann: \"the\" admin""#)?;
    install.shows("instance-id: mine")?;
    install.shows("network: {version: 2}")?;
    install.shows("guest: by Joliet: meta-data network-config user-data")?;
    install.shows("guest: serial ds=nocloud")?;
    install.shows("guest: done")?;
    let output = install.ends()?.ok()?.says("Domain creation completed.")?;
    let output = output.says("virsh --connect qemu:///session start seeded")?;
    let password = output.stdout.split("first root login is: ").nth(1).and_then(|rest| rest.lines().next());
    let password = password.context("a password")?.trim().to_owned();
    ensure!(output.stdout.contains(&format!(r#"list: "root:{password}\n""#)), "{output}");
    ensure!(output.stdout.contains("-r--------") && !output.stdout.contains("Restarting"), "{output}");

    ensure!(seeds(&user).is_empty(), "left: {:?}", seeds(&user));
    let definition = user.real_virsh(&["dumpxml", "seeded"])?.ok()?.stdout;
    for trace in ["cloudinit", "nocloud", &password] {
        ensure!(!definition.contains(trace), "{trace} is in {definition}");
    }
    let log = std::fs::read_to_string(user.path(".cache/libvirt/qemu/log/seeded.log"))?;
    ensure!(!log.contains(&password), "the password is on a command line: {log}");
    // The second boot: a drive is there, and nothing is in it.
    user.real_virsh(&["start", "seeded"])?.ok()?;
    let mut console =
        Terminal::start(&user, &["virsh", "-c", "qemu:///session", "console", "seeded", "--force"])?;
    console.shows("guest: seed on nothing")?;
    console.ends()?;
    Ok(())
}

fn giving_up_at_the_password_leaves_nothing() -> Result<()> {
    let user = User::new()?;
    user.file("kernel", "no kernel")?;
    user.file("initrd", "")?;
    let before = user.files();
    let mut install = Terminal::start(&user, &texts(&line(&user, "root-password-generate=on")))?;
    install.shows("press Enter to skip")?;
    install.types("\x03")?;
    let output = install.ends()?;
    ensure!(output.code == 1 && output.stdout.contains("Installation aborted at user request"), "{output}");
    ensure!(before == user.files(), "left: {:?}", user.files());
    ensure!(!user.real_virsh(&["list", "--all", "--name"])?.ok()?.stdout.contains("seeded"));
    Ok(())
}

fn a_seed_is_not_left_behind_by_a_guest_that_does_not_start() -> Result<()> {
    let user = User::new()?;
    user.file("kernel", "no kernel")?;
    let before = user.files();
    let output = user.run(&texts(&line(&user, "root-password-generate=on")))?;
    ensure!(output.code == 1, "{output}");
    ensure!(output.stdout.contains("Password for first root login is: "), "{output}");
    ensure!(!output.stdout.contains("press Enter"), "nobody could: {output}");
    ensure!(before == user.files(), "left: {:?}\n{output}", user.files());
    // While a guest runs, its seed is gone already: QEMU has it open.
    user.file("initrd", "")?;
    std::fs::write(user.path("kernel"), [0; 4096])?;
    let mut words = line(&user, "root-password-generate=on");
    words.extend(["--noautoconsole".to_owned(), "--wait".to_owned(), "-1".to_owned()]);
    let boot = words.iter().position(|word| word == "--boot").context("--boot")?;
    words[boot + 1] = "network".to_owned();
    let mut running = user.start("install", &texts(&words))?;
    running.wait_for("Waiting for the installation to complete.")?;
    ensure!(seeds(&user).is_empty(), "left: {:?}", seeds(&user));
    user.real_virsh(&["destroy", "seeded"])?.ok()?;
    Ok(())
}

fn what_cannot_be_a_seed_is_refused() -> Result<()> {
    let user = User::new()?;
    user.file("key", "-----BEGIN OPENSSH PRIVATE KEY-----\n")?;
    let missing = format!("user-data={}none", server::http(user.home())?);
    for (wish, why) in [
        ("root-pasword-file=x", "root-password-file"),
        ("root-password-file=nowhere", "cannot read 'nowhere'"),
        ("root-password-generate=maybe", "yes or no"),
        ("ssh-key=key", "this is a private key"),
        (missing.as_str(), "there is no such file"),
        ("meta-data=nfs://h/x", "nfs:// is not read"),
    ] {
        let words = "virt-install --connect test:///default --memory 64 --disk none --osinfo linux2022 --print-xml --cloud-init";
        let words: Vec<&str> = words.split_whitespace().chain([wish]).collect();
        let output = user.run(&words)?;
        ensure!(output.code == 1 && output.stderr.contains(why), "{wish}: {output}");
    }
    Ok(())
}
