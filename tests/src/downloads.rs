//! What comes from servers: it is checked, and not fetched twice.

use std::path::Path;
use std::sync::atomic::Ordering;

use anyhow::{Result, ensure};

use crate::Test;
use crate::need::QEMU;
use crate::server;
use crate::user::User;

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "a_kernel_with_another_checksum_than_published_is_refused_and_not_kept",
        needs: &[QEMU],
        run: a_kernel_with_another_checksum_than_published_is_refused_and_not_kept,
    },
    Test {
        name: "a_kernel_is_fetched_again_only_when_the_server_has_another_one",
        needs: &[QEMU],
        run: a_kernel_is_fetched_again_only_when_the_server_has_another_one,
    },
];

/// Of the six bytes `kernel` and of `initrd` (sha256sum(1)).
const KERNEL: &str = "6923dd1bc0460082c5d55a831908c24a282860b7f1cd6c2b79cf1bc8857c639c";
const INITRD: &str = "09e6c018d2c8c4903308613dd1b72484d57eadf12ec50ddc8f52e5accce470f2";

/// A tree as Fedora's mirrors have it, with these checksums of its kernel and its initial RAM disk.
fn tree(kernel: &str, initrd: &str) -> Result<tempfile::TempDir> {
    let tree = tempfile::Builder::new().prefix("xctl-tree-").tempdir()?;
    let images = tree.path().join("images/pxeboot");
    std::fs::create_dir_all(&images)?;
    std::fs::write(images.join("vmlinuz"), "kernel")?;
    std::fs::write(images.join("initrd.img"), "initrd")?;
    let treeinfo = format!(
        "[checksums]\nimages/pxeboot/vmlinuz = sha256:{kernel}\nimages/pxeboot/initrd.img = sha256:{initrd}\n\
         [general]\nfamily = Fedora\nversion = 37\narch = x86_64\n\
         [images-x86_64]\nkernel = images/pxeboot/vmlinuz\ninitrd = images/pxeboot/initrd.img\n\
         [tree]\narch = x86_64\n"
    );
    std::fs::write(tree.path().join(".treeinfo"), treeinfo)?;
    Ok(tree)
}

/// Tries to make a guest. QEMU finds out that the kernel is none, and then nothing is left of the guest.
fn install(user: &User, address: &str) -> Result<crate::output::Output> {
    let connect = "--connect=qemu:///session";
    user.run(&[
        "virt-install",
        connect,
        "--virt-type=qemu",
        "--name=kept",
        "--memory=64",
        "--disk=none",
        "--network=none",
        "--graphics=none",
        "--noautoconsole",
        "--osinfo=fedora36",
        "--location",
        address,
    ])
}

fn a_kernel_with_another_checksum_than_published_is_refused_and_not_kept() -> Result<()> {
    let user = User::new()?;
    let tree = tree(KERNEL, KERNEL)?;
    let output = install(&user, &server::http(tree.path())?)?;
    output.refuses(&format!("its checksum is sha256:{INITRD}, where sha256:{KERNEL} was published"))?;
    ensure!(!kept(&user).iter().any(|name| name.contains("initrd")), "{:?}", kept(&user));
    Ok(())
}

fn a_kernel_is_fetched_again_only_when_the_server_has_another_one() -> Result<()> {
    let user = User::new()?;
    for published in [true, false] {
        let tree = tree(KERNEL, INITRD)?;
        if !published {
            std::fs::remove_file(tree.path().join(".treeinfo"))?;
        }
        let (address, sent) = server::http_counted(tree.path())?;
        let bytes = || sent.load(Ordering::SeqCst);
        install(&user, &address)?;
        let (first, before) = (bytes(), kept(&user));
        install(&user, &address)?;
        // Small files that describe the tree are looked at each time.
        let looked = bytes() - first;
        ensure!(first - looked == 12, "{first} bytes first, {looked} again");
        ensure!(kept(&user) == before, "{before:?} and then {:?}", kept(&user));
        if !published {
            std::fs::write(tree.path().join("images/pxeboot/vmlinuz"), "another")?;
            let second = bytes();
            install(&user, &address)?;
            ensure!(bytes() - second == looked + 7, "{} bytes of a kernel of 7", bytes() - second - looked);
        }
    }
    Ok(())
}

/// What is in the user's cache of downloads.
fn kept(user: &User) -> Vec<String> {
    let mut files = user.files();
    files.retain(|file| Path::new(file).starts_with(".cache/xctl/downloads"));
    files
}
