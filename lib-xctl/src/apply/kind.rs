//! Kinds of objects, and how one that a file describes is found, read and stored.

use hypervisor::flags::{
    DefineFlags, DomainXml, NetworkDefineFlags, NetworkXml, NwFilterDefineFlags, PoolDefineFlags, PoolXml,
    SecretDefineFlags, VolumeCreateFlags,
};
use hypervisor::{Connection, Domain, Network, NwFilter, Pool, Secret, Volume};

use super::Error;
use crate::document::Document;

/// A kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A domain.
    Domain,
    /// A network.
    Network,
    /// A storage pool.
    Pool,
    /// A volume of a pool.
    Volume,
    /// A secret, without its value.
    Secret,
    /// A network filter.
    Filter,
}

/// Kinds, by the root element of their definitions.
const ROOTS: [(&str, Kind); 6] = [
    ("domain", Kind::Domain),
    ("network", Kind::Network),
    ("pool", Kind::Pool),
    ("volume", Kind::Volume),
    ("secret", Kind::Secret),
    ("filter", Kind::Filter),
];

/// What secrets are for, by libvirt's numbers, and what says for which.
const USES: [(&str, i32, &str); 5] = [
    ("volume", 1, "usage/volume"),
    ("ceph", 2, "usage/name"),
    ("iscsi", 3, "usage/target"),
    ("tls", 4, "usage/name"),
    ("vtpm", 5, "usage/name"),
];

impl Kind {
    /// The kind that a document describes.
    pub(super) fn of(document: &Document) -> Result<Self, Error> {
        let root = document.local_name(document.root());
        let found = ROOTS.iter().find(|(name, _)| *name == root).map(|(_, kind)| *kind);
        found.ok_or_else(|| Error::Unknown(root.to_owned()))
    }

    /// In a word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::Network => "network",
            Self::Pool => "pool",
            Self::Volume => "volume",
            Self::Secret => "secret",
            Self::Filter => "network filter",
        }
    }

    /// The name of the object that a document describes; a secret goes by its UUID, or by what it is for.
    pub(super) fn name_in(self, document: &Document) -> Result<String, Error> {
        let get = |place: &str| document.get(document.root(), place).map(|text| text.trim().to_owned());
        let name = match self {
            Self::Secret => get("uuid").or_else(|| used_for(document).map(|(_, usage)| usage)),
            Self::Filter => get("@name"),
            _ => get("name"),
        };
        name.filter(|name| !name.is_empty()).ok_or(Error::NoName(self.name()))
    }
}

/// What a secret is for.
fn used_for(document: &Document) -> Option<(i32, String)> {
    let get = |place: &str| document.get(document.root(), place).map(|text| text.trim().to_owned());
    let kind = get("usage/@type")?;
    let (_, number, place) = USES.iter().find(|(name, ..)| *name == kind)?;
    Some((*number, get(place)?))
}

/// An object that is there.
pub(super) enum Object {
    Domain(Domain),
    Network(Network),
    Pool(Pool),
    Volume(Volume),
    Secret(Secret),
    Filter(NwFilter),
}

/// None where it is missing.
fn present<T>(found: hypervisor::Result<T>) -> Result<Option<T>, Error> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.code.is_missing() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The one of that UUID and name; either alone is another one.
fn one_of<T>(
    kind: Kind,
    (name, uuid): (&str, Option<&str>),
    by_name: impl Fn(&str) -> hypervisor::Result<T>,
    by_uuid: impl Fn(&str) -> hypervisor::Result<T>,
    identity: impl Fn(&T) -> (String, String),
) -> Result<Option<T>, Error> {
    let plain = |uuid: &str| uuid.replace('-', "").to_ascii_lowercase();
    if let Some(said) = uuid
        && let Some(found) = present(by_uuid(said))?
    {
        let (own, uuid) = identity(&found);
        return match own == name {
            true => Ok(Some(found)),
            false => Err(Error::OtherName { kind: kind.name(), uuid, name: own, said: name.to_owned() }),
        };
    }
    let Some(found) = present(by_name(name))? else { return Ok(None) };
    let (name, own) = identity(&found);
    match uuid {
        Some(said) if plain(said) != plain(&own) => {
            Err(Error::OtherUuid { kind: kind.name(), name, uuid: own, said: said.to_owned() })
        }
        _ => Ok(Some(found)),
    }
}

