//! `snapshot`, `rollback` and `snapshot-drop` on a guest that runs and writes.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use anyhow::{Result, ensure};

use super::{SESSION, writer};
use crate::Test;
use crate::need::{Need, QEMU, REAL_VIRSH};
use crate::output::Output;
use crate::terminal::Terminal;
use crate::user::User;

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "a_guest_with_a_raw_disk_goes_back_with_its_memory",
        needs: &[QEMU, REAL_VIRSH, Need::Program("qemu-img")],
        run: a_guest_with_a_raw_disk_goes_back_with_its_memory,
    },
    Test {
        name: "qcow2_disks_hold_their_snapshots",
        needs: &[QEMU, REAL_VIRSH, Need::Program("qemu-img")],
        run: qcow2_disks_hold_their_snapshots,
    },
    Test {
        name: "a_way_back_that_is_closed_is_told_before_the_guest_is_touched",
        needs: &[QEMU, REAL_VIRSH, Need::Program("qemu-img")],
        run: a_way_back_that_is_closed_is_told_before_the_guest_is_touched,
    },
    Test {
        name: "images_that_snapshots_rest_on_are_not_written_to",
        needs: &[QEMU, REAL_VIRSH, Need::Program("qemu-img")],
        run: images_that_snapshots_rest_on_are_not_written_to,
    },
    Test {
        name: "what_a_branch_rests_on_is_not_dropped",
        needs: &[QEMU, REAL_VIRSH, Need::Program("qemu-img")],
        run: what_a_branch_rests_on_is_not_dropped,
    },
    Test {
        name: "a_guest_with_a_saved_memory_or_checkpoints_is_told_what_to_do",
        needs: &[QEMU, REAL_VIRSH, Need::Program("qemu-img")],
        run: a_guest_with_a_saved_memory_or_checkpoints_is_told_what_to_do,
    },
    Test {
        name: "a_guest_on_a_file_that_a_snapshot_keeps_is_not_to_be_resumed",
        needs: &[QEMU, REAL_VIRSH, Need::Program("qemu-img")],
        run: a_guest_on_a_file_that_a_snapshot_keeps_is_not_to_be_resumed,
    },
    Test {
        name: "what_disks_of_other_guests_rest_on_is_not_written_to",
        needs: &[QEMU, REAL_VIRSH, Need::Program("qemu-img")],
        run: what_disks_of_other_guests_rest_on_is_not_written_to,
    },
];

fn virsh(user: &User, words: &[&str]) -> Result<Output> {
    user.run(&[&["virsh", "-c", SESSION], words].concat())
}

fn is_there(user: &User, name: &str) -> bool {
    user.path(name).exists()
}

fn a_guest_with_a_raw_disk_goes_back_with_its_memory() -> Result<()> {
    let user = User::new()?;
    writer::define(&user, &[("one.raw", "raw"), ("two.qcow2", "qcow2")])?;
    writer::start(&user)?;
    ensure!(writer::tell(&user, 'A')? == "A1");

    // What is only asked for changes nothing.
    let mut told = virsh(&user, &["snapshot", "writer", "first", "--explain", "--dry-run"])?.ok()?;
    for expected in ["is external", "'vda' is raw", "one.first is written to", "memory: kept in"] {
        told = told.says(expected)?;
    }
    ensure!(!is_there(&user, "one.first"));
    let told = virsh(&user, &["snapshot", "writer", "in", "--internal"])?.exits(1)?;
    told.complains("'vda' is raw, which holds no snapshots")?;

    virsh(&user, &["snapshot", "writer", "first"])?.ok()?;
    ensure!(["one.first", "two.first", "writer.first.mem"].iter().all(|file| is_there(&user, file)));
    ensure!(writer::tell(&user, 'B')? == "B2");
    virsh(&user, &["snapshot", "writer", "second"])?.ok()?;
    ensure!(writer::tell(&user, 'C')? == "C3");

    // Nobody is there to be asked.
    virsh(&user, &["rollback", "writer", "first"])?.exits(1)?.complains("hint: --yes")?;
    ensure!(writer::tell(&user, '?')? == "C3");
    virsh(&user, &["rollback", "writer", "second", "--yes"])?.ok()?;
    ensure!(writer::tell(&user, '?')? == "B2", "disk and memory are as they were");
    virsh(&user, &["rollback", "writer", "first", "--yes"])?.ok()?;
    ensure!(writer::tell(&user, '?')? == "A1");
    ensure!(writer::tell(&user, 'D')? == "D2");

    // At a terminal somebody is asked.
    for (answer, said, is) in [("n", "nothing was done", "D2"), ("y", "back at snapshot first", "A1")] {
        let mut terminal = Terminal::start(&user, &["virsh", "-c", SESSION, "rollback", "writer", "first"])?;
        terminal.shows("This loses what runs in it now")?;
        terminal.types_line(answer)?;
        terminal.shows(said)?;
        terminal.ends()?;
        ensure!(writer::tell(&user, '?')? == is, "{answer}");
    }
    writer::tell(&user, 'D')?;

    // The older one has two branches now, so that one of them goes first; then nothing is left but the images.
    virsh(&user, &["snapshot", "writer", "third"])?.ok()?;
    virsh(&user, &["snapshot-drop", "writer", "first", "--yes"])?.exits(1)?.complains("second, third")?;
    for name in ["second", "third", "first"] {
        virsh(&user, &["snapshot-drop", "writer", name, "--yes"])?.ok()?;
    }
    ensure!(writer::tell(&user, '?')? == "D2");
    user.real_virsh(&["destroy", "writer"])?.ok()?;
    let files = user.files();
    let own: Vec<_> = files.iter().filter(|file| !file.starts_with('.')).collect();
    ensure!(own == ["one.raw", "two.qcow2", "writer.xml"], "{own:?}");
    for image in ["one.raw", "two.qcow2"] {
        let mark = writer::mark(&user, image)?;
        ensure!(mark == 'D', "{image}: {mark:?}");
    }

    // Off, it has no memory; it is the same commands.
    virsh(&user, &["snapshot", "writer", "off"])?.ok()?;
    writer::start(&user)?;
    writer::tell(&user, 'E')?;
    virsh(&user, &["rollback", "writer", "--yes"])?.ok()?.says("it is off")?;
    writer::start(&user)?;
    ensure!(writer::tell(&user, '?')? == "D0");
    user.real_virsh(&["destroy", "writer"])?.ok()?;
    virsh(&user, &["snapshot-drop", "writer", "--yes"])?.ok()?;
    ensure!(writer::mark(&user, "one.raw")? == 'D');
    Ok(())
}

