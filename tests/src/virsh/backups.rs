//! `backup`, `backup-list` and `backup-restore` on a guest that runs and writes; and the commands below them, beside the
//! peer.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use nix::sys::signal::Signal;

use super::{PEER, SESSION, given, seen, writer};
use crate::PATIENCE;
use crate::Test;
use crate::need::{Need, QEMU, REAL_VIRSH, SAME_VIRSH};
use crate::output::Output;
use crate::small_disk::SmallDisk;
use crate::user::User;

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "a_backup_and_what_changed_since_bring_a_guest_back",
        needs: &[QEMU, REAL_VIRSH, Need::Program("qemu-img")],
        run: a_backup_and_what_changed_since_bring_a_guest_back,
    },
    Test {
        name: "a_backup_that_is_stopped_leaves_nothing",
        needs: &[QEMU, REAL_VIRSH, Need::Program("qemu-img")],
        run: a_backup_that_is_stopped_leaves_nothing,
    },
    Test {
        name: "what_a_killed_backup_leaves_is_removed_by_the_next",
        needs: &[QEMU, REAL_VIRSH, Need::Program("qemu-img")],
        run: what_a_killed_backup_leaves_is_removed_by_the_next,
    },
    Test {
        name: "a_checkpoint_of_a_guest_that_is_off_is_told_once",
        needs: &[QEMU, REAL_VIRSH, Need::Program("qemu-img")],
        run: a_checkpoint_of_a_guest_that_is_off_is_told_once,
    },
    Test {
        name: "what_a_killed_restore_replaced_comes_back_unless_the_new_was_used",
        needs: &[QEMU, REAL_VIRSH, Need::Program("qemu-img")],
        run: what_a_killed_restore_replaced_comes_back_unless_the_new_was_used,
    },
    Test {
        name: "a_full_disk_ends_a_backup_with_a_reason",
        needs: &[QEMU, REAL_VIRSH, Need::Root, Need::Program("qemu-img")],
        run: a_full_disk_ends_a_backup_with_a_reason,
    },
    Test {
        name: "a_directory_that_is_not_what_it_says_is_refused",
        needs: &[QEMU, REAL_VIRSH, Need::Program("qemu-img")],
        run: a_directory_that_is_not_what_it_says_is_refused,
    },
    Test {
        name: "backups_and_checkpoints_of_a_real_guest_are_as_the_peers",
        needs: &[QEMU, SAME_VIRSH, Need::Program("qemu-img")],
        run: backups_and_checkpoints_of_a_real_guest_are_as_the_peers,
    },
];

fn virsh(user: &User, words: &[&str]) -> Result<Output> {
    user.run(&[&["virsh", "-c", SESSION], words].concat())
}

