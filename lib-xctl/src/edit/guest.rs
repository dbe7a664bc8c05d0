//! A guest as it was read, and the way back: its definition is stored only over the one that was read.

use std::io::Write;
use std::path::PathBuf;

use hypervisor::flags::{DefineFlags, DomainFilter, DomainXml, StartFlags};
use hypervisor::{Connection, Domain};

use super::error::Error;
use crate::document::Document;

/// How many names are offered for one that there is not.
const NEAREST: usize = 3;
/// How like a name must be to be offered.
const LIKENESS: f64 = 0.6;

/// A guest whose definition is about to change.
#[derive(Debug)]
pub struct Guest {
    connection: Connection,
    domain: Domain,
    /// Its definition, from which it is started the next time.
    stored: String,
    /// What it runs with, if it runs.
    running: Option<String>,
    persistent: bool,
}

impl Guest {
    /// Reads a guest by name, by the number it has while it runs, or by UUID.
    ///
    /// # Errors
    /// There is none; the error names those with similar names.
    pub fn find(connection: &Connection, name: &str) -> Result<Guest, Error> {
        let by_name = connection.domain_by_name(name);
        let domain = by_name.or_else(|error| match (name.parse(), uuid::Uuid::try_parse(name)) {
            (Ok(number), _) => connection.domain_by_id(number),
            (_, Ok(_)) => connection.domain_by_uuid(name),
            _ => Err(error),
        });
        let domain = domain.map_err(|error| {
            if !error.code.is_missing() {
                return error.into();
            }
            Error::NoDomain {
                name: name.to_owned(),
                cause: error.message.clone(),
                near: nearest(connection, name),
            }
        })?;
        let running = if domain.is_active()? { Some(describe(&domain, DomainXml::NONE)?) } else { None };
        let stored = describe(&domain, DomainXml::INACTIVE)?;
        let persistent = domain.is_persistent()?;
        Ok(Guest { connection: connection.clone(), domain, stored, running, persistent })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.domain.name()
    }

    /// The guest itself.
    #[must_use]
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// Its stored definition as it was read.
    #[must_use]
    pub fn stored(&self) -> &str {
        &self.stored
    }

    /// What it ran with when it was read, if it ran.
    #[must_use]
    pub fn running(&self) -> Option<&str> {
        self.running.as_deref()
    }

    /// Stores a definition instead of the one that was read. Returns whether it made a difference: libvirt may have
    /// filled in again what was taken away.
    ///
    /// # Errors
    /// libvirt refuses it, or somebody else stored one meanwhile. That one then stays, and ours is kept in a file.
    pub fn store(&self, definition: &Document) -> Result<bool, Error> {
        let text = definition.to_string();
        let name = definition.get(definition.root(), "name").unwrap_or_default();
        if name.trim() != self.name() {
            return Err(Error::Renamed { from: self.name().to_owned(), to: name.trim().to_owned() });
        }
        // Of a guest without a stored definition, libvirt makes one from what it runs with, which we may have changed.
        if self.persistent && describe(&self.domain, DomainXml::INACTIVE)? != self.stored {
            let name = self.name().to_owned();
            return Err(match keep(&name, &text) {
                Ok(kept) => Error::ChangedMeanwhile { name, kept },
                Err(source) => Error::ChangedAndLost { name, source },
            });
        }
        let domain = self.connection.define_domain(&text, DefineFlags::NONE)?;
        Ok(describe(&domain, DomainXml::INACTIVE)? != self.stored)
    }

    /// Starts it from its stored definition.
    ///
    /// # Errors
    /// What libvirt says.
    pub fn start(&self) -> Result<(), Error> {
        Ok(self.domain.start(StartFlags::NONE)?)
    }
}

/// What libvirt says of a guest, with the passwords in it: they would be lost if it were stored without.
pub(super) fn describe(domain: &Domain, flags: DomainXml) -> Result<String, hypervisor::Error> {
    domain.xml(flags | DomainXml::SECURE)
}

/// Keeps a definition in a file that only this user reads.
fn keep(name: &str, text: &str) -> std::io::Result<PathBuf> {
    let plain: String =
        name.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    let mut file = tempfile::Builder::new().prefix(&format!("{plain}-")).suffix(".xml").tempfile()?;
    file.write_all(text.as_bytes())?;
    let (_, path) = file.keep().map_err(|error| error.error)?;
    Ok(path)
}

fn nearest(connection: &Connection, name: &str) -> Vec<String> {
    let Ok(domains) = connection.domains(DomainFilter::NONE) else { return Vec::new() };
    let mut near: Vec<(f64, String)> = domains
        .iter()
        .map(|domain| (strsim::normalized_damerau_levenshtein(domain.name(), name), domain.name().to_owned()))
        .filter(|(likeness, _)| *likeness >= LIKENESS)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    near.into_iter().take(NEAREST).map(|(_, name)| format!("'{name}'")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hypervisor::OpenOptions;

    fn connection() -> Connection {
        Connection::open(&OpenOptions::uri("test:///default")).unwrap()
    }

    fn with_title(guest: &Guest, title: &str) -> Document {
        let mut definition = Document::parse(guest.stored()).unwrap();
        definition.set(definition.root(), "title", title).unwrap();
        definition
    }

    #[test]
    fn a_guest_is_found_by_name_number_and_uuid() {
        let connection = connection();
        let uuid = connection.domain_by_name("test").unwrap().uuid();
        for name in ["test", "1", &uuid] {
            let guest = Guest::find(&connection, name).unwrap();
            assert_eq!(guest.name(), "test");
            assert!(guest.running().is_some());
        }
        let error = Guest::find(&connection, "tset").unwrap_err().to_string();
        assert!(
            error.starts_with("Could not find domain 'tset': ") && error.contains("there is 'test'"),
            "{error}"
        );
        let error = Guest::find(&connection, "777").unwrap_err().to_string();
        assert!(error.contains("Could not find domain '777'"), "{error}");
    }

    #[test]
    fn what_somebody_else_stored_meanwhile_stays_and_ours_is_kept() {
        let connection = connection();
        let guest = Guest::find(&connection, "test").unwrap();
        connection.define_domain(&with_title(&guest, "theirs").to_string(), DefineFlags::NONE).unwrap();
        let ours = with_title(&guest, "ours");
        let Err(Error::ChangedMeanwhile { kept, .. }) = guest.store(&ours) else { panic!("it was stored") };
        assert_eq!(std::fs::read_to_string(&kept).unwrap(), ours.to_string());
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&kept).unwrap().permissions());
        assert_eq!(mode & 0o077, 0);
        std::fs::remove_file(kept).unwrap();
        let now = Guest::find(&connection, "test").unwrap();
        assert!(now.stored().contains("theirs") && !now.stored().contains("ours"));
        assert!(now.store(&with_title(&now, "ours")).unwrap());
        assert!(!Guest::find(&connection, "test").unwrap().stored().contains("theirs"));
    }
}
