//! `--unattended` with real installers, and what Windows 11 needs.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::need::{Need, QEMU, REAL_VIRSH};
use crate::terminal::Terminal;
use crate::user::User;
use crate::{PATIENCE, Test, place, server};

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "debians_installer_asks_nothing_before_it_partitions",
        needs: &[QEMU, REAL_VIRSH, Need::Installer, Need::Program("dpkg-deb")],
        run: debians_installer_asks_nothing_before_it_partitions,
    },
    Test {
        name: "a_driver_of_windows_that_cannot_be_fetched_is_named",
        needs: &[Need::File("/usr/share/osinfo/os", "package osinfo-db")],
        run: a_driver_of_windows_that_cannot_be_fetched_is_named,
    },
    Test {
        name: "an_installation_of_windows_has_the_drivers_that_the_host_has",
        needs: &[QEMU],
        run: an_installation_of_windows_has_the_drivers_that_the_host_has,
    },
    Test {
        name: "windows_11_has_a_tpm_and_secure_boot_by_its_name_alone",
        needs: &[
            QEMU,
            REAL_VIRSH,
            Need::Program("swtpm"),
            Need::Program("swtpm_setup"),
            Need::File("/usr/share/OVMF/OVMF_CODE_4M.ms.fd", "package ovmf"),
        ],
        run: windows_11_has_a_tpm_and_secure_boot_by_its_name_alone,
    },
];

/// Debian's kernel, RAM disk, installer and its network are real. What partitions comes from a mirror, and that of this
/// test has in its place what says which answers it would have worked with.
fn debians_installer_asks_nothing_before_it_partitions() -> Result<()> {
    let user = User::new()?;
    let mirror = mirror()?;
    let address = server::http(mirror.path())?;
    let port = address.trim_end_matches('/').rsplit(':').next().context("no port")?.to_owned();
    user.file("admin", "of root\n")?;
    user.file("own", "of ann\n")?;
    let answers = format!(
        "profile=jeos,admin-password-file={},user-login=ann,user-password-file={}",
        user.text("admin"),
        user.text("own")
    );
    // 10.0.2.2 is the host for a guest with a network of its own.
    let arguments = format!(
        "console=ttyS0 DEBIAN_FRONTEND=text mirror/country=manual mirror/http/hostname=10.0.2.2:{port} \
         mirror/http/directory=/debian debian-installer/allow_unauthenticated=true"
    );
    let tree = format!("{address}debian/dists/{}/main/installer-amd64/", codename()?);
    let line = [
        &["virt-install", "--connect=qemu:///session", "--virt-type=qemu", "--name=asks-nothing"][..],
        &["--memory=1024", "--vcpus=1", "--disk=size=1", "--network=user", "--graphics=none"],
        &["--osinfo=debian11", "--unattended", &answers, "--extra-args", &arguments],
        &["--location", &tree],
    ]
    .concat();
    let mut install = Terminal::start(&user, &line)?;
    install.shows("Starting install")?;
    for answer in [
        "netcfg/get_hostname is asks-nothing",
        "partman-auto/disk is /dev/vda",
        "partman-auto/method is regular",
        "passwd/root-password is of root",
        "passwd/user-password is of ann",
    ] {
        install.shows(answer)?;
    }
    let shown = install.shown();
    for question in ["Prompt:", "Press enter", "Select a language"] {
        ensure!(!shown.contains(question), "it asked:\n{shown}");
    }
    user.real_virsh(&["destroy", "asks-nothing"])?.ok()?;
    Ok(())
}

fn a_driver_of_windows_that_cannot_be_fetched_is_named() -> Result<()> {
    let user = User::new()?;
    user.file("cd.iso", vec![0; 1 << 20])?;
    user.file("own", "of ann\n")?;
    let answers = format!(
        "profile=desktop,user-login=ann,user-password-file={0},admin-password-file={0}",
        user.text("own")
    );
    let line = [
        // Nobody listens there.
        &["env", "https_proxy=http://127.0.0.1:9", "http_proxy=http://127.0.0.1:9", "virt-install"][..],
        &["--connect=test:///default", "--name=ten", "--memory=1024", "--disk=none", "--osinfo=win10"],
        &["--cdrom", "cd.iso", "--unattended", &answers, "--noautoconsole"],
    ]
    .concat();
    let output = user.run(&line)?.refuses("cannot get a driver that the OS database names")?;
    for text in ["virtio-win", ".cat", "hint: without --unattended"] {
        output.clone().complains(text)?;
    }
    let left = user.files();
    ensure!(!left.iter().any(|file| file.ends_with("unattended.iso")), "left behind: {left:?}");
    Ok(())
}

fn an_installation_of_windows_has_the_drivers_that_the_host_has() -> Result<()> {
    let user = User::new()?;
    user.file("cd.iso", vec![0; 1 << 20])?;
    let drives = |system: &str, more: &str| -> Result<Vec<String>> {
        let line = format!(
            "virt-install --connect qemu:///session --virt-type qemu --name w --memory 1024 --osinfo {system} \
             --disk none --cdrom cd.iso{more} --print-xml 2 --dry-run"
        );
        let output = user.run(&line.split_whitespace().collect::<Vec<_>>())?.ok()?.stdout;
        let files = output.lines().filter_map(|line| line.trim().strip_prefix("<source file=\""));
        Ok(files.filter_map(|rest| Some(rest.split_once('"')?.0.rsplit_once('/')?.1.to_owned())).collect())
    };
    ensure!(drives("win10", "")? == ["cd.iso"]);
    user.directory(".local/share/libvirt/images")?;
    user.file(".local/share/libvirt/images/virtio-win.iso", "drivers")?;
    // Behind the medium, which is what boots.
    ensure!(drives("win10", "")? == ["cd.iso", "virtio-win.iso"]);
    ensure!(drives("linux2022", "")?.is_empty());
    user.file("virtio-win.iso", "own")?;
    let own = drives("win10", " --disk virtio-win.iso,device=cdrom")?;
    ensure!(own == ["cd.iso", "virtio-win.iso"], "{own:?}");
    Ok(())
}

