//! The whole road: a guest is installed from an ISO by an unprivileged user, boots from its disk, and is shut down.

use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::need::{Need, QEMU, REAL_GUEST, REAL_VIRSH, XORRISO};
use crate::terminal::Terminal;
use crate::user::User;
use crate::{PATIENCE, Test, media, server};

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "a_guest_is_installed_from_an_iso_and_boots_from_its_disk",
        needs: REAL_GUEST,
        run: a_guest_is_installed_from_an_iso_and_boots_from_its_disk,
    },
    Test {
        name: "a_guest_is_installed_from_a_cdrom_and_boots_from_its_disk",
        needs: REAL_GUEST,
        run: a_guest_is_installed_from_a_cdrom_and_boots_from_its_disk,
    },
    Test {
        name: "a_guest_is_installed_by_a_kernel_from_http_https_and_ftp",
        needs: REAL_GUEST,
        run: a_guest_is_installed_by_a_kernel_from_http_https_and_ftp,
    },
    Test {
        name: "a_guest_is_installed_anew_and_keeps_its_definition",
        needs: REAL_GUEST,
        run: a_guest_is_installed_anew_and_keeps_its_definition,
    },
    Test {
        name: "a_port_of_the_host_leads_into_the_guest_without_rights",
        needs: &[QEMU, REAL_VIRSH],
        run: a_port_of_the_host_leads_into_the_guest_without_rights,
    },
    Test {
        name: "guests_of_other_architectures_run",
        needs: &[REAL_VIRSH, Need::Program("qemu-system-aarch64")],
        run: guests_of_other_architectures_run,
    },
    Test {
        name: "debians_installer_shows_its_first_screen_on_the_console",
        needs: &[QEMU, XORRISO, REAL_VIRSH, Need::Installer],
        run: debians_installer_shows_its_first_screen_on_the_console,
    },
];

fn a_guest_is_installed_from_an_iso_and_boots_from_its_disk() -> Result<()> {
    let user = User::new()?;
    let iso = media::demo_iso(&user)?;
    let before = user.files();
    let iso = iso.to_string_lossy();
    let connect = "--connect=qemu:///session";
    let line = [
        &["virt-install", connect, "--name", "road", "--memory", "512", "--disk", "size=1"][..],
        &["--location", &iso, "--vcpus=1", "--osinfo", "linux2022", "--graphics", "none"],
        &["--extra-args", "console=ttyS0", "--noreboot"],
    ]
    .concat();
    let mut install = Terminal::start(&user, &line)?;
    install.shows("Starting install")?;
    install.shows("installer:")?;
    install.ends()?.ok()?;

    let virsh = |arguments: &[&str]| user.run(&[&["virsh", connect], arguments].concat());
    virsh(&["list", "--all"])?.ok()?.says("shut off")?;
    virsh(&["start", "road"])?.ok()?.says("Domain 'road' started")?;
    let mut console = Terminal::start(&user, &["virsh", connect, "console", "road", "--force"])?;
    console.shows("Connected to domain 'road'")?;
    console.shows("demo: this guest was installed from")?;
    console.shows("demo: ready")?;
    console.types("\x1d")?;
    console.ends()?.ok()?;

    virsh(&["dominfo", "road"])?.ok()?.says("State:          running")?;
    virsh(&["shutdown", "road"])?.ok()?;
    let end = Instant::now() + PATIENCE;
    while !virsh(&["domstate", "road"])?.ok()?.stdout.contains("shut off") {
        ensure!(Instant::now() < end, "the guest did not shut down");
        // A guest that is busy may not hear the first time.
        virsh(&["shutdown", "road"])?;
        std::thread::sleep(Duration::from_secs(2));
    }
    virsh(&["undefine", "road", "--remove-all-storage"])?.ok()?;
    let left: Vec<_> = user.files().into_iter().filter(|file| !before.contains(file)).collect();
    let ours: Vec<_> = left.iter().filter(|file| !file.contains("/libvirt/")).collect();
    ensure!(ours.is_empty(), "left behind: {ours:?}");
    ensure!(!left.iter().any(|file| file.contains("road")), "left behind: {left:?}");
    Ok(())
}

