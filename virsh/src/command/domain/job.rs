//! The work that goes on on a domain, or the one that ended last.

use hypervisor::flags::{JobAbortFlags, JobStatsFlags};
use hypervisor::{Domain, Error, Parameter, Value};

use super::{By, find};
use crate::command::option::{domain, flag};
use crate::command::{Answer, Arguments, Command, Values};
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::output::{Output, Record, amount, field};

pub(super) const ABORT: Command = Command::new(
    "domjobabort",
    "cancel the work that goes on on a domain",
    "Cancels a migration, a save, a dump or another long work on the domain.",
    &[domain(Values::ActiveDomain), flag("postcopy", "break a migration that is past the point of return")],
    abort,
)
.acts();

pub(super) const INFO: Command = Command::new(
    "domjobinfo",
    "print how far the work on a domain is",
    "Prints the figures of a migration, a save, a dump or another long work on the domain.",
    &[
        domain(Values::Domain),
        flag("completed", "of the one that ended last; they are forgotten then"),
        flag("keep-completed", "with --completed: they are kept"),
        flag("anystats", "figures of one that failed as well"),
        flag("rawstats", "all that libvirt says, under its own names"),
    ],
    info,
)
.answers(&ANSWER);

/// libvirt's numbers of what a job is.
const KINDS: [&str; 6] = ["None", "Bounded", "Unbounded", "Completed", "Failed", "Cancelled"];
const BOUNDED: u32 = 1;
const COMPLETED: u32 = 3;
const FAILED: u32 = 4;

const OPERATIONS: [&str; 11] = [
    "Unknown",
    "Start",
    "Save",
    "Restore",
    "Incoming migration",
    "Outgoing migration",
    "Snapshot",
    "Snapshot revert",
    "Dump",
    "Backup",
    "Snapshot delete",
];

/// How a figure is shown.
#[derive(Clone, Copy)]
enum Form {
    /// Milliseconds.
    Time,
    /// Milliseconds until the end, which only a bounded job knows.
    Remaining,
    /// Bytes, in the largest unit that fits.
    Size,
    /// The same of a second.
    Rate,
    /// A number and its unit.
    Count(&'static str),
    /// A number, in a column that is one wider.
    Wide,
    /// A text.
    Text,
}

/// One figure: libvirt's name, and how it is called.
type Row = (&'static str, &'static str, Form);

/// Which figures of one kind are shown together: all of them, if one is not nought.
const GROUPS: [(&str, &[Row]); 3] = [
    (
        "data_",
        &[
            ("data_processed", "Data processed:", Form::Size),
            ("data_remaining", "Data remaining:", Form::Size),
            ("data_total", "Data total:", Form::Size),
        ],
    ),
    (
        "memory_",
        &[
            ("memory_processed", "Memory processed:", Form::Size),
            ("memory_remaining", "Memory remaining:", Form::Size),
            ("memory_total", "Memory total:", Form::Size),
            ("memory_bps", "Memory bandwidth:", Form::Rate),
            ("memory_dirty_rate", "Dirty rate:", Form::Count("pages/s")),
            ("memory_page_size", "Page size:", Form::Count("bytes")),
            ("memory_iteration", "Iteration:", Form::Count("")),
            ("memory_postcopy_requests", "Postcopy requests:", Form::Count("")),
        ],
    ),
    (
        "disk_",
        &[
            ("disk_processed", "File processed:", Form::Size),
            ("disk_remaining", "File remaining:", Form::Size),
            ("disk_total", "File total:", Form::Size),
            ("disk_bps", "File bandwidth:", Form::Rate),
        ],
    ),
];

/// What comes before those.
const TIMES: &[Row] = &[
    ("time_elapsed", "Time elapsed:", Form::Time),
    ("time_elapsed_net", "Time elapsed w/o network:", Form::Time),
    ("time_remaining", "Time remaining:", Form::Remaining),
];

/// What comes after those.
const OTHERS: &[Row] = &[
    ("memory_constant", "Constant pages:", Form::Count("")),
    ("memory_normal", "Normal pages:", Form::Count("")),
    ("memory_normal_bytes", "Normal data:", Form::Size),
    ("downtime", "", Form::Time),
    ("downtime_net", "Downtime w/o network:", Form::Time),
    ("setup_time", "Setup time:", Form::Time),
    ("compression_cache", "Compression cache:", Form::Size),
    ("compression_bytes", "Compressed data:", Form::Size),
    ("compression_pages", "Compressed pages:", Form::Wide),
    ("compression_cache_misses", "Compression cache misses:", Form::Wide),
    ("compression_overflow", "Compression overflows:", Form::Wide),
    ("auto_converge_throttle", "Auto converge throttle:", Form::Wide),
    ("disk_temp_used", "Temporary disk space use:", Form::Size),
    ("disk_temp_total", "Temporary disk space total:", Form::Size),
    ("errmsg", "Error message:", Form::Text),
];

fn info(control: &mut Control, arguments: &Arguments) -> Outcome {
    let (kind, values) = asked(control, arguments)?;
    let output = &control.output;
    if arguments.has("rawstats") {
        output.line(format_args!("Job type: {kind}\n"));
        for Parameter { name, value } in &values {
            match value {
                // A number here, where other lists of figures have a word.
                Value::Boolean(truth) => output.line(format_args!("{name}: {}", u8::from(*truth))),
                value => output.line(format_args!("{name}: {value}")),
            }
        }
        return Ok(());
    }
    output.line(format_args!("{:<17} {:<12}", "Job type:", name(kind)));
    let told = kind != 0 && (kind < FAILED || arguments.has("anystats"));
    if told {
        show(output, kind, &values);
    }
    Ok(())
}

fn asked(control: &mut Control, arguments: &Arguments) -> Result<(u32, Vec<Parameter>), Failure> {
    if arguments.has("keep-completed") && !arguments.has("completed") {
        return Err(Failure::said("Option --completed is required by option --keep-completed"));
    }
    let domain = find(control, arguments, By::ANY)?;
    let flags = JobStatsFlags(arguments.flags(&[
        ("completed", JobStatsFlags::COMPLETED.0),
        ("keep-completed", JobStatsFlags::KEEP_COMPLETED.0),
    ]));
    ask(&domain, flags, arguments.has("rawstats"))
}

/// What a job is, by libvirt's number.
fn name(kind: u32) -> &'static str {
    usize::try_from(kind).ok().and_then(|kind| KINDS.get(kind)).copied().unwrap_or("unknown")
}

