//! A domain's memory limits, its share of the host's disks, and where its memory is.

use hypervisor::domain::Tuning;
use hypervisor::parameter::Value;
use hypervisor::{Domain, Parameter};

use super::{change_or_print, print, record};
use crate::command::domain::affect::{self, CONFIG, CURRENT, LIVE};
use crate::command::domain::{By, find};
use crate::command::option::{domain, number, text};
use crate::command::{Answer, Arguments, Command, Values};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::{Record, Value as Data, field};

pub(in crate::command::domain) const MEMORY: Command = Command::new(
    "memtune",
    "print or change a domain's memory limits",
    "Prints or changes how much of the host's memory a domain may take. Sizes are in KiB\n\
     unless they have a unit; -1 is no limit.",
    &[
        domain(Values::Domain),
        number("hard-limit", "the most").tolerated(),
        number("soft-limit", "the most while memory is short").tolerated(),
        number("swap-hard-limit", "the most with swap").tolerated(),
        number("min-guarantee", "the least").tolerated(),
        CONFIG,
        LIVE,
        CURRENT,
    ],
    memory,
)
.acts()
.answers(&MEMORY_ANSWER);

pub(in crate::command::domain) const BLOCK: Command = Command::new(
    "blkiotune",
    "print or change a domain's share of the host's disks",
    "Prints or changes a domain's weight on the host's disks, and limits for each of them.",
    &[
        domain(Values::Domain),
        number("weight", "its weight").tolerated(),
        text("device-weights", "weights by device: PATH,WEIGHT,...").tolerated(),
        text("device-read-iops-sec", "read requests a second: PATH,COUNT,...").tolerated(),
        text("device-write-iops-sec", "write requests a second: PATH,COUNT,...").tolerated(),
        text("device-read-bytes-sec", "bytes read a second: PATH,BYTES,...").tolerated(),
        text("device-write-bytes-sec", "bytes written a second: PATH,BYTES,...").tolerated(),
        CONFIG,
        LIVE,
        CURRENT,
    ],
    block,
)
.acts()
.answers(&BLOCK_ANSWER);

const MODES: &[&str] = &["strict", "preferred", "interleave", "restrictive"];

pub(in crate::command::domain) const NUMA: Command = Command::new(
    "numatune",
    "print or change where on the host a domain's memory is",
    "Prints or changes from which of the host's NUMA nodes a domain gets its memory.",
    &[
        domain(Values::Domain),
        text("mode", "how strictly, by name or libvirt's number").tolerated().values(Values::Words(MODES)),
        text("nodeset", "the nodes, like 0-3,^2").tolerated(),
        CONFIG,
        LIVE,
        CURRENT,
    ],
    numa,
)
.acts()
.answers(&NUMA_ANSWER);

/// What libvirt says instead of a limit where there is none, in KiB.
const UNLIMITED: u64 = 9_007_199_254_740_991;

/// A memory limit in KiB; every negative number means none.
fn limit(arguments: &Arguments, option: &str) -> Result<Option<u64>, Failure> {
    let Some(text) = arguments.text(option)? else { return Ok(None) };
    if text.parse::<i64>().is_ok_and(|number| number < 0) {
        return Ok(Some(UNLIMITED));
    }
    let malformed = |_| Failure::said(format!("Unable to parse integer parameter {option}"));
    Ok(arguments.scaled(option, 1024).map_err(malformed)?.map(|bytes| bytes.div_ceil(1024)))
}

fn memory(control: &mut Control, arguments: &Arguments) -> Outcome {
    let affect = affect::affect(arguments)?;
    let domain = find(control, arguments, By::ANY)?;
    let mut wanted = Vec::new();
    for (option, name) in [
        ("hard-limit", "hard_limit"),
        ("soft-limit", "soft_limit"),
        ("swap-hard-limit", "swap_hard_limit"),
        ("min-guarantee", "min_guarantee"),
    ] {
        if let Some(limit) = limit(arguments, option)? {
            wanted.push(Parameter::new(name, Value::ULong(limit)));
        }
    }
    if !wanted.is_empty() {
        return change(&domain, Tuning::Memory, &wanted, affect, "change memory parameters");
    }
    let found = domain
        .tuning(Tuning::Memory, affect)
        .attempted(|| "Unable to get number of memory parameters".to_owned())?;
    for Parameter { name, value } in found {
        match value {
            Value::ULong(UNLIMITED) => print(control, &name, "unlimited"),
            value => print(control, &name, value),
        }
    }
    Ok(())
}

fn change(
    domain: &Domain,
    of: Tuning<'_>,
    wanted: &[Parameter],
    affect: hypervisor::flags::Affect,
    what: &str,
) -> Outcome {
    domain.set_tuning(of, wanted, affect).attempted(|| format!("Unable to {what}"))
}

