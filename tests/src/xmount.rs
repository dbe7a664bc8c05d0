//! xmount and xumount, as somebody without rights uses them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use nix::sys::signal::{Signal, kill};

use crate::formats::{on_disk, only, run, same};
use crate::need::{Need, XORRISO};
use crate::place::set_mode;
use crate::small_disk::SmallDisk;
use crate::user::User;
use crate::{PATIENCE, Test};

const MOUNTS: &[Need] = &[XORRISO, Need::Program("fusermount3"), Need::Fuse];

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "an_image_is_mounted_by_its_name_alone",
        needs: MOUNTS,
        run: an_image_is_mounted_by_its_name_alone,
    },
    Test { name: "one_image_is_mounted_twice", needs: MOUNTS, run: one_image_is_mounted_twice },
    Test {
        name: "an_image_that_shrinks_or_goes_is_an_io_error",
        needs: MOUNTS,
        run: an_image_that_shrinks_or_goes_is_an_io_error,
    },
    Test {
        name: "what_a_killed_server_leaves_is_unmounted",
        needs: MOUNTS,
        run: what_a_killed_server_leaves_is_unmounted,
    },
    Test {
        name: "mounting_again_at_once_finds_all_as_before",
        needs: MOUNTS,
        run: mounting_again_at_once_finds_all_as_before,
    },
    Test {
        name: "case_counts_in_a_mount_where_it_does",
        needs: MOUNTS,
        run: case_counts_in_a_mount_where_it_does,
    },
    Test { name: "an_image_is_unmounted_by_any_name", needs: MOUNTS, run: an_image_is_unmounted_by_any_name },
    Test {
        name: "a_signal_is_for_the_command_in_an_image",
        needs: MOUNTS,
        run: a_signal_is_for_the_command_in_an_image,
    },
    Test { name: "an_idle_mount_ends_by_itself", needs: MOUNTS, run: an_idle_mount_ends_by_itself },
    Test {
        name: "a_command_runs_in_an_image_without_fusermount",
        needs: &[XORRISO, Need::Fuse, Need::Namespaces],
        run: a_command_runs_in_an_image_without_fusermount,
    },
    Test {
        name: "an_image_is_looked_into_without_mounting",
        needs: &[XORRISO],
        run: an_image_is_looked_into,
    },
    Test {
        name: "nothing_in_an_image_steers_the_terminal",
        needs: &[XORRISO],
        run: nothing_in_an_image_steers_the_terminal,
    },
    Test {
        name: "a_list_of_mounts_has_a_line_for_each",
        needs: MOUNTS,
        run: a_list_of_mounts_has_a_line_for_each,
    },
    Test {
        name: "the_directory_of_a_partition_is_told_as_the_partition",
        needs: &[XORRISO, Need::Program("sfdisk")],
        run: the_directory_of_a_partition_is_told_as_the_partition,
    },
    Test {
        name: "special_files_are_told_by_kind",
        needs: &[Need::Program("mksquashfs")],
        run: special_files_are_told_by_kind,
    },
    Test { name: "a_tree_is_extracted_as_it_is", needs: &[XORRISO], run: a_tree_is_extracted_as_it_is },
    Test {
        name: "what_cannot_be_extracted_does_not_keep_the_rest",
        needs: &[XORRISO],
        run: what_cannot_be_extracted_does_not_keep_the_rest,
    },
    Test {
        name: "partitions_without_a_file_system_are_no_failure",
        needs: &[Need::Program("sfdisk"), Need::Program("mke2fs")],
        run: partitions_without_a_file_system_are_no_failure,
    },
    Test {
        name: "partitions_without_a_file_system_are_empty_where_they_are_mounted",
        needs: &[Need::Program("sfdisk"), Need::Program("mke2fs"), Need::Program("fusermount3"), Need::Fuse],
        run: partitions_without_a_file_system_are_empty_where_they_are_mounted,
    },
    Test {
        name: "extracted_directories_heed_the_umask",
        needs: &[XORRISO],
        run: extracted_directories_heed_the_umask,
    },
    Test {
        name: "extraction_to_a_full_disk_keeps_what_was_there",
        needs: &[XORRISO, Need::Root],
        run: extraction_to_a_full_disk_keeps_what_was_there,
    },
    Test {
        name: "extraction_never_leaves_its_directory",
        needs: &[XORRISO],
        run: extraction_never_leaves_its_directory,
    },
    Test { name: "what_cannot_be_mounted_says_why", needs: &[XORRISO], run: what_cannot_be_mounted_says_why },
];

