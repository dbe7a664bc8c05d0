//! The addresses that a network gave to guests.

use hypervisor::Network;
use hypervisor::network::Lease;

use crate::command::object::{self, By};
use crate::command::{Answer, Arguments};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::field::{Field, measured, number, text};
use crate::output::{Record, Table, moment};

pub(super) fn list(control: &mut Control, arguments: &Arguments) -> Outcome {
    let leases = listed(control, arguments)?;
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

fn listed(control: &mut Control, arguments: &Arguments) -> Result<Vec<Lease>, Failure> {
    let network: Network = object::find(control, arguments, By::Any)?;
    let name = arguments.required("network")?;
    let mut leases = network
        .leases(arguments.text("mac")?)
        .attempted(|| format!("Failed to get leases info for {name}"))?;
    leases.sort_by(|one, other| one.mac.cmp(&other.mac));
    Ok(leases)
}

const FIELDS: &[Field] = &[
    measured("expires", "seconds since 1970", "when it ends"),
    text("mac", "the guest's hardware address"),
    text("protocol", "ipv4 or ipv6"),
    text("address", "the address"),
    number("prefix", "length of the network's prefix"),
    text("hostname", "the name that the guest gave"),
    text("client_id", "the client's identification"),
    text("interface", "the network's interface").aside(),
    text("iaid", "the identity association, of IPv6 only").aside(),
];

pub(super) const ANSWER: Answer = Answer::list(FIELDS, records);

fn records(control: &mut Control, arguments: &Arguments) -> Result<Vec<Record>, Failure> {
    let known = |text: String| Some(text).filter(|text| !text.is_empty());
    let record = |lease: Lease| {
        Record::new()
            .with("expires", lease.expires)
            .with("mac", known(lease.mac))
            .with("protocol", if lease.is_ipv6 { "ipv6" } else { "ipv4" })
            .with("address", lease.address)
            .with("prefix", lease.prefix)
            .with("hostname", known(lease.hostname))
            .with("client_id", known(lease.client_id))
            .with("interface", known(lease.interface))
            .with("iaid", known(lease.iaid))
    };
    Ok(listed(control, arguments)?.into_iter().map(record).collect())
}
