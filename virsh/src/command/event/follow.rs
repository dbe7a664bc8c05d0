//! Events told between the prompts of the shell.

use std::sync::Arc;
use std::thread;
use std::time::SystemTime;

use hypervisor::event::{Class, Event, Subscription};
use hypervisor::{Connection, Domain};

use super::{subscribe, text};
use crate::command::domain::{By, named};
use crate::failure::Failure;
use crate::output::{moment, printable};
use crate::shell::Announcer;

/// What is told of: which classes of events, of which domain if not of all, and whether with the time.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(super) classes: Vec<Class>,
    /// Its UUID, by which it is found again on another connection.
    pub(super) domain: Option<String>,
    pub(super) stamped: bool,
}

/// Events are told, until it is dropped.
pub(crate) struct Following {
    wanted: Wanted,
    announcer: Arc<Announcer>,
    /// Whose end ends the thread that tells.
    _subscription: Subscription,
}

impl Following {
    /// Begins to tell.
    pub(super) fn begin(
        connection: &Connection,
        wanted: Wanted,
        announcer: Arc<Announcer>,
    ) -> Result<Self, Failure> {
        let domain: Option<Domain> =
            wanted.domain.as_ref().map(|uuid| named(connection, uuid, By::ANY)).transpose()?;
        let mut subscription = subscribe(connection, &wanted.classes, domain.as_ref())?;
        // Nothing is asked of libvirt for this class, so nothing can be refused.
        subscription.add(Class::Closed)?;
        let events = subscription.receiver().clone();
        let (teller, stamped, uri) = (Arc::clone(&announcer), wanted.stamped, connection.uri().to_owned());
        let spawned = thread::Builder::new().name("events".into()).spawn(move || {
            while let Ok(event) = events.recv_blocking() {
                if let Some(text) = told(&event, &uri) {
                    let stamp = if stamped { moment::stamp(SystemTime::now()) + ": " } else { String::new() };
                    teller.tell(&format!("{stamp}{text}"));
                }
            }
        });
        spawned.map_err(|error| Failure::said(error.to_string()))?;
        Ok(Self { wanted, announcer, _subscription: subscription })
    }

    /// The same events of a connection that took the place of one that broke.
    pub(crate) fn again(self, connection: &Connection) -> Result<Self, Failure> {
        let Self { wanted, announcer, .. } = self;
        Self::begin(connection, wanted, announcer)
    }
}

/// An event as the terminal may show it: of control characters, only the ends of its lines are left.
fn told(event: &Event, uri: &str) -> Option<String> {
    if let Event::Closed(_) = event {
        return Some(format!("{uri} is gone; its events are told again after the next command"));
    }
    let text = text::of(event)?.replace('\t', "    ");
    Some(text.split('\n').map(printable).collect::<Vec<_>>().join("\n"))
}