/// Bytes of the large file, which no cache of the kernel brings in whole.
const LARGE: usize = 24 << 20;

/// A user with a directory `tree`, and the image `disc, one.iso` made from it.
fn user_with_image() -> Result<User> {
    let user = User::new()?;
    let tree = user.path("tree");
    fs::create_dir_all(tree.join("sub/deep"))?;
    fs::write(tree.join("sub/deep/file"), "found\n")?;
    fs::write(tree.join("QQxEVIL"), "evil\n")?;
    fs::write(tree.join("large"), (0..LARGE / 4).flat_map(|n| (n as u32).to_le_bytes()).collect::<Vec<_>>())?;
    std::os::unix::fs::symlink("sub/deep", tree.join("link"))?;
    let image = user.path("disc, one.iso");
    let line = ["-as", "mkisofs", "-quiet", "-r", "-V", "DISC", "-o"];
    run(Command::new("xorriso").args(line).arg(&image).arg(&tree))?;
    user.own(&image)?;
    Ok(user)
}

/// Mounts, and says where.
fn mounted(user: &User, line: &[&str]) -> Result<PathBuf> {
    Ok(PathBuf::from(user.run(&[&["xmount"], line].concat())?.ok()?.stdout.trim_end()))
}

/// What the program lists of this user's images: tests that run beside this one share the account.
fn listed(user: &User) -> Result<Vec<String>> {
    let all = user.run(&["xmount"])?.ok()?.stdout;
    let home = user.home().to_string_lossy();
    Ok(all.lines().filter(|line| line.starts_with(&*home)).map(str::to_owned).collect())
}

/// Reads a mounted file as the user, who alone may.
fn reads(user: &User, file: &Path) -> Result<crate::output::Output> {
    user.run(&["cat", &file.to_string_lossy()])
}

fn an_image_is_mounted_by_its_name_alone() -> Result<()> {
    let user = user_with_image()?;
    let directory = mounted(&user, &["disc, one.iso"])?;
    ensure!(directory.starts_with(user.path("run")), "{} is in no private place", directory.display());
    reads(&user, &directory.join("link/file"))?.ok()?.says("found\n")?;
    user.run(&["cmp", &directory.join("large").to_string_lossy(), "tree/large"])?.ok()?;
    let line = format!("{} on {}", user.text("disc, one.iso"), directory.display());
    let all = listed(&user)?;
    ensure!(all == [line], "{all:?}");
    let table = fs::read_to_string("/proc/self/mountinfo")?;
    let ours = table
        .lines()
        .find(|line| line.contains("fuse.xmount") && line.contains(&*user.home().to_string_lossy()));
    let ours = ours.context("it is not in the table of mounts")?;
    ensure!(["ro", "nosuid", "nodev"].iter().all(|option| ours.contains(option)), "{ours}");
    // Nobody else gets in, not even root.
    if nix::unistd::geteuid().is_root() {
        ensure!(fs::read_dir(&directory).is_err(), "root sees into a user's mount");
    }
    user.run(&["xumount", "disc, one.iso"])?.ok()?;
    ensure!(!directory.exists(), "{} is left", directory.display());
    let untold = user.run(&["sh", "-c", "xmount 'disc, one.iso' > /dev/full"])?.refuses("is mounted on '")?;
    untold.complains("cannot write standard output")?;
    user.run(&["xumount", "disc, one.iso"])?.ok()?;
    user.run(&["xumount", "disc, one.iso"])?.refuses("'disc, one.iso' is not mounted")?;
    Ok(())
}

/// The server of before leaves the directory alone that the next one mounts on.
fn mounting_again_at_once_finds_all_as_before() -> Result<()> {
    let user = user_with_image()?;
    let script = "for round in $(seq 40); do
        xmount 'disc, one.iso' mine && cat mine/sub/deep/file >/dev/null && xumount mine || exit 2
        xmount 'disc, one.iso' >/dev/null && xumount 'disc, one.iso' || exit 3
        xmount 'disc, one.iso' -- cat sub/deep/file >/dev/null || exit 4
    done";
    user.run(&["sh", "-c", script])?.ok()?;
    ensure!(listed(&user)?.is_empty(), "something is still mounted");
    Ok(())
}

