//! Commands about network filters, and the ports that they are bound to.

use hypervisor::flags::{BindingCreateFlags, NwFilterDefineFlags};
use hypervisor::{Connection, NwFilter, NwFilterBinding};

use super::object::{self, By, Object};
use super::option::{Opt, VALIDATE, WRAP, XPATH, file, text};
use super::{Answer, Arguments, Command, Values, answer, edit};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::{Record, Table, field};

const FILTER: Opt = text("nwfilter", "the network filter's name or UUID").required().values(Values::Filter);
const BINDING: Opt =
    text("binding", "name of the port that it is bound to").required().values(Values::FilteredPort);

pub(super) const COMMANDS: &[Command] = &[
    Command::new(
        "nwfilter-define",
        "keep a network filter's definition",
        "Keeps the definition in a file, new or changed; guests that run are filtered by it at once.",
        &[file("file with the network filter's XML"), VALIDATE],
        define,
    )
    .acts(),
    Command::new(
        "nwfilter-dumpxml",
        "print a network filter's XML",
        "Prints the network filter's XML as libvirt has it.",
        &[FILTER, XPATH, WRAP],
        dumpxml,
    )
    .answers(&answer::XML),
    edit::NWFILTER,
    Command::new("nwfilter-list", "list network filters", "Lists all network filters.", &[], list)
        .answers(&LIST),
    Command::new(
        "nwfilter-undefine",
        "forget a network filter's definition",
        "Forgets a network filter that no running guest uses.",
        &[FILTER],
        undefine,
    )
    .destroys(),
    Command::new(
        "nwfilter-binding-create",
        "bind a network filter to a port",
        "Filters what goes through a port from now on.",
        &[file("file with the binding's XML"), VALIDATE],
        bind,
    )
    .acts(),
    Command::new(
        "nwfilter-binding-delete",
        "take a network filter from its port",
        "Lets anything through the port again.",
        &[BINDING],
        unbind,
    )
    .destroys(),
    Command::new(
        "nwfilter-binding-dumpxml",
        "print the XML of a network filter's binding",
        "Prints the binding's XML as libvirt has it.",
        &[BINDING, XPATH, WRAP],
        dump_binding,
    )
    .answers(&answer::XML),
    Command::new(
        "nwfilter-binding-list",
        "list the bindings of network filters",
        "Lists all ports with a network filter.",
        &[],
        list_bindings,
    )
    .answers(&LIST_BINDINGS),
];

impl Object for NwFilter {
    const KIND: &'static str = "network filter";
    const TITLE: &'static str = "Network filter";
    const OPTION: &'static str = "nwfilter";

    fn named(connection: &Connection, name: &str, by: By) -> Result<Self, Failure> {
        object::by_uuid_or_name(
            Self::OPTION,
            name,
            by,
            |uuid| connection.nwfilter_by_uuid(uuid),
            |name| connection.nwfilter_by_name(name),
        )
    }

    fn name(&self) -> &str {
        self.name()
    }
}

impl Object for NwFilterBinding {
    const KIND: &'static str = "network filter binding on";
    const TITLE: &'static str = "Network filter binding on";
    const OPTION: &'static str = "binding";

    fn named(connection: &Connection, name: &str, _: By) -> Result<Self, Failure> {
        let found = connection.nwfilter_binding_by_port(name);
        found.map_err(|cause| object::not_found("nwfilter binding", name, Some(cause)))
    }

    fn name(&self) -> &str {
        self.port()
    }
}

fn define(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = NwFilterDefineFlags(arguments.flags(&[("validate", NwFilterDefineFlags::VALIDATE.0)]));
    object::make(control, arguments, "define", "defined", |connection, xml| {
        connection.define_nwfilter(xml, flags)
    })
}

fn dumpxml(control: &mut Control, arguments: &Arguments) -> Outcome {
    object::dump(control, arguments, NwFilter::xml)
}

fn undefine(control: &mut Control, arguments: &Arguments) -> Outcome {
    object::act(control, arguments, "undefine", "undefined", NwFilter::undefine)
}

fn list(control: &mut Control, _: &Arguments) -> Outcome {
    let mut table = Table::new(&["UUID", "Name"]);
    for filter in &listed(control)? {
        table.row([&filter.uuid(), filter.name()]);
    }
    control.output.table(&table);
    Ok(())
}

fn listed(control: &mut Control) -> Result<Vec<NwFilter>, Failure> {
    let mut filters = object::listed(
        control.connection()?.nwfilters(),
        "Failed to list network filters",
        "Failed to count network filters",
    )?;
    filters.sort_by_cached_key(|filter| filter.name().to_ascii_lowercase());
    Ok(filters)
}

const LIST: Answer =
    Answer::list(&[field::text("uuid", "its UUID"), field::text("name", "its name")], |control, _| {
        let record =
            |filter: &NwFilter| Record::new().with("uuid", filter.uuid()).with("name", filter.name());
        Ok(listed(control)?.iter().map(record).collect())
    });

fn bind(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = BindingCreateFlags(arguments.flags(&[("validate", BindingCreateFlags::VALIDATE.0)]));
    let path = arguments.required("file")?;
    let xml = super::file::read(path)?;
    let made = control
        .connection()?
        .create_nwfilter_binding(&xml, flags)
        .attempted(|| format!("Failed to create network filter from {path}"))?;
    control.output.remark(format_args!("Network filter binding on {} created from {path}", made.port()));
    Ok(())
}

fn unbind(control: &mut Control, arguments: &Arguments) -> Outcome {
    object::act(control, arguments, "delete", "deleted", NwFilterBinding::delete)
}

fn dump_binding(control: &mut Control, arguments: &Arguments) -> Outcome {
    object::dump(control, arguments, NwFilterBinding::xml)
}

fn list_bindings(control: &mut Control, _: &Arguments) -> Outcome {
    let mut table = Table::new(&["Port Dev", "Filter"]);
    for binding in &listed_bindings(control)? {
        table.row([binding.port(), &binding.filter()]);
    }
    control.output.table(&table);
    Ok(())
}

fn listed_bindings(control: &mut Control) -> Result<Vec<NwFilterBinding>, Failure> {
    let listed = control.connection()?.nwfilter_bindings();
    let mut bindings = listed.attempted(|| "Failed to list network filter bindings".to_owned())?;
    bindings.sort_by_cached_key(|binding| binding.port().to_ascii_lowercase());
    Ok(bindings)
}

const LIST_BINDINGS: Answer = Answer::list(
    &[field::text("port", "name of the port"), field::text("filter", "name of the filter")],
    |control, _| {
        let record = |binding: &NwFilterBinding| {
            Record::new().with("port", binding.port()).with("filter", binding.filter())
        };
        Ok(listed_bindings(control)?.iter().map(record).collect())
    },
);
