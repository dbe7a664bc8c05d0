//! Programs within a container.

use super::{By, find};
use crate::command::option::{domain, flag, rest};
use crate::command::{Arguments, Command, Values};
use crate::control::Control;
use crate::failure::{Failure, Outcome};

pub(super) const ENTER: Command = Command::new(
    "lxc-enter-namespace",
    "run a program within a container",
    "Runs a program of a container of lxc:/// within it, with its security label and limits,\n\
     and on this terminal. The program is named by its path in the container; after -- its\n\
     arguments may begin with a dash. Only root of the container's host may.",
    &[
        domain(Values::ActiveDomain),
        flag("noseclabel", "keep the security label of virsh"),
        rest("cmd", "the program and its arguments").required(),
    ],
    enter,
)
.acts()
.alone();

fn enter(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let mut container = domain.container()?;
    if !arguments.has("noseclabel") {
        container = container.confined()?;
    }
    let (program, rest) = arguments.rest("cmd").split_first().ok_or_else(Failure::silent)?;
    control.output.flush();
    match container.run(program, rest).map_err(|error| Failure::said(error.to_string()))? {
        0 => Ok(()),
        code => Err(Failure::said(format!(
            "'{program}' in domain '{}' ended with exit code {code}",
            domain.name()
        ))),
    }
}
