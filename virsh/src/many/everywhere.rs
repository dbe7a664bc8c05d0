//! A command on several hosts at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::confirm::confirm;
use super::host::Host;
use super::session::Session;
use super::summary::{Summary, counted, named};
use super::target::{self, Targets};
use super::{Done, data};
use crate::command::{Command, Effect};
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::interrupt::Interrupt;
use crate::output::{Data, Kept, Record, printable};
use crate::parse::Invocation;

/// How long a host that is not connected may take if nobody says otherwise.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);
/// How long ^C, and the end of a host's time, may go unnoticed.
const TICK: Duration = Duration::from_millis(50);

/// The hosts that virsh talks to, where there are several.
pub(crate) struct Hosts {
    hosts: Vec<Host>,
    /// How long connecting may take.
    limit: Duration,
    /// A session for each host that was asked for something, and that is not given up.
    sessions: Vec<Option<Session>>,
}

impl Hosts {
    /// These hosts; nothing is asked of them yet.
    pub(crate) fn new(hosts: Vec<Host>, limit: Duration) -> Self {
        let sessions = hosts.iter().map(|_| None).collect();
        Self { hosts, limit, sessions }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.hosts.len()
    }

    /// Leaves them all, so that what is asked next connects anew.
    pub(crate) fn leave(&mut self) {
        self.sessions.fill_with(|| None);
    }

    fn names(&self) -> Vec<String> {
        self.hosts.iter().map(|host| printable(&host.name)).collect()
    }
}

/// Runs the command on every host.
pub(super) fn run(control: &Control, hosts: &mut Hosts, invocation: &Invocation) -> Result<Done, Failure> {
    let command = invocation.command;
    if let Some(why) = super::alone(invocation) {
        return Err(Failure::said(format!(
            "{why} works on one host at a time, and there are {}",
            hosts.count()
        ))
        .hint("-c URI chooses one"));
    }
    let looks = invocation.effect() == Effect::Query;
    if !looks && !invocation.many.each {
        let count = hosts.count();
        return Err(Failure::said(format!(
            "'{}' would change {count} hosts: {}",
            command.name,
            named(&hosts.names())
        ))
        .hint("--each after the command does it on each of them; -c URI chooses one"));
    }
    let mut summary = Summary::new(invocation, "host", hosts.count());
    let everywhere: Vec<Option<()>> = vec![Some(()); hosts.count()];
    let whole = Arc::new(invocation.clone());
    let mut shown = Shown { control, begun: false };
    let mut records: Vec<Vec<Record>> = hosts.hosts.iter().map(|_| Vec::new()).collect();
    let mut take = |summary: &mut Summary, host: Named<'_>, result: Result<Done, String>| match result {
        Ok(done) => {
            if let (Some(found), Some(place)) = (done.data, records.get_mut(host.place)) {
                *place = data::of_host(invocation, host.name, found);
            }
            if done.whole { summary.done() } else { summary.failed(host.name, "not all domains".to_owned()) }
        }
        Err(reason) => summary.failed(host.name, reason),
    };
    if looks {
        let work = move |control: &mut Control, ()| {
            let targets = target::find(&whole, &control.connection()?)?;
            super::on_host(control, &whole, targets)
        };
        hosts.round(control, everywhere, work, |host, printed, result| {
            shown.show(host, printed);
            take(&mut summary, host, result);
        })?;
        return Ok(done(invocation, records, summary.tell(control)));
    }
    let search = {
        let whole = Arc::clone(&whole);
        move |control: &mut Control, ()| target::find(&whole, &control.connection()?)
    };
    let mut found: Vec<Option<Option<Targets>>> = hosts.hosts.iter().map(|_| None).collect();
    hosts.round(control, everywhere, search, |host, printed, result| {
        shown.show(host, printed);
        match result {
            Ok(targets) => found[host.place] = Some(targets),
            Err(reason) => summary.failed(host.name, reason),
        }
    })?;
    if found.iter().all(Option::is_none) {
        return Ok(done(invocation, records, summary.tell(control)));
    }
    confirm(&control.output, &question(command, hosts, &found), invocation.many.yes)?;
    let work =
        move |control: &mut Control, targets: Option<Targets>| super::on_host(control, &whole, targets);
    hosts.round(control, found, work, |host, printed, result| {
        shown.show(host, printed);
        take(&mut summary, host, result);
    })?;
    Ok(done(invocation, records, summary.tell(control)))
}

fn done(invocation: &Invocation, records: Vec<Vec<Record>>, whole: bool) -> Done {
    Done { data: invocation.view.is_some().then(|| Data::List(records.concat())), whole }
}

/// What is asked before anything is changed.
fn question(command: &Command, hosts: &Hosts, found: &[Option<Option<Targets>>]) -> String {
    let mut names = Vec::new();
    let mut domains = Vec::new();
    for (host, found) in hosts.names().iter().zip(found) {
        let Some(targets) = found else { continue };
        names.push(host.clone());
        let targets = targets.iter().flat_map(|targets| &targets.domains);
        domains.extend(targets.map(|target| format!("{host}: {}", printable(&target.name))));
    }
    let (what, on) = (command.name, counted(names.len(), "host"));
    match domains.is_empty() {
        true => format!("{what} on {on} ({})", named(&names)),
        false => format!("{what} {} on {on} ({})", counted(domains.len(), "domain"), named(&domains)),
    }
}

/// Shows what came from hosts, under the name of each.
struct Shown<'c> {
    control: &'c Control,
    begun: bool,
}

