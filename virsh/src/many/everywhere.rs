//! A command on several hosts at once.

use std::sync::Arc;
use std::time::Duration;

use super::host::Host;
use super::round::Named;
use super::session::Session;
use super::summary::{Summary, counted, named};
use super::target::{self, Targets};
use super::{Done, data};
use crate::command::{Command, Effect};
use crate::confirm::confirm;
use crate::control::Control;
use crate::failure::Failure;
use crate::output::{Data, Kept, Record, printable};
use crate::parse::Invocation;

/// How long a host that is not connected may take if nobody says otherwise.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

/// The hosts that virsh talks to, where there are several.
pub(crate) struct Hosts {
    pub(super) hosts: Vec<Host>,
    /// How long connecting may take.
    pub(super) limit: Duration,
    /// A session for each host that was asked for something, and that is not given up.
    pub(super) sessions: Vec<Option<Session>>,
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

    /// Where the first one is.
    pub(crate) fn first(&self) -> Option<String> {
        self.hosts.first().map(|host| host.uri.clone())
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
    confirm(&control.output, &question(command, hosts, &found), "", invocation.many.yes)?;
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
