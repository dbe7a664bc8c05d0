//! What happens to networks, pools and volumes of a session.

use std::os::unix::fs::MetadataExt;

use anyhow::{Result, ensure};
use nix::sys::signal::Signal;

use super::{SESSION, SOON};
use crate::user::User;

/// An event command, what makes something happen, and what is told of it.
const EVENTS: [(&str, &str, &str); 3] = [
    (
        "net-event --event lifecycle --timestamp",
        "net-define net.xml; net-undefine n1",
        "+0000: event 'lifecycle' for network n1: Defined\n",
    ),
    (
        "pool-event --event lifecycle",
        "pool-define-as p dir --target /p; pool-undefine p",
        "event 'lifecycle' for storage pool p: Defined\n",
    ),
    (
        "net-event --event metadata-change",
        "net-define net.xml; net-desc n1 new; net-undefine n1",
        "event 'metadata-change' for network n1: type description, uri <null>\n",
    ),
];

pub(super) fn events_are_told_as_they_come() -> Result<()> {
    let user = super::user()?;
    for (wait, change, expected) in EVENTS {
        let mut line = vec!["virsh", "-c", SESSION];
        line.extend(wait.split(' '));
        let mut events = user.start("events", &line)?;
        // Nothing says that the wait has begun, so it is told again until it has.
        let mut told = Ok(());
        for _ in 0..20 {
            user.run(&["virsh", "-c", SESSION, change])?.ok()?;
            told = events.wait_within(expected, SOON);
            match &told {
                Ok(()) => break,
                // It began in the middle of the change, and saw the end of it.
                Err(error) if error.to_string().contains("ended") => events = user.start("events", &line)?,
                Err(_) => {}
            }
        }
        told?;
        events.end()?.ok()?.says("events received: 1\n")?;
    }
    Ok(())
}

pub(super) fn volumes_are_copied_both_ways() -> Result<()> {
    const SIZE: usize = 3 << 20;
    let user = User::new()?;
    let store = user.directory("store")?;
    let virsh = |line: &str| user.run(&["virsh", "-c", SESSION, line]);
    virsh(&format!("pool-create-as store dir --target {}", store.display()))?.ok()?;
    virsh("vol-create-as store v 3M --allocation 0")?.ok()?;
    // Data at both ends, and a hole between.
    let mut data = vec![0; SIZE];
    data[..1 << 20].fill(b'a');
    data[(2 << 20) + 7..].fill(b'z');
    let sparse = user.text("sparse");
    let file = std::fs::File::create(&sparse)?;
    file.set_len(SIZE as u64)?;
    std::os::unix::fs::FileExt::write_all_at(&file, &data[..1 << 20], 0)?;
    std::os::unix::fs::FileExt::write_all_at(&file, &data[(2 << 20) + 7..], (2 << 20) + 7)?;

    for options in [" --sparse", ""] {
        virsh(&format!("vol-upload v {sparse} store{options}; vol-download v back store{options}"))?.ok()?;
        let back = user.text("back");
        ensure!(std::fs::read(&back)? == data, "{options:?} changed the data");
        let took = std::fs::metadata(&back)?.blocks() * 512;
        let fills = took >= SIZE as u64;
        ensure!(fills == options.is_empty(), "with {options:?} it takes {took} bytes");
    }
    virsh("vol-download v part store --offset 1048570 --length 10")?.ok()?;
    ensure!(std::fs::read(user.text("part"))? == b"aaaaaa\0\0\0\0");
    let through_a_pipe =
        format!("printf hello | virsh -c {SESSION} vol-upload v /dev/stdin store --offset 2");
    user.run(&["sh", "-c", &through_a_pipe])?.ok()?;
    virsh("vol-download v part store --length 8")?.ok()?;
    ensure!(std::fs::read(user.text("part"))? == b"aahelloa");

    virsh("vol-upload v nowhere store")?.refuses("error: cannot read nowhere")?;
    virsh("vol-download v gone store --offset 99999999999999999999")?.refuses("malformed or out of range")?;
    ensure!(!std::path::Path::new(&user.text("gone")).exists(), "a failure leaves a file");
    virsh("vol-wipe v store; vol-download v part store --length 8")?.ok()?;
    ensure!(std::fs::read(user.text("part"))? == [0; 8], "it was not wiped");
    Ok(())
}

pub(super) fn copying_a_volume_that_is_given_up_leaves_nothing_unsaid() -> Result<()> {
    let user = User::new()?;
    let store = user.directory("store")?;
    let virsh = |line: &str| user.run(&["virsh", "-c", SESSION, line]);
    virsh(&format!("pool-create-as store dir --target {}", store.display()))?.ok()?;
    virsh("vol-create-as store v 100G --allocation 0")?.ok()?;
    for (before, told) in
        [(None, None), (Some("mine"), Some("hint: copy holds no more than a part of the volume"))]
    {
        if let Some(text) = before {
            user.file("copy", text)?;
        }
        let mut copying = user.start("copying", &["virsh", "-c", SESSION, "vol-download v copy store"])?;
        let begun = || user.path("copy").metadata().is_ok_and(|metadata| metadata.len() > 4 << 20);
        while copying.is_running()? && !begun() {
            std::thread::sleep(SOON / 100);
        }
        copying.signal(Signal::SIGINT)?;
        let mut output = copying.end()?.exits(1)?.complains("error: cannot receive data from volume v\n")?;
        output = output.complains("it was cancelled")?;
        if let Some(told) = told {
            output.complains(told)?;
        }
        ensure!(user.path("copy").exists() == before.is_some(), "what was begun is left");
    }
    let mut copying = user.start("copying", &["virsh", "-c", SESSION, "vol-upload v /dev/zero store"])?;
    let begun = || store.join("v").metadata().is_ok_and(|metadata| metadata.blocks() > 0);
    while copying.is_running()? && !begun() {
        std::thread::sleep(SOON / 100);
    }
    copying.signal(Signal::SIGINT)?;
    copying.end()?.exits(1)?.complains("hint: the volume v holds a part of /dev/zero now")?;
    Ok(())
}