fn windows_11_has_a_tpm_and_secure_boot_by_its_name_alone() -> Result<()> {
    let user = User::new()?;
    let make = [
        &["virt-install", "--connect=qemu:///session", "--virt-type=qemu", "--name=eleven"][..],
        &["--osinfo=win11", "--vcpus=1", "--memory=256", "--disk=size=1", "--import", "--noautoconsole"],
    ]
    .concat();
    user.run(&make)?.ok()?;
    // What libvirt made of it, once it runs: keys that are enrolled, and a firmware that enforces them.
    let running = user.real_virsh(&["dumpxml", "eleven"])?.ok()?.stdout;
    for fact in [
        "<feature enabled='yes' name='enrolled-keys'/>",
        "<feature enabled='yes' name='secure-boot'/>",
        "secure='yes'",
        "<tpm model='tpm-crb'>",
        "<backend type='emulator' version='2.0'",
    ] {
        ensure!(running.contains(fact), "no {fact}:\n{running}");
    }
    // What the emulator shows by itself goes when the firmware has come as far as to draw.
    let picture = || {
        user.real_virsh(&["screenshot", "eleven", "screen"])?.ok()?;
        Ok::<_, anyhow::Error>(fs::read(user.path("screen"))?)
    };
    let end = Instant::now() + PATIENCE;
    let first = picture()?;
    while picture()? == first {
        ensure!(Instant::now() < end, "the firmware draws nothing");
        std::thread::sleep(Duration::from_millis(500));
    }
    user.real_virsh(&["destroy", "eleven"])?.ok()?;
    Ok(())
}

/// The name of the release whose installer is here.
fn codename() -> Result<&'static str> {
    let installer = place::installer().context("Debian's installer is not here")?;
    Ok(if installer.components().any(|part| part.as_os_str() == "13") { "trixie" } else { "bookworm" })
}

/// A mirror with the installer and one package for it, which stands at the place of the partitioner.
fn mirror() -> Result<tempfile::TempDir> {
    let top = tempfile::Builder::new().prefix("xctl-mirror-").tempdir()?;
    let installer = place::installer().context("Debian's installer is not here")?;
    let release = top.path().join("debian/dists").join(codename()?);
    let images = release.join("main/installer-amd64/current/images/netboot/debian-installer/amd64");
    fs::create_dir_all(&images)?;
    for file in ["linux", "initrd.gz"] {
        fs::copy(installer.join(file), images.join(file))?;
    }
    // The installer takes no mirror that has nothing for its kernel; 4200 is where its menu has the partitioner.
    let control = format!(
        "Package: partitioner\nVersion: 1\nArchitecture: amd64\nMaintainer: none <none@localhost>\n\
         Section: debian-installer\nPriority: standard\nInstaller-Menu-Item: 4200\nKernel-Version: {}\n\
         Description: Partition disks\n",
        kernel_version(&images.join("linux"))?
    );
    let package = top.path().join("package");
    fs::create_dir_all(package.join("DEBIAN"))?;
    fs::write(package.join("DEBIAN/control"), format!("{control}Package-Type: udeb\n"))?;
    let script = package.join("DEBIAN/postinst");
    fs::write(&script, include_str!("unattended/partitioner.sh"))?;
    place::set_mode(&script, 0o755)?;
    let udeb = top.path().join("debian/partitioner.udeb");
    run(Command::new("dpkg-deb").args(["-Zxz", "--root-owner-group", "-b"]).args([&package, &udeb]))?;
    let (size, sum) = size_and_sum(&udeb)?;
    let index = "main/debian-installer/binary-amd64/Packages";
    fs::create_dir_all(release.join("main/debian-installer/binary-amd64"))?;
    fs::write(
        release.join(index),
        format!("{control}Filename: partitioner.udeb\nSize: {size}\nSHA256: {sum}\n\n"),
    )?;
    let (size, sum) = size_and_sum(&release.join(index))?;
    let text = format!(
        "Origin: Debian\nSuite: {0}\nCodename: {0}\nArchitectures: amd64\nComponents: main\nSHA256:\n {sum} {size} {index}\n",
        codename()?
    );
    fs::write(release.join("Release"), text)?;
    // The installer looks here whether the mirror has the architecture.
    fs::create_dir_all(release.join("main/binary-amd64"))?;
    fs::write(release.join("main/binary-amd64/Release"), "Component: main\nArchitecture: amd64\n")?;
    Ok(top)
}

/// The version that a kernel of the x86 boot protocol (Linux, Documentation/arch/x86/boot.rst) says it has.
fn kernel_version(kernel: &Path) -> Result<String> {
    let bytes = fs::read(kernel)?;
    let at = bytes.get(0x20e..0x210).context("no kernel")?;
    let text = bytes.get(0x200 + usize::from(u16::from_le_bytes([at[0], at[1]]))..).context("no version")?;
    let version = text.split(|&byte| byte == b' ').next().unwrap_or_default();
    Ok(String::from_utf8(version.to_vec())?)
}

fn size_and_sum(file: &Path) -> Result<(u64, String)> {
    let output = Command::new("sha256sum").arg(file).output()?;
    let sum = String::from_utf8(output.stdout)?.split(' ').next().unwrap_or_default().to_owned();
    Ok((fs::metadata(file)?.len(), sum))
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
