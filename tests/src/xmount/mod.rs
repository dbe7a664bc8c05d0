//! xmount and xumount, as somebody without rights uses them: here what is mounted.

pub(crate) mod extract;
pub(crate) mod inside;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use nix::sys::signal::{Signal, kill};

use crate::formats::run;
use crate::need::{Need, XORRISO};
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
        name: "a_list_of_mounts_has_a_line_for_each",
        needs: MOUNTS,
        run: a_list_of_mounts_has_a_line_for_each,
    },
    Test {
        name: "partitions_without_a_file_system_are_empty_where_they_are_mounted",
        needs: &[Need::Program("sfdisk"), Need::Program("mke2fs"), Need::Program("fusermount3"), Need::Fuse],
        run: partitions_without_a_file_system_are_empty_where_they_are_mounted,
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

fn partitions_without_a_file_system_are_empty_where_they_are_mounted() -> Result<()> {
    let user = extract::user_with_disk()?;
    let directory = mounted(&user, &["vm.img"])?.to_string_lossy().into_owned();
    let found = user.run(&["find", &directory, "-name", "p*", "-empty"])?.ok()?;
    user.run(&["xumount", "vm.img"])?.ok()?;
    ensure!(found.stdout.lines().count() == 2, "{found}");
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
