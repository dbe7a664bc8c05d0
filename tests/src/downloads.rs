//! What comes from servers: it is checked, and not fetched twice.

use std::path::Path;
use std::sync::atomic::Ordering;

use anyhow::{Context, Result, ensure};

use crate::Test;
use crate::need::{Need, QEMU};
use crate::server;
use crate::user::User;

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "a_kernel_with_another_checksum_than_published_is_refused_and_not_kept",
        needs: &[QEMU],
        run: a_kernel_with_another_checksum_than_published_is_refused_and_not_kept,
    },
    Test {
        name: "what_was_published_and_cannot_be_read_is_not_taken_for_nothing",
        needs: &[QEMU, Need::Program("qemu-img")],
        run: what_was_published_and_cannot_be_read_is_not_taken_for_nothing,
    },
    Test {
        name: "a_guest_is_made_of_an_image_by_the_name_of_its_system",
        needs: &[QEMU, Need::Program("qemu-img")],
        run: a_guest_is_made_of_an_image_by_the_name_of_its_system,
    },
    Test {
        name: "an_image_that_is_not_what_was_published_or_needs_other_files_is_refused",
        needs: &[QEMU, Need::Program("qemu-img")],
        run: an_image_that_is_not_what_was_published_or_needs_other_files_is_refused,
    },
    Test {
        name: "a_kernel_and_its_ram_disk_have_addresses_of_their_own",
        needs: &[QEMU],
        run: a_kernel_and_its_ram_disk_have_addresses_of_their_own,
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

/// Tries to make a guest of a tree. QEMU finds out that the kernel is none, and then nothing is left of the guest.
fn install(user: &User, address: &str) -> Result<crate::output::Output> {
    install_by(user, "--location", address)
}

/// The same by another method.
fn install_by(user: &User, method: &str, text: &str) -> Result<crate::output::Output> {
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
        method,
        text,
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

fn a_kernel_and_its_ram_disk_have_addresses_of_their_own() -> Result<()> {
    let user = User::new()?;
    let tree = tree(KERNEL, INITRD)?;
    let (address, sent) = server::http_counted(&tree.path().join("images"))?;
    let (kernel, initrd) = (format!("{address}pxeboot/vmlinuz"), format!("{address}pxeboot/initrd.img"));
    install_by(&user, "--install", &format!("kernel={kernel},initrd={initrd}"))?;
    ensure!(sent.load(Ordering::SeqCst) == 12, "{} bytes", sent.load(Ordering::SeqCst));
    let missing = format!("kernel={kernel},initrd={initrd}.none");
    install_by(&user, "--install", &missing)?.refuses("initrd.img.none: there is no such file")?;
    Ok(())
}

fn what_was_published_and_cannot_be_read_is_not_taken_for_nothing() -> Result<()> {
    let user = User::new()?;
    let debian = tempfile::Builder::new().prefix("xctl-tree-").tempdir()?;
    let images = debian.path().join("current/images");
    let installer = images.join("netboot/debian-installer/amd64");
    std::fs::create_dir_all(&installer)?;
    std::fs::write(installer.join("linux"), "kernel")?;
    std::fs::write(installer.join("initrd.gz"), "initrd")?;
    let address = server::http(debian.path())?;
    let (top, _) = image_server(&user)?;
    for answer in ["503 Service Unavailable", "403 Forbidden", "", "404 Not Found", "410 Gone"] {
        std::fs::write(images.join("SHA256SUMS.answer"), answer)?;
        std::fs::write(top.path().join("SHA256SUMS.answer"), answer)?;
        let tree = install(&user, &address)?;
        let image = of_image(&user, &format!("of{}", answer.len()), "cloudy1", NOTHING)?;
        if ["404", "410"].iter().any(|none| answer.starts_with(none)) {
            ensure!(!tree.stderr.contains("cannot check"), "{answer}: {tree}");
            image.ok()?.complains("No checksum is published beside")?;
            continue;
        }
        for refused in [tree, image] {
            refused
                .refuses("the list of its checksums beside it cannot be read")?
                .complains("SHA256SUMS: ")?
                .complains("hint: try again, or take another mirror")?;
        }
    }
    std::fs::remove_file(images.join("SHA256SUMS.answer"))?;
    std::fs::write(images.join("SHA256SUMS"), vec![b'\n'; (4 << 20) + 1])?;
    install(&user, &address)?.refuses("SHA256SUMS: it has more than 4194304 bytes")?;
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

/// A server with a qcow2 image, and a database of the user's that knows it as the system `cloudy1`.
fn image_server(user: &User) -> Result<(tempfile::TempDir, std::sync::Arc<std::sync::atomic::AtomicU64>)> {
    let top = tempfile::Builder::new().prefix("xctl-images-").tempdir()?;
    let (raw, image) = (top.path().join("raw"), top.path().join("cloudy.qcow2"));
    let contents: Vec<u8> = (0..3 << 20).map(|at: u32| (at / 4096) as u8).collect();
    std::fs::write(&raw, contents)?;
    let convert = ["convert", "-O", "qcow2"].map(std::ffi::OsStr::new);
    let status = std::process::Command::new("qemu-img").args(convert).args([&raw, &image]).status()?;
    ensure!(status.success(), "qemu-img convert");
    let (address, sent) = server::http_counted(top.path())?;
    for directory in [".config", ".config/osinfo", ".config/osinfo/os", ".config/osinfo/os/example.org"] {
        user.directory(directory)?;
    }
    user.file(
        ".config/osinfo/os/example.org/cloudy-1.xml",
        format!(
            "<libosinfo><os id='http://example.org/cloudy/1'><short-id>cloudy1</short-id><name>Cloudy 1</name>\
             <family>linux</family><distro>cloudy</distro>\
             <image arch='x86_64' format='containerdisk' cloud-init='true'><url>docker://x/y</url></image>\
             <image arch='x86_64' format='qcow2' cloud-init='true'><url>{address}cloudy.qcow2</url></image>\
             </os></libosinfo>"
        ),
    )?;
    Ok((top, sent))
}

fn publish(top: &Path, contents: &[u8]) -> Result<()> {
    let mut child = std::process::Command::new("sha256sum")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()?;
    std::io::Write::write_all(&mut child.stdin.take().context("stdin")?, contents)?;
    let output = child.wait_with_output()?;
    let digits = String::from_utf8(output.stdout)?;
    let digits = digits.split_whitespace().next().context("a checksum")?;
    std::fs::write(top.join("SHA256SUMS"), format!("{digits}  cloudy.qcow2\n"))?;
    Ok(())
}

/// No seed, so that there is no boot that sets the guest up.
const NOTHING: &[&str] = &["--cloud-init", ""];

/// Makes a guest of an image, with what `--cloud-init` says, and does not start it where that is nothing.
fn of_image(user: &User, name: &str, image: &str, seed: &[&str]) -> Result<crate::output::Output> {
    let line = [
        "virt-install",
        "--connect=qemu:///session",
        "--virt-type=qemu",
        "--name",
        name,
        "--memory=64",
        "--network=none",
        "--graphics=none",
        "--noreboot",
        "--osinfo=detect=on,require=off",
        "--disk=size=0.5",
        "--image",
        image,
    ];
    user.run(&[&line[..], seed].concat())
}

fn a_guest_is_made_of_an_image_by_the_name_of_its_system() -> Result<()> {
    let user = User::new()?;
    let (top, sent) = image_server(&user)?;
    let image = top.path().join("cloudy.qcow2");
    publish(top.path(), &std::fs::read(&image)?)?;
    of_image(&user, "first", "cloudy1", NOTHING)?.ok()?.says("Retrieving 'cloudy.qcow2'")?;
    let bytes = sent.load(Ordering::SeqCst);
    of_image(&user, "second", "cloudy1", NOTHING)?.ok()?;
    // The list of checksums is looked at again, the image is not fetched again.
    ensure!(sent.load(Ordering::SeqCst) - bytes < 200, "{} bytes", sent.load(Ordering::SeqCst) - bytes);
    for name in ["first", "second"] {
        let disk = user.text(&format!(".local/share/libvirt/images/{name}.qcow2"));
        user.run(&["qemu-img", "compare", &image.to_string_lossy(), &disk])?
            .ok()?
            .says("Images are identical")?;
        user.run(&["qemu-img", "info", &disk])?.ok()?.says("virtual size: 512 MiB")?;
        user.real_virsh(&["dumpxml", name])?.ok()?.says("http://example.org/cloudy/1")?;
    }
    // Whoever has a key gets in with it.
    user.directory(".ssh")?;
    user.file(
        ".ssh/id_ed25519.pub",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJhxkFhm0nqJ5u7XO4L7gF1mS3W3p5u8rPpVvY5gC6Qh me\n",
    )?;
    of_image(&user, "third", &image.to_string_lossy(), &[])?
        .ok()?
        .says("Letting in whoever has the key of")?;
    Ok(())
}

fn an_image_that_is_not_what_was_published_or_needs_other_files_is_refused() -> Result<()> {
    let user = User::new()?;
    let (top, _) = image_server(&user)?;
    let image = top.path().join("cloudy.qcow2");
    publish(top.path(), b"another")?;
    let before = user.files();
    of_image(&user, "none", "cloudy1", NOTHING)?.refuses("was published")?;
    // Nor is a password told for what cannot be logged in to.
    let refused = of_image(&user, "none", "cloudy1", &["--cloud-init", "root-password-generate=on"])?;
    let refused = refused.refuses("was published")?;
    ensure!(!refused.stdout.contains("Password for first root login"), "{refused}");
    std::fs::remove_file(top.path().join("SHA256SUMS"))?;
    let layer = ["create", "-q", "-f", "qcow2", "-F", "raw", "-b", "/etc/passwd"].map(std::ffi::OsStr::new);
    std::fs::remove_file(&image)?;
    let status = std::process::Command::new("qemu-img").args(layer).arg(&image).status()?;
    ensure!(status.success(), "qemu-img create");
    of_image(&user, "none", "cloudy1", NOTHING)?
        .refuses("cannot make a disk of image 'cloudy.qcow2': it is a layer over another file")?
        .complains("No checksum is published")?;
    let left: Vec<String> = user.files().into_iter().filter(|file| !before.contains(file)).collect();
    let downloads = |file: &String| file.starts_with(".cache/xctl/downloads");
    ensure!(left.iter().all(downloads), "left: {left:?}");
    of_image(&user, "none", "cloudi1", NOTHING)?.refuses("cloudy1")?;
    of_image(&user, "none", "win10", NOTHING)?.refuses("the OS database knows no cloud image of 'win10'")?;
    of_image(&user, "none", "/nowhere.qcow2", NOTHING)?.refuses("cannot read '/nowhere.qcow2'")?;
    user.run(&[
        "virt-install",
        "--connect=qemu:///session",
        "--image",
        "cloudy1",
        "--memory=64",
        "--disk=none",
    ])?
    .refuses("the image needs a new disk")?;
    Ok(())
}

/// What is in the user's cache of downloads.
fn kept(user: &User) -> Vec<String> {
    let mut files = user.files();
    files.retain(|file| Path::new(file).starts_with(".cache/xctl/downloads"));
    files
}
