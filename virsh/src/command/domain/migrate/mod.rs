//! Moving a domain to another host.

pub(super) mod options;
pub(super) mod rows;
mod tuning;

pub(super) use tuning::{CACHE, cache, downtime, post_copy, set_downtime, set_speed, speed};

use std::thread;
use std::time::Duration;

use hypervisor::event::{Class, DomainEvent, Event, Subscription};
use hypervisor::flags::MigrateFlags;
use hypervisor::{Domain, Error};

use super::{By, find};
use crate::command::Arguments;
use crate::command::job::{self, Limit, Progress};
use crate::control::Control;
use crate::failure::{Failure, Outcome};

pub(super) fn migrate(control: &mut Control, arguments: &Arguments) -> Outcome {
    check(arguments)?;
    let domain = find(control, arguments, By::ANY)?;
    let uri = arguments.required("desturi")?.to_owned();
    let flags = options::flags(arguments);
    let limit = limit(arguments)?;
    let to_uri = flags.contains(MigrateFlags::PEER2PEER) || arguments.has("direct");
    let destination = if to_uri { None } else { Some(control.open_other(&uri)?) };
    let parameters = options::parameters(arguments)?;
    let switches = arguments.has("postcopy-after-precopy");
    let _switch = switches.then(|| switch_after_first_pass(&domain)).transpose()?;
    let worker = domain.clone();
    let progress = Progress::new("Migration", arguments.has("verbose"));
    let act = || match arguments.has("timeout-postcopy") {
        true => domain.start_post_copy(),
        false => domain.suspend(),
    };
    let limit = limit.map(|time| Limit { time, act: &act });
    job::run(control, &domain, progress, limit, move || match &destination {
        Some(destination) => worker.migrate(destination, &parameters, flags).map(drop),
        None => worker.migrate_to_uri(Some(&uri), &parameters, flags),
    })??;
    Ok(())
}

/// Refuses options that exclude each other or miss another one.
fn check(arguments: &Arguments) -> Outcome {
    for (one, other) in [
        ("live", "offline"),
        ("timeout-suspend", "timeout-postcopy"),
        ("copy-storage-all", "copy-storage-inc"),
    ] {
        arguments.exclusive(one, other)?;
    }
    for (option, needed) in [
        ("postcopy-after-precopy", "postcopy"),
        ("timeout-postcopy", "postcopy"),
        ("persistent-xml", "persistent"),
        ("postcopy-resume", "postcopy"),
        ("tls-destination", "tls"),
    ] {
        if arguments.has(option) && !arguments.has(needed) {
            return Err(Failure::said(format!("Option --{needed} is required by option --{option}")));
        }
    }
    Ok(())
}

/// After how long `--timeout` wants something done.
fn limit(arguments: &Arguments) -> Result<Option<Duration>, Failure> {
    let seconds = arguments.number::<i32>("timeout")?.and_then(|seconds| u64::try_from(seconds).ok());
    let seconds = seconds.filter(|seconds| *seconds > 0);
    if seconds.is_some() && !arguments.has("live") {
        return Err(Failure::said("migrate: Unexpected timeout for offline migration"));
    }
    if seconds.is_none() && (arguments.has("timeout-suspend") || arguments.has("timeout-postcopy")) {
        return Err(Failure::said("migrate: Unexpected --timeout-* option without --timeout"));
    }
    Ok(seconds.map(Duration::from_secs))
}

/// Lets the domain run on the other host as soon as its memory was sent once; until the answer is dropped.
fn switch_after_first_pass(domain: &Domain) -> Result<Subscription, Error> {
    const SECOND: u32 = 2;
    let mut events = domain.connection().subscribe(&[])?;
    events.add_for(Class::MigrationIteration, domain)?;
    let (receiver, domain) = (events.receiver().clone(), domain.clone());
    thread::spawn(move || {
        while let Ok(event) = receiver.recv_blocking() {
            if let Event::Domain(_, DomainEvent::MigrationIteration { iteration: SECOND.. }) = event {
                // Where it cannot, the migration goes on as it was.
                let _ = domain.start_post_copy();
                return;
            }
        }
    });
    Ok(events)
}
