//! Memory, processors, text and hosts' names of a domain.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_uint};
use std::mem::MaybeUninit;
use std::time::Duration;

use virt_sys as sys;

use super::{Domain, State};
use crate::call::{or_null, take_text};
use crate::flags::{Affect, VcpuFlags};
use crate::handle::calls;
use crate::{KiB, Result};

/// What every domain has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Info {
    /// What it is doing.
    pub state: State,
    /// The most memory it may be given.
    pub max_memory: KiB,
    /// The memory it has.
    pub memory: KiB,
    /// Its virtual processors.
    pub vcpus: u32,
    /// Processor time it used.
    pub cpu_time: Duration,
}

/// One figure about a guest's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryStat {
    /// Which one (`virDomainMemoryStatTags`).
    pub tag: u32,
    /// The figure; KiB where it is memory.
    pub value: u64,
}

/// Names of the figures about memory, by libvirt's number.
const MEMORY_STATS: &[&str] = &[
    "swap_in",
    "swap_out",
    "major_fault",
    "minor_fault",
    "unused",
    "available",
    "actual",
    "rss",
    "usable",
    "last_update",
    "disk_caches",
    "hugetlb_pgalloc",
    "hugetlb_pgfail",
];

impl MemoryStat {
    /// The name that `virsh dommemstat` gives it; `None` for one that is newer than this crate.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        MEMORY_STATS.get(usize::try_from(self.tag).ok()?).copied()
    }
}

calls! { Domain {
    /// Changes the memory that it has, in KiB.
    set_memory(memory: KiB, affect: Affect) = "set the memory of", set_memory_flags(memory.0, affect.0);
    /// The most virtual processors that a running domain may have.
    max_vcpus() -> u64 = "ask for the processors of", max_vcpus();
    /// The number of virtual processors.
    vcpus(flags: VcpuFlags) -> u32 = "ask for the processors of", vcpus_flags(flags.0);
    /// Changes the number of virtual processors.
    set_vcpus(count: u32, flags: VcpuFlags) = "set the processors of", set_vcpus_flags(count, flags.0);
}}

