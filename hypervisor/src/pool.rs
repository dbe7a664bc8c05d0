//! Storage pools: the places that volumes are in.
#![allow(unsafe_code)]

use std::mem::MaybeUninit;

use virt_sys as sys;

use crate::call::{Call, or_null};
use crate::flags::{PoolBuildFlags, PoolDefineFlags, PoolFilter, PoolStartFlags, PoolXml, VolumeCreateFlags};
use crate::handle::{calls, handle, named};
use crate::{Bytes, Connection, Result, Volume};

handle! {
    /// A storage pool.
    Pool(virt::storage_pool::StoragePool), "storage pool", name
}

named!(Pool);

/// What a pool is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PoolState {
    /// It does not run.
    Inactive,
    /// It is being made.
    Building,
    /// It runs.
    Running,
    /// It runs, but something is broken.
    Degraded,
    /// It runs, but cannot be reached.
    Inaccessible,
    /// A state newer than this crate.
    Other(u32),
}

impl From<u32> for PoolState {
    fn from(number: u32) -> Self {
        match number {
            sys::VIR_STORAGE_POOL_INACTIVE => Self::Inactive,
            sys::VIR_STORAGE_POOL_BUILDING => Self::Building,
            sys::VIR_STORAGE_POOL_RUNNING => Self::Running,
            sys::VIR_STORAGE_POOL_DEGRADED => Self::Degraded,
            sys::VIR_STORAGE_POOL_INACCESSIBLE => Self::Inaccessible,
            other => Self::Other(other),
        }
    }
}

/// What a pool has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolInfo {
    /// What it is doing.
    pub state: PoolState,
    /// All its room.
    pub capacity: Bytes,
    /// What is taken.
    pub allocation: Bytes,
    /// What is free.
    pub available: Bytes,
}

/// Finding and making.
impl Connection {
    /// All pools that pass the filter, in one call.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn pools(&self, filter: PoolFilter) -> Result<Vec<Pool>> {
        let found =
            self.call("list the storage pools of").run(|| self.raw().list_all_storage_pools(filter.0))?;
        found.into_iter().map(|raw| Pool::new(raw, self)).collect()
    }

    /// The pool of this name.
    ///
    /// # Errors
    /// `NO_STORAGE_POOL` where there is none.
    pub fn pool_by_name(&self, name: &str) -> Result<Pool> {
        let call = Call::new(format!("find storage pool '{name}' on"), self);
        Pool::new(call.run(|| self.raw().lookup_storage_pool_by_name(name))?, self)
    }

    /// The pool of this UUID.
    ///
    /// # Errors
    /// `NO_STORAGE_POOL` where there is none.
    pub fn pool_by_uuid(&self, uuid: &str) -> Result<Pool> {
        let call = Call::new(format!("find storage pool {uuid} on"), self);
        Pool::new(call.run(|| self.raw().lookup_storage_pool_by_uuid_string(uuid))?, self)
    }

    /// The pool whose target is this directory or device.
    ///
    /// # Errors
    /// `NO_STORAGE_POOL` where there is none.
    pub fn pool_by_target(&self, path: &str) -> Result<Pool> {
        let call = Call::new(format!("find the storage pool at {path} on"), self);
        Pool::new(call.run(|| self.raw().lookup_storage_pool_by_target_path(path))?, self)
    }

    /// Keeps a definition, new or changed.
    ///
    /// # Errors
    /// What libvirt finds wrong with it.
    pub fn define_pool(&self, xml: &str, flags: PoolDefineFlags) -> Result<Pool> {
        let call = self.call("define a storage pool on");
        Pool::new(call.run(|| self.raw().define_storage_pool_xml(xml, flags.0))?, self)
    }

    /// Starts a pool that is forgotten when it stops.
    ///
    /// # Errors
    /// What libvirt finds wrong with it, or why it cannot run.
    pub fn create_pool(&self, xml: &str, flags: PoolStartFlags) -> Result<Pool> {
        let call = self.call("create a storage pool on");
        Pool::new(call.run(|| self.raw().create_storage_pool_xml(xml, flags.0))?, self)
    }

    /// What could be a pool of this type, as XML.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn find_pool_sources(&self, kind: &str, specification: Option<&str>) -> Result<String> {
        let call = self.call("find storage on");
        let kind = call.c_text(kind)?;
        let specification = specification.map(|text| call.c_text(text)).transpose()?;
        // SAFETY: the connection is owned, and the texts live during the call.
        call.text(|| unsafe {
            sys::virConnectFindStoragePoolSources(
                self.ptr(),
                kind.as_ptr(),
                or_null(specification.as_ref()),
                0,
            )
        })
    }
}

