//! Installs that are interrupted: whatever stops them, nothing is lost and nothing is left.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use nix::sys::signal::{Signal, kill};

use crate::media;
use crate::need::{Need, QEMU, REAL_VIRSH, XORRISO};
use crate::place;
use crate::small_disk::SmallDisk;
use crate::user::{Running, User};
use crate::{PATIENCE, Test};

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "sigint_at_any_moment_leaves_nothing",
        needs: &[QEMU, XORRISO, REAL_VIRSH],
        run: sigint_at_any_moment_leaves_nothing,
    },
    Test {
        name: "what_sigkill_leaves_the_next_install_removes",
        needs: &[QEMU, XORRISO, REAL_VIRSH],
        run: what_sigkill_leaves_the_next_install_removes,
    },
    Test {
        name: "a_guest_outlives_the_session_of_its_installer",
        needs: &[QEMU, XORRISO, REAL_VIRSH],
        run: a_guest_outlives_the_session_of_its_installer,
    },
    Test {
        name: "a_stalled_server_is_left_at_once",
        needs: &[QEMU, REAL_VIRSH],
        run: a_stalled_server_is_left_at_once,
    },
    Test {
        name: "a_failed_start_removes_what_it_created_and_keeps_what_was_there",
        needs: &[QEMU, REAL_VIRSH],
        run: a_failed_start_removes_what_it_created_and_keeps_what_was_there,
    },
    Test {
        name: "a_pool_that_a_failed_install_made_goes_whatever_its_directory_held",
        needs: &[QEMU, REAL_VIRSH],
        run: a_pool_that_a_failed_install_made_goes_whatever_its_directory_held,
    },
    Test {
        name: "a_full_disk_leaves_nothing",
        needs: &[QEMU, XORRISO, REAL_VIRSH, Need::Root],
        run: a_full_disk_leaves_nothing,
    },
    Test {
        name: "an_install_goes_on_when_libvirt_is_killed",
        needs: &[QEMU, XORRISO, REAL_VIRSH],
        run: an_install_goes_on_when_libvirt_is_killed,
    },
    Test {
        name: "an_emulator_that_fails_is_no_end_of_an_installation",
        needs: &[QEMU, XORRISO, REAL_VIRSH],
        run: an_emulator_that_fails_is_no_end_of_an_installation,
    },
    Test {
        name: "a_transient_guest_that_fails_or_one_that_is_removed_is_no_end_either",
        needs: &[QEMU, XORRISO, REAL_VIRSH],
        run: a_transient_guest_that_fails_or_one_that_is_removed_is_no_end_either,
    },
    Test {
        name: "libvirt_killed_while_a_guest_is_created_leaves_nothing",
        needs: &[QEMU, XORRISO, REAL_VIRSH],
        run: libvirt_killed_while_a_guest_is_created_leaves_nothing,
    },
];

/// The demo's install, in the words of a user who waits for it without a console.
fn install(location: &str) -> Vec<String> {
    let line = format!(
        "virt-install --connect qemu:///session --virt-type qemu --name guest --memory 256 --disk size=1 \
         --vcpus 1 --osinfo linux2022 --network none --noautoconsole --wait -1 --extra-args console=ttyS0 \
         --cloud-init root-password-generate=on --location {location}"
    );
    line.split_whitespace().map(str::to_owned).collect()
}

fn start(user: &User, line: &[String]) -> Result<Running> {
    user.start("install", &line.iter().map(String::as_str).collect::<Vec<_>>())
}

/// All that an install could leave: files below the home, domains, pools.
fn traces(user: &User) -> Result<Vec<String>> {
    let mut traces = user.files();
    traces.retain(|file| !["install.out", "demo.iso"].contains(&file.as_str()));
    for list in [["list", "--all", "--name"], ["pool-list", "--all", "--name"]] {
        let output = user.real_virsh(&list)?.ok()?;
        traces.extend(output.stdout.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned));
    }
    Ok(traces)
}

fn is_there(user: &User) -> Result<bool> {
    Ok(user.real_virsh(&["list", "--all", "--name"])?.ok()?.stdout.contains("guest"))
}

