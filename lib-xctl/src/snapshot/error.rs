//! Why a snapshot cannot be made, gone back to or removed.

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
            Self::Parent { children, .. } => {
                format!("remove all but one of them first: {}", children.join(", "))
            }
            _ => return None,
        })
    }
}
