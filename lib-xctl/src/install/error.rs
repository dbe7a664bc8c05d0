//! What can go wrong with an install.

use super::request::Missing;

/// Why a guest could not be installed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request leaves out what cannot be guessed.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Missing(Vec<Missing>),
    /// The user stopped it.
    #[error("the installation was cancelled")]
    Cancelled,
}
