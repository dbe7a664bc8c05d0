//! The guest's file systems.

use hypervisor::domain::FileSystem;
use hypervisor::{Domain, Error};

use crate::command::domain::{By, find};
use crate::command::option::{domain, number, rest, text};
use crate::command::{Answer, Arguments, Command, Values};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::{Record, Table, field};

pub(in crate::command::domain) const INFO: Command = Command::new(
    "domfsinfo",
    "list what a guest has mounted",
    "Lists the file systems that a guest has mounted, and the disks that they are on.",
    &[domain(Values::ActiveDomain)],
    info,
)
.answers(&MOUNTED);

pub(in crate::command::domain) const FREEZE: Command = Command::new(
    "domfsfreeze",
    "hold a guest's writes to its file systems",
    "Has the guest write all that is pending and hold further writes until domfsthaw.",
    &[domain(Values::ActiveDomain), rest("mountpoint", "only file systems mounted there")],
    |control, arguments| hold(control, arguments, ["freeze", "Froze"], Domain::freeze),
)
.acts();

pub(in crate::command::domain) const THAW: Command = Command::new(
    "domfsthaw",
    "let a guest's writes go on",
    "Lets the writes go on that domfsfreeze held.",
    &[domain(Values::ActiveDomain), rest("mountpoint", "only file systems mounted there")],
    |control, arguments| hold(control, arguments, ["thaw", "Thawed"], Domain::thaw),
)
.acts();

pub(in crate::command::domain) const TRIM: Command = Command::new(
    "domfstrim",
    "have a guest give back free blocks",
    "Has the guest tell its disks which blocks of its file systems are free.",
    &[
        domain(Values::ActiveDomain),
        number("minimum", "let pass free ranges below so many bytes").tolerated(),
        text("mountpoint", "only the file system mounted there").tolerated(),
    ],
    trim,
)
.acts();

fn info(control: &mut Control, arguments: &Arguments) -> Outcome {
    let found = mounted(control, arguments)?;
    if found.is_empty() {
        control.output.last_remark("No filesystems are mounted in the domain");
        return Ok(());
    }
    let mut table = Table::new(&["Mountpoint", "Name", "Type", "Target"]);
    for system in found {
        table.row([system.mount_point, system.name, system.kind, system.disks.join(",")]);
    }
    control.output.table(&table);
    Ok(())
}

fn mounted(control: &mut Control, arguments: &Arguments) -> Result<Vec<FileSystem>, Failure> {
    let found = find(control, arguments, By::ANY)?.file_systems();
    found.attempted(|| "Unable to get filesystem information".to_owned())
}

const MOUNTED: Answer = Answer::list(
    &[
        field::text("mountpoint", "where it is mounted in the guest"),
        field::text("name", "the guest's name of its device"),
        field::text("type", "what it is: ext4, xfs, ntfs, ..."),
        field::list("targets", "the domain's disks that it is on"),
    ],
    |control, arguments| {
        let record = |system: FileSystem| {
            Record::new()
                .with("mountpoint", system.mount_point)
                .with("name", system.name)
                .with("type", system.kind)
                .with("targets", system.disks)
        };
        Ok(mounted(control, arguments)?.into_iter().map(record).collect())
    },
);

fn hold(
    control: &mut Control,
    arguments: &Arguments,
    [verb, done]: [&str; 2],
    hold: impl FnOnce(&Domain, &[String]) -> Result<u32, Error>,
) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let count =
        hold(&domain, arguments.rest("mountpoint")).attempted(|| format!("Unable to {verb} filesystems"))?;
    control.output.remark(format_args!("{done} {count} filesystem(s)"));
    Ok(())
}

fn trim(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let minimum = arguments.number("minimum")?.unwrap_or_default();
    domain.trim(arguments.text("mountpoint")?, minimum).attempted(|| "Unable to invoke fstrim".to_owned())
}
