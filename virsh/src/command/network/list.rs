//! The list of networks.

use hypervisor::Network;
use hypervisor::flags::{NetworkFilter, NetworkXml};

use super::autostart_name;
use crate::command::Arguments;
use crate::command::object::{self, yes};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::Table;

pub(super) fn list(control: &mut Control, arguments: &Arguments) -> Outcome {
    let [table, uuid, name] = ["table", "uuid", "name"].map(|option| arguments.has(option));
    if u8::from(table) + u8::from(uuid) + u8::from(name) > 1 {
        return Err(Failure::said("Only one argument from --table, --name and --uuid may be specified."));
    }
    let mut networks = control
        .connection()?
        .networks(filter(arguments))
        .attempted(|| "Failed to list networks".to_owned())?;
    object::sort(&mut networks, Network::is_active);
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