fn qcow2_disks_hold_their_snapshots() -> Result<()> {
    let user = User::new()?;
    writer::define(&user, &[("one.qcow2", "qcow2"), ("two.qcow2", "qcow2")])?;
    writer::start(&user)?;
    writer::tell(&user, 'A')?;
    let before = user.files();
    virsh(&user, &["snapshot", "writer", "in"])?.ok()?.says("internal")?;
    ensure!(user.files() == before);
    writer::tell(&user, 'B')?;
    virsh(&user, &["rollback", "writer", "--yes"])?.ok()?;
    ensure!(writer::tell(&user, '?')? == "A1");

    // What disks keep track of for backups is in the way of that, and costs the next backup no more than its size.
    virsh(&user, &["backup", "writer", "kept"])?.ok()?;
    let told = virsh(&user, &["snapshot", "writer", "beside", "--dry-run", "--explain"])?.ok()?;
    told.says("is external")?.says("keep track of changes")?;
    writer::tell(&user, 'B')?;
    virsh(&user, &["rollback", "writer", "in", "--yes"])?.ok()?;
    ensure!(writer::tell(&user, '?')? == "A1");
    virsh(&user, &["backup", "writer", "kept"])?.ok()?.says("full")?.says("lost the checkpoint")?;
    let checkpoint = user.real_virsh(&["checkpoint-list", "writer", "--name"])?.ok()?;
    user.real_virsh(&["checkpoint-delete", "writer", checkpoint.stdout.trim()])?.ok()?;
    virsh(&user, &["snapshot-drop", "writer", "in", "--yes"])?.ok()?;

    // Without memory it is beside the images, and ends with the guest off.
    let made = virsh(&user, &["snapshot", "writer", "disks", "--disk-only"])?.ok()?;
    made.says("external")?.complains("as if the power failed")?;
    writer::tell(&user, 'C')?;
    virsh(&user, &["rollback", "writer", "disks", "--yes"])?.ok()?.says("it is off")?;
    writer::start(&user)?;
    ensure!(writer::tell(&user, '?')? == "A0");
    Ok(())
}

