//! Whether there is room for copies that this program makes.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::Error;
use super::disks::Disks;
use super::file::Onto;
use super::stored::Local;
use crate::storage::{self, Size};

/// File systems whose files can share blocks (`f_type` of `statfs`): btrfs, XFS, bcachefs, OCFS2.
const SHARING: [u64; 4] = [0x9123_683e, 0x5846_5342, 0xca45_1a4e, 0x7461_636f];
impl Disks<'_> {
    /// What is copied must fit; what it may grow to should.
    pub(super) fn check_room(
        &mut self,
        capacity: u64,
        local: &Local,
        new: &Path,
        onto: Onto,
    ) -> Result<(), Error> {
        let parent = new.parent().unwrap_or(Path::new("/"));
        let Ok(found) = rustix::fs::statvfs(parent) else { return Ok(()) };
        if onto == Onto::Device {
            return Ok(());
        }
        let available = found.f_bavail.saturating_mul(found.f_frsize);
        let file_system = parent.metadata().map(|metadata| metadata.dev()).unwrap_or_default();
        let shares = file_system == local.file_system
            && !self.request.whole
            && rustix::fs::statfs(parent).is_ok_and(|found| SHARING.contains(&(found.f_type as u64)));
        let takes = match (shares, self.request.whole) {
            (true, _) => 0,
            (false, true) => local.length,
            // A sparse file whose blocks are counted otherwise never takes more than its length.
            (false, false) => local.taken.min(local.length),
        };
        let needed = self.needed.entry(file_system).or_default();
        *needed = needed.saturating_add(takes);
        let sizes = |wanted: u64| (Size(wanted), Size(available));
        if *needed > available {
            let (wanted, available) = sizes(*needed);
            return Err(storage::Error::NoRoom { path: new.to_owned(), wanted, available }.into());
        }
        if self.request.checks.disk_size && capacity > available {
            let (wanted, available) = sizes(capacity);
            return Err(storage::Error::MayOutgrow { wanted, available }.into());
        }
        Ok(())
    }
}
