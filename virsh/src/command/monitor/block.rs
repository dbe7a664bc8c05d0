//! Sizes, traffic and faults of a domain's disks.

use hypervisor::domain::{BlockInfo, DiskError};
use hypervisor::parameter;
use hypervisor::{Domain, ErrorCode};

use crate::command::domain::device::{devices, document};
use crate::command::domain::{By, find};
use crate::command::option::{domain, flag, text};
use crate::command::{Answer, Arguments, Command, Opt, Values};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::{Record, Table, Value, field};

const DEVICE: Opt = text("device", "the disk's target or source").positional().values(Values::Disk);
const HUMAN: Opt = flag("human", "print it for people");

pub(super) const INFO: Command = Command::new(
    "domblkinfo",
    "print the size of a domain's disk",
    "Prints how large a disk is for the guest, and how much it takes on the host.",
    &[domain(Values::Domain), DEVICE, HUMAN, flag("all", "of all disks, as a table")],
    info,
)
.answers(&INFO_ANSWER);

pub(super) const STATS: Command = Command::new(
    "domblkstat",
    "print the traffic of a domain's disk",
    "Prints how much a running domain has read and written, of a disk or of all together.",
    &[domain(Values::ActiveDomain), DEVICE.may_be_empty(), HUMAN],
    stats,
)
.answers(&STATS_ANSWER);

pub(super) const ERRORS: Command = Command::new(
    "domblkerror",
    "print which of a domain's disks have failed",
    "Prints the disks of a running domain that could not be read or written.",
    &[domain(Values::ActiveDomain)],
    errors,
)
.answers(&ERRORS_ANSWER);

/// The size as a number, or for people with three places after the point.
fn size(bytes: u64, human: bool) -> String {
    const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if !human {
        return bytes.to_string();
    }
    let (mut value, mut unit) = (bytes as f64, 0);
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.3} {}", UNITS[unit])
}

fn info(control: &mut Control, arguments: &Arguments) -> Outcome {
    arguments.exclusive("all", "device")?;
    let human = arguments.has("human");
    let device = arguments.text("device")?;
    let domain = find(control, arguments, By::ANY)?;
    if device.is_none() && !arguments.has("all") {
        return Err(no_disk());
    }
    if let Some(device) = device {
        let info = domain.block_info(device)?;
        for (label, bytes) in
            [("Capacity:", info.capacity), ("Allocation:", info.allocation), ("Physical:", info.physical)]
        {
            control.output.field(15, label, size(bytes.0, human));
        }
        return Ok(());
    }
    let mut table = Table::new(&["Target", "Capacity", "Allocation", "Physical"]);
    for (target, sizes) in sizes(&domain)? {
        match sizes {
            Some(info) => table.row([
                target,
                size(info.capacity.0, human),
                size(info.allocation.0, human),
                size(info.physical.0, human),
            ]),
            None => table.row([&*target, "-", "-", "-"]),
        }
    }
    control.output.table(&table);
    Ok(())
}

fn no_disk() -> Failure {
    Failure::said("command 'domblkinfo' requires <device> option")
}

/// The sizes of all disks of a domain, by target; none where they cannot be known.
fn sizes(domain: &Domain) -> Result<Vec<(String, Option<BlockInfo>)>, Failure> {
    let active = domain.is_active()?;
    let document = document(domain, false)?;
    let mut sizes = Vec::new();
    for disk in devices(&document, "disk") {
        let target = document.get(disk, "target/@dev").unwrap_or_default();
        // What is on a server is only known while it is open, and an empty drive has no size.
        let on_server = document.get(disk, "@type").is_some_and(|kind| kind == "network");
        let empty = document.child(disk, "source").is_none();
        let asked = match empty || (on_server && !active) {
            true => None,
            false => match domain.block_info(&target) {
                Err(error) if error.code == ErrorCode::INVALID_ARG => None,
                asked => Some(asked?),
            },
        };
        sizes.push((target.into_owned(), asked));
    }
    Ok(sizes)
}

pub(super) const INFO_ANSWER: Answer = Answer::list(
    &[
        field::text("target", "the disk, as it was named or is in the domain"),
        field::bytes("capacity", "how large it is for the guest; null where that cannot be known"),
        field::bytes("allocation", "how much of it has taken room"),
        field::bytes("physical", "what it takes on the host"),
    ],
    |control, arguments| {
        arguments.exclusive("all", "device")?;
        let domain = find(control, arguments, By::ANY)?;
        let sizes = match arguments.text("device")? {
            Some(device) => vec![(device.to_owned(), Some(domain.block_info(device)?))],
            None if arguments.has("all") => sizes(&domain)?,
            None => return Err(no_disk()),
        };
        let record = |(target, sizes): (String, Option<BlockInfo>)| {
            Record::new()
                .with("target", target)
                .with("capacity", sizes.map(|sizes| sizes.capacity))
                .with("allocation", sizes.map(|sizes| sizes.allocation))
                .with("physical", sizes.map(|sizes| sizes.physical))
        };
        Ok(sizes.into_iter().map(record).collect())
    },
);

