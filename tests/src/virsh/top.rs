//! What running guests use, on a terminal and off it.

use std::time::Duration;

use anyhow::{Result, ensure};
use nix::sys::signal::{Signal, kill};

use super::{SESSION, URI};
use crate::Test;
use crate::need::QEMU;
use crate::terminal::Terminal;
use crate::user::User;

pub(crate) const TESTS: &[Test] = &[
    Test { name: "what_guests_use_is_told_in_lines", needs: &[QEMU], run: what_guests_use_is_told_in_lines },
    Test { name: "what_guests_use_is_told_as_data", needs: &[QEMU], run: what_guests_use_is_told_as_data },
    Test {
        name: "what_guests_use_is_shown_on_a_page",
        needs: &[QEMU],
        run: what_guests_use_is_shown_on_a_page,
    },
    Test { name: "a_host_that_hangs_can_be_left", needs: &[QEMU], run: a_host_that_hangs_can_be_left },
    Test { name: "the_terminal_is_left_as_it_was", needs: &[], run: the_terminal_is_left_as_it_was },
    Test {
        name: "a_driver_without_figures_has_its_guests_listed",
        needs: &[],
        run: a_driver_without_figures_has_its_guests_listed,
    },
    Test { name: "what_top_cannot_do_is_refused", needs: &[], run: what_top_cannot_do_is_refused },
];

/// To the page of our own, and back.
const ENTER: &str = "\x1b[?1049h";
const LEAVE: &str = "\x1b[?1049l";

/// A guest that is busy looking for something to boot, and one that is not.
fn guests() -> Result<User> {
    let user = User::new()?;
    let guest = |name: &str, memory: u32| {
        format!(
            "<domain type='qemu'><name>{name}</name><memory unit='MiB'>{memory}</memory><os><type arch='x86_64'>hvm\
             </type></os><devices><disk type='file' device='disk'><driver name='qemu' type='raw'/>\
             <source file='{}'/><target dev='vda' bus='virtio'/></disk><interface type='user'/></devices></domain>",
            user.text(&format!("{name}.img"))
        )
    };
    for (name, memory) in [("busy", 64), ("idle", 32)] {
        user.file(&format!("{name}.img"), vec![0; 1 << 20])?;
        user.file(&format!("{name}.xml"), guest(name, memory))?;
    }
    user.run(&["virsh", "-c", SESSION, "create busy.xml; create idle.xml --paused"])?.ok()?;
    Ok(user)
}

fn what_guests_use_is_told_in_lines() -> Result<()> {
    let user = guests()?;
    let top = |more: &str| user.run(&["virsh", "-c", SESSION, &format!("top --interval 1 {more}")]);
    let output = top("--iterations 2 --sort memory")?.ok()?;
    ensure!(output.stdout.matches("2 running").count() == 2, "{output}");
    let rows: Vec<Vec<&str>> = output
        .stdout
        .lines()
        .filter(|line| line.starts_with("busy ") || line.starts_with("idle "))
        .map(|line| line.split_whitespace().collect())
        .collect();
    ensure!(rows.len() == 4 && rows.iter().all(|row| row.len() == 10), "{output}");
    for row in &rows {
        let is_busy = row[0] == "busy";
        // Name, CPU, share, memory, its limit, read, written, received, sent, state.
        ensure!(row[4] == if is_busy { "64.0M" } else { "32.0M" }, "{output}");
        ensure!(row[9] == if is_busy { "R" } else { "P" }, "{output}");
        ensure!(row[5] != "-" && row[6] == "0", "disks are counted\n{output}");
        // An emulator that is paused has its own work to do, so nothing is said of how much.
        let (cpu, share): (f64, f64) = (row[1].parse()?, row[2].parse()?);
        ensure!((0.0..=cpu).contains(&share), "{output}");
    }
    let output = top("--iterations 1 --sort name")?.ok()?;
    ensure!(output.stdout.find("busy") < output.stdout.find("idle"), "{output}");
    let mut running = user.start("top", &["virsh", "-c", SESSION, "top --interval 0.1"])?;
    running.wait_for("2 running")?;
    running.signal(Signal::SIGINT)?;
    running.end()?.ok()?;
    Ok(())
}

fn what_guests_use_is_told_as_data() -> Result<()> {
    let user = guests()?;
    let top =
        |more: &str| user.run(&["virsh", "-c", SESSION, &format!("top --interval 0.5 --output json {more}")]);
    let output = top("--sort memory")?.ok()?;
    let data: serde_json::Value = serde_json::from_str(&output.stdout)?;
    ensure!(data[0]["name"] == "busy" && data[1]["name"] == "idle" && data[2].is_null(), "{output}");
    ensure!(data[0]["memory_limit"] == 64 << 20 && data[1]["state"] == "paused", "{output}");
    ensure!(data[0]["cpu"].is_f64() && data[0]["written"] == 0.0, "{output}");
    let output = top("--sort name --filter state==paused --columns name")?.ok()?;
    ensure!(
        serde_json::from_str::<serde_json::Value>(&output.stdout)? == serde_json::json!([{"name": "idle"}])
    );
    top("--iterations 2")?.refuses("no data to print with --iterations")?;
    top("--sort vcpus")?.refuses("cannot sort by 'vcpus'")?;
    Ok(())
}