calls! { Pool {
    /// Starts it.
    start(flags: PoolStartFlags) = "start", create(flags.0);
    /// Makes its target, e.g. the directory or the file system.
    build(flags: PoolBuildFlags) = "build", build(flags.0);
    /// Stops it; what is in it stays.
    destroy() = "stop", destroy();
    /// Removes its target for good.
    delete() = "delete", delete(0);
    /// Forgets its definition.
    undefine() = "undefine", undefine();
    /// Looks for what is in it.
    refresh() = "refresh", refresh(0);
    /// Its description.
    xml(flags: PoolXml) -> String = "describe", xml_desc(flags.0);
    /// Whether it runs.
    is_active() -> bool = "ask for the state of", is_active();
    /// Whether its definition stays when it stops.
    is_persistent() -> bool = "ask whether there is a definition of", is_persistent();
    /// Whether it is started with the host.
    autostart() -> bool = "ask for autostart of", autostart();
    /// Chooses whether it is started with the host.
    set_autostart(on: bool) = "set autostart of", set_autostart(on);
    /// How many volumes it has.
    volume_count() -> u32 = "count the volumes of", num_of_volumes();
}}

impl Pool {
    /// State and room.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn info(&self) -> Result<PoolInfo> {
        let mut info = MaybeUninit::<sys::virStoragePoolInfo>::zeroed();
        self.call("ask about")
            // SAFETY: the handle owns the pool, and `info` lives during the call.
            .done(|| unsafe { sys::virStoragePoolGetInfo(self.raw.as_ptr(), info.as_mut_ptr()) })?;
        // SAFETY: all zeros are valid numbers, and libvirt has filled them in.
        let info = unsafe { info.assume_init() };
        Ok(PoolInfo {
            state: info.state.cast_unsigned().into(),
            capacity: Bytes(info.capacity),
            allocation: Bytes(info.allocation),
            available: Bytes(info.available),
        })
    }

    /// All its volumes, in one call.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn volumes(&self) -> Result<Vec<Volume>> {
        let found = self.call("list the volumes of").run(|| self.raw.list_all_volumes(0))?;
        found.into_iter().map(|raw| Volume::new(raw, &self.connection)).collect()
    }

    /// Its volume of this name.
    ///
    /// # Errors
    /// `NO_STORAGE_VOL` where there is none.
    pub fn volume_by_name(&self, name: &str) -> Result<Volume> {
        let call = Call::new(format!("find volume '{name}' in"), self);
        Volume::new(call.run(|| self.raw.lookup_storage_vol_by_name(name))?, &self.connection)
    }

    /// Makes a volume.
    ///
    /// # Errors
    /// Why it cannot be made.
    pub fn create_volume(&self, xml: &str, flags: VolumeCreateFlags) -> Result<Volume> {
        let call = self.call("create a volume in");
        let xml = call.c_text(xml)?;
        // SAFETY: the handle owns the pool, and the text lives during the call.
        let raw = call
            .pointer(|| unsafe { sys::virStorageVolCreateXML(self.raw.as_ptr(), xml.as_ptr(), flags.0) })?;
        // SAFETY: the new reference is owned by nobody else.
        Volume::new(unsafe { virt::storage_vol::StorageVol::from_ptr(raw.as_ptr()) }, &self.connection)
    }

    /// Makes a volume with the contents of another one.
    ///
    /// # Errors
    /// Why it cannot be made.
    pub fn clone_volume(&self, xml: &str, source: &Volume, flags: VolumeCreateFlags) -> Result<Volume> {
        let call = self.call("clone a volume in");
        let xml = call.c_text(xml)?;
        // SAFETY: the handles own pool and volume, and the text lives during the call.
        let raw = call.pointer(|| unsafe {
            sys::virStorageVolCreateXMLFrom(self.raw.as_ptr(), xml.as_ptr(), source.ptr(), flags.0)
        })?;
        // SAFETY: the new reference is owned by nobody else.
        Volume::new(unsafe { virt::storage_vol::StorageVol::from_ptr(raw.as_ptr()) }, &self.connection)
    }

    /// Takes the pool's handle of libvirt.
    pub(crate) fn of(volume: &Volume, raw: virt::storage_pool::StoragePool) -> Result<Self> {
        Self::new(raw, volume.connection())
    }
}
