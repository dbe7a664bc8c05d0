//! Snapshots, editing and long works beside the peer; and what only a guest that runs can show.

use anyhow::{Context, Result, ensure};
use nix::sys::signal::Signal;

use super::lines_jobs as lines;
use super::{PEER, URI, given, seen, user};
use crate::output::Output;
use crate::place;
use crate::terminal::Terminal;
use crate::user::User;

const SESSION: &str = "qemu:///session";

/// The files that the lines name.
fn prepared() -> Result<User> {
    const DISK: &str = "<disk name='vda' snapshot='external' type='file'><source file='/x'/></disk>";
    const SAVED: &str = "<domain type='test'><name>test</name>\
        <uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid><memory>1024</memory><os><type>hvm</type></os>\
        <devices><disk type='file'><source file='/a'/><target dev='vda'/></disk></devices></domain>";
    let user = user()?;
    let snapshot = |rest: &str, domain: &str| {
        format!(
            "<domainsnapshot><name>x</name>{rest}<state>disk-snapshot</state><disks>{DISK}</disks>{domain}\
             </domainsnapshot>"
        )
    };
    user.file("headless.xml", snapshot("", ""))?;
    let rest = "<creationTime>1500000000</creationTime><memory snapshot='no'/>";
    user.file("snapshot.xml", snapshot(rest, SAVED))?;
    let editors = [
        (
            "change",
            "s/<on_reboot>restart/<on_reboot>destroy/; s#/default-pool#/default-poolx#; \
             s/<description>d</<description>dd</",
        ),
        ("rename", "s/<name>a</<name>b</"),
    ];
    for (name, script) in editors {
        let path = user.file(name, format!("#!/bin/sh\nexec sed -i '{script}' \"$1\"\n"))?;
        place::set_mode(&path, 0o700)?;
    }
    Ok(user)
}

/// Text without moments, which are never the same twice: dates, times of day and seconds since 1970.
fn timeless(text: &str) -> String {
    let is_part = |char: char| char.is_ascii_digit() || "-:".contains(char);
    let mut rest = text;
    let mut steady = String::new();
    while let Some(start) = rest.find(|char: char| char.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let (word, after) = from.split_at(from.find(|char| !is_part(char)).unwrap_or(from.len()));
        let digits = word.chars().filter(char::is_ascii_digit).count();
        let is_moment = digits == 10 || (word.len() == 10 && digits == 8) || (word.len() == 8 && digits == 6);
        steady += before;
        steady += if is_moment { "WHEN" } else { word };
        rest = after;
    }
    steady + rest
}

fn compare(lines: &[&str]) -> Result<()> {
    let user = prepared()?;
    let mut wrong = Vec::new();
    for &line in lines {
        let given = given(&["-c", URI, line], "");
        let look = |program| -> Result<_> {
            let (stdout, code, error) = seen(&user, program, &given)?;
            Ok((timeless(&stdout), code, error))
        };
        let (theirs, ours) = (look(PEER)?, look("virsh")?);
        if theirs != ours {
            wrong.push(format!("{line:?}\n  theirs: {theirs:?}\n    ours: {ours:?}"));
        }
    }
    ensure!(wrong.is_empty(), "{} of {} lines differ:\n{}", wrong.len(), lines.len(), wrong.join("\n"));
    Ok(())
}

pub(super) fn snapshots_and_checkpoints() -> Result<()> {
    compare(lines::SNAPSHOTS)
}

pub(super) fn jobs() -> Result<()> {
    compare(lines::JOBS)
}

pub(super) fn edits() -> Result<()> {
    let user = prepared()?;
    for (editor, line) in lines::EDITS {
        let editor = format!("EDITOR={editor}");
        let look = |program: &str| -> Result<_> {
            let given = given(&[&editor, program, "-c", URI, line], "");
            let (stdout, code, error) = seen(&user, "env", &given)?;
            Ok((timeless(&stdout), code, error))
        };
        let (theirs, ours) = (look(PEER)?, look("virsh")?);
        ensure!(theirs == ours, "{editor} {line:?}\n  theirs: {theirs:?}\n    ours: {ours:?}");
    }
    Ok(())
}

