//! Waiting for what happens to domains, networks, pools and their like.

mod follow;
mod object;
mod text;

pub(crate) use follow::Following;
pub(super) use object::{objects, options};

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use hypervisor::event::{Class, Event, Source, Subscription};
use hypervisor::{Connection, Domain};
use signal_hook::consts::SIGINT;
use signal_hook::iterator::Signals;

use super::domain::{By, named};
use super::option::{flag, number, text};
use super::{Answer, Arguments, Command, Values};
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::output::field::Field;
use crate::output::{Record, field, moment};
use follow::Wanted;

pub(super) const COMMANDS: &[Command] = &[Command::new(
    "event",
    "wait for events of domains",
    "Waits for something to happen to a domain and prints it; or lists what can happen.\n\
     In the shell, --follow prints what happens while other commands are typed.",
    &[
        text("domain", "only of this domain: its name, id or UUID").tolerated().values(Values::Domain),
        text("event", "the event to wait for").tolerated().values(Values::Event(Source::Domain)),
        flag("all", "wait for any event"),
        flag("loop", "go on after the first event, until the time is up or ^C"),
        number("timeout", "seconds to wait at most").tolerated(),
        flag("list", "list the events"),
        flag("timestamp", "print when each event came"),
        flag("follow", "print events between the prompts of the shell; elsewhere as --loop"),
        flag("stop", "end what --follow began"),
    ],
    event,
)
.alone()
.answers(&DOMAIN_EVENTS)];

/// The classes of events of something.
fn classes(source: Source) -> impl Iterator<Item = Class> {
    Class::ALL.iter().copied().filter(move |class| class.source() == source)
}

/// Their names.
pub(crate) fn names(source: Source) -> impl Iterator<Item = &'static str> {
    classes(source).map(Class::name)
}

/// The names of events, which is all that there is to say without waiting.
pub(super) const DOMAIN_EVENTS: Answer = list(|_, _| Ok(named_events(Source::Domain)));
pub(super) const NETWORK_EVENTS: Answer = list(|_, _| Ok(named_events(Source::Network)));
pub(super) const POOL_EVENTS: Answer = list(|_, _| Ok(named_events(Source::Pool)));
pub(super) const NODE_DEVICE_EVENTS: Answer = list(|_, _| Ok(named_events(Source::NodeDevice)));
pub(super) const SECRET_EVENTS: Answer = list(|_, _| Ok(named_events(Source::Secret)));

const fn list(find: fn(&mut Control, &Arguments) -> Result<Vec<Record>, Failure>) -> Answer {
    const FIELDS: &[Field] = &[field::text("name", "name of the event")];
    Answer::list(FIELDS, find).only_with("list")
}

fn named_events(source: Source) -> Vec<Record> {
    names(source).map(|name| Record::new().with("name", name)).collect()
}

/// The class of that name.
fn class(source: Source, name: &str) -> Result<Class, Failure> {
    Class::find(source, name).ok_or_else(|| Failure::said(format!("unknown event type {name}")))
}

/// What ends a wait.
enum Wake {
    Event(Box<Event>),
    Interrupt,
}

fn event(control: &mut Control, arguments: &Arguments) -> Outcome {
    for (one, other) in [
        ("all", "event"),
        ("list", "all"),
        ("list", "event"),
        ("follow", "list"),
        ("follow", "timeout"),
        ("stop", "follow"),
        ("stop", "list"),
        ("stop", "all"),
        ("stop", "event"),
    ] {
        arguments.exclusive(one, other)?;
    }
    if arguments.has("stop") {
        return match control.following.take() {
            Some(_) => Ok(()),
            None => Err(Failure::said("No events are followed")
                .hint("in the shell, 'event --follow --all' begins to tell them")),
        };
    }
    if arguments.has("list") {
        names(Source::Domain).for_each(|name| control.output.line(name));
        return Ok(());
    }
    let wanted: Vec<Class> = match arguments.text("event")? {
        Some(name) => vec![class(Source::Domain, name)?],
        None if arguments.has("all") => classes(Source::Domain).collect(),
        None => return Err(Failure::said("one of --list, --all, or --event <type> is required")),
    };
    let limit = limit(arguments)?;
    let connection = control.connection()?;
    let domain = match arguments.text("domain")? {
        Some(name) => Some(named(&connection, name, By::ANY)?),
        None => None,
    };
    if arguments.has("follow")
        && let Some(announcer) = &control.announcer
    {
        if control.following.is_some() {
            return Err(Failure::said("Events are told already")
                .hint("'event --stop' ends that; then 'event --follow' begins anew"));
        }
        let domain = domain.map(|domain| domain.uuid());
        let wanted = Wanted { classes: wanted, domain, stamped: arguments.has("timestamp") };
        let following = Following::begin(&connection, wanted, Arc::clone(announcer))?;
        control.following = Some(following);
        control.output.last_remark("Events are told from now on; 'event --stop' ends that\n");
        return Ok(());
    }
    let subscription = subscribe(&connection, &wanted, domain.as_ref())?;
    let endless = arguments.has("loop") || arguments.has("follow");
    wait(control, arguments, endless, &subscription, limit, text::of)
}

