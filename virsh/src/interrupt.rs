//! ^C while something long goes on: it is noted, and whoever waits decides what it means. At all other times it ends
//! the program, as ever.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::SIGINT;
use signal_hook::flag;

use crate::failure::Failure;

/// What the signal's handler looks at and changes.
struct Flags {
    /// Nobody waits for it.
    idle: Arc<AtomicBool>,
    /// It came.
    came: Arc<AtomicBool>,
}

/// Somebody waits, until it is dropped.
pub(crate) struct Interrupt(&'static Flags);

impl Interrupt {
    /// Begins to note ^C.
    ///
    /// # Errors
    /// When the system lets us not handle the signal.
    pub(crate) fn watch() -> Result<Self, Failure> {
        static FLAGS: OnceLock<Flags> = OnceLock::new();
        let flags = match FLAGS.get() {
            Some(flags) => flags,
            None => {
                let flags = register().map_err(|error| Failure::said(error.to_string()))?;
                FLAGS.get_or_init(|| flags)
            }
        };
        flags.came.store(false, Ordering::SeqCst);
        flags.idle.store(false, Ordering::SeqCst);
        Ok(Self(flags))
    }

    /// Whether it came since this was asked last.
    pub(crate) fn came(&self) -> bool {
        self.0.came.swap(false, Ordering::SeqCst)
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        self.0.idle.store(true, Ordering::SeqCst);
    }
}

fn register() -> io::Result<Flags> {
    let flags = Flags { idle: Arc::new(AtomicBool::new(false)), came: Arc::new(AtomicBool::new(false)) };
    flag::register_conditional_default(SIGINT, Arc::clone(&flags.idle))?;
    flag::register(SIGINT, Arc::clone(&flags.came))?;
    Ok(flags)
}
