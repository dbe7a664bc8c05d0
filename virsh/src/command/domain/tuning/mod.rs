//! Limits and shares of a domain that are read and changed by named parameters.

pub(super) mod interface;
pub(super) mod limits;
mod limits_data;
pub(super) mod perf;
pub(super) mod scheduler;
pub(super) mod shares;

use hypervisor::domain::Tuning;
use hypervisor::flags::Affect;
use hypervisor::{Domain, Parameter};

use super::{By, affect, find};
use crate::command::Arguments;
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::Record;

/// Prints a parameter.
fn print(control: &Control, name: &str, value: impl std::fmt::Display) {
    control.output.line(format_args!("{name:<15}: {value}"));
}

/// Changes parameters if there are any, or else prints those that there are; `kind` is what messages call them.
fn change_or_print(
    control: &Control,
    domain: &Domain,
    of: Tuning<'_>,
    parameters: &[Parameter],
    affect: Affect,
    [change, kind]: [&str; 2],
) -> Outcome {
    if !parameters.is_empty() {
        return domain.set_tuning(of, parameters, affect).attempted(|| format!("Unable to {change}"));
    }
    for parameter in domain.tuning(of, affect).attempted(|| format!("Unable to get {kind}"))? {
        print(control, &parameter.name, parameter.value);
    }
    Ok(())
}

/// The parameters as data, under libvirt's names; `kind` is what messages call them.
fn record(
    control: &mut Control,
    arguments: &Arguments,
    of: Tuning<'_>,
    kind: &str,
) -> Result<Record, Failure> {
    let affect = affect::affect(arguments)?;
    let found = find(control, arguments, By::ANY)?.tuning(of, affect);
    Ok(found.attempted(|| format!("Unable to get {kind}"))?.into_iter().collect())
}
