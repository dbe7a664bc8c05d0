//! Names that the hypervisor knows.

use hypervisor::flags::{
    CheckpointFilter, DomainFilter, DomainXml, InterfaceFilter, NetworkFilter, NodeDeviceFilter, PoolFilter,
    SecretFilter, SnapshotFilter,
};
use hypervisor::{Connection, Domain, Error};
use xctl::document::Document;

use crate::command::{Arguments, Values};

/// The names that fit an option, given what the line says so far.
pub(super) fn names(
    values: Values,
    given: &Arguments,
    connection: &Connection,
) -> Result<Vec<String>, Error> {
    let domains = |filter| -> Result<Vec<String>, Error> {
        Ok(connection.domains(filter)?.iter().map(|domain| domain.name().to_owned()).collect())
    };
    let networks = |filter| -> Result<Vec<String>, Error> {
        Ok(connection.networks(filter)?.iter().map(|network| network.name().to_owned()).collect())
    };
    let pools = |filter| -> Result<Vec<String>, Error> {
        Ok(connection.pools(filter)?.iter().map(|pool| pool.name().to_owned()).collect())
    };
    let interfaces = |filter| -> Result<Vec<String>, Error> {
        Ok(connection.interfaces(filter)?.iter().map(|interface| interface.name().to_owned()).collect())
    };
    let node_devices = |filter| -> Result<Vec<String>, Error> {
        let devices = connection.node_devices(filter)?;
        // libvirt has them in no order.
        let mut names: Vec<String> = devices.iter().map(|device| device.name().to_owned()).collect();
        names.sort_unstable();
        Ok(names)
    };
    Ok(match values {
        Values::Domain => domains(DomainFilter::NONE)?,
        Values::ActiveDomain => domains(DomainFilter::ACTIVE)?,
        Values::RunningDomain => domains(DomainFilter::RUNNING)?,
        Values::PausedDomain => domains(DomainFilter::PAUSED)?,
        Values::InactiveDomain => domains(DomainFilter::INACTIVE)?,
        Values::SavedDomain => domains(DomainFilter::MANAGED_SAVE)?,
        Values::PersistentDomain => domains(DomainFilter::PERSISTENT)?,
        Values::Network => networks(NetworkFilter::NONE)?,
        Values::ActiveNetwork => networks(NetworkFilter::ACTIVE)?,
        Values::InactiveNetwork => networks(NetworkFilter::INACTIVE)?,
        Values::Pool => pools(PoolFilter::NONE)?,
        Values::ActivePool => pools(PoolFilter::ACTIVE)?,
        Values::InactivePool => pools(PoolFilter::INACTIVE)?,
        Values::Volume => volumes(given, connection)?,
        Values::Disk => in_domain(given, connection, Some("disk"), "target/@dev")?,
        Values::Nic => {
            let mut found = in_domain(given, connection, Some("interface"), "target/@dev")?;
            found.extend(in_domain(given, connection, Some("interface"), "mac/@address")?);
            found
        }
        Values::Alias => in_domain(given, connection, None, "alias/@name")?,
        Values::CharacterDevice => {
            let mut found = in_domain(given, connection, Some("serial"), "alias/@name")?;
            found.extend(in_domain(given, connection, Some("console"), "alias/@name")?);
            found.sort();
            found.dedup();
            found
        }
        Values::Interface => interfaces(InterfaceFilter::NONE)?,
        Values::ActiveInterface => interfaces(InterfaceFilter::ACTIVE)?,
        Values::InactiveInterface => interfaces(InterfaceFilter::INACTIVE)?,
        Values::Filter => connection.nwfilters()?.iter().map(|filter| filter.name().to_owned()).collect(),
        Values::FilteredPort => {
            connection.nwfilter_bindings()?.iter().map(|binding| binding.port().to_owned()).collect()
        }
        Values::NetworkPort => match given.text("network") {
            Ok(Some(network)) => {
                let ports = connection.network_by_name(network)?.ports()?;
                ports.iter().map(|port| port.uuid().to_owned()).collect()
            }
            _ => Vec::new(),
        },
        Values::NodeDevice => node_devices(NodeDeviceFilter::NONE)?,
        Values::InactiveNodeDevice => node_devices(NodeDeviceFilter::INACTIVE)?,
        Values::Secret => {
            connection.secrets(SecretFilter::NONE)?.iter().map(|secret| secret.uuid().to_owned()).collect()
        }
        Values::Snapshot => match domain(given, connection)? {
            Some(domain) => {
                let snapshots = domain.snapshots(SnapshotFilter::NONE)?;
                snapshots.iter().map(|snapshot| snapshot.name().to_owned()).collect()
            }
            None => Vec::new(),
        },
        Values::Checkpoint => match domain(given, connection)? {
            Some(domain) => {
                let checkpoints = domain.checkpoints(CheckpointFilter::NONE)?;
                checkpoints.iter().map(|checkpoint| checkpoint.name().to_owned()).collect()
            }
            None => Vec::new(),
        },
        Values::Unknown
        | Values::Event(_)
        | Values::Key
        | Values::File
        | Values::Command
        | Values::Fields
        | Values::Order
        | Values::Condition
        | Values::Words(_)
        | Values::List(_) => Vec::new(),
    })
}

/// The volumes of the pool that is named, by name; without a pool those of all pools, by path.
fn volumes(given: &Arguments, connection: &Connection) -> Result<Vec<String>, Error> {
    if let Ok(Some(pool)) = given.text("pool") {
        let volumes = connection.pool_by_name(pool)?.volumes()?;
        return Ok(volumes.iter().map(|volume| volume.name().to_owned()).collect());
    }
    let mut paths = Vec::new();
    for pool in connection.pools(PoolFilter::ACTIVE)? {
        for volume in pool.volumes()? {
            paths.push(volume.path()?);
        }
    }
    Ok(paths)
}

/// The domain that is named.
fn domain(given: &Arguments, connection: &Connection) -> Result<Option<Domain>, Error> {
    match given.text("domain") {
        Ok(Some(name)) => connection.domain_by_name(name).map(Some),
        _ => Ok(None),
    }
}

/// What a place holds for each device, of a kind or of all, of the domain that is named.
fn in_domain(
    given: &Arguments,
    connection: &Connection,
    kind: Option<&str>,
    place: &str,
) -> Result<Vec<String>, Error> {
    let Some(domain) = domain(given, connection)? else { return Ok(Vec::new()) };
    let xml = domain.xml(DomainXml::NONE)?;
    // libvirt's own XML is well formed; if ever it is not, there is nothing to offer.
    let Ok(document) = Document::parse(&xml) else { return Ok(Vec::new()) };
    let Some(devices) = document.child(document.root(), "devices") else { return Ok(Vec::new()) };
    Ok(document
        .children(devices)
        .filter(|device| kind.is_none_or(|kind| document.is_named(*device, kind)))
        .filter_map(|device| document.get(device, place).map(|name| name.into_owned()))
        .collect())
}
