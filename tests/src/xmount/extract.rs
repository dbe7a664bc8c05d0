//! Trees that are copied out of images.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::{LARGE, user_with_image};
use crate::Test;
use crate::formats::{on_disk, only, run, same};
use crate::need::{Need, XORRISO};
use crate::place::set_mode;
use crate::small_disk::SmallDisk;
use crate::user::User;

pub(crate) const TESTS: &[Test] = &[
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
];

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
pub(super) fn user_with_disk() -> Result<User> {
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