/// What is in a directory of the home.
fn entries(user: &User, directory: &str) -> Vec<String> {
    let entries = std::fs::read_dir(user.path(directory)).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn checkpoints(user: &User) -> Result<Vec<String>> {
    let told = user.real_virsh(&["checkpoint-list", "writer", "--name"])?.ok()?;
    Ok(told.stdout.split_whitespace().map(str::to_owned).collect())
}

fn a_backup_and_what_changed_since_bring_a_guest_back() -> Result<()> {
    let user = User::new()?;
    writer::define(&user, &[("one.qcow2", "qcow2"), ("two.raw", "raw")])?;
    writer::start(&user)?;
    let backup = ["backup", "writer", "a b"];

    writer::tell(&user, 'A')?;
    virsh(&user, &[&backup[..], &["--incremental"]].concat())?
        .exits(1)?
        .complains("there is no backup yet")?;
    ensure!(entries(&user, "a b").is_empty() && !user.path("a b").exists());
    virsh(&user, &backup)?.ok()?.says("point 1: full")?;
    writer::tell(&user, 'B')?;
    // What a program left that was killed is in nobody's way.
    user.directory("a b/.point-2.part")?;
    user.file("a b/.point-2.part/vda.qcow2", "half")?;
    virsh(&user, &backup)?.ok()?.says("point 2: incremental")?;
    writer::tell(&user, 'C')?;

    ensure!(entries(&user, "a b") == ["backup.json", "point-1", "point-2"], "{:?}", entries(&user, "a b"));
    ensure!(entries(&user, "a b/point-2") == ["domain.xml", "vda.qcow2", "vdb.qcow2"]);
    for (name, mode) in [("a b", 0o700), ("a b/point-2", 0o700), ("a b/point-2/vda.qcow2", 0o600)] {
        let own = user.path(name).metadata()?.permissions().mode() & 0o777;
        ensure!(own == mode, "{name}: {own:o}");
    }
    let sizes = ["a b/point-1/vda.qcow2", "a b/point-2/vda.qcow2"].map(|image| user.text(image));
    let info = user.run(&["qemu-img", "info", &sizes[1]])?.ok()?;
    info.says("backing file: ../point-1/vda.qcow2")?;
    ensure!(checkpoints(&user)?.len() == 1, "only the last one is needed");
    let listed = virsh(&user, &["backup-list", "a b"])?.ok()?;
    listed.says("incremental   running")?;
    let listed =
        virsh(&user, &["backup-list", "a b", "--output", "json", "--columns", "point,incremental,disks"])?;
    let json: String = listed.ok()?.stdout.split_whitespace().collect();
    ensure!(json.contains(r#"{"point":2,"incremental":true,"disks":["vda","vdb"]}"#), "{json}");

    // Images are ordinary ones, wherever the directory is.
    std::fs::rename(user.path("a b"), user.path("moved"))?;
    for (point, expected) in [(1, 'A'), (2, 'B')] {
        for disk in ["vda", "vdb"] {
            let mark = writer::mark(&user, &format!("moved/point-{point}/{disk}.qcow2"))?;
            ensure!(mark == expected, "{disk} at {point}: {mark:?}");
        }
    }

    // A guest that is there makes way only when it is off, and only if that is meant.
    let restore = ["backup-restore", "moved"];
    virsh(&user, &[&restore[..], &["--replace", "--yes"]].concat())?.exits(1)?.complains("is running")?;
    user.real_virsh(&["destroy", "writer"])?.ok()?;
    virsh(&user, &restore)?.exits(1)?.complains("overwrite domain 'writer'")?.complains("--replace")?;
    virsh(&user, &[&restore[..], &["--replace"]].concat())?.exits(1)?.complains("--yes")?;
    ensure!(writer::mark(&user, "one.qcow2")? == 'C' && writer::mark(&user, "two.raw")? == 'C');
    virsh(&user, &[&restore[..], &["--point", "1", "--replace", "--yes"]].concat())?.ok()?;
    ensure!(writer::mark(&user, "two.raw")? == 'A');
    virsh(&user, &[&restore[..], &["--replace", "--yes"]].concat())?.ok()?.says("point 2")?;
    writer::start(&user)?;
    ensure!(writer::tell(&user, '?')? == "B0");
    virsh(&user, &[&restore[..], &["--point", "7", "--name", "x"]].concat())?
        .exits(1)?
        .complains("no point 7")?;

    // The new disks keep track of nothing, which costs a full backup and no more.
    virsh(&user, &["backup", "writer", "moved"])?.ok()?.says("point 3: full")?.says("lost the checkpoint")?;
    user.real_virsh(&["destroy", "writer"])?.ok()?;
    let off = virsh(&user, &["backup", "writer", "moved"])?.ok()?;
    off.says("point 4: full")?.says("the domain is off")?;
    ensure!(writer::mark(&user, "moved/point-4/vdb.qcow2")? == 'B');

    // Beside the first, it is another one.
    virsh(&user, &[&restore[..], &["--point", "1", "--name", "other", "--to", "new"]].concat())?.ok()?;
    ensure!(entries(&user, "new") == ["other-vda.qcow2", "other-vdb.raw"], "{:?}", entries(&user, "new"));
    ensure!(writer::mark(&user, "new/other-vdb.raw")? == 'A' && writer::mark(&user, "two.raw")? == 'B');
    let uuids = ["writer", "other"].map(|name| user.real_virsh(&["domuuid", name]));
    let [one, other] = uuids;
    ensure!(one?.stdout != other?.stdout);
    let left: Vec<_> = user.files().into_iter().filter(|file| file.contains(".part")).collect();
    ensure!(left.is_empty(), "{left:?}");
    Ok(())
}

/// A second disk whose size makes a backup take its time, and its room.
fn with_a_large_disk(user: &User, size: &str) -> Result<()> {
    writer::define(user, &[("one.qcow2", "qcow2"), ("two.raw", "raw")])?;
    user.run(&["truncate", "-s", size, "two.raw"])?.ok()?;
    writer::start(user)
}

fn a_backup_that_is_stopped_leaves_nothing() -> Result<()> {
    let user = User::new()?;
    with_a_large_disk(&user, "1T")?;
    let mut backup = user.start("backup", &["virsh", "-c", SESSION, "backup", "writer", "kept"])?;
    backup.wait_for("Backing up writer")?;
    backup.signal(Signal::SIGINT)?;
    backup.end()?.exits(1)?.complains("stopped; what was written is removed")?;
    ensure!(!user.path("kept").exists(), "{:?}", entries(&user, "kept"));
    ensure!(checkpoints(&user)?.is_empty());
    ensure!(writer::tell(&user, 'A')? == "A1", "the guest goes on");
    Ok(())
}

fn what_a_killed_backup_leaves_is_removed_by_the_next() -> Result<()> {
    let user = User::new()?;
    with_a_large_disk(&user, "1T")?;
    let mut backup = user.start("backup", &["virsh", "-c", SESSION, "backup", "writer", "kept"])?;
    backup.wait_for("Backing up writer")?;
    backup.signal(Signal::SIGKILL)?;
    backup.end()?.exits(137)?;
    ensure!(entries(&user, "kept") == [".point-1.part"] && checkpoints(&user)?.len() == 1);
    // QEMU goes on with it until it is told.
    user.real_virsh(&["domjobabort", "writer"])?.ok()?;
    wait_for_the_end(&user)?;
    user.real_virsh(&["destroy", "writer"])?.ok()?;
    user.run(&["truncate", "-s", "8M", "two.raw"])?.ok()?;
    writer::start(&user)?;
    let made = virsh(&user, &["backup", "writer", "kept"])?.ok()?;
    made.says("A backup was killed before it was complete")?.says("point 1: full")?;
    ensure!(entries(&user, "kept") == ["backup.json", "point-1"], "{:?}", entries(&user, "kept"));
    ensure!(checkpoints(&user)?.len() == 1, "that of the new one");
    // What looks like a point and is none may be somebody's; and what is laid over a point needs that.
    user.directory("kept/point-2")?;
    let made = virsh(&user, &["backup", "writer", "kept"])?.ok()?;
    made.says("point 3: incremental")?.complains("kept/point-2' is not in the manifest")?;
    std::fs::remove_dir_all(user.path("kept/point-1"))?;
    virsh(&user, &["backup", "writer", "kept"])?
        .ok()?
        .says("full")?
        .says("point 3 is not there as it was")?;
    Ok(())
}

fn a_checkpoint_of_a_guest_that_is_off_is_told_once() -> Result<()> {
    let user = User::new()?;
    with_a_large_disk(&user, "1T")?;
    let mut backup = user.start("backup", &["virsh", "-c", SESSION, "backup", "writer", "kept"])?;
    backup.wait_for("Backing up writer")?;
    backup.signal(Signal::SIGKILL)?;
    backup.end()?.exits(137)?;
    user.real_virsh(&["destroy", "writer"])?.ok()?;
    user.run(&["truncate", "-s", "8M", "two.raw"])?.ok()?;
    let left = checkpoints(&user)?;
    ensure!(left.len() == 1, "{left:?}");
    let told =
        virsh(&user, &["backup", "writer", "other"])?.ok()?.complains(&format!("'{}' is left", left[0]))?;
    ensure!(!told.stdout.contains("\\x0a") && !told.stderr.contains("\\x0a"), "{told}");
    let again = virsh(&user, &["backup", "writer", "other"])?.ok()?;
    ensure!(again.stderr.is_empty() && !again.stdout.contains(&left[0]), "{again}");
    Ok(())
}

/// Kills a restore as soon as it has exchanged the first disk; whether that was before the guest had it.
fn killed_restore(user: &User) -> Result<bool> {
    let inode = || user.path("one.qcow2").metadata().map_or(0, |metadata| metadata.ino());
    let line = ["virsh", "-c", SESSION, "backup-restore", "kept", "--replace", "--yes"];
    let (before, end) = (inode(), Instant::now() + PATIENCE);
    let restore = user.start("restore", &line)?;
    while inode() == before {
        ensure!(Instant::now() < end, "nothing was exchanged:\n{}", restore.printed());
    }
    restore.signal(Signal::SIGKILL)?;
    restore.end()?;
    let journals = std::fs::read_dir(user.path(".local/state/xctl/unfinished"))?.flatten();
    let texts: Vec<String> =
        journals.map(|entry| std::fs::read_to_string(entry.path())).collect::<Result<_, _>>()?;
    Ok(texts.iter().any(|text| text.contains("old-file") && !text.contains("\n=")))
}

/// The guest has `B` on its disk, and a killed restore brings `A`. Returns where `B` is meanwhile.
fn exchanged(user: &User) -> Result<String> {
    for _ in 0..20 {
        writer::start(user)?;
        writer::tell(user, 'B')?;
        user.real_virsh(&["destroy", "writer"])?.ok()?;
        if killed_restore(user)? {
            ensure!(writer::mark(user, "one.qcow2")? == 'A');
            for name in entries(user, ".") {
                if name.ends_with(".part") && writer::mark(user, &name).is_ok_and(|mark| mark == 'B') {
                    return Ok(name);
                }
            }
        }
        // It was at its end: all is as if it had not been killed.
        virsh(user, &["backup", "writer", "other"])?.ok()?;
    }
    bail!("no restore could be killed between its exchange and its end")
}

fn what_a_killed_restore_replaced_comes_back_unless_the_new_was_used() -> Result<()> {
    let user = User::new()?;
    writer::define(&user, &[("one.qcow2", "qcow2"), ("two.qcow2", "qcow2")])?;
    writer::start(&user)?;
    writer::tell(&user, 'A')?;
    user.real_virsh(&["destroy", "writer"])?.ok()?;
    virsh(&user, &["backup", "writer", "kept"])?.ok()?;

    exchanged(&user)?;
    virsh(&user, &["backup", "writer", "other"])?.ok()?.says("Put back what was at")?;
    ensure!(writer::mark(&user, "one.qcow2")? == 'B');

    let old = exchanged(&user)?;
    writer::start(&user)?;
    writer::tell(&user, 'C')?;
    user.real_virsh(&["destroy", "writer"])?.ok()?;
    let told = virsh(&user, &["backup", "writer", "other"])?.ok()?;
    let told = told.complains("one.qcow2' may have been used since")?.complains(&format!("{old}'"))?;
    ensure!(!told.stdout.contains("one.qcow2 before"), "{told}");
    ensure!(writer::mark(&user, "one.qcow2")? == 'C', "what the guest wrote is lost");
    ensure!(writer::mark(&user, &old)? == 'B', "what was there before is lost");
    // It is told once, and left to the user.
    let again = virsh(&user, &["backup", "writer", "other"])?.ok()?;
    ensure!(again.stderr.is_empty() && writer::mark(&user, &old)? == 'B', "{again}");
    Ok(())
}

fn a_full_disk_ends_a_backup_with_a_reason() -> Result<()> {
    let user = User::new()?;
    with_a_large_disk(&user, "64G")?;
    let _disk = SmallDisk::at(&user, "small", "4M")?;
    let failed = virsh(&user, &["backup", "writer", "small/kept"])?.exits(1)?;
    failed.complains("No space left on device")?.complains("hint: make room there")?;
    ensure!(entries(&user, "small").is_empty(), "{:?}", entries(&user, "small"));
    ensure!(checkpoints(&user)?.is_empty());
    ensure!(writer::tell(&user, 'A')? == "A1");
    user.real_virsh(&["destroy", "writer"])?.ok()?;
    // Off, it is another program that writes.
    let random =
        "dd if=/dev/urandom of=two.raw bs=1M count=6 conv=notrunc status=none && truncate -s 8M two.raw";
    user.run(&["sh", "-c", random])?.ok()?;
    let failed = virsh(&user, &["backup", "writer", "small/kept"])?.exits(1)?;
    failed.complains("No space left on device")?;
    ensure!(entries(&user, "small").is_empty(), "{:?}", entries(&user, "small"));
    Ok(())
}

fn a_directory_that_is_not_what_it_says_is_refused() -> Result<()> {
    let user = User::new()?;
    writer::define(&user, &[("one.qcow2", "qcow2")])?;
    user.directory("mine")?;
    user.file("mine/letter", "dear")?;
    virsh(&user, &["backup", "writer", "mine"])?
        .exits(1)?
        .complains("no directory of backups, and not empty")?;
    ensure!(entries(&user, "mine") == ["letter"]);
    virsh(&user, &["backup-list", "mine"])?.exits(1)?.complains("'mine' holds no backups")?;
    for none in ["nope", "mine/letter"] {
        let said = format!("there is no directory '{none}'");
        let told = virsh(&user, &["backup-list", none])?.exits(1)?.complains(&said)?;
        ensure!(!told.stderr.contains("not empty"), "{told}");
    }
    virsh(&user, &["backup", "writer", "good"])?.ok()?;
    virsh(&user, &["undefine", "writer"])?.ok()?;

    for bad in ["a/b", "", "a\tb", "a\nb"] {
        let restore = ["backup-restore", "good", "--name", bad, "--to", "new"];
        let told = virsh(&user, &restore)?.exits(1)?;
        ensure!(!told.stdout.contains("Restoring") && !user.path("new").exists(), "{bad:?}: {told}");
    }
    let slash = ["backup-restore", "good", "--name", "a/b", "--to", "new"];
    virsh(&user, &slash)?.exits(1)?.complains("no domain can be called 'a/b'")?;

    // An image that names another file of this host would bring that into the guest.
    user.file("secret", vec![7; 1 << 20])?;
    let secret = user.text("secret");
    let restore = ["backup-restore", "good", "--name", "other", "--to", "new"];
    let image = user.text("good/point-1/vda.qcow2");
    let good = std::fs::read(&image)?;
    let rebase = ["qemu-img", "rebase", "-u", "-f", "qcow2", "-F", "raw", "-b", &secret, &image];
    user.run(&rebase)?.ok()?;
    virsh(&user, &restore)?.exits(1)?.complains("laid over another image")?;
    std::fs::write(&image, &good[..good.len() - 1])?;
    virsh(&user, &restore)?.exits(1)?.complains("bytes, and had")?;
    std::fs::write(&image, &good)?;
    let manifest = std::fs::read_to_string(user.path("good/backup.json"))?;
    std::fs::write(user.path("good/backup.json"), manifest.replace("\"vda\"", "\"../../secret\""))?;
    virsh(&user, &restore)?.exits(1)?.complains("is no disk")?;
    ensure!(!user.path("new").exists());
    std::fs::write(user.path("good/backup.json"), manifest)?;

    // As it was, it is good; another guest of that directory is not.
    virsh(&user, &["backup-restore", "good", "--replace", "--yes"])?.ok()?;
    virsh(&user, &["undefine", "writer"])?.ok()?;
    let xml = std::fs::read_to_string(user.path("writer.xml"))?.replace("a6d001", "a6d002");
    let file = user.file("second.xml", xml)?;
    user.real_virsh(&["define", &file.to_string_lossy()])?.ok()?;
    virsh(&user, &["backup", "writer", "good"])?.exits(1)?.complains("holds backups of domain 'writer'")?;
    virsh(&user, &["backup-restore", "good"])?.exits(1)?.complains("another domain is called 'writer'")?;
    Ok(())
}

/// `HOME` is the user's home; `+` waits for the end of the job.
const LINES: &[&str] = &[
    "backup-dumpxml writer",
    "backup-begin writer none.xml",
    "backup-begin writer push.xml --checkpointxml first.xml",
    "+",
    "domjobinfo writer --completed --keep-completed",
    "checkpoint-list writer",
    "checkpoint-info writer first",
    "checkpoint-dumpxml writer first --no-domain --size",
    "backup-begin writer push.xml",
    "backup-begin writer wrong.xml",
    "backup-begin writer pull.xml second.xml",
    "backup-dumpxml writer",
    "backup-dumpxml writer --xpath //server",
    "domjobinfo writer",
    "domjobabort writer",
    "+",
    "backup-dumpxml writer",
    "domjobinfo writer --completed --anystats",
    "checkpoint-list writer --tree",
    "checkpoint-list writer --parent",
    "checkpoint-parent writer second",
    "checkpoint-dumpxml writer second --no-domain",
    "checkpoint-delete writer first",
    "checkpoint-parent writer second",
    "backup-begin writer reuse.xml --reuse-external",
    "+",
    "domjobinfo writer --completed --rawstats",
    "checkpoint-create-as writer third --diskspec vda,checkpoint=bitmap,bitmap=own",
    "checkpoint-dumpxml writer third --no-domain",
    "checkpoint-delete writer second --children",
    "checkpoint-list writer --name",
];

fn backups_and_checkpoints_of_a_real_guest_are_as_the_peers() -> Result<()> {
    let told = |program: &str| -> Result<Vec<(String, i32, String)>> {
        let user = User::new()?;
        writer::define(&user, &[("one.qcow2", "qcow2")])?;
        let home = user.home().display().to_string();
        let disk = |rest: &str| format!("<disks><disk name='vda' type='file'>{rest}</disk></disks>");
        let target = |name: &str| disk(&format!("<target file='{home}/{name}'/><driver type='qcow2'/>"));
        let scratch = disk(&format!("<scratch file='{home}/scratch'/>"));
        for (name, xml) in [
            ("push.xml", format!("<domainbackup>{}</domainbackup>", target("pushed"))),
            ("wrong.xml", "<domainbackup><incremental>nope</incremental></domainbackup>".to_owned()),
            (
                "reuse.xml",
                format!("<domainbackup><incremental>second</incremental>{}</domainbackup>", target("there")),
            ),
            (
                "pull.xml",
                format!(
                    "<domainbackup mode='pull'><incremental>first</incremental>\
                     <server transport='unix' socket='{home}/run/nbd'/>{scratch}</domainbackup>"
                ),
            ),
            ("first.xml", "<domaincheckpoint><name>first</name></domaincheckpoint>".to_owned()),
            ("second.xml", "<domaincheckpoint><name>second</name></domaincheckpoint>".to_owned()),
        ] {
            user.file(name, xml)?;
        }
        user.run(&["qemu-img", "create", "-q", "-f", "qcow2", "there", &writer::SIZE.to_string()])?.ok()?;
        writer::start(&user)?;
        writer::tell(&user, 'A')?;
        let mut told = Vec::new();
        for line in LINES {
            if *line == "+" {
                wait_for_the_end(&user)?;
                continue;
            }
            if line.contains("pull.xml second") {
                writer::tell(&user, 'B')?;
            }
            let (stdout, code, error) = seen(&user, program, &given(&["-c", SESSION, line], ""))?;
            let timeless = |line: &&str| !line.contains("ime") || line.contains("imed");
            let stdout = stdout.lines().filter(timeless).collect::<Vec<_>>().join("\n");
            // Dates have moments in them, too.
            let stdout = stdout.lines().map(|line| line.split("   20").next().unwrap_or(line));
            let stdout = stdout.collect::<Vec<_>>().join("\n");
            told.push((stdout.replace(&home, "HOME"), code, error.replace(&home, "HOME")));
        }
        ensure!(writer::mark(&user, "pushed")? == 'A', "what was pushed is what the disk held");
        Ok(told)
    };
    let (theirs, ours) = (told(PEER)?, told("virsh")?);
    let lines = LINES.iter().filter(|line| **line != "+");
    let mut wrong = Vec::new();
    for ((line, theirs), ours) in lines.zip(&theirs).zip(&ours) {
        if theirs != ours {
            wrong.push(format!("{line:?}\n  theirs: {theirs:?}\n    ours: {ours:?}"));
        }
    }
    ensure!(wrong.is_empty(), "{} of {} lines differ:\n{}", wrong.len(), theirs.len(), wrong.join("\n"));
    let begun = theirs.iter().filter(|(told, _, _)| told.contains("Backup started")).count();
    ensure!(begun == 3, "a push, a pull and an incremental push: {theirs:#?}");
    Ok(())
}

fn wait_for_the_end(user: &User) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    while !user.real_virsh(&["domjobinfo", "writer"])?.ok()?.stdout.contains("None") {
        ensure!(Instant::now() < end, "the job does not end");
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
