//! `cpu-stats`: the host's processor time that a domain used.

use hypervisor::domain::CpuTime;
use hypervisor::{Domain, Parameter};

use crate::command::domain::{By, find};
use crate::command::option::{domain, flag, number};
use crate::command::{Arguments, Command, Values};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};

pub(in crate::command::domain) const STATS: Command = Command::new(
    "cpu-stats",
    "print the processor time that a domain used",
    "Prints the time that a domain used of each of the host's processors, and of all.",
    &[
        domain(Values::ActiveDomain),
        flag("total", "only of all together"),
        number("start", "from this processor on").tolerated(),
        number("count", "of so many processors at most").tolerated(),
    ],
    stats,
);

/// How many processors libvirt says something about in one answer.
const AT_ONCE: u32 = 128;

fn stats(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let start: i32 = arguments.number("start")?.unwrap_or(0);
    let start = u32::try_from(start).map_err(|_| Failure::said("Invalid value for start CPU"))?;
    let count: Option<i32> = arguments.number("count")?;
    let count = count
        .map(|count| {
            u32::try_from(count).map_err(|_| Failure::said("Invalid value for number of CPUs to show"))
        })
        .transpose()?;
    let some = arguments.has("start") || arguments.has("count");
    let total = arguments.has("total") || !some;
    let failed = || format!("Failed to retrieve CPU statistics for domain '{}'", domain.name());
    if some || !arguments.has("total") {
        each(control, &domain, start, count).attempted(failed)?;
    }
    if total {
        let figures = domain.cpu_time(CpuTime::Total).attempted(failed)?;
        let figures = figures.into_iter().next().unwrap_or_default();
        if figures.is_empty() {
            control.output.line("No total stats available");
        } else {
            control.output.line("Total:");
            print(control, &figures);
        }
    }
    Ok(())
}

fn each(
    control: &Control,
    domain: &Domain,
    mut start: u32,
    count: Option<u32>,
) -> Result<(), hypervisor::Error> {
    let known = domain.cpu_time_count()?;
    let mut left = count.map_or(known, |count| count.min(known)).min(known.saturating_sub(start));
    if left == 0 {
        control.output.line("No per-CPU stats available");
    }
    while left > 0 {
        let count = left.min(AT_ONCE);
        for (cpu, figures) in (start..).zip(domain.cpu_time(CpuTime::Each { start, count })?) {
            if !figures.is_empty() {
                control.output.line(format_args!("CPU{cpu}:"));
                print(control, &figures);
            }
        }
        start += count;
        left -= count;
    }
    Ok(())
}

fn print(control: &Control, figures: &[Parameter]) {
    for Parameter { name, value } in figures {
        let text = match value.as_u64().filter(|_| name.ends_with("_time")) {
            Some(time) => format!("{:>9}.{:09} seconds", time / 1_000_000_000, time % 1_000_000_000),
            None => value.to_string(),
        };
        control.output.line(format_args!("\t{name:<12} {text}"));
    }
}
