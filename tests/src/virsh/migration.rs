//! A running guest between two hosts, and what may befall it on the way.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use nix::sys::signal::Signal;

use super::jobs;
use crate::Test;
use crate::two_hosts::{Host, NEEDS, TwoHosts};

pub(crate) const TESTS: &[Test] = &[
    Test { name: "a_guest_moves_there_and_back", needs: NEEDS, run: a_guest_moves_there_and_back },
    Test { name: "a_disk_goes_with_its_guest", needs: NEEDS, run: a_disk_goes_with_its_guest },
    Test { name: "c_cancels_and_the_guest_goes_on", needs: NEEDS, run: c_cancels_and_the_guest_goes_on },
    Test {
        name: "a_wire_that_is_pulled_loses_nothing",
        needs: NEEDS,
        run: a_wire_that_is_pulled_loses_nothing,
    },
    Test {
        name: "a_daemon_that_dies_in_the_middle_loses_nothing",
        needs: NEEDS,
        run: a_daemon_that_dies_in_the_middle_loses_nothing,
    },
];

/// The whole guest goes, and its definition with it.
const MOVE: &str = "--live --verbose --persistent --undefinesource";
/// Which leaves time to look: the guest has six MiB of memory that is worth moving, and this is one a second.
const SLOWLY: &str = "--bandwidth 1";

/// Two hosts, and a guest that runs on the first.
fn with_guest() -> Result<TwoHosts> {
    let hosts = TwoHosts::start()?;
    let xml = jobs::guest_xml(&hosts.user, "")?;
    let file = hosts.user.file("g.xml", xml)?;
    hosts.virsh(Host::A, &format!("define {}; start g", file.display()))?.ok()?;
    Ok(hosts)
}

/// Succeeds if the guest runs on this host and is defined there, and the other one knows nothing of it.
fn lives_on(hosts: &TwoHosts, host: Host) -> Result<()> {
    let other = if host == Host::A { Host::B } else { Host::A };
    let list = |host| -> Result<String> {
        Ok(hosts
            .virsh(host, "list --all --persistent --name --state-running")?
            .ok()?
            .stdout
            .trim()
            .to_owned())
    };
    ensure!(list(host)? == "g", "it does not run where it should: {:?}", list(host)?);
    let everything = hosts.virsh(other, "list --all --name")?.ok()?;
    ensure!(everything.stdout.trim().is_empty(), "{everything}");
    Ok(())
}

fn a_guest_moves_there_and_back() -> Result<()> {
    let hosts = with_guest()?;
    let defined = hosts.virsh(Host::A, "dumpxml g --inactive")?.ok()?.stdout;
    let there = hosts.virsh(Host::A, &format!("migrate g {} {MOVE}", Host::B.uri("tcp")))?.ok()?;
    let last = there.stderr.rsplit('\r').next().context("no progress")?;
    ensure!(last == "Migration: [100.00 %]", "{there}");
    lives_on(&hosts, Host::B)?;
    let back = format!("migrate g {} {MOVE} --p2p --parallel --parallel-connections 2", Host::A.uri("tls"));
    hosts.virsh(Host::B, &back)?.ok()?;
    lives_on(&hosts, Host::A)?;
    let now = hosts.virsh(Host::A, "dumpxml g --inactive")?.ok()?.stdout;
    ensure!(now == defined, "the definition changed on its way:\n{defined}\n{now}");
    Ok(())
}

fn a_disk_goes_with_its_guest() -> Result<()> {
    let hosts = TwoHosts::start()?;
    let content: Vec<u8> = (0..1 << 20_u32).flat_map(u32::to_le_bytes).collect();
    let here = hosts.user.file("here.img", &content)?;
    // Both hosts see the same files, so the disk has another name there.
    let there = hosts.user.file("there.img", vec![0; content.len()])?;
    let disk = format!(
        "<disk type='file'><driver name='qemu' type='raw'/><source file='{}'/><target dev='vda'/></disk>",
        here.display()
    );
    let file = hosts.user.file("g.xml", jobs::guest_xml(&hosts.user, &disk)?)?;
    hosts.virsh(Host::A, &format!("define {}; start g", file.display()))?.ok()?;
    let moved = |name: &str, flags: &str| -> Result<PathBuf> {
        let xml = hosts.virsh(Host::A, &format!("dumpxml g {flags}"))?.ok()?.stdout;
        hosts.user.file(name, xml.replace("here.img", "there.img"))
    };
    let (live, stored) = (moved("live.xml", "--migratable")?, moved("stored.xml", "--inactive")?);
    let line = format!(
        "migrate g {} {MOVE} --copy-storage-all --migrate-disks vda --xml {} --persistent-xml {}",
        Host::B.uri("tcp"),
        live.display(),
        stored.display()
    );
    hosts.virsh(Host::A, &line)?.ok()?;
    lives_on(&hosts, Host::B)?;
    ensure!(std::fs::read(&there)? == content, "the disk is not the same there");
    hosts.virsh(Host::B, "domblklist g --inactive")?.ok()?.says("there.img")?;
    Ok(())
}