fn case_counts_in_a_mount_where_it_does() -> Result<()> {
    let user = user_with_image()?;
    let found = |options: &[&str]| -> Result<i32> {
        let line = [&["xorriso", "-as", "mkisofs", "-quiet"][..], options, &["-o", "case.iso", "tree"]];
        user.run(&line.concat())?.ok()?;
        user.run(&["xmount", "case.iso", "mine"])?.ok()?;
        let code = reads(&user, &user.path("mine/SUB/deep/FiLe"))?.code;
        reads(&user, &user.path("mine/sub/deep/file"))?.ok()?.says("found")?;
        user.run(&["xumount", "case.iso"])?.ok()?;
        Ok(code)
    };
    // Names of Joliet are looked for as Windows does, those of Rock Ridge as Unix does.
    ensure!(found(&["-J", "--norock"])? == 0 && found(&["-R"])? != 0);
    Ok(())
}

fn an_image_is_unmounted_by_any_name() -> Result<()> {
    let user = user_with_image()?;
    let script = "set -e; mkdir sub; ln -s 'disc, one.iso' link.iso; ln -s . here
        (cd sub; xmount '../disc, one.iso' ../mine); xumount 'disc, one.iso'
        xmount link.iso mine; xumount 'disc, one.iso'
        xmount 'disc, one.iso' mine; (cd sub; xumount ../link.iso)
        xmount 'here/disc, one.iso' mine; xumount 'disc, one.iso'
        xmount 'here/disc, one.iso' mine; mv 'disc, one.iso' away; xumount 'disc, one.iso'";
    user.run(&["sh", "-c", script])?.ok()?;
    ensure!(listed(&user)?.is_empty(), "something is still mounted");
    user.run(&["sh", "-c", "xmount away mine && xmount away mine"])?.refuses("/away' is mounted there")?;
    user.run(&["xumount", "away"])?.ok()?;
    let foreign = "set -e; name=$(printf 'caf\\351.iso'); cp away \"$name\"; xmount --ls \"$name\" sub/deep
        xmount \"$name\" mine; xmount --json >/dev/null; cat mine/sub/deep/file; xumount \"$name\"";
    user.run(&["sh", "-c", foreign])?.ok()?.says("file\nfound\n")?;
    Ok(())
}

fn a_signal_is_for_the_command_in_an_image() -> Result<()> {
    let user = user_with_image()?;
    let waits = "trap 'cat sub/deep/file; exit 7' TERM; echo waits; while :; do sleep 0.1; done";
    let mut mount = user.start("signalled", &["xmount", "disc, one.iso", "--", "sh", "-c", waits])?;
    mount.wait_for("waits")?;
    mount.signal(Signal::SIGTERM)?;
    mount.end()?.exits(7)?.says("found")?;
    let unmounts = format!("cd /; xumount '{}'; exit 3", user.text("disc, one.iso"));
    user.run(&["xmount", "disc, one.iso", "--", "sh", "-c", &unmounts])?.exits(3)?;
    ensure!(listed(&user)?.is_empty(), "something is still mounted");
    Ok(())
}

fn one_image_is_mounted_twice() -> Result<()> {
    let user = user_with_image()?;
    let first = mounted(&user, &["disc, one.iso"])?;
    user.run(&["xmount", "disc, one.iso", "mine"])?.ok()?;
    for directory in [&first, &user.path("mine")] {
        reads(&user, &directory.join("sub/deep/file"))?.ok()?.says("found")?;
    }
    let refused = user.run(&["xumount", "disc, one.iso"])?.refuses("is mounted 2 times")?;
    refused.complains(&user.text("mine"))?;
    // In use: a program has its working directory there.
    let mut sitting = user.start("sitting", &["sh", "-c", "cd mine && echo sits && exec sleep 1000"])?;
    sitting.wait_for("sits")?;
    user.run(&["xumount", "mine"])?.refuses("is in use")?.complains("--lazy")?;
    sitting.signal(Signal::SIGKILL)?;
    sitting.end()?;
    user.run(&["xumount", "mine"])?.ok()?;
    ensure!(user.path("mine").exists(), "the user's own directory is gone");
    user.run(&["xmount", "disc, one.iso", "mine"])?.ok()?;
    user.run(&["xumount", "--all", "disc, one.iso"])?.ok()?;
    let left = listed(&user)?;
    ensure!(left.is_empty(), "still mounted: {left:?}");
    Ok(())
}