fn block(control: &mut Control, arguments: &Arguments) -> Outcome {
    let affect = affect::affect(arguments)?;
    let domain = find(control, arguments, By::ANY)?;
    let mut wanted = Vec::new();
    if let Some(weight) = arguments.number::<i32>("weight")? {
        let weight = u32::try_from(weight)
            .map_err(|_| Failure::said(format!("Invalid value of {weight} for I/O weight")))?;
        wanted.push(Parameter::new("weight", Value::UInt(weight)));
    }
    for (option, name) in [
        ("device-weights", "device_weight"),
        ("device-read-iops-sec", "device_read_iops_sec"),
        ("device-write-iops-sec", "device_write_iops_sec"),
        ("device-read-bytes-sec", "device_read_bytes_sec"),
        ("device-write-bytes-sec", "device_write_bytes_sec"),
    ] {
        if let Some(text) = arguments.text(option)? {
            wanted.push(Parameter::new(name, Value::Text(text.to_owned())));
        }
    }
    let words = ["change blkio parameters", "number of blkio parameters"];
    change_or_print(control, &domain, Tuning::Block, &wanted, affect, words)
}

fn numa(control: &mut Control, arguments: &Arguments) -> Outcome {
    let affect = affect::affect(arguments)?;
    let domain = find(control, arguments, By::ANY)?;
    let mut wanted = Vec::new();
    if let Some(set) = arguments.text("nodeset")? {
        wanted.push(Parameter::new("numa_nodeset", Value::Text(set.to_owned())));
    }
    if let Some(mode) = arguments.text("mode")? {
        let named = MODES.iter().zip(0..).find_map(|(name, number)| (*name == mode).then_some(number));
        let number = named
            .or_else(|| mode.parse().ok())
            .ok_or_else(|| Failure::said(format!("Invalid mode: {mode}")))?;
        wanted.push(Parameter::new("numa_mode", Value::Int(number)));
    }
    if !wanted.is_empty() {
        return change(&domain, Tuning::Numa, &wanted, affect, "change numa parameters");
    }
    let found =
        domain.tuning(Tuning::Numa, affect).attempted(|| "Unable to get numa parameters".to_owned())?;
    for Parameter { name, value } in found {
        match value {
            Value::Int(mode) if name == "numa_mode" => {
                let mode = usize::try_from(mode).ok().and_then(|mode| MODES.get(mode));
                print(control, &name, mode.unwrap_or(&"unknown"));
            }
            value => print(control, &name, value),
        }
    }
    Ok(())
}

const MEMORY_ANSWER: Answer = Answer::facts(
    &[
        field::bytes("hard_limit", "the most; null is no limit"),
        field::bytes("soft_limit", "the most while memory is short"),
        field::bytes("swap_hard_limit", "the most with swap"),
        field::bytes("min_guarantee", "the least"),
    ],
    |control, arguments| {
        let found = record(control, arguments, Tuning::Memory, "number of memory parameters")?;
        let mut limits = Record::new();
        for (name, limit) in found {
            limits.set(
                name,
                match limit {
                    Data::Whole(size) if size == UNLIMITED.into() => Data::Null,
                    Data::Whole(size) => Data::Whole(size.saturating_mul(1024)),
                    other => other,
                },
            );
        }
        Ok(limits)
    },
)
.and_more("what libvirt adds, under its names")
.unless(&["hard-limit", "soft-limit", "swap-hard-limit", "min-guarantee"]);

const BLOCK_ANSWER: Answer = Answer::facts(
    &[
        field::number("weight", "its weight"),
        field::text("device_weight", "weights by device: PATH,WEIGHT,..."),
        field::text("device_read_iops_sec", "read requests a second, likewise"),
        field::text("device_write_iops_sec", "write requests a second, likewise"),
        field::text("device_read_bytes_sec", "bytes read a second, likewise"),
        field::text("device_write_bytes_sec", "bytes written a second, likewise"),
    ],
    |control, arguments| record(control, arguments, Tuning::Block, "number of blkio parameters"),
)
.and_more("what libvirt adds, under its names")
.unless(&[
    "weight",
    "device-weights",
    "device-read-iops-sec",
    "device-write-iops-sec",
    "device-read-bytes-sec",
    "device-write-bytes-sec",
]);

const NUMA_ANSWER: Answer = Answer::facts(
    &[
        field::text("numa_mode", "how strictly: strict, preferred, interleave or restrictive"),
        field::text("numa_nodeset", "the nodes, like 0-3"),
    ],
    |control, arguments| {
        let mut found = record(control, arguments, Tuning::Numa, "numa parameters")?;
        if let Data::Whole(number) = found.take("numa_mode") {
            let mode = usize::try_from(number).ok().and_then(|number| MODES.get(number));
            found.set("numa_mode", *mode.unwrap_or(&"unknown"));
        }
        Ok(found)
    },
)
.and_more("what libvirt adds, under its names")
.unless(&["mode", "nodeset"]);
