//! How much memory a domain has.

use hypervisor::KiB;
use hypervisor::flags::Affect;

use super::affect::{self, CONFIG, CURRENT, LIVE};
use super::{By, find};
use crate::command::option::{domain, number};
use crate::command::{Arguments, Command, Opt, Values};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};

const SIZE: Opt =
    number("size", "how much; in KiB unless it has a unit, like 2G").required().formerly("kilobytes");

pub(super) const SET: Command = Command::new(
    "setmem",
    "change how much memory a domain has",
    "Changes how much memory a domain has, up to the most that it can have.",
    &[domain(Values::Domain), SIZE, CONFIG, LIVE, CURRENT],
    set,
)
.acts();

pub(super) const SET_MAX: Command = Command::new(
    "setmaxmem",
    "change how much memory a domain can have",
    "Changes the most memory that a domain can have, from its next start.",
    &[domain(Values::Domain), SIZE, CONFIG, LIVE, CURRENT],
    set_max,
)
.acts();

fn size(arguments: &Arguments) -> Result<KiB, Failure> {
    Ok(KiB(arguments.scaled("size", 1024)?.unwrap_or_default().div_ceil(1024)))
}

fn set(control: &mut Control, arguments: &Arguments) -> Outcome {
    let affect = affect::affect(arguments)?;
    let domain = find(control, arguments, By::ANY)?;
    let size = size(arguments)?;
    // Who says nothing means the running domain.
    let affect = if affect::is_chosen(arguments) { affect } else { Affect::LIVE };
    Ok(domain.set_memory(size, affect)?)
}

fn set_max(control: &mut Control, arguments: &Arguments) -> Outcome {
    let affect = affect::affect(arguments)?;
    let domain = find(control, arguments, By::ANY)?;
    let size = size(arguments)?;
    let set = match affect::is_chosen(arguments) {
        true => domain.set_memory(size, affect | Affect::MAXIMUM),
        false => domain.set_max_memory(size),
    };
    set.attempted(|| "Unable to change MaxMemorySize".to_owned())
}
