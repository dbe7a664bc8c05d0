//! Where on the host a domain's processors and its emulator may run.

use hypervisor::Domain;
use hypervisor::domain::CpuMap;
use hypervisor::flags::{Affect, VcpuFlags};

use super::list;
use crate::command::domain::affect::{self, CONFIG, CURRENT, LIVE};
use crate::command::domain::{By, find};
use crate::command::option::{domain, number, text};
use crate::command::{Answer, Arguments, Command, Opt, Values};
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::output::{Record, Table, field};

const CPULIST: Opt =
    text("cpulist", "the host's processors, like 0-3,^2; r is all; prints them if not given").tolerated();

pub(in crate::command::domain) const VCPU: Command = Command::new(
    "vcpupin",
    "print or choose where processors of a domain may run",
    "Prints or chooses on which of the host's processors those of a domain may run.",
    &[
        domain(Values::Domain),
        number("vcpu", "number of the domain's processor").tolerated(),
        CPULIST,
        CONFIG,
        LIVE,
        CURRENT,
    ],
    vcpu,
)
.acts()
.answers(&VCPUS);

pub(in crate::command::domain) const EMULATOR: Command = Command::new(
    "emulatorpin",
    "print or choose where a domain's emulator may run",
    "Prints or chooses on which of the host's processors the emulator's own threads may run.",
    &[domain(Values::Domain), CPULIST, CONFIG, LIVE, CURRENT],
    emulator,
)
.acts()
.answers(&EMULATORS);

fn vcpu(control: &mut Control, arguments: &Arguments) -> Outcome {
    let affect = affect::affect(arguments)?;
    let list = arguments.text("cpulist")?;
    let domain = find(control, arguments, By::ANY)?;
    let vcpu = arguments.number::<u32>("vcpu")?;
    let cpus = control.connection()?.cpus()?;
    let Some(list) = list else {
        let mut table = Table::new(&["VCPU", "CPU Affinity"]);
        for (number, map) in pins(&domain, vcpu, cpus, affect)? {
            table.row([number.to_string(), list::written(&map)]);
        }
        control.output.table(&table);
        return Ok(());
    };
    let vcpu = vcpu.ok_or_else(|| Failure::said("vcpupin: Missing vCPU number in pin mode."))?;
    domain.pin_vcpu(vcpu, &list::read(list, cpus)?, affect)?;
    Ok(())
}

/// Where a processor, or each of them, may run.
fn pins(
    domain: &Domain,
    vcpu: Option<u32>,
    cpus: u32,
    affect: Affect,
) -> Result<Vec<(usize, CpuMap)>, Failure> {
    let live = affect.contains(Affect::LIVE) || (affect == Affect::CURRENT && domain.is_active()?);
    if affect.contains(Affect::LIVE) && !domain.is_active()? {
        return Err(Failure::said("cannot get vcpupin for offline domain"));
    }
    let configuration = if live { VcpuFlags::LIVE } else { VcpuFlags::CONFIG };
    let count = domain.vcpus(configuration | VcpuFlags::MAXIMUM)?;
    if let Some(vcpu) = vcpu.filter(|vcpu| *vcpu >= count) {
        let which = if live { "live" } else { "persistent" };
        return Err(Failure::said(format!("vcpu {vcpu} is out of range of {which} cpu count {count}")));
    }
    let pins = domain.vcpu_pins(count, cpus, affect)?.into_iter().enumerate();
    Ok(pins.filter(|(number, _)| vcpu.is_none_or(|vcpu| vcpu as usize == *number)).collect())
}

const VCPUS: Answer = Answer::list(
    &[
        field::number("vcpu", "number of the domain's processor"),
        field::list("affinity", "numbers of the host's processors that it may be on"),
    ],
    |control, arguments| {
        let affect = affect::affect(arguments)?;
        let domain = find(control, arguments, By::ANY)?;
        let cpus = control.connection()?.cpus()?;
        let record = |(number, map): (usize, CpuMap)| {
            Record::new().with("vcpu", number).with("affinity", list::set(&map))
        };
        Ok(pins(&domain, arguments.number("vcpu")?, cpus, affect)?.into_iter().map(record).collect())
    },
)
.unless(&["cpulist"]);

const EMULATORS: Answer = Answer::facts(
    &[field::list("affinity", "numbers of the host's processors that the emulator may be on")],
    |control, arguments| {
        let affect = affect::affect(arguments)?;
        let domain = find(control, arguments, By::ANY)?;
        let map = domain.emulator_pin(control.connection()?.cpus()?, affect)?;
        Ok(Record::new().with("affinity", map.map(|map| list::set(&map))))
    },
)
.unless(&["cpulist"]);

fn emulator(control: &mut Control, arguments: &Arguments) -> Outcome {
    let affect = affect::affect(arguments)?;
    let list = arguments.text("cpulist")?;
    let domain = find(control, arguments, By::ANY)?;
    let cpus = control.connection()?.cpus()?;
    match list {
        Some(list) => {
            // Who says nothing means the running domain.
            let affect = if affect::is_chosen(arguments) { affect } else { Affect::LIVE };
            domain.pin_emulator(&list::read(list, cpus)?, affect)?;
        }
        None => {
            if let Some(map) = domain.emulator_pin(cpus, affect)? {
                control.output.remark("emulator: CPU Affinity");
                control.output.remark("----------------------------------");
                control.output.last_remark("       *: ");
                control.output.line(list::written(&map));
            }
        }
    }
    Ok(())
}
