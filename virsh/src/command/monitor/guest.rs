//! Addresses, network traffic, memory and control of a running domain.

use hypervisor::KiB;
use hypervisor::domain::{AddressSource, GuestInterface, InterfaceStats};

use crate::command::domain::affect::{self, CONFIG, CURRENT, LIVE};
use crate::command::domain::{By, find};
use crate::command::option::{domain, flag, number, text};
use crate::command::{Answer, Arguments, Command, Values};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::field::Field;
use crate::output::{Record, field, printable};

const SOURCES: &[&str] = &["lease", "agent", "arp"];

pub(super) const ADDRESSES: Command = Command::new(
    "domifaddr",
    "print the network addresses of a guest",
    "Prints the network addresses of a running guest, as its networks' leases, its agent or\n\
     the host's neighbours have them.",
    &[
        domain(Values::ActiveDomain),
        text("interface", "only of this interface").positional().values(Values::Nic),
        flag("full", "repeat name and hardware address with each of an interface's addresses"),
        text("source", "who is asked: lease, agent or arp").tolerated().values(Values::Words(SOURCES)),
    ],
    addresses,
)
.answers(&ADDRESS_ANSWER);

pub(super) const TRAFFIC: Command = Command::new(
    "domifstat",
    "print the traffic of a network interface",
    "Prints how much a running domain has received and sent over a network interface.",
    &[
        domain(Values::ActiveDomain),
        text("interface", "its name on the host, or its hardware address").required().values(Values::Nic),
    ],
    traffic,
)
.answers(&TRAFFIC_ANSWER);

pub(super) const MEMORY: Command = Command::new(
    "dommemstat",
    "print figures about a guest's memory",
    "Prints what is known about the memory of a running guest, or chooses how often it is asked.",
    &[
        domain(Values::ActiveDomain),
        number("period", "how often to ask it, in seconds; 0 is never"),
        CONFIG,
        LIVE,
        CURRENT,
    ],
    memory,
)
.acts()
.answers(&MEMORY_ANSWER);

pub(super) const CONTROL: Command = Command::new(
    "domcontrol",
    "print whether a domain can be controlled",
    "Prints whether the hypervisor answers for a running domain.",
    &[domain(Values::ActiveDomain)],
    state,
)
.answers(&CONTROL_ANSWER);

fn addresses(control: &mut Control, arguments: &Arguments) -> Outcome {
    let full = arguments.has("full");
    let found = asked(control, arguments)?;
    let output = &control.output;
    output.remark(format_args!(" {:<10} {:<20} {:<8}     {}", "Name", "MAC address", "Protocol", "Address"));
    output.remark("-".repeat(79));
    for interface in &found {
        let hardware = if interface.hardware.is_empty() { "N/A" } else { &printable(&interface.hardware) };
        if interface.addresses.is_empty() {
            let name = printable(&interface.name);
            output.line(format_args!(" {name:<10} {hardware:<17}    {:<12} {}", "N/A", "N/A"));
        }
        for (index, address) in interface.addresses.iter().enumerate() {
            let kind = if address.is_ipv6 { "ipv6" } else { "ipv4" };
            let (name, hardware) = match index == 0 || full {
                true => (interface.name.as_str(), hardware),
                false => ("-", "-"),
            };
            let shown = format!("{}/{}", address.address, address.prefix);
            // The guest may have told all of it.
            output.line(printable(&format!(" {name:<10} {hardware:<17}    {kind:<12} {shown}")));
        }
    }
    Ok(())
}

fn asked(control: &mut Control, arguments: &Arguments) -> Result<Vec<GuestInterface>, Failure> {
    let wanted = arguments.text("interface")?;
    let source = match arguments.text("source")? {
        None | Some("lease") => AddressSource::Lease,
        Some("agent") => AddressSource::Agent,
        Some("arp") => AddressSource::Arp,
        Some(other) => return Err(Failure::said(format!("Unknown data source '{other}'"))),
    };
    let domain = find(control, arguments, By::ANY)?;
    let found = domain
        .interface_addresses(source)
        .attempted(|| "Failed to query for interfaces addresses".to_owned())?;
    Ok(found.into_iter().filter(|interface| wanted.is_none_or(|wanted| wanted == interface.name)).collect())
}

const ADDRESS_FIELDS: &[Field] = &[
    field::text("interface", "its name, as who is asked has it"),
    field::text("mac", "its hardware address"),
    field::text("protocol", "ipv4 or ipv6; null where it has no address"),
    field::text("address", "the address"),
    field::number("prefix", "length of the network's prefix"),
];

const ADDRESS_ANSWER: Answer = Answer::list(ADDRESS_FIELDS, |control, arguments| {
    let mut records = Vec::new();
    for interface in asked(control, arguments)? {
        let mac = Some(interface.hardware).filter(|mac| !mac.is_empty());
        let record = Record::new().with("interface", interface.name).with("mac", mac);
        if interface.addresses.is_empty() {
            records.push(record.clone());
        }
        for address in interface.addresses {
            let kind = if address.is_ipv6 { "ipv6" } else { "ipv4" };
            let record = record.clone().with("protocol", kind).with("address", address.address);
            records.push(record.with("prefix", address.prefix));
        }
    }
    Ok(records)
});

fn traffic(control: &mut Control, arguments: &Arguments) -> Outcome {
    let device = arguments.required("interface")?;
    let stats = counted(control, arguments)?;
    for (direction, figures) in [("rx", stats.received), ("tx", stats.sent)] {
        for (what, figure) in ["bytes", "packets", "errs", "drop"].into_iter().zip(figures) {
            if let Some(figure) = figure {
                control.output.line(format_args!("{device} {direction}_{what} {figure}"));
            }
        }
    }
    Ok(())
}

