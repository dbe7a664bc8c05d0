//! The host's processors.

use std::thread;
use std::time::Duration;

use hypervisor::{Connection, Query};
use xctl::document::Document;

use crate::command::{Answer, Arguments};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::field::Field;
use crate::output::{Record, field};

pub(super) fn models(control: &mut Control, arguments: &Arguments) -> Outcome {
    let models = named(control, arguments)?;
    if models.is_empty() {
        control.output.remark("all CPU models are accepted");
    }
    models.iter().for_each(|model| control.output.line(model));
    Ok(())
}

fn named(control: &mut Control, arguments: &Arguments) -> Result<Vec<String>, Failure> {
    let models = control.connection()?.cpu_models(arguments.required("arch")?);
    models.attempted(|| "failed to get CPU model names".to_owned())
}

const NAME: &[Field] = &[field::text("name", "its name")];

pub(super) const MODELS: Answer =
    Answer::list(NAME, |control, arguments| Ok(records(named(control, arguments)?)));

pub(super) const HYPERVISOR_MODELS: Answer =
    Answer::list(NAME, |control, arguments| Ok(records(offered(control, arguments)?)));

fn records(names: Vec<String>) -> Vec<Record> {
    names.into_iter().map(|name| Record::new().with("name", name)).collect()
}

pub(super) fn hypervisor_models(control: &mut Control, arguments: &Arguments) -> Outcome {
    offered(control, arguments)?.iter().for_each(|model| control.output.line(model));
    Ok(())
}

fn offered(control: &mut Control, arguments: &Arguments) -> Result<Vec<String>, Failure> {
    let query = Query {
        virt_type: arguments.text("virttype")?,
        emulator: arguments.text("emulator")?,
        arch: arguments.text("arch")?,
        machine: arguments.text("machine")?,
        ..Query::default()
    };
    let failed = || "failed to get hypervisor CPU model names".to_owned();
    let xml = control.connection()?.domain_capabilities(&query).attempted(failed)?;
    let document = Document::parse(&xml).map_err(|_| Failure::said(failed()))?;
    let Some(cpu) = document.child(document.root(), "cpu") else { return Ok(Vec::new()) };
    let mut models = Vec::new();
    for mode in document.children_named(cpu, "mode") {
        for model in document.children_named(mode, "model") {
            let usable = document.attr(model, "usable");
            if usable.as_deref() == Some("yes") || (arguments.has("all") && usable.is_some()) {
                models.push(document.text(model).into_owned());
            }
        }
    }
    models.sort();
    Ok(models)
}

pub(super) fn map(control: &mut Control, arguments: &Arguments) -> Outcome {
    const WIDTH: usize = 15;
    let map = control.connection()?.cpu_map().attempted(|| "Unable to get cpu map".to_owned())?;
    let output = &control.output;
    output.field(WIDTH, "CPUs present:", map.len());
    output.field(WIDTH, "CPUs online:", map.iter().filter(|online| **online).count());
    let marks = || map.iter().map(|online| if *online { 'y' } else { '-' }).collect();
    output.field(WIDTH, "CPU map:", if arguments.has("pretty") { ranges(&map) } else { marks() });
    Ok(())
}

/// The places of all that is true, as numbers and ranges of numbers.
fn ranges(map: &[bool]) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for (at, _) in map.iter().enumerate().filter(|(_, is_true)| **is_true) {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == at => *last = at,
            _ => ranges.push((at, at)),
        }
    }
    let text = |(first, last): &(usize, usize)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    };
    ranges.iter().map(text).collect::<Vec<_>>().join(",")
}

/// Kinds of work: what libvirt and what people call them, in the order of people.
const WORK: [(&str, &str); 5] =
    [("user", "user:"), ("kernel", "system:"), ("idle", "idle:"), ("iowait", "iowait:"), ("intr", "intr:")];
/// What some hypervisors tell instead: how much of the time there was any work.
const UTILIZATION: &str = "utilization";