fn an_image_that_shrinks_or_goes_is_an_io_error() -> Result<()> {
    let user = user_with_image()?;
    let directory = mounted(&user, &["disc, one.iso"])?;
    let image = user.path("disc, one.iso");
    let large = directory.join("large").to_string_lossy().into_owned();
    fs::OpenOptions::new().write(true).open(&image)?.set_len(4 << 20)?;
    reads(&user, &directory.join("large"))?.exits(1)?.complains("Input/output error")?;
    user.run(&["head", "-c", "1000", &large])?.ok()?;
    fs::remove_file(&image)?;
    ensure!(listed(&user)?.len() == 1, "it is not listed");
    user.run(&["head", "-c", "1000000", &large])?.ok()?;
    user.run(&["ls", &directory.join("sub/deep").to_string_lossy()])?.ok()?.says("file")?;
    user.run(&["xumount", "disc, one.iso"])?.ok()?;
    Ok(())
}

fn what_a_killed_server_leaves_is_unmounted() -> Result<()> {
    let user = user_with_image()?;
    let directory = mounted(&user, &["disc, one.iso"])?;
    for server in user.processes_named("xmount") {
        kill(server, Signal::SIGKILL)?;
    }
    let end = Instant::now() + PATIENCE;
    while reads(&user, &directory.join("sub/deep/file"))?.code == 0 {
        ensure!(Instant::now() < end, "the server is still there");
    }
    ensure!(listed(&user)?.len() == 1, "it is not listed");
    user.run(&["xumount", "disc, one.iso"])?.ok()?;
    ensure!(listed(&user)?.is_empty(), "it is still mounted");
    Ok(())
}

fn an_idle_mount_ends_by_itself() -> Result<()> {
    let user = user_with_image()?;
    let directory = mounted(&user, &["--idle-exit", "1", "disc, one.iso"])?;
    let end = Instant::now() + PATIENCE;
    while directory.exists() || !listed(&user)?.is_empty() {
        ensure!(Instant::now() < end, "it stays mounted, though nobody uses it");
        std::thread::sleep(Duration::from_millis(100));
    }
    ensure!(user.processes_named("xmount").is_empty(), "the server stays");
    Ok(())
}

fn a_command_runs_in_an_image_without_fusermount() -> Result<()> {
    let user = user_with_image()?;
    let programs = user.directory("bin")?;
    for program in ["cat", "sh"] {
        std::os::unix::fs::symlink(Path::new("/bin").join(program), programs.join(program))?;
    }
    let bare = |line: &[&str]| {
        let path = format!("PATH={}", programs.display());
        let xmount = crate::place::bin().join("xmount").to_string_lossy().into_owned();
        user.run(&[&["/usr/bin/env", &path, &xmount], line].concat())
    };
    bare(&["disc, one.iso", "--", "cat", "link/file"])?.ok()?.says("found\n")?;
    bare(&["disc, one.iso", "--", "sh", "-c", "exit 7"])?.exits(7)?;
    bare(&["disc, one.iso", "--", "sh", "-c", "kill -TERM $$"])?.exits(128 + 15)?;
    bare(&["disc, one.iso", "--", "nosuch"])?.exits(127)?.complains("cannot run 'nosuch'")?;
    bare(&["disc, one.iso", "--", "sub/deep/file"])?.exits(126)?.complains("Permission denied")?;
    bare(&["disc, one.iso"])?.refuses("there is no fusermount3")?.complains("-- COMMAND")?;
    let left = fs::read_dir(user.path("run/xmount"))?.count();
    ensure!(left == 0, "{left} directories are left");
    Ok(())
}

