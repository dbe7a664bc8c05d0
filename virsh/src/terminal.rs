//! What a program that changes the terminal owes to its user: it is left as it was found, however the program ends.

use std::io::{self, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGHUP, SIGTERM};
use signal_hook::iterator::Signals;

use crate::failure::{Failure, Outcome};

/// The terminal as it was before anything changed it; set once.
static FORMER: Mutex<Option<Termios>> = Mutex::new(None);
/// Whether the screen shows our own page, and not what was there before.
static ON_PAGE: AtomicBool = AtomicBool::new(false);

/// Sequences of xterm: to a page without history, the cursor hidden; and back.
const ENTER: &str = "\x1b[?1049h\x1b[?25l";
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";

/// Makes sure that a signal which ends the program leaves the terminal as it was.
pub(crate) fn restore_when_ended() -> Outcome {
    let unusable = |error: io::Error| Failure::said(format!("cannot use the terminal: {error}"));
    {
        let Ok(mut former) = FORMER.lock() else { return Ok(()) };
        if former.is_some() {
            return Ok(());
        }
        *former = Some(tcgetattr(io::stdin()).map_err(|error| unusable(error.into()))?);
    }
    let mut signals = Signals::new([SIGTERM, SIGHUP]).map_err(unusable)?;
    thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            leave_page();
            if let Ok(former) = FORMER.lock()
                && let Some(former) = &*former
            {
                // Nothing is left to be done where the terminal is gone.
                let _ = tcsetattr(io::stdin(), SetArg::TCSANOW, former);
            }
            std::process::exit(128 + signal);
        }
    });
    Ok(())
}

/// How many columns the terminal has now.
pub(crate) fn columns() -> usize {
    size().0
}

fn size() -> (usize, usize) {
    const USUAL: (usize, usize) = (80, 24);
    match rustix::termios::tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col.into(), size.ws_row.into()),
        _ => USUAL,
    }
}

fn leave_page() {
    if ON_PAGE.swap(false, Ordering::SeqCst) {
        let mut stdout = io::stdout().lock();
        // Where the terminal is gone nobody looks.
        let _ = stdout.write_all(LEAVE.as_bytes()).and_then(|()| stdout.flush());
    }
}

/// A page of our own on the terminal, with single keys to read, until it is dropped.
pub(crate) struct Page {
    former: Termios,
}

impl Page {
    /// Turns to a page of our own.
    pub(crate) fn enter() -> Result<Self, Failure> {
        let unusable = |error: io::Error| Failure::said(format!("cannot use the terminal: {error}"));
        restore_when_ended()?;
        let former = tcgetattr(io::stdin()).map_err(|error| unusable(error.into()))?;
        let mut single = former.clone();
        // ^C is a key as any other here, and ^Z would leave the page on the screen.
        single.local_flags -= LocalFlags::ICANON | LocalFlags::ECHO | LocalFlags::ISIG;
        tcsetattr(io::stdin(), SetArg::TCSADRAIN, &single).map_err(|error| unusable(error.into()))?;
        let page = Self { former };
        ON_PAGE.store(true, Ordering::SeqCst);
        page.show(ENTER).map_err(unusable)?;
        Ok(page)
    }

    /// Writes to the page.
    pub(crate) fn show(&self, text: &str) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
    }

    /// How many columns and lines it has now.
    pub(crate) fn size(&self) -> (usize, usize) {
        size()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        leave_page();
        // Nothing is left to be done where the terminal is gone.
        let _ = tcsetattr(io::stdin(), SetArg::TCSADRAIN, &self.former);
    }
}
