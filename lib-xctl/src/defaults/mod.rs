//! What is filled in where the user said nothing, each choice with its reason.
//!
//! One file a subject; each subject is a function that looks at the document so far and adds what is missing. Nothing
//! that is there is changed. [`platform`] runs first, since the domain capabilities that the rest asks about are those of
//! the emulator and machine it chooses.
//!
//! ```
//! use xctl::capabilities::Host;
//! use xctl::defaults::{self, Connection, Context, Facts};
//! use xctl::document::Document;
//!
//! let host = Host::parse(
//!     "<capabilities><host><cpu><arch>x86_64</arch></cpu></host><guest><os_type>hvm</os_type>
//!      <arch name='x86_64'><emulator>/usr/bin/qemu-system-x86_64</emulator><machine>pc</machine>
//!      <domain type='qemu'/></arch></guest></capabilities>",
//! )?;
//! let connection = Connection::from_uri("qemu:///session");
//! let context =
//!     Context { host: &host, domain_capabilities: None, os: None, connection, facts: Facts::default() };
//! let mut domain = Document::parse("<domain><name>web</name></domain>")?;
//! for reason in defaults::fill(&mut domain, &context)? {
//!     println!("{reason}");
//! }
//! assert_eq!(domain.get(domain.root(), "os/type/@machine").as_deref(), Some("pc"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod channel;
mod clock;
mod console;
mod container;
mod context;
mod cpu;
mod disk;
mod error;
mod features;
mod filesystem;
mod firmware;
mod graphics;
mod guest;
mod identity;
mod input;
mod launch_security;
mod memballoon;
mod misspelt;
mod network;
mod other;
mod pci;
mod platform;
mod power;
mod resources;
mod rng;
mod scsi;
mod sound;
#[cfg(test)]
mod tests;
mod topology;
mod tpm;
mod usb;
mod video;
mod warning;

pub(crate) use disk::next_target;

pub(crate) use container::MEMORY as CONTAINER_MEMORY;
pub use context::{Connection, Context, Facts, Network, Reason};
pub use error::Error;
pub(crate) use misspelt::nearest;
pub(crate) use network::random_address;
pub use warning::warnings;

use crate::document::Document;
use guest::Guest;

/// A subject: adds what is missing.
type Subject = fn(&mut Guest<'_, '_>) -> Result<(), Error>;

/// Subjects in the order in which they depend on each other: the video card is chosen for a graphical console, the
/// channel of the guest agent before the ones that a graphical console brings.
const SUBJECTS: &[Subject] = &[
    platform::fill,
    misspelt::check,
    identity::fill,
    container::fill,
    resources::fill,
    firmware::fill,
    channel::fill,
    graphics::fill,
    console::fill,
    network::fill,
    disk::fill,
    usb::fill,
    scsi::fill,
    input::fill,
    sound::fill,
    video::fill,
    tpm::fill,
    rng::fill,
    memballoon::fill,
    filesystem::fill,
    other::fill,
    pci::fill,
    features::fill,
    cpu::fill,
    clock::fill,
    power::fill,
    launch_security::fill,
];

/// Chooses how and on what the guest runs: virtualization type, architecture, emulator, machine.
///
/// # Errors
/// [`Error::Unsupported`] if the host runs no such guests.
pub fn platform(domain: &mut Document, context: &Context<'_>) -> Result<Vec<Reason>, Error> {
    run(domain, context, &[platform::fill])
}

/// Fills in everything that is not there, the platform too.
///
/// # Errors
/// As for [`platform`]; [`Error::NoUefi`] if UEFI was asked for and there is no firmware;
/// [`Error::Topology`] if the CPUs do not add up.
pub fn fill(domain: &mut Document, context: &Context<'_>) -> Result<Vec<Reason>, Error> {
    run(domain, context, SUBJECTS)
}

/// The subject of each kind of device, for those that have one.
const DEVICES: &[(&[&str], Subject)] = &[
    (&["disk"], disk::fill),
    (&["interface"], network::fill),
    (&["graphics"], graphics::fill),
    (&["video"], video::fill),
    (&["input"], input::fill),
    (&["serial", "parallel", "console"], console::fill),
    (&["channel"], channel::fill),
    (&["sound"], sound::fill),
    (&["tpm"], tpm::fill),
    (&["rng"], rng::fill),
    (&["memballoon"], memballoon::fill),
    (&["filesystem"], filesystem::fill),
    (
        &["watchdog", "panic", "hostdev", "vsock", "smartcard", "redirdev", "iommu", "memory", "seclabel"],
        other::fill,
    ),
];

/// Fills in what is missing in the devices of one kind (`disk`, `interface`, …) of a guest that is there.
///
/// # Errors
/// Nothing fitting can be chosen.
pub fn device(domain: &mut Document, context: &Context<'_>, kind: &str) -> Result<Vec<Reason>, Error> {
    let subject = DEVICES.iter().find(|(kinds, _)| kinds.contains(&kind));
    run(domain, context, subject.map_or(&[], |(_, subject)| std::slice::from_ref(subject)))
}

/// Adds what a guest that is there gets with a SPICE console: the agent's channel, sound, the viewer's USB devices.
///
/// # Errors
/// As for [`fill`].
pub fn spice(domain: &mut Document, context: &Context<'_>) -> Result<Vec<Reason>, Error> {
    run(domain, context, &[features::spare_pointer, graphics::add_ends, sound::fill])
}

/// Chooses the firmware, unless one is chosen.
///
/// # Errors
/// As for [`fill`].
pub fn firmware(domain: &mut Document, context: &Context<'_>) -> Result<Vec<Reason>, Error> {
    run(domain, context, &[firmware::fill])
}

/// Chooses the CPU, unless one is chosen.
///
/// # Errors
/// As for [`fill`].
pub fn cpu(domain: &mut Document, context: &Context<'_>) -> Result<Vec<Reason>, Error> {
    run(domain, context, &[cpu::fill])
}

fn run(domain: &mut Document, context: &Context<'_>, subjects: &[Subject]) -> Result<Vec<Reason>, Error> {
    let mut guest = Guest::new(domain, context);
    for subject in subjects {
        subject(&mut guest)?;
    }
    Ok(guest.reasons)
}