fn what_guests_use_is_shown_on_a_page() -> Result<()> {
    let user = guests()?;
    let mut terminal = Terminal::start(&user, &["virsh", "-c", SESSION])?;
    terminal.shows("virsh # ")?;
    terminal.types_line("top --interval 0.5")?;
    terminal.shows(ENTER)?;
    terminal.shows("\x1b[4mCPU%")?;
    terminal.shows("busy ")?;
    for (key, title) in [("m", "MEM"), ("d", "RD/s"), ("n", "RX/s"), ("a", "NAME"), ("c", "CPU%")] {
        terminal.types(key)?;
        terminal.shows(&format!("\x1b[4m{title}\x1b[24m"))?;
    }
    terminal.types("a")?;
    terminal.shows("\x1b[4mNAME")?;
    // The first guest is above the page now.
    terminal.types("\x1b[B")?;
    terminal.shows("S              \x1b[0m\x1b[K\r\r\nidle ")?;
    user.run(&["virsh", "-c", SESSION, "destroy busy"])?.ok()?;
    terminal.shows("1 running")?;
    // What was typed ahead is the shell's.
    terminal.types("quri\r")?;
    terminal.shows(LEAVE)?;
    terminal.shows(SESSION)?;
    terminal.types_line("quit")?;
    terminal.ends()?.ok()?;
    Ok(())
}

fn a_host_that_hangs_can_be_left() -> Result<()> {
    let user = guests()?;
    for leave in ["q", "\x03"] {
        let mut terminal = Terminal::start(&user, &["virsh", "-c", SESSION, "top", "--interval", "0.2"])?;
        terminal.shows("busy ")?;
        user.signal_libvirt(Signal::SIGSTOP)?;
        // The next look waits for an answer by now.
        std::thread::sleep(Duration::from_millis(500));
        terminal.types(leave)?;
        let left = terminal.shows_within(LEAVE, Duration::from_secs(20)).and_then(|()| terminal.ends()?.ok());
        user.signal_libvirt(Signal::SIGCONT)?;
        left?;
    }
    Ok(())
}

fn the_terminal_is_left_as_it_was() -> Result<()> {
    let user = User::new()?;
    // What the shell around it finds afterwards.
    let line = format!("stty -a >before; virsh -c {URI} top --interval 0.2; echo code $?; stty -a >after");
    for (end, code) in [("\x03", "code 0"), ("q", "code 0"), ("SIGTERM", "code 143"), ("SIGINT", "code 0")] {
        let mut terminal = Terminal::start(&user, &["sh", "-c", &line])?;
        terminal.shows(ENTER)?;
        terminal.shows("test ")?;
        let signal = match end {
            "SIGTERM" => Some(Signal::SIGTERM),
            "SIGINT" => Some(Signal::SIGINT),
            _ => None,
        };
        match signal {
            None => terminal.types(end)?,
            Some(signal) => {
                let ours = user.processes_named("virsh");
                ensure!(ours.len() == 1, "{ours:?}");
                kill(ours[0], signal)?;
            }
        }
        terminal.shows(LEAVE)?;
        terminal.shows(code)?;
        terminal.ends()?.ok()?;
        let read = |name: &str| std::fs::read_to_string(user.path(name));
        ensure!(
            read("before")? == read("after")?,
            "{end:?} leaves the terminal changed:\n{}",
            read("after")?
        );
    }
    Ok(())
}

fn a_driver_without_figures_has_its_guests_listed() -> Result<()> {
    let user = User::new()?;
    let output = user.run(&["virsh", "-c", URI, "top", "--iterations", "1", "--interval", "0.1"])?.ok()?;
    let row = output.stdout.lines().find(|line| line.starts_with("test "));
    let columns: Vec<&str> = row.unwrap_or_default().split_whitespace().collect();
    ensure!(columns == ["test", "-", "-", "-", "-", "-", "-", "-", "-", "R"], "{output}");
    Ok(())
}

fn what_top_cannot_do_is_refused() -> Result<()> {
    let user = User::new()?;
    for (words, said) in [
        ("--sort size", "cannot sort by 'size': there are cpu, memory, disk, net, name"),
        ("--interval 0", "cannot look every 0 seconds"),
        ("--interval nan", "cannot look every NaN seconds"),
        ("--interval soon", "Numeric value 'soon' for <interval> option is malformed or out of range"),
        ("--iterations 0", "Numeric value '0' for <iterations> option is malformed or out of range"),
    ] {
        user.run(&["virsh", "-c", URI, &format!("top {words}")])?.refuses(said)?;
    }
    Ok(())
}
