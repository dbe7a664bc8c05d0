//! virsh, as C begins it.
//!
//! Rust's own beginning asks glibc where the first thread's stack ends, for a better word when it overflows. glibc reads
//! that from `/proc/self/maps`, which lists the hundreds of pieces of libvirt and of all that it needs: 0.4 ms of the 15
//! that `virsh list` takes. What else that beginning does is done here.
#![allow(unsafe_code)]
#![no_main]

use std::ffi::{c_char, c_int};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::IntoRawFd;
use std::panic::catch_unwind;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::sys::signal::{SigHandler, Signal, signal};

/// What Rust ends a program with that panicked.
const PANICKED: u8 = 101;

// SAFETY: nothing else has that name, and C's beginning calls what has it once, on the first thread, with these
// arguments. The standard library got the command line from glibc before.
#[unsafe(no_mangle)]
extern "C" fn main(_count: c_int, _arguments: *const *const c_char) -> c_int {
    keep_standard_streams();
    // SAFETY: ignoring a signal runs no code of ours. Programs that this one starts get it back as it was.
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigIgn) };
    let code = catch_unwind(virsh::execute).unwrap_or(PANICKED);
    let _ = io::stdout().flush();
    code.into()
}

/// What is opened later must not get the number of a stream that whoever started this closed.
fn keep_standard_streams() {
    let is_closed = |flags: nix::Result<c_int>| flags == Err(Errno::EBADF);
    let closed = [
        is_closed(fcntl(io::stdin(), FcntlArg::F_GETFD)),
        is_closed(fcntl(io::stdout(), FcntlArg::F_GETFD)),
        is_closed(fcntl(io::stderr(), FcntlArg::F_GETFD)),
    ];
    for _ in closed.into_iter().filter(|closed| *closed) {
        if let Ok(nothing) = File::options().read(true).write(true).open("/dev/null") {
            let _ = nothing.into_raw_fd();
        }
    }
}
