//! A command on several domains at once, a few of them at a time.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use super::progress::Bar;
use super::summary::Summary;
use super::target::Targets;
use super::{Done, data};
use crate::command::Effect;
use crate::control::Control;
use crate::failure::Failure;
use crate::interrupt::{self, Interrupt};
use crate::output::{Data, Kept, Record, printable};
use crate::parse::Invocation;

/// How many domains are worked on at once if nobody says otherwise.
const AT_ONCE: usize = 8;
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
pub(super) fn run(
    control: &mut Control,
    invocation: &Invocation,
    targets: &Targets,
) -> Result<Done, Failure> {
    let command = invocation.command;
    let domains = &targets.domains;
    if domains.is_empty() {
        control.output.tell(format_args!("{}: there is no domain in a state that fits", command.name));
    }
    let connection = control.connection()?;
    let interrupt = Interrupt::watch()?;
    let shared = Shared { targets, invocation, next: AtomicUsize::new(0), stopped: AtomicBool::new(false) };
    let mut summary = Summary::new(invocation, "domain", domains.len());
    let records = thread::scope(|scope| -> Result<Vec<Record>, Failure> {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..invocation.many.parallel.unwrap_or(AT_ONCE).min(domains.len()) {
            let (worker, sender, shared) = (control.worker(connection.clone()), sender.clone(), &shared);
            let spawned = thread::Builder::new()
                .name("domain".into())
                .spawn_scoped(scope, move || shared.work(worker, &sender));
            if let Err(error) = spawned {
                shared.stopped.store(true, Ordering::SeqCst);
                return Err(Failure::said(format!("cannot work on several domains at once: {error}")));
            }
        }
        drop(sender);
        let mut shown = Shown::new(control, invocation, targets);
        let mut interrupt = Some(interrupt);
        loop {
            match receiver.recv_timeout(TICK) {
                Ok(ended) => shown.take(ended, &mut summary),
                Err(RecvTimeoutError::Timeout) => shown.bar.look(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if interrupt.is_some() && interrupt::is_pending() {
                // Those that have begun are waited for; another ^C ends the program.
                shared.stopped.store(true, Ordering::SeqCst);
                interrupt = None;
            }
        }
        Ok(shown.end(&mut summary))
    })?;
    let data = invocation.view.is_some().then_some(Data::List(records));
    Ok(Done { data, whole: summary.tell(control) })
}

/// What all workers share.
struct Shared<'t> {
    targets: &'t Targets,
    invocation: &'t Invocation,
    /// The first domain that nobody works on yet.
    next: AtomicUsize,
    /// Whether no other is to be begun.
    stopped: AtomicBool,
}

impl Shared<'_> {
    fn work(&self, mut control: Control, ended: &Sender<Ended>) {
        // A work that ^C has ended is over before the thread that shows them all has noticed.
        while !self.stopped.load(Ordering::SeqCst) && !interrupt::is_pending() {
            let place = self.next.fetch_add(1, Ordering::SeqCst);
            let Some(target) = self.targets.domains.get(place) else { return };
            let outcome = super::once(&mut control, self.invocation, &self.targets.arguments(target));
            let (data, failed) = match outcome {
                Ok(data) => (data, None),
                Err(failure) => {
                    control.report(&failure);
                    (None, Some(failure.reason().to_owned()))
                }
            };
            if failed.is_some() && control.is_cut_off() {
                self.stopped.store(true, Ordering::SeqCst);
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
    invocation: &'c Invocation,
    targets: &'c Targets,
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
    fn new(control: &'c Control, invocation: &'c Invocation, targets: &'c Targets) -> Self {
        let command = invocation.command;
        let count = targets.domains.len();
        let seen = !control.output.quiet && !control.output.is_kept() && std::io::stderr().is_terminal();
        Self {
            control,
            invocation,
            targets,
            records: Vec::new(),
            headings: invocation.effect() == Effect::Query && !control.output.quiet,
            waiting: (0..count).map(|_| None).collect(),
            next: 0,
            begun: false,
            bar: Bar::new(command.name, count, seen),
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

    /// Shows what comes after domains that were not begun, which are noted; what is left is the data of all.
    fn end(mut self, summary: &mut Summary) -> Vec<Record> {
        self.bar.end();
        for place in self.next..self.waiting.len() {
            match self.waiting.get_mut(place).and_then(Option::take) {
                Some(ended) => self.show(ended, summary),
                None => summary.left(&self.targets.domains[place].name),
            }
        }
        self.records
    }

    fn show(&mut self, ended: Ended, summary: &mut Summary) {
        let Some(target) = self.targets.domains.get(ended.place) else { return };
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
            self.records.extend(data::of_domain(self.invocation, &target.name, found));
        }
        match ended.failed {
            Some(reason) => summary.failed(&target.name, reason),
            None => summary.done(),
        }
    }
}