fn an_image_is_looked_into() -> Result<()> {
    let user = user_with_image()?;
    let xmount = |line: &[&str]| user.run(&[&["xmount"], line].concat());
    let listed = xmount(&["--ls", "disc, one.iso"])?.ok()?;
    ensure!(listed.stdout == "large\nlink\nQQxEVIL\nsub\n", "{listed}");
    let below = xmount(&["--ls", "-R", "disc, one.iso", "/sub"])?.ok()?;
    ensure!(below.stdout == "deep\ndeep/file\n", "{below}");
    xmount(&["--ls", "-l", "disc, one.iso", "sub/deep"])?.ok()?.says("-r--r--r--")?.says("file")?;
    xmount(&["--cat", "disc, one.iso", "link/file"])?.ok()?.says("found\n")?;
    xmount(&["--cat", "disc, one.iso", "sub"])?.refuses("is a directory, not a file")?;
    xmount(&["--info", "disc, one.iso"])?.ok()?.says("ISO 9660 with Rock Ridge")?.says("DISC")?;
    xmount(&["--info", "disc, one.iso", "sub/deep/file"])?
        .ok()?
        .says("Kind:        file\nSize:        6 B")?;
    xmount(&["--info", "disc, one.iso", "link"])?.ok()?.says("Target:      sub/deep")?;
    xmount(&["--info", "disc, one.iso", "p1"])?.refuses("no 'p1' in image")?;
    xmount(&["--info", "disc, one.iso", "sub", "large"])?.exits(2)?;
    xmount(&["--boot-info", "disc, one.iso", "sub"])?.refuses("--boot-info looks at a whole image")?;
    let info = xmount(&["--info", "--json", "disc, one.iso"])?.ok()?;
    let info: serde_json::Value = serde_json::from_str(&info.stdout)?;
    ensure!(info["label"] == "DISC" && info["size"].as_u64() > Some(LARGE as u64), "{info}");
    let entries = xmount(&["--ls", "--json", "-R", "disc, one.iso"])?.ok()?;
    let entries: serde_json::Value = serde_json::from_str(&entries.stdout)?;
    let link = entries.as_array().and_then(|all| all.iter().find(|one| one["path"] == "link"));
    ensure!(link.is_some_and(|link| link["kind"] == "link" && link["target"] == "sub/deep"), "{entries}");
    xmount(&["--boot-info", "disc, one.iso"])?.exits(1)?.complains("nothing to boot was found")?;
    for action in ["--ls", "--ls -l", "--cat", "--info", "--info --json"] {
        let path = if action == "--cat" { "large" } else { "" };
        let line = format!("xmount {action} 'disc, one.iso' {path} > /dev/full");
        user.run(&["sh", "-c", &line])?.refuses("cannot write standard output: No space left")?;
    }
    Ok(())
}

fn nothing_in_an_image_steers_the_terminal() -> Result<()> {
    const EVIL: &str = "x\x1b]0;pwned\x07";
    const SHOWN: &str = "x\\x1b]0;pwned\\x07";
    let user = User::new()?;
    let tree = user.path("tree");
    fs::create_dir_all(tree.join(".disk"))?;
    fs::create_dir_all(tree.join("boot/grub"))?;
    fs::write(tree.join(".disk/info"), EVIL)?;
    fs::write(tree.join("vm"), "kernel")?;
    fs::write(tree.join("boot/grub/grub.cfg"), format!("menuentry '{EVIL}' {{ linux /vm '{EVIL}' }}"))?;
    std::os::unix::fs::symlink(EVIL, tree.join("link"))?;
    let image = user.path("evil.iso");
    run(Command::new("xorriso").args(["-as", "mkisofs", "-quiet", "-r", "-o"]).arg(&image).arg(&tree))?;
    user.own(&image)?;
    let steers = |text: &str| text.chars().any(|c| c.is_control() && c != '\n');
    let listed = user.run(&["xmount", "--ls", "-l", "evil.iso"])?.ok()?;
    ensure!(listed.stdout.contains(&format!("link -> {SHOWN}\n")) && !steers(&listed.stdout), "{listed}");
    let told = user.run(&["xmount", "--boot-info", "evil.iso"])?.ok()?;
    for line in
        [format!("Description: {SHOWN}\n"), format!("Arguments:   {SHOWN}\n"), format!("'{SHOWN}' in ")]
    {
        ensure!(told.stdout.contains(&line) && !steers(&told.stdout), "{told}");
    }
    // Programs are told what it really is.
    let entries = user.run(&["xmount", "--ls", "--json", "evil.iso"])?.ok()?;
    let entries: serde_json::Value = serde_json::from_str(&entries.stdout)?;
    ensure!(entries.as_array().is_some_and(|all| all.iter().any(|one| one["target"] == EVIL)), "{entries}");
    user.run(&["xmount", "--extract", "evil.iso", "-C", "out"])?.ok()?;
    ensure!(fs::read_link(user.path("out/link"))? == Path::new(EVIL));
    Ok(())
}

