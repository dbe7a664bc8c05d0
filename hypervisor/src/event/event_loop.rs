//! The thread that runs libvirt's event loop.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::sync::Once;
use std::thread;
use std::time::Duration;

use virt_sys as sys;

/// How long the loop sleeps at most where nothing happens. libvirt wakes the loop itself when something is added to
/// it; the timer only bounds what a missed wake-up would cost.
const WAKE_UP: Duration = Duration::from_secs(5);

thread_local! {
    static RUNS_HERE: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is the one that runs the loop.
pub(crate) fn runs_here() -> bool {
    RUNS_HERE.get()
}

/// Starts the loop, once a process; it has to run before a connection is opened.
pub(crate) fn start() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: nothing is registered yet, and `Once` keeps others out.
        if unsafe { sys::virEventRegisterDefaultImpl() } < 0 {
            // Connections still work, only without events.
            return;
        }
        let interval = c_int::try_from(WAKE_UP.as_millis()).unwrap_or(c_int::MAX);
        // SAFETY: the callback takes no state.
        unsafe { sys::virEventAddTimeout(interval, Some(wake_up), std::ptr::null_mut(), None) };
        let _ = thread::Builder::new().name("libvirt events".into()).spawn(|| {
            RUNS_HERE.set(true);
            loop {
                // SAFETY: an implementation is registered, and this thread is the only one that runs it.
                if unsafe { sys::virEventRunDefaultImpl() } < 0 {
                    // Whatever failed may pass; a pause keeps it from burning a processor until then.
                    thread::sleep(Duration::from_millis(100));
                }
            }
        });
    });
}

unsafe extern "C" fn wake_up(_timer: c_int, _nothing: *mut c_void) {}
