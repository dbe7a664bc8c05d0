//! Starting and stopping guests: what every front end means by "shut down" and "force off".

use std::thread;
use std::time::{Duration, Instant};

use hypervisor::flags::{DestroyFlags, ShutdownFlags, StartFlags};
use hypervisor::{Domain, Error, ErrorCode, State};

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