fn a_list_of_mounts_has_a_line_for_each() -> Result<()> {
    let user = user_with_image()?;
    fs::rename(user.path("disc, one.iso"), user.path("disc\none.iso"))?;
    let directory = mounted(&user, &["disc\none.iso"])?;
    reads(&user, &directory.join("link/file"))?.ok()?.says("found\n")?;
    let all = listed(&user)?;
    let line = format!("{}\\x0aone.iso on {}", user.text("disc"), directory.display());
    ensure!(all == [line], "{all:?}");
    user.run(&["xumount", "disc\none.iso"])?.ok()?;
    ensure!(!directory.exists(), "{} is left", directory.display());
    Ok(())
}

fn the_directory_of_a_partition_is_told_as_the_partition() -> Result<()> {
    let user = user_with_image()?;
    let disk = user.path("disk.img");
    let table = "truncate -s 30M disk.img && echo start=2048 | sfdisk -q disk.img && \
                 dd if='disc, one.iso' of=disk.img seek=2048 conv=notrunc status=none";
    run(Command::new("sh").args(["-c", table]).current_dir(user.home()))?;
    user.own(&disk)?;
    for action in ["--info", "--boot-info"] {
        let asked = |place: &[&str]| user.run(&[&["xmount", action, "disk.img"], place].concat());
        let (named, numbered) = (asked(&["p1"])?.says("DISC")?, asked(&["--partition", "1"])?);
        ensure!(named.stdout == numbered.stdout, "{named}");
        asked(&["p2"])?.refuses("has no partition 2: it has partitions 1")?;
    }
    Ok(())
}

fn special_files_are_told_by_kind() -> Result<()> {
    let user = User::new()?;
    user.directory("empty")?;
    let nodes = ["disk b 660 7 8 259 7", "pipe i 600 1 2 f", "tty c 600 0 0 4 1"];
    let nodes = nodes.iter().flat_map(|node| ["-p", node]);
    let line = ["mksquashfs", "empty", "nodes", "-quiet", "-no-progress"].into_iter().chain(nodes);
    user.run(&line.collect::<Vec<_>>())?.ok()?;
    let long = user.run(&["xmount", "--ls", "-l", "nodes"])?.ok()?;
    long.says("brw-rw----       7 8       259, 7")?.says("prw-------")?.says("crw-------")?;
    let all: serde_json::Value =
        serde_json::from_str(&user.run(&["xmount", "--ls", "--json", "nodes"])?.ok()?.stdout)?;
    let kinds: Vec<_> = all.as_array().into_iter().flatten().map(|entry| &entry["special"]).collect();
    ensure!(kinds == ["block device", "pipe", "character device"], "{all}");
    Ok(())
}

fn a_tree_is_extracted_as_it_is() -> Result<()> {
    let user = user_with_image()?;
    user.run(&["xmount", "--extract", "disc, one.iso", "-C", "all"])?
        .ok()?
        .complains("3 files, 2 directories")?;
    // -r gives every file the permissions that a medium wants.
    let written = only(&on_disk(&user.path("tree"))?, |facts| facts.mode = None);
    let read = only(&on_disk(&user.path("all"))?, |facts| facts.mode = None);
    same("who wrote it", &written, &read)?;
    user.run(&["xmount", "--extract", "disc, one.iso", "sub/deep", "-C", "part"])?.ok()?;
    ensure!(fs::read_to_string(user.path("part/deep/file"))? == "found\n");
    let again = ["xmount", "--extract", "disc, one.iso", "sub/deep", "-C", "part"];
    user.run(&again)?.refuses("part/deep/file': it is there already")?.complains("--replace")?;
    user.run(&[&again[..], &["--replace"]].concat())?.ok()?;
    Ok(())
}

fn what_cannot_be_extracted_does_not_keep_the_rest() -> Result<()> {
    let user = user_with_image()?;
    let image = user.path("disc, one.iso");
    let bytes = fs::read(&image)?;
    let last = bytes.windows(6).position(|window| window == b"found\n").context("a file's content")?;
    fs::write(&image, &bytes[..last])?;
    user.run(&["xmount", "--extract", "disc, one.iso", "-C", "all"])?
        .refuses("cannot read 'sub/deep/file'")?
        .complains("2 files, 2 directories, 1 link")?;
    ensure!(fs::metadata(user.path("all/large"))?.len() == LARGE as u64);
    ensure!(!user.path("all/sub/deep/file").exists(), "a part of a file was left");
    Ok(())
}

