//! Why an object is not made what a file says.

use crate::document;

/// Why not. [`Error::hint`] is the next step.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It describes nothing that is known.
    #[error("<{0}> describes no object that can be applied")]
    Unknown(String),
    /// It has no name.
    #[error("the {0} that it describes has no name")]
    NoName(&'static str),
    /// The pool of a volume is not known.
    #[error("a volume is in a pool, and none is named")]
    NoPool,
    /// The UUID is another object's.
    #[error("{kind} '{name}' has UUID {uuid}, and the file says {said}")]
    OtherUuid {
        /// What it is.
        kind: &'static str,
        /// Its name.
        name: String,
        /// Its UUID.
        uuid: String,
        /// The one in the file.
        said: String,
    },
    /// The UUID is that of an object of another name.
    #[error("the {kind} with UUID {uuid} is called '{name}', and the file says '{said}'")]
    OtherName {
        /// What it is.
        kind: &'static str,
        /// Its UUID.
        uuid: String,
        /// Its name.
        name: String,
        /// The one in the file.
        said: String,
    },
    /// There is no definition to change.
    #[error("domain '{0}' is transient: it has no definition")]
    Transient(String),
    /// A volume cannot be changed.
    #[error("volume '{name}' is there and differs, and volumes cannot be redefined:\n{difference}")]
    Fixed {
        /// Its name.
        name: String,
        /// How it differs.
        difference: String,
    },
    /// Somebody else was faster.
    #[error("'{0}' was changed by somebody else meanwhile")]
    ChangedMeanwhile(String),
    /// It is no XML.
    #[error("it cannot be read: {0}")]
    Document(#[from] document::Error),
    /// libvirt refused.
    #[error("{0}")]
    Libvirt(#[from] hypervisor::Error),
}

impl Error {
    /// What the user can do.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Unknown(_) => "it takes <domain>, <network>, <pool>, <volume>, <secret> and <filter>",
            Self::NoPool => "--pool names it",
            Self::OtherUuid { .. } => "without <uuid> the file means the one of that name",
            Self::OtherName { .. } => {
                "another name makes another object: leave <uuid> out, or rename it first"
            }
            Self::Transient(_) => "virsh define makes it persistent",
            Self::Fixed { .. } => "vol-resize changes its size; another one needs another name",
            Self::ChangedMeanwhile(_) => "look at it, and apply the file again",
            _ => return None,
        })
    }
}
