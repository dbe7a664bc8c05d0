//! Capabilities in a screen.

use hypervisor::Query;
use xctl::capabilities::{DomainCapabilities, Host, Summary};

use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::output::{Table, printable};

pub(super) fn print(control: &mut Control, capabilities: &str) -> Outcome {
    const WIDTH: usize = 14;
    let connection = control.connection()?;
    let host = Host::parse(capabilities).map_err(|error| Failure::said(error.to_string()))?;
    // Drivers that tell nothing of guests have none of it in their summary.
    let offered = connection.domain_capabilities(&Query::default()).ok();
    let offered = offered.and_then(|text| DomainCapabilities::parse(&text).ok());
    let summary = Summary::of(&host, offered.as_ref());
    let output = &control.output;
    for (name, text) in &summary.facts {
        output.field(WIDTH, &format!("{name}:"), printable(text));
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
