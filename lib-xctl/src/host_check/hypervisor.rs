//! What the hypervisor itself says.

use std::time::Duration;

use ::hypervisor::{Connection, OpenOptions, Version};
use nix::unistd::geteuid;

use super::mend::Package;
use super::{Answer, Facts, fail, pass, warn};
use crate::capabilities::Host;
use crate::reach;

/// How long libvirt may take to answer; a daemon that is started for it needs a while.
const PATIENCE: Duration = Duration::from_secs(30);

/// The oldest versions that are supported.
const OLDEST_LIBVIRT: Version = Version { major: 9, minor: 0, release: 0 };
const OLDEST_QEMU: Version = Version { major: 7, minor: 2, release: 0 };

const LIBVIRT: Package = Package {
    debian: "libvirt-daemon-system",
    fedora: "libvirt-daemon-kvm",
    arch: "libvirt",
    suse: "libvirt-daemon-qemu",
};

/// What came of asking libvirt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reached {
    /// Which one was asked: the system's for root, one's own for others.
    pub(super) uri: &'static str,
    /// What it answered.
    pub(super) answer: Result<Versions, Silence>,
    /// What guests it runs.
    pub(super) emulators: Vec<Emulator>,
}

/// Which versions are in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Versions {
    /// Of libvirt's daemon.
    pub(super) libvirt: Version,
    /// Of QEMU, if libvirt found one.
    pub(super) qemu: Option<Version>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Silence {
    /// What libvirt's library says.
    pub(super) why: String,
    /// What to do, where that is known.
    pub(super) hint: Option<&'static str>,
}

/// A kind of guest that libvirt runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Emulator {
    /// Its architecture.
    pub(super) architecture: String,
    /// Whether libvirt offers KVM for it.
    pub(super) kvm: bool,
}

impl Reached {
    /// Asks this user's own libvirt.
    pub(super) fn ask() -> Self {
        let uri = if geteuid().is_root() { "qemu:///system" } else { "qemu:///session" };
        let options = OpenOptions { time_limit: Some(PATIENCE), read_only: true, ..OpenOptions::uri(uri) };
        let asked = Connection::open(&options).and_then(|connection| {
            let libvirt = connection.daemon_version()?;
            let qemu = connection.hypervisor_version().ok().flatten();
            Ok((Versions { libvirt, qemu }, connection.capabilities()?))
        });
        match asked {
            Ok((versions, capabilities)) => {
                let host = Host::parse(&capabilities).map(|host| host.guests).unwrap_or_default();
                let emulator = |guest: crate::capabilities::Architecture| Emulator {
                    kvm: guest.virt_type("kvm").is_some(),
                    architecture: guest.name,
                };
                Self { uri, answer: Ok(versions), emulators: host.into_iter().map(emulator).collect() }
            }
            Err(error) => {
                let hint = reach::hint(&error, Some(uri));
                Self { uri, answer: Err(Silence { why: error.message, hint }), emulators: Vec::new() }
            }
        }
    }
}

pub(super) fn libvirt(facts: &Facts) -> Option<Answer> {
    let reached = facts.hypervisor.as_ref()?;
    let install = || facts.distribution.install(LIBVIRT);
    match &reached.answer {
        Ok(Versions { libvirt, .. }) if *libvirt < OLDEST_LIBVIRT => {
            warn(format!("{libvirt}, older than {OLDEST_LIBVIRT}"), install())
        }
        Ok(Versions { libvirt, .. }) => pass(format!("{libvirt}, {} answers", reached.uri)),
        Err(Silence { why, hint }) => {
            let step = hint.map_or_else(|| format!("{}, or start its daemon", install()), str::to_owned);
            fail(format!("{} does not answer", reached.uri), format!("{}; {step}", why.trim_end()))
        }
    }
}

pub(super) fn qemu(facts: &Facts) -> Option<Answer> {
    let reached = facts.hypervisor.as_ref()?;
    let version = reached.answer.as_ref().ok()?.qemu;
    let install = || facts.distribution.install(super::programs::QEMU);
    let Some(version) = version else { return fail("libvirt finds no emulator", install()) };
    if version < OLDEST_QEMU {
        return warn(format!("{version}, older than {OLDEST_QEMU}"), install());
    }
    let mut kinds: Vec<String> = reached
        .emulators
        .iter()
        .map(|emulator| format!("{}{}", emulator.architecture, if emulator.kvm { " (kvm)" } else { "" }))
        .collect();
    kinds.dedup();
    pass(format!("{version}, for {}", super::programs::some(&kinds)))
}
