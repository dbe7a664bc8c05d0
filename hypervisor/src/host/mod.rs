//! The host behind a connection: what it is, what it can, and which versions run there.
#![allow(unsafe_code)]

mod memory;
mod processor;

pub use processor::{Comparison, SuspendTarget};

use std::ffi::{c_char, c_int, c_ulong};
use std::fmt;
use std::mem::MaybeUninit;

use virt_sys as sys;

use crate::call::{Call, copy_text, or_null};
use crate::{Connection, ErrorCode, KiB, Result};

/// A version as libvirt counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The first number.
    pub major: u64,
    /// The second number.
    pub minor: u64,
    /// The third number.
    pub release: u64,
}

impl From<u64> for Version {
    fn from(number: u64) -> Self {
        Self { major: number / 1_000_000, minor: number / 1000 % 1000, release: number % 1000 }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.release)
    }
}

/// The host's processors and memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeInfo {
    /// The processor's architecture, e.g. `x86_64`.
    pub model: String,
    /// All its memory.
    pub memory: KiB,
    /// Processors that are online.
    pub cpus: u32,
    /// Their frequency; 0 where it is not known.
    pub mhz: u32,
    /// NUMA cells.
    pub nodes: u32,
    /// Sockets in each cell.
    pub sockets: u32,
    /// Cores in each socket.
    pub cores: u32,
    /// Threads in each core.
    pub threads: u32,
}

/// How the host confines its domains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityModel {
    /// The security driver, e.g. `selinux`.
    pub name: String,
    /// Its domain of interpretation.
    pub interpretation: String,
}

/// Which domain capabilities are asked for; what is `None`, libvirt chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Query<'q> {
    /// The emulator's path.
    pub emulator: Option<&'q str>,
    /// The guest's architecture.
    pub arch: Option<&'q str>,
    /// The machine's name, which may be an alias such as `q35`.
    pub machine: Option<&'q str>,
    /// The kind of virtualization: `kvm`, `qemu`, `xen`.
    pub virt_type: Option<&'q str>,
    /// Whether the host's processor is described without features that will go away.
    pub no_deprecated_features: bool,
}

/// A figure that libvirt names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// Its name, e.g. `kernel` or `free`.
    pub name: String,
    /// Its value.
    pub value: u64,
}

/// Copies the first `count` figures.
fn figures<'f>(list: impl Iterator<Item = (&'f [c_char; 80], u64)>, count: c_int) -> Vec<Figure> {
    let count = usize::try_from(count).unwrap_or_default();
    let copy = |(name, value): (&[c_char; 80], u64)| Figure {
        // SAFETY: libvirt ends each name with a NUL within its array.
        name: unsafe { copy_text(name.as_ptr()) },
        value,
    };
    list.take(count).map(copy).collect()
}

/// The version of the libvirt library that this process runs with.
///
/// # Errors
/// Where the library cannot be used at all.
pub fn library_version() -> Result<Version> {
    let mut version: c_ulong = 0;
    Call::new("ask for the version of", &"libvirt")
        // SAFETY: `version` lives during the call; null means that no driver is asked for.
        .done(|| unsafe { sys::virGetVersion(&raw mut version, std::ptr::null(), std::ptr::null_mut()) })?;
    Ok(Version::from(version))
}

