//! Talking to QEMU itself, past libvirt, and to the guest's agent.

pub(super) mod rows;

use std::fmt::Display;
use std::time::Duration;

use hypervisor::AgentLimit;
use hypervisor::event::MonitorEvent;
use hypervisor::flags::MonitorEventFlags;
use serde_json::{Value, json};

use super::{By, find, life, named};
use crate::command::Arguments;
use crate::command::job::TICK;
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::interrupt::Interrupt;
use crate::output::moment;

/// A JSON text, over several lines if `pretty`; of an object only the member `return` if `inner`.
fn rewritten(text: &str, pretty: bool, inner: bool) -> Result<String, Failure> {
    let unreadable = |error: &dyn Display| Failure::said(format!("failed to parse JSON: {error}"));
    let mut value: Value = serde_json::from_str(text).map_err(|error| unreadable(&error))?;
    if inner {
        let found = value.get_mut("return").map(Value::take);
        value = found.ok_or_else(|| Failure::said("'return' member missing"))?;
    }
    let written = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
    written.map_err(|error| unreadable(&error))
}

/// The QMP command that these words are: a JSON object as it is; otherwise the command's name, then its arguments as an
/// object or as the members of one.
fn qmp(words: &[String]) -> Result<String, Failure> {
    let whole = words.join(" ");
    let object = |text: &str| serde_json::from_str(text).ok().filter(Value::is_object);
    let (None, Some((name, arguments))) = (object(&whole), words.split_first()) else { return Ok(whole) };
    let mut command = json!({ "execute": name });
    if !arguments.is_empty() {
        let text = arguments.join(" ");
        let members = arguments.join(",");
        let read = object(&text).or_else(|| object(&format!("{{{members}}}")));
        command["arguments"] = read.ok_or_else(|| {
            Failure::said(format!("failed to wrap arguments '{text}' into a QMP command wrapper"))
        })?;
    }
    Ok(command.to_string())
}

pub(super) fn monitor_command(control: &mut Control, arguments: &Arguments) -> Outcome {
    arguments.exclusive("hmp", "pretty")?;
    arguments.exclusive("hmp", "return-value")?;
    let domain = find(control, arguments, By::ANY)?;
    let words = arguments.rest("cmd");
    let files = life::passed_files(arguments)?;
    let answer = match arguments.has("hmp") {
        true => domain.hmp(&words.join(" "))?,
        false if files.is_empty() => domain.qmp(&qmp(words)?)?,
        false => domain.qmp_with_files(&qmp(words)?, &files)?,
    };
    let (pretty, inner) = (arguments.has("pretty"), arguments.has("return-value"));
    if pretty || inner {
        control.output.print(rewritten(&answer, pretty, inner)?);
    } else {
        control.output.line(answer);
    }
    Ok(())
}

pub(super) fn agent_command(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let command = arguments.rest("cmd").join(" ");
    let seconds = match arguments.number::<i32>("timeout")? {
        Some(seconds) if seconds < 1 => return Err(Failure::said("timeout must be positive")),
        seconds => seconds,
    };
    let limit = match (seconds, arguments.has("async"), arguments.has("block")) {
        (None, false, false) => AgentLimit::Usual,
        (Some(seconds), false, false) => AgentLimit::Seconds(seconds),
        (None, true, false) => AgentLimit::NoWait,
        (None, false, true) => AgentLimit::None,
        _ => return Err(Failure::said("timeout, async and block options are exclusive")),
    };
    let answer = domain.agent(&command, limit)?;
    match arguments.has("pretty") {
        true => control.output.line(rewritten(&answer, true, false)?),
        false => control.output.line(answer),
    }
    Ok(())
}

pub(super) fn attach(control: &mut Control, arguments: &Arguments) -> Outcome {
    let process = arguments.number::<u32>("pid")?.unwrap_or_default();
    let connection = control.connection()?;
    let domain =
        connection.attach_qemu(process).attempted(|| format!("Failed to attach to pid {process}"))?;
    control.output.remark(format_args!("Domain '{}' attached to pid {process}", domain.name()));
    Ok(())
}

pub(super) fn monitor_event(control: &mut Control, arguments: &Arguments) -> Outcome {
    let limit = match arguments.number::<u32>("timeout")? {
        Some(0) => return Err(Arguments::malformed("timeout", "0")),
        seconds => seconds.map(|seconds| Duration::from_secs(seconds.into())),
    };
    let flags = MonitorEventFlags(
        arguments.flags(&[("regex", MonitorEventFlags::REGEX.0), ("no-case", MonitorEventFlags::NOCASE.0)]),
    );
    let name = arguments.text("event")?;
    let connection = control.connection()?;
    let domain = arguments.text("domain")?.map(|name| named(&connection, name, By::ANY)).transpose()?;
    let events = connection.subscribe_monitor(domain.as_ref(), name, flags)?;
    let interrupt = Interrupt::watch()?;
    let begun = std::time::Instant::now();
    let mut count = 0;
    let mut is_lost = false;
    'wait: loop {
        while let Ok(event) = events.receiver().try_recv() {
            show(control, arguments, &event)?;
            count += 1;
            if !arguments.has("loop") {
                break 'wait;
            }
        }
        if interrupt.came() {
            control.output.line("event loop interrupted");
            break;
        }
        if control.is_cut_off() {
            control.disconnected();
            is_lost = true;
            break;
        }
        if limit.is_some_and(|limit| begun.elapsed() >= limit) {
            control.output.line("event loop timed out");
            break;
        }
        std::thread::sleep(TICK);
    }
    control.output.line(format_args!("events received: {count}"));
    if count > 0 && !is_lost { Ok(()) } else { Err(Failure::silent()) }
}

fn show(control: &Control, arguments: &Arguments, event: &MonitorEvent) -> Outcome {
    let details = match &event.details {
        Some(details) if arguments.has("pretty") => rewritten(details, true, false)?,
        Some(details) => details.clone(),
        None => "<null>".to_owned(),
    };
    let (name, domain) = (&event.name, event.domain.name());
    if arguments.has("timestamp") {
        let now = moment::stamp(std::time::SystemTime::now());
        control.output.line(format_args!("{now}: event {name} for domain '{domain}': {details}"));
    } else {
        let MonitorEvent { seconds, microseconds, .. } = event;
        control.output.line(format_args!(
            "event {name} at {seconds}.{microseconds:06} for domain '{domain}': {details}"
        ));
    }
    control.output.flush();
    Ok(())
}
