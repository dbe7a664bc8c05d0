//! What volumes are, as data.

use hypervisor::Volume;

use super::{find, kind_name, listed};
use crate::command::{Answer, Arguments};
use crate::failure::Failure;
use crate::output::Record;
use crate::output::field::{Field, bytes, text};

const FIELDS: &[Field] = &[
    text("name", "its name"),
    text("path", "where it is"),
    text("type", "file, block, dir, network, netdir or ploop"),
    bytes("capacity", "how large it is for who uses it"),
    bytes("allocation", "how much of it has taken room"),
    bytes("physical", "what it takes on the host").aside(),
    text("key", "its key").aside(),
];

pub(super) const INFO: Answer = Answer::facts(FIELDS, |control, arguments| {
    let volume = find::volume(control, arguments)?;
    let info = volume.info()?;
    Ok(record(&volume, arguments, Some(info)))
});

/// A volume that is gone meanwhile stays in the list with what is known of it.
pub(super) const LIST: Answer = Answer::list(FIELDS, |control, arguments| {
    let wants = arguments.wants(&["type", "capacity", "allocation"]);
    let record = |volume: &Volume| {
        let info = if wants { volume.info().ok() } else { None };
        Ok::<_, Failure>(record(volume, arguments, info))
    };
    listed(control, arguments)?.iter().map(record).collect()
});

fn record(volume: &Volume, arguments: &Arguments, info: Option<hypervisor::volume::VolumeInfo>) -> Record {
    let physical = if arguments.wants(&["physical"]) { volume.physical_info().ok() } else { None };
    Record::new()
        .with("name", volume.name())
        .with("path", volume.path().ok())
        .with("type", info.map(|info| kind_name(info.kind)))
        .with("capacity", info.map(|info| info.capacity))
        .with("allocation", info.map(|info| info.allocation))
        .with("physical", physical.map(|info| info.allocation))
        .with("key", volume.key().ok())
}
