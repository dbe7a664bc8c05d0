//! `vcpuinfo`: what a domain's processors are doing.

use hypervisor::State;
use hypervisor::domain::{CpuMap, Vcpu};
use hypervisor::flags::Affect;

use super::list;
use crate::command::domain::{By, find};
use crate::command::option::{domain, flag};
use crate::command::{Answer, Arguments, Command, Values};
use crate::control::Control;
use crate::failure::Outcome;
use crate::output::{Record, field};

pub(in crate::command::domain) const INFO: Command = Command::new(
    "vcpuinfo",
    "print what a domain's processors are doing",
    "Prints for each processor of a domain where it is, what it is doing, and where it may be.",
    &[domain(Values::Domain), flag("pretty", "print where it may be as ranges")],
    info,
)
.answers(&ANSWER);

const WIDTH: usize = 15;

fn info(control: &mut Control, arguments: &Arguments) -> Outcome {
    let pretty = arguments.has("pretty");
    let domain = find(control, arguments, By::ANY)?;
    let info = domain.info()?;
    let cpus = control.connection()?.cpus()?;
    let affinity = |map: &[u8]| match pretty {
        true => format!("{} (out of {cpus})", list::written(map)),
        false => list::letters(map, cpus),
    };
    let output = &control.output;
    match domain.vcpu_infos(info.vcpus, cpus) {
        Ok(processors) => {
            for (index, vcpu) in processors.iter().enumerate() {
                let cpu = match vcpu.cpu {
                    cpu if cpu >= 0 => cpu.to_string(),
                    -1 => "offline".to_owned(),
                    _ => "N/A".to_owned(),
                };
                output.field(WIDTH, "VCPU:", vcpu.number);
                output.field(WIDTH, "CPU:", cpu);
                output.field(WIDTH, "State:", state(vcpu));
                if !vcpu.time.is_zero() {
                    let time = format_args!("{:.1}s", vcpu.time.as_secs_f64()).to_string();
                    output.field(WIDTH, "CPU time:", time);
                }
                output.field(WIDTH, "CPU Affinity:", affinity(&vcpu.map));
                if index + 1 < processors.len() {
                    output.line("");
                }
            }
            Ok(())
        }
        Err(error) if info.state != State::Shutoff => Err(error.into()),
        Err(_) => {
            let pins = domain.vcpu_pins(info.vcpus, cpus, Affect::CONFIG)?;
            for (index, map) in pins.iter().enumerate() {
                output.field(WIDTH, "VCPU:", index);
                for label in ["CPU:", "State:", "CPU time"] {
                    output.field(WIDTH, label, "N/A");
                }
                output.field(WIDTH, "CPU Affinity:", affinity(map));
                if index + 1 < pins.len() {
                    output.line("");
                }
            }
            Ok(())
        }
    }
}

const ANSWER: Answer = Answer::list(
    &[
        field::number("vcpu", "its number"),
        field::number("cpu", "the host's processor that it is on; null where that is not known"),
        field::text("state", "what it does; null while the domain does not run").one_of(STATES),
        field::measured("cpu_time", "ns", "the processor time that it used"),
        field::list("affinity", "numbers of the host's processors that it may be on"),
    ],
    |control, arguments| {
        let domain = find(control, arguments, By::ANY)?;
        let info = domain.info()?;
        let cpus = control.connection()?.cpus()?;
        match domain.vcpu_infos(info.vcpus, cpus) {
            Ok(processors) => Ok(processors.into_iter().map(running).collect()),
            Err(error) if info.state != State::Shutoff => Err(error.into()),
            Err(_) => {
                let pins = domain.vcpu_pins(info.vcpus, cpus, Affect::CONFIG)?;
                let record = |(number, map): (usize, &CpuMap)| {
                    Record::new().with("vcpu", number).with("affinity", list::set(map))
                };
                Ok(pins.iter().enumerate().map(record).collect())
            }
        }
    },
);

fn running(vcpu: Vcpu) -> Record {
    Record::new()
        .with("vcpu", vcpu.number)
        .with("cpu", u32::try_from(vcpu.cpu).ok())
        .with("state", state(&vcpu))
        .with("cpu_time", vcpu.time)
        .with("affinity", list::set(&vcpu.map))
}

/// What a processor is doing.
/// All states of a processor; the first ones by libvirt's numbers.
const STATES: &[&str] = &["offline", "running", "blocked", NO_STATE];
const NO_STATE: &str = "no state";

fn state(vcpu: &Vcpu) -> &'static str {
    STATES.get(vcpu.state as usize).copied().unwrap_or(NO_STATE)
}
