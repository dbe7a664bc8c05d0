//! What choices are made from, and what they leave behind.

use std::fmt;

use crate::capabilities::{DomainCapabilities, Host};
use crate::osinfo::Os;

/// What choices are made from.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// What the host can run.
    pub host: &'a Host,
    /// What the emulator offers to the chosen machine. Without it, what older libvirt offers is assumed.
    pub domain_capabilities: Option<&'a DomainCapabilities>,
    /// The guest's operating system, if it is known.
    pub os: Option<&'a Os>,
    /// How the host is reached.
    pub connection: Connection,
    /// What the request says that the XML cannot.
    pub facts: Facts,
}

/// How a host is reached.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Connection {
    /// Driver of the URI: `qemu`, `test`, `xen`, `lxc`, …
    pub driver: String,
    /// The URI asks for a connection without privileges: `qemu:///session`.
    pub session: bool,
    /// The host is another one.
    pub remote: bool,
}

impl Connection {
    /// What a connection URI says, as libvirt gives it (`virConnectGetURI`).
    #[must_use]
    pub fn from_uri(uri: &str) -> Self {
        let (scheme, rest) = uri.split_once(':').unwrap_or((uri, ""));
        let (driver, transport) = scheme.split_once('+').map_or((scheme, None), |(d, t)| (d, Some(t)));
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let path = path.split(['?', '#']).next().unwrap_or_default();
        Self {
            driver: driver.to_owned(),
            session: path == "/session",
            remote: !authority.is_empty() || transport.is_some_and(|t| t != "unix"),
        }
    }

    /// Whether guests run as the user who asks for them. Root has no session of its own: the system's daemon serves it,
    /// and its guests run as a user of theirs.
    #[must_use]
    pub fn runs_as_user(&self) -> bool {
        self.session && (self.remote || !nix::unistd::geteuid().is_root())
    }
}

/// What a request says that the XML cannot.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Options that were given as `none` (`graphics`, `console`, `rng`, …): their devices are not filled in. Features
    /// that were switched off (`acpi`, `apic`, `pae`) are named here too, since XML says that by leaving them out.
    pub without: Vec<String>,
    /// Where a network card goes that names no source, on a system connection.
    pub network: Option<Network>,
    /// The hypervisor's host lacks passt, which forwards ports into guests.
    pub lacks_passt: bool,
    /// The user asked for UEFI (`--boot uefi`).
    pub uefi: bool,
    /// The user asked for the model that the host's CPU is of, by its name (`--cpu host-model-only`).
    pub host_cpu: bool,
    /// Paths of disk images that this install makes without reserving their space.
    pub sparse: Vec<String>,
}

/// Where a network card goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Network {
    /// A network of libvirt's.
    Network(String),
    /// A bridge of the host's.
    Bridge(String),
}

/// A choice that was made, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The place in the domain's XML that was filled in, e.g. `os/type/@machine`.
    pub place: String,
    /// What it was filled with.
    pub value: String,
    /// Why, as the end of a sentence: `debian11 supports it`.
    pub why: String,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}: {}", self.place, self.value, self.why)
    }
}
