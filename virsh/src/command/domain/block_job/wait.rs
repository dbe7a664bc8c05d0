//! Waiting for work on a disk.

use std::thread;
use std::time::{Duration, Instant};

use hypervisor::Domain;
use hypervisor::block_job::Unit;
use hypervisor::event::{Class, DomainEvent, Event, Subscription};
use hypervisor::flags::BlockJobAbortFlags;

use crate::command::Arguments;
use crate::command::job::{Progress, TICK, TICKS_A_LOOK};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::interrupt::Interrupt;

/// libvirt's numbers of how work on a disk came to an end (`virConnectDomainEventBlockJobStatus`).
const COMPLETED: u32 = 0;
const FAILED: u32 = 1;
const READY: u32 = 3;

/// What a wait comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// All is done.
    Completed,
    /// Both images are the same, and stay so until it is ended.
    Ready,
    /// It failed.
    Failed,
    /// It was cancelled, by us or somebody else.
    Aborted,
}

/// A wait that has begun to listen, so that nothing that happens from then on is missed.
pub(super) struct Wait<'w> {
    domain: &'w Domain,
    disk: &'w str,
    label: &'static str,
    events: Option<Subscription>,
    limit: Option<Duration>,
    is_async: bool,
    verbose: bool,
}

impl<'w> Wait<'w> {
    /// Prepares to wait as `--timeout`, `--async` and `--verbose` say.
    pub(super) fn prepare(
        arguments: &Arguments,
        domain: &'w Domain,
        disk: &'w str,
        label: &'static str,
    ) -> Result<Self, Failure> {
        // By path, by target; a driver that knows one of them or none is asked how far it is all the same.
        let events = domain.connection().subscribe(&[]).ok().map(|mut events| {
            for class in [Class::BlockJob, Class::BlockJob2] {
                let _ = events.add_for(class, domain);
            }
            events
        });
        Ok(Self {
            domain,
            disk,
            label,
            events,
            limit: limit(arguments)?,
            is_async: arguments.has("async"),
            verbose: arguments.has("verbose"),
        })
    }

    /// How it ended, if it did and we were told.
    fn told(&self) -> Option<End> {
        let events = self.events.as_ref()?;
        while let Ok(event) = events.receiver().try_recv() {
            let Event::Domain(
                _,
                DomainEvent::BlockJob { disk, status, .. } | DomainEvent::BlockJob2 { disk, status, .. },
            ) = event
            else {
                continue;
            };
            if disk == self.disk {
                return Some(match status {
                    COMPLETED => End::Completed,
                    FAILED => End::Failed,
                    READY => End::Ready,
                    _ => End::Aborted,
                });
            }
        }
        None
    }

    /// Waits to the end, or until the time is up or ^C, which cancel the work.
    pub(super) fn run(&self, control: &Control) -> Result<End, Failure> {
        let interrupt = Interrupt::watch()?;
        let begun = Instant::now();
        let mut progress = Progress::new(self.label, self.verbose);
        for tick in 0_u32.. {
            if let Some(end) = self.told() {
                if matches!(end, End::Completed | End::Ready) {
                    progress.show(control, 0, 1);
                }
                return Ok(end);
            }
            if interrupt.came() || self.limit.is_some_and(|limit| begun.elapsed() >= limit) {
                return self.cancel();
            }
            if tick % TICKS_A_LOOK == 0 {
                let job = self
                    .domain
                    .block_job(self.disk, Unit::MiB)
                    .attempted(|| format!("failed to query job for disk {}", self.disk))?;
                match job {
                    Some(job) => progress.show(control, job.end.saturating_sub(job.current), job.end),
                    None => {
                        // The event may be on its way.
                        thread::sleep(TICK);
                        let end = self.told().unwrap_or(End::Completed);
                        if end == End::Completed {
                            progress.show(control, 0, 1);
                        }
                        return Ok(end);
                    }
                }
            }
            thread::sleep(TICK);
        }
        Ok(End::Aborted)
    }

    fn cancel(&self) -> Result<End, Failure> {
        let flags = if self.is_async { BlockJobAbortFlags::ASYNC } else { BlockJobAbortFlags::NONE };
        self.domain
            .abort_block_job(self.disk, flags)
            .attempted(|| format!("failed to abort job for disk '{}'", self.disk))?;
        Ok(End::Aborted)
    }

    /// Ends work that has made both images the same; `pivot` goes on with the new one.
    pub(super) fn finish(&self, pivot: bool) -> Outcome {
        let mut flags = if pivot { BlockJobAbortFlags::PIVOT } else { BlockJobAbortFlags::NONE };
        if self.is_async {
            flags |= BlockJobAbortFlags::ASYNC;
        }
        let verb = if pivot { "pivot" } else { "finish" };
        let attempt = || format!("failed to {verb} job for disk {}", self.disk);
        self.domain.abort_block_job(self.disk, flags).attempted(attempt)
    }
}

/// How long the wait may take.
fn limit(arguments: &Arguments) -> Result<Option<Duration>, Failure> {
    match arguments.number::<u32>("timeout")? {
        Some(0) => Err(Arguments::malformed("timeout", "0")),
        seconds => Ok(seconds.map(|seconds| Duration::from_secs(seconds.into()))),
    }
}