/// Nothing that was typed in the editor is lost for a slip.
pub(super) fn an_edit_that_is_refused_is_asked_about() -> Result<()> {
    let user = User::new()?;
    // The first time it leaves what is no XML, the second time it mends that; what was empty gets an element.
    let script = "#!/bin/sh\nif grep -q '^slip' \"$1\"; then sed -i /^slip/d \"$1\"\n\
        else grep -q . \"$1\" || echo '<a/>' >\"$1\"; sed -i 1islip \"$1\"; fi\n";
    let editor = user.file("editor", script)?;
    place::set_mode(&editor, 0o700)?;
    for (line, done) in [
        ("metadata test http://x --key k --edit", "Metadata modified"),
        ("net-metadata default http://x --key k --edit", "Metadata modified"),
        ("edit test", "XML configuration"),
        ("net-edit default", "XML configuration"),
        ("pool-edit default-pool", "XML configuration"),
    ] {
        let command = ["env", "EDITOR=./editor", "virsh", "-c", URI, line];
        let mut terminal = Terminal::start(&user, &command)?;
        terminal.shows("Failed. Try again? [y,n,")?;
        terminal.types("?")?;
        terminal.shows("y - yes")?;
        terminal.shows("Try again?")?;
        terminal.types("y")?;
        terminal.shows(done)?;
        terminal.ends()?.ok()?;
        let mut terminal = Terminal::start(&user, &command)?;
        terminal.shows("Failed. Try again?")?;
        terminal.types("n")?;
        terminal.ends()?.exits(1)?;
    }
    Ok(())
}

pub(super) fn what_others_changed_meanwhile_is_not_overwritten() -> Result<()> {
    let user = User::new()?;
    let xml = |title: &str| {
        format!(
            "<domain type='qemu'><name>shared</name><uuid>0c1f5d35-6a6c-4a5e-a3f7-52c7f2a6d001</uuid>\
             <title>{title}</title><memory>1024</memory><os><type>hvm</type></os></domain>"
        )
    };
    user.file("first.xml", xml("first"))?;
    user.file("theirs.xml", xml("theirs"))?;
    user.real_virsh(&["define first.xml"])?.ok()?;
    let meanwhile = format!("{PEER} -q -c {SESSION} define theirs.xml");
    let editor =
        user.file("editor", format!("#!/bin/sh\n{meanwhile}\nexec sed -i s/first/ours/ \"$1\"\n"))?;
    place::set_mode(&editor, 0o700)?;
    user.run(&["env", "EDITOR=./editor", "virsh", "-c", SESSION, "edit shared"])?
        .refuses("error: The XML configuration was changed by another user.")?;
    user.real_virsh(&["desc --title shared"])?.ok()?.says("theirs")?;
    Ok(())
}

/// The test driver saves and dumps too; but the peer itself hangs there at times, so it is not asked.
pub(super) fn a_saved_domain_comes_back() -> Result<()> {
    let user = User::new()?;
    let commands = "save test saved --verbose; list --all; restore saved; domstate test; dump test core; \
        save test /nonexistent/saved; dump test core --format elf";
    user.run(&["virsh", "-c", URI, commands])?
        .says(
            "\nDomain 'test' saved to saved\n\n Id   Name   State\n-----------------------\n -    test   shut off\n\n\
             Domain restored from saved\n\nrunning\n\n\nDomain 'test' dumped to core\n",
        )?
        .complains("error: Failed to save domain 'test' to /nonexistent/saved")?
        .complains("error: --format only works with --memory-only")?;
    Ok(())
}

/// A guest without a system, whose memory nevertheless holds `noise`, so that moving it takes a while.
fn guest(user: &User, disk: &str) -> Result<()> {
    user.file("g.xml", guest_xml(user, disk)?)?;
    user.real_virsh(&["define g.xml; start g"])?.ok()?;
    Ok(())
}

/// Its definition; what it names is written to the user's home.
pub(super) fn guest_xml(user: &User, disk: &str) -> Result<String> {
    let noise: Vec<u8> = (0_u32..6 << 20).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    user.file("noise", noise)?;
    let loader = format!("loader,file={},addr=0x1000000,force-raw=on", user.text("noise"));
    Ok(format!(
        "<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>g</name>\
         <uuid>0c1f5d35-6a6c-4a5e-a3f7-52c7f2a6d001</uuid><memory unit='MiB'>64</memory>\
         <os><type arch='x86_64' machine='q35'>hvm</type></os><cpu mode='custom' match='exact'>\
         <model>qemu64</model></cpu><devices><emulator>/usr/bin/qemu-system-x86_64</emulator>{disk}\
         <memballoon model='none'/><controller type='usb' model='none'/><video><model type='none'/></video>\
         <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel></devices>\
         <qemu:commandline><qemu:arg value='-device'/><qemu:arg value='{loader}'/></qemu:commandline></domain>"
    ))
}

