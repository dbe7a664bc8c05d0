//! `schedinfo`: how the host's processors are shared out to a domain.

use hypervisor::Parameter;
use hypervisor::domain::Tuning;

use super::print;
use crate::command::domain::affect;
use crate::command::domain::{By, find};
use crate::command::option::{domain, flag, number, rest};
use crate::command::{Answer, Arguments, Command, Values};
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::output::{Record, field};

pub(in crate::command::domain) const INFO: Command = Command::new(
    "schedinfo",
    "print or change how a domain is scheduled",
    "Prints or changes how the host's processors are shared out to a domain.",
    &[
        domain(Values::Domain),
        number("weight", "its weight, with Xen's credit scheduler"),
        number("cap", "the most it gets, with Xen's credit scheduler"),
        flag("current", "of the running domain, or the next start of one that does not run"),
        flag("config", "of its next start"),
        flag("live", "of the running domain"),
        rest("set", "what to change, NAME=VALUE"),
    ],
    info,
)
.acts()
.answers(&ANSWER);

/// What the options change, of the parameters that there are; a name that there is none of is refused.
fn wanted(arguments: &Arguments, known: &[Parameter]) -> Result<Vec<Parameter>, Failure> {
    let mut pairs = Vec::new();
    for option in ["weight", "cap"] {
        if let Some(value) = arguments.text(option)? {
            pairs.push((option, value));
        }
    }
    for pair in arguments.rest("set") {
        let pair = pair.split_once('=');
        pairs.push(pair.ok_or_else(|| Failure::said("Invalid syntax for --set, expecting name=value"))?);
    }
    // The parameters' own order is kept, and of a name that is given twice the first counts.
    let mut wanted = Vec::new();
    for Parameter { name, value } in known {
        if let Some((_, text)) = pairs.iter().find(|(wanted, _)| wanted == name) {
            wanted.push(Parameter::read(name, value, text)?);
        }
    }
    match pairs.iter().find(|(name, _)| !known.iter().any(|known| known.name == *name)) {
        Some((name, _)) => Err(Failure::said(format!("invalid scheduler option: {name}"))),
        None => Ok(wanted),
    }
}

fn info(control: &mut Control, arguments: &Arguments) -> Outcome {
    let affect = affect::affect(arguments)?;
    let domain = find(control, arguments, By::ANY)?;
    let scheduler = domain.scheduler();
    print(control, "Scheduler", scheduler.as_ref().map_or("Unknown", |(name, _)| name));
    let (_, count) = scheduler?;
    if count == 0 {
        return Ok(());
    }
    let known = domain.tuning(Tuning::Scheduler, affect)?;
    let wanted = wanted(arguments, &known)?;
    let known = match wanted.is_empty() {
        true => known,
        false => {
            domain.set_tuning(Tuning::Scheduler, &wanted, affect)?;
            domain.tuning(Tuning::Scheduler, affect)?
        }
    };
    for Parameter { name, value } in known {
        print(control, &name, value);
    }
    Ok(())
}

const ANSWER: Answer = Answer::facts(
    &[
        field::text("scheduler", "name of the scheduler"),
        field::number("cpu_shares", "its share of the processors, beside the others'"),
        field::measured("vcpu_period", "us", "the time over which each of its processors is limited"),
        field::measured("vcpu_quota", "us", "how much of that each may run; below nought is no limit"),
        field::measured("emulator_period", "us", "the same of the emulator's own threads"),
        field::measured("emulator_quota", "us", "how much of that they may run"),
        field::measured("global_period", "us", "the same of the whole domain"),
        field::measured("global_quota", "us", "how much of that it may run"),
        field::measured("iothread_period", "us", "the same of its I/O threads"),
        field::measured("iothread_quota", "us", "how much of that they may run"),
    ],
    |control, arguments| {
        let affect = affect::affect(arguments)?;
        let domain = find(control, arguments, By::ANY)?;
        let (name, count) = domain.scheduler()?;
        let known = if count == 0 { Vec::new() } else { domain.tuning(Tuning::Scheduler, affect)? };
        Ok(known.into_iter().collect::<Record>().with("scheduler", name))
    },
)
.and_more("what other schedulers have, under libvirt's names")
.unless(&["weight", "cap", "set"]);
