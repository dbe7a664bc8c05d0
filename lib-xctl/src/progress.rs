//! What long work tells the person who waits, and how that person stops it.
//!
//! The library knows no terminal and no window: work reports to a [`Progress`] that the front end draws, and looks at
//! a [`Cancel`] between two steps that are short enough not to keep anyone waiting.
//!
//! ```
//! use xctl::progress::{Cancel, Progress, Silent};
//!
//! let cancel = Cancel::new();
//! let task = Silent.begin("Copying vmlinuz", Some(8_192_000));
//! while !cancel.is_requested() {
//!     task.advance(65_536);
//!     cancel.request();
//! }
//! ```

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// Where long work reports to.
pub trait Progress: Sync {
    /// Begins something that takes time: a phrase such as `Retrieving 'vmlinuz'` and, where known, its size in bytes.
    /// Dropping the task ends it.
    fn begin(&self, what: &str, total: Option<u64>) -> Box<dyn Task>;

    /// Says one line that a person should read.
    fn note(&self, line: &str);

    /// Says one line about what may disappoint, but stops nothing.
    fn warn(&self, line: &str) {
        self.note(line);
    }
}

/// A piece of long work that is under way; dropping it ends it.
pub trait Task: Send {
    /// Tells that this many more bytes are done.
    fn advance(&self, bytes: u64);
}

/// Progress that nobody sees.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: &str, _: Option<u64>) -> Box<dyn Task> {
        Box::new(Silent)
    }

    fn note(&self, _: &str) {}
}

impl Task for Silent {
    fn advance(&self, _: u64) {}
}

/// Who asked for the work to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The person: ^C, or a button. What was begun is not wanted any more.
    User,
    /// The system: the terminal is closed, the session ends (`SIGHUP`, `SIGTERM`). Guests outlive that.
    System,
}

/// A request to stop, shared by whoever asks and whoever works. Clones are the same request.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicUsize>);

impl Cancel {
    /// Nobody asked yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes `SIGINT`, `SIGTERM` and `SIGHUP` ask for a stop, from now until the program ends.
    ///
    /// # Errors
    /// The system refuses a signal handler.
    pub fn on_signals(&self) -> io::Result<()> {
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            let number = usize::try_from(signal).unwrap_or_default();
            signal_hook::flag::register_usize(signal, Arc::clone(&self.0), number)?;
        }
        Ok(())
    }

    /// Asks for a stop, as ^C does.
    pub fn request(&self) {
        self.0.store(usize::try_from(SIGINT).unwrap_or(1), Ordering::SeqCst);
    }

    /// Takes the request back, to go on with something else.
    pub fn reset(&self) {
        self.0.store(0, Ordering::SeqCst);
    }

    /// Whether anyone asked.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.requested().is_some()
    }

    /// Who asked.
    #[must_use]
    pub fn requested(&self) -> Option<Stop> {
        match i32::try_from(self.0.load(Ordering::SeqCst)) {
            Ok(0) => None,
            Ok(SIGTERM | SIGHUP) => Some(Stop::System),
            _ => Some(Stop::User),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_one_request() {
        let cancel = Cancel::new();
        let seen_by_the_worker = cancel.clone();
        assert_eq!(seen_by_the_worker.requested(), None);
        cancel.request();
        assert_eq!(seen_by_the_worker.requested(), Some(Stop::User));
        cancel.reset();
        assert!(!seen_by_the_worker.is_requested());
    }

    #[test]
    fn a_closed_terminal_is_not_the_user() {
        let cancel = Cancel::new();
        cancel.on_signals().unwrap();
        signal_hook::low_level::raise(SIGHUP).unwrap();
        assert_eq!(cancel.requested(), Some(Stop::System));
    }
}
