//! How many processors a domain has.

use hypervisor::flags::VcpuFlags;
use hypervisor::{Domain, ErrorCode};

use crate::command::domain::affect::{self, CONFIG, CURRENT, LIVE};
use crate::command::domain::{By, find};
use crate::command::option::{domain, flag, number, text};
use crate::command::{Answer, Arguments, Command, Values};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::{Record, field};

pub(in crate::command::domain) const SET: Command = Command::new(
    "setvcpus",
    "change the number of a domain's processors",
    "Changes how many processors a domain has.",
    &[
        domain(Values::Domain),
        number("count", "how many").required(),
        flag("maximum", "change how many it can have, from its next start"),
        CONFIG,
        LIVE,
        CURRENT,
        flag("guest", "have the guest switch them on or off"),
        flag("hotpluggable", "let those that are added be unplugged again"),
    ],
    set,
)
.acts();

pub(in crate::command::domain) const GET: Command = Command::new(
    "vcpucount",
    "print the numbers of a domain's processors",
    "Prints how many processors a domain has and can have.",
    &[
        domain(Values::Domain),
        flag("maximum", "how many it can have"),
        flag("active", "how many it has"),
        flag("live", "of the running domain"),
        flag("config", "of its next start"),
        flag("current", "of the running domain, or the next start of one that does not run"),
        flag("guest", "as the guest has them"),
    ],
    get,
)
.answers(&COUNTS);

pub(in crate::command::domain) const SWITCH: Command = Command::new(
    "setvcpu",
    "plug some of a domain's processors in or out",
    "Plugs processors of a domain in or out, each by its number.",
    &[
        domain(Values::Domain),
        text("vcpulist", "numbers of processors, like 0-2,5").required(),
        flag("enable", "plug them in"),
        flag("disable", "plug them out"),
        CONFIG,
        LIVE,
        CURRENT,
    ],
    switch,
)
.acts();

pub(in crate::command::domain) const GUEST: Command = Command::new(
    "guestvcpus",
    "print or change which processors the guest uses",
    "Asks the guest's agent for its processors, or has it switch some on or off.",
    &[
        domain(Values::ActiveDomain),
        text("cpulist", "numbers of processors, like 0-2,5").tolerated(),
        flag("enable", "switch them on"),
        flag("disable", "switch them off"),
    ],
    guest,
)
.acts()
.answers(&GUESTS);

fn set(control: &mut Control, arguments: &Arguments) -> Outcome {
    affect::affect(arguments)?;
    arguments.exclusive("guest", "config")?;
    arguments.requires("maximum", "config")?;
    let flags = VcpuFlags(arguments.flags(&[
        ("config", VcpuFlags::CONFIG.0),
        ("live", VcpuFlags::LIVE.0),
        ("guest", VcpuFlags::GUEST.0),
        ("maximum", VcpuFlags::MAXIMUM.0),
        ("hotpluggable", VcpuFlags::HOTPLUGGABLE.0),
    ]));
    let domain = find(control, arguments, By::ANY)?;
    let count = arguments.number("count")?.unwrap_or_default();
    if count == 0 {
        return Err(Failure::said("Can't set 0 processors for a VM"));
    }
    // Who says nothing means the running domain.
    let flags = if flags == VcpuFlags::NONE && !arguments.has("current") { VcpuFlags::LIVE } else { flags };
    domain.set_vcpus(count, flags)?;
    Ok(())
}

/// The number, `None` where the domain has no such configuration.
fn count(domain: &Domain, flags: VcpuFlags) -> Result<Option<u32>, Failure> {
    let there = match flags.contains(VcpuFlags::LIVE) {
        true => domain.is_active()?,
        false => domain.is_persistent()?,
    };
    if !there {
        return Ok(None);
    }
    Ok(Some(domain.vcpus(flags)?))
}

