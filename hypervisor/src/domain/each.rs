//! The same question to many domains, where libvirt has none for all of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::Domain;
use crate::connection::Connection;
use crate::error::{ErrorCode, Result};

/// How many are asked at once: as many calls of one client as libvirt's daemon works on, but one.
const AT_ONCE: usize = 4;
/// So few are asked one after the other.
const FEW: usize = 32;
/// How often the connection is looked at.
const TICK: Duration = Duration::from_millis(200);

impl Connection {
    /// Asks each of these domains, a few of them at a time. The answers come in the order of the domains; where the
    /// connection is lost, that is the answer of those that are left.
    pub fn ask_each<T: Send + 'static>(
        &self,
        domains: &[Domain],
        ask: impl Fn(&Domain) -> Result<T> + Send + Sync + 'static,
    ) -> Vec<Result<T>> {
        if domains.len() <= FEW {
            return domains.iter().map(ask).collect();
        }
        let asked = Arc::new(Asked { domains: domains.to_vec(), next: AtomicUsize::new(0), ask });
        let (sender, receiver) = mpsc::channel();
        let workers = (0..AT_ONCE).filter(|_| {
            let (asked, sender) = (Arc::clone(&asked), sender.clone());
            thread::Builder::new().name("ask".into()).spawn(move || asked.run(&sender)).is_ok()
        });
        if workers.count() == 0 {
            // The system has no thread left.
            asked.run(&sender);
        }
        drop(sender);
        let mut answers: Vec<Option<Result<T>>> = domains.iter().map(|_| None).collect();
        let mut was_lost = false;
        loop {
            match receiver.recv_timeout(TICK) {
                Ok((place, answer)) => {
                    if let Some(slot) = answers.get_mut(place) {
                        *slot = Some(answer);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break,
                // Of several calls on a connection that keepalive has given up, libvirt (11.3) ends one and forgets the
                // others; who can end does so within a tick.
                Err(RecvTimeoutError::Timeout) if was_lost => break,
                Err(RecvTimeoutError::Timeout) => was_lost = !self.is_alive().unwrap_or(true),
            }
        }
        let lost = || self.call("ask each domain of").refuse(ErrorCode::RPC, "the connection is lost");
        answers.into_iter().map(|answer| answer.unwrap_or_else(|| Err(lost()))).collect()
    }
}

/// What all threads share.
struct Asked<A> {
    domains: Vec<Domain>,
    /// The first that nobody has asked yet.
    next: AtomicUsize,
    ask: A,
}

impl<A> Asked<A> {
    fn run<T>(&self, answers: &mpsc::Sender<(usize, Result<T>)>)
    where
        A: Fn(&Domain) -> Result<T>,
    {
        loop {
            let place = self.next.fetch_add(1, Ordering::SeqCst);
            let Some(domain) = self.domains.get(place) else { return };
            // Nobody waits any more where this fails.
            if answers.send((place, (self.ask)(domain))).is_err() {
                return;
            }
        }
    }
}
