//! The run of virt-clone: from the request to a clone that is defined, or to nothing at all.

mod command_line;
mod options;

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::ArgMatches;
use xctl::clone::Plan;
use xctl::progress::{Cancel, Progress};

pub use options::VIRT_CLONE;

use crate::bars::Bars;
use crate::{reach, report};

/// Does what the command line says.
///
/// # Errors
/// Anything that keeps the clone from being made; whatever was made until then is removed.
pub fn run(matches: &ArgMatches) -> Result<ExitCode> {
    let line = command_line::read(matches)?;
    let cancel = Cancel::new();
    cancel.on_signals().context("cannot listen to signals")?;
    let bars = Bars::new(line.quiet || line.print);
    let connection = reach::open(line.connect.as_deref())?;
    if !line.print {
        xctl::cleanup::recover(&connection, &bars);
    }
    let plan = Plan::new(&connection, &line.request, &bars)?;
    if line.debug {
        report::debug(&format!("virt-clone {} on {}", env!("CARGO_PKG_VERSION"), connection.uri()));
        plan.copies().iter().for_each(|copy| report::debug(copy));
        report::debug(&format!("definition:\n{}", plan.definition()));
    }
    if line.print {
        report::text(plan.definition());
        return Ok(ExitCode::SUCCESS);
    }
    let clone = plan.run(&bars, &cancel)?;
    bars.note(&format!("\nClone '{}' created successfully.", clone.name()));
    Ok(ExitCode::SUCCESS)
}
