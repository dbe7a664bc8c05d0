//! `perf`: which events of the processor are counted for a domain.

use hypervisor::Parameter;
use hypervisor::parameter::Value;

use crate::command::domain::affect::{self, CONFIG, CURRENT, LIVE};
use crate::command::domain::{By, find};
use crate::command::option::{domain, text};
use crate::command::{Answer, Arguments, Command, Values};
use crate::control::Control;
use crate::failure::{Attempted, Outcome};

const EVENTS: Values = Values::List(&[
    "cmt",
    "mbmt",
    "mbml",
    "cpu_cycles",
    "instructions",
    "cache_references",
    "cache_misses",
    "branch_instructions",
    "branch_misses",
    "bus_cycles",
    "stalled_cycles_frontend",
    "stalled_cycles_backend",
    "ref_cpu_cycles",
    "cpu_clock",
    "task_clock",
    "page_faults",
    "context_switches",
    "cpu_migrations",
    "page_faults_min",
    "page_faults_maj",
    "alignment_faults",
    "emulation_faults",
]);

pub(in crate::command::domain) const PERF: Command = Command::new(
    "perf",
    "print or choose the performance events of a domain",
    "Prints or chooses which events of the processor are counted for a domain.",
    &[
        domain(Values::Domain),
        text("enable", "events to count, separated by commas").tolerated().values(EVENTS),
        text("disable", "events to count no longer, separated by commas").tolerated().values(EVENTS),
        CONFIG,
        LIVE,
        CURRENT,
    ],
    perf,
)
.acts()
.answers(&ANSWER);

fn perf(control: &mut Control, arguments: &Arguments) -> Outcome {
    let affect = affect::affect(arguments)?;
    let mut wanted = Vec::new();
    for (option, on) in [("enable", true), ("disable", false)] {
        let events = arguments.text(option)?.unwrap_or_default().split(',').filter(|event| !event.is_empty());
        wanted.extend(events.map(|event| Parameter::new(event, Value::Boolean(on))));
    }
    let domain = find(control, arguments, By::ANY)?;
    let events = match wanted.is_empty() {
        true => domain.perf_events(affect).attempted(|| "Unable to get perf events".to_owned())?,
        false => {
            domain
                .set_perf_events(&wanted, affect)
                .attempted(|| "Unable to enable/disable perf events".to_owned())?;
            wanted
        }
    };
    for Parameter { name, value } in events {
        let state = if value == Value::Boolean(true) { "enabled" } else { "disabled" };
        control.output.remark(format_args!("{name:<15}: {state}"));
    }
    Ok(())
}

const ANSWER: Answer = Answer::facts(&[], |control, arguments| {
    let affect = affect::affect(arguments)?;
    let events = find(control, arguments, By::ANY)?.perf_events(affect);
    Ok(events.attempted(|| "Unable to get perf events".to_owned())?.into_iter().collect())
})
.and_more("the events, under the names that --enable takes: booleans, whether they are counted")
.unless(&["enable", "disable"]);