/// Figures in the order in which they are printed: libvirt's name, the short name, and the words for people.
const FIGURES: &[(&str, &str, &str)] = &[
    ("rd_operations", "rd_req", "number of read operations:"),
    ("rd_bytes", "rd_bytes", "number of bytes read:"),
    ("wr_operations", "wr_req", "number of write operations:"),
    ("wr_bytes", "wr_bytes", "number of bytes written:"),
    ("errs", "errs", "error count:"),
    ("flush_operations", "flush_operations", "number of flush operations:"),
    ("rd_total_times", "rd_total_times", "total duration of reads (ns):"),
    ("wr_total_times", "wr_total_times", "total duration of writes (ns):"),
    ("flush_total_times", "flush_total_times", "total duration of flushes (ns):"),
];

fn stats(control: &mut Control, arguments: &Arguments) -> Outcome {
    let human = arguments.has("human");
    let device = arguments.text("device")?.unwrap_or_default();
    let domain = find(control, arguments, By::ANY)?;
    let name = arguments.required("domain")?;
    let figures = figures(&domain, name, device)?;
    if human {
        control.output.line(format_args!("Device: {device}"));
    }
    let print = |short: &str, words: &str, figure: i128| match human {
        true => control.output.line(format_args!(" {words:<31} {figure}")),
        false => control.output.line(format_args!("{device} {short} {figure}")),
    };
    for (name, short, words) in FIGURES {
        if let Some((_, figure)) = figures.iter().find(|(known, _)| known == name) {
            print(short, words, *figure);
        }
    }
    for (name, figure) in figures.iter().filter(|(name, _)| !FIGURES.iter().any(|(known, ..)| known == name))
    {
        print(name, name, *figure);
    }
    Ok(())
}

/// The figures of a disk.
fn figures(domain: &Domain, name: &str, device: &str) -> Result<Vec<(String, i128)>, Failure> {
    let failed = || format!("Failed to get block stats {name} {device}");
    // Drivers that count more than the basic figures say so in another call.
    Ok(match domain.block_figures(device) {
        Err(error) if error.code.is_unsupported() => {
            let stats = domain.block_stats(device).attempted(failed)?;
            let basic = [
                ("rd_operations", stats.read_requests),
                ("rd_bytes", stats.read_bytes),
                ("wr_operations", stats.write_requests),
                ("wr_bytes", stats.write_bytes),
                ("errs", stats.errors),
            ];
            basic.into_iter().filter_map(|(name, figure)| Some((name.to_owned(), figure?.into()))).collect()
        }
        figures => figures?
            .into_iter()
            .filter_map(|figure| match figure.value {
                parameter::Value::Long(number) => Some((figure.name, number.into())),
                other => other.as_u64().map(|number| (figure.name, number.into())),
            })
            .collect(),
    })
}

pub(super) const STATS_ANSWER: Answer = Answer::facts(
    &[
        field::text("device", "the disk, as it was named; null for all together"),
        field::number("rd_req", "read requests"),
        field::bytes("rd_bytes", "how much was read"),
        field::number("wr_req", "write requests"),
        field::bytes("wr_bytes", "how much was written"),
        field::number("errs", "errors"),
        field::number("flush_operations", "flush requests"),
        field::measured("rd_total_times", "ns", "how long reading took"),
        field::measured("wr_total_times", "ns", "how long writing took"),
        field::measured("flush_total_times", "ns", "how long flushing took"),
    ],
    |control, arguments| {
        let device = arguments.text("device")?.unwrap_or_default();
        let domain = find(control, arguments, By::ANY)?;
        let mut record = Record::new().with("device", Some(device).filter(|device| !device.is_empty()));
        for (name, figure) in figures(&domain, arguments.required("domain")?, device)? {
            let known = FIGURES.iter().find(|(known, ..)| *known == name);
            match known {
                Some((_, short, _)) => record.set(*short, Value::Whole(figure)),
                None => record.set(name, Value::Whole(figure)),
            }
        }
        Ok(record)
    },
)
.and_more("figures that the hypervisor adds, under libvirt's names");

const ERRORS_ANSWER: Answer = Answer::list(
    &[field::text("disk", "the disk's target"), field::text("error", "what happened")],
    |control, arguments| {
        let errors = find(control, arguments, By::ANY)?.disk_errors()?;
        let record = |error: DiskError| Record::new().with("error", word(&error)).with("disk", error.disk);
        Ok(errors.into_iter().map(record).collect())
    },
);

/// What happened to a disk, in libvirt's words.
fn word(error: &DiskError) -> &'static str {
    const WORDS: [&str; 3] = ["no error", "unspecified error", "no space"];
    WORDS.get(error.code as usize).copied().unwrap_or("unknown error")
}

fn errors(control: &mut Control, arguments: &Arguments) -> Outcome {
    let errors = find(control, arguments, By::ANY)?.disk_errors()?;
    if errors.is_empty() {
        control.output.line("No errors found");
    }
    for error in errors {
        control.output.line(format_args!("{}: {}", error.disk, word(&error)));
    }
    Ok(())
}
