//! What can go wrong with an install.

use std::path::PathBuf;

use super::inject;
use super::request::Missing;
use crate::{defaults, document, fetch, osinfo, property, rights, storage, unattended};

/// Why a guest could not be installed. Where there is a next step, it is the last line, after `hint:`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request leaves out what cannot be guessed.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Missing(Vec<Missing>),
    /// There is no such option.
    #[error("unknown option --{0}")]
    UnknownOption(String),
    /// An option's text is wrong.
    #[error(transparent)]
    Option(#[from] property::Error),
    /// The system cannot be looked up.
    #[error(transparent)]
    Os(#[from] osinfo::Error),
    /// Another guest has the name.
    #[error("Guest name '{0}' is already in use.")]
    NameTaken(String),
    /// The host has no such device.
    #[error(
        "the host has no device '{name}'{}\n  hint: virsh nodedev-list shows what it has",
        .nearest.as_ref().map_or(String::new(), |nearest| format!("; did you mean '{nearest}'?"))
    )]
    NoHostDevice {
        /// The name.
        name: String,
        /// The name that comes nearest.
        nearest: Option<String>,
    },
    /// Several devices of the host have the address.
    #[error("several devices of the host are '{address}'\n  hint: say which one: {}", .names.join(", "))]
    ManyHostDevices {
        /// The address.
        address: String,
        /// Their names.
        names: Vec<String>,
    },
    /// A guest cannot take over a device of the host.
    #[error("the host's device '{name}' cannot be given to a guest: {why}")]
    HostDevice {
        /// The device.
        name: String,
        /// Why.
        why: String,
    },
    /// The guest that is to be installed anew runs.
    #[error(
        "guest '{0}' is running and cannot be installed anew\n  hint: virsh shutdown {0}, then try again"
    )]
    Running(String),
    /// Another guest has the network card's address.
    #[error(
        "The MAC address '{mac}' is in use by another virtual machine: {guest}\n  hint: use --check mac_in_use=off or --check all=off to override"
    )]
    MacTaken {
        /// The address.
        mac: String,
        /// The guest that has it.
        guest: String,
    },
    /// Nothing fitting can be chosen for what was left open.
    #[error(transparent)]
    Defaults(#[from] defaults::Error),
    /// The host runs no such guest.
    #[error("Host does not support {0}")]
    NotOffered(String),
    /// The guest would have more memory than the host.
    #[error(
        "the guest's memory, {wanted} MiB, is more than the {host} MiB of the host\n  \
         hint: use --check memory_size=off or --check all=off to override"
    )]
    Memory {
        /// What was asked for.
        wanted: u64,
        /// What the host has.
        host: u64,
    },
    /// A guest without a processor.
    #[error("a guest needs a virtual CPU at least, and --vcpus says 0")]
    NoCpus,
    /// Ports are forwarded by user networking alone.
    #[error(
        "ports cannot be forwarded over a network of type '{0}'\n  \
         hint: --network user,forward=…; on a bridge or a network, the guest has an address of its own"
    )]
    Forward(String),
    /// A tree on this host cannot be used by a hypervisor on another one.
    #[error(
        "'{0}' is on this host, and the guest will be on another one\n  hint: give an http, https or ftp address, or copy it there and use --cdrom"
    )]
    OtherHost(String),
    /// The tree cannot be read.
    #[error(transparent)]
    Fetch(#[from] fetch::Error),
    /// What Windows' installer takes in beside its answers cannot be fetched.
    #[error(
        "cannot get a driver that the OS database names for Windows' installer: {0}\n  hint: without --unattended the \
         guest gets devices only that Windows drives by itself"
    )]
    Driver(fetch::Error),
    /// The image cannot be read.
    #[error("{0}{right}", right = right_to_open(.0))]
    Image(#[from] isos::Error),
    /// The OS database names no image to start from.
    #[error(
        "the OS database knows no cloud image of '{name}' for {arch}\n  hint: --image also takes the address or the path of an image"
    )]
    NoImage {
        /// The system's name.
        name: String,
        /// The architecture.
        arch: String,
    },
    /// An image cannot become the guest's disk.
    #[error("cannot make a disk of image '{name}': {why}")]
    UnfitImage {
        /// The image.
        name: String,
        /// The reason.
        why: String,
    },
    /// There is no disk that an image could be written to.
    #[error("the image needs a new disk, and it has to be the first\n  hint: --disk size=GIB")]
    NoDiskForImage,
    /// The image is shorter than it says itself.
    #[error("image '{}' is not complete: {missing} MiB are missing at its end\n  hint: download it again", image.display())]
    Incomplete {
        /// The image.
        image: PathBuf,
        /// What is missing, in MiB.
        missing: u64,
    },
    /// The tree can be read and holds nothing that boots.
    #[error(
        "no kernel to install from was found in '{tree}'{}\n  hint: boot it as it is with --cdrom, or name the files \
         with --location TREE,kernel=PATH,initrd=PATH",
        listed(.problems)
    )]
    NoKernel {
        /// The tree.
        tree: String,
        /// What could not be read on the way.
        problems: Vec<String>,
    },
    /// The medium boots, but has no kernel that could be booted without it.
    #[error("no kernel to install from is in '{medium}': {system}\n  hint: --cdrom boots the medium itself")]
    OwnLoader {
        /// The medium.
        medium: String,
        /// The system and what shows it.
        system: String,
    },
    /// An initial RAM disk without the kernel that would unpack it.
    #[error("initial RAM disk '{0}' is given without its kernel\n  hint: kernel=PATH,initrd=PATH")]
    NoKernelFor(String),
    /// Something is to be given to an installer's kernel, and none is booted.
    #[error("{0}\n  hint: --location boots the kernel of an installation tree or an ISO image")]
    NoKernelBoot(&'static str),
    /// The installation medium cannot be used.
    #[error("Validating install media '{path}' failed: {}", with_cause(.reason))]
    Medium {
        /// The medium.
        path: String,
        /// The reason.
        reason: storage::Error,
    },
    /// A disk cannot be used or created.
    #[error("--disk {text}: {}", with_cause(.reason))]
    Disk {
        /// The option's text.
        text: String,
        /// The reason.
        reason: storage::Error,
    },
    /// A file cannot go into the initial RAM disk.
    #[error(transparent)]
    Inject(#[from] inject::Error),
    /// The system cannot be installed unattended.
    #[error(transparent)]
    Unattended(#[from] unattended::Error),
    /// The files of a seed cannot be put on its volume.
    #[error(transparent)]
    Seed(#[from] isos::write::Error),
    /// A file for the install boot cannot be written.
    #[error("cannot write '{}' for the install boot", path.display())]
    BootFile {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The guest cannot be started.
    #[error("{reason}{hint}")]
    Start {
        /// The reason.
        reason: hypervisor::Error,
        /// What the person can do about it, with its own line breaks, or nothing.
        hint: String,
    },
    /// The guest crashed while it was installed.
    #[error("Domain has crashed.")]
    Crashed,
    /// The guest's emulator ended by itself: it failed, or somebody killed it.
    #[error("the emulator of the guest '{name}' failed or was killed{}\n  hint: {hint}", listed(.said))]
    EmulatorEnded {
        /// The guest.
        name: String,
        /// What the emulator said last.
        said: Vec<String>,
        /// How to go on.
        hint: String,
    },
    /// Somebody undefined the guest while it was waited for.
    #[error(
        "the guest '{name}' was removed by somebody else\n  \
         hint: the same command begins again, with the disks that were made for it as far as they are left"
    )]
    Removed {
        /// The guest.
        name: String,
    },
    /// libvirt refused.
    #[error(transparent)]
    Hypervisor(#[from] hypervisor::Error),
    /// A value cannot be written as XML.
    #[error(transparent)]
    Document(#[from] document::Error),
    /// The user stopped it.
    #[error("Installation aborted at user request")]
    Cancelled,
}

/// The system's reason belongs to the line that names the disk.
fn with_cause(error: &storage::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// The next step where the image may not be opened.
fn right_to_open(error: &isos::Error) -> String {
    match error {
        isos::Error::Open { image, source } => rights::hint(image, source),
        _ => String::new(),
    }
}

fn listed(lines: &[String]) -> String {
    lines.iter().map(|line| format!("\n  {line}")).collect()
}

impl Error {
    /// A failed fetch or copy, unless it failed because the user stopped it.
    pub(super) fn of_fetch(error: fetch::Error) -> Error {
        if error.is_cancelled() { Error::Cancelled } else { Error::Fetch(error) }
    }
}
