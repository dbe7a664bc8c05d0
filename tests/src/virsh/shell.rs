//! virsh's prompt, as somebody at the keyboard meets it.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use nix::sys::signal::{Signal, kill};

use super::URI;
use crate::need::QEMU;
use crate::terminal::Terminal;
use crate::user::User;
use crate::{PATIENCE, Test};

pub(crate) const TESTS: &[Test] = &[
    Test { name: "names_are_completed", needs: &[], run: names_are_completed },
    Test { name: "interrupt_gives_up_the_line", needs: &[], run: interrupt_gives_up_the_line },
    Test { name: "interrupt_ends_a_wait_for_events", needs: &[], run: interrupt_ends_a_wait_for_events },
    Test { name: "what_is_typed_ahead_is_not_lost", needs: &[], run: what_is_typed_ahead_is_not_lost },
    Test { name: "lines_are_remembered", needs: &[], run: lines_are_remembered },
    Test {
        name: "a_daemon_that_went_away_is_found_again",
        needs: &[QEMU],
        run: a_daemon_that_went_away_is_found_again,
    },
    Test { name: "a_read_only_prompt_looks_different", needs: &[], run: a_read_only_prompt_looks_different },
];

fn prompt(user: &User) -> Result<Terminal> {
    let mut terminal = Terminal::start(user, &["virsh", "-c", URI])?;
    terminal.shows("virsh # ")?;
    Ok(terminal)
}

fn names_are_completed() -> Result<()> {
    let user = User::new()?;
    let mut terminal = prompt(&user)?;
    terminal.types("domuu\t")?;
    terminal.shows("domuuid ")?;
    terminal.types("te\t")?;
    terminal.shows("domuuid test ")?;
    terminal.types_line("")?;
    terminal.shows("6695eb01-f6a4-8304-79aa-97f2502e193f")?;
    terminal.types("list --state-\t\t")?;
    for option in ["--state-running", "--state-paused", "--state-shutoff", "--state-other"] {
        terminal.shows(option)?;
    }
    terminal.types("\x15")?;
    terminal.types_line("quit")?;
    terminal.ends()?.ok()?;
    Ok(())
}

fn interrupt_gives_up_the_line() -> Result<()> {
    let user = User::new()?;
    let mut terminal = prompt(&user)?;
    terminal.types("destroy test")?;
    terminal.shows("destroy test")?;
    terminal.types("\x03")?;
    terminal.shows("virsh # ")?;
    terminal.types_line("domstate test")?;
    terminal.shows("running")?;
    terminal.types("\x04")?;
    terminal.ends()?.ok()?;
    Ok(())
}

fn interrupt_ends_a_wait_for_events() -> Result<()> {
    let user = User::new()?;
    let mut terminal = prompt(&user)?;
    terminal.types_line("event --all --loop")?;
    // Nothing on the screen says that the wait has begun: a ^C must not come before it is handled, and one that comes
    // while that is set up is lost.
    terminal.handles(Signal::SIGINT)?;
    let mut ended = Ok(());
    for _ in 0..20 {
        terminal.types("\x03")?;
        ended = terminal.shows_within("events received: 0", Duration::from_millis(500));
        if ended.is_ok() {
            break;
        }
    }
    ended?;
    terminal.shows("virsh # ")?;
    terminal.types_line("quit")?;
    terminal.ends()?.ok()?;
    Ok(())
}

fn what_is_typed_ahead_is_not_lost() -> Result<()> {
    let user = User::new()?;
    let mut terminal = prompt(&user)?;
    // In one piece, as from the clipboard.
    terminal.types("domstate test\ruri\rquit\r")?;
    terminal.shows("running")?;
    terminal.shows(URI)?;
    terminal.ends()?.ok()?;
    Ok(())
}

fn lines_are_remembered() -> Result<()> {
    let user = User::new()?;
    let mut terminal = prompt(&user)?;
    for line in ["uri", "hostname"] {
        terminal.types_line(line)?;
        terminal.shows("virsh # ")?;
    }
    terminal.types_line("quit")?;
    terminal.ends()?.ok()?;
    let history = std::fs::read_to_string(user.path(".cache/libvirt/virsh/history"))?;
    ensure!(history == "uri\nhostname\nquit\n", "{history:?}");
    let mut terminal = prompt(&user)?;
    terminal.types("\x1b[A\x1b[A\x1b[A")?;
    terminal.shows("uri")?;
    terminal.types_line("")?;
    terminal.shows(URI)?;
    terminal.types("\x04")?;
    terminal.ends()?.ok()?;
    Ok(())
}

fn a_daemon_that_went_away_is_found_again() -> Result<()> {
    let user = User::new()?;
    let mut terminal = Terminal::start(&user, &["virsh", "-c", "qemu:///session"])?;
    terminal.shows("virsh # ")?;
    terminal.types_line("uri")?;
    terminal.shows("qemu:///session\r\n")?;
    let daemons = || ["libvirtd", "virtqemud"].map(|name| user.processes_named(name)).concat();
    ensure!(!daemons().is_empty(), "no daemon to end");
    for daemon in daemons() {
        kill(daemon, Signal::SIGKILL)?;
    }
    while !daemons().is_empty() {
        std::thread::sleep(Duration::from_millis(10));
    }
    // The first commands may still meet the dead daemon, whose files and locks go after its memory.
    let end = Instant::now() + PATIENCE;
    while !terminal.shown().contains("Reconnected to the hypervisor") {
        ensure!(Instant::now() < end, "no other daemon was found: {}", terminal.shown());
        terminal.types_line("list --all")?;
        terminal.shows("virsh # ")?;
    }
    terminal.types_line("list --all")?;
    terminal.shows(" Id   Name   State")?;
    terminal.types_line("quit")?;
    terminal.ends()?.ok()?;
    Ok(())
}

fn a_read_only_prompt_looks_different() -> Result<()> {
    let user = User::new()?;
    let mut terminal = Terminal::start(&user, &["virsh", "-r", "-c", URI])?;
    terminal.shows("virsh > ")?;
    terminal.types_line("destroy test")?;
    terminal.shows("read only access prevents virDomainDestroy")?;
    terminal.types_line("quit")?;
    terminal.ends()?.ok()?;
    Ok(())
}
