//! A command on several domains at once, a few of them at a time.

use std::io::IsTerminal;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::progress::Bar;
use super::summary::Summary;
use super::target::{Target, Targets};
use super::{Done, data};
use crate::command::Effect;
use crate::control::Control;
use crate::failure::Failure;
use crate::interrupt::{self, Interrupt};
use crate::output::{Data, Kept, Record, printable};
use crate::parse::Invocation;

/// How many domains are worked on at once if nobody says otherwise.
const AT_ONCE: usize = 8;
/// How long works may take to end by themselves once their connection is lost.
const GRACE: Duration = Duration::from_secs(1);
/// How long ^C may go unnoticed.
const TICK: Duration = Duration::from_millis(100);

/// What has become of one domain.
struct Ended {
    /// Its place among the domains.
    place: usize,
    printed: Kept,
    data: Option<Data>,
    /// Why it failed, if it did; short.
    failed: Option<String>,
}

/// Runs the command on each of the domains. What each prints is shown whole, in their order; then what has become of
/// them all.
pub(super) fn run(control: &mut Control, invocation: &Invocation, targets: Targets) -> Result<Done, Failure> {
    let count = targets.domains.len();
    if count == 0 {
        let command = invocation.command.name;
        control.output.tell(format_args!("{command}: there is no domain in a state that fits"));
    }
    let connection = control.connection()?;
    let mut interrupt = Some(Interrupt::watch()?);
    let shared = Arc::new(Shared { targets, invocation: invocation.clone(), queue: Mutex::default() });
    let (sender, receiver) = mpsc::channel();
    for _ in 0..invocation.many.parallel.unwrap_or(AT_ONCE).min(count) {
        let (worker, sender) = (control.worker(connection.clone()), sender.clone());
        let work = Arc::clone(&shared);
        let spawned = thread::Builder::new().name("domain".into()).spawn(move || work.run(worker, &sender));
        if let Err(error) = spawned {
            shared.queue().close();
            return Err(Failure::said(format!("cannot work on several domains at once: {error}")));
        }
    }
    drop(sender);
    let mut summary = Summary::new(invocation, "domain", count);
    let mut shown = Shown::new(control, &shared);
    let mut lost: Option<Instant> = None;
    loop {
        match receiver.recv_timeout(TICK) {
            Ok(ended) => shown.take(ended, &mut summary),
            Err(RecvTimeoutError::Timeout) => shown.bar.look(),
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if interrupt.is_some() && interrupt::is_pending() {
            // Those that have begun are waited for; another ^C ends the program.
            shared.queue().close();
            interrupt = None;
        }
        if lost.is_none() && !connection.is_alive().unwrap_or(true) {
            shared.queue().close();
            lost = Some(Instant::now());
        }
        // Of several calls on a connection that keepalive has given up, libvirt (11.3) ends one and forgets the others.
        if lost.is_some_and(|since| since.elapsed() >= GRACE) {
            break;
        }
    }
    let records = shown.end(&mut summary);
    let data = invocation.view.is_some().then_some(Data::List(records));
    Ok(Done { data, whole: summary.tell(control) })
}

/// What all workers share.
struct Shared {
    targets: Targets,
    invocation: Invocation,
    queue: Mutex<Queue>,
}

/// The domains that nobody works on yet.
#[derive(Default)]
struct Queue {
    next: usize,
    closed: bool,
}

impl Queue {
    /// The place of the next one.
    fn take(&mut self, count: usize) -> Option<usize> {
        // A work that ^C has ended is over before the thread that shows them all has noticed.
        if self.closed || self.next == count || interrupt::is_pending() {
            return None;
        }
        self.next += 1;
        Some(self.next - 1)
    }

    /// Lets no other be begun.
    fn close(&mut self) {
        self.closed = true;
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<(usize, &Target)> {
        let place = self.queue().take(self.targets.domains.len())?;
        Some((place, self.targets.domains.get(place)?))
    }

    fn run(&self, mut control: Control, ended: &Sender<Ended>) {
        while let Some((place, target)) = self.next() {
            let outcome = super::once(&mut control, &self.invocation, &self.targets.arguments(target));
            let (data, failed) = match outcome {
                Ok(data) => (data, None),
                Err(failure) => {
                    control.report(&failure);
                    (None, Some(failure.reason().to_owned()))
                }
            };
            if failed.is_some() && control.is_cut_off() {
                self.queue().close();
            }
            if ended.send(Ended { place, printed: control.output.take(), data, failed }).is_err() {
                return;
            }
        }
    }
}

/// What has been shown, and what waits for those before it.
struct Shown<'c> {
    control: &'c Control,
    shared: &'c Shared,
    records: Vec<Record>,
    /// Whether each domain's text needs its name before it, as it does not say so itself.
    headings: bool,
    waiting: Vec<Option<Ended>>,
    next: usize,
    /// Whether something has been printed, so that the next heading stands off.
    begun: bool,
    bar: Bar,
}

impl<'c> Shown<'c> {
    fn new(control: &'c Control, shared: &'c Shared) -> Self {
        let Shared { invocation, targets, .. } = shared;
        let count = targets.domains.len();
        let seen = !control.output.quiet && !control.output.is_kept() && std::io::stderr().is_terminal();
        Self {
            control,
            shared,
            records: Vec::new(),
            headings: invocation.effect() == Effect::Query && !control.output.quiet,
            waiting: (0..count).map(|_| None).collect(),
            next: 0,
            begun: false,
            bar: Bar::new(invocation.command.name, count, seen),
        }
    }

    fn take(&mut self, ended: Ended, summary: &mut Summary) {
        self.bar.step();
        let place = ended.place;
        if let Some(slot) = self.waiting.get_mut(place) {
            *slot = Some(ended);
        }
        while let Some(ended) = self.waiting.get_mut(self.next).and_then(Option::take) {
            self.show(ended, summary);
            self.next += 1;
        }
    }

    /// Shows what comes after domains that were not begun or have not ended, which are noted; what is left is the data
    /// of all.
    fn end(mut self, summary: &mut Summary) -> Vec<Record> {
        self.bar.end();
        let begun = self.shared.queue().next;
        for (place, target) in self.shared.targets.domains.iter().enumerate().skip(self.next) {
            match self.waiting.get_mut(place).and_then(Option::take) {
                Some(ended) => self.show(ended, summary),
                None if place < begun => {
                    let reason = "the connection is lost, and nobody knows whether it was done";
                    self.control.output.error(format_args!("{}: {reason}", printable(&target.name)));
                    summary.failed(&target.name, reason.to_owned());
                }
                None => summary.left(&target.name),
            }
        }
        self.records
    }

    fn show(&mut self, ended: Ended, summary: &mut Summary) {
        let Some(target) = self.shared.targets.domains.get(ended.place) else { return };
        let output = &self.control.output;
        self.bar.aside(|| {
            if self.headings && ended.printed.has_text() {
                let gap = if self.begun { "\n" } else { "" };
                output.line(format_args!("{gap}{}:", printable(&target.name)));
                self.begun = true;
            }
            output.replay(ended.printed, Some(&printable(&target.name)));
        });
        if let Some(found) = ended.data {
            self.records.extend(data::of_domain(&self.shared.invocation, &target.name, found));
        }
        match ended.failed {
            Some(reason) => summary.failed(&target.name, reason),
            None => summary.done(),
        }
    }
}