fn remove(user: &User) -> Result<()> {
    user.real_virsh(&["destroy", "guest"])?;
    user.real_virsh(&["undefine", "guest", "--remove-all-storage"])?.ok()?;
    Ok(())
}

/// Moments of an install, from its first look at the medium to the running guest.
const MOMENTS: [u64; 9] = [5, 20, 60, 120, 200, 300, 450, 900, 2500];

fn sigint_at_any_moment_leaves_nothing() -> Result<()> {
    let user = User::new()?;
    let line = install(&media::demo_iso(&user)?.to_string_lossy());
    let before = traces(&user)?;
    for moment in MOMENTS {
        let running = start(&user, &line)?;
        std::thread::sleep(Duration::from_millis(moment));
        running.signal(Signal::SIGINT)?;
        let output = running.end()?;
        // Before the program listens to signals, the signal ends it as it ends others.
        ensure!([1, 130].contains(&output.code), "after {moment} ms\n{output}");
        let after = traces(&user)?;
        ensure!(before == after, "after {moment} ms there is left: {after:?}, was: {before:?}\n{output}");
    }
    Ok(())
}

fn remove_pool(user: &User) -> Result<()> {
    let pools = user.real_virsh(&["pool-list", "--all", "--name"])?.ok()?.stdout;
    if pools.contains("default") {
        for command in ["pool-destroy", "pool-undefine"] {
            user.real_virsh(&[command, "default"])?.ok()?;
        }
    }
    Ok(())
}

fn what_sigkill_leaves_the_next_install_removes() -> Result<()> {
    let user = User::new()?;
    let line = install(&media::demo_iso(&user)?.to_string_lossy());
    let before = traces(&user)?;
    for moment in MOMENTS {
        let running = start(&user, &line)?;
        std::thread::sleep(Duration::from_millis(moment));
        running.signal(Signal::SIGKILL)?;
        running.end()?;
        let next = "virt-install --connect qemu:///session --name other --memory 64 --osinfo linux2022 --import \
                    --network none --disk /nowhere/at/all.img";
        user.run(&next.split_whitespace().collect::<Vec<_>>())?.refuses("all.img")?;
        if is_there(&user)? {
            // Guests outlive who made them. It had started, unless libvirt was not asked for that any more.
            let state = user.real_virsh(&["domstate", "guest"])?.ok()?.stdout;
            ensure!(["running", "shut off"].contains(&state.trim()), "after {moment} ms it is {state}");
            remove(&user)?;
        }
        // What libvirt still creates can only be removed once it is there, and its pool goes last: without that nobody
        // knows of the volume.
        let end = std::time::Instant::now() + PATIENCE;
        loop {
            if !user.path(".local/share/libvirt/images/guest.qcow2").exists() {
                remove_pool(&user)?;
            }
            let after = traces(&user)?;
            if before == after {
                break;
            }
            ensure!(
                std::time::Instant::now() < end,
                "after {moment} ms there is left: {after:?}, was: {before:?}"
            );
            user.run(&next.split_whitespace().collect::<Vec<_>>())?.refuses("all.img")?;
        }
    }
    Ok(())
}

fn a_guest_outlives_the_session_of_its_installer() -> Result<()> {
    let user = User::new()?;
    let mut running = start(&user, &install(&media::demo_iso(&user)?.to_string_lossy()))?;
    running.wait_for("Waiting for the installation")?;
    running.signal(Signal::SIGHUP)?;
    running.end()?.ok()?.says("goes on being installed")?;
    user.real_virsh(&["domstate", "guest"])?.ok()?.says("running")?;
    let boot = user.path(".cache/xctl/boot");
    let left = std::fs::read_dir(boot).map(Iterator::count).unwrap_or_default();
    ensure!(left == 0, "files of the install boot are left");
    remove(&user)
}