fn limit(arguments: &Arguments) -> Result<Option<Duration>, Failure> {
    match arguments.number::<u32>("timeout")? {
        Some(0) => Err(Arguments::malformed("timeout", "0")),
        seconds => Ok(seconds.map(|seconds| Duration::from_secs(seconds.into()))),
    }
}

/// Listens to these classes. Once one is listened to, others that the server does not know are let pass.
fn subscribe(
    connection: &Connection,
    classes: &[Class],
    domain: Option<&Domain>,
) -> Result<Subscription, Failure> {
    let mut subscription = connection.subscribe(&[Class::Closed])?;
    for (index, &class) in classes.iter().enumerate() {
        let added = match domain {
            Some(domain) => subscription.add_for(class, domain),
            None => subscription.add(class),
        };
        if index == 0 {
            added?;
        }
    }
    Ok(subscription)
}

/// Prints events in the words that `tell` has for those that count, until there is one, or until the end if it is
/// `endless`; then how many there were.
fn wait(
    control: &mut Control,
    arguments: &Arguments,
    endless: bool,
    subscription: &Subscription,
    limit: Option<Duration>,
    tell: impl Fn(&Event) -> Option<String>,
) -> Outcome {
    let (wake, woken) = mpsc::channel();
    let mut signals = Signals::new([SIGINT]).map_err(|error| Failure::said(error.to_string()))?;
    let handle = signals.handle();
    let interrupt = wake.clone();
    let interrupts = thread::spawn(move || {
        if signals.forever().next().is_some() {
            // Nobody waits any more where this fails.
            let _ = interrupt.send(Wake::Interrupt);
        }
    });
    forward(subscription, wake);
    let end = limit.map(|limit| Instant::now() + limit);
    let mut count = 0;
    let mut is_lost = false;
    loop {
        let next = match end {
            Some(end) => woken.recv_timeout(end.saturating_duration_since(Instant::now())),
            None => woken.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match next {
            // Nothing is told any more, however long one waits.
            Ok(Wake::Event(event)) if matches!(*event, Event::Closed(_)) => {
                control.disconnected();
                is_lost = true;
                break;
            }
            Ok(Wake::Event(event)) => {
                if let Some(text) = tell(&event) {
                    let stamp = match arguments.has("timestamp") {
                        true => format!("{}: ", moment::stamp(SystemTime::now())),
                        false => String::new(),
                    };
                    control.output.line(format_args!("{stamp}{text}"));
                    control.output.flush();
                    count += 1;
                    if !endless {
                        break;
                    }
                }
            }
            Ok(Wake::Interrupt) => {
                control.output.line("event loop interrupted");
                break;
            }
            Err(RecvTimeoutError::Timeout) => {
                control.output.line("event loop timed out");
                break;
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    handle.close();
    // The thread holds nothing that could fail.
    let _ = interrupts.join();
    control.output.line(format_args!("events received: {count}"));
    if count > 0 && !is_lost { Ok(()) } else { Err(Failure::silent()) }
}

/// Sends events on to the waiting thread, until the subscription or the wait ends.
fn forward(subscription: &Subscription, wake: Sender<Wake>) {
    let events = subscription.receiver().clone();
    thread::spawn(move || {
        while let Ok(event) = events.recv_blocking() {
            if wake.send(Wake::Event(Box::new(event))).is_err() {
                return;
            }
        }
    });
}
