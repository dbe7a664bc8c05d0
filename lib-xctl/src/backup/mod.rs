//! Backups of guests in directories, full or of what changed since the one before, and the way back from them.
//!
//! ```text
//! DIR/backup.json            what is there: the guest, and each point with its disks (`Manifest`)
//! DIR/point-1/domain.xml     the definition at that moment
//! DIR/point-1/vda.qcow2      a disk
//! DIR/point-1/nvram          the variables of its firmware, if it has any
//! DIR/point-2/vda.qcow2      what changed, laid over ../point-1/vda.qcow2
//! ```
//!
//! Every image is an ordinary qcow2 file that `qemu-img` reads without us, at its own moment; names in it are relative, so
//! that the directory may be moved. A point is made as `.point-N.part` and gets its name once it is complete.
//!
//! A running guest's QEMU writes the images itself (libvirt's backup job), and keeps track of what changes from then on in
//! its qcow2 disks (a checkpoint). Disks of other formats are written whole each time, and so are those of guests that are
//! off.

mod copy;
mod directory;
mod error;
pub(crate) mod image;
mod making;
mod manifest;
mod push;
mod restore;
mod restored;

pub use error::Error;
pub use making::{Made, Mode, Request, run};
pub use manifest::{Kept, Manifest, Point};
pub use restore::{Plan, Wish};
