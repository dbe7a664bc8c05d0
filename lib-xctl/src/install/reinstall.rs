//! A guest that is there is installed anew: its definition stays as it is, and only the install boot differs from it.

use hypervisor::flags::DomainXml;

use super::Error;
use super::definition::{Draft, Making, domain_capabilities};
use super::disks::{self, Disks};
use crate::defaults::{self, Context, Facts};
use crate::document::Document;
use crate::domain::{Disk, Domain, Drive};
use crate::osinfo::Os;

/// The stored definition of the guest called `name`, which must not run.
pub(super) fn stored(connection: &hypervisor::Connection, name: &str) -> Result<Document, Error> {
    let guest = connection.domain_by_name(name).or_else(|missing| {
        if missing.code.is_missing() {
            connection.domain_by_uuid(name).map_err(|_| missing)
        } else {
            Err(missing)
        }
    })?;
    if guest.is_active()? {
        return Err(Error::Running(guest.name().to_owned()));
    }
    Ok(Document::parse(&guest.xml(DomainXml::INACTIVE | DomainXml::SECURE)?)?)
}

/// The system that a definition says the guest holds.
pub(super) fn os_of(definition: &Document, database: &crate::osinfo::Database) -> Option<std::sync::Arc<Os>> {
    database.find(&Domain::new(definition).os_id()?)
}

impl Making<'_> {
    /// The stored definition with the medium in a drive: in the first CD-ROM drive that it has, or in a further one.
    pub(super) fn with_medium(&self, mut document: Document) -> Result<Draft, Error> {
        let mut disks = Disks::default();
        if let Some(path) = &self.media.cdrom {
            let drive =
                Disk::all(&document).find(|disk| disk.device() == Drive::Cdrom).map(|disk| disk.element());
            match drive {
                Some(drive) => disks::insert(&mut document, drive, self.connection, self.request, path)?,
                None => {
                    disks = disks::add(&mut document, self.connection, self.request, &[], Some(path))?;
                    let capabilities = domain_capabilities(self.connection, &document);
                    let context = Context {
                        host: self.host,
                        domain_capabilities: capabilities.as_ref(),
                        os: self.os.as_deref(),
                        connection: defaults::Connection::from_uri(self.connection.uri()),
                        facts: Facts::default(),
                    };
                    defaults::device(&mut document, &context, "disk")?;
                }
            }
        }
        Ok(Draft { document, disks, reasons: Vec::new() })
    }
}
