//! Images as directories, for the user who mounted them alone: FUSE, read-only, without set-user-ID bits and devices.
//!
//! | module | what it holds |
//! |---|---|
//! | `server` | what the kernel asks, answered from the image |
//! | `splice` | content that does not pass through this program's memory |
//! | `nodes` | the entries that the kernel knows of, by inode number |
//! | `table` | which images are mounted, and unmounting them |
//! | `attach` | putting it on a directory, with or without fusermount3 |
//! | `place` | directories for users who name none |
//! | `namespace` | a private table of mounts, where there is no fusermount3 |

mod attach;
mod namespace;
mod nodes;
mod place;
mod server;
mod splice;
mod table;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use fuser::{Config, SessionACL};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::Image;
use attach::attach;
pub use namespace::{enter_namespace, needs_namespace};
pub use place::{Held, new_directory, remove_directory, wait_for_server};
use server::{Activity, Server};
pub use table::{Mounted, Unmounting, mounted, unmount};

/// The type of these mounts in the table of mounts, after `fuse.`.
const SUBTYPE: &str = "xmount";

/// How often it is looked whether a mount is to end.
const GLANCE: Duration = Duration::from_millis(200);

/// A failure to mount or unmount.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MountError {
    /// The kernel or fusermount3 refused.
    #[error("cannot mount '{}' on '{}': {why}", image.display(), directory.display())]
    Refused {
        /// The image.
        image: PathBuf,
        /// Where it was to be mounted.
        directory: PathBuf,
        /// The reason, with the next step.
        why: String,
    },
    /// The mount worked, and broke later.
    #[error("the mount on '{}' broke", directory.display())]
    Broken {
        /// Where it was mounted.
        directory: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The system does not let this user have a table of mounts of their own.
    #[error("cannot mount without fusermount3 (package fuse3) as this user: {0}")]
    Namespace(#[source] io::Error),
    /// The table of mounts cannot be read.
    #[error("cannot read {}", table::TABLE)]
    Table(#[source] io::Error),
    /// Somebody's files there are open.
    #[error("'{}' is in use", directory.display())]
    Busy {
        /// Where it is mounted.
        directory: PathBuf,
    },
    /// It could not be unmounted.
    #[error("cannot unmount '{}': {why}", directory.display())]
    Unmount {
        /// Where it is mounted.
        directory: PathBuf,
        /// The reason.
        why: String,
    },
}

/// What ends a mount beside its being unmounted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ends {
    /// So long without any use of it.
    pub idle: Option<Duration>,
    /// A signal that ends programs.
    pub signals: bool,
}

/// The name that an image is mounted under: its own, in the directory where it really is.
///
/// # Errors
/// There is no such directory.
pub fn name_of(image: &Path) -> io::Result<PathBuf> {
    let spelled = std::path::absolute(image)?;
    match (spelled.parent(), image.file_name()) {
        (Some(above), Some(name)) => Ok(above.canonicalize()?.join(name)),
        _ => Ok(spelled),
    }
}

/// Mounts `image` on `directory` and serves it until it is unmounted by anyone, or one of `ends` comes. `ready` is
/// called once the files are there.
///
/// # Errors
/// The mount is refused, or the connection to the kernel breaks.
pub fn serve(image: Image, directory: &Path, ends: Ends, ready: impl FnOnce()) -> Result<(), MountError> {
    let refused =
        |why: String| MountError::Refused { image: image.path().into(), directory: directory.into(), why };
    let name = name_of(image.path()).map_err(|error| refused(error.to_string()))?;
    let mut config = Config::default();
    config.acl = SessionACL::Owner;
    config.n_threads = Some(thread::available_parallelism().map_or(2, usize::from).clamp(2, 8));
    let refused = |error: io::Error| MountError::Refused {
        image: name.clone(),
        directory: directory.into(),
        why: table::why_refused(&error),
    };
    let activity = Arc::new(Activity::default());
    let device = splice::Device::default();
    let server = Server::new(image, Arc::clone(&activity), Arc::clone(&device));
    let ending: &[i32] = if ends.signals { &[SIGINT, SIGTERM, SIGHUP] } else { &[] };
    let mut signals = Signals::new(ending).map_err(refused)?;
    let (session, connection) = attach(server, name.as_os_str(), directory, config).map_err(refused)?;
    device.get_or_init(|| connection);
    let place = directory.to_owned();
    thread::spawn(move || {
        loop {
            let idle_too_long = ends.idle.is_some_and(|limit| activity.idle() >= limit);
            // Out of sight at once; the session ends when whoever uses it still is done.
            if (idle_too_long || signals.pending().next().is_some())
                && unmount(&place, Unmounting::Lazily).is_ok()
            {
                break;
            }
            thread::sleep(GLANCE);
        }
    });
    ready();
    session.run().map_err(|source| {
        // It may have broken before anybody unmounted it.
        let _ = unmount(directory, Unmounting::Lazily);
        MountError::Broken { directory: directory.into(), source }
    })
}
