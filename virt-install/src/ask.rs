//! Questions to whoever sits at the terminal.

use std::io::IsTerminal;
use std::os::fd::AsFd;

use anyhow::{Context, Result, bail};
use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::report;

/// Whether there is somebody to ask.
pub(crate) fn is_possible() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// Questions in colours, unless they are not wanted.
pub(crate) fn theme() -> Box<dyn Theme> {
    if std::env::var_os("NO_COLOR").is_some() {
        Box::new(SimpleTheme)
    } else {
        Box::new(ColorfulTheme::default())
    }
}

/// Asks until the answer is yes or no. The question goes to standard output and the answer comes from standard input,
/// whatever these are, as scripts may answer too.
///
/// # Errors
/// Nobody answers.
pub(crate) fn yes_or_no(question: &str) -> Result<bool> {
    loop {
        report::text(&format!("{question} (y/n): "));
        if report::is_lost() {
            bail!("the question cannot be printed, so nothing was done");
        }
        wait()?;
        let mut answer = String::new();
        let read = std::io::stdin().read_line(&mut answer).context("cannot read the answer")?;
        match answer.trim().to_lowercase().as_str() {
            "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            _ if read == 0 => bail!("nobody answered, so nothing was done"),
            _ => report::line("Please enter 'yes' or 'no'."),
        }
    }
}

/// Waits for an answer on a terminal. Where ^C is not the end of the program by itself, it is that of the question.
fn wait() -> Result<()> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Ok(());
    }
    match poll(&mut [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE) {
        Err(Errno::EINTR) => bail!("Aborted at user request"),
        polled => polled.map(|_| ()).context("cannot wait for the answer"),
    }
}
