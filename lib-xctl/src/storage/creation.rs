//! Creating a disk as a volume of libvirt's, which makes it with the rights that its guests need.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use hypervisor::flags::{VolumeCreateFlags, VolumeResizeFlags};
use hypervisor::transfer::Transfer;
use hypervisor::{Bytes, Connection, ErrorCode, Volume};

use super::{Error, Pool};
use crate::cleanup::{Cleanup, Thing};
use crate::object;
use crate::progress::{Cancel, Progress};

/// How often the growth of a disk is looked at.
const GLANCE: Duration = Duration::from_millis(100);

/// A disk that is to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creation {
    /// The pool that it will be in.
    pub pool: Pool,
    /// The name of its volume.
    pub name: String,
    /// Bytes that a guest sees.
    pub capacity: u64,
    /// Room is taken when it is written to, not at once.
    pub sparse: bool,
    /// Its format; none for devices.
    pub format: Option<String>,
    /// The image that it begins as a copy of.
    pub backing: Option<Backing>,
}

/// The image that a new disk begins as a copy of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backing {
    /// Where it is.
    pub path: PathBuf,
    /// Its format, where known.
    pub format: Option<String>,
    /// Bytes that a guest sees, where known.
    pub capacity: Option<u64>,
}

impl Creation {
    /// The description of the volume as libvirt takes it.
    ///
    /// # Errors
    /// A name holds a character that XML cannot hold.
    pub fn xml(&self) -> Result<String, object::Error> {
        let mut volume = object::Volume::default();
        volume.set("name", &self.name)?;
        volume.set("capacity", &self.capacity.to_string())?;
        volume.set("allocation", &if self.sparse { 0 } else { self.capacity }.to_string())?;
        if let Some(format) = &self.format {
            volume.set("target.format", format)?;
        }
        if self.format.as_deref() == Some("qcow2") {
            // What QEMU 1.1 and later read: lazy reference counts and large clusters of zeros.
            volume.set("target.compat", "1.1")?;
            volume.set("target.lazy_refcounts", "yes")?;
        }
        if let Some(backing) = &self.backing {
            volume.set("backingStore.path", &backing.path.to_string_lossy())?;
            if let Some(format) = &backing.format {
                volume.set("backingStore.format", format)?;
            }
        }
        Ok(volume.to_string())
    }

    /// Creates it. It is listed in `cleanup` before, and so is its pool where that is new.
    ///
    /// # Errors
    /// libvirt cannot make the pool or the volume.
    pub fn run(
        &self,
        connection: &Connection,
        cleanup: &mut Cleanup,
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        let preallocate = self.format.as_deref() == Some("qcow2") && self.backing.is_none();
        let what = format!("Allocating '{}'", self.name);
        self.make(&what, connection, cleanup, progress, &Cancel::new(), |pool, xml| {
            if preallocate {
                match pool.create_volume(xml, VolumeCreateFlags::PREALLOC_METADATA) {
                    // Storage drivers that do not know the flag do without.
                    Err(error) if error.code == ErrorCode::INVALID_ARG => {}
                    created => return created,
                }
            }
            pool.create_volume(xml, VolumeCreateFlags::NONE)
        })
    }

    /// Creates it with the contents of another volume. `reflink` shares their blocks or fails. libvirt cannot stop a
    /// copy: a request to stop is only noted, and the copy is for the caller to remove.
    ///
    /// # Errors
    /// libvirt cannot make the pool or the volume.
    pub fn run_from(
        &self,
        source: &Volume,
        reflink: bool,
        connection: &Connection,
        cleanup: &mut Cleanup,
        progress: &dyn Progress,
        cancel: &Cancel,
    ) -> Result<(), Error> {
        let flags = match (reflink, self.sparse, self.format.as_deref()) {
            (true, ..) => VolumeCreateFlags::REFLINK,
            (false, false, Some("qcow2")) => VolumeCreateFlags::PREALLOC_METADATA,
            _ => VolumeCreateFlags::NONE,
        };
        let what = format!("Cloning '{}'", source.name());
        self.make(&what, connection, cleanup, progress, cancel, |pool, xml| {
            pool.clone_volume(xml, source, flags)
        })
    }