const TRAFFIC_ANSWER: Answer = Answer::facts(
    &[
        field::text("interface", "the interface, as it was named"),
        field::bytes("rx_bytes", "how much was received"),
        field::number("rx_packets", "packets received"),
        field::number("rx_errs", "errors on receipt"),
        field::number("rx_drop", "packets dropped on receipt"),
        field::bytes("tx_bytes", "how much was sent"),
        field::number("tx_packets", "packets sent"),
        field::number("tx_errs", "errors on sending"),
        field::number("tx_drop", "packets dropped on sending"),
    ],
    |control, arguments| {
        const NAMES: [[&str; 4]; 2] = [
            ["rx_bytes", "rx_packets", "rx_errs", "rx_drop"],
            ["tx_bytes", "tx_packets", "tx_errs", "tx_drop"],
        ];
        let stats = counted(control, arguments)?;
        let mut record = Record::new().with("interface", arguments.required("interface")?);
        for (names, figures) in NAMES.into_iter().zip([stats.received, stats.sent]) {
            names.into_iter().zip(figures).for_each(|(name, figure)| record.set(name, figure));
        }
        Ok(record)
    },
);

fn counted(control: &mut Control, arguments: &Arguments) -> Result<InterfaceStats, Failure> {
    let device = arguments.required("interface")?;
    let domain = find(control, arguments, By::ANY)?;
    let name = arguments.required("domain")?;
    domain.interface_stats(device).attempted(|| format!("Failed to get interface stats {name} {device}"))
}

fn memory(control: &mut Control, arguments: &Arguments) -> Outcome {
    let affect = affect::affect(arguments)?;
    let domain = find(control, arguments, By::ANY)?;
    if let Some(period) = arguments.number::<i32>("period")? {
        if period < 0 {
            return Err(Failure::said(format!("Invalid collection period value '{period}'")));
        }
        return domain
            .set_memory_stats_period(period, affect)
            .attempted(|| "Unable to change balloon collection period.".to_owned());
    }
    let name = arguments.required("domain")?;
    let figures =
        domain.memory_stats().attempted(|| format!("Failed to get memory statistics for domain {name}"))?;
    for figure in figures {
        if let Some(name) = figure.name() {
            control.output.line(format_args!("{name} {}", figure.value));
        }
    }
    Ok(())
}

/// Those that libvirt counts in KiB.
const SIZES: &[&str] =
    &["swap_in", "swap_out", "unused", "available", "actual", "rss", "usable", "disk_caches"];

const MEMORY_ANSWER: Answer = Answer::facts(
    &[
        field::bytes("actual", "the memory that the guest has"),
        field::bytes("available", "the memory that its system sees"),
        field::bytes("unused", "the memory that its system leaves unused"),
        field::bytes("usable", "the memory that its system could take back without swapping"),
        field::bytes("disk_caches", "the memory that holds contents of disks"),
        field::bytes("rss", "the memory that its emulator takes on the host"),
        field::bytes("swap_in", "how much was read from swap"),
        field::bytes("swap_out", "how much was written to swap"),
        field::number("major_fault", "page faults that needed a disk"),
        field::number("minor_fault", "page faults that needed none"),
        field::number("hugetlb_pgalloc", "huge pages given out"),
        field::number("hugetlb_pgfail", "huge pages that could not be given"),
        field::measured("last_update", "seconds since 1970", "when the guest told this"),
    ],
    |control, arguments| {
        let domain = find(control, arguments, By::ANY)?;
        let name = arguments.required("domain")?;
        let figures = domain
            .memory_stats()
            .attempted(|| format!("Failed to get memory statistics for domain {name}"))?;
        let mut record = Record::new();
        for figure in figures {
            match figure.name() {
                Some(name) if SIZES.contains(&name) => record.set(name, KiB(figure.value)),
                Some(name) => record.set(name, figure.value),
                None => {}
            }
        }
        Ok(record)
    },
)
.unless(&["period"]);

const CONTROL_ANSWER: Answer = Answer::facts(
    &[
        field::text("state", "whether libvirt can talk to its emulator").one_of(&STATES),
        field::text("reason", "what is wrong, where it is an error"),
        field::measured("since", "seconds", "for how long; null where it is ok"),
    ],
    |control, arguments| {
        let info = find(control, arguments, By::ANY)?.control()?;
        let reason = REASONS.get(info.details as usize).filter(|reason| !reason.is_empty());
        Ok(Record::new()
            .with("state", *STATES.get(info.state as usize).unwrap_or(&"unknown"))
            .with("reason", reason.copied().filter(|_| info.state == 3))
            .with("since", Some(info.since.as_secs_f64()).filter(|_| info.state != 0)))
    },
);

/// What there is of control, by libvirt's numbers.
const STATES: [&str; 4] = ["ok", "background job", "occupied", "error"];
/// Why there is none, likewise.
const REASONS: [&str; 4] = ["", "unknown", "monitor failure", "internal (locking) error"];

fn state(control: &mut Control, arguments: &Arguments) -> Outcome {
    let info = find(control, arguments, By::ANY)?.control()?;
    let name = STATES.get(info.state as usize).unwrap_or(&"unknown");
    let reason = REASONS.get(info.details as usize).unwrap_or(&"unknown");
    match info.state {
        0 => control.output.line(name),
        3 if !reason.is_empty() => control.output.line(format_args!("{name}: {reason}")),
        _ => {
            let since = info.since.as_secs_f64();
            control.output.line(format_args!("{name} ({since:.3}s)"));
        }
    }
    Ok(())
}
