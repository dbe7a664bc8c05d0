//! Commands about the host's network interfaces.

mod bridge;

use hypervisor::flags::{InterfaceDefineFlags, InterfaceFilter, InterfaceXml};
use hypervisor::{Connection, Error, Interface};

use super::object::{self, By, Object};
use super::option::{Opt, VALIDATE, WRAP, XPATH, file, flag, number, text};
use super::{Answer, Arguments, Command, Values, answer, edit};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::{Record, Table, field};

const fn named(values: Values) -> Opt {
    text("interface", "the interface's name or hardware address").required().values(values)
}

pub(super) const COMMANDS: &[Command] = &[
    Command::new(
        "iface-begin",
        "begin changes that can be taken back",
        "Notes how the interfaces are configured, for iface-commit or iface-rollback.",
        &[],
        begin,
    )
    .acts(),
    Command::new(
        "iface-bridge",
        "put an interface into a new bridge",
        "Makes a bridge that takes over the interface's addresses, with the interface as its first port.",
        &[
            text("interface", "the interface's name").required().values(Values::Interface),
            text("bridge", "name of the new bridge").required(),
            flag("no-stp", "without the spanning tree protocol"),
            number("delay", "seconds that a new port has to be silent").tolerated(),
            flag("no-start", "do not start the bridge"),
        ],
        bridge::bridge,
    )
    .acts(),
    Command::new(
        "iface-commit",
        "keep the changes since iface-begin",
        "Keeps the changes; they cannot be taken back any more.",
        &[],
        commit,
    )
    .acts(),
    Command::new(
        "iface-define",
        "keep an interface's definition",
        "Keeps the definition in a file, new or changed, without starting the interface.",
        &[file("file with the interface's XML"), VALIDATE],
        define,
    )
    .acts(),
    Command::new(
        "iface-destroy",
        "take an interface down",
        "Takes the interface down at once, as ifdown does.",
        &[named(Values::ActiveInterface)],
        destroy,
    )
    .destroys(),
    Command::new(
        "iface-dumpxml",
        "print an interface's XML",
        "Prints the interface's XML as libvirt has it.",
        &[named(Values::Interface), flag("inactive", "as it will be at its next start"), XPATH, WRAP],
        dumpxml,
    )
    .answers(&answer::XML),
    edit::INTERFACE,
    Command::new(
        "iface-list",
        "list interfaces of the host",
        "Lists interfaces; those that are up, unless other ones are asked for.",
        &[flag("inactive", "those that are down"), flag("all", "all of them")],
        list,
    )
    .answers(&LIST),
    Command::new(
        "iface-mac",
        "print an interface's hardware address",
        "",
        &[text("interface", "the interface's name").required().values(Values::Interface)],
        mac,
    )
    .answers(&Answer::printed(&[field::text("mac", "the hardware address")])),
    Command::new(
        "iface-name",
        "print an interface's name",
        "",
        &[text("interface", "the interface's hardware address").required()],
        object::name::<Interface>,
    )
    .answers(&answer::NAME),
    Command::new(
        "iface-rollback",
        "take back the changes since iface-begin",
        "Makes the interfaces what they were at iface-begin.",
        &[],
        rollback,
    )
    .acts(),
    Command::new(
        "iface-start",
        "bring an interface up",
        "Brings the interface up, as ifup does.",
        &[named(Values::InactiveInterface)],
        start,
    )
    .acts(),
    Command::new(
        "iface-unbridge",
        "take a bridge apart",
        "Forgets a bridge, and gives its addresses back to the interface that is its only port.",
        &[
            text("bridge", "the bridge's name").required().values(Values::Interface),
            flag("no-start", "do not start the interface, which may leave the host without a network"),
        ],
        bridge::unbridge,
    )
    .acts(),
    Command::new(
        "iface-undefine",
        "forget an interface's definition",
        "Forgets the interface.",
        &[named(Values::Interface)],
        undefine,
    )
    .destroys(),
];

impl Object for Interface {
    const KIND: &'static str = "interface";
    const TITLE: &'static str = "Interface";

