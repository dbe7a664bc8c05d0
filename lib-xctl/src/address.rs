//! Where a guest can be reached: its network addresses, from whoever knows them.

use hypervisor::domain::AddressSource;
use hypervisor::{Domain, Error};

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
    /// Whether other hosts reach it: not the guest's own loopback, and no address of one link alone.
    #[must_use]
    pub fn is_reachable(&self) -> bool {
        use std::net::IpAddr;
        match self.address.parse() {
            Ok(IpAddr::V4(address)) => !address.is_loopback() && !address.is_link_local(),
            Ok(IpAddr::V6(address)) => !address.is_loopback() && !address.is_unicast_link_local(),
            Err(_) => false,
        }
    }
}

/// The addresses of a running guest that others reach, IPv4 first, from the first source that knows any; none where
/// nobody does.
///
/// # Errors
/// The guest is gone or does not run. That one of the sources does not work here is no error.
pub fn addresses(domain: &Domain) -> Result<Vec<Address>, Error> {
    let mut refusal = None;
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
        let mut found: Vec<Address> = all.filter(Address::is_reachable).collect();
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

#[cfg(test)]
mod tests {
    use super::*;
    use hypervisor::{Connection, OpenOptions};

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
