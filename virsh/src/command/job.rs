//! Long works on a domain: how far they are, and ^C, which cancels the work and not only the wait for it.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use hypervisor::flags::JobAbortFlags;
use hypervisor::{Domain, Error, ErrorCode};

use crate::control::Control;
use crate::failure::Failure;
use crate::interrupt::Interrupt;

/// How long ^C may go unnoticed.
pub(super) const TICK: Duration = Duration::from_millis(100);
/// Ticks from one look at the work to the next.
pub(super) const TICKS_A_LOOK: u32 = 5;

/// How far a work is, in a line on standard error that is written over and over.
pub(super) struct Progress {
    label: &'static str,
    shown: bool,
    begun: bool,
}

impl Progress {
    /// Of the work of this name; nothing is written unless it is wanted.
    pub(super) fn new(label: &'static str, shown: bool) -> Self {
        Self { label, shown, begun: false }
    }

    /// Writes what part is done. It is all only when nothing remains.
    pub(super) fn show(&mut self, control: &Control, remaining: u64, total: u64) {
        const NEARLY: f64 = 99.99;
        if !self.shown || control.output.is_kept() {
            return;
        }
        let percent = match (remaining, total) {
            (0, _) | (_, 0) => 100.0,
            _ => (100.0 - remaining as f64 * 100.0 / total as f64).clamp(0.0, NEARLY),
        };
        control.output.flush();
        self.begun = true;
        // Where standard error is closed nobody looks.
        let _ = write!(io::stderr().lock(), "\r{}: [{percent:5.2} %]", self.label);
    }

    /// Leaves the line, so that an error is not written into it; scripts read it as they always did.
    pub(super) fn leave(&self) {
        if self.begun && io::stderr().is_terminal() {
            let _ = writeln!(io::stderr().lock());
        }
    }
}

/// What happens when a work takes longer than it should.
pub(super) struct Limit<'l> {
    /// How long it may take.
    pub(super) time: Duration,
    /// What is done then, once.
    pub(super) act: &'l dyn Fn() -> Result<(), Error>,
}

/// Does a work on the domain, shows how far it is if that is wanted, and cancels it on ^C; what libvirt says of the
/// work that was cancelled is the error then.
pub(super) fn run<T: Send + 'static>(
    control: &Control,
    domain: &Domain,
    mut progress: Progress,
    limit: Option<Limit<'_>>,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<Result<T, Error>, Failure> {
    let interrupt = Interrupt::watch()?;
    let (sender, receiver) = mpsc::sync_channel(1);
    let worker = thread::Builder::new().name("job".into()).spawn(move || {
        // The receiver waits for it until it comes.
        let _ = sender.send(work());
    });
    worker.map_err(|error| Failure::said(error.to_string()))?;
    let begun = Instant::now();
    let mut limit = limit;
    for tick in 1_u32.. {
        match receiver.recv_timeout(TICK) {
            Ok(result) => {
                if result.is_ok() {
                    progress.show(control, 0, 1);
                } else {
                    progress.leave();
                }
                return Ok(result);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if interrupt.came()
            && let Err(error) = domain.abort_job(JobAbortFlags::NONE)
            // It may not have begun, or be at its end; or there is no QEMU while one takes the place of another. What is
            // in the middle and cannot be cancelled (a dump of memory alone) is told so.
            && (![ErrorCode::OPERATION_INVALID, ErrorCode::INVALID_ARG].contains(&error.code)
                || domain.job_brief().is_ok_and(|job| job.data.iter().all(|bytes| *bytes > 0)))
        {
            progress.leave();
            control.output.error(&error.message);
        }
        if let Some(Limit { act, .. }) = limit.take_if(|limit| begun.elapsed() >= limit.time)
            && let Err(error) = act()
        {
            progress.leave();
            control.output.error(&error.message);
        }
        if tick % TICKS_A_LOOK == 0
            && progress.shown
            && let Ok(brief) = domain.job_brief()
            && let [total, _, remaining] = brief.data
            && total > 0
        {
            progress.show(control, remaining, total);
        }
    }
    Err(Failure::said(format!("{} ended without an answer", progress.label)))
}
