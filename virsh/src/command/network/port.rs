//! The ports of a network.

use hypervisor::flags::PortCreateFlags;
use hypervisor::{Network, NetworkPort};

use crate::command::object::{self, By};
use crate::command::{Answer, Arguments, file, xml};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::{Record, Table, field};

pub(super) fn list(control: &mut Control, arguments: &Arguments) -> Outcome {
    if arguments.has("table") && arguments.has("uuid") {
        return Err(Failure::said("Only one argument from --table and --uuid may be specified."));
    }
    let ports = listed(control, arguments)?;
    if arguments.has("uuid") {
        ports.iter().for_each(|port| control.output.line(port.uuid()));
        return Ok(());
    }
    let mut table = Table::new(&["UUID"]);
    ports.iter().for_each(|port| table.row([port.uuid()]));
    control.output.table(&table);
    Ok(())
}

fn listed(control: &mut Control, arguments: &Arguments) -> Result<Vec<NetworkPort>, Failure> {
    let network: Network = object::find(control, arguments, By::Any)?;
    let mut ports = network.ports()?;
    ports.sort_by(|one, other| one.uuid().cmp(other.uuid()));
    Ok(ports)
}

pub(super) const ANSWER: Answer = Answer::list(&[field::text("uuid", "its UUID")], |control, arguments| {
    Ok(listed(control, arguments)?.iter().map(|port| Record::new().with("uuid", port.uuid())).collect())
});

pub(super) fn create(control: &mut Control, arguments: &Arguments) -> Outcome {
    let network: Network = object::find(control, arguments, By::Any)?;
    let path = arguments.required("file")?;
    let xml = file::read(path)?;
    let flags = PortCreateFlags(arguments.flags(&[("validate", PortCreateFlags::VALIDATE.0)]));
    let made =
        network.create_port(&xml, flags).attempted(|| format!("Failed to create network from {path}"))?;
    control.output.remark(format_args!("Network port {} created from {path}", made.uuid()));
    Ok(())
}

pub(super) fn dumpxml(control: &mut Control, arguments: &Arguments) -> Outcome {
    let text = find(control, arguments)?.xml()?;
    xml::print(control, arguments, &text)
}

pub(super) fn delete(control: &mut Control, arguments: &Arguments) -> Outcome {
    let port = find(control, arguments)?;
    let name = arguments.required("port")?;
    port.delete().attempted(|| format!("Failed to delete network port {name}"))?;
    control.output.remark(format_args!("Network port {name} deleted"));
    Ok(())
}

fn find(control: &mut Control, arguments: &Arguments) -> Result<NetworkPort, Failure> {
    let network: Network = object::find(control, arguments, By::Any)?;
    let uuid = arguments.required("port")?;
    network.port_by_uuid(uuid).map_err(|cause| object::not_found("network port", uuid, Some(cause)))
}
