//! Where a guest can be reached: its network addresses, from whoever knows them.

use hypervisor::domain::AddressSource;
use hypervisor::flags::DomainXml;
use hypervisor::{Domain, Error};

use crate::document::Document;
use crate::domain;

/// Who is asked, best first: who leases addresses, the guest itself, the host's neighbours.
const SOURCES: &[(AddressSource, &str)] =
    &[(AddressSource::Lease, "lease"), (AddressSource::Agent, "agent"), (AddressSource::Arp, "arp")];

/// An address of a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The network interface, as who told calls it.
    pub interface: String,
    /// Its hardware address; may be empty.
    pub mac: String,
    /// The address, IPv4 or IPv6.
    pub address: String,
    /// The length of its network's prefix, in bits.
    pub prefix: u32,
    /// Who told: `lease`, `agent` or `arp`.
    pub source: &'static str,
}

impl Address {
    /// Whether other hosts reach it: not the guest's own loopback, no address of one link alone, and none that is no
    /// host's.
    #[must_use]
    pub fn is_reachable(&self) -> bool {
        use std::net::IpAddr;
        let Ok(address) = self.address.parse::<IpAddr>() else { return false };
        let is_of_a_link = match address.to_canonical() {
            IpAddr::V4(address) => address.is_link_local() || address.is_broadcast(),
            IpAddr::V6(address) => address.is_unicast_link_local(),
        };
        let address = address.to_canonical();
        !is_of_a_link && !address.is_loopback() && !address.is_unspecified() && !address.is_multicast()
    }
}

/// The addresses of a running guest that others reach, IPv4 first, from the first source that knows any; none where
/// nobody does.
///
/// # Errors
/// The guest is gone or does not run. That one of the sources does not work here is no error.
pub fn addresses(domain: &Domain) -> Result<Vec<Address>, Error> {
    let mut refusal = None;
    let secluded = secluded(domain)?;
    for (source, name) in SOURCES {
        let interfaces = match domain.interface_addresses(*source) {
            Ok(interfaces) => interfaces,
            Err(error) => {
                refusal.get_or_insert(error);
                continue;
            }
        };
        let all = interfaces.iter().flat_map(|interface| {
            interface.addresses.iter().map(|found| Address {
                interface: interface.name.clone(),
                mac: interface.hardware.clone(),
                address: found.address.clone(),
                prefix: found.prefix,
                source: name,
            })
        });
        let mut found: Vec<Address> = all
            .filter(|address| address.is_reachable() && !secluded.contains(&address.mac.to_ascii_lowercase()))
            .collect();
        if !found.is_empty() {
            found.sort_by_key(|address| address.address.contains(':'));
            return Ok(found);
        }
    }
    match refusal {
        Some(error) if !domain.is_active()? => Err(error),
        _ => Ok(Vec::new()),
    }
}

/// The hardware addresses of NICs whose networks only their guest sees: those of user networking.
fn secluded(domain: &Domain) -> Result<Vec<String>, Error> {
    let text = domain.xml(DomainXml::NONE)?;
    let Ok(document) = Document::parse(&text) else { return Ok(Vec::new()) };
    let guest = domain::Domain::new(&document);
    let nics = guest.devices("interface").into_iter();
    let of_users = nics.filter(|nic| document.attr(*nic, "type").as_deref() == Some("user"));
    Ok(of_users
        .filter_map(|nic| document.get(nic, "mac/@address"))
        .map(|mac| mac.to_ascii_lowercase())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hypervisor::{Connection, OpenOptions};

    #[test]
    fn what_no_host_has_is_reached_by_nobody() {
        let address = |text: &str| Address {
            interface: String::new(),
            mac: String::new(),
            address: text.to_owned(),
            prefix: 0,
            source: "agent",
        };
        for text in ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"] {
            assert!(address(text).is_reachable(), "{text}");
        }
        for text in [
            "127.0.0.1",
            "::1",
            "::ffff:127.0.0.1",
            "169.254.1.1",
            "fe80::1",
            "0.0.0.0",
            "::",
            "224.0.0.1",
            "ff02::1",
            "255.255.255.255",
            "",
            "-oProxyCommand=x",
            "example.org",
        ] {
            assert!(!address(text).is_reachable(), "{text}");
        }
    }

    #[test]
    fn a_guest_that_runs_has_addresses_and_one_that_does_not_has_none() {
        let connection = Connection::open(&OpenOptions::uri("test:///default")).unwrap();
        let domain = connection.domain_by_name("test").unwrap();
        let found = addresses(&domain).unwrap();
        assert!(found.iter().all(|address| address.source == "lease"), "{found:?}");
        assert_eq!(found[0].address, "192.168.122.3");
        domain.destroy(hypervisor::flags::DestroyFlags::NONE).unwrap();
        assert!(addresses(&domain).is_err());
    }
}