impl Connection {
    /// The hypervisor's capabilities.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn capabilities(&self) -> Result<String> {
        self.call("ask for the capabilities of").run(|| self.raw().capabilities())
    }

    /// What a domain may have there.
    ///
    /// # Errors
    /// What libvirt refused, e.g. an emulator or a machine that is not there.
    pub fn domain_capabilities(&self, query: &Query<'_>) -> Result<String> {
        let call = self.call("ask for the domain capabilities of");
        let text = |text: Option<&str>| text.map(|text| call.c_text(text)).transpose();
        let (emulator, arch) = (text(query.emulator)?, text(query.arch)?);
        let (machine, virt_type) = (text(query.machine)?, text(query.virt_type)?);
        let no_deprecated = sys::VIR_CONNECT_GET_DOMAIN_CAPABILITIES_DISABLE_DEPRECATED_FEATURES;
        let flags = if query.no_deprecated_features { no_deprecated } else { 0 };
        // SAFETY: the connection is owned, and the texts live during the call.
        call.text(|| unsafe {
            sys::virConnectGetDomainCapabilities(
                self.ptr(),
                or_null(emulator.as_ref()),
                or_null(arch.as_ref()),
                or_null(machine.as_ref()),
                or_null(virt_type.as_ref()),
                flags,
            )
        })
    }

    /// What kinds of storage pools there may be.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn pool_capabilities(&self) -> Result<String> {
        // SAFETY: the connection is owned.
        self.call("ask for the pool capabilities of")
            .text(|| unsafe { sys::virConnectGetStoragePoolCapabilities(self.ptr(), 0) })
    }

    /// The host's processors and memory.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn node_info(&self) -> Result<NodeInfo> {
        let mut info = MaybeUninit::<sys::virNodeInfo>::zeroed();
        self.call("ask about the host of")
            // SAFETY: the connection is owned, and `info` lives during the call.
            .done(|| unsafe { sys::virNodeGetInfo(self.ptr(), info.as_mut_ptr()) })?;
        // SAFETY: all zeros are valid numbers and texts, and libvirt has filled them in.
        let info = unsafe { info.assume_init() };
        Ok(NodeInfo {
            // SAFETY: the array ends with a NUL, as libvirt writes it, and lives here.
            model: unsafe { copy_text(info.model.as_ptr()) },
            memory: KiB(info.memory),
            cpus: info.cpus,
            mhz: info.mhz,
            nodes: info.nodes,
            sockets: info.sockets,
            cores: info.cores,
            threads: info.threads,
        })
    }

    /// How the host confines its domains; `None` where it does not. A connection asks once.
    ///
    /// # Errors
    /// What libvirt refused, other than that it knows of no such thing.
    pub fn security_model(&self) -> Result<Option<SecurityModel>> {
        let known = self.known_security_model();
        if let Some(model) = known.get() {
            return Ok(model.clone());
        }
        let model = self.ask_for_security_model()?;
        Ok(known.get_or_init(|| model).clone())
    }

    fn ask_for_security_model(&self) -> Result<Option<SecurityModel>> {
        let model = match self.security_model_as_it_is() {
            Err(error) if error.code == ErrorCode::NO_SUPPORT => return Ok(None),
            model => model?,
        };
        // SAFETY: libvirt has filled both in, each with a NUL at its end; the arrays live here.
        let (name, interpretation) =
            unsafe { (copy_text(model.model.as_ptr()), copy_text(model.doi.as_ptr())) };
        Ok((!name.is_empty()).then_some(SecurityModel { name, interpretation }))
    }

    /// The same as libvirt has it.
    pub(crate) fn security_model_as_it_is(&self) -> Result<sys::virSecurityModel> {
        let mut model = MaybeUninit::<sys::virSecurityModel>::zeroed();
        self.call("ask for the security model of")
            // SAFETY: the connection is owned, and `model` lives during the call.
            .done(|| unsafe { sys::virNodeGetSecurityModel(self.ptr(), model.as_mut_ptr()) })?;
        // SAFETY: all zeros are valid texts, and libvirt has filled them in.
        Ok(unsafe { model.assume_init() })
    }

    /// The host's free memory in KiB.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn free_memory(&self) -> Result<KiB> {
        self.call("ask for the free memory of")
            .run(|| self.raw().free_memory())
            .map(|bytes| KiB(bytes / 1024))
    }

    /// The host's name.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn hostname(&self) -> Result<String> {
        self.call("ask for the host's name of").run(|| self.raw().hostname())
    }

    /// The hypervisor driver, e.g. `QEMU`.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn driver(&self) -> Result<String> {
        self.call("ask for the driver of").run(|| self.raw().driver_type())
    }

    /// The hypervisor's version, e.g. QEMU's; `None` where there is none to ask for.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn hypervisor_version(&self) -> Result<Option<Version>> {
        let mut version: c_ulong = 0;
        self.call("ask for the hypervisor's version of")
            // SAFETY: the connection is owned, and `version` lives during the call.
            .done(|| unsafe { sys::virConnectGetVersion(self.ptr(), &raw mut version) })?;
        Ok((version != 0).then(|| Version::from(version)))
    }

    /// The version of libvirt's daemon at the other end, or of the library where there is no daemon.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn daemon_version(&self) -> Result<Version> {
        let mut version: c_ulong = 0;
        self.call("ask for the daemon's version of")
            // SAFETY: the connection is owned, and `version` lives during the call.
            .done(|| unsafe { sys::virConnectGetLibVersion(self.ptr(), &raw mut version) })?;
        Ok(Version::from(version))
    }

    /// The host's firmware tables (SMBIOS).
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn sysinfo(&self) -> Result<String> {
        self.call("ask for the firmware tables of").run(|| self.raw().sys_info(0))
    }

    /// The most virtual processors that a domain of this kind may have.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn max_vcpus(&self, virt_type: Option<&str>) -> Result<u32> {
        let call = self.call("ask for the most processors of");
        virt_type.map(|virt_type| call.c_text(virt_type)).transpose()?;
        call.run(|| self.raw().max_vcpus(virt_type))
    }

    /// The processors' names that an architecture has.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn cpu_models(&self, arch: &str) -> Result<Vec<String>> {
        self.call("ask for the processor models of").run(|| self.raw().cpu_models_names(arch, 0))
    }

    /// Whether the peer still answers.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn is_alive(&self) -> Result<bool> {
        self.call("ask for the life of").run(|| self.raw().is_alive())
    }

    /// Whether nobody can listen on the way, as it is encrypted or never leaves the host.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn is_secure(&self) -> Result<bool> {
        self.call("ask for the security of").run(|| self.raw().is_secure())
    }

    /// Whether what is said is encrypted.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn is_encrypted(&self) -> Result<bool> {
        self.call("ask for the encryption of").run(|| self.raw().is_encrypted())
    }
}
