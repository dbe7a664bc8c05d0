//! Sleep, interrupts and signals, and what happens when a guest stops.

use std::time::Duration;

use hypervisor::Domain;

use super::affect::{self, CONFIG, CURRENT, LIVE};
use super::{By, find};
use crate::command::option::{domain, number, text};
use crate::command::{Arguments, Command, Values};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};

const TARGETS: &[&str] = &["mem", "disk", "hybrid"];
const EVENTS: &[&str] = &["poweroff", "reboot", "crash"];
const ACTIONS: &[&str] =
    &["destroy", "restart", "rename-restart", "preserve", "coredump-destroy", "coredump-restart"];
/// Signals by libvirt's numbers, which are Linux'; those after them are `rt0` to `rt32`.
const SIGNALS: &[&str] = &[
    "nop", "hup", "int", "quit", "ill", "trap", "abrt", "bus", "fpe", "kill", "usr1", "segv", "usr2", "pipe",
    "alrm", "term", "stkflt", "chld", "cont", "stop", "tstp", "ttin", "ttou", "urg", "xcpu", "xfsz",
    "vtalrm", "prof", "winch", "poll", "pwr", "sys",
];
const LAST_REALTIME_SIGNAL: u32 = 32;

pub(super) const SLEEP: Command = Command::new(
    "dompmsuspend",
    "put a guest to sleep",
    "Has the guest put itself to sleep. Its agent is needed for that.",
    &[
        domain(Values::ActiveDomain),
        text("target", "what it keeps meanwhile: mem, disk or hybrid")
            .required()
            .values(Values::Words(TARGETS)),
        number("duration", "for how many seconds"),
    ],
    sleep,
)
.acts();

pub(super) const WAKE: Command = Command::new(
    "dompmwakeup",
    "wake up a guest",
    "Wakes up a guest that put itself to sleep.",
    &[domain(Values::ActiveDomain)],
    wake,
)
.acts();

pub(super) const NMI: Command = Command::new(
    "inject-nmi",
    "interrupt a guest",
    "Raises an interrupt in a guest that it cannot mask. Systems use it to write a crash dump.",
    &[domain(Values::ActiveDomain)],
    |control, arguments| {
        let domain = find(control, arguments, By::ANY)?;
        Ok(domain.inject_nmi()?)
    },
)
.destroys();

pub(super) const SIGNAL: Command = Command::new(
    "send-process-signal",
    "send a signal to a guest's process",
    "Sends a signal to a process of a guest.",
    &[
        domain(Values::ActiveDomain),
        text("pid", "number of the process in the guest").required(),
        text("signame", "name or number of the signal").required().values(Values::Words(SIGNALS)),
    ],
    signal,
)
.acts();

pub(super) const LIFECYCLE: Command = Command::new(
    "set-lifecycle-action",
    "choose what happens when a guest stops",
    "Chooses what happens to a domain when its guest powers off, reboots or crashes.",
    &[
        domain(Values::Domain),
        text("type", "what the guest does").required().values(Values::Words(EVENTS)),
        text("action", "what happens then").required().values(Values::Words(ACTIONS)),
        CONFIG,
        LIVE,
        CURRENT,
    ],
    lifecycle,
)
.acts();

/// The place of a name in a list, which is libvirt's number of it.
fn number_of(names: &[&str], name: &str) -> Option<u32> {
    names.iter().zip(0..).find_map(|(known, number)| (*known == name).then_some(number))
}

fn sleep(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let name = arguments.required("domain")?;
    let duration = Duration::from_secs(arguments.number("duration")?.unwrap_or_default());
    let target =
        number_of(TARGETS, arguments.required("target")?).ok_or_else(|| Failure::said("Invalid target"))?;
    domain.sleep(target, duration).attempted(|| format!("Domain '{name}' could not be suspended"))?;
    control.output.remark(format_args!("Domain '{name}' successfully suspended"));
    Ok(())
}

fn wake(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let name = arguments.required("domain")?;
    Domain::wake_up(&domain).attempted(|| format!("Domain '{name}' could not be woken up"))?;
    control.output.remark(format_args!("Domain '{name}' successfully woken up"));
    Ok(())
}

/// The number of a signal, given as a number or as a name with or without `SIG`.
fn signal_number(text: &str) -> Option<u32> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let lower = text.to_ascii_lowercase();
    let name = lower.strip_prefix("sig_").or_else(|| lower.strip_prefix("sig")).unwrap_or(&lower);
    let realtime = || {
        let number: u32 = name.strip_prefix("rt")?.parse().ok()?;
        (number <= LAST_REALTIME_SIGNAL).then(|| number + 32)
    };
    number_of(SIGNALS, name).or_else(realtime)
}

fn signal(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let process = arguments.number("pid")?.unwrap_or_default();
    let name = arguments.required("signame")?;
    let number =
        signal_number(name).ok_or_else(|| Failure::said(format!("malformed signal name: {name}")))?;
    Ok(domain.send_signal(process, number)?)
}

fn lifecycle(control: &mut Control, arguments: &Arguments) -> Outcome {
    let affect = affect::affect(arguments)?;
    let (event, action) = (arguments.required("type")?, arguments.required("action")?);
    let event = number_of(EVENTS, event)
        .ok_or_else(|| Failure::said(format!("Invalid lifecycle type '{event}'.")))?;
    let action = number_of(ACTIONS, action)
        .ok_or_else(|| Failure::said(format!("Invalid lifecycle action '{action}'.")))?;
    let domain = find(control, arguments, By::ANY)?;
    domain
        .set_lifecycle_action(event, action, affect)
        .attempted(|| "Unable to change lifecycle action.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_go_by_name_or_number() {
        for (text, number) in
            [("kill", 9), ("SIGTERM", 15), ("sig_hup", 1), ("rt0", 32), ("rt32", 64), ("3", 3)]
        {
            assert_eq!(signal_number(text), Some(number), "{text}");
        }
        for wrong in ["", "foo", "-1", "rt33", "sig"] {
            assert_eq!(signal_number(wrong), None, "{wrong}");
        }
    }
}
