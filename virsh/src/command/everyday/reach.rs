//! Reaching a guest over the network.

use std::process::Command;

use hypervisor::Domain;
use hypervisor::flags::DomainXml;
use xctl::address::{self, Address};
use xctl::document::Document;
use xctl::domain::forwarded_port;

use crate::command::domain::{By, find};
use crate::command::{Answer, Arguments};
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::output::{Record, Table, field};

/// The port of ssh.
const SSH: u16 = 22;

pub(super) fn ip(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let found = known(&domain)?;
    if arguments.has("full") {
        let mut table = Table::new(&["Interface", "MAC address", "Address", "Told by"]);
        for one in &found {
            let address = format!("{}/{}", one.address, one.prefix);
            table.row([one.interface.as_str(), &one.mac, &address, one.source]);
        }
        control.output.table(&table);
    } else {
        found.iter().for_each(|one| control.output.line(&one.address));
    }
    Ok(())
}

/// The addresses, of which there is at least one.
fn known(domain: &Domain) -> Result<Vec<Address>, Failure> {
    let found = address::addresses(domain)?;
    if found.is_empty() { Err(unknown(domain)) } else { Ok(found) }
}

pub(super) const IP: Answer = Answer::list(
    &[
        field::text("address", "the address"),
        field::number("prefix", "length of the network's prefix"),
        field::text("interface", "the network interface, as who told calls it"),
        field::text("mac", "its hardware address"),
        field::text("source", "who told: lease, agent or arp"),
    ],
    |control, arguments| {
        let record = |one: Address| {
            Record::new()
                .with("address", one.address)
                .with("prefix", one.prefix)
                .with("interface", one.interface)
                .with("mac", Some(one.mac).filter(|mac| !mac.is_empty()))
                .with("source", one.source)
        };
        Ok(known(&find(control, arguments, By::ANY)?)?.into_iter().map(record).collect())
    },
);

fn unknown(domain: &Domain) -> Failure {
    Failure::said(format!("Nobody knows a network address of domain '{}'", domain.name())).hint(
        "its system may still be booting (virsh wait DOMAIN --for ip), or needs qemu-guest-agent in it; a guest with \
         user networking has none that others reach: forward a port (virt-xml DOMAIN --edit --network \
         forward=2222:22)",
    )
}

pub(super) fn ssh(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let document =
        Document::parse(&domain.xml(DomainXml::NONE)?).map_err(|error| Failure::said(error.to_string()))?;
    // A port of this host is chosen by the user, so it goes first.
    let (host, port) = match forwarded_port(&document, SSH) {
        Some(port) => ("localhost".to_owned(), Some(port)),
        None => {
            let Address { address, .. } =
                known(&domain)?.into_iter().next().ok_or_else(|| unknown(&domain))?;
            (address, None)
        }
    };
    let mut command = Command::new("ssh");
    if let Some(port) = port {
        command.arg("-p").arg(port.to_string());
    }
    if let Some(user) = arguments.text("user")? {
        command.arg("-l").arg(user);
    }
    // The guest may have told the address: it is no option of ssh's.
    command.arg("--").arg(host).args(arguments.rest("command"));
    control.output.flush();
    let status = command.status().map_err(|error| {
        Failure::said(format!("cannot run ssh: {error}")).hint("install it: package openssh-client")
    })?;
    if status.success() {
        return Ok(());
    }
    // As ssh(1): the command's own, or 255.
    control.exit_code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Err(Failure::silent())
}