fn a_way_back_that_is_closed_is_told_before_the_guest_is_touched() -> Result<()> {
    let user = User::new()?;
    // libvirt would name the files of both the same, and end the guest before it finds out.
    writer::define(&user, &[("disk.raw", "raw"), ("disk.qcow2", "qcow2")])?;
    let line = ["snapshot", "writer", "no"];
    virsh(&user, &line)?.exits(1)?.complains("'vda' and 'vdb' differ only in what follows the last dot")?;
    user.real_virsh(&["snapshot-list", "writer", "--name"])?.ok()?;

    writer::define(&user, &[("one.raw", "raw")])?;
    writer::start(&user)?;
    virsh(&user, &["rollback", "writer", "--yes"])?.exits(1)?.complains("has no current snapshot")?;
    user.file("one.taken", "mine")?;
    virsh(&user, &["snapshot", "writer", "taken"])?.exits(1)?.complains("one.taken', which is there")?;
    ensure!(std::fs::read(user.path("one.taken"))? == b"mine");
    // Of several domains it would be one snapshot with another's name.
    virsh(&user, &["snapshot", "writer", "writer"])?.exits(1)?.complains("'writer' is a domain")?;
    virsh(&user, &["snapshot", "writer", "good"])?.ok()?;
    virsh(&user, &["rollback", "writer", "goof", "--yes"])?.exits(1)?.complains("hint: it has good")?;
    let back = ["rollback", "writer", "good", "--yes"];
    let rights = |mode| std::fs::set_permissions(user.path("."), Permissions::from_mode(mode));
    rights(0o500)?;
    let told = virsh(&user, &back)?;
    rights(0o700)?;
    told.exits(1)?.complains("you may not make files in")?;
    std::fs::rename(user.path("writer.good.mem"), user.path("elsewhere"))?;
    user.file("writer.good.mem", "LibvirtQemudPart")?;
    virsh(&user, &back)?.exits(1)?.complains("is damaged or was never finished")?;
    std::fs::remove_file(user.path("writer.good.mem"))?;
    virsh(&user, &["rollback", "writer", "--yes"])?.exits(1)?.complains("not there any more")?;
    ensure!(writer::tell(&user, 'Z')? == "Z1", "the guest goes on as if nothing had been tried");
    Ok(())
}

fn images_that_snapshots_rest_on_are_not_written_to() -> Result<()> {
    let user = User::new()?;
    writer::define(&user, &[("one.qcow2", "qcow2")])?;
    virsh(&user, &["snapshot", "writer", "first"])?.ok()?.says("internal")?;
    user.run(&["qemu-img", "create", "-q", "-f", "raw", "two.raw", "1M"])?.ok()?;
    let two = user.text("two.raw");
    user.real_virsh(&["attach-disk", "writer", &two, "vdb", "--subdriver", "raw", "--config"])?.ok()?;
    virsh(&user, &["snapshot", "writer", "second"])?.ok()?.says("external")?;
    let kept = std::fs::read(user.path("one.qcow2"))?;
    let told = virsh(&user, &["rollback", "writer", "first", "--yes"])?.exits(1)?;
    told.complains("later snapshots rest on")?.complains("virsh snapshot-delete writer second --metadata")?;
    ensure!(std::fs::read(user.path("one.qcow2"))? == kept);

    // To the other one it goes, also twice within a second, for which libvirt makes the same names.
    for _ in 0..2 {
        virsh(&user, &["rollback", "writer", "second", "--yes"])?.ok()?;
    }
    ensure!(std::fs::read(user.path("one.qcow2"))? == kept);
    let told = virsh(&user, &["snapshot-drop", "writer", "second", "--yes"])?.exits(1)?;
    told.complains("hint: `virsh snapshot-drop writer first` first")?;
    user.real_virsh(&["snapshot-delete", "writer", "second", "--metadata"])?.ok()?;
    virsh(&user, &["rollback", "writer", "first", "--yes"])?.ok()?;
    let disks = user.real_virsh(&["domblklist", "writer"])?.ok()?;
    disks.says("one.qcow2")?;
    Ok(())
}

fn what_a_branch_rests_on_is_not_dropped() -> Result<()> {
    let user = User::new()?;
    writer::define(&user, &[("one.raw", "raw")])?;
    for name in ["a", "b", "c"] {
        virsh(&user, &["snapshot", "writer", name])?.ok()?;
    }
    virsh(&user, &["rollback", "writer", "b", "--yes"])?.ok()?;
    for name in ["a", "b"] {
        let told = virsh(&user, &["snapshot-drop", "writer", name, "--yes"])?.exits(1)?;
        told.complains("'c' rests on its files")?.complains("hint: `virsh snapshot-drop writer c` or")?;
    }
    for name in ["c", "b", "a"] {
        virsh(&user, &["snapshot-drop", "writer", name, "--yes"])?.ok()?;
    }

    // Nobody chose these names, so that they are found.
    for _ in 0..3 {
        virsh(&user, &["snapshot", "writer"])?.ok()?;
    }
    Ok(())
}

fn a_guest_with_a_saved_memory_or_checkpoints_is_told_what_to_do() -> Result<()> {
    let user = User::new()?;
    writer::define(&user, &[("one.qcow2", "qcow2")])?;
    virsh(&user, &["snapshot", "writer", "before"])?.ok()?;
    writer::start(&user)?;
    user.real_virsh(&["managedsave", "writer"])?.ok()?;
    for (line, hint) in [
        (&["snapshot", "writer", "no"][..], "`virsh start writer` and make it then"),
        (&["rollback", "writer", "--yes"], "`virsh managedsave-remove writer`"),
    ] {
        virsh(&user, line)?.exits(1)?.complains("has a saved memory")?.complains(hint)?;
    }
    user.real_virsh(&["managedsave-remove", "writer"])?.ok()?;

    writer::start(&user)?;
    virsh(&user, &["backup", "writer", "kept"])?.ok()?;
    user.real_virsh(&["destroy", "writer"])?.ok()?;
    let told = virsh(&user, &["snapshot", "writer", "no"])?.exits(1)?;
    told.complains("keep track of changes")?.complains("start it first")?;
    Ok(())
}

