//! Copying a volume by libvirt: what is on another host, in a pool of devices, or not ours to read.

use hypervisor::{Connection, Volume};

use super::Error;
use crate::cleanup::Cleanup;
use crate::progress::{Cancel, Progress};
use crate::storage::Creation;

/// One volume that becomes another.
#[derive(Debug)]
pub(super) struct VolumeCopy {
    pub(super) source: Volume,
    pub(super) creation: Creation,
    /// Blocks are shared, or nothing is copied.
    pub(super) reflink: bool,
}

impl VolumeCopy {
    /// Makes the copy. It is listed in `cleanup` before.
    pub(super) fn run(
        &self,
        connection: &Connection,
        cleanup: &mut Cleanup,
        progress: &dyn Progress,
        cancel: &Cancel,
    ) -> Result<(), Error> {
        self.creation.run_from(&self.source, self.reflink, connection, cleanup, progress, cancel)?;
        if cancel.is_requested() { Err(Error::Cancelled) } else { Ok(()) }
    }
}
