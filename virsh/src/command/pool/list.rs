//! The list of storage pools.

use hypervisor::Pool;
use hypervisor::flags::PoolFilter;

use super::{has_room, state_name};
use crate::command::object::{self, yes};
use crate::command::{Answer, Arguments};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::{Table, bytes};

/// The flag that lists each kind of pools.
const FILTERS: &[(&str, PoolFilter)] = &[
    ("dir", PoolFilter::DIR),
    ("fs", PoolFilter::FS),
    ("netfs", PoolFilter::NETFS),
    ("logical", PoolFilter::LOGICAL),
    ("disk", PoolFilter::DISK),
    ("iscsi", PoolFilter::ISCSI),
    ("iscsi-direct", PoolFilter::ISCSI_DIRECT),
    ("scsi", PoolFilter::SCSI),
    ("mpath", PoolFilter::MPATH),
    ("rbd", PoolFilter::RBD),
    ("sheepdog", PoolFilter::SHEEPDOG),
    ("gluster", PoolFilter::GLUSTER),
    ("zfs", PoolFilter::ZFS),
    ("vstorage", PoolFilter::VSTORAGE),
];

pub(super) fn list(control: &mut Control, arguments: &Arguments) -> Outcome {
    arguments.exclusive("details", "uuid")?;
    arguments.exclusive("details", "name")?;
    let pools = listed(control, arguments)?;
    let [uuid, name] = ["uuid", "name"].map(|option| arguments.has(option));
    if uuid || name {
        for pool in pools {
            let columns = [uuid.then(|| pool.uuid()), name.then(|| pool.name().to_owned())];
            let line: Vec<String> = columns.into_iter().flatten().collect();
            control.output.line(line.join(" "));
        }
        return Ok(());
    }
    let table = if arguments.has("details") { detailed(&pools)? } else { plain(&pools) };
    control.output.table(&table);
    Ok(())
}

/// Those that the options ask for.
fn listed(control: &mut Control, arguments: &Arguments) -> Result<Vec<Pool>, Failure> {
    let listed = control.connection()?.pools(filter(arguments)?);
    let mut pools = listed.attempted(|| "Failed to list pools".to_owned())?;
    object::sort(&mut pools, Pool::is_active);
    Ok(pools)
}

pub(super) const ANSWER: Answer = Answer::list(super::FIELDS, |control, arguments| {
    listed(control, arguments)?.iter().map(super::record).collect()
});

fn filter(arguments: &Arguments) -> Result<PoolFilter, Failure> {
    let shown = object::shown(arguments, PoolFilter::ACTIVE.0, PoolFilter::INACTIVE.0);
    let mut filter = PoolFilter(shown);
    filter |= PoolFilter(arguments.flags(&[
        ("autostart", PoolFilter::AUTOSTART.0),
        ("no-autostart", PoolFilter::NO_AUTOSTART.0),
        ("persistent", PoolFilter::PERSISTENT.0),
        ("transient", PoolFilter::TRANSIENT.0),
    ]));
    for kind in arguments.text("type")?.into_iter().flat_map(|list| list.split(',')) {
        let known = FILTERS.iter().find(|(name, _)| *name == kind);
        filter |= known.ok_or_else(|| Failure::said(format!("Invalid pool type '{kind}'")))?.1;
    }
    Ok(filter)
}

fn autostart(pool: &Pool) -> &'static str {
    pool.autostart().map_or("no autostart", yes)
}

fn plain(pools: &[Pool]) -> Table {
    let mut table = Table::new(&["Name", "State", "Autostart"]);
    for pool in pools {
        table.row([pool.name(), object::state(pool.is_active()), autostart(pool)]);
    }
    table
}

fn detailed(pools: &[Pool]) -> Result<Table, Failure> {
    let mut table =
        Table::new(&["Name", "State", "Autostart", "Persistent", "Capacity", "Allocation", "Available"]);
    for pool in pools {
        let info = pool.info().attempted(|| "Could not retrieve pool information".to_owned())?;
        let size = |size: hypervisor::Bytes| match has_room(info.state) {
            true => bytes(size.0),
            false => "-".to_owned(),
        };
        table.row([
            pool.name().to_owned(),
            state_name(info.state).to_owned(),
            autostart(pool).to_owned(),
            pool.is_persistent().map_or("unknown", yes).to_owned(),
            size(info.capacity),
            size(info.allocation),
            size(info.available),
        ]);
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_that_can_be_asked_for_can_be_listed() {
        let listed: Vec<_> = FILTERS.iter().map(|(name, _)| *name).collect();
        assert_eq!(listed, super::super::TYPES);
    }
}
