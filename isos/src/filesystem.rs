//! What a file-system format has to offer; paths, links and reading files are the same for all of them.

use std::ops::ControlFlow;

use crate::{Entry, Error};

/// A tree of entries inside an image.
pub(crate) trait FileSystem: Send + Sync + std::fmt::Debug {
    /// The top directory.
    fn root(&self) -> &Entry;

    /// Hands each entry of `directory` (shown as `path` in errors) to `each`, in the order of the image, until it
    /// breaks off. The entries for the directory itself and for its parent are left out.
    fn visit(
        &self,
        directory: &Entry,
        path: &str,
        each: &mut dyn FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<(), Error>;

    /// True if names that differ only in case are the same.
    fn ignores_case(&self) -> bool;
}
