//! The run of virt-clone: from the request to a clone that is defined, or to nothing at all.

mod command_line;
mod options;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::ArgMatches;
use xctl::clone::Plan;
use xctl::progress::{Cancel, Progress};
use xctl::storage::Creation;

pub use options::VIRT_CLONE;

use crate::bars::Bars;
use crate::outcome::Outcome;
use crate::{reach, report};

/// Does what the command line says.
///
/// # Errors
/// Anything that keeps the clone from being made; whatever was made until then is removed.
pub fn run(matches: &ArgMatches, result: &mut Outcome) -> Result<ExitCode> {
    let line = command_line::read(matches)?;
    let cancel = Cancel::new();
    cancel.on_signals().context("cannot listen to signals")?;
    let bars = Bars::new(line.quiet || line.print);
    let connection = reach::open(line.connect.as_deref())?;
    result.set("connection", connection.uri());
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
        result.print("definitions", plan.definition());
        result.set("changed", false);
        return Ok(ExitCode::SUCCESS);
    }
    let creations: Vec<Creation> = plan.creations().cloned().collect();
    let files: Vec<PathBuf> = plan.files().map(Path::to_owned).collect();
    let clone = plan.run(&bars, &cancel)?;
    result.set("changed", true);
    result.created(&creations);
    files.iter().for_each(|file| result.file(file));
    result.guest(&clone);
    bars.note(&format!("\nClone '{}' created successfully.", clone.name()));
    Ok(ExitCode::SUCCESS)
}
