//! Images that are looked into without being mounted.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};

use super::{LARGE, user_with_image};
use crate::Test;
use crate::formats::run;
use crate::need::{Need, XORRISO};
use crate::user::User;

pub(crate) const TESTS: &[Test] = &[
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
        name: "the_directory_of_a_partition_is_told_as_the_partition",
        needs: &[XORRISO, Need::Program("sfdisk")],
        run: the_directory_of_a_partition_is_told_as_the_partition,
    },
    Test {
        name: "special_files_are_told_by_kind",
        needs: &[Need::Program("mksquashfs")],
        run: special_files_are_told_by_kind,
    },
];

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
