//! Disks that are created for a change, and go again if the change is not made.

use hypervisor::Connection;

use super::error::Error;
use crate::cleanup::{self, Cleanup, Work};
use crate::progress::{Cancel, Progress};
use crate::storage::Creation;

/// Disks that were created for a change that is about to be made.
///
/// Ends with [`NewDisks::settle`] or [`NewDisks::undo`]; if the program is killed, the next one removes them.
#[derive(Debug)]
#[must_use]
pub struct NewDisks(Cleanup);

impl NewDisks {
    /// Creates them; without any, nothing is done.
    ///
    /// # Errors
    /// libvirt cannot create one, or the user gave up; those that were created are removed.
    pub fn create(
        creations: &[Creation],
        connection: &Connection,
        progress: &dyn Progress,
    ) -> Result<Option<NewDisks>, Error> {
        if creations.is_empty() {
            return Ok(None);
        }
        cleanup::recover(connection, progress);
        let cancel = Cancel::new();
        cancel.on_signals().map_err(Error::Signals)?;
        let mut cleanup = Cleanup::begin(Work::Edit, progress);
        for creation in creations {
            let created = creation.run(connection, &mut cleanup, progress).map_err(Error::from);
            let stopped = if cancel.is_requested() { Err(Error::Cancelled) } else { Ok(()) };
            if let Err(error) = created.and(stopped) {
                cleanup.remove_all(connection).tell(progress);
                return Err(error);
            }
        }
        Ok(Some(NewDisks(cleanup)))
    }

    /// The change is made: they stay.
    pub fn settle(mut self) {
        self.0.settle();
    }

    /// The change is not made: they go, and it is said.
    pub fn undo(self, connection: &Connection, progress: &dyn Progress) {
        self.0.remove_all(connection).tell(progress);
    }
}
