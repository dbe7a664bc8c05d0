//! The thread that runs libvirt's event loop.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::sync::{Once, mpsc};
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

/// How long the loop may take to stop; it comes at once unless the function that it is calling takes its time.
const PATIENCE: Duration = Duration::from_secs(1);

/// Runs the function while the loop waits in a callback, where it holds none of libvirt's locks: a child that is forked
/// meanwhile finds none of them locked for ever.
pub(crate) fn held<T>(function: impl FnOnce() -> T) -> T {
    let (arrived, arrival) = mpsc::channel();
    let (release, released) = mpsc::channel();
    let stop = Box::into_raw(Box::new(Stop { arrived, released }));
    // SAFETY: `halt` and `forget` take the `Stop` that goes with them, which `forget` is the last to see.
    let timer = unsafe { sys::virEventAddTimeout(0, Some(halt), stop.cast(), Some(forget)) };
    if timer < 0 {
        // SAFETY: nobody has taken it.
        drop(unsafe { Box::from_raw(stop) });
    } else {
        // No loop is no loop that holds a lock.
        let _ = arrival.recv_timeout(PATIENCE);
    }
    let value = function();
    drop(release);
    value
}

/// Both ends of a stop: the loop has come, and may go on once the other side is gone.
struct Stop {
    arrived: mpsc::Sender<()>,
    released: mpsc::Receiver<()>,
}

/// # Safety
/// `stop` is a [`Stop`] that lives until [`forget`].
unsafe extern "C" fn halt(timer: c_int, stop: *mut c_void) {
    // SAFETY: promised by the caller.
    let stop = unsafe { &*stop.cast::<Stop>() };
    // SAFETY: this is the timer's own callback, in which it may be removed; `forget` follows after it.
    unsafe { sys::virEventRemoveTimeout(timer) };
    // Either side may have given up by now.
    let _ = stop.arrived.send(());
    let _ = stop.released.recv();
}

/// # Safety
/// `stop` comes from `Box::into_raw`, and nobody uses it any more.
unsafe extern "C" fn forget(stop: *mut c_void) {
    // SAFETY: promised by the caller.
    drop(unsafe { Box::from_raw(stop.cast::<Stop>()) });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    static TICKS: AtomicUsize = AtomicUsize::new(0);

    unsafe extern "C" fn tick(_timer: c_int, _nothing: *mut c_void) {
        TICKS.fetch_add(1, Ordering::SeqCst);
    }

    #[test]
    fn nothing_happens_in_the_loop_while_it_is_held() {
        start();
        // SAFETY: the callback takes no state.
        unsafe { sys::virEventAddTimeout(1, Some(tick), std::ptr::null_mut(), None) };
        let (before, after) = held(|| {
            let before = TICKS.load(Ordering::SeqCst);
            thread::sleep(Duration::from_millis(100));
            (before, TICKS.load(Ordering::SeqCst))
        });
        assert_eq!(before, after);
        // It goes on, or this never ends.
        while TICKS.load(Ordering::SeqCst) == after {
            thread::sleep(Duration::from_millis(10));
        }
    }
}
