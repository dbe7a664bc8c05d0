//! The standard output as the program was given it.
//!
//! Before `main`, Rust's runtime opens `/dev/null` in the place of standard files that are closed, and what is written
//! there is lost without an error; so they are looked at before that. It is here as it cannot be done safely.
#![allow(unsafe_code)]

use std::sync::atomic::{AtomicBool, Ordering};

static CLOSED: AtomicBool = AtomicBool::new(false);

#[used]
// SAFETY: the loader calls each function of this section once, before the runtime begins; `look` needs none.
#[unsafe(link_section = ".init_array")]
static LOOK: extern "C" fn() = look;

extern "C" fn look() {
    // SAFETY: it only asks for a number.
    let flags = unsafe { libc::fcntl(libc::STDOUT_FILENO, libc::F_GETFD) };
    CLOSED.store(flags < 0, Ordering::Relaxed);
}

/// Whether the standard output was closed when the program was started.
#[must_use]
pub fn output_is_closed() -> bool {
    CLOSED.load(Ordering::Relaxed)
}
