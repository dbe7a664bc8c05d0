//! A password that was made up, shown to the one person who has to know it.

use std::io::IsTerminal;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use xctl::install::{Cancel, Error};

use crate::report;

/// How long the password can be read before the guest's console comes over it.
const PAUSE: Duration = Duration::from_secs(10);
/// How often it is looked whether the user stops it.
const GLANCE: u16 = 100;

/// Shows the password, even if little else is, and on a terminal leaves the time to note it down.
///
/// # Errors
/// The user gave up, or cannot see it.
pub(super) fn show(password: &str, cancel: &Cancel) -> Result<()> {
    report::line(&format!("Password for first root login is: {password}"));
    if report::is_lost() {
        bail!("nobody can read the password that was made up, so nothing was installed");
    }
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Ok(());
    }
    report::text("Installation will continue in 10 seconds (press Enter to skip)...");
    let end = Instant::now() + PAUSE;
    while Instant::now() < end {
        if cancel.is_requested() {
            report::line("");
            return Err(Error::Cancelled.into());
        }
        let mut typed = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
        // A signal ends it early, and is looked for above.
        if poll(&mut typed, PollTimeout::from(GLANCE)).is_ok_and(|count| count > 0) {
            // What is typed here is not meant for the guest.
            let _ = nix::unistd::read(stdin.as_fd(), &mut [0; 256]);
            break;
        }
    }
    // The terminal's own echo of the return key and this are one line end each.
    report::line("");
    Ok(())
}
