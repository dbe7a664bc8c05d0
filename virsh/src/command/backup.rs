//! Commands about backups of running domains.

use hypervisor::flags::BackupFlags;

use super::domain::{By, find};
use super::option::{WRAP, XPATH, domain, flag, text};
use super::{Arguments, Command, Values, answer, file, xml};
use crate::control::Control;
use crate::failure::Outcome;

pub(super) const COMMANDS: &[Command] = &[
    Command::new(
        "backup-begin",
        "begin a backup of a running domain's disks",
        "Begins a backup, full or of what changed since a checkpoint; domjobinfo tells how far\n\
         it is, domjobabort ends it.",
        &[
            domain(Values::ActiveDomain),
            text("backupxml", "file with XML that says what is kept where").positional().values(Values::File),
            text("checkpointxml", "file with XML of a checkpoint that is made at that moment")
                .tolerated()
                .values(Values::File),
            flag("reuse-external", "write to files that are there already"),
        ],
        begin,
    )
    .acts(),
    Command::new(
        "backup-dumpxml",
        "print the XML of the backup that goes on",
        "Prints what is backed up, and where to.",
        &[domain(Values::ActiveDomain), XPATH, WRAP],
        dumpxml,
    )
    .answers(&answer::XML),
];

fn begin(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let backup = match arguments.text("backupxml")? {
        Some(path) => file::read(path)?,
        None => "<domainbackup/>".to_owned(),
    };
    let checkpoint = arguments.text("checkpointxml")?.map(file::read).transpose()?;
    let flags = BackupFlags(arguments.flags(&[("reuse-external", BackupFlags::REUSE_EXTERNAL.0)]));
    domain.begin_backup(&backup, checkpoint.as_deref(), flags)?;
    control.output.remark("Backup started");
    Ok(())
}

fn dumpxml(control: &mut Control, arguments: &Arguments) -> Outcome {
    let text = find(control, arguments, By::ANY)?.backup_xml()?;
    xml::print(control, arguments, &text)
}
