//! Why a definition was not changed.

use std::path::PathBuf;

use crate::{defaults, document, install, osinfo, property, storage};

/// Why a definition was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing was given to change.
    #[error("No change specified.\n  hint: name one option such as --disk or --memory with what to change")]
    NoChange,
    /// More than one option was given.
    #[error(
        "Only one change operation may be specified (conflicting options {})\n  \
         hint: run the program once for each",
        .0.join(", ")
    )]
    SeveralChanges(Vec<String>),
    /// The option is not one of a device.
    #[error("Cannot use --{action} with --{option}\n  hint: there is only one of it: --edit changes it")]
    NotADevice {
        /// `add-device`, `remove-device`.
        action: &'static str,
        /// The option.
        option: &'static str,
    },
    /// The option is about several elements, so that none can be printed.
    #[error("--build-xml not supported for --{0}\n  hint: it is about more than one element")]
    NotOneElement(&'static str),
    /// An option that only edits.
    #[error("--{0} can only be used with --edit")]
    OnlyEdits(&'static str),
    /// `--osinfo` where it decides nothing.
    #[error("--os-variant/--osinfo is not supported with --{action}{}", system_hint(.action))]
    SystemUnused {
        /// `edit`, `remove-device`, `build-xml`.
        action: &'static str,
    },
    /// There is one of it, and a selection was given.
    #[error("'--edit {selection}' doesn't make sense with --{option}, just use empty '--edit'")]
    NothingToSelect {
        /// What was typed.
        selection: String,
        /// The option.
        option: &'static str,
    },
    /// A number that counts nothing.
    #[error("Invalid --edit option '0'\n  hint: devices are counted from 1, and from -1 backwards")]
    Zero,
    /// There are fewer.
    #[error("'--edit {number}' requested but there{}{candidates}", only(.option, *.count))]
    OutOfRange {
        /// What was typed.
        number: i64,
        /// How many there are.
        count: usize,
        /// The option.
        option: &'static str,
        /// Those there are, a line each.
        candidates: String,
    },
    /// There is none at all.
    #[error("No --{0} objects found in the XML")]
    None(&'static str),
    /// None is like that.
    #[error("No matching objects found for --{action} {selection}{candidates}")]
    NoMatch {
        /// `edit`, `remove-device`.
        action: &'static str,
        /// What was typed.
        selection: String,
        /// Those there are, a line each.
        candidates: String,
    },
    /// The same selection names two devices.
    #[error(
        "'{selection}' of the running guest is {running}, of its definition {stored}\n  \
         hint: select by what they have in common, as target=vda or mac=52:54:00:01:02:03"
    )]
    Ambiguous {
        /// What was typed.
        selection: String,
        /// The device of the running guest.
        running: String,
        /// The device of the definition.
        stored: String,
    },
    /// A new image, and nothing says that the old one shall go.
    #[error(
        "the disk '{target}' has '{medium}', which size= and backing_store= would not change but replace\n  \
         hint: name the new image with path= or pool=; to make this one larger, use `virsh blockresize` while the \
         guest runs, or `qemu-img resize`"
    )]
    HasMedium {
        /// Its name in the guest.
        target: String,
        /// What it has now.
        medium: String,
    },
    /// There is no such guest.
    #[error("Could not find domain '{name}': {cause}{}", nearest(.near))]
    NoDomain {
        /// What was typed.
        name: String,
        /// libvirt's words.
        cause: String,
        /// Names of guests that are like it.
        near: Vec<String>,
    },
    /// The document is no domain's.
    #[error("this is the XML of a <{0}>, and virtual machines are described by a <domain>")]
    NotADomain(String),
    /// The document cannot be read.
    #[error("the XML cannot be read")]
    Unreadable(#[source] document::Error),
    /// A definition by another name would be another guest.
    #[error(
        "'{from}' cannot become '{to}' by storing its definition: libvirt would take it for another guest\n  \
         hint: virsh domrename {from} {to}, while it does not run"
    )]
    Renamed {
        /// Its name.
        from: String,
        /// The name in the definition.
        to: String,
    },
    /// Somebody else changed the definition.
    #[error(
        "somebody else changed the definition of '{name}' meanwhile, and it was left as it is now\n  \
         what was to be stored is kept in {}\n  \
         hint: run the same command again; virsh define FILE stores the kept one instead",
        .kept.display()
    )]
    ChangedMeanwhile {
        /// The guest.
        name: String,
        /// The file with what was to be stored.
        kept: PathBuf,
    },
    /// The same, and there is no place to keep ours.
    #[error("somebody else changed the definition of '{name}' meanwhile, and it was left as it is now")]
    ChangedAndLost {
        /// The guest.
        name: String,
        /// Why what was to be stored is not kept.
        #[source]
        source: std::io::Error,
    },
    /// A disk cannot be had.
    #[error("--disk {text}")]
    Disk {
        /// The text of the option.
        text: String,
        /// Why.
        #[source]
        source: storage::Error,
    },
    /// The conversion cannot be made.
    #[error("{0}")]
    Conversion(String),
    /// The user stopped it.
    #[error("Aborted at user request")]
    Cancelled,
    /// The system does not let us notice ^C, so that nothing is created.
    #[error("cannot listen to signals")]
    Signals(#[source] std::io::Error),
    /// The option's text is wrong.
    #[error(transparent)]
    Option(#[from] property::Error),
    /// A value that XML cannot hold.
    #[error(transparent)]
    Document(#[from] document::Error),
    /// Nothing fitting can be chosen.
    #[error(transparent)]
    Default(#[from] defaults::Error),
    /// The system is not known.
    #[error(transparent)]
    System(#[from] osinfo::Error),
    /// What the storage says.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// What making a disk says.
    #[error(transparent)]
    Install(#[from] install::Error),
    /// The hypervisor cannot be reached.
    #[error(transparent)]
    Unreachable(Box<dyn std::error::Error + Send + Sync>),
    /// What the hypervisor says.
    #[error(transparent)]
    Hypervisor(#[from] hypervisor::Error),
}

fn system_hint(action: &str) -> &'static str {
    if action == "edit" {
        "\n  hint: --edit --metadata os_name=NAME says which system the guest holds"
    } else {
        ""
    }
}

fn only(option: &str, count: usize) -> String {
    if count == 1 {
        format!("'s only 1 --{option} object in the XML")
    } else {
        format!(" are only {count} --{option} objects in the XML")
    }
}

fn nearest(names: &[String]) -> String {
    if names.is_empty() {
        return "\n  hint: virsh list --all names those there are".to_owned();
    }
    format!("\n  hint: there is {}", names.join(", "))
}
