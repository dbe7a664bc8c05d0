//! New snapshots.

use hypervisor::Domain;
use hypervisor::flags::SnapshotCreateFlags;

use super::create_flags;
use crate::command::domain::{By, find};
use crate::command::spec::Draft;
use crate::command::{Arguments, file};
use crate::control::Control;
use crate::failure::Outcome;

pub(super) fn from_file(control: &mut Control, arguments: &Arguments) -> Outcome {
    let more = [("redefine", SnapshotCreateFlags::REDEFINE.0), ("current", SnapshotCreateFlags::CURRENT.0)];
    let flags = create_flags(arguments) | arguments.flags(&more);
    let domain = find(control, arguments, By::ANY)?;
    let path = arguments.text("xmlfile")?;
    let xml = match path {
        Some(path) => file::read(path)?,
        None => "<domainsnapshot/>".to_owned(),
    };
    create(control, &domain, &xml, path, flags)
}

pub(super) fn described(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let mut draft = Draft::begin("domainsnapshot", arguments)?;
    if let Some(memory) = arguments.text("memspec")? {
        draft.memory(memory)?;
    }
    for disk in arguments.rest("diskspec") {
        draft.snapshot_disk(disk)?;
    }
    if arguments.has("print-xml") {
        control.output.line(draft.xml());
        return Ok(());
    }
    create(control, &domain, &draft.xml(), None, create_flags(arguments))
}

fn create(control: &Control, domain: &Domain, xml: &str, path: Option<&str>, flags: u32) -> Outcome {
    let snapshot = domain.create_snapshot(xml, SnapshotCreateFlags(flags))?;
    let from = path.map(|path| format!(" from '{path}'")).unwrap_or_default();
    control.output.last_remark(format_args!("Domain snapshot {} created{from}", snapshot.name()));
    Ok(())
}
