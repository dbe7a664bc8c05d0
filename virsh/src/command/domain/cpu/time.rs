//! `cpu-stats`: the host's processor time that a domain used.

use hypervisor::domain::CpuTime;
use hypervisor::{Domain, Parameter};

use crate::command::domain::{By, find};
use crate::command::option::{domain, flag, number};
use crate::command::{Answer, Arguments, Command, Values};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::{Record, field};

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
)
.answers(&ANSWER);

/// How many processors libvirt says something about in one answer.
const AT_ONCE: u32 = 128;

fn stats(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let range = Range::of(arguments)?;
    let failed = || format!("Failed to retrieve CPU statistics for domain '{}'", domain.name());
    if range.each {
        let (length, each) = range.figures(&domain).attempted(failed)?;
        if length == 0 {
            control.output.line("No per-CPU stats available");
        }
        for (cpu, figures) in each {
            control.output.line(format_args!("CPU{cpu}:"));
            print(control, &figures);
        }
    }
    if range.total {
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

/// Which processors the options ask about.
struct Range {
    start: u32,
    count: Option<u32>,
    /// Whether each of them is told of.
    each: bool,
    /// Whether all together are.
    total: bool,
}

impl Range {
    fn of(arguments: &Arguments) -> Result<Self, Failure> {
        let start: i32 = arguments.number("start")?.unwrap_or(0);
        let start = u32::try_from(start).map_err(|_| Failure::said("Invalid value for start CPU"))?;
        let count: Option<i32> = arguments.number("count")?;
        let count = count
            .map(|count| {
                u32::try_from(count).map_err(|_| Failure::said("Invalid value for number of CPUs to show"))
            })
            .transpose()?;
        let some = arguments.has("start") || arguments.has("count");
        let total = arguments.has("total");
        Ok(Self { start, count, each: some || !total, total: total || !some })
    }

    /// How many of them there are, and the figures of each that there are any of.
    fn figures(&self, domain: &Domain) -> Result<(u32, Vec<Figures>), hypervisor::Error> {
        let known = domain.cpu_time_count()?;
        let length = self.count.map_or(known, |count| count.min(known)).min(known.saturating_sub(self.start));
        let (mut start, mut left) = (self.start, length);
        let mut found = Vec::new();
        while left > 0 {
            let count = left.min(AT_ONCE);
            let figures = domain.cpu_time(CpuTime::Each { start, count })?;
            found.extend((start..).zip(figures).filter(|(_, figures)| !figures.is_empty()));
            start += count;
            left -= count;
        }
        Ok((length, found))
    }
}

/// The figures of a processor, after its number.
type Figures = (u32, Vec<Parameter>);

fn print(control: &Control, figures: &[Parameter]) {
    for Parameter { name, value } in figures {
        let text = match value.as_u64().filter(|_| name.ends_with("_time")) {
            Some(time) => format!("{:>9}.{:09} seconds", time / 1_000_000_000, time % 1_000_000_000),
            None => value.to_string(),
        };
        control.output.line(format_args!("\t{name:<12} {text}"));
    }
}

const ANSWER: Answer = Answer::list(
    &[
        field::number("cpu", "the host's processor; null for all together"),
        field::measured("cpu_time", "ns", "the time of everything on it"),
        field::measured("vcpu_time", "ns", "the time of the domain's processors on it"),
        field::measured("user_time", "ns", "how much of it the emulator's program took"),
        field::measured("system_time", "ns", "how much of it the host's kernel took"),
    ],
    |control, arguments| {
        let domain = find(control, arguments, By::ANY)?;
        let range = Range::of(arguments)?;
        let failed = || format!("Failed to retrieve CPU statistics for domain '{}'", domain.name());
        let mut records = Vec::new();
        if range.each {
            for (cpu, figures) in range.figures(&domain).attempted(failed)?.1 {
                records.push(record(Some(cpu), figures));
            }
        }
        if range.total {
            let total = domain.cpu_time(CpuTime::Total).attempted(failed)?;
            records.extend(total.into_iter().next().map(|figures| record(None, figures)));
        }
        Ok(records)
    },
)
.and_more("what libvirt adds, under its names");

fn record(cpu: Option<u32>, figures: Vec<Parameter>) -> Record {
    let mut record = Record::new().with("cpu", cpu);
    record.extend(figures.into_iter().collect::<Record>());
    record
}
