//! What a change may need to know beside the definition: the host, what its emulator offers, the guest's system.

use std::cell::OnceCell;
use std::sync::Arc;

use hypervisor::Connection;

use super::error::Error;
use crate::capabilities::{DomainCapabilities, Host};
use crate::defaults::{self, Context, Facts};
use crate::document::Document;
use crate::domain::Domain;
use crate::install::{definition, hostdev};
use crate::osinfo::{Database, Os};
use crate::progress::Progress;
use crate::property::{Options, Table};

/// Opens a connection.
type Connect<'a> = dyn Fn() -> Result<Connection, Box<dyn std::error::Error + Send + Sync>> + 'a;

/// Where a guest is or would be. Nothing is asked of the hypervisor before it is needed.
pub struct Surroundings<'a> {
    connect: &'a Connect<'a>,
    connection: OnceCell<Connection>,
    host: OnceCell<Host>,
    /// The guest's other definition, whose names must stay free.
    other: Option<&'a Document>,
    pub(super) progress: &'a dyn Progress,
}

/// The host and what it offers a guest.
pub(super) struct Offers {
    host: Host,
    domain: Option<DomainCapabilities>,
    os: Option<Arc<Os>>,
    connection: defaults::Connection,
    facts: Facts,
}

impl<'a> Surroundings<'a> {
    /// Surroundings on the connection that `connect` opens once it is needed.
    pub fn new(connect: &'a Connect<'a>, progress: &'a dyn Progress) -> Surroundings<'a> {
        Surroundings { connect, connection: OnceCell::new(), host: OnceCell::new(), other: None, progress }
    }

    /// The same beside the guest's other definition: what is new must fit into both.
    #[must_use]
    pub fn beside(self, other: &'a Document) -> Surroundings<'a> {
        Surroundings { other: Some(other), ..self }
    }

    pub(super) fn other(&self) -> Option<&Document> {
        self.other
    }

    /// The connection.
    ///
    /// # Errors
    /// It cannot be reached.
    pub fn connection(&self) -> Result<&Connection, Error> {
        if let Some(connection) = self.connection.get() {
            return Ok(connection);
        }
        let connection = (self.connect)().map_err(Error::Unreachable)?;
        Ok(self.connection.get_or_init(|| connection))
    }

    /// Whether the definition is known to be one of this hypervisor's, and not a file that may be for any.
    pub(super) fn is_known(&self) -> bool {
        self.connection.get().is_some()
    }

    pub(super) fn host(&self) -> Result<&Host, Error> {
        if let Some(host) = self.host.get() {
            return Ok(host);
        }
        let connection = self.connection()?;
        let host = Host::parse(&connection.capabilities()?)?.without_broken_kvm(connection.uri());
        Ok(self.host.get_or_init(|| host))
    }

    /// What a text says. A device of the host is looked up there.
    pub(super) fn options(&self, table: &'static Table, text: &str) -> Result<Options, Error> {
        let options = table.parse(text)?;
        match table.option {
            "hostdev" if !options.is_none() => Ok(hostdev::options(text, self.connection()?)?),
            "network" if options.has("hostdev") => Ok(hostdev::network_options(text, self.connection()?)?),
            _ => Ok(options),
        }
    }

    /// What the host offers the guest of this definition.
    pub(super) fn offers(&self, document: &Document) -> Result<Offers, Error> {
        let connection = self.connection()?;
        let reached = defaults::Connection::from_uri(connection.uri());
        let network = if reached.session { None } else { definition::default_network(connection) };
        Ok(Offers {
            host: self.host()?.clone(),
            domain: definition::domain_capabilities(connection, document),
            os: Domain::new(document).os_id().and_then(|id| Database::load().find(&id)),
            connection: reached,
            facts: Facts { network, ..Facts::default() },
        })
    }
}

impl Offers {
    /// The same as choices are made from.
    pub(super) fn context(&self) -> Context<'_> {
        Context {
            host: &self.host,
            domain_capabilities: self.domain.as_ref(),
            os: self.os.as_deref(),
            connection: self.connection.clone(),
            facts: self.facts.clone(),
        }
    }

    /// The same, and the user said more.
    pub(super) fn with(mut self, change: impl FnOnce(&mut Facts)) -> Offers {
        change(&mut self.facts);
        self
    }
}
