//! Disks that are resized or watched, and memory whose changes are measured.

use hypervisor::flags::{BlockResizeFlags, DirtyRateFlags};

use super::{By, find};
use crate::command::option::{domain, flag, number, text};
use crate::command::{Arguments, Command, Values};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};

pub(super) const RESIZE: Command = Command::new(
    "blockresize",
    "change the size of a domain's disk",
    "Changes the size of a running domain's disk. What was beyond a smaller size is lost.",
    &[
        domain(Values::ActiveDomain),
        text("path", "the disk's target or source").required().values(Values::Disk),
        number("size", "the new size; in KiB unless it has a unit, like 20G").positional(),
        flag("capacity", "as large as the block device that it is on"),
    ],
    resize,
)
.destroys();

pub(super) const THRESHOLD: Command = Command::new(
    "domblkthreshold",
    "have an event sent when a disk's image grows",
    "Has the event block-threshold sent once a disk's image grows beyond a size.",
    &[
        domain(Values::ActiveDomain),
        text("dev", "the disk, or an image below it, like vda[1]").required().values(Values::Disk),
        number("threshold", "the size; in bytes unless it has a unit, like 20G").required(),
    ],
    threshold,
)
.acts();

const MODES: &[&str] = &["page-sampling", "dirty-bitmap", "dirty-ring"];

pub(super) const DIRTY_RATE: Command = Command::new(
    "domdirtyrate-calc",
    "measure how fast a guest writes to its memory",
    "Begins to measure how fast a guest writes to its memory, which tells whether it can be\n\
     migrated. domstats --dirtyrate prints what was found.",
    &[
        domain(Values::ActiveDomain),
        number("seconds", "how long, 1 to 60; 1 if not given").tolerated(),
        text("mode", "how: page-sampling, dirty-bitmap or dirty-ring")
            .tolerated()
            .values(Values::Words(MODES)),
    ],
    dirty_rate,
)
.acts();

fn resize(control: &mut Control, arguments: &Arguments) -> Outcome {
    arguments.exclusive("size", "capacity")?;
    let path = arguments.required("path")?;
    if !arguments.has("size") && !arguments.has("capacity") {
        return Err(Failure::said("Either --size or --capacity must be provided"));
    }
    let size = arguments.scaled("size", 1024)?.unwrap_or_default();
    let mut flags = BlockResizeFlags::BYTES;
    if arguments.has("capacity") {
        flags |= BlockResizeFlags::CAPACITY;
    }
    let domain = find(control, arguments, By::ANY)?;
    domain.resize_block(path, size, flags).attempted(|| format!("Failed to resize block device '{path}'"))?;
    control.output.last_remark(format_args!("Block device '{path}' is resized"));
    Ok(())
}

fn threshold(control: &mut Control, arguments: &Arguments) -> Outcome {
    let size = arguments.scaled("threshold", 1)?.unwrap_or_default();
    let disk = arguments.required("dev")?;
    let domain = find(control, arguments, By::ANY)?;
    Ok(domain.set_block_threshold(disk, size)?)
}

fn dirty_rate(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let seconds = arguments.number("seconds")?.unwrap_or(1);
    let flags = match arguments.text("mode")? {
        None => DirtyRateFlags::NONE,
        Some("page-sampling") => DirtyRateFlags::PAGE_SAMPLING,
        Some("dirty-bitmap") => DirtyRateFlags::DIRTY_BITMAP,
        Some("dirty-ring") => DirtyRateFlags::DIRTY_RING,
        Some(other) => return Err(Failure::said(format!("Unknown calculation mode '{other}'"))),
    };
    domain.measure_dirty_rate(seconds, flags)?;
    control.output.remark("Start to calculate domain's memory dirty rate successfully.");
    Ok(())
}