impl Domain {
    /// State, memory and processors, in one call.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn info(&self) -> Result<Info> {
        let mut info = MaybeUninit::<sys::virDomainInfo>::zeroed();
        self.call("ask about")
            // SAFETY: the handle owns the domain; `info` is large enough and lives during the call.
            .done(|| unsafe { sys::virDomainGetInfo(self.raw.as_ptr(), info.as_mut_ptr()) })?;
        // SAFETY: all zeros are valid numbers, and libvirt has filled them in.
        let info = unsafe { info.assume_init() };
        Ok(Info {
            state: u32::from(info.state).into(),
            max_memory: KiB(info.maxMem),
            memory: KiB(info.memory),
            vcpus: info.nrVirtCpu.into(),
            cpu_time: Duration::from_nanos(info.cpuTime),
        })
    }

    /// What is known about the guest's memory.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn memory_stats(&self) -> Result<Vec<MemoryStat>> {
        let mut stats = [sys::virDomainMemoryStatStruct { tag: 0, val: 0 }; 64];
        let room = stats.len() as c_uint;
        // SAFETY: the handle owns the domain, and `room` is the length of the array.
        let count = self.call("ask for the memory of").number(|| unsafe {
            sys::virDomainMemoryStats(self.raw.as_ptr(), stats.as_mut_ptr(), room, 0)
        })?;
        let count = usize::try_from(count).unwrap_or_default().min(stats.len());
        Ok(stats[..count]
            .iter()
            .map(|stat| MemoryStat { tag: stat.tag.cast_unsigned(), value: stat.val })
            .collect())
    }

    /// The title that its owner gave it; empty where there is none.
    ///
    /// # Errors
    /// What libvirt refused, other than that there is no title.
    pub fn title(&self, affect: Affect) -> Result<String> {
        self.metadata_or_empty(sys::VIR_DOMAIN_METADATA_TITLE, affect)
    }

    /// The description that its owner gave it; empty where there is none.
    ///
    /// # Errors
    /// What libvirt refused, other than that there is no description.
    pub fn description(&self, affect: Affect) -> Result<String> {
        self.metadata_or_empty(sys::VIR_DOMAIN_METADATA_DESCRIPTION, affect)
    }

    fn metadata_or_empty(&self, kind: u32, affect: Affect) -> Result<String> {
        match self.call("read the notes on").run(|| self.raw.metadata(kind.cast_signed(), None, affect.0)) {
            Err(error) if error.code == crate::ErrorCode::NO_DOMAIN_METADATA => Ok(String::new()),
            result => result,
        }
    }

    /// Gives it a title; `None` removes it.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn set_title(&self, title: Option<&str>, affect: Affect) -> Result<()> {
        self.set_metadata(sys::VIR_DOMAIN_METADATA_TITLE, title, None, affect)
    }

    /// Gives it a description; `None` removes it.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn set_description(&self, description: Option<&str>, affect: Affect) -> Result<()> {
        self.set_metadata(sys::VIR_DOMAIN_METADATA_DESCRIPTION, description, None, affect)
    }

    /// The element that an application keeps under its namespace.
    ///
    /// # Errors
    /// `NO_DOMAIN_METADATA` where there is none.
    pub fn element(&self, namespace: &str, affect: Affect) -> Result<String> {
        let kind = sys::VIR_DOMAIN_METADATA_ELEMENT.cast_signed();
        let call = self.call("read the metadata of");
        call.c_text(namespace)?;
        call.run(|| self.raw.metadata(kind, Some(namespace), affect.0))
    }

    /// Keeps an application's element under its namespace and prefix; `None` removes it.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn set_element(
        &self,
        element: Option<&str>,
        namespace: &str,
        prefix: &str,
        affect: Affect,
    ) -> Result<()> {
        self.set_metadata(sys::VIR_DOMAIN_METADATA_ELEMENT, element, Some((namespace, prefix)), affect)
    }

    fn set_metadata(
        &self,
        kind: u32,
        value: Option<&str>,
        namespace: Option<(&str, &str)>,
        affect: Affect,
    ) -> Result<()> {
        let call = self.call("change the notes on");
        let value = value.map(|value| call.c_text(value)).transpose()?;
        let uri = namespace.map(|(uri, _)| call.c_text(uri)).transpose()?;
        let prefix = namespace.map(|(_, prefix)| call.c_text(prefix)).transpose()?;
        // SAFETY: the handle owns the domain, and the texts live during the call.
        call.done(|| unsafe {
            sys::virDomainSetMetadata(
                self.raw.as_ptr(),
                kind.cast_signed(),
                or_null(value.as_ref()),
                or_null(prefix.as_ref()),
                or_null(uri.as_ref()),
                affect.0,
            )
        })
    }

    /// Libvirt's remarks on it: that it is tainted, or uses what will go away.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn messages(&self) -> Result<Vec<String>> {
        let mut list: *mut *mut c_char = std::ptr::null_mut();
        // SAFETY: the handle owns the domain, and `list` lives during the call.
        let count = self
            .call("ask for remarks on")
            .number(|| unsafe { sys::virDomainGetMessages(self.raw.as_ptr(), &raw mut list, 0) })?;
        let count = usize::try_from(count).unwrap_or_default();
        // SAFETY: libvirt filled `count` texts in, each ours to free.
        let texts = (0..count).map(|index| unsafe { take_text(*list.add(index)) }).collect();
        // SAFETY: the list came from malloc and is ours too.
        unsafe { libc::free(list.cast()) };
        Ok(texts)
    }

    /// The first security driver's label of a running domain; empty for one that does not run.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn security_label(&self) -> Result<SecurityLabel> {
        let label = self.security_label_as_it_is()?;
        Ok(SecurityLabel {
            // SAFETY: libvirt has filled it in, with a NUL at its end; the array lives here.
            label: unsafe { crate::call::copy_text(label.label.as_ptr()) },
            enforcing: label.enforcing != 0,
        })
    }

    /// The same as libvirt has it.
    pub(crate) fn security_label_as_it_is(&self) -> Result<sys::virSecurityLabel> {
        let mut label = MaybeUninit::<sys::virSecurityLabel>::zeroed();
        self.call("ask for the security label of")
            // SAFETY: the handle owns the domain, and `label` lives during the call.
            .done(|| unsafe { sys::virDomainGetSecurityLabel(self.ptr(), label.as_mut_ptr()) })?;
        // SAFETY: all zeros are an empty label, and libvirt has filled it in.
        Ok(unsafe { label.assume_init() })
    }

    /// The security drivers' labels of a running domain.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn security_labels(&self) -> Result<Vec<SecurityLabel>> {
        let mut labels: sys::virSecurityLabelPtr = std::ptr::null_mut();
        // SAFETY: the handle owns the domain, and `labels` lives during the call.
        let count = self
            .call("ask for the security labels of")
            .number(|| unsafe { sys::virDomainGetSecurityLabelList(self.raw.as_ptr(), &raw mut labels) })?;
        let count = usize::try_from(count).unwrap_or_default();
        // SAFETY: libvirt filled in `count` labels, each with a NUL-terminated text.
        let found = (0..count)
            .map(|index| unsafe { &*labels.add(index) })
            .map(|label| SecurityLabel {
                // SAFETY: as above.
                label: unsafe { crate::call::copy_text(label.label.as_ptr()) },
                enforcing: label.enforcing != 0,
            })
            .collect();
        // SAFETY: the array came from malloc and is ours.
        unsafe { libc::free(labels.cast()) };
        Ok(found)
    }
}

/// How a security driver confines a running domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityLabel {
    /// The label, e.g. a SELinux context.
    pub label: String,
    /// Whether what it forbids is refused, and not only noted.
    pub enforcing: bool,
}
