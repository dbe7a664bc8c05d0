//! Why a snapshot cannot be made, gone back to or removed.

use super::Other;
use crate::cleanup::quoted;
use crate::document;

/// Why not. [`Error::hint`] is the next step.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such snapshot.
    #[error("{}", unknown(guest, name.as_deref()))]
    Unknown {
        /// The guest.
        guest: String,
        /// The snapshot; none where the current one was meant.
        name: Option<String>,
        /// Those that there are.
        known: Vec<String>,
    },
    /// The guest writes to nothing.
    #[error("Domain '{0}' has no disk whose state could be kept")]
    NoDisk(String),
    /// Neither kind of snapshot can be made, or not the one that is wanted.
    #[error("Domain '{guest}' cannot have {wanted} snapshot: {}", .why.join("; "))]
    Impossible {
        /// The guest.
        guest: String,
        /// `an internal`, `an external`, `a`.
        wanted: &'static str,
        /// What stands against it.
        why: Vec<String>,
    },
    /// What would be written is there already.
    #[error("The snapshot would be kept in '{0}', which is there already")]
    Taken(String),
    /// Going back would fail half way.
    #[error("Domain '{guest}' cannot be taken back to snapshot '{name}': {}", .why.join("; "))]
    NoWayBack {
        /// The guest.
        guest: String,
        /// The snapshot.
        name: String,
        /// What stands against it.
        why: Vec<String>,
    },
    /// Going back would write to files that other snapshots rest on.
    #[error(
        "Domain '{guest}' cannot be taken back to snapshot '{name}': that would rewrite images that later snapshots \
         rest on, and destroy these: {}",
        .resting.join(", ")
    )]
    RestedOn {
        /// The guest.
        guest: String,
        /// The snapshot.
        name: String,
        /// Those that rest on its images.
        resting: Vec<String>,
    },
    /// Disks of other guests rest on files that would be written to or removed.
    #[error(
        "Domain '{guest}' cannot {what}: that would write to or remove what disks of other domains are made of: {}",
        .others.iter().map(Other::said).collect::<Vec<_>>().join("; ")
    )]
    Others {
        /// The guest.
        guest: String,
        /// What was to become of it: `lose snapshot 'a'`.
        what: String,
        /// Those disks.
        others: Vec<Other>,
    },
    /// The next start goes on from a saved memory, with the disks that there were then.
    #[error(
        "Domain '{guest}' has a saved memory, with which its next start goes on, on the files that its disks had then"
    )]
    Saved {
        /// The guest.
        guest: String,
        /// Whether it was to be taken back to a snapshot.
        back: bool,
    },
    /// Its files are below those of a branch that the guest is not on.
    #[error(
        "Snapshot '{name}' cannot go, as '{other}' rests on its files, and the domain is not on that branch"
    )]
    Beside {
        /// The guest.
        guest: String,
        /// The snapshot.
        name: String,
        /// The one that rests on it.
        other: String,
    },
    /// Its files would be merged into an image that holds a snapshot.
    #[error(
        "Snapshot '{name}' cannot go before '{parent}', which is inside the images that its files are merged into"
    )]
    OnInternal {
        /// The guest.
        guest: String,
        /// The snapshot.
        name: String,
        /// The one that it was made on.
        parent: String,
    },
    /// Several snapshots depend on it.
    #[error("Snapshot '{name}' cannot go while several others rest on its files: {}", .children.join(", "))]
    Parent {
        /// The snapshot.
        name: String,
        /// Those that rest on it.
        children: Vec<String>,
    },
    /// The description cannot be read.
    #[error("the description of the domain or snapshot cannot be read: {0}")]
    Document(#[from] document::Error),
    /// libvirt refused.
    #[error("{0}")]
    Libvirt(#[from] hypervisor::Error),
}

fn unknown(guest: &str, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("Domain '{guest}' has no snapshot '{name}'"),
        None => format!("Domain '{guest}' has no current snapshot"),
    }
}

impl Error {
    /// What the user can do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unknown { known, .. } if known.is_empty() => "`virsh snapshot DOMAIN` makes one".to_owned(),
            Self::Unknown { known, .. } => format!("it has {}", known.join(", ")),
            Self::NoDisk(_) => "`virsh save` keeps a running domain's memory".to_owned(),
            Self::Taken(_) => "choose another name for the snapshot, or move that file away".to_owned(),
            Self::Saved { guest, back } => {
                let guest = quoted(guest);
                let removes = format!("`virsh managedsave-remove {guest}` gives that memory up");
                match back {
                    true => removes,
                    false => format!("`virsh start {guest}` and make it then, or {removes}"),
                }
            }
            Self::Beside { guest, other, .. } => {
                let (guest, other) = (quoted(guest), quoted(other));
                format!("`virsh snapshot-drop {guest} {other}` or `virsh rollback {guest} {other}` first")
            }
            Self::OnInternal { guest, parent, .. } => {
                format!("`virsh snapshot-drop {} {}` first", quoted(guest), quoted(parent))
            }
            Self::RestedOn { guest, resting, .. } => {
                let guest = quoted(guest);
                let gives_up =
                    |name: &String| format!("`virsh snapshot-delete {guest} {} --metadata`", quoted(name));
                let gives_up: Vec<_> = resting.iter().rev().map(gives_up).collect();
                format!(
                    "{} gives up what was kept and written since, whose files stay, and opens the way",
                    gives_up.join(", ")
                )
            }
            Self::Others { others, .. } => others.iter().map(Other::way_out).collect::<Vec<_>>().join("; "),
            Self::Parent { children, .. } => {
                format!("remove all but one of them first: {}", children.join(", "))
            }
            _ => return None,
        })
    }
}
