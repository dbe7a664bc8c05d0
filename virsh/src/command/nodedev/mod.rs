//! Commands about the host's devices.

mod list;

use hypervisor::event::Source;
use hypervisor::flags::{Affect, NodeDeviceDefineFlags};
use hypervisor::{Connection, Error, NodeDevice};

use super::object::{self, By, Object, yes};
use super::option::{Opt, VALIDATE, WRAP, XPATH, file, flag, text};
use super::{Answer, Arguments, Command, Values, answer, event, xml};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::field::Field;
use crate::output::{Record, field};

/// A device of any kind.
const ANY: Opt = named("the device's name, or node and port of an adapter: 'wwnn,wwpn'", Values::NodeDevice);
/// A device of a kind that guests can be given.
const NAME: Opt = named("the device's name", Values::NodeDevice);

const fn named(help: &'static str, values: Values) -> Opt {
    text("device", help).required().values(values)
}

const XML: Opt = file("file with the device's XML");

pub(super) const COMMANDS: &[Command] = &[
    Command::new(
        "nodedev-create",
        "make a device that is forgotten when it goes",
        "Makes a device on the host from XML, for guests to use; it is not kept when the host starts anew.",
        &[XML, VALIDATE],
        create,
    )
    .acts(),
    Command::new(
        "nodedev-destroy",
        "remove a device from the host",
        "Removes a device from the host, which cannot use it any more either.",
        &[ANY],
        destroy,
    )
    .destroys(),
    Command::new(
        "nodedev-detach",
        "take a device from the host's driver",
        "Takes a device from the host's driver, so that a guest can have it.",
        &[NAME, text("driver", "driver that keeps it for guests, e.g. vfio").tolerated()],
        detach,
    )
    .acts()
    // As it was spelt at first.
    .aliases(&["nodedev-dettach"]),
    Command::new(
        "nodedev-dumpxml",
        "print a device's XML",
        "Prints the device's XML as libvirt has it.",
        &[ANY, flag("inactive", "as it will be at its next start"), XPATH, WRAP],
        dumpxml,
    )
    .answers(&answer::XML),
    Command::new(
        "nodedev-list",
        "list devices of the host",
        "",
        &[
            flag("tree", "each below the device that it is part of"),
            text("cap", "those that can do one of this, separated by commas")
                .tolerated()
                .values(Values::List(list::CAPABILITIES)),
            flag("inactive", "those that are defined but not there"),
            flag("all", "all of them"),
            flag("persistent", "those with a definition"),
            flag("transient", "those without one"),
        ],
        list::list,
    )
    .answers(&list::ANSWER),
    Command::new(
        "nodedev-reattach",
        "give a device back to the host's driver",
        "Gives a device that no guest has any more back to the host's driver.",
        &[NAME],
        reattach,
    )
    .acts(),
    Command::new(
        "nodedev-reset",
        "reset a device",
        "Resets a device, before or after a guest has it.",
        &[NAME],
        reset,
    )
    .acts(),
    Command::new(
        "nodedev-event",
        "wait for events of devices",
        "Waits for something to happen to a device and prints it; or lists what can happen.",
        &event::options("device", "only of this device: its name", Values::NodeDevice, Source::NodeDevice),
        events,
    )
    .alone()
    .answers(&event::NODE_DEVICE_EVENTS),
    Command::new(
        "nodedev-define",
        "keep a device's definition",
        "Keeps the definition in a file, new or changed, without making the device.",
        &[XML, VALIDATE],
        define,
    )
    .acts(),
    Command::new(
        "nodedev-undefine",
        "forget a device's definition",
        "Forgets the device; one that is there goes on until it is removed.",
        &[ANY],
        undefine,
    )
    .destroys(),
    Command::new(
        "nodedev-start",
        "make a defined device",
        "Makes a device that is defined but not there.",
        &[named("the device's name", Values::InactiveNodeDevice)],
        start,
    )
    .acts(),
    Command::new(
        "nodedev-autostart",
        "start a device with its host, or no longer",
        "Chooses whether libvirt makes the device when the host starts.",
        &[ANY, flag("disable", "no longer start it")],
        autostart,
    )
    .acts(),
    Command::new(
        "nodedev-info",
        "print the main facts about a device",
        "Prints what a device is part of, and what libvirt does with it.",
        &[ANY],
        info,
    )
    .answers(&INFO),
    Command::new(
        "nodedev-update",
        "change a device",
        "Changes a device to what a file says.",
        &[
            ANY,
            XML,
            flag("config", "as it will be at its next start"),
            flag("live", "the one that is there"),
            flag("current", "the one that is there, or else its definition"),
        ],
        update,
    )
    .acts(),
];

impl Object for NodeDevice {
    const KIND: &'static str = "device";
    const TITLE: &'static str = "Device";
    const BY: By = By::Name;

    fn named(connection: &Connection, name: &str, by: By) -> Result<Self, Failure> {
        let found = match name.split_once(',').filter(|_| by == By::Any) {
            Some((_, port)) if port.contains(',') => {
                return Err(Failure::said(format!("Malformed device value '{name}'")));
            }
            Some((node, port)) => {
                let is_wwn = |text: &str| text.len() == 16 && text.bytes().all(|c| c.is_ascii_hexdigit());
                if let Some(wrong) = [node, port].into_iter().find(|text| !is_wwn(text)) {
                    return Err(Failure::said(format!("internal error: Malformed wwn: {wrong}")));
                }
                connection.node_device_by_wwn(node, port)
            }
            None => connection.node_device_by_name(name),
        };
        found.attempted(|| format!("Could not find matching device '{name}'"))
    }

    fn name(&self) -> &str {
        self.name()
    }
}

