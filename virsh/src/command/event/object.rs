//! Waiting for what happens to networks, pools, devices and secrets.

use hypervisor::event::{Class, Event, ObjectEvent, Source};

use super::text::metadata;
use super::{class, limit, names, wait};
use crate::command::object::Object;
use crate::command::option::{Opt, flag, number, text};
use crate::command::{Arguments, Values};
use crate::control::Control;
use crate::failure::{Failure, Outcome};

/// The options of such a command; `object` names the one that events are wanted of.
pub(in crate::command) const fn options(
    object: &'static str,
    help: &'static str,
    values: Values,
    source: Source,
) -> [Opt; 6] {
    [
        text(object, help).tolerated().values(values),
        text("event", "the event to wait for").tolerated().values(Values::Event(source)),
        flag("loop", "go on after the first event, until the time is up or ^C"),
        number("timeout", "seconds to wait at most").tolerated(),
        flag("list", "list the events"),
        flag("timestamp", "print when each event came"),
    ]
}

/// Waits for events of one object, or of all from one source; `noun` is what messages call one.
pub(in crate::command) fn objects<O: Object>(
    control: &mut Control,
    arguments: &Arguments,
    source: Source,
    noun: &str,
) -> Outcome {
    if arguments.has("list") {
        names(source).for_each(|name| control.output.line(name));
        return Ok(());
    }
    let Some(name) = arguments.text("event")? else {
        return Err(Failure::said("either --list or --event <type> is required"));
    };
    let class = class(source, name)?;
    let limit = limit(arguments)?;
    let connection = control.connection()?;
    let only = match arguments.text(O::OPTION)? {
        Some(name) => Some(O::named(&connection, name, O::BY)?),
        None => None,
    };
    let subscription = connection.subscribe(&[class, Class::Closed])?;
    wait(control, arguments, arguments.has("loop"), &subscription, limit, |event| {
        let (name, what) = happened(event)?;
        only.as_ref().is_none_or(|only| only.name() == name).then(|| match what {
            ObjectEvent::Lifecycle(_) => {
                let change = event.object_lifecycle().unwrap_or("unknown");
                format!("event 'lifecycle' for {noun} {name}: {change}")
            }
            ObjectEvent::Metadata { kind, namespace } => {
                format!("event 'metadata-change' for {noun} {name}: {}", metadata(*kind, namespace))
            }
            ObjectEvent::Changed => format!("event '{}' for {noun} {name}", class.name()),
        })
    })
}

/// What happened, and the name of what it happened to.
fn happened(event: &Event) -> Option<(&str, &ObjectEvent)> {
    Some(match event {
        Event::Network(network, what) => (network.name(), what),
        Event::Pool(pool, what) => (pool.name(), what),
        Event::NodeDevice(device, what) => (device.name(), what),
        Event::Secret(secret, what) => (secret.uuid(), what),
        Event::Domain(..) | Event::Closed(_) => return None,
    })
}