fn a_stalled_server_is_left_at_once() -> Result<()> {
    let user = User::new()?;
    let before = traces(&user)?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/", listener.local_addr()?);
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            std::thread::spawn(move || stall(connection));
        }
    });
    let mut running = start(&user, &install(&url))?;
    running.wait_for("Retrieving 'linux'")?;
    running.signal(Signal::SIGINT)?;
    running.end()?.refuses("aborted")?;
    let after = traces(&user)?;
    ensure!(before == after, "there is left: {after:?}, was: {before:?}");
    Ok(())
}

/// A mirror with Debian's installer whose kernel never comes to its end.
fn stall(mut connection: std::net::TcpStream) -> Option<()> {
    let mut lines = BufReader::new(connection.try_clone().ok()?).lines();
    let request = lines.next()?.ok()?;
    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
    let path = request.split(' ').nth(1)?;
    let is_there =
        path.contains("debian-installer/amd64/linux") || path.contains("debian-installer/amd64/initrd.gz");
    let answer = if is_there {
        "HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\nConnection: close\r\n\r\n"
    } else {
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    };
    connection.write_all(answer.as_bytes()).ok()?;
    if is_there && request.starts_with("GET") {
        connection.write_all(&[0; 70_000]).ok()?;
        // Longer than its end is waited for.
        std::thread::sleep(PATIENCE * 2);
    }
    Some(())
}

fn a_failed_start_removes_what_it_created_and_keeps_what_was_there() -> Result<()> {
    let user = User::new()?;
    // Nobody may read it, which the emulator is the first to notice.
    let mine = user.file("mine.img", vec![1; 4096])?;
    place::set_mode(&mine, 0)?;
    let before = traces(&user)?;
    let new = user.path("new");
    let line = format!(
        "virt-install --connect qemu:///session --virt-type qemu --name guest --memory 256 --vcpus 1 --osinfo linux2022 \
         --import --network none --noautoconsole --disk size=1 --disk {}/sub/x.qcow2,size=0.01 --disk {}",
        new.display(),
        mine.display()
    );
    let output = user.run(&line.split_whitespace().collect::<Vec<_>>())?;
    output.refuses("Permission denied")?.says("Removed volume 'guest.qcow2'")?;
    ensure!(!new.exists(), "{} is left", new.display());
    let after = traces(&user)?;
    ensure!(before == after, "there is left: {after:?}, was: {before:?}");
    Ok(())
}

fn a_pool_that_a_failed_install_made_goes_whatever_its_directory_held() -> Result<()> {
    let user = User::new()?;
    user.directory("isos")?;
    for file in ["isos/one.iso", "isos/two.iso"] {
        user.file(file, [0; 2048])?;
    }
    let mine = user.file("mine.img", vec![1; 4096])?;
    place::set_mode(&mine, 0)?;
    let before = traces(&user)?;
    let line = format!(
        "virt-install --connect qemu:///session --virt-type qemu --name guest --memory 256 --osinfo linux2022 \
         --import --network none --noautoconsole --disk isos/k.qcow2,size=0.01 --disk {}",
        mine.display()
    );
    let output = user.run(&line.split_whitespace().collect::<Vec<_>>())?.refuses("Permission denied")?;
    output.says("Removed volume 'k.qcow2'")?.says("Removed storage pool 'isos'")?;
    let after = traces(&user)?;
    ensure!(before == after, "there is left: {after:?}, was: {before:?}");
    Ok(())
}

fn a_full_disk_leaves_nothing() -> Result<()> {
    let user = User::new()?;
    let line = install(&media::demo_iso(&user)?.to_string_lossy());
    for (place, size) in [(".cache/xctl", "1M"), (".local/share/libvirt/images", "64k")] {
        let small = SmallDisk::at(&user, place, size)?;
        let before = traces(&user)?;
        let mut line = line.clone();
        line.extend(["--check", "disk_size=off"].map(str::to_owned));
        let output = user.run(&line.iter().map(String::as_str).collect::<Vec<_>>())?;
        output.refuses("No space left on device").with_context(|| format!("full at {place}"))?;
        let after = traces(&user)?;
        ensure!(before == after, "full at {place}: there is left: {after:?}, was: {before:?}");
        drop(small);
    }
    let mut whole = line.clone();
    whole.extend(["--disk", "size=9000,sparse=no"].map(str::to_owned));
    user.run(&whole.iter().map(String::as_str).collect::<Vec<_>>())?.refuses("not enough free space")?;
    Ok(())
}

