//! virsh's prompt, as somebody at the keyboard meets it.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use nix::sys::signal::Signal;

use super::{SESSION, URI};
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
    Test {
        name: "a_wait_for_events_ends_with_the_daemon",
        needs: &[QEMU],
        run: a_wait_for_events_ends_with_the_daemon,
    },
    Test { name: "syntax_is_shown_while_it_is_typed", needs: &[], run: syntax_is_shown_while_it_is_typed },
    Test {
        name: "what_is_no_character_gives_up_the_line",
        needs: &[],
        run: what_is_no_character_gives_up_the_line,
    },
    Test { name: "events_are_told_after_a_command", needs: &[], run: events_are_told_after_a_command },
    Test {
        name: "events_are_told_above_the_line_that_is_typed",
        needs: &[QEMU],
        run: events_are_told_above_the_line_that_is_typed,
    },
    Test {
        name: "events_are_followed_over_a_daemon_that_went_away",
        needs: &[QEMU],
        run: events_are_followed_over_a_daemon_that_went_away,
    },
    Test {
        name: "outside_of_the_shell_following_is_a_loop",
        needs: &[],
        run: outside_of_the_shell_following_is_a_loop,
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

/// ^D at the next prompt: the terminal forgets one that comes before the editor listens.
fn leave(terminal: &mut Terminal) -> Result<()> {
    terminal.shows("virsh # ")?;
    terminal.types("\x04")
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
    leave(&mut terminal)?;
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
    // What is for nobody else's eyes is in no file.
    let mut terminal = prompt(&user)?;
    for line in ["set-user-password test root hunter2", "uri; secret-set-value x --base64 aHVudGVyMg=="] {
        terminal.types_line(line)?;
        terminal.shows("virsh # ")?;
    }
    terminal.types_line("quit")?;
    terminal.ends()?.ok()?;
    let history = std::fs::read_to_string(user.path(".cache/libvirt/virsh/history"))?;
    ensure!(history == "uri\nhostname\nquit\nquit\n", "{history:?}");
    let mut terminal = prompt(&user)?;
    terminal.types("\x1b[A\x1b[A\x1b[A")?;
    terminal.shows("uri")?;
    terminal.types_line("")?;
    terminal.shows(URI)?;
    leave(&mut terminal)?;
    terminal.ends()?.ok()?;
    Ok(())
}

fn a_daemon_that_went_away_is_found_again() -> Result<()> {
    let user = User::new()?;
    let mut terminal = Terminal::start(&user, &["virsh", "-c", "qemu:///session"])?;
    terminal.shows("virsh # ")?;
    terminal.types_line("uri")?;
    terminal.shows("qemu:///session\r\n")?;
    end_daemons(&user)?;
    reconnects(&mut terminal)?;
    ensure!(terminal.shown().contains("Disconnected from qemu:///session"), "{}", terminal.shown());
    terminal.types_line("list --all")?;
    terminal.shows(" Id   Name   State")?;
    terminal.types_line("quit")?;
    terminal.ends()?.ok()?;
    Ok(())
}

fn a_wait_for_events_ends_with_the_daemon() -> Result<()> {
    let user = User::new()?;
    for line in ["event --all --loop", "net-event --event lifecycle --loop", "qemu-monitor-event --loop"] {
        // Nothing says that the wait has begun; a daemon that goes before that is another error.
        let mut told = false;
        for _ in 0..20 {
            let terminal = Terminal::start(&user, &["virsh", "-c", SESSION, line])?;
            terminal.handles(Signal::SIGINT)?;
            end_daemons(&user)?;
            told = terminal.ends()?.exits(1)?.stdout.contains("Disconnected from qemu:///session due to end");
            if told {
                break;
            }
        }
        ensure!(told, "'{line}' says nothing of the daemon's end");
    }
    Ok(())
}

/// Ends the user's daemons, as a crash or an update does.
fn end_daemons(user: &User) -> Result<()> {
    user.signal_libvirt(Signal::SIGKILL)?;
    while !user.libvirt_daemons().is_empty() {
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// The first commands may still meet the dead daemon, whose files and locks go after its memory.
fn reconnects(terminal: &mut Terminal) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    while !terminal.shown().contains("Reconnected to the hypervisor") {
        ensure!(Instant::now() < end, "no other daemon was found: {}", terminal.shown());
        terminal.types_line("list --all")?;
        terminal.shows("virsh # ")?;
    }
    Ok(())
}

fn syntax_is_shown_while_it_is_typed() -> Result<()> {
    let user = User::new()?;
    let mut terminal = prompt(&user)?;
    terminal.types("shutdown")?;
    terminal.shows("\x1b[2m <domain> [<mode>]\x1b[0m")?;
    terminal.types(" test")?;
    terminal.shows("shutdown test\x1b[2m [<mode>]\x1b[0m")?;
    // It is to be read; a key that goes right leaves the line as it is.
    terminal.types("\x15dominfo\x1b[C\x05")?;
    terminal.shows("\x1b[2m <domain>\x1b[0m")?;
    terminal.types_line("")?;
    terminal.shows("command 'dominfo' requires <domain> option")?;
    leave(&mut terminal)?;
    terminal.ends()?.ok()?;
    let mut terminal = Terminal::start(&user, &["env", "NO_COLOR=1", "virsh", "-c", URI])?;
    terminal.shows("virsh # ")?;
    terminal.types("dominfo ")?;
    terminal.shows("dominfo ")?;
    terminal.types_line("test")?;
    terminal.shows("UUID:")?;
    ensure!(!terminal.shown().contains("<domain>"), "{}", terminal.shown());
    leave(&mut terminal)?;
    terminal.ends()?.ok()?;
    Ok(())
}

fn what_is_no_character_gives_up_the_line() -> Result<()> {
    let user = User::new()?;
    let mut terminal = prompt(&user)?;
    terminal.types_bytes(b"destroy te\xff")?;
    terminal.shows("what was typed is not UTF-8; the line is given up")?;
    terminal.shows("virsh # ")?;
    terminal.types_line("domstate test")?;
    terminal.shows("running")?;
    leave(&mut terminal)?;
    terminal.ends()?.ok()?;
    Ok(())
}

fn events_are_told_after_a_command() -> Result<()> {
    let user = User::new()?;
    let mut terminal = prompt(&user)?;
    terminal.types_line("event --stop")?;
    terminal.shows("No events are followed")?;
    terminal.types_line("event --follow --event lifecycle --timestamp")?;
    terminal.shows("Events are told from now on")?;
    terminal.types_line("event --follow --all")?;
    terminal.shows("Events are told already")?;
    terminal.shows("'event --stop' ends that")?;
    terminal.types_line("suspend test")?;
    terminal.shows("Domain 'test' suspended")?;
    terminal.shows("+0000: event 'lifecycle' for domain 'test': Suspended Paused")?;
    terminal.shows("virsh # ")?;
    terminal.types_line("connect test:///default")?;
    terminal.shows("Events are not told any more")?;
    terminal.types_line("event --follow --event lifecycle test")?;
    terminal.shows("Events are told from now on")?;
    terminal.types_line("event --stop; suspend test; echo it is; quit")?;
    let output = terminal.ends()?.ok()?;
    ensure!(output.stdout.matches("Suspended Paused").count() == 1, "{output}");
    Ok(())
}

const BRIEF: &str =
    "<domain type='qemu'><name>brief</name><memory>1024</memory><os><type>hvm</type></os></domain>";

/// Tells of a definition, again and again until the shell that listens tells of it: nothing says when it begins to.
fn defines_until_told(user: &User, terminal: &mut Terminal) -> Result<()> {
    user.file("brief.xml", BRIEF)?;
    let mut told = Ok(());
    for _ in 0..20 {
        user.run(&["virsh", "-c", SESSION, "define brief.xml; undefine brief"])?.ok()?;
        told = terminal
            .shows_within("event 'lifecycle' for domain 'brief': Undefined Removed", Duration::from_secs(2));
        if told.is_ok() {
            break;
        }
    }
    told
}

fn events_are_told_above_the_line_that_is_typed() -> Result<()> {
    let user = User::new()?;
    let mut terminal = Terminal::start(&user, &["virsh", "-c", SESSION])?;
    terminal.shows("virsh # ")?;
    terminal.types_line("event --follow --all")?;
    terminal.shows("Events are told from now on")?;
    terminal.shows("virsh # ")?;
    terminal.types("ec")?;
    terminal.shows("ec")?;
    defines_until_told(&user, &mut terminal)?;
    terminal.shows("virsh # ec")?;
    terminal.types_line("ho the line is whole")?;
    terminal.shows("\nthe line is whole\r\n")?;
    terminal.types_line("event --stop")?;
    terminal.shows("virsh # ")?;
    user.run(&["virsh", "-c", SESSION, "define brief.xml; undefine brief"])?.ok()?;
    terminal.types_line("list --all")?;
    terminal.shows("Id")?;
    terminal.types_line("quit")?;
    let output = terminal.ends()?.ok()?;
    let (_, after) = output.stdout.rsplit_once("event --stop").context("it was typed")?;
    ensure!(!after.contains("event 'lifecycle'"), "{output}");
    Ok(())
}

fn events_are_followed_over_a_daemon_that_went_away() -> Result<()> {
    let user = User::new()?;
    let mut terminal = Terminal::start(&user, &["virsh", "-c", SESSION])?;
    terminal.shows("virsh # ")?;
    terminal.types_line("event --follow --event lifecycle")?;
    terminal.shows("Events are told from now on")?;
    terminal.shows("virsh # ")?;
    end_daemons(&user)?;
    // Without anything being typed.
    terminal.shows("qemu:///session is gone")?;
    reconnects(&mut terminal)?;
    defines_until_told(&user, &mut terminal)?;
    terminal.types_line("quit")?;
    terminal.ends()?.ok()?;
    Ok(())
}

fn outside_of_the_shell_following_is_a_loop() -> Result<()> {
    let user = User::new()?;
    let line = ["virsh", "-c", URI, "event --follow --event lifecycle"];
    let mut following = Terminal::start(&user, &line)?;
    following.handles(Signal::SIGINT)?;
    let mut ended = Ok(());
    for _ in 0..20 {
        following.types("\x03")?;
        ended = following.shows_within("events received: 0", Duration::from_millis(500));
        if ended.is_ok() {
            break;
        }
    }
    ended?;
    following.ends()?.exits(1)?;
    for words in ["event --follow --list", "event --follow --all --timeout 1", "event --stop --all"] {
        user.run(&["virsh", "-c", URI, words])?.refuses("mutually exclusive")?;
    }
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
