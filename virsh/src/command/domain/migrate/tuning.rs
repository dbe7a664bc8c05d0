//! How fast a domain moves, and how long it may stand still.

use hypervisor::flags::MigrateSpeedFlags;

use super::{By, find};
use crate::command::{Answer, Arguments};
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::output::{Record, amount, field};

pub(in crate::command::domain) fn set_downtime(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let downtime = arguments.number("downtime")?.unwrap_or_default();
    if downtime < 1 {
        return Err(Failure::said("migrate: Invalid downtime"));
    }
    Ok(domain.set_migration_downtime(downtime)?)
}

pub(in crate::command::domain) fn downtime(control: &mut Control, arguments: &Arguments) -> Outcome {
    let downtime = find(control, arguments, By::ANY)?.migration_downtime()?;
    control.output.line(downtime);
    Ok(())
}

pub(in crate::command::domain) fn cache(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    if let Some(bytes) = arguments.number("size")? {
        domain.set_migration_cache(bytes)?;
    }
    let bytes = domain.migration_cache()?;
    control.output.last_remark(format_args!("Compression cache: {}", amount(bytes)));
    Ok(())
}

pub(in crate::command::domain) const CACHE: Answer =
    Answer::facts(&[field::bytes("cache", "its size")], |control, arguments| {
        Ok(Record::new().with("cache", find(control, arguments, By::ANY)?.migration_cache()?))
    })
    .unless(&["size"]);

fn speed_flags(arguments: &Arguments) -> MigrateSpeedFlags {
    MigrateSpeedFlags(arguments.flags(&[("postcopy", MigrateSpeedFlags::POSTCOPY.0)]))
}

pub(in crate::command::domain) fn set_speed(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let speed = arguments.wrapping("bandwidth")?.unwrap_or_default();
    Ok(domain.set_migration_speed(speed, speed_flags(arguments))?)
}

pub(in crate::command::domain) fn speed(control: &mut Control, arguments: &Arguments) -> Outcome {
    let speed = find(control, arguments, By::ANY)?.migration_speed(speed_flags(arguments))?;
    control.output.line(speed);
    Ok(())
}

pub(in crate::command::domain) fn post_copy(control: &mut Control, arguments: &Arguments) -> Outcome {
    Ok(find(control, arguments, By::ANY)?.start_post_copy()?)
}
