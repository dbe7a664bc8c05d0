//! Sizes, traffic and faults of a domain's disks.

use hypervisor::ErrorCode;
use hypervisor::parameter::Value;

use crate::command::domain::device::{devices, document};
use crate::command::domain::{By, find};
use crate::command::option::{domain, flag, text};
use crate::command::{Arguments, Command, Opt, Values};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::Table;

const DEVICE: Opt = text("device", "the disk's target or source").positional().values(Values::Disk);
const HUMAN: Opt = flag("human", "print it for people");

pub(super) const INFO: Command = Command::new(
    "domblkinfo",
    "print the size of a domain's disk",
    "Prints how large a disk is for the guest, and how much it takes on the host.",
    &[domain(Values::Domain), DEVICE, HUMAN, flag("all", "of all disks, as a table")],
    info,
);

pub(super) const STATS: Command = Command::new(
    "domblkstat",
    "print the traffic of a domain's disk",
    "Prints how much a running domain has read and written, of a disk or of all together.",
    &[domain(Values::ActiveDomain), DEVICE.may_be_empty(), HUMAN],
    stats,
);

pub(super) const ERRORS: Command = Command::new(
    "domblkerror",
    "print which of a domain's disks have failed",
    "Prints the disks of a running domain that could not be read or written.",
    &[domain(Values::ActiveDomain)],
    errors,
);

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
        return Err(Failure::said("command 'domblkinfo' requires <device> option"));
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
    let active = domain.is_active()?;
    let document = document(&domain, false)?;
    let mut table = Table::new(&["Target", "Capacity", "Allocation", "Physical"]);
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
        match asked {
            Some(info) => table.row([
                target.to_string(),
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
    let failed = || format!("Failed to get block stats {name} {device}");
    // Drivers that count more than the basic figures say so in another call.
    let figures: Vec<(String, i128)> = match domain.block_figures(device) {
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
                Value::Long(number) => Some((figure.name, number.into())),
                other => other.as_u64().map(|number| (figure.name, number.into())),
            })
            .collect(),
    };
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

fn errors(control: &mut Control, arguments: &Arguments) -> Outcome {
    let errors = find(control, arguments, By::ANY)?.disk_errors()?;
    if errors.is_empty() {
        control.output.line("No errors found");
    }
    for error in errors {
        let words = ["no error", "unspecified error", "no space"].get(error.code as usize);
        control.output.line(format_args!("{}: {}", error.disk, words.unwrap_or(&"unknown error")));
    }
    Ok(())
}