/// A user with `vm.img`, a disk with a BIOS boot partition, one with the file `file`, and swap space.
fn user_with_disk() -> Result<User> {
    let user = User::new()?;
    let (disk, tree) = (user.path("vm.img"), user.directory("tree")?);
    fs::write(tree.join("file"), "found\n")?;
    fs::File::create(&disk)?.set_len(40 << 20)?;
    let table = "label: gpt\nsize=2048,type=21686148-6449-6E6F-744E-656564454649\n\
                 start=4096,size=20480,type=L\nsize=4096,type=S\n";
    let script = "printf %s \"$1\" | sfdisk -q \"$2\" && mke2fs -q -F -d \"$3\" -E offset=2097152 \"$2\" 10M";
    run(Command::new("sh").args(["-c", script, "sh", table]).arg(&disk).arg(&tree))?;
    user.own(&disk)?;
    Ok(user)
}

fn partitions_without_a_file_system_are_no_failure() -> Result<()> {
    let user = user_with_disk()?;
    let xmount = |line: &[&str]| user.run(&[&["xmount"], line].concat());
    let listed = xmount(&["--ls", "-R", "vm.img"])?.ok()?.complains("p1 (BIOS boot) is empty")?;
    ensure!(listed.stdout == "p1\np2\np2/lost+found\np2/file\np3\n", "{listed}");
    let top = xmount(&["--ls", "vm.img"])?.ok()?;
    ensure!(top.stderr.is_empty(), "{top}");
    xmount(&["--ls", "vm.img", "p3"])?.ok()?.complains("p3 (Linux swap) is empty")?;
    xmount(&["--extract", "vm.img", "-C", "all"])?
        .ok()?
        .complains("p1 (BIOS boot) is empty")?
        .complains("1 file, 4 directories")?;
    ensure!(fs::read_dir(user.path("all/p3"))?.count() == 0 && user.path("all/p2/file").is_file());
    let quiet = xmount(&["--extract", "-q", "vm.img", "-C", "quiet"])?.ok()?;
    ensure!(quiet.stderr.is_empty(), "{quiet}");
    // Whoever asks for what is in it is told.
    for line in [&["--ls", "-p", "3", "vm.img"][..], &["--ls", "vm.img", "p3/etc/fstab"]] {
        xmount(line)?.refuses("cannot read partition 3 (Linux swap)")?;
    }
    Ok(())
}

fn partitions_without_a_file_system_are_empty_where_they_are_mounted() -> Result<()> {
    let user = user_with_disk()?;
    let directory = mounted(&user, &["vm.img"])?.to_string_lossy().into_owned();
    let found = user.run(&["find", &directory, "-name", "p*", "-empty"])?.ok()?;
    user.run(&["xumount", "vm.img"])?.ok()?;
    ensure!(found.stdout.lines().count() == 2, "{found}");
    Ok(())
}

fn extracted_directories_heed_the_umask() -> Result<()> {
    let user = User::new()?;
    let tree = user.path("tree");
    for (name, mode) in [("shared", 0o1777), ("closed", 0o500)] {
        fs::create_dir_all(tree.join(name))?;
        fs::write(tree.join(name).join("file"), "")?;
        set_mode(&tree.join(name), mode)?;
    }
    let image = user.path("disc.iso");
    let line = ["-as", "mkisofs", "-quiet", "-R", "-o"];
    run(Command::new("xorriso").args(line).arg(&image).arg(&tree))?;
    user.own(&image)?;
    for (mask, shared) in [("077", 0o700), ("022", 0o755), ("000", 0o777)] {
        user.run(&["sh", "-c", &format!("umask {mask} && xmount --extract disc.iso -C {mask}")])?.ok()?;
        let modes = on_disk(&user.path(mask))?;
        for (name, wanted) in [("shared", shared), ("closed", 0o700)] {
            let mode = modes.get(name).and_then(|facts| facts.mode).context(name)?;
            ensure!(mode == wanted, "umask {mask}: '{name}' has {mode:o}");
        }
    }
    // What is there keeps what its owner chose.
    user.directory("there")?;
    set_mode(&user.directory("there/shared")?, 0o710)?;
    user.run(&["xmount", "--extract", "disc.iso", "-C", "there"])?.ok()?;
    let mode = on_disk(&user.path("there"))?.get("shared").and_then(|facts| facts.mode).context("shared")?;
    ensure!(mode == 0o710, "what was there has {mode:o}");
    Ok(())
}

