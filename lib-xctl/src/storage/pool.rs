//! Where new disks go: the pool that has the directory, or a new one for it.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use hypervisor::Connection;
use hypervisor::flags::{PoolBuildFlags, PoolDefineFlags, PoolFilter, PoolStartFlags, PoolXml};

use super::Error;
use crate::cleanup::{Cleanup, Thing};
use crate::defaults;
use crate::object;

/// The pool that new disks go to when none is named.
const DEFAULT: &str = "default";

/// A pool as far as new disks need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// Its name.
    pub name: String,
    /// Its directory or device directory.
    pub target: PathBuf,
    /// libvirt's name of its type: `dir`, `logical`, ….
    pub kind: String,
    /// Bytes that are free, as far as known.
    pub available: Option<u64>,
    /// It is there already; otherwise it is made with the first disk.
    pub exists: bool,
}

impl Pool {
    /// The pool of that name.
    ///
    /// # Errors
    /// There is none, or libvirt cannot describe it.
    pub fn named(connection: &Connection, name: &str) -> Result<Pool, Error> {
        Pool::describe(&connection.pool_by_name(name)?)
    }

    /// The pool that new disks go to when none is named.
    ///
    /// # Errors
    /// libvirt cannot describe it.
    pub fn default(connection: &Connection) -> Result<Pool, Error> {
        match connection.pool_by_name(DEFAULT) {
            Ok(pool) => Pool::describe(&pool),
            Err(error) if error.code.is_missing() => {
                Pool::at(connection, &default_directory(connection.uri()), DEFAULT)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The pool whose directory this is, or a new one called after it.
    ///
    /// # Errors
    /// libvirt cannot list or describe its pools.
    pub fn of_directory(connection: &Connection, directory: &Path) -> Result<Pool, Error> {
        let name = directory.file_name().map(|name| name.to_string_lossy().replace(' ', "_"));
        Pool::at(connection, directory, &name.unwrap_or_else(|| "dirpool".to_owned()))
    }

    fn at(connection: &Connection, directory: &Path, name: &str) -> Result<Pool, Error> {
        let pools = connection.pools(PoolFilter::NONE)?;
        for pool in &pools {
            // One whose definition cannot be read is not the one that is looked for.
            let Ok(found) = Pool::describe(pool) else { continue };
            if found.target == directory {
                return Ok(found);
            }
        }
        let is_free = |name: &str| pools.iter().all(|pool| pool.name() != name);
        let name = std::iter::once(name.to_owned())
            .chain((1..).map(|number| format!("{name}-{number}")))
            .find(|name| is_free(name))
            .unwrap_or_default();
        let local = !defaults::Connection::from_uri(connection.uri()).remote;
        let available = if local { free_space(directory) } else { None };
        Ok(Pool { name, target: directory.to_owned(), kind: "dir".to_owned(), available, exists: false })
    }

    fn describe(pool: &hypervisor::Pool) -> Result<Pool, Error> {
        let xml = pool.xml(PoolXml::NONE)?;
        let definition = object::Pool::parse(&xml).map_err(|error| Error::Request(error.to_string()))?;
        let info = pool.info()?;
        Ok(Pool {
            name: pool.name().to_owned(),
            target: definition.target().unwrap_or_default().into(),
            kind: definition.kind().unwrap_or_default(),
            available: Some(info.available.0).filter(|_| info.capacity.0 > 0),
            exists: true,
        })
    }

    /// libvirt's pool, made and started where it is not yet. What is made is listed in `cleanup`.
    ///
    /// # Errors
    /// It cannot be made or started.
    pub fn open(&self, connection: &Connection, cleanup: &mut Cleanup) -> Result<hypervisor::Pool, Error> {
        if self.exists || connection.pool_by_name(&self.name).is_ok() {
            let pool = connection.pool_by_name(&self.name)?;
            if !pool.is_active()? {
                pool.start(PoolStartFlags::NONE)?;
            }
            return Ok(pool);
        }
        let mut definition = object::Pool::default();
        let target = self.target.to_string_lossy();
        for (row, value) in [("type", "dir"), ("name", &self.name), ("target.path", &target)] {
            definition.set(row, value).map_err(|error| Error::Request(error.to_string()))?;
        }
        if !defaults::Connection::from_uri(connection.uri()).remote {
            // libvirt makes those above it as well.
            let new: Vec<&Path> = self.target.ancestors().take_while(|path| !path.exists()).collect();
            new.into_iter().rev().for_each(|path| cleanup.add(Thing::Directory(path.to_owned())));
        }
        let thing = |held| Thing::Pool { uri: connection.uri().to_owned(), name: self.name.clone(), held };
        cleanup.add(thing(0));
        let pool = connection.define_pool(&definition.to_string(), PoolDefineFlags::NONE)?;
        pool.build(PoolBuildFlags::NONE)?;
        pool.start(PoolStartFlags::NONE)?;
        let held = pool.volume_count()?;
        if held > 0 {
            cleanup.add(thing(held));
            cleanup.keep(&thing(0));
        }
        // As virt-install does; a pool that has to be started by hand is still a pool.
        let _ = pool.set_autostart(true);
        Ok(pool)
    }

    /// The format that new disks have here when none is named; none for pools of devices.
    #[must_use]
    pub fn default_format(&self) -> Option<&'static str> {
        ["dir", "fs", "netfs", "gluster", "vstorage"].contains(&&*self.kind).then_some("qcow2")
    }
}

/// Lets libvirt look at what is in a pool by now. It refuses as long as a volume is being created in it, by whomever,
/// which is waited for.
///
/// # Errors
/// It cannot be looked at, or is busy for longer than anybody waits.
pub(crate) fn refresh(pool: &hypervisor::Pool) -> hypervisor::Result<()> {
    const GLANCE: Duration = Duration::from_millis(100);
    const LIMIT: Duration = Duration::from_secs(60);
    let end = Instant::now() + LIMIT;
    loop {
        match pool.refresh() {
            // The number of this error is that of any other one.
            Err(error) if error.message.contains("has asynchronous jobs running") && Instant::now() < end => {
                thread::sleep(GLANCE);
            }
            refreshed => return refreshed,
        }
    }
}

/// Where libvirt's own default pool is.
pub(crate) fn default_directory(uri: &str) -> PathBuf {
    let set = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let own = defaults::Connection::from_uri(uri).runs_as_user();
    let data = set("XDG_DATA_HOME").or_else(|| Some(set("HOME")?.join(".local/share")));
    match data.filter(|_| own) {
        Some(data) => data.join("libvirt/images"),
        None => PathBuf::from("/var/lib/libvirt/images"),
    }
}

/// Bytes that are free on the file system that `directory` is, or will be, on.
fn free_space(directory: &Path) -> Option<u64> {
    let there = directory.ancestors().find(|path| path.exists())?;
    let statistics = nix::sys::statvfs::statvfs(there).ok()?;
    Some(statistics.blocks_available().saturating_mul(statistics.fragment_size()))
}
