//! Trees on NFS shares. There is no server of NFS here: where root mounts a share, a stand-in for `mount` mounts a directory
//! instead, and notes how it was called.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::Test;
use crate::need::Need;
use crate::place;
use crate::user::User;

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "who_may_not_mount_a_share_is_told_what_to_do",
        needs: &[],
        run: who_may_not_mount_a_share_is_told_what_to_do,
    },
    Test {
        name: "a_share_is_mounted_by_root_as_long_as_it_is_read",
        needs: &[Need::Root, MOUNTS],
        run: a_share_is_mounted_by_root_as_long_as_it_is_read,
    },
];

const MOUNTS: Need = Need::Program("mount");

const GUEST: &str =
    "--connect test:///default --name nfs --memory 64 --disk none --network none --osinfo generic";

fn who_may_not_mount_a_share_is_told_what_to_do() -> Result<()> {
    let user = User::new()?;
    let run = |tree: &str| -> Result<_> {
        let line = format!("virt-install {GUEST} --location {tree} --dry-run");
        user.run(&line.split(' ').collect::<Vec<_>>())
    };
    run("nfs:web.invalid:/srv/tree")?.refuses("mount -t nfs -o ro web.invalid:/srv/tree")?;
    run("nfs:web")?.refuses("nfs:HOST:/PATH")?;
    run("nfs:-o:/srv")?.refuses("nfs:HOST:/PATH")?;
    Ok(())
}

/// virt-install as root, with the stand-ins of `bin` first on the PATH.
fn as_root(user: &User, rest: &str) -> Result<std::process::Output> {
    run_as_root(user, &format!("{GUEST} {rest}"))
}

fn run_as_root(user: &User, line: &str) -> Result<std::process::Output> {
    let path = format!("{}:{}:/usr/bin:/bin:/usr/sbin:/sbin", user.text("bin"), place::bin().display());
    Command::new(place::bin().join("virt-install"))
        .args(line.split(' '))
        .env_clear()
        .current_dir(user.home())
        .env("PATH", path)
        .env("HOME", user.home())
        .env("TMPDIR", user.home())
        .output()
        .context("virt-install")
}

/// What is mounted in the user's home.
fn mounts(user: &User) -> Result<Vec<String>> {
    let table = std::fs::read_to_string("/proc/self/mountinfo")?;
    let points = table.lines().filter_map(|line| line.split(' ').nth(4).map(str::to_owned));
    Ok(points.filter(|point| Path::new(point).starts_with(user.home())).collect())
}

fn directories(user: &User) -> Result<usize> {
    let names = std::fs::read_dir(user.home())?.flatten();
    Ok(names.filter(|entry| entry.file_name().to_string_lossy().starts_with("xctl-nfs-")).count())
}

fn a_share_is_mounted_by_root_as_long_as_it_is_read() -> Result<()> {
    let user = User::new()?;
    for directory in ["bin", "tree", "tree/images", "tree/images/pxeboot"] {
        user.directory(directory)?;
    }
    let kernel = "[general]\nfamily = Fedora\nversion = 37\narch = x86_64\n[images-x86_64]\n\
                  kernel = images/pxeboot/vmlinuz\ninitrd = images/pxeboot/initrd.img\n";
    user.file("tree/.treeinfo", kernel)?;
    user.file("tree/images/pxeboot/vmlinuz", "kernel")?;
    user.file("tree/images/pxeboot/initrd.img", "initrd")?;
    let tree = user.text("tree");
    let stand_in = |more: &str| -> Result<()> {
        let script = format!(
            "#!/bin/sh\necho \"$@\" >>'{}'\nfor last; do :; done\n/bin/mount --bind '{tree}' \"$last\" || exit\n{more}\n",
            user.text("mount.log")
        );
        place::set_mode(&user.file("bin/mount", script)?, 0o755)
    };
    stand_in("")?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let output = as_root(&user, "--location nfs:web:/srv/tree --noautoconsole --print-xml 1")?;
    let (printed, said) = (text(&output.stdout), text(&output.stderr));
    ensure!(output.status.success(), "{printed}{said}");
    ensure!(printed.contains("inst.repo=nfs:web:/srv/tree"), "{printed}");
    let log = std::fs::read_to_string(user.path("mount.log"))?;
    ensure!(log.starts_with("-t nfs -o ro,nosuid,nodev,noexec,soft,retry=0 -- web:/srv/tree /"), "{log}");
    ensure!(mounts(&user)?.is_empty() && directories(&user)? == 0, "it is still mounted");

    // ^C while a guest that is there is compared.
    stand_in("kill -INT $PPID")?;
    user.file("vm.toml", "name = \"test\"\ndisk = \"none\"\nlocation = \"nfs:web:/srv/tree\"\n")?;
    let output = run_as_root(&user, "--connect test:///default --file vm.toml")?;
    ensure!(output.status.code() == Some(1), "{}{}", output.status, text(&output.stderr));
    ensure!(mounts(&user)?.is_empty() && directories(&user)? == 0, "it is still mounted");

    // A program that is killed leaves the share mounted; the next one unmounts it.
    stand_in("kill -9 $PPID")?;
    as_root(&user, "--location nfs:web:/srv/tree --noautoconsole --print-xml 1")?;
    ensure!(mounts(&user)?.len() == 1, "it was not killed in time");
    let output = as_root(&user, "--pxe --noautoconsole")?;
    ensure!(
        mounts(&user)?.is_empty() && directories(&user)? == 0,
        "{}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    ensure!(user.path("tree/.treeinfo").exists(), "the tree is gone");
    Ok(())
}
