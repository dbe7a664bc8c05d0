//! The addresses that a network gave to guests.

use hypervisor::Network;
use hypervisor::network::Lease;

use crate::command::Arguments;
use crate::command::object::{self, By};
use crate::control::Control;
use crate::failure::{Attempted, Outcome};
use crate::output::{Table, moment};

pub(super) fn list(control: &mut Control, arguments: &Arguments) -> Outcome {
    let network: Network = object::find(control, arguments, By::Any)?;
    let name = arguments.required("network")?;
    let mut leases = network
        .leases(arguments.text("mac")?)
        .attempted(|| format!("Failed to get leases info for {name}"))?;
    leases.sort_by(|one, other| one.mac.cmp(&other.mac));
    let mut table = Table::new(&[
        "Expiry Time",
        "MAC address",
        "Protocol",
        "IP address",
        "Hostname",
        "Client ID or DUID",
    ]);
    leases.iter().for_each(|lease| table.row(row(lease)));
    control.output.table(&table);
    Ok(())
}

fn row(lease: &Lease) -> [String; 6] {
    let or_dash = |text: &str| if text.is_empty() { "-" } else { text }.to_owned();
    [
        moment::local(lease.expires),
        or_dash(&lease.mac),
        if lease.is_ipv6 { "ipv6" } else { "ipv4" }.to_owned(),
        format!("{}/{}", lease.address, lease.prefix),
        or_dash(&lease.hostname),
        or_dash(&lease.client_id),
    ]
}