fn a_guest_on_a_file_that_a_snapshot_keeps_is_not_to_be_resumed() -> Result<()> {
    let user = User::new()?;
    writer::define(&user, &[("one.raw", "raw")])?;
    virsh(&user, &["snapshot", "writer", "first"])?.ok()?;
    // libvirt leaves it so where its disk is full on the way back.
    user.real_virsh(&["define", "writer.xml"])?.ok()?;
    user.real_virsh(&["start", "writer", "--paused"])?.ok()?;
    let told = virsh(&user, &["why", "writer"])?;
    ensure!(!told.stdout.contains("resume writer"), "{}", told.stdout);
    let told = told.says("which the snapshot 'first' keeps as it was")?;
    told.says("destroy writer")?.says("rollback writer first")?;
    user.real_virsh(&["destroy", "writer"])?.ok()?;
    virsh(&user, &["rollback", "writer", "first", "--yes"])?.ok()?;
    let disks = user.real_virsh(&["domblklist", "writer"])?.ok()?;
    ensure!(!disks.stdout.contains("one.raw"), "{}", disks.stdout);
    Ok(())
}

fn what_disks_of_other_guests_rest_on_is_not_written_to() -> Result<()> {
    let user = User::new()?;
    writer::define(&user, &[("one.raw", "raw")])?;
    let over = |base: &str, format: &str, name: &str| {
        user.run(&["qemu-img", "create", "-q", "-f", "qcow2", "-b", base, "-F", format, name])?.ok()
    };
    let other = |name: &str| {
        let xml = format!(
            "<domain type='qemu'><name>other</name><memory unit='MiB'>32</memory><os><type>hvm</type></os>\
             <devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/>\
             <source file='{}'/><target dev='sda'/></disk></devices></domain>",
            user.text(name)
        );
        user.real_virsh(&["define", &user.file("other.xml", xml)?.to_string_lossy()])?.ok()
    };
    over("one.raw", "raw", "middle.qcow2")?;
    over("middle.qcow2", "qcow2", "other.qcow2")?;
    other("other.qcow2")?;
    virsh(&user, &["snapshot", "writer", "k"])?.ok()?.says("external")?;
    writer::start(&user)?;
    let kept = std::fs::read(user.path("one.raw"))?;
    for _ in 0..2 {
        let told = virsh(&user, &["snapshot-drop", "writer", "k", "--yes"])?.exits(1)?;
        let told = told.complains("disk 'sda' of domain 'other'")?.complains("one.raw")?;
        told.complains("`qemu-img rebase -b '' ")?;
        ensure!(std::fs::read(user.path("one.raw"))? == kept && is_there(&user, "one.k"));
        user.real_virsh(&["destroy", "writer"])?;
    }

    // What it names as the way out is one.
    user.run(&["qemu-img", "rebase", "-b", "", &user.text("other.qcow2")])?.ok()?;

    // The way back removes what is laid over the file now, and rewrites what holds a snapshot.
    over("one.k", "qcow2", "other.qcow2")?;
    let told = virsh(&user, &["rollback", "writer", "k", "--yes"])?.exits(1)?;
    told.complains("disk 'sda' of domain 'other'")?.complains("one.k")?;
    ensure!(is_there(&user, "one.k"));
    virsh(&user, &["snapshot-drop", "writer", "k", "--yes"])?.exits(1)?.complains("one.k")?;
    user.run(&["qemu-img", "rebase", "-b", "", &user.text("other.qcow2")])?.ok()?;
    virsh(&user, &["rollback", "writer", "k", "--yes"])?.ok()?;
    virsh(&user, &["snapshot-drop", "writer", "k", "--yes"])?.ok()?;

    writer::define(&user, &[("two.qcow2", "qcow2")])?;
    virsh(&user, &["snapshot", "writer", "in"])?.ok()?.says("internal")?;
    over("two.qcow2", "qcow2", "other.qcow2")?;
    let told = virsh(&user, &["rollback", "writer", "in", "--yes"])?.exits(1)?;
    told.complains("disk 'sda' of domain 'other'")?.complains("two.qcow2")?;
    // It goes without any other disk's changing.
    virsh(&user, &["snapshot-drop", "writer", "in", "--yes"])?.ok()?;
    Ok(())
}
