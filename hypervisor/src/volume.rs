//! Volumes: the disks and images in a storage pool.
#![allow(unsafe_code)]

use std::mem::MaybeUninit;

use virt_sys as sys;

use crate::call::Call;
use crate::flags::{VolumeDeleteFlags, VolumeResizeFlags, VolumeWipe};
use crate::handle::{calls, handle};
use crate::{Bytes, Connection, Pool, Result};

handle! {
    /// A volume of a storage pool.
    Volume(virt::storage_vol::StorageVol), "volume", name
}

/// What a volume is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VolumeKind {
    /// A file.
    File,
    /// A block device.
    Block,
    /// A directory.
    Directory,
    /// Something on the network.
    Network,
    /// A directory on the network.
    NetworkDirectory,
    /// A ploop directory.
    Ploop,
    /// A kind newer than this crate.
    Other(u32),
}

impl From<u32> for VolumeKind {
    fn from(number: u32) -> Self {
        match number {
            sys::VIR_STORAGE_VOL_FILE => Self::File,
            sys::VIR_STORAGE_VOL_BLOCK => Self::Block,
            sys::VIR_STORAGE_VOL_DIR => Self::Directory,
            sys::VIR_STORAGE_VOL_NETWORK => Self::Network,
            sys::VIR_STORAGE_VOL_NETDIR => Self::NetworkDirectory,
            sys::VIR_STORAGE_VOL_PLOOP => Self::Ploop,
            other => Self::Other(other),
        }
    }
}

/// Kind and sizes of a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VolumeInfo {
    /// What it is.
    pub kind: VolumeKind,
    /// What a guest sees.
    pub capacity: Bytes,
    /// What it takes.
    pub allocation: Bytes,
}

/// Finding.
impl Connection {
    /// The volume of this key, which is its own among all pools.
    ///
    /// # Errors
    /// `NO_STORAGE_VOL` where there is none.
    pub fn volume_by_key(&self, key: &str) -> Result<Volume> {
        let call = Call::new(format!("find the volume of key '{key}' on"), self);
        Volume::new(call.run(|| self.raw().lookup_storage_vol_by_key(key))?, self)
    }

    /// The volume at this path, in whichever pool it is.
    ///
    /// # Errors
    /// `NO_STORAGE_VOL` where there is none.
    pub fn volume_by_path(&self, path: &str) -> Result<Volume> {
        let call = Call::new(format!("find the volume at {path} on"), self);
        Volume::new(call.run(|| self.raw().lookup_storage_vol_by_path(path))?, self)
    }
}

calls! { Volume {
    /// Its key, which is its own among all pools.
    key() -> String = "ask for the key of", key();
    /// Where it is, for a guest's disk.
    path() -> String = "ask for the path of", path();
    /// Its description.
    xml() -> String = "describe", xml_desc(0);
    /// Deletes it and what is in it.
    delete(flags: VolumeDeleteFlags) = "delete", delete(flags.0);
    /// Overwrites what is in it.
    wipe() = "wipe", wipe(0);
}}

impl Volume {
    pub(crate) fn ptr(&self) -> sys::virStorageVolPtr {
        // SAFETY: the pointer is only used while `self`, which owns it, is borrowed.
        unsafe { self.raw.as_ptr() }
    }

    /// Its name, which is its own in its pool.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The pool that it is in.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn pool(&self) -> Result<Pool> {
        Pool::of(self, self.call("find the pool of").run(|| self.raw.lookup_storage_pool())?)
    }

    /// Kind and sizes.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn info(&self) -> Result<VolumeInfo> {
        self.info_of(0)
    }

    /// Kind and sizes, with what it really takes on the host as the allocation.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn physical_info(&self) -> Result<VolumeInfo> {
        self.info_of(sys::VIR_STORAGE_VOL_GET_PHYSICAL)
    }

    fn info_of(&self, flags: u32) -> Result<VolumeInfo> {
        let mut info = MaybeUninit::<sys::virStorageVolInfo>::zeroed();
        self.call("ask about").done(|| match flags {
            // Not all drivers know the newer call.
            // SAFETY: the handle owns the volume, and `info` lives during the call.
            0 => unsafe { sys::virStorageVolGetInfo(self.ptr(), info.as_mut_ptr()) },
            // SAFETY: as above.
            _ => unsafe { sys::virStorageVolGetInfoFlags(self.ptr(), info.as_mut_ptr(), flags) },
        })?;
        // SAFETY: all zeros are valid numbers, and libvirt has filled them in.
        let info = unsafe { info.assume_init() };
        Ok(VolumeInfo {
            kind: info.type_.cast_unsigned().into(),
            capacity: Bytes(info.capacity),
            allocation: Bytes(info.allocation),
        })
    }

    /// Overwrites what is in it in a certain way.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn wipe_as(&self, how: VolumeWipe) -> Result<()> {
        // SAFETY: the handle owns the volume.
        self.call("wipe").done(|| unsafe { sys::virStorageVolWipePattern(self.ptr(), how.0, 0) })
    }

    /// Changes its size.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn resize(&self, capacity: Bytes, flags: VolumeResizeFlags) -> Result<()> {
        // SAFETY: the handle owns the volume.
        self.call("resize").done(|| unsafe { sys::virStorageVolResize(self.ptr(), capacity.0, flags.0) })
    }
}
