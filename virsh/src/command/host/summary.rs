//! Capabilities in a screen, and as data.

use hypervisor::Query;
use xctl::capabilities::{DomainCapabilities, Fact, Guests, Host, Summary};

use crate::command::{Answer, Arguments, xml};
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::output::field::{Field, bytes, list, number, text};
use crate::output::{Record, Table, Value, printable};

const FIELDS: &[Field] = &[
    text("xml", "the XML, or what --xpath selects of it; null with --summary").aside(),
    text("processor", "the host's processor"),
    text("microcode", "its microcode").aside(),
    list("topology", "how the processors are arranged"),
    number("online", "processors that are online"),
    bytes("memory", "memory of all NUMA cells"),
    number("numa_cells", "how many there are"),
    list("pages", "sizes of pages, in bytes"),
    text("iommu", "whether devices of the host can be given to guests: yes or no"),
    list("security", "what confines guests"),
    list("migration_by", "how guests move to other hosts"),
    text("usual_guest", "architecture and machine of a guest that names none"),
    number("most_vcpus", "processors that it may have at most"),
    list("firmware", "its firmware"),
    list("cpu_modes", "modes of its processor"),
    text("cpu_models", "how many models of processors can be used"),
    list("offered", "devices and features that not every emulator has"),
    list(
        "guests",
        "kinds of guests: architecture, os_type, virt_types, machines, usual_machine and emulator",
    ),
];

pub(super) const CAPABILITIES: Answer = Answer::facts(FIELDS, |control, arguments| {
    let described = super::described(control, arguments)?;
    let mut record = Record::new();
    if !arguments.has("summary") {
        record.set("xml", selected(arguments, &described)?);
    }
    if arguments.fields().any(|name| name != "xml" && arguments.wants(&[name])) {
        let Summary { facts, guests } = of(control, &described)?;
        for (name, fact) in facts {
            record.set(field(name), value(fact));
        }
        record.set("guests", guests.into_iter().map(kind).collect::<Vec<_>>());
    }
    Ok(record)
});

fn selected(arguments: &Arguments, described: &str) -> Result<Value, Failure> {
    let text = xml::selected(arguments, described)?;
    let text = text.trim_end_matches('\n');
    Ok(if text.is_empty() { Value::Null } else { text.into() })
}

/// What data calls a fact.
fn field(name: &str) -> String {
    name.to_lowercase().replace(' ', "_")
}

fn value(fact: Fact) -> Value {
    match fact {
        Fact::Text(text) => text.into(),
        Fact::Count(number, _) | Fact::Memory(number) => number.into(),
        Fact::Sizes(sizes) => sizes.into(),
        Fact::List(names) => names.into(),
    }
}

fn kind(guests: Guests) -> Record {
    Record::new()
        .with("architecture", guests.architecture)
        .with("os_type", guests.os_type)
        .with("virt_types", guests.virt_types)
        .with("machines", guests.machines)
        .with("usual_machine", guests.usual)
        .with("emulator", guests.emulator)
}

fn of(control: &mut Control, capabilities: &str) -> Result<Summary, Failure> {
    let host = Host::parse(capabilities).map_err(|error| Failure::said(error.to_string()))?;
    // Drivers that tell nothing of guests have none of it in their summary.
    let offered = control.connection()?.domain_capabilities(&Query::default()).ok();
    let offered = offered.and_then(|text| DomainCapabilities::parse(&text).ok());
    Ok(Summary::of(&host, offered.as_ref()))
}

pub(super) fn print(control: &mut Control, capabilities: &str) -> Outcome {
    const WIDTH: usize = 14;
    let summary = of(control, capabilities)?;
    let output = &control.output;
    for (name, fact) in &summary.facts {
        output.field(WIDTH, &format!("{name}:"), printable(&fact.to_string()));
    }
    if summary.guests.is_empty() {
        return Ok(());
    }
    output.line("");
    let mut table =
        Table::new(&["Guests", "OS type", "Virtualization", "Machines", "Usual machine", "Emulator"]);
    for guests in &summary.guests {
        table.row([
            guests.architecture.as_str(),
            &guests.os_type,
            &guests.virt_types.join(", "),
            &guests.machines.to_string(),
            guests.usual.as_deref().unwrap_or("-"),
            guests.emulator.as_deref().unwrap_or("-"),
        ]);
    }
    output.table(&table);
    Ok(())
}