pub(super) fn secrets_are_listed_and_their_values_come_back() -> Result<()> {
    let user = User::new()?;
    let both = |line: &str| -> Result<String> {
        let line = [&["virsh", "-c", SESSION][..], &line.split(' ').collect::<Vec<_>>()].concat();
        let ours = user.run(&line)?.ok()?.stdout;
        let theirs = user.real_virsh(&line[3..])?.ok()?.stdout;
        ensure!(ours == theirs, "{line:?}\n{ours}\nand the peer\n{theirs}");
        Ok(ours)
    };
    const UUID: &str = "0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f";
    let uses = [
        ("volume", "volume", "/store/luks.qcow2"),
        ("ceph", "name", "client.admin secret"),
        ("tls", "name", "chardev"),
    ];
    for (number, (kind, element, usage)) in uses.iter().enumerate() {
        let uuid = UUID.replacen('0', &number.to_string(), 1);
        let xml = format!(
            "<secret ephemeral='no' private='no'><uuid>{uuid}</uuid><usage type='{kind}'>\
             <{element}>{usage}</{element}></usage></secret>"
        );
        user.file("secret.xml", xml)?;
        user.run(&["virsh", "-c", SESSION, "secret-define", "secret.xml"])?.ok()?;
        let listed = both("secret-list")?;
        ensure!(listed.contains(&format!("{uuid}   {kind}")) && listed.contains(usage), "{listed}");
    }
    let told = user.run(&["virsh", "-c", SESSION, "secret-list", "--output", "json"])?.ok()?;
    for (_, _, usage) in uses {
        told.clone().says(&format!("\"{usage}\""))?;
    }
    // A guest that needs one: first it has no value, then all is well, then there is no such secret.
    let key = "secret,id=key,data=of ann";
    let options = "encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=10";
    let make =
        ["qemu-img", "create", "-q", "-f", "qcow2", "--object", key, "-o", options, "luks.qcow2", "1M"];
    user.run(&make)?.ok()?;
    let disk = format!(
        "<domain type='qemu'><name>locked</name><memory unit='MiB'>32</memory><os><type>hvm</type></os><devices>\
         <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{}'>\
         <encryption format='luks'><secret type='passphrase' uuid='{UUID}'/></encryption></source>\
         <target dev='vda' bus='virtio'/></disk></devices></domain>",
        user.text("luks.qcow2")
    );
    user.file("locked.xml", disk)?;
    user.real_virsh(&["define", "locked.xml"])?.ok()?;
    let why = || user.run(&["virsh", "-c", SESSION, "why", "locked"])?.ok();
    why()?.says(&format!("the disk 'vda' needs the secret {UUID}, which has no value"))?;
    user.file("value", "of ann")?;
    user.run(&["virsh", "-c", SESSION, "secret-set-value", UUID, "--file", "value", "--plain"])?.ok()?;
    ensure!(both(&format!("secret-get-value {UUID}"))?.trim() == "b2YgYW5u");
    both(&format!("secret-dumpxml {UUID}"))?;
    why()?.says("Nothing was found that stands in its way.")?;
    // QEMU would end with the guest in the middle of an internal snapshot, and what an external one begins is in the clear.
    let snapshot = |more: &[&str]| {
        let line = [&["virsh", "-c", SESSION, "snapshot", "locked", "one"], more].concat();
        user.run(&line)?.exits(1)?.complains("disk 'vda' is encrypted")
    };
    snapshot(&[])?;
    // What is encrypted stays so in a backup only if that is said.
    let backup = || user.run(&["virsh", "-c", SESSION, "backup", "locked", "backups"]);
    backup()?.refuses("disk 'vda' is encrypted, and can be copied only while the domain runs")?;
    ensure!(!user.path("backups").exists(), "something is left");
    user.run(&["virsh", "-c", SESSION, "start", "locked"])?.ok()?;
    for more in [&[][..], &["--internal"], &["--external"], &["--disk-only"]] {
        snapshot(more)?;
    }
    backup()?.ok()?.complains("Disk 'vda' is encrypted, and its image in the backup is not")?;
    user.run(&["virsh", "-c", SESSION, "destroy", "locked"])?.ok()?;
    user.real_virsh(&["secret-undefine", UUID])?.ok()?;
    why()?.says(&format!("the disk 'vda' needs the secret {UUID}, which is not there"))?;
    Ok(())
}
