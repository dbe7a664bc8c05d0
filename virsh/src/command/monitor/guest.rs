//! Addresses, network traffic, memory and control of a running domain.

use hypervisor::domain::AddressSource;

use crate::command::domain::affect::{self, CONFIG, CURRENT, LIVE};
use crate::command::domain::{By, find};
use crate::command::option::{domain, flag, number, text};
use crate::command::{Arguments, Command, Values};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};

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
);

pub(super) const TRAFFIC: Command = Command::new(
    "domifstat",
    "print the traffic of a network interface",
    "Prints how much a running domain has received and sent over a network interface.",
    &[
        domain(Values::ActiveDomain),
        text("interface", "its name on the host, or its hardware address").required().values(Values::Nic),
    ],
    traffic,
);

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
);

pub(super) const CONTROL: Command = Command::new(
    "domcontrol",
    "print whether a domain can be controlled",
    "Prints whether the hypervisor answers for a running domain.",
    &[domain(Values::ActiveDomain)],
    state,
);

fn addresses(control: &mut Control, arguments: &Arguments) -> Outcome {
    let (wanted, full) = (arguments.text("interface")?, arguments.has("full"));
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
    let output = &control.output;
    output.remark(format_args!(" {:<10} {:<20} {:<8}     {}", "Name", "MAC address", "Protocol", "Address"));
    output.remark("-".repeat(79));
    for interface in found.iter().filter(|interface| wanted.is_none_or(|wanted| wanted == interface.name)) {
        let hardware = if interface.hardware.is_empty() { "N/A" } else { &interface.hardware };
        if interface.addresses.is_empty() {
            output.line(format_args!(" {:<10} {hardware:<17}    {:<12} {}", interface.name, "N/A", "N/A"));
        }
        for (index, address) in interface.addresses.iter().enumerate() {
            let kind = if address.is_ipv6 { "ipv6" } else { "ipv4" };
            let (name, hardware) = match index == 0 || full {
                true => (interface.name.as_str(), hardware),
                false => ("-", "-"),
            };
            let shown = format!("{}/{}", address.address, address.prefix);
            output.line(format_args!(" {name:<10} {hardware:<17}    {kind:<12} {shown}"));
        }
    }
    Ok(())
}

fn traffic(control: &mut Control, arguments: &Arguments) -> Outcome {
    let device = arguments.required("interface")?;
    let domain = find(control, arguments, By::ANY)?;
    let name = arguments.required("domain")?;
    let stats = domain
        .interface_stats(device)
        .attempted(|| format!("Failed to get interface stats {name} {device}"))?;
    for (direction, figures) in [("rx", stats.received), ("tx", stats.sent)] {
        for (what, figure) in ["bytes", "packets", "errs", "drop"].into_iter().zip(figures) {
            if let Some(figure) = figure {
                control.output.line(format_args!("{device} {direction}_{what} {figure}"));
            }
        }
    }
    Ok(())
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

fn state(control: &mut Control, arguments: &Arguments) -> Outcome {
    const STATES: [&str; 4] = ["ok", "background job", "occupied", "error"];
    const REASONS: [&str; 4] = ["", "unknown", "monitor failure", "internal (locking) error"];
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
