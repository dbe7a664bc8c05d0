//! The domain as a whole.

use crate::document::{Document, Element};
use crate::property::{Unit, parse_size};

/// A view of a domain's definition.
#[derive(Debug, Clone, Copy)]
pub struct Domain<'d> {
    document: &'d Document,
}

impl<'d> Domain<'d> {
    /// A view of this document.
    #[must_use]
    pub fn new(document: &'d Document) -> Self {
        Self { document }
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> &'d Document {
        self.document
    }

    fn text(&self, place: &str) -> Option<String> {
        let value = self.document.get(self.document.root(), place)?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// The hypervisor: `kvm`, `qemu`, `xen`, …
    #[must_use]
    pub fn virt_type(&self) -> Option<String> {
        self.text("@type")
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        self.text("name")
    }

    /// Its UUID.
    #[must_use]
    pub fn uuid(&self) -> Option<String> {
        self.text("uuid")
    }

    /// Its title.
    #[must_use]
    pub fn title(&self) -> Option<String> {
        self.text("title")
    }

    /// Memory at start in KiB, whatever unit the document uses.
    #[must_use]
    pub fn memory(&self) -> Option<u64> {
        self.kib("memory")
    }

    /// Memory that the balloon leaves to the guest in KiB.
    #[must_use]
    pub fn current_memory(&self) -> Option<u64> {
        self.kib("currentMemory").or_else(|| self.memory())
    }

    fn kib(&self, place: &str) -> Option<u64> {
        let unit = self.text(&format!("{place}/@unit")).unwrap_or_else(|| "KiB".to_owned());
        Some(parse_size(&format!("{}{unit}", self.text(place)?), Unit::KiB)? / Unit::KiB.bytes())
    }

    /// The most virtual CPUs it can have.
    #[must_use]
    pub fn vcpus(&self) -> Option<u32> {
        self.text("vcpu")?.parse().ok()
    }

    /// The virtual CPUs it starts with.
    #[must_use]
    pub fn current_vcpus(&self) -> Option<u32> {
        self.text("vcpu/@current").and_then(|n| n.parse().ok()).or_else(|| self.vcpus())
    }

    /// `hvm`, `xen`, `linux`, `exe`, …
    #[must_use]
    pub fn os_type(&self) -> Option<String> {
        self.text("os/type")
    }

    /// The architecture.
    #[must_use]
    pub fn arch(&self) -> Option<String> {
        self.text("os/type/@arch")
    }

    /// The machine type.
    #[must_use]
    pub fn machine(&self) -> Option<String> {
        self.text("os/type/@machine")
    }

    /// The program that runs it.
    #[must_use]
    pub fn emulator(&self) -> Option<String> {
        self.text("devices/emulator")
    }

    /// The address of its operating system in the OS database.
    #[must_use]
    pub fn os_id(&self) -> Option<String> {
        self.text("metadata/libosinfo:libosinfo/libosinfo:os/@id")
    }

    /// Its devices of a kind (`disk`, `interface`, …), or all with an empty one, in order.
    #[must_use]
    pub fn devices(&self, kind: &str) -> Vec<Element> {
        let Some(devices) = self.document.find(self.document.root(), "devices") else { return Vec::new() };
        let wanted = |e: &Element| kind.is_empty() || self.document.name(*e) == kind;
        self.document.children(devices).filter(wanted).collect()
    }
}

/// Makes a device among its kind, after the last of them, and returns it.
pub fn add_device(document: &mut Document, kind: &str) -> Element {
    let root = document.root();
    let devices = document.child(root, "devices").unwrap_or_else(|| document.insert_child(root, "devices"));
    document.insert_child(devices, kind)
}