/// The time spent on each kind of work, where the hypervisor tells it, and how busy all was.
struct Times {
    work: [Option<u64>; WORK.len()],
    utilization: Option<u64>,
}

impl Times {
    fn ask(connection: &Connection, cpu: i32) -> Result<Self, Failure> {
        let count =
            connection.cpu_stats_count(cpu).attempted(|| "Unable to get number of cpu stats".to_owned())?;
        let figures =
            connection.cpu_stats(cpu, count).attempted(|| "Unable to get node cpu stats".to_owned())?;
        let named = |name| figures.iter().find(|figure| figure.name == name).map(|figure| figure.value);
        Ok(Self { work: WORK.map(|(name, _)| named(name)), utilization: named(UTILIZATION) })
    }
}

pub(super) fn stats(control: &mut Control, arguments: &Arguments) -> Outcome {
    let cpu = arguments.number("cpu")?.unwrap_or(-1);
    let connection = control.connection()?;
    let before = Times::ask(&connection, cpu)?;
    if !arguments.has("percent") {
        for ((_, label), time) in WORK.iter().zip(before.work) {
            if let Some(time) = time {
                control.output.line(format_args!("{label:<15} {time:20}"));
            }
        }
        return Ok(());
    }
    let share = |label: &str, share: f64| control.output.line(format_args!("{label:<15} {share:5.1}%"));
    if let Some(busy) = before.utilization {
        share("usage:", busy as f64);
        share("idle:", 100.0 - busy as f64);
        return Ok(());
    }
    thread::sleep(Duration::from_secs(1));
    let after = Times::ask(&connection, cpu)?;
    let spent: Vec<Option<u64>> = (before.work.iter().zip(after.work))
        .map(|(before, after)| Some(after?.saturating_sub((*before)?)))
        .collect();
    let total: u64 = spent.iter().flatten().sum();
    // Of no time at all, nothing was spent.
    let of_total = |time: u64| if total == 0 { 0.0 } else { time as f64 / total as f64 * 100.0 };
    share("usage:", of_total(spent.iter().take(2).flatten().sum()));
    for ((_, label), time) in WORK.iter().zip(spent) {
        if let Some(time) = time {
            share(label, of_total(time));
        }
    }
    Ok(())
}

pub(super) const STATS: Answer = Answer::facts(
    &[
        field::measured("user", "ns", "the time of programs"),
        field::measured("kernel", "ns", "the time of the kernel"),
        field::measured("idle", "ns", "the time without work"),
        field::measured("iowait", "ns", "the time that was waited for disks"),
        field::measured("intr", "ns", "the time of interrupts"),
        field::measured("utilization", "percent", "how busy all is, where the hypervisor tells that instead"),
    ],
    |control, arguments| {
        let times = Times::ask(&control.connection()?, arguments.number("cpu")?.unwrap_or(-1))?;
        let mut record = Record::new().with(UTILIZATION, times.utilization);
        WORK.iter().zip(times.work).for_each(|((name, _), time)| record.set(*name, time));
        Ok(record)
    },
)
.unless(&["percent"]);

pub(super) const SEV: Answer = Answer::facts(&[], |control, _| {
    let facts = control.connection()?.sev_info();
    Ok(facts.attempted(|| "Unable to get host SEV information".to_owned())?.into_iter().collect())
})
.and_more("what the processors tell, under libvirt's names");

pub(super) fn sev(control: &mut Control, _: &Arguments) -> Outcome {
    let facts =
        control.connection()?.sev_info().attempted(|| "Unable to get host SEV information".to_owned())?;
    for fact in facts {
        control.output.line(format_args!("{:<18}: {}", fact.name, fact.value));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_a_range() {
        assert_eq!(ranges(&[true, true, true, false, true, false, true, true]), "0-2,4,6-7");
        assert_eq!(ranges(&[false]), "");
    }
}