fn extraction_to_a_full_disk_keeps_what_was_there() -> Result<()> {
    let user = user_with_image()?;
    let _disk = SmallDisk::at(&user, "small", "4M")?;
    let line = ["xmount", "--extract", "disc, one.iso", "large", "-C", "small"];
    let left = || -> Result<Vec<_>> {
        fs::read_dir(user.path("small"))?.map(|entry| Ok(entry?.file_name())).collect()
    };
    let full = "cannot write 'small/large': No space left on device";
    user.run(&line)?.refuses(full)?.complains("what was copied until then is in 'small'")?;
    ensure!(left()?.is_empty(), "half a file is left: {:?}", left()?);
    user.file("small/large", "old\n")?;
    user.run(&[&line[..], &["--replace"]].concat())?.refuses(full)?;
    ensure!(left()? == ["large"], "{:?}", left()?);
    ensure!(fs::read_to_string(user.path("small/large"))? == "old\n");
    Ok(())
}

fn extraction_never_leaves_its_directory() -> Result<()> {
    let user = user_with_image()?;
    let image = user.path("disc, one.iso");
    // A name that leads upwards, as no tool writes it.
    let mut bytes = fs::read(&image)?;
    let places: Vec<usize> =
        bytes.windows(7).enumerate().filter(|(_, window)| *window == b"QQxEVIL").map(|(at, _)| at).collect();
    ensure!(!places.is_empty(), "the name is not in the image");
    for at in places {
        bytes[at..at + 7].copy_from_slice(b"../EVIL");
    }
    fs::write(&image, bytes)?;
    // A link that lies in the target already leads outside.
    user.directory("target")?;
    user.directory("outside")?;
    std::os::unix::fs::symlink("../outside", user.path("target/sub"))?;
    let line = ["xmount", "--extract", "disc, one.iso", "-C", "target"];
    user.run(&line)?.refuses("target/sub")?;
    ensure!(fs::read_dir(user.path("outside"))?.next().is_none(), "a link in the target was followed");
    fs::remove_dir_all(user.path("target"))?;
    user.run(&line)?.ok()?;
    ensure!(!user.path("EVIL").exists(), "a name led out of the target");
    ensure!(user.path("target").join("..\\x2fEVIL").exists(), "the name is not shown escaped");
    Ok(())
}

fn what_cannot_be_mounted_says_why() -> Result<()> {
    let user = User::new()?;
    user.file("text.iso", "no image at all\n")?;
    let xmount = |line: &[&str]| user.run(&[&["xmount"], line].concat());
    xmount(&["nosuch.iso"])?.refuses("cannot open image 'nosuch.iso': No such file or directory")?;
    xmount(&["text.iso"])?.refuses("this looks like")?;
    xmount(&["."])?.refuses("it is a directory")?;
    let image = user.path("disc.iso");
    let file = user.path("text.iso");
    run(Command::new("xorriso").args(["-as", "mkisofs", "-quiet", "-o"]).args([&image, &file]))?;
    user.own(&image)?;
    xmount(&["--type", "fat", "disc.iso"])?.refuses("cannot read 'disc.iso' as 'fat': this is ISO 9660")?;
    xmount(&["--type", "iso9661", "text.iso"])?.exits(2)?.complains("iso9660")?;
    xmount(&["--ls"])?.exits(2)?;
    xmount(&["text.iso", "dir", "--", "ls"])?.exits(2)?;
    for option in [&["--replace"][..], &["-C", "dir"]] {
        xmount(&[option, &["text.iso"]].concat())?.exits(2)?.complains("--extract")?;
        xmount(&[option, &["--ls", "text.iso"]].concat())?.exits(2)?.complains("cannot be used with")?;
    }
    for option in [&["--replace"][..], &["-C", "dir"], &["-R"]] {
        let line = [option, &["text.iso", "--", "ls"]].concat();
        xmount(&line)?.exits(2)?.complains("cannot be used with")?;
    }
    Ok(())
}
