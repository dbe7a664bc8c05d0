//! Commands about virtual networks.

use hypervisor::Network;
use hypervisor::flags::{NetworkDefineFlags, NetworkFilter, NetworkXml};

use super::object::{self, By, yes};
use super::option::{Opt, VALIDATE, WRAP, XPATH, file, flag, text};
use super::{Arguments, Command, Values, edit};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::Table;

const fn named(values: Values) -> Opt {
    text("network", "the network's name or UUID").required().values(values)
}

pub(super) const COMMANDS: &[Command] = &[
    Command::new(
        "net-autostart",
        "start a network with its host, or no longer",
        "Chooses whether libvirt starts the network when the host starts.",
        &[named(Values::Network), flag("disable", "no longer start it")],
        object::autostart::<Network>,
    ),
    Command::new(
        "net-create",
        "start a network that is forgotten when it stops",
        "Starts a network from XML without keeping a definition.",
        &[file("file with the network's XML"), VALIDATE],
        create,
    ),
    Command::new(
        "net-define",
        "keep a network's definition",
        "Keeps the definition in a file, new or changed, without starting the network.",
        &[file("file with the network's XML"), VALIDATE],
        define,
    ),
    Command::new(
        "net-destroy",
        "stop a network",
        "Stops the network at once; guests on it lose their connection.",
        &[named(Values::ActiveNetwork)],
        destroy,
    ),
    Command::new(
        "net-dumpxml",
        "print a network's XML",
        "Prints the network's XML as libvirt has it.",
        &[named(Values::Network), flag("inactive", "as it will be at its next start"), XPATH, WRAP],
        dumpxml,
    ),
    Command::new(
        "net-edit",
        "edit a network's XML",
        "Edits the network's definition in $VISUAL or $EDITOR; one that is up keeps what it\n\
         has until its next start.",
        &[named(Values::Network)],
        edit::network,
    ),
    Command::new(
        "net-info",
        "print the main facts about a network",
        "Prints a network's state, its bridge, and what libvirt does with it.",
        &[named(Values::Network)],
        info,
    ),
    Command::new(
        "net-list",
        "list networks",
        "Lists networks; those that are up, unless other ones are asked for.",
        &[
            flag("inactive", "those that are down"),
            flag("all", "all of them"),
            flag("persistent", "those with a definition"),
            flag("transient", "those without one"),
            flag("autostart", "those that start with the host"),
            flag("no-autostart", "those that do not"),
            flag("uuid", "print UUIDs"),
            flag("name", "print names"),
            flag("table", "print a table, as usual"),
            flag("title", "with titles"),
        ],
        list,
    ),
    Command::new(
        "net-name",
        "print a network's name",
        "",
        &[text("network", "the network's UUID").required().values(Values::Network)],
        object::name::<Network>,
    ),
    Command::new(
        "net-start",
        "start a defined network",
        "Starts a network.",
        &[named(Values::InactiveNetwork)],
        start,
    ),
    Command::new(
        "net-undefine",
        "forget a network's definition",
        "Forgets the network; one that is up goes on until it stops.",
        &[named(Values::Network)],
        undefine,
    ),
    Command::new(
        "net-uuid",
        "print a network's UUID",
        "",
        &[text("network", "the network's name").required().values(Values::Network)],
        object::uuid::<Network>,
    ),
];

fn define_flags(arguments: &Arguments) -> NetworkDefineFlags {
    NetworkDefineFlags(arguments.flags(&[("validate", NetworkDefineFlags::VALIDATE.0)]))
}

fn create(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = define_flags(arguments);
    object::make(control, arguments, "create", "created", |connection, xml| {
        connection.create_network(xml, flags)
    })
}

fn define(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = define_flags(arguments);
    object::make(control, arguments, "define", "defined", |connection, xml| {
        connection.define_network(xml, flags)
    })
}

fn destroy(control: &mut Control, arguments: &Arguments) -> Outcome {
    object::act(control, arguments, "destroy", "destroyed", Network::destroy)
}

fn start(control: &mut Control, arguments: &Arguments) -> Outcome {
    object::act(control, arguments, "start", "started", Network::start)
}

fn undefine(control: &mut Control, arguments: &Arguments) -> Outcome {
    object::act(control, arguments, "undefine", "has been undefined", Network::undefine)
}

fn dumpxml(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = NetworkXml(arguments.flags(&[("inactive", NetworkXml::INACTIVE.0)]));
    object::dump(control, arguments, |network: &Network| network.xml(flags))
}

fn info(control: &mut Control, arguments: &Arguments) -> Outcome {
    const WIDTH: usize = 15;
    let network: Network = object::find(control, arguments, By::Any)?;
    let output = &control.output;
    output.field(WIDTH, "Name:", network.name());
    output.field(WIDTH, "UUID:", network.uuid());
    if let Ok(active) = network.is_active() {
        output.field(WIDTH, "Active:", yes(active));
    }
    output.field(WIDTH, "Persistent:", network.is_persistent().map_or("unknown", yes));
    output.field(WIDTH, "Autostart:", autostart_name(&network));
    if let Ok(bridge) = network.bridge() {
        output.field(WIDTH, "Bridge:", bridge);
    }
    Ok(())
}

fn autostart_name(network: &Network) -> &'static str {
    network.autostart().map_or("no autostart", yes)
}

fn list(control: &mut Control, arguments: &Arguments) -> Outcome {
    let [table, uuid, name] = ["table", "uuid", "name"].map(|option| arguments.has(option));
    if u8::from(table) + u8::from(uuid) + u8::from(name) > 1 {
        return Err(Failure::said("Only one argument from --table, --name and --uuid may be specified."));
    }
    let mut networks = control
        .connection()?
        .networks(filter(arguments))
        .attempted(|| "Failed to list networks".to_owned())?;
    object::sort(&mut networks);
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
            object::state(network).to_owned(),
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
