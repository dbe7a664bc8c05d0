//! ^C while something long goes on: it is noted, and whoever waits decides what it means. At all other times it ends
//! the program, as ever. Several may wait at once, each for a work of its own; each learns of it.

use std::cell::Cell;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use signal_hook::consts::SIGINT;
use signal_hook::flag;

use crate::failure::Failure;

/// What the signal's handler looks at and changes.
struct Flags {
    /// Nobody waits for it.
    idle: Arc<AtomicBool>,
    /// It came.
    came: Arc<AtomicBool>,
    /// How many wait for it.
    waiting: Mutex<usize>,
}

impl Flags {
    fn waiting(&self) -> MutexGuard<'_, usize> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody waits, until it is dropped.
pub(crate) struct Interrupt {
    flags: &'static Flags,
    /// Whether it was told of what the others have not been told of yet.
    told: Cell<bool>,
}

static FLAGS: OnceLock<Flags> = OnceLock::new();

/// Whether it came and not all who wait have learnt of it; nobody learns of it by this.
pub(crate) fn is_pending() -> bool {
    FLAGS.get().is_some_and(|flags| flags.came.load(Ordering::SeqCst))
}

impl Interrupt {
    /// Begins to note ^C.
    ///
    /// # Errors
    /// When the system lets us not handle the signal.
    pub(crate) fn watch() -> Result<Self, Failure> {
        let flags = match FLAGS.get() {
            Some(flags) => flags,
            None => {
                let flags = register().map_err(|error| Failure::said(error.to_string()))?;
                FLAGS.get_or_init(|| flags)
            }
        };
        let mut waiting = flags.waiting();
        if *waiting == 0 {
            flags.came.store(false, Ordering::SeqCst);
            flags.idle.store(false, Ordering::SeqCst);
        }
        *waiting += 1;
        Ok(Self { flags, told: Cell::new(false) })
    }

    /// Whether it came since this was asked last.
    pub(crate) fn came(&self) -> bool {
        if *self.flags.waiting() == 1 {
            return self.flags.came.swap(false, Ordering::SeqCst) && !self.told.take();
        }
        // It stays for the others.
        self.flags.came.load(Ordering::SeqCst) && !self.told.replace(true)
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        let mut waiting = self.flags.waiting();
        *waiting -= 1;
        if *waiting == 0 {
            self.flags.idle.store(true, Ordering::SeqCst);
        }
    }
}

fn register() -> io::Result<Flags> {
    let flags = Flags {
        idle: Arc::new(AtomicBool::new(false)),
        came: Arc::new(AtomicBool::new(false)),
        waiting: Mutex::new(0),
    };
    flag::register_conditional_default(SIGINT, Arc::clone(&flags.idle))?;
    flag::register(SIGINT, Arc::clone(&flags.came))?;
    Ok(flags)
}
