//! What is seen of a guest while it installs: the window that is started for it, and what is done without one. A stand-in
//! for virt-viewer notes how it was called.

use anyhow::{Result, ensure};

use crate::Test;
use crate::need::{QEMU, REAL_VIRSH};
use crate::output::Output;
use crate::user::User;
use crate::{peer, place};

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "a_screen_is_shown_by_virt_viewer",
        needs: &[QEMU, REAL_VIRSH],
        run: a_screen_is_shown_by_virt_viewer,
    },
    Test {
        name: "without_a_window_an_installation_is_waited_for",
        needs: &[QEMU, REAL_VIRSH],
        run: without_a_window_an_installation_is_waited_for,
    },
    Test {
        name: "a_guest_is_forced_off_when_its_window_is_closed_if_asked",
        needs: &[QEMU, REAL_VIRSH],
        run: a_guest_is_forced_off_when_its_window_is_closed_if_asked,
    },
    Test { name: "checks_are_listed", needs: &[crate::need::REAL_VIRT_INSTALL], run: checks_are_listed },
];

/// A guest that finds nothing to boot, and stays in its firmware.
const GUEST: &str = "virt-install --connect qemu:///session --virt-type qemu --name web --memory 64 --disk none --pxe \
    --osinfo generic --network none";

/// A user with a stand-in for virt-viewer, which ends at once, or when it is told to.
fn user() -> Result<User> {
    let user = User::new()?;
    user.directory("bin")?;
    let script = "#!/bin/sh\necho \"$@\" >>\"$HOME/viewer.log\"\nexec sleep \"${VIEWER_STAYS:-0}\"\n";
    let path = user.file("bin/virt-viewer", script)?;
    place::set_mode(&path, 0o755)?;
    Ok(user)
}

/// The words of a command line in this environment, with the stand-in on the PATH.
fn words(user: &User, environment: &str, rest: &str) -> Vec<String> {
    let path = format!("PATH={}:{}:/usr/bin:/bin", user.text("bin"), place::bin().display());
    let line = format!("env {path} {environment} {GUEST} {rest}");
    line.split_whitespace().map(str::to_owned).collect()
}

fn run(user: &User, environment: &str, rest: &str) -> Result<Output> {
    let words = words(user, environment, rest);
    user.run(&words.iter().map(String::as_str).collect::<Vec<_>>())
}

/// How the stand-in was called, and that is forgotten.
fn calls(user: &User) -> String {
    let log = user.path("viewer.log");
    let calls = std::fs::read_to_string(&log).unwrap_or_default();
    let _ = std::fs::remove_file(log);
    calls
}

fn remove(user: &User) -> Result<()> {
    user.real_virsh(&["destroy", "web"])?;
    user.real_virsh(&["undefine", "web"])?.ok()?;
    Ok(())
}

fn state(user: &User) -> Result<String> {
    Ok(user.real_virsh(&["domstate", "web"])?.ok()?.stdout.trim().to_owned())
}

fn a_screen_is_shown_by_virt_viewer() -> Result<()> {
    let user = user()?;
    let called = "--connect qemu:///session --wait web\n";
    let attached = "--connect qemu:///session --wait web --attach\n";
    for (environment, rest, calls_wanted) in [
        ("DISPLAY=:9", "--graphics vnc", called),
        ("WAYLAND_DISPLAY=w", "--graphics vnc --autoconsole graphical", called),
        ("DISPLAY=:9", "--graphics vnc,listen=none", attached),
        ("DISPLAY=:9", "--graphics vnc --noautoconsole", ""),
        ("DISPLAY=:9", "--graphics vnc --autoconsole none", ""),
        ("DISPLAY=:9", "--graphics vnc --autoconsole text", ""),
        ("DISPLAY=:9", "--graphics vnc --wait 0", ""),
        ("DISPLAY=:9", "--graphics none", ""),
        ("A=1", "--graphics vnc --autoconsole graphical", ""),
    ] {
        let output = run(&user, environment, rest)?.ok()?;
        output.clone().says("Domain is still running. Installation may be in progress.")?;
        let calls = calls(&user);
        ensure!(calls == calls_wanted, "{environment} {rest}: {calls:?}\n{output}");
        ensure!(state(&user)? == "running", "{output}");
        remove(&user)?;
    }
    run(&user, "DISPLAY=:9 VIEWER_STAYS=nonsense", "--graphics vnc")?
        .ok()?
        .complains("ended with a failure")?;
    remove(&user)
}

fn without_a_window_an_installation_is_waited_for() -> Result<()> {
    let user = user()?;
    // A window that stays open does not keep who says how long to wait.
    for (name, environment, rest) in [
        ("unseen", "A=1", "--graphics vnc"),
        ("waited", "DISPLAY=:9 VIEWER_STAYS=600", "--graphics vnc --wait"),
    ] {
        let words = words(&user, environment, rest);
        let mut install = user.start(name, &words.iter().map(String::as_str).collect::<Vec<_>>())?;
        install.wait_for("Waiting for the installation to complete.")?;
        ensure!(install.is_running()?, "it did not wait: {}", install.printed());
        user.real_virsh(&["destroy", "web"])?.ok()?;
        let output = install.end()?.ok()?;
        ensure!(output.stdout.contains("is not started again"), "{output}");
        ensure!(state(&user)? == "shut off", "it was started again\n{output}");
        remove(&user)?;
    }
    Ok(())
}

fn a_guest_is_forced_off_when_its_window_is_closed_if_asked() -> Result<()> {
    let user = user()?;
    for (environment, rest) in [
        ("DISPLAY=:9", "--graphics vnc --destroy-on-exit"),
        ("DISPLAY=:9", "--graphics vnc --destroy-on-exit --noautoconsole"),
        ("DISPLAY=:9", "--graphics none --destroy-on-exit"),
    ] {
        let output = run(&user, environment, rest)?.ok()?;
        ensure!(state(&user)? == "shut off", "it runs on\n{output}");
        remove(&user)?;
    }
    Ok(())
}

fn checks_are_listed() -> Result<()> {
    let user = User::new()?;
    for line in [
        ["--check", "help"],
        ["--install", "help"],
        ["--location", "help"],
        ["--os-variant", "list"],
        ["--osinfo", "list"],
    ] {
        let ask = |program: &str| user.run(&[&[program], &line[..]].concat())?.ok();
        let (ours, theirs) = (ask("virt-install")?, ask(&peer::virt_install())?);
        // Names of systems are followed by advice.
        let theirs =
            Output { stdout: theirs.stdout.split("\n\n").next().unwrap_or_default().to_owned(), ..theirs };
        // The one check that the peer has not.
        let ours = Output { stdout: ours.stdout.replace("  memory_size\n", ""), ..ours };
        ensure!(ours.stdout.trim_end() == theirs.stdout.trim_end(), "{ours}\n{theirs}");
    }
    Ok(())
}