/// What a job does, by libvirt's number.
fn operation(number: u64) -> &'static str {
    usize::try_from(number).ok().and_then(|number| OPERATIONS.get(number)).copied().unwrap_or(OPERATIONS[0])
}

const ANSWER: Answer = Answer::facts(
    &[
        field::text("type", "None, Bounded, Unbounded, Completed, Failed or Cancelled"),
        field::text("operation", "what goes on: Save, Dump, Backup, Outgoing migration, ..."),
        field::measured("time_elapsed", "ms", "how long it has taken"),
        field::measured("time_remaining", "ms", "how long it will take"),
        field::bytes("data_total", "how much there is in all"),
        field::bytes("data_processed", "how much of it is done"),
        field::bytes("data_remaining", "how much of it is left"),
    ],
    |control, arguments| {
        let (kind, values) = asked(control, arguments)?;
        let mut record: Record = values.into_iter().collect();
        let number = match record.take("operation") {
            crate::output::Value::Whole(number) => u64::try_from(number).ok(),
            _ => None,
        };
        Ok(record.with("type", name(kind)).with("operation", number.map(operation)))
    },
)
.and_more("all that libvirt says, under its names: sizes in bytes, times in ms");

/// What the domain's driver knows; an older one is asked in the older way, as long as that can answer.
fn ask(domain: &Domain, flags: JobStatsFlags, raw: bool) -> Result<(u32, Vec<Parameter>), Failure> {
    let unsupported = |error: &Error| error.code == hypervisor::ErrorCode::NO_SUPPORT;
    match domain.job(flags) {
        Ok(job) => return Ok((job.kind, job.values)),
        Err(error) if !unsupported(&error) => return Err(error.into()),
        Err(_) if raw || flags != JobStatsFlags::NONE => {
            return Err(Failure::said("Optional flags or --rawstats are not supported by the daemon"));
        }
        Err(_) => {}
    }
    let brief = domain.job_brief()?;
    let times = [("time_elapsed", brief.elapsed), ("time_remaining", brief.remaining)];
    let mut values = times.map(|(name, value)| Parameter::new(name, Value::ULong(value))).to_vec();
    for (group, figures) in [("data", brief.data), ("memory", brief.memory), ("disk", brief.file)] {
        for (name, value) in ["total", "processed", "remaining"].iter().zip(figures) {
            values.push(Parameter::new(format!("{group}_{name}"), Value::ULong(value)));
        }
    }
    Ok((brief.kind, values))
}

fn show(output: &Output, kind: u32, values: &[Parameter]) {
    let find = |name: &str| values.iter().find(|value| value.name == name).map(|value| &value.value);
    let number = |name: &str| find(name).and_then(Value::as_u64);
    if let Some(number) = number("operation") {
        output.line(format_args!("{:<17} {:<12}", "Operation:", operation(number)));
    }
    let row = |(name, label, form): &Row| {
        let label = match *name {
            "downtime" if kind == COMPLETED => "Total downtime:",
            "downtime" => "Expected downtime:",
            _ => label,
        };
        if let Some(value) = find(name) {
            line(output, kind, label, value, *form);
        }
    };
    TIMES.iter().for_each(row);
    for (group, rows) in GROUPS {
        let sizes = ["total", "processed", "remaining"];
        if sizes.iter().any(|size| number(&format!("{group}{size}")).is_some_and(|size| size > 0)) {
            rows.iter().for_each(row);
        }
    }
    OTHERS.iter().for_each(row);
}

fn line(output: &Output, kind: u32, label: &str, value: &Value, form: Form) {
    let number = value.as_u64().unwrap_or_default();
    match form {
        Form::Remaining if kind != BOUNDED => {}
        Form::Time | Form::Remaining => output.line(format_args!("{label:<17} {number:<12} ms")),
        Form::Size => output.line(format_args!("{label:<17} {}", amount(number))),
        Form::Rate => output.line(format_args!("{label:<17} {}/s", amount(number))),
        Form::Count("") => output.line(format_args!("{label:<17} {number:<12}")),
        Form::Count(unit) => output.line(format_args!("{label:<17} {number:<12} {unit}")),
        Form::Wide => output.line(format_args!("{label:<17} {number:<13}")),
        Form::Text => output.line(format_args!("{label:<17} {value}")),
    }
}

fn abort(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = JobAbortFlags(arguments.flags(&[("postcopy", JobAbortFlags::POSTCOPY.0)]));
    find(control, arguments, By::ANY)?.abort_job(flags)?;
    Ok(())
}
