//! The question before something is lost, or many things are changed at once.

use std::io::{self, BufRead, IsTerminal, Write};
use std::os::fd::AsFd;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::failure::{Failure, Outcome};
use crate::interrupt::Interrupt;
use crate::output::Output;

/// Asks whether that is meant, e.g. `destroy 3 domains: a, b, c`; `note` tells what else is to be known, if anything.
///
/// # Errors
/// When it is not, or when there is no terminal to ask on.
pub(crate) fn confirm(output: &Output, what: &str, note: &str, unasked: bool) -> Outcome {
    if unasked {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::said(format!("refusing to {what}: there is no terminal to ask on"))
            .hint("--yes after the command does it unasked"));
    }
    output.flush();
    let interrupt = Interrupt::watch()?;
    let unusable = |error: io::Error| Failure::said(format!("cannot use the terminal: {error}"));
    let mut screen = io::stderr().lock();
    let mut letters = what.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let gap = if note.is_empty() { "" } else { " " };
    write!(screen, "{first}{}?{gap}{note} [y/N] ", letters.as_str())
        .and_then(|()| screen.flush())
        .map_err(unusable)?;
    let mut answer = String::new();
    let answered = typed(&interrupt).map_err(|error| unusable(error.into()))?;
    if !answered || io::stdin().lock().read_line(&mut answer).map_err(unusable)? == 0 {
        // Neither ^C nor the end of the input ends the line.
        writeln!(screen).map_err(unusable)?;
    }
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::said("nothing was done")),
    }
}

/// Waits until there is an answer; ^C gives up the question, not the shell.
fn typed(interrupt: &Interrupt) -> Result<bool, Errno> {
    const TICK: u8 = 100;
    let stdin = io::stdin();
    loop {
        let mut fds = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
        match poll(&mut fds, PollTimeout::from(TICK)) {
            Ok(0) | Err(Errno::EINTR) if interrupt.came() => return Ok(false),
            Ok(0) | Err(Errno::EINTR) => {}
            Ok(_) => return Ok(true),
            Err(error) => return Err(error),
        }
    }
}
