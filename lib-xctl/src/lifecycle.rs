//! Starting and stopping guests: what every front end means by "shut down" and "force off".

use std::thread;
use std::time::{Duration, Instant};

use hypervisor::flags::{DestroyFlags, DomainXml, ShutdownFlags, StartFlags};
use hypervisor::{Domain, Error, ErrorCode, State};

use crate::document::Document;
use crate::domain;
use crate::progress::Cancel;

/// How often a guest is looked at that was asked to shut down.
const GLANCE: Duration = Duration::from_millis(100);

/// Starts a guest, or lets it run again where it is paused. One that runs is left alone.
///
/// # Errors
/// What libvirt refused.
pub fn start(domain: &Domain) -> Result<(), Error> {
    match domain.state()?.state {
        State::Paused => domain.resume(),
        State::PmSuspended => domain.wake_up(),
        _ if domain.is_active()? => Ok(()),
        _ => domain.start(StartFlags::NONE),
    }
}

/// Asks a guest to shut down and waits until it has. Returns whether it did within `limit`; a guest that does not
/// listen goes on running. It is asked again half way, since guests that are still booting miss the first time.
///
/// # Errors
/// What libvirt refused.
pub fn shut_down(domain: &Domain, limit: Duration, cancel: &Cancel) -> Result<bool, Error> {
    let begin = Instant::now();
    let mut asked_again = false;
    if is_off(domain)? {
        return Ok(true);
    }
    domain.shutdown(ShutdownFlags::NONE)?;
    while begin.elapsed() < limit && !cancel.is_requested() {
        if is_off(domain)? {
            return Ok(true);
        }
        if !asked_again && begin.elapsed() > limit / 2 {
            asked_again = true;
            // It may have stopped just now.
            let _ = domain.shutdown(ShutdownFlags::NONE);
        }
        thread::sleep(GLANCE.min(limit));
    }
    is_off(domain)
}

/// Forces a guest off, first giving its emulator the chance to write out what it holds.
///
/// # Errors
/// What libvirt refused.
pub fn force_off(domain: &Domain) -> Result<(), Error> {
    match domain.destroy(DestroyFlags::GRACEFUL) {
        Err(error)
            if error.code.is_unsupported()
                || [ErrorCode::INVALID_ARG, ErrorCode::RESOURCE_BUSY, ErrorCode::OPERATION_FAILED]
                    .contains(&error.code) =>
        {
            domain.destroy(DestroyFlags::NONE)
        }
        done => done,
    }
}

/// What a guest is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// Its processors run.
    Running,
    /// It is off.
    Shutoff,
    /// It has a network address that others reach.
    Address,
    /// The agent in it answers.
    Agent,
}

/// Waits until a guest is where it is to be. Returns whether it was within `limit` (`None` is for as long as it takes).
///
/// # Errors
/// What libvirt refused; that the guest is gone, unless it is waited for to be off.
pub fn wait_for(
    domain: &Domain,
    goal: Goal,
    limit: Option<Duration>,
    cancel: &Cancel,
) -> Result<bool, Error> {
    let begin = Instant::now();
    loop {
        if has_reached(domain, goal)? {
            return Ok(true);
        }
        if limit.is_some_and(|limit| begin.elapsed() >= limit) || cancel.is_requested() {
            return Ok(false);
        }
        thread::sleep(GLANCE);
    }
}

fn has_reached(domain: &Domain, goal: Goal) -> Result<bool, Error> {
    Ok(match goal {
        Goal::Running => matches!(domain.state()?.state, State::Running | State::Blocked),
        Goal::Shutoff => is_off(domain)?,
        Goal::Address => domain.is_active()? && !crate::address::addresses(domain)?.is_empty(),
        Goal::Agent => {
            let text = domain.xml(DomainXml::NONE)?;
            Document::parse(&text).is_ok_and(|document| agent_answers(&document))
        }
    })
}

/// Whether the agent in a running guest has said that it is there.
pub(crate) fn agent_answers(document: &Document) -> bool {
    domain::Channel::all(document).any(|channel| {
        channel.get("target.name").as_deref() == Some("org.qemu.guest_agent.0")
            && document.get(channel.element(), "target/@state").as_deref() == Some("connected")
    })
}

/// A transient guest that stopped is not there any more.
fn is_off(domain: &Domain) -> Result<bool, Error> {
    match domain.is_active() {
        Err(error) if error.code == ErrorCode::NO_DOMAIN => Ok(true),
        active => Ok(!active?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hypervisor::{Connection, OpenOptions};

    #[test]
    fn a_guest_goes_through_its_life() {
        let connection = Connection::open(&OpenOptions::uri("test:///default")).unwrap();
        let domain = connection.domain_by_name("test").unwrap();
        domain.suspend().unwrap();
        start(&domain).unwrap();
        start(&domain).unwrap();
        assert_eq!(domain.state().unwrap().state, State::Running);
        assert!(shut_down(&domain, Duration::from_secs(2), &Cancel::new()).unwrap());
        assert!(shut_down(&domain, Duration::from_secs(2), &Cancel::new()).unwrap());
        start(&domain).unwrap();
        force_off(&domain).unwrap();
        assert!(!domain.is_active().unwrap());
    }
}