fn c_cancels_and_the_guest_goes_on() -> Result<()> {
    let hosts = with_guest()?;
    let mut moving = hosts.begin(Host::A, &format!("migrate g {} {MOVE} {SLOWLY}", Host::B.uri("tcp")))?;
    moving.wait_for("Migration: [")?;
    moving.signal(Signal::SIGINT)?;
    let cancelled = moving.end()?.exits(1)?;
    ensure!(cancelled.stdout.contains("error: operation aborted: "), "{cancelled}");
    ensure!(!cancelled.stdout.contains("100.00 %"), "{cancelled}");
    // The other host still has to clear up.
    hosts.until(Host::B, "list --all --name", |output| output.stdout.trim().is_empty())?;
    lives_on(&hosts, Host::A)
}

fn a_daemon_that_dies_in_the_middle_loses_nothing() -> Result<()> {
    let hosts = with_guest()?;
    let slowly = format!("migrate g {} {MOVE} {SLOWLY}", Host::B.uri("tcp"));
    let mut moving = hosts.begin(Host::A, &slowly)?;
    moving.wait_for("Migration: [")?;
    hosts.crash(Host::B)?;
    let failed = moving.end()?.exits(1)?;
    ensure!(failed.stdout.contains("error: "), "{failed}");
    // Another daemon comes there, and finds half a guest.
    hosts.answers(Host::B)?;
    hosts.until(Host::B, "list --all --name", |output| output.stdout.trim().is_empty())?;
    hosts.until(Host::A, "domstate g", |output| output.stdout.contains("running"))?;
    lives_on(&hosts, Host::A)?;
    // Nothing stands in the way of the next attempt, nor of one while our own daemon dies.
    hosts.virsh(Host::A, &format!("migrate g {} {MOVE}", Host::B.uri("tcp")))?.ok()?;
    lives_on(&hosts, Host::B)?;
    let back = format!("migrate g {} {MOVE} {SLOWLY}", Host::A.uri("tcp"));
    let mut moving = hosts.begin(Host::B, &back)?;
    moving.wait_for("Migration: [")?;
    hosts.crash(Host::B)?;
    moving.end()?.exits(1)?;
    hosts.answers(Host::B)?;
    hosts.until(Host::B, "domstate g", |output| output.stdout.contains("running"))?;
    hosts.until(Host::A, "list --all --name", |output| output.stdout.trim().is_empty())?;
    lives_on(&hosts, Host::B)
}

fn a_wire_that_is_pulled_loses_nothing() -> Result<()> {
    let hosts = with_guest()?;
    let slowly = format!("migrate g {} {MOVE} {SLOWLY}", Host::B.uri("tcp"));
    let mut moving = hosts.begin(Host::A, &slowly)?;
    moving.wait_for("Migration: [")?;
    hosts.wire(Host::B, false)?;
    // The guest's memory goes nowhere now, and nobody knows for how long; the user has had enough.
    moving.signal(Signal::SIGINT)?;
    moving.end()?.exits(1)?;
    hosts.until(Host::A, "domstate g", |output| output.stdout.contains("running"))?;
    hosts.wire(Host::B, true)?;
    hosts.until(Host::B, "list --all --name", |output| output.stdout.trim().is_empty())?;
    lives_on(&hosts, Host::A)?;
    hosts.virsh(Host::A, &format!("migrate g {} {MOVE}", Host::B.uri("tcp")))?.ok()?;
    lives_on(&hosts, Host::B)
}