fn a_guest_is_installed_from_a_cdrom_and_boots_from_its_disk() -> Result<()> {
    let user = User::new()?;
    let iso = media::demo_iso(&user)?;
    let iso = iso.to_string_lossy();
    let connect = "--connect=qemu:///session";
    let line = [
        &["virt-install", connect, "--name", "disc", "--memory", "512", "--disk", "size=1"][..],
        &["--cdrom", &iso, "--vcpus=1", "--osinfo", "linux2022", "--graphics", "none"],
    ]
    .concat();
    let mut install = Terminal::start(&user, &line)?;
    install.shows("installer: done; powering off")?;
    // The second boot is that of the installed system, and the medium is out of the drive.
    install.shows("demo: this guest was installed from")?;
    install.shows("demo: ready")?;
    install.types("\x1d")?;
    install.ends()?.ok()?.says("Domain creation completed.")?;
    let definition = user.real_virsh(&["dumpxml", "disc"])?.ok()?.stdout;
    ensure!(!definition.contains("demo.iso"), "the medium is still there:\n{definition}");
    user.real_virsh(&["destroy", "disc"])?.ok()?;
    Ok(())
}

fn a_guest_is_installed_by_a_kernel_from_http_https_and_ftp() -> Result<()> {
    let user = User::new()?;
    let iso = media::demo_iso(&user)?;
    let tree = media::unpacked(&iso)?;
    let certificate = user.path("server.pem");
    let addresses = [
        ("http", server::http(tree.path())?),
        ("https", server::https(tree.path(), &certificate)?),
        ("ftp", server::ftp(tree.path())?),
    ];
    // The installer copies from its medium, which a network install of a distribution would fetch as well.
    let medium = format!("path={},device=cdrom,readonly=on", iso.to_string_lossy());
    for (name, address) in &addresses {
        let trust = format!("SSL_CERT_FILE={}", certificate.display());
        let line = [
            &["env", &trust, "virt-install", "--connect=qemu:///session", "--name", name][..],
            &["--memory", "512", "--disk", "size=1", "--disk", &medium, "--location", address],
            &["--vcpus=1", "--osinfo", "linux2022", "--graphics", "none"],
            &["--extra-args", "console=ttyS0", "--noreboot"],
        ]
        .concat();
        let mut install = Terminal::start(&user, &line)?;
        install.shows("installer: done; powering off")?;
        install.ends()?.ok()?.says("Domain creation completed.")?;
        user.real_virsh(&["undefine", name, "--remove-all-storage"])?.ok()?;
    }
    // Who does not trust the certificate gets no kernel.
    let (_, address) = &addresses[1];
    user.run(&[
        "virt-install",
        "--connect=test:///default",
        "--name=x",
        "--disk=none",
        "--location",
        address,
    ])?
    .refuses("certificate")?;
    Ok(())
}

fn a_guest_is_installed_anew_and_keeps_its_definition() -> Result<()> {
    let user = User::new()?;
    let iso = media::demo_iso(&user)?;
    let connect = "--connect=qemu:///session";
    let make = [
        &["virt-install", connect, "--name", "anew", "--memory", "512", "--disk", "size=1", "--import"][..],
        &[
            "--vcpus=1",
            "--osinfo",
            "linux2022",
            "--graphics",
            "none",
            "--noreboot",
            "--description",
            "kept, byte for byte",
        ],
    ]
    .concat();
    user.run(&make)?.ok()?;
    let definition = || Ok::<_, anyhow::Error>(user.real_virsh(&["dumpxml", "anew"])?.ok()?.stdout);
    let before = definition()?;
    let iso = iso.to_string_lossy();
    let line = [
        &["virt-install", connect, "--reinstall", "anew", "--location", &iso][..],
        &["--extra-args", "console=ttyS0", "--noreboot", "--memory", "64"],
    ]
    .concat();
    let mut install = Terminal::start(&user, &line)?;
    install.shows("--reinstall keeps 'anew' as it is: no effect has --memory")?;
    install.shows("installer: done; powering off")?;
    install.ends()?.ok()?.says("Domain creation completed.")?;
    ensure!(definition()? == before, "the definition is another one:\n{}\nwas:\n{before}", definition()?);
    user.real_virsh(&["start", "anew"])?.ok()?;
    user.run(&line)?.refuses("guest 'anew' is running and cannot be installed anew")?;
    user.real_virsh(&["destroy", "anew"])?.ok()?;
    user.run(&["virt-install", connect, "--reinstall", "gone", "--pxe"])?.refuses("gone")?;
    Ok(())
}

