//! A work that several hosts do at once, each in its session.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::everywhere::Hosts;
use super::session::Session;
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::interrupt::Interrupt;
use crate::output::Kept;

/// How long ^C, and the end of a host's time, may go unnoticed.
const TICK: Duration = Duration::from_millis(50);

/// A host in a round.
#[derive(Clone, Copy)]
pub(super) struct Named<'h> {
    pub(super) place: usize,
    pub(super) name: &'h str,
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
    pub(super) fn round<G: Send + 'static, T: Send + 'static>(
        &mut self,
        control: &Control,
        given: Vec<Option<G>>,
        work: impl Fn(&mut Control, G) -> Result<T, Failure> + Send + Sync + 'static,
        mut ended: impl FnMut(Named<'_>, Kept, Result<T, String>),
    ) -> Outcome {
        let interrupt = Interrupt::watch()?;
        let work = Arc::new(work);
        let (sender, receiver) = mpsc::channel();
        // Where one has no thread, nothing is begun on the others.
        for (place, _) in given.iter().enumerate().filter(|(_, given)| given.is_some()) {
            self.begin(control, place)?;
        }
        let mut states = Vec::new();
        for (place, given) in given.into_iter().enumerate() {
            let (Some(given), Some(session)) = (given, self.sessions[place].as_ref()) else {
                states.push(State::Over);
                continue;
            };
            let (sender, work) = (sender.clone(), Arc::clone(&work));
            let claim = Arc::new(Claim::default());
            let begins = Arc::clone(&claim);
            session.ask(Box::new(move |control| {
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

    /// Begins the session with a host that has none.
    fn begin(&mut self, control: &Control, place: usize) -> Outcome {
        let host = &self.hosts[place];
        let slot = &mut self.sessions[place];
        if slot.is_none() {
            *slot = Some(Session::begin(control.on_host(&host.uri), &host.name)?);
        }
        Ok(())
    }
}