fn an_install_goes_on_when_libvirt_is_killed() -> Result<()> {
    let user = User::new()?;
    let mut running = start(&user, &install(&media::demo_iso(&user)?.to_string_lossy()))?;
    running.wait_for("Waiting for the installation")?;
    let emulators = user.processes_named("qemu-system-x86_64");
    ensure!(emulators.len() == 1, "{emulators:?}");
    user.signal_libvirt(Signal::SIGKILL)?;
    std::thread::sleep(Duration::from_millis(300));
    ensure!(user.processes_named("qemu-system-x86_64") == emulators, "the guest did not outlive the daemon");
    running.end()?.ok()?.says("Domain creation completed.")?;
    user.real_virsh(&["domstate", "guest"])?.ok()?.says("running")?;
    remove(&user)
}

fn libvirt_killed_while_a_guest_is_created_leaves_nothing() -> Result<()> {
    const TRIES: usize = 8;
    let user = User::new()?;
    let line = install(&media::demo_iso(&user)?.to_string_lossy());
    let before = traces(&user)?;
    for _ in 0..TRIES {
        let mut running = start(&user, &line)?;
        running.wait_for("Creating domain")?;
        user.signal_libvirt(Signal::SIGKILL)?;
        running.wait_within("Waiting for the installation", Duration::from_secs(1)).ok();
        if running.is_running()? {
            // The guest was there before.
            running.signal(Signal::SIGINT)?;
        }
        let output = running.end()?;
        let after = traces(&user)?;
        ensure!(before == after, "there is left: {after:?}, was: {before:?}\n{output}");
        if output.stderr.contains("Removed domain 'guest'") && !output.stderr.contains("aborted") {
            return Ok(());
        }
    }
    bail!("libvirt was never killed in time")
}

fn a_transient_guest_that_fails_or_one_that_is_removed_is_no_end_either() -> Result<()> {
    let user = User::new()?;
    let mut line = install(&media::demo_iso(&user)?.to_string_lossy());
    let mut running = start(&user, &line)?;
    running.wait_for("Waiting for the installation")?;
    for command in ["undefine", "destroy"] {
        user.real_virsh(&[command, "guest"])?.ok()?;
    }
    running.end()?.refuses("the guest 'guest' was removed by somebody else")?;
    line.push("--transient".to_owned());
    for (signal, code) in [(Signal::SIGKILL, 1), (Signal::SIGTERM, 0)] {
        let mut running = start(&user, &line)?;
        running.wait_for("Waiting for the installation")?;
        let emulators = user.processes_named("qemu-system-x86_64");
        ensure!(emulators.len() == 1, "{emulators:?}");
        kill(emulators[0], signal)?;
        let output = running.end()?.exits(code)?;
        let has_failed = output.stderr.contains("the emulator of the guest 'guest' failed or was killed");
        ensure!(has_failed == (code == 1), "{output}");
    }
    Ok(())
}

fn an_emulator_that_fails_is_no_end_of_an_installation() -> Result<()> {
    let user = User::new()?;
    let mut running = start(&user, &install(&media::demo_iso(&user)?.to_string_lossy()))?;
    running.wait_for("Waiting for the installation")?;
    let emulators = user.processes_named("qemu-system-x86_64");
    ensure!(emulators.len() == 1, "{emulators:?}");
    kill(emulators[0], Signal::SIGKILL)?;
    let output = running.end()?.refuses("the emulator of the guest 'guest' failed or was killed")?;
    let hint =
        output.stderr.lines().find_map(|line| line.trim().strip_prefix("hint: the guest is not installed; "));
    let (command, _) =
        hint.and_then(|hint| hint.split_once(" removes it")).context("no hint of what removes it")?;
    user.real_virsh(&["domstate", "guest"])?.ok()?.says("shut off")?;
    user.run(&command.split_whitespace().collect::<Vec<_>>())?.ok()?;
    ensure!(!is_there(&user)?, "{command} left it there");
    Ok(())
}
