//! Work on a running domain's disks: what goes on, and beginning, waiting for and ending it.

mod begin;
pub(super) mod rows;
mod wait;

pub(super) use begin::{commit, copy, pull};

use hypervisor::Domain;
use hypervisor::block_job::{BlockJob, Unit};
use hypervisor::flags::BlockJobAbortFlags;

use super::{By, find};
use crate::command::job::Progress;
use crate::command::{Answer, Arguments};
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::output::{Record, amount, field, scaled};

/// libvirt's numbers of what a job is.
const KINDS: [&str; 6] =
    ["Unknown job", "Block Pull", "Block Copy", "Block Commit", "Active Block Commit", "Backup"];

fn kind(job: &BlockJob) -> &'static str {
    usize::try_from(job.kind).ok().and_then(|kind| KINDS.get(kind)).copied().unwrap_or(KINDS[0])
}

/// The limit that `--bandwidth` gives, in the unit that `--bytes` chooses; 0 if there is none.
fn bandwidth(arguments: &Arguments) -> Result<u64, Failure> {
    const MIB: u32 = 20;
    let Some(text) = arguments.text("bandwidth")? else { return Ok(0) };
    if let Ok(Some(plain)) = arguments.wrapping("bandwidth") {
        return Ok(plain);
    }
    match scaled(text) {
        Ok(bytes) if arguments.has("bytes") => Ok(bytes),
        Ok(bytes) => Ok(bytes >> MIB),
        Err(_) => {
            let said = "option is malformed or out of range";
            Err(Failure::said(format!("Scaled numeric value '{text}' for <--bandwidth> {said}")))
        }
    }
}

fn unit(arguments: &Arguments) -> Unit {
    if arguments.has("bytes") { Unit::Bytes } else { Unit::MiB }
}

pub(super) fn manage(control: &mut Control, arguments: &Arguments) -> Outcome {
    for (one, other) in [
        ("raw", "abort"),
        ("raw", "pivot"),
        ("raw", "async"),
        ("raw", "bandwidth"),
        ("info", "abort"),
        ("info", "pivot"),
        ("info", "async"),
        ("info", "bandwidth"),
        ("bytes", "abort"),
        ("bytes", "pivot"),
        ("bytes", "async"),
    ] {
        arguments.exclusive(one, other)?;
    }
    let limit = bandwidth(arguments)?;
    let domain = find(control, arguments, By::ANY)?;
    let disk = arguments.required("path")?;
    if arguments.has("bandwidth") {
        domain.set_block_job_speed(disk, limit, unit(arguments))?;
    } else if ["abort", "pivot", "async"].iter().any(|option| arguments.has(option)) {
        let bits = [("async", BlockJobAbortFlags::ASYNC.0), ("pivot", BlockJobAbortFlags::PIVOT.0)];
        domain.abort_block_job(disk, BlockJobAbortFlags(arguments.flags(&bits)))?;
    } else {
        info(control, arguments, &domain, disk)?;
    }
    Ok(())
}

fn info(control: &Control, arguments: &Arguments, domain: &Domain, disk: &str) -> Outcome {
    let (raw, bytes) = (arguments.has("raw"), arguments.has("bytes"));
    let (job, unit) = match (raw, domain.block_job(disk, if raw && !bytes { Unit::MiB } else { Unit::Bytes }))
    {
        (true, job) => (job?, Unit::MiB),
        (false, Ok(job)) => (job, Unit::Bytes),
        (false, Err(error)) if bytes => return Err(error.into()),
        // Old drivers do not count bytes.
        (false, Err(_)) => (domain.block_job(disk, Unit::MiB)?, Unit::MiB),
    };
    let output = &control.output;
    let Some(job) = job else {
        if !raw {
            output.last_remark(format_args!("No current block job for {disk}"));
        }
        return Ok(());
    };
    let (kind, BlockJob { bandwidth, current, end, .. }) = (kind(&job), job);
    if raw {
        output.line(format_args!(" type={kind}\n bandwidth={bandwidth}\n cur={current}\n end={end}"));
        return Ok(());
    }
    Progress::new(kind, true).show(control, end.saturating_sub(current), end);
    if bandwidth > 0 {
        let bytes = if unit == Unit::MiB { bandwidth.saturating_mul(1 << 20) } else { bandwidth };
        output.print(format_args!("    Bandwidth limit: {bytes} bytes/s ({}/s)", amount(bytes)));
    }
    output.line("");
    Ok(())
}

pub(super) const ANSWER: Answer = Answer::facts(
    &[
        field::text(
            "type",
            "what goes on: Block Pull, Block Copy, Block Commit, ...; null where nothing does",
        ),
        field::measured("bandwidth", "bytes/s", "its limit; null where there is none"),
        field::number("current", "how far it is"),
        field::number("end", "where it ends"),
    ],
    |control, arguments| {
        let domain = find(control, arguments, By::ANY)?;
        let disk = arguments.required("path")?;
        let (job, scale) = match domain.block_job(disk, Unit::Bytes) {
            Ok(job) => (job, 1),
            // Old drivers do not count bytes.
            Err(_) => (domain.block_job(disk, Unit::MiB)?, 1 << 20),
        };
        let Some(job) = job else { return Ok(Record::new()) };
        let limit = Some(job.bandwidth.saturating_mul(scale)).filter(|limit| *limit > 0);
        Ok(Record::new()
            .with("type", kind(&job))
            .with("bandwidth", limit)
            .with("current", job.current)
            .with("end", job.end))
    },
)
.unless(&["abort", "async", "pivot", "bandwidth"]);