    /// Creates it with the contents of an image file, from the file's position on, and lets it grow to its size.
    ///
    /// # Errors
    /// libvirt cannot make the pool or the volume or take the contents, or somebody stopped it.
    pub fn run_with(
        &self,
        contents: &mut File,
        connection: &Connection,
        cleanup: &mut Cleanup,
        progress: &dyn Progress,
        cancel: &Cancel,
    ) -> Result<(), Error> {
        let what = format!("Allocating '{}'", self.name);
        self.make(&what, connection, cleanup, progress, cancel, |pool, xml| {
            pool.create_volume(xml, VolumeCreateFlags::NONE)
        })?;
        let pool = connection.pool_by_name(&self.pool.name)?;
        let volume = pool.volume_by_name(&self.name)?;
        let length = contents.metadata().map(|metadata| metadata.len()).ok();
        let task = progress.begin(&format!("Writing '{}'", self.name), length);
        let mut before = 0;
        let mut report = |done: u64| {
            task.advance(done - std::mem::replace(&mut before, done));
            if cancel.is_requested() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        volume.upload(contents, Transfer { sparse: true, ..Transfer::default() }, &mut report)?;
        // libvirt has to see first that the image says another size than the volume was made with.
        super::refresh(&pool)?;
        if volume.info()?.capacity.0 < self.capacity {
            volume.resize(Bytes(self.capacity), VolumeResizeFlags::NONE)?;
        }
        Ok(())
    }

    fn make(
        &self,
        what: &str,
        connection: &Connection,
        cleanup: &mut Cleanup,
        progress: &dyn Progress,
        cancel: &Cancel,
        create: impl FnOnce(&hypervisor::Pool, &str) -> hypervisor::Result<Volume> + Send,
    ) -> Result<(), Error> {
        let xml = self.xml().map_err(|error| Error::Request(error.to_string()))?;
        let pool = self.pool.open(connection, cleanup)?;
        // A pool lists what is not there any more until somebody looks, which takes long where it is large.
        let is_listed = || pool.volume_by_name(&self.name).is_ok();
        if is_listed() && (super::refresh(&pool).is_err() || is_listed()) {
            // Not ours, so it must not get on the list.
            let path = self.pool.target.join(&self.name);
            return Err(Error::Request(format!("'{}' came into being meanwhile", path.display())));
        }
        let thing = Thing::Volume {
            uri: connection.uri().to_owned(),
            pool: self.pool.name.clone(),
            name: self.name.clone(),
        };
        cleanup.add(thing.clone());
        let task = progress.begin(what, Some(self.capacity));
        let created = thread::scope(|scope| {
            let worker = scope.spawn(|| create(&pool, &xml));
            let (mut seen, mut told) = (0, false);
            while !worker.is_finished() {
                thread::park_timeout(GLANCE);
                // While it is made, libvirt may not answer; then there is nothing new to show.
                let allocated = pool.volume_by_name(&self.name).and_then(|volume| volume.physical_info());
                let allocated = allocated.map_or(seen, |info| info.allocation.0.min(self.capacity));
                task.advance(allocated.saturating_sub(seen));
                seen = seen.max(allocated);
                if cancel.is_requested() && !std::mem::replace(&mut told, true) {
                    progress
                        .note("libvirt cannot be stopped while it copies; the copy is removed at its end");
                }
            }
            task.advance(self.capacity.saturating_sub(seen));
            worker.join()
        });
        match created {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => {
                if pool.volume_by_name(&self.name).is_err() {
                    cleanup.keep(&thing);
                }
                Err(error.into())
            }
            Err(_) => Err(Error::Request("the thread that created the disk died".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;
    use hypervisor::OpenOptions;

    fn creation() -> Creation {
        let target = "/default-pool".into();
        let pool =
            Pool { name: "default-pool".into(), target, kind: "dir".into(), available: None, exists: true };
        Creation {
            pool,
            name: "a <b>.qcow2".into(),
            capacity: 1 << 30,
            sparse: true,
            format: Some("qcow2".into()),
            backing: None,
        }
    }

    #[test]
    fn a_created_disk_is_removed_again_unless_it_is_wanted() {
        let connection = Connection::open(&OpenOptions::uri("test:///default")).unwrap();
        let pool = connection.pool_by_name("default-pool").unwrap();
        let mut cleanup = Cleanup::default();
        creation().run(&connection, &mut cleanup, &Silent).unwrap();
        assert_eq!(pool.volume_by_name("a <b>.qcow2").unwrap().info().unwrap().capacity.0, 1 << 30);
        let error = creation().run(&connection, &mut cleanup, &Silent).unwrap_err();
        assert!(error.to_string().contains("came into being meanwhile"), "{error}");
        let removal = cleanup.remove_all(&connection);
        assert_eq!((removal.removed.len(), removal.left.len()), (1, 0));
        assert!(pool.volume_by_name("a <b>.qcow2").is_err());
    }

    #[test]
    fn a_pool_that_was_made_for_a_disk_goes_with_it() {
        let connection = Connection::open(&OpenOptions::uri("test:///default")).unwrap();
        let pool = Pool::of_directory(&connection, std::path::Path::new("/new pool")).unwrap();
        assert_eq!((pool.name.as_str(), pool.exists), ("new_pool", false));
        let mut cleanup = Cleanup::default();
        Creation { pool, ..creation() }.run(&connection, &mut cleanup, &Silent).unwrap();
        assert!(connection.pool_by_name("new_pool").is_ok());
        cleanup.remove_all(&connection);
        assert!(connection.pool_by_name("new_pool").is_err());
    }
}