impl Object {
    /// Finds the object that a document describes.
    pub(super) fn find(
        connection: &Connection,
        kind: Kind,
        document: &Document,
        pool: Option<&str>,
    ) -> Result<Option<Self>, Error> {
        let name = kind.name_in(document)?;
        let uuid = document.get(document.root(), "uuid").map(|uuid| uuid.trim().to_owned());
        let said = (name.as_str(), uuid.as_deref().filter(|uuid| !uuid.is_empty()));
        Ok(match kind {
            Kind::Domain => {
                let identity = |found: &Domain| (found.name().to_owned(), found.uuid());
                one_of(
                    kind,
                    said,
                    |name| connection.domain_by_name(name),
                    |uuid| connection.domain_by_uuid(uuid),
                    identity,
                )?
                .map(Self::Domain)
            }
            Kind::Network => {
                let identity = |found: &Network| (found.name().to_owned(), found.uuid());
                one_of(
                    kind,
                    said,
                    |name| connection.network_by_name(name),
                    |uuid| connection.network_by_uuid(uuid),
                    identity,
                )?
                .map(Self::Network)
            }
            Kind::Pool => {
                let identity = |found: &Pool| (found.name().to_owned(), found.uuid());
                one_of(
                    kind,
                    said,
                    |name| connection.pool_by_name(name),
                    |uuid| connection.pool_by_uuid(uuid),
                    identity,
                )?
                .map(Self::Pool)
            }
            Kind::Filter => {
                let identity = |found: &NwFilter| (found.name().to_owned(), found.uuid());
                one_of(
                    kind,
                    said,
                    |name| connection.nwfilter_by_name(name),
                    |uuid| connection.nwfilter_by_uuid(uuid),
                    identity,
                )?
                .map(Self::Filter)
            }
            Kind::Volume => {
                let pool = connection.pool_by_name(pool.ok_or(Error::NoPool)?)?;
                present(pool.volume_by_name(&name))?.map(Self::Volume)
            }
            Kind::Secret => match (said.1, used_for(document)) {
                (Some(uuid), _) => present(connection.secret_by_uuid(uuid))?.map(Self::Secret),
                (None, Some((kind, usage))) => {
                    present(connection.secret_by_usage(kind, &usage))?.map(Self::Secret)
                }
                (None, None) => None,
            },
        })
    }

    /// Its definition as it is stored, with all that would be lost if it were stored without.
    pub(super) fn stored(&self) -> Result<String, Error> {
        Ok(match self {
            Self::Domain(domain) if !domain.is_persistent()? => {
                return Err(Error::Transient(domain.name().to_owned()));
            }
            Self::Domain(domain) => domain.xml(DomainXml::INACTIVE | DomainXml::SECURE)?,
            // Drivers that keep no second description know no flag for it.
            Self::Network(network) => {
                network.xml(NetworkXml::INACTIVE).or_else(|_| network.xml(NetworkXml::NONE))?
            }
            Self::Pool(pool) => pool.xml(PoolXml::INACTIVE).or_else(|_| pool.xml(PoolXml::NONE))?,
            Self::Volume(volume) => volume.xml()?,
            Self::Secret(secret) => secret.xml()?,
            Self::Filter(filter) => filter.xml()?,
        })
    }

    /// Whether it has a saved state, which is what its next start brings back.
    pub(super) fn is_saved(&self) -> bool {
        // Drivers that save nothing have no such state.
        matches!(self, Self::Domain(domain) if domain.has_managed_save().unwrap_or(false))
    }

    /// Whether it is in use as it was when it was started.
    pub(super) fn is_active(&self) -> Result<bool, Error> {
        Ok(match self {
            Self::Domain(domain) => domain.is_active()?,
            Self::Network(network) => network.is_active()?,
            Self::Pool(pool) => pool.is_active()?,
            Self::Volume(_) | Self::Secret(_) | Self::Filter(_) => false,
        })
    }
}

/// Stores a definition, new or changed.
pub(super) fn define(
    connection: &Connection,
    kind: Kind,
    xml: &str,
    pool: Option<&str>,
) -> hypervisor::Result<()> {
    match kind {
        Kind::Domain => connection.define_domain(xml, DefineFlags::NONE).map(drop),
        Kind::Network => connection.define_network(xml, NetworkDefineFlags::NONE).map(drop),
        Kind::Pool => connection.define_pool(xml, PoolDefineFlags::NONE).map(drop),
        Kind::Volume => {
            let pool = connection.pool_by_name(pool.unwrap_or_default())?;
            pool.create_volume(xml, VolumeCreateFlags::NONE).map(drop)
        }
        Kind::Secret => connection.define_secret(xml, SecretDefineFlags::default()).map(drop),
        Kind::Filter => connection.define_nwfilter(xml, NwFilterDefineFlags::default()).map(drop),
    }
}
