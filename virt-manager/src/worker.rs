//! The thread that talks to libvirt for one connection: requests go in, messages come out.
//!
//! A window never waits for a host, and a host that does not answer keeps nobody waiting but its own worker. The
//! thread ends when its [`Host`](crate::model::Host) is gone.

use std::future::Future;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use async_channel::{Receiver, Sender};
use gtk4::glib;
use hypervisor::event::{Class, DomainEvent, Event, Subscription};
use hypervisor::flags::{
    ConsoleFlags, DestroyFlags, DomainFilter, RebootFlags, ShutdownFlags, StartFlags, StatsFilter, StatsKinds,
};
use hypervisor::{Connection, Console, Domain, Error, ErrorCode, OpenOptions, State};

use crate::model::{Action, GuestState};

/// How long a host may take to answer before the window says that it does not.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// The pauses between attempts to get a lost connection back; the last one is repeated.
const PAUSES: [u64; 5] = [1, 2, 5, 10, 30];

/// A console, or why there is none.
#[derive(Debug)]
pub(crate) enum ConsoleReply {
    Open(Arc<Console>),
    /// Somebody else has it; it can be taken over.
    Taken(String),
    Refused(String),
    /// The host is not connected.
    Unreachable,
}

/// What a window wants.
#[derive(Debug)]
pub(crate) enum Request {
    /// To do something to the guest of this UUID.
    Act(String, Action),
    /// The guest's console; `force` takes it from whoever has it.
    Console { uuid: String, force: bool, reply: Sender<ConsoleReply> },
    /// To try once more to connect.
    Retry,
}

/// What a window is told.
#[derive(Debug)]
pub(crate) enum Message {
    Connecting,
    Connected {
        uri: String,
        guests: Vec<Facts>,
    },
    /// The connection could not be opened; somebody has to ask for another attempt.
    Failed(String),
    /// The connection broke; attempts to get it back go on by themselves.
    Lost(String),
    /// A guest is new, or changed.
    Guest(Facts),
    /// The guest of this UUID is no more.
    Gone(String),
    /// A request was not fulfilled.
    Refused {
        uuid: String,
        attempted: String,
        reason: String,
    },
}

/// What a list shows of a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) uuid: String,
    pub(crate) name: String,
    pub(crate) state: GuestState,
}

/// Starts a worker for this URI, or for libvirt's default one.
pub(crate) fn spawn(uri: Option<String>) -> (Sender<Request>, Receiver<Message>) {
    let (request_sender, requests) = async_channel::unbounded();
    let (messages, message_receiver) = async_channel::unbounded();
    let worker = Worker { uri, requests, messages };
    // Where no thread can be had the channels close, and nothing is ever connected.
    let _ = thread::Builder::new().name("connection".into()).spawn(move || drop(worker.run()));
    (request_sender, message_receiver)
}

struct Worker {
    uri: Option<String>,
    requests: Receiver<Request>,
    messages: Sender<Message>,
}

/// The window is gone, so there is nothing left to do.
struct Over;

/// What the worker wakes up for.
enum Input {
    Request(Request),
    Event(Event),
}

impl Worker {
    fn run(&self) -> Result<(), Over> {
        let mut lost: Option<usize> = None;
        loop {
            self.tell(Message::Connecting)?;
            match self.open() {
                Ok((connection, subscription, guests)) => {
                    let uri = connection.uri().to_owned();
                    self.tell(Message::Connected { uri, guests })?;
                    let reason = self.serve(&connection, &subscription)?;
                    self.tell(Message::Lost(reason))?;
                    lost = Some(0);
                }
                Err(error) if lost.is_some() => self.tell(Message::Lost(error.message))?,
                Err(error) => {
                    self.tell(Message::Failed(error.message))?;
                    self.wait_for_retry()?;
                }
            }
            if let Some(attempts) = &mut lost {
                thread::sleep(Duration::from_secs(PAUSES[(*attempts).min(PAUSES.len() - 1)]));
                *attempts += 1;
            }
        }
    }

    fn tell(&self, message: Message) -> Result<(), Over> {
        self.messages.try_send(message).map_err(|_| Over)
    }

    /// Connects, and listens before it lists, so that nothing that happens in between is missed.
    fn open(&self) -> Result<(Connection, Subscription, Vec<Facts>), Error> {
        let options =
            OpenOptions { uri: self.uri.clone(), time_limit: Some(TIME_LIMIT), ..OpenOptions::default() };
        let connection = Connection::open(&options)?;
        let subscription = connection.subscribe(&[Class::Lifecycle, Class::Closed])?;
        let guests = list(&connection)?;
        Ok((connection, subscription, guests))
    }

