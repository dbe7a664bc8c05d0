//! Commands about virtual networks.

mod leases;
mod list;
mod notes;
mod port;
mod update;

use hypervisor::Network;
use hypervisor::event::Source;
use hypervisor::flags::{NetworkDefineFlags, NetworkXml};

use super::object::{self, By, yes};
use super::option::{Opt, VALIDATE, WRAP, XPATH, file, flag, number, rest, text};
use super::{Answer, Arguments, Command, Values, answer, edit, event};
use crate::control::Control;
use crate::failure::Outcome;
use crate::output::{Record, field};

const fn named(values: Values) -> Opt {
    text("network", "the network's name or UUID").required().values(values)
}

const NETWORK: Opt = named(Values::Network);
const PORT: Opt = text("port", "the port's UUID").required().values(Values::NetworkPort);

/// Which configuration is read or changed, for notes.
const LIVE: Opt = flag("live", "of the running network");
const CONFIG: Opt = flag("config", "of the definition");
const CURRENT: Opt = flag("current", "of the running network, or else of the definition");

pub(super) const COMMANDS: &[Command] = &[
    Command::new(
        "net-autostart",
        "start a network with its host, or no longer",
        "Chooses whether libvirt starts the network when the host starts.",
        &[named(Values::Network), flag("disable", "no longer start it")],
        object::autostart::<Network>,
    ).acts(),
    Command::new(
        "net-create",
        "start a network that is forgotten when it stops",
        "Starts a network from XML without keeping a definition.",
        &[file("file with the network's XML"), VALIDATE],
        create,
    ).acts(),
    Command::new(
        "net-define",
        "keep a network's definition",
        "Keeps the definition in a file, new or changed, without starting the network.",
        &[file("file with the network's XML"), VALIDATE],
        define,
    ).acts(),
    Command::new(
        "net-desc",
        "print or change a network's description or title",
        "Prints the description that people gave a network, or gives it another one; an empty one removes it.",
        &[
            NETWORK,
            LIVE,
            CONFIG,
            CURRENT,
            flag("title", "the title instead of the description"),
            flag("edit", "change it in an editor").alone(),
            rest("new-desc", "the new words"),
        ],
        notes::describe,
    ).acts().answers(&notes::NOTES),
    Command::new(
        "net-destroy",
        "stop a network",
        "Stops the network at once; guests on it lose their connection.",
        &[named(Values::ActiveNetwork)],
        destroy,
    ).destroys(),
    Command::new(
        "net-dhcp-leases",
        "list the addresses that a network gave to guests",
        "Lists who has which address, and for how long.",
        &[NETWORK, text("mac", "only of the guest with this hardware address").tolerated()],
        leases::list,
    )
    .answers(&leases::ANSWER),
    Command::new(
        "net-dumpxml",
        "print a network's XML",
        "Prints the network's XML as libvirt has it.",
        &[named(Values::Network), flag("inactive", "as it will be at its next start"), XPATH, WRAP],
        dumpxml,
    )
    .answers(&answer::XML),
    Command::new(
        "net-edit",
        "edit a network's XML",
        "Edits the network's definition in $VISUAL or $EDITOR; one that is up keeps what it\n\
         has until its next start.",
        &[named(Values::Network)],
        edit::network,
    ).acts().alone(),
    Command::new(
        "net-event",
        "wait for events of networks",
        "Waits for something to happen to a network and prints it; or lists what can happen.",
        &event::options(
            "network",
            "only of this network: its name or UUID",
            Values::Network,
            Source::Network,
        ),
        events,
    ).alone()
    .answers(&event::NETWORK_EVENTS),
    Command::new(
        "net-info",
        "print the main facts about a network",
        "Prints a network's state, its bridge, and what libvirt does with it.",
        &[named(Values::Network)],
        info,
    )
    .answers(&INFO),
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
        list::list,
    )
    .answers(&list::ANSWER),
    Command::new(
        "net-metadata",
        "print or change what an application keeps with a network",
        "Prints the element that an application keeps under a namespace, or puts another one in its place.",
        &[
            NETWORK,
            text("uri", "the namespace").required(),
            LIVE,
            CONFIG,
            CURRENT,
            flag("edit", "change it in an editor").alone(),
            text("key", "prefix of the namespace in the network's XML").tolerated(),
            text("set", "the new element").tolerated(),
            flag("remove", "remove the element"),
        ],
        notes::metadata,
    ).acts().answers(&answer::XML.unless(&["set", "edit", "remove"])),
    Command::new(
        "net-name",
        "print a network's name",
        "",
        &[text("network", "the network's UUID").required().values(Values::Network)],
        object::name::<Network>,
    )
    .answers(&answer::NAME),
    Command::new(
        "net-start",
        "start a defined network",
        "Starts a network.",
        &[named(Values::InactiveNetwork)],
        start,
    ).acts(),
    Command::new(
        "net-undefine",
        "forget a network's definition",
        "Forgets the network; one that is up goes on until it stops.",
        &[named(Values::Network)],
        undefine,
    ).destroys(),
    Command::new(
        "net-update",
        "change a part of a network's configuration",
        "",
        &[
            NETWORK,
            text("command", "what to do: add-first, add-last (or add), delete, modify")
                .required()
                .values(Values::Words(update::COMMANDS)),
            text("section", "which part").required().values(Values::Words(update::SECTIONS)),
            text("xml", "the element, or the file that it is in").required().values(Values::File),
            number("parent-index", "in which of several parents, counted from 0").tolerated(),
            flag("config", "as it will be at its next start"),
            flag("live", "while it runs"),
            flag("current", "while it runs, or else its definition"),
        ],
        update::update,
    ).acts(),
    Command::new(
        "net-uuid",
        "print a network's UUID",
        "",
        &[text("network", "the network's name").required().values(Values::Network)],
        object::uuid::<Network>,
    )
    .answers(&answer::UUID),
    Command::new(
        "net-port-list",
        "list a network's ports",
        "Lists the ports that guests' interfaces are plugged into.",
        &[NETWORK, flag("uuid", "print UUIDs"), flag("table", "print a table, as usual")],
        port::list,
    )
    .answers(&port::ANSWER),
    Command::new(
        "net-port-create",
        "make a port of a network",
        "Makes a port from XML, and takes what it needs.",
        &[NETWORK, file("file with the port's XML"), VALIDATE],
        port::create,
    ).acts(),
    Command::new(
        "net-port-dumpxml",
        "print the XML of a network's port",
        "Prints the port's XML as libvirt has it.",
        &[NETWORK, PORT, XPATH, WRAP],
        port::dumpxml,
    )
    .answers(&answer::XML),
    Command::new(
        "net-port-delete",
        "delete a port of a network",
        "Forgets the port and gives back what it took.",
        &[NETWORK, PORT],
        port::delete,
    ).destroys(),
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

const INFO: Answer = Answer::facts(
    &[
        field::text("name", "its name"),
        field::text("uuid", "its UUID"),
        field::boolean("active", "whether it is up"),
        field::boolean("persistent", "whether it is defined"),
        field::boolean("autostart", "whether it starts with the host"),
        field::text("bridge", "its bridge on the host"),
    ],
    |control, arguments| {
        let network: Network = object::find(control, arguments, By::Any)?;
        Ok(Record::new()
            .with("name", network.name())
            .with("uuid", network.uuid())
            .with("active", network.is_active().ok())
            .with("persistent", network.is_persistent().ok())
            .with("autostart", network.autostart().ok())
            .with("bridge", network.bridge().ok()))
    },
);

fn autostart_name(network: &Network) -> &'static str {
    network.autostart().map_or("no autostart", yes)
}

fn events(control: &mut Control, arguments: &Arguments) -> Outcome {
    event::objects::<Network>(control, arguments, Source::Network, "network")
}