    fn named(connection: &Connection, name: &str, by: By) -> Result<Self, Failure> {
        let found = match (by, is_hardware_address(name)) {
            (By::Any | By::Uuid, true) => connection.interface_by_mac(name).map_err(Some),
            (By::Any | By::Name, false) => connection.interface_by_name(name).map_err(Some),
            (By::Uuid, false) | (By::Name, true) => Err(None),
        };
        found.map_err(|cause| object::not_found(Self::KIND, name, cause))
    }

    fn name(&self) -> &str {
        self.name()
    }
}

/// Whether a text is six bytes in hexadecimal with colons between them.
fn is_hardware_address(text: &str) -> bool {
    let is_byte = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|c| c.is_ascii_hexdigit());
    text.split(':').count() == 6 && text.split(':').all(is_byte)
}

fn begin(control: &mut Control, _: &Arguments) -> Outcome {
    change(control, "begin", "started", Connection::begin_interface_changes)
}

fn commit(control: &mut Control, _: &Arguments) -> Outcome {
    change(control, "commit", "committed", Connection::commit_interface_changes)
}

fn rollback(control: &mut Control, _: &Arguments) -> Outcome {
    change(control, "rollback", "rolled back", Connection::rollback_interface_changes)
}

fn change(
    control: &mut Control,
    verb: &str,
    done: &str,
    change: fn(&Connection) -> Result<(), Error>,
) -> Outcome {
    change(&control.connection()?)
        .attempted(|| format!("Failed to {verb} network config change transaction"))?;
    control.output.remark(format_args!("Network config change transaction {done}"));
    Ok(())
}

fn define(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = InterfaceDefineFlags(arguments.flags(&[("validate", InterfaceDefineFlags::VALIDATE.0)]));
    object::make(control, arguments, "define", "defined", |connection, xml| {
        connection.define_interface(xml, flags)
    })
}

fn start(control: &mut Control, arguments: &Arguments) -> Outcome {
    object::act(control, arguments, "start", "started", Interface::start)
}

fn destroy(control: &mut Control, arguments: &Arguments) -> Outcome {
    object::act(control, arguments, "destroy", "destroyed", Interface::destroy)
}

fn undefine(control: &mut Control, arguments: &Arguments) -> Outcome {
    object::act(control, arguments, "undefine", "undefined", Interface::undefine)
}

fn dumpxml(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = InterfaceXml(arguments.flags(&[("inactive", InterfaceXml::INACTIVE.0)]));
    object::dump(control, arguments, |interface: &Interface| interface.xml(flags))
}

fn mac(control: &mut Control, arguments: &Arguments) -> Outcome {
    let interface: Interface = object::find(control, arguments, By::Name)?;
    control.output.line(interface.mac()?);
    Ok(())
}

fn list(control: &mut Control, arguments: &Arguments) -> Outcome {
    let interfaces = listed(control, arguments)?;
    let mut table = Table::new(&["Name", "State", "MAC Address"]);
    for interface in &interfaces {
        let mac = interface.mac().unwrap_or_default();
        table.row([interface.name(), object::state(interface.is_active()), &mac]);
    }
    control.output.table(&table);
    Ok(())
}

fn listed(control: &mut Control, arguments: &Arguments) -> Result<Vec<Interface>, Failure> {
    let filter =
        InterfaceFilter(object::shown(arguments, InterfaceFilter::ACTIVE.0, InterfaceFilter::INACTIVE.0));
    let kind = if filter.contains(InterfaceFilter::ACTIVE) { "active" } else { "inactive" };
    let mut interfaces = object::listed(
        control.connection()?.interfaces(filter),
        "Failed to list interfaces",
        &format!("Failed to list {kind} interfaces"),
    )?;
    object::sort(&mut interfaces, Interface::is_active);
    Ok(interfaces)
}

const LIST: Answer = Answer::list(
    &[
        field::text("name", "its name"),
        field::text("state", "whether it is up").one_of(object::STATES),
        field::text("mac", "its hardware address"),
    ],
    |control, arguments| {
        let record = |interface: &Interface| {
            Record::new()
                .with("name", interface.name())
                .with("state", object::state(interface.is_active()))
                .with("mac", interface.mac().ok())
        };
        Ok(listed(control, arguments)?.iter().map(record).collect())
    },
);