    /// Answers requests and passes events on until the connection ends; returns why it did.
    fn serve(&self, connection: &Connection, subscription: &Subscription) -> Result<String, Over> {
        loop {
            match self.next(subscription)? {
                Input::Request(Request::Act(uuid, action)) => self.act(connection, &uuid, action)?,
                Input::Request(Request::Console { uuid, force, reply }) => {
                    // A window that was closed meanwhile needs no console.
                    let _ = reply.try_send(open_console(connection, &uuid, force));
                }
                Input::Request(Request::Retry) => {}
                Input::Event(Event::Domain(domain, DomainEvent::Lifecycle(_))) => self.report(&domain)?,
                Input::Event(Event::Closed(reason)) => return Ok(reason.to_string()),
                Input::Event(_) => {}
            }
        }
    }

    /// Waits for a request or an event.
    fn next(&self, subscription: &Subscription) -> Result<Input, Over> {
        let mut request = pin!(self.requests.recv());
        let mut event = pin!(subscription.receiver().recv());
        glib::MainContext::new().block_on(poll_fn(|context| {
            if let Poll::Ready(request) = request.as_mut().poll(context) {
                return Poll::Ready(request.map(Input::Request).map_err(|_| Over));
            }
            event.as_mut().poll(context).map(|event| event.map(Input::Event).map_err(|_| Over))
        }))
    }

    fn wait_for_retry(&self) -> Result<(), Over> {
        loop {
            match self.requests.recv_blocking().map_err(|_| Over)? {
                Request::Retry => return Ok(()),
                // Dropping a reply tells the asker that there will be none.
                Request::Act(..) | Request::Console { .. } => {}
            }
        }
    }

    fn act(&self, connection: &Connection, uuid: &str, action: Action) -> Result<(), Over> {
        let domain = match connection.domain_by_uuid(uuid) {
            Ok(domain) => domain,
            Err(error) if error.code == ErrorCode::NO_DOMAIN => {
                return self.tell(Message::Gone(uuid.to_owned()));
            }
            // The connection broke; its end is told on its own.
            Err(_) => return Ok(()),
        };
        if let Err(error) = perform(&domain, action) {
            let attempted = format!("Cannot {} {}", action.verb(), domain.name());
            self.tell(Message::Refused { uuid: uuid.to_owned(), attempted, reason: error.message })?;
        }
        self.report(&domain)
    }

    /// Tells what a guest is doing now, which may be newer than the event that asks for it.
    fn report(&self, domain: &Domain) -> Result<(), Over> {
        let uuid = domain.uuid();
        // The handle keeps the name that it was found with, and guests can be renamed.
        let facts = domain.connection().domain_by_uuid(&uuid).and_then(|domain| facts(&domain));
        match facts {
            Ok(facts) => self.tell(Message::Guest(facts)),
            Err(error) if error.code == ErrorCode::NO_DOMAIN => self.tell(Message::Gone(uuid)),
            // The connection broke; its end is told on its own.
            Err(_) => Ok(()),
        }
    }
}

/// All guests with their states, in one call where the driver can.
fn list(connection: &Connection) -> Result<Vec<Facts>, Error> {
    match connection.domain_stats(StatsKinds::STATE, StatsFilter::NONE) {
        Ok(all) => Ok(all
            .iter()
            .map(|stats| Facts {
                uuid: stats.domain.uuid(),
                name: stats.domain.name().to_owned(),
                state: stats.number("state.state").map_or(GuestState::Unknown, state),
            })
            .collect()),
        Err(error) if error.code.is_unsupported() => {
            connection.domains(DomainFilter::NONE)?.iter().map(facts).collect()
        }
        Err(error) => Err(error),
    }
}

fn state(number: u64) -> GuestState {
    u32::try_from(number).map_or(GuestState::Unknown, |number| State::from(number).into())
}

fn facts(domain: &Domain) -> Result<Facts, Error> {
    let state = domain.state()?.state.into();
    Ok(Facts { uuid: domain.uuid(), name: domain.name().to_owned(), state })
}

fn perform(domain: &Domain, action: Action) -> Result<(), Error> {
    match action {
        Action::Start => domain.start(StartFlags::NONE),
        Action::Pause => domain.suspend(),
        Action::Resume if domain.state()?.state == State::PmSuspended => domain.wake_up(),
        Action::Resume => domain.resume(),
        Action::ShutDown => domain.shutdown(ShutdownFlags::NONE),
        Action::Reboot => domain.reboot(RebootFlags::NONE),
        Action::ForceOff => domain.destroy(DestroyFlags::NONE),
        // Consoles have a request of their own, as they have an answer.
        Action::Console => Ok(()),
    }
}

fn open_console(connection: &Connection, uuid: &str, force: bool) -> ConsoleReply {
    let flags = if force { ConsoleFlags::FORCE } else { ConsoleFlags::NONE };
    match connection.domain_by_uuid(uuid).and_then(|domain| domain.open_console(None, flags)) {
        Ok(console) => ConsoleReply::Open(Arc::new(console)),
        Err(error) if error.code == ErrorCode::OPERATION_FAILED => ConsoleReply::Taken(error.message),
        Err(error) => ConsoleReply::Refused(error.message),
    }
}