fn get(control: &mut Control, arguments: &Arguments) -> Outcome {
    arguments.exclusive("active", "maximum")?;
    arguments.exclusive("guest", "config")?;
    arguments.exclusive("live", "config")?;
    if arguments.has("active") || arguments.has("maximum") {
        arguments.exclusive("current", "live")?;
        arguments.exclusive("current", "config")?;
    }
    let bits = [
        ("maximum", VcpuFlags::MAXIMUM.0),
        ("config", VcpuFlags::CONFIG.0),
        ("live", VcpuFlags::LIVE.0),
        ("guest", VcpuFlags::GUEST.0),
    ];
    let everything = !["active", "current"].iter().any(|option| arguments.has(option));
    let flags = VcpuFlags(arguments.flags(&bits));
    let domain = find(control, arguments, By::ANY)?;
    if !(everything && flags == VcpuFlags::NONE) {
        let asked = domain.vcpus(flags);
        // An agent that does not answer says so itself.
        let unknown = asked
            .as_ref()
            .is_err_and(|error| error.code.is_unsupported() || error.code == ErrorCode::INVALID_ARG);
        let count = match flags.contains(VcpuFlags::GUEST) && unknown {
            true => asked.attempted(|| "Failed to retrieve vCPU count from the guest".to_owned())?,
            false => asked?,
        };
        control.output.line(count);
        return Ok(());
    }
    for (which, most) in [("maximum", VcpuFlags::MAXIMUM), ("current", VcpuFlags::NONE)] {
        for (when, configuration) in [("config", VcpuFlags::CONFIG), ("live", VcpuFlags::LIVE)] {
            if let Some(count) = count(&domain, most | configuration)? {
                control.output.line(format_args!("{which:<12} {when:<12} {count:3}"));
            }
        }
    }
    Ok(())
}

const COUNTS: Answer = Answer::facts(
    &[
        field::number(
            "maximum_config",
            "how many it can have from its next start; null where it is not defined",
        ),
        field::number("maximum_live", "how many it can have now; null while it does not run"),
        field::number("current_config", "how many it has from its next start"),
        field::number("current_live", "how many it has now"),
        field::number("guest", "how many the guest uses, asked with --guest"),
    ],
    |control, arguments| {
        let domain = find(control, arguments, By::ANY)?;
        let mut record = Record::new();
        for (name, flags) in [
            ("maximum_config", VcpuFlags::MAXIMUM | VcpuFlags::CONFIG),
            ("maximum_live", VcpuFlags::MAXIMUM | VcpuFlags::LIVE),
            ("current_config", VcpuFlags::CONFIG),
            ("current_live", VcpuFlags::LIVE),
        ] {
            record.set(name, count(&domain, flags)?);
        }
        if arguments.has("guest") {
            record.set("guest", domain.vcpus(VcpuFlags::GUEST)?);
        }
        Ok(record)
    },
);

const GUESTS: Answer = Answer::facts(&[], |control, arguments| {
    Ok(find(control, arguments, By::ANY)?.guest_vcpus()?.into_iter().collect())
})
.and_more("what the agent says, such as vcpus, online and offlinable: lists of numbers as text")
.unless(&["cpulist"]);

fn switch(control: &mut Control, arguments: &Arguments) -> Outcome {
    arguments.exclusive("enable", "disable")?;
    let affect = affect::affect(arguments)?;
    if !arguments.has("enable") && !arguments.has("disable") {
        return Err(Failure::said("one of --enable, --disable is required"));
    }
    let domain = find(control, arguments, By::ANY)?;
    domain.set_vcpu(arguments.required("vcpulist")?, arguments.has("enable"), affect)?;
    Ok(())
}

fn guest(control: &mut Control, arguments: &Arguments) -> Outcome {
    for option in ["enable", "disable"] {
        arguments.requires(option, "cpulist")?;
    }
    arguments.exclusive("enable", "disable")?;
    let list = arguments.text("cpulist")?;
    let on = arguments.has("enable");
    if list.is_some() && !on && !arguments.has("disable") {
        return Err(Failure::said("One of options --enable or --disable is required by option --cpulist"));
    }
    let domain = find(control, arguments, By::ANY)?;
    match list {
        Some(list) => domain.set_guest_vcpus(list, on)?,
        None => {
            for figure in domain.guest_vcpus()? {
                control.output.line(format_args!("{:<15}: {}", figure.name, figure.value));
            }
        }
    }
    Ok(())
}