fn define_flags(arguments: &Arguments) -> NodeDeviceDefineFlags {
    NodeDeviceDefineFlags(arguments.flags(&[("validate", NodeDeviceDefineFlags::VALIDATE.0)]))
}

fn create(control: &mut Control, arguments: &Arguments) -> Outcome {
    let path = arguments.required("file")?;
    let xml = super::file::read(path)?;
    let made = control
        .connection()?
        .create_node_device(&xml, define_flags(arguments))
        .attempted(|| format!("Failed to create node device from {path}"))?;
    control.output.remark(format_args!("Node device {} created from {path}", made.name()));
    Ok(())
}

fn define(control: &mut Control, arguments: &Arguments) -> Outcome {
    let path = arguments.required("file")?;
    let xml = super::file::read(path)?;
    let made = control
        .connection()?
        .define_node_device(&xml, define_flags(arguments))
        .attempted(|| format!("Failed to define node device from '{path}'"))?;
    control.output.remark(format_args!("Node device '{}' defined from '{path}'", made.name()));
    Ok(())
}

fn destroy(control: &mut Control, arguments: &Arguments) -> Outcome {
    remove(control, arguments, "destroy", "Destroyed", NodeDevice::destroy)
}

fn undefine(control: &mut Control, arguments: &Arguments) -> Outcome {
    remove(control, arguments, "undefine", "Undefined", NodeDevice::undefine)
}

fn remove(
    control: &mut Control,
    arguments: &Arguments,
    verb: &str,
    done: &str,
    remove: fn(&NodeDevice) -> Result<(), Error>,
) -> Outcome {
    let device: NodeDevice = object::find(control, arguments, By::Any)?;
    let name = arguments.required("device")?;
    remove(&device).attempted(|| format!("Failed to {verb} node device '{name}'"))?;
    control.output.remark(format_args!("{done} node device '{name}'"));
    Ok(())
}

fn detach(control: &mut Control, arguments: &Arguments) -> Outcome {
    let driver = arguments.text("driver")?;
    object::act(control, arguments, "detach", "detached", |device: &NodeDevice| device.detach(driver))
}

fn reattach(control: &mut Control, arguments: &Arguments) -> Outcome {
    object::act(control, arguments, "re-attach", "re-attached", NodeDevice::reattach)
}

fn reset(control: &mut Control, arguments: &Arguments) -> Outcome {
    object::act(control, arguments, "reset", "reset", NodeDevice::reset)
}

fn start(control: &mut Control, arguments: &Arguments) -> Outcome {
    object::act(control, arguments, "start", "started", NodeDevice::start)
}

fn autostart(control: &mut Control, arguments: &Arguments) -> Outcome {
    object::mark_autostart(control, arguments, NodeDevice::set_autostart)
}

fn dumpxml(control: &mut Control, arguments: &Arguments) -> Outcome {
    let device: NodeDevice = object::find(control, arguments, By::Any)?;
    let text = if arguments.has("inactive") { device.inactive_xml()? } else { device.xml()? };
    xml::print(control, arguments, &text)
}

fn info(control: &mut Control, arguments: &Arguments) -> Outcome {
    const WIDTH: usize = 15;
    let device: NodeDevice = object::find(control, arguments, By::Any)?;
    let output = &control.output;
    output.field(WIDTH, "Name:", device.name());
    output.field(WIDTH, "Parent:", device.parent().unwrap_or_default());
    output.field(WIDTH, "Active:", device.is_active().map_or("unknown", yes));
    output.field(WIDTH, "Persistent:", device.is_persistent().map_or("unknown", yes));
    output.field(WIDTH, "Autostart:", device.autostart().map_or("no autostart", yes));
    Ok(())
}

fn update(control: &mut Control, arguments: &Arguments) -> Outcome {
    arguments.exclusive("current", "live")?;
    arguments.exclusive("current", "config")?;
    let device: NodeDevice = object::find(control, arguments, By::Any)?;
    let (name, path) = (arguments.required("device")?, arguments.required("file")?);
    let xml = super::file::read(path)?;
    let affect = Affect(arguments.flags(&[("config", Affect::CONFIG.0), ("live", Affect::LIVE.0)]));
    device.update(&xml, affect).attempted(|| format!("Failed to update node device {name} from '{path}'"))?;
    let changed = object::changed(affect, || device.is_active());
    control.output.remark(format_args!("Updated node device {} {changed}", device.name()));
    Ok(())
}

fn events(control: &mut Control, arguments: &Arguments) -> Outcome {
    event::objects::<NodeDevice>(control, arguments, Source::NodeDevice, "node device")
}

/// What lists and facts say about a device.
const FIELDS: &[Field] = &[
    field::text("name", "its name"),
    field::text("parent", "the device that it is part of"),
    field::list("capabilities", "what it can do, as nodedev-list --cap has it"),
    field::boolean("active", "whether it is there").aside(),
    field::boolean("persistent", "whether it is defined").aside(),
    field::boolean("autostart", "whether it is made with the host's start").aside(),
];

const INFO: Answer = Answer::facts(FIELDS, |control, arguments| {
    Ok(record(&object::find(control, arguments, By::Any)?, arguments))
});

fn record(device: &NodeDevice, arguments: &Arguments) -> Record {
    let ask = |field, ask: fn(&NodeDevice) -> Result<bool, Error>| {
        arguments.wants(&[field]).then(|| ask(device).ok()).flatten()
    };
    let capabilities = arguments.wants(&["capabilities"]).then(|| device.capabilities().ok()).flatten();
    Record::new()
        .with("name", device.name())
        .with("parent", device.parent())
        .with("capabilities", capabilities)
        .with("active", ask("active", NodeDevice::is_active))
        .with("persistent", ask("persistent", NodeDevice::is_persistent))
        .with("autostart", ask("autostart", NodeDevice::autostart))
}