pub(super) fn a_guest_is_worked_on_as_by_the_peer() -> Result<()> {
    let run = |program: &str| -> Result<Vec<(String, i32, String)>> {
        let user = User::new()?;
        let store = user.directory("store")?;
        let line = "qemu-img create -q -f qcow2 store/base 64M && qemu-io -c 'write -P 7 0 30M' store/base >/dev/null \
            && qemu-img create -q -f qcow2 -b base -F qcow2 store/top";
        user.run(&["sh", "-c", line])?.ok()?;
        let disk = format!(
            "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{}'/>\
             <target dev='vda' bus='virtio'/></disk>",
            store.join("top").display()
        );
        guest(&user, &disk)?;
        let store = store.display().to_string();
        let home = user.home().display().to_string();
        lines::GUEST
            .iter()
            .map(|line| {
                let given = given(&["-c", SESSION, &line.replace("STORE", &store)], "");
                let (stdout, code, error) = seen(&user, program, &given)?;
                // How far work is when it is looked at, and how often it is, depends on the machine.
                let stdout: String =
                    stdout
                        .lines()
                        .map(|line| {
                            if line.starts_with(" cur=") { " cur=\n".to_owned() } else { format!("{line}\n") }
                        })
                        .collect();
                let error = error.rsplit('\r').next().unwrap_or_default().replace(&home, "HOME");
                Ok((timeless(&stdout.replace(&home, "HOME")), code, error))
            })
            .collect()
    };
    let (theirs, ours) = (run(PEER)?, run("virsh")?);
    let mut wrong = Vec::new();
    for ((line, theirs), ours) in lines::GUEST.iter().zip(&theirs).zip(&ours) {
        if theirs != ours {
            wrong.push(format!("{line:?}\n  theirs: {theirs:?}\n    ours: {ours:?}"));
        }
    }
    ensure!(wrong.is_empty(), "{} of {} lines differ:\n{}", wrong.len(), theirs.len(), wrong.join("\n"));
    Ok(())
}

pub(super) fn a_copy_of_a_disk_that_is_given_up_is_told_of() -> Result<()> {
    let user = User::new()?;
    let line = "qemu-img create -q -f qcow2 base 64M && qemu-io -c 'write -P 7 0 30M' base >/dev/null";
    user.run(&["sh", "-c", line])?.ok()?;
    let disk = format!(
        "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{}'/>\
         <target dev='vda' bus='virtio'/></disk>",
        user.text("base")
    );
    guest(&user, &disk)?;
    user.file("copy.xml", format!("<disk type='file'><source file='{}'/></disk>", user.text("two")))?;
    for (to, file) in [(user.text("one"), "one"), ("--xml copy.xml".to_owned(), "two")] {
        let line = format!("blockcopy g vda {to} --wait --verbose --bandwidth 1 --transient-job");
        let mut copying = user.start("copying", &["virsh", "-c", SESSION, &line])?;
        copying.wait_for("Block Copy: [")?;
        copying.signal(Signal::SIGINT)?;
        let told = format!("hint: what was copied is left in {}: remove that file\n", user.text(file));
        copying.end()?.exits(1)?.says("\nCopy aborted")?.complains(&told)?;
        ensure!(user.path(file).exists(), "there is nothing to be removed");
    }
    // Of a file that is there nothing is said.
    let line = format!("blockcopy g vda {} --wait", user.text("one"));
    let refused = user.run(&["virsh", "-c", SESSION, &line])?.exits(1)?;
    ensure!(!refused.stderr.contains("hint"), "{refused}");
    Ok(())
}

/// Two hosts are two sessions of one user, which differ in what libvirt knows a host by.
pub(super) fn a_running_guest_moves_and_c_cancels() -> Result<()> {
    let (here, there) = (User::new()?, User::new()?);
    there.directory(".config")?;
    there.directory(".config/libvirt")?;
    let other = "host_uuid = \"8c1f5d35-6a6c-4a5e-a3f7-52c7f2a6d002\"\n";
    there.file(".config/libvirt/libvirtd.conf", other)?;
    there.real_virsh(&["list"])?.ok()?;
    guest(&here, "")?;
    let uri = format!("qemu+unix:///session?socket={}", there.text("run/libvirt/libvirt-sock"));
    let migrate =
        |more: &str| format!("migrate g {uri} --live --verbose --migrateuri tcp://127.0.0.1 {more}");

    // Six MiB of memory at one MiB a second.
    let slow = migrate("--bandwidth 1");
    let mut moving = here.start("migration", &["virsh", "-c", SESSION, &slow])?;
    moving.wait_for("Migration: [")?;
    moving.signal(Signal::SIGINT)?;
    let cancelled: Output = moving.end()?;
    ensure!(cancelled.code == 1, "{cancelled}");
    cancelled.complains("error: operation aborted: ")?;
    here.real_virsh(&["domstate g"])?.ok()?.says("running")?;

    let fast = migrate("--bandwidth 100");
    let moved = here.run(&["virsh", "-c", SESSION, &fast])?.ok()?;
    let last = moved.stderr.rsplit('\r').next().context("no progress")?;
    ensure!(last == "Migration: [100.00 %]", "{moved}");
    here.real_virsh(&["domstate g"])?.ok()?.says("shut off")?;
    there.real_virsh(&["domstate g --reason"])?.ok()?.says("running (migrated)")?;
    Ok(())
}