/// With passt where it is installed, and by QEMU itself where the PATH has none.
fn a_port_of_the_host_leads_into_the_guest_without_rights() -> Result<()> {
    let user = User::new()?;
    let free = || Ok::<u16, anyhow::Error>(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port());
    let port = free()?;
    let forward = format!("user,forward={port}:22");
    let make =
        [
            &[
                "virt-install",
                "--connect=qemu:///session",
                "--virt-type=qemu",
                "--name=reached",
                "--memory=64",
            ][..],
            &[
                "--disk=none",
                "--import",
                "--graphics=none",
                "--noautoconsole",
                "--osinfo=generic",
                "--network",
                &forward,
            ],
        ]
        .concat();
    ensure!(TcpStream::connect(("127.0.0.1", port)).is_err(), "port {port} is open already");
    user.run(&make)?.ok()?;
    let end = Instant::now() + PATIENCE;
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        ensure!(Instant::now() < end, "port {port} does not lead anywhere");
        std::thread::sleep(Duration::from_millis(100));
    }
    user.real_virsh(&["destroy", "reached"])?.ok()?;
    ensure!(TcpStream::connect(("127.0.0.1", port)).is_err(), "port {port} is open without the guest");
    Ok(())
}

/// Every architecture that can be emulated here, with what is known and what is not known of the system; but for IBM Z,
/// whose firmware gives up where it finds nothing to boot.
fn guests_of_other_architectures_run() -> Result<()> {
    const ARCHITECTURES: [&str; 5] = ["aarch64", "armv7l", "riscv64", "loongarch64", "ppc64le"];
    let user = User::new()?;
    let host = user.real_virsh(&["capabilities"])?.ok()?.stdout;
    let emulated = ARCHITECTURES.iter().filter(|arch| host.contains(&format!("<arch name='{arch}'>")));
    for (arch, system) in emulated.flat_map(|arch| [(arch, "linux2022"), (arch, "generic")]) {
        let name = format!("{arch}-{system}");
        let new = user.text(&format!("{name}.qcow2"));
        let line = format!(
            "virt-install --virt-type qemu --name {name} --arch {arch} --vcpus 1 --osinfo {system} --memory 256 --import \
             --disk {new},size=0.01 --disk device=cdrom --noautoconsole"
        );
        user.run(&line.split(' ').collect::<Vec<_>>())?.ok()?;
        user.real_virsh(&["domstate", &name])?.ok()?.says("running")?;
        user.real_virsh(&["destroy", &name])?;
        user.real_virsh(&["undefine", &name, "--nvram"])?.ok()?;
    }
    Ok(())
}

fn debians_installer_shows_its_first_screen_on_the_console() -> Result<()> {
    let user = User::new()?;
    let iso = media::debian_iso(&user)?;
    let iso = iso.to_string_lossy();
    let line = [
        &["virt-install", "--connect=qemu:///session", "--name", "debian", "--memory", "1024"][..],
        &["--disk", "size=2", "--location", &iso, "--vcpus=1", "--osinfo", "debian11", "--graphics", "none"],
        &["--extra-args", "console=ttyS0"],
    ]
    .concat();
    let mut install = Terminal::start(&user, &line)?;
    install.shows("Starting install")?;
    install.shows("Select a language")?;
    // Leaving the console leaves the installation running.
    install.types("\x1d")?;
    install.shows("Domain is still running. Installation may be in progress.")?;
    install.ends()?.ok()?;
    user.real_virsh(&["domstate", "debian"])?.ok()?.says("running")?;
    user.real_virsh(&["destroy", "debian"])?.ok()?;
    Ok(())
}
