//! The list of networks.

use hypervisor::Network;
use hypervisor::flags::{NetworkFilter, NetworkXml};

use super::autostart_name;
use crate::command::object::{self, yes};
use crate::command::{Answer, Arguments};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::field::{Field, boolean, text};
use crate::output::{Record, Table};

pub(super) fn list(control: &mut Control, arguments: &Arguments) -> Outcome {
    let [table, uuid, name] = ["table", "uuid", "name"].map(|option| arguments.has(option));
    if u8::from(table) + u8::from(uuid) + u8::from(name) > 1 {
        return Err(Failure::said("Only one argument from --table, --name and --uuid may be specified."));
    }
    let networks = listed(control, arguments)?;
    if uuid || name {
        for network in networks {
            control.output.line(if uuid { network.uuid() } else { network.name().to_owned() });
        }
        return Ok(());
    }
    let titled = arguments.has("title");
    let heading = ["Name", "State", "Autostart", "Persistent", "Title"];
    let mut table = Table::new(if titled { &heading } else { &heading[..4] });
    for network in &networks {
        let mut row = vec![
            network.name().to_owned(),
            object::state(network.is_active()).to_owned(),
            autostart_name(network).to_owned(),
            network.is_persistent().map_or("unknown", yes).to_owned(),
        ];
        if titled {
            row.push(title(network)?);
        }
        table.row(row);
    }
    control.output.table(&table);
    Ok(())
}

/// Those that the options ask for.
fn listed(control: &mut Control, arguments: &Arguments) -> Result<Vec<Network>, Failure> {
    let listed = control.connection()?.networks(filter(arguments));
    let mut networks = listed.attempted(|| "Failed to list networks".to_owned())?;
    object::sort(&mut networks, Network::is_active);
    Ok(networks)
}

const FIELDS: &[Field] = &[
    text("name", "its name"),
    text("state", "whether it is up").one_of(object::STATES),
    boolean("autostart", "whether it starts with the host"),
    boolean("persistent", "whether it is defined"),
    text("uuid", "its UUID").aside(),
    text("bridge", "its bridge on the host").aside(),
    text("title", "its title").aside(),
];

pub(super) const ANSWER: Answer = Answer::list(FIELDS, records);

fn records(control: &mut Control, arguments: &Arguments) -> Result<Vec<Record>, Failure> {
    let record = |network: &Network| {
        let title = if arguments.wants(&["title"]) { title(network)? } else { String::new() };
        Ok(Record::new()
            .with("name", network.name())
            .with("state", object::state(network.is_active()))
            .with("autostart", network.autostart().ok())
            .with("persistent", network.is_persistent().ok())
            .with("uuid", network.uuid())
            .with("bridge", network.bridge().ok())
            .with("title", Some(title).filter(|title| !title.is_empty())))
    };
    listed(control, arguments)?.iter().map(record).collect()
}

fn filter(arguments: &Arguments) -> NetworkFilter {
    let shown = object::shown(arguments, NetworkFilter::ACTIVE.0, NetworkFilter::INACTIVE.0);
    let chosen = arguments.flags(&[
        ("persistent", NetworkFilter::PERSISTENT.0),
        ("transient", NetworkFilter::TRANSIENT.0),
        ("autostart", NetworkFilter::AUTOSTART.0),
        ("no-autostart", NetworkFilter::NO_AUTOSTART.0),
    ]);
    NetworkFilter(shown | chosen)
}

/// The title that the network's XML gives it; empty where it gives none.
fn title(network: &Network) -> Result<String, Failure> {
    let xml = network.xml(NetworkXml::NONE)?;
    let view = xctl::object::Network::parse(&xml).map_err(|error| Failure::said(error.to_string()))?;
    Ok(view.title().unwrap_or_default())
}
