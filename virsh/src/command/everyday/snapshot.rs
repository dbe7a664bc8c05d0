//! Snapshots that just work.

use std::io::{self, IsTerminal};

use hypervisor::{Domain, State};
use xctl::progress::Progress as _;
use xctl::snapshot::{Error, Fate, Kind, Memory, Plan, Removal, Request, Rollback, exposed};

use crate::command::domain::{By, find};
use crate::command::job::{self, Progress};
use crate::command::option::{Opt, flag, text};
use crate::command::{Arguments, Values};
use crate::confirm::confirm;
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::{Lines, printable};

/// The snapshot that is gone back to, or removed.
pub(super) const SNAPSHOT: Opt = text("snapshotname", "the snapshot's name; the current one without")
    .positional()
    .values(Values::Snapshot);
/// For scripts.
pub(super) const YES: Opt = flag("yes", "do not ask");

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let hint = error.hint();
        let failure = match error {
            Error::Libvirt(error) => Self::from(error),
            error => Self::said(printable(&error.to_string())),
        };
        Self { hint: hint.map(|hint| printable(&hint)), ..failure }
    }
}

/// Whether somebody looks at how far a work is.
fn is_watched(control: &Control) -> bool {
    !control.output.quiet && io::stderr().is_terminal()
}

pub(super) fn make(control: &mut Control, arguments: &Arguments) -> Outcome {
    arguments.exclusive("internal", "external")?;
    let domain = find(control, arguments, By::ANY)?;
    let kind = match (arguments.has("internal"), arguments.has("external")) {
        (true, _) => Some(Kind::Internal),
        (_, true) => Some(Kind::External),
        _ => None,
    };
    // Elsewhere a second name is a second domain.
    if let Some(name) = arguments.text("name")?
        && control.connection()?.domain_by_name(name).is_ok()
    {
        return Err(Failure::said(format!("'{name}' is a domain, and would be the snapshot's name"))
            .hint("--domain NAME, given for each of them, makes one of several domains"));
    }
    let (name, numbered) = match arguments.text("name")? {
        Some(name) => (name.to_owned(), false),
        None => (chrono::Local::now().format("%Y-%m-%d_%H%M%S").to_string(), true),
    };
    let description = arguments.text("description")?.map(str::to_owned);
    let request = Request { name, numbered, description, kind, disk_only: arguments.has("disk-only") };
    let plan = Plan::new(&control.connection()?, &domain, &request)?;
    let lines = Lines::new(control.output.quiet);
    plan.warnings.iter().for_each(|warning| lines.warn(warning));
    if arguments.has("explain") || arguments.has("dry-run") {
        explain(control, &domain, &plan);
    }
    if arguments.has("dry-run") {
        return Ok(());
    }
    let (name, kind) = (plan.name.clone(), plan.kind);
    let why = plan.reasons.join("; ");
    let keeps_memory = matches!(plan.memory, Memory::File(_) | Memory::Inside);
    let worker = (plan, domain.clone());
    let progress = Progress::new("Snapshot", is_watched(control));
    job::run(control, &domain, progress, None, move || worker.0.make(&worker.1))?
        .attempted(|| format!("Failed to make snapshot {} of domain '{}'", printable(&name), domain.name()))
        .map_err(|failure| match &failure.cause {
            Some(cause) if keeps_memory && cause.code.is_unsupported() => {
                failure.hint("--disk-only leaves the memory out, if it is that")
            }
            _ => or_resume(failure, &domain),
        })?;
    control.output.last_remark(format_args!(
        "Domain snapshot {} created ({}: {})",
        printable(&name),
        kind.name(),
        printable(&why)
    ));
    Ok(())
}

/// QEMU gives up the disks of a domain that is paused when its memory is written, and takes them again when it resumes.
fn or_resume(failure: Failure, domain: &Domain) -> Failure {
    let is_paused = domain.state().is_ok_and(|found| found.state == State::Paused);
    match &failure.hint {
        None if is_paused && exposed(domain).is_empty() => {
            failure.hint("the domain is paused: virsh resume it, and try again")
        }
        _ => failure,
    }
}

/// Says what a snapshot is going to be, and why.
fn explain(control: &Control, domain: &Domain, plan: &Plan) {
    let output = &control.output;
    let line = |text: String| output.line(printable(&text));
    let kind = plan.kind.name();
    line(format!("Snapshot {} of domain '{}' is {kind}, as", plan.name, domain.name()));
    plan.reasons.iter().for_each(|reason| line(format!("  {reason}")));
    for (target, path, fate) in &plan.disks {
        line(match fate {
            Fate::Inside => format!("  {target}: kept in {path}"),
            Fate::Overlay(file) => {
                format!("  {target}: {path} stays as it is, {file} is written to from now on")
            }
            Fate::Left(why) => format!("  {target}: not kept ({why})"),
        });
    }
    line(match &plan.memory {
        Memory::Off => "  memory: none, the domain is off".to_owned(),
        Memory::Inside => "  memory: kept in a disk's image".to_owned(),
        Memory::File(file) => format!("  memory: kept in {file}"),
        Memory::Left(why) => format!("  memory: not kept ({why}); going back ends with the domain off"),
    });
}

pub(super) fn rollback(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let rollback = Rollback::new(&control.connection()?, &domain, arguments.text("snapshotname")?)?;
    let name = printable(rollback.snapshot().name());
    let what = format!("take domain '{}' back to snapshot '{name}'", domain.name());
    let note = format!("This loses {}.", printable(&rollback.loses.join(", and ")));
    confirm(&control.output, &what, &note, arguments.has("yes"))?;
    let was_active = domain.is_active()?;
    let running = arguments.has("running");
    let runs = running || rollback.runs;
    let done =
        job::run(control, &domain, Progress::new("Rollback", false), None, move || rollback.run(running))?;
    done.attempted(|| format!("Failed to take domain '{}' back to snapshot {name}", domain.name()))
        .map_err(|failure| left_by(failure, &domain, was_active))?;
    let state = if runs { "it goes on as then" } else { "it is off" };
    let state = if running { "it runs" } else { state };
    control
        .output
        .last_remark(format_args!("Domain '{}' is back at snapshot {name}; {state}", domain.name()));
    Ok(())
}

/// Says in what state a failed attempt to go back left the domain.
fn left_by(failure: Failure, domain: &Domain, was_active: bool) -> Failure {
    let is_off = !domain.is_active().unwrap_or(true);
    if let Some(frozen) = exposed(domain).first() {
        return failure.hint(printable(&frozen.way_out(domain.name(), !is_off)));
    }
    match was_active && is_off {
        true => failure.hint("the domain is off now; its disks are as they were before the attempt"),
        false => failure,
    }
}

pub(super) fn remove(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let removal = Removal::new(&control.connection()?, &domain, arguments.text("snapshotname")?)?;
    let name = printable(removal.snapshot().name());
    let what = format!("remove snapshot '{name}' of domain '{}'", domain.name());
    let note = "It cannot be gone back to any more; what was written since stays.";
    confirm(&control.output, &what, note, arguments.has("yes"))?;
    let progress = Progress::new("Merging", removal.merges && is_watched(control));
    job::run(control, &domain, progress, None, move || removal.run())?
        .attempted(|| format!("Failed to remove snapshot {name} of domain '{}'", domain.name()))
        .map_err(|failure| or_resume(failure, &domain))?;
    control.output.last_remark(format_args!("Domain snapshot {name} removed"));
    Ok(())
}