impl Shown<'_> {
    fn show(&mut self, host: Named<'_>, printed: Kept) {
        let output = &self.control.output;
        let name = printable(host.name);
        if printed.has_text() && !output.quiet {
            let gap = if self.begun { "\n" } else { "" };
            output.line(format_args!("{gap}==> {name} <=="));
            self.begun = true;
        }
        output.replay(printed, Some(&name));
    }
}

/// A host in a round.
#[derive(Clone, Copy)]
struct Named<'h> {
    place: usize,
    name: &'h str,
}

/// What a host's thread tells.
enum Told<T> {
    /// It is connected.
    Connected,
    /// What it printed, and what came of it or, in short, why it failed.
    Ended(Kept, Result<T, String>),
}

/// Whoever takes it decides: the host's thread that it works, or who waits that it is given up. Nothing is done on a
/// host that was told to have failed.
#[derive(Default)]
struct Claim(AtomicBool);

impl Claim {
    /// Whether nobody had it before.
    fn take(&self) -> bool {
        !self.0.swap(true, Ordering::SeqCst)
    }
}

/// Where a host is in a round.
enum State<T> {
    /// It has no part in it, or is shown already.
    Over,
    Connecting(Arc<Claim>),
    Working,
    Ended(Kept, Result<T, String>),
}

impl Hosts {
    /// Has all hosts that are given something do the work at once. Each is handed to `ended` as it ends, in the order
    /// of the hosts; the first that takes longer than connecting may is not waited for by those after it.
    fn round<G: Send + 'static, T: Send + 'static>(
        &mut self,
        control: &Control,
        given: Vec<Option<G>>,
        work: impl Fn(&mut Control, G) -> Result<T, Failure> + Send + Sync + 'static,
        mut ended: impl FnMut(Named<'_>, Kept, Result<T, String>),
    ) -> Outcome {
        let interrupt = Interrupt::watch()?;
        let work = Arc::new(work);
        let (sender, receiver) = mpsc::channel();
        let mut states = Vec::new();
        for (place, given) in given.into_iter().enumerate() {
            let Some(given) = given else {
                states.push(State::Over);
                continue;
            };
            let (sender, work) = (sender.clone(), Arc::clone(&work));
            let claim = Arc::new(Claim::default());
            let begins = Arc::clone(&claim);
            self.session(control, place)?.ask(Box::new(move |control| {
                let connected = control.connection();
                if !begins.take() {
                    return;
                }
                let result = connected.and_then(|_| {
                    // Where nobody listens any more, nobody misses it.
                    let _ = sender.send((place, Told::Connected));
                    work(control, given)
                });
                let result = result.map_err(|failure| {
                    control.report(&failure);
                    failure.reason().to_owned()
                });
                let _ = sender.send((place, Told::Ended(control.output.take(), result)));
            }));
            states.push(State::Connecting(claim));
        }
        let begun = Instant::now();
        let mut given_up = false;
        let mut interrupt = Some(interrupt);
        while states.iter().any(|state| !matches!(state, State::Over)) {
            match receiver.recv_timeout(TICK) {
                Ok((place, told)) => {
                    if let Some(state @ (State::Connecting(_) | State::Working)) = states.get_mut(place) {
                        *state = match told {
                            Told::Connected => State::Working,
                            Told::Ended(printed, result) => State::Ended(printed, result),
                        };
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if interrupt.as_ref().is_some_and(Interrupt::came) {
                // Those that are at work are waited for; another ^C ends the program.
                given_up = true;
                interrupt = None;
            }
            self.give_up(&mut states, begun, given_up);
            self.hand_over(&mut states, begun.elapsed() >= self.limit, &mut ended);
        }
        Ok(())
    }

    /// Ends the wait for hosts that take too long to connect, or for all that are not connected.
    fn give_up<T>(&mut self, states: &mut [State<T>], begun: Instant, all: bool) {
        for (place, state) in states.iter_mut().enumerate() {
            let State::Connecting(claim) = state else { continue };
            let asked = self.sessions[place].as_ref().map_or(Some(Duration::ZERO), Session::asked_for);
            let is_late = asked.is_some_and(|asked| begun.elapsed().saturating_sub(asked) >= self.limit);
            if !(is_late || all) || !claim.take() {
                continue;
            }
            // A thread that hangs is left to itself.
            self.sessions[place] = None;
            let reason = match is_late {
                true => format!("no answer within {} s", self.limit.as_secs()),
                false => "interrupted before it was connected".to_owned(),
            };
            *state = State::Ended(Kept::error_alone(&reason), Err(reason));
        }
    }

    /// Hands over what has ended: up to the first host that has not, or all that has once they had their time.
    fn hand_over<T>(
        &self,
        states: &mut [State<T>],
        in_any_order: bool,
        ended: &mut impl FnMut(Named<'_>, Kept, Result<T, String>),
    ) {
        for (place, state) in states.iter_mut().enumerate() {
            match std::mem::replace(state, State::Over) {
                State::Over => {}
                State::Ended(printed, result) => {
                    ended(Named { place, name: &self.hosts[place].name }, printed, result);
                }
                unfinished => {
                    *state = unfinished;
                    if !in_any_order {
                        return;
                    }
                }
            }
        }
    }

    fn session(&mut self, control: &Control, place: usize) -> Result<&Session, Failure> {
        let host = &self.hosts[place];
        let slot = &mut self.sessions[place];
        if slot.is_none() {
            *slot = Some(Session::begin(control.on_host(&host.uri), &host.name)?);
        }
        slot.as_ref().ok_or_else(Failure::silent)
    }
}
