//! Domain capabilities: what an emulator offers to one machine of one architecture.

use crate::document::{Document, Element, Error};

/// What can be configured in a domain of a certain machine.
#[derive(Debug, Clone)]
pub struct DomainCapabilities {
    /// The document it was read from.
    pub document: Document,
}

impl DomainCapabilities {
    /// Reads the document of `virConnectGetDomainCapabilities`.
    ///
    /// # Errors
    /// As for [`Document::parse`].
    pub fn parse(xml: &str) -> Result<Self, Error> {
        Ok(Self { document: Document::parse(xml)? })
    }

    /// The emulator's path.
    #[must_use]
    pub fn emulator(&self) -> Option<String> {
        self.text("path")
    }

    /// The machine they are about, by its canonical name.
    #[must_use]
    pub fn machine(&self) -> Option<String> {
        self.text("machine")
    }

    /// The architecture they are about.
    #[must_use]
    pub fn architecture(&self) -> Option<String> {
        self.text("arch")
    }

    /// Most virtual CPUs.
    #[must_use]
    pub fn max_vcpus(&self) -> Option<u32> {
        self.document.get(self.document.root(), "vcpu/@max")?.parse().ok()
    }

    /// Most guests at a time whose registers AMD's SEV-ES encrypts.
    #[must_use]
    pub fn sev_es_guests(&self) -> u32 {
        self.text("features/sev/maxESGuests").and_then(|most| most.parse().ok()).unwrap_or_default()
    }

    /// Whether something is supported: `devices/tpm`, `features/sev`, `os/loader`. `None` where libvirt does not say.
    #[must_use]
    pub fn supports(&self, place: &str) -> Option<bool> {
        let element = self.element(place)?;
        self.document.attr(element, "supported").map(|supported| supported == "yes")
    }

    /// The values that an enumeration allows, e.g. of `devices/video` the `modelType`. `None` where libvirt does not
    /// list it, as an older one does.
    #[must_use]
    pub fn values(&self, place: &str, name: &str) -> Option<Vec<String>> {
        let element = self.element(place)?;
        let list = self
            .document
            .children_named(element, "enum")
            .find(|&e| self.document.attr(e, "name").is_some_and(|n| n == name))?;
        let values = self.document.children_named(list, "value");
        Some(values.map(|value| self.document.text(value).trim().to_owned()).collect())
    }

    /// Whether an enumeration allows a value. `None` where libvirt does not list it.
    #[must_use]
    pub fn allows(&self, place: &str, name: &str, value: &str) -> Option<bool> {
        Some(self.values(place, name)?.iter().any(|v| v == value))
    }

    /// Whether `<os firmware='efi'>` (or `bios`) finds a firmware by itself.
    #[must_use]
    pub fn has_firmware(&self, kind: &str) -> bool {
        self.allows("os", "firmware", kind) == Some(true)
    }

    /// Firmware files that libvirt knows by path.
    #[must_use]
    pub fn loaders(&self) -> Vec<String> {
        let loader = self.element("os/loader");
        loader
            .into_iter()
            .flat_map(|loader| self.document.children_named(loader, "value"))
            .map(|value| self.document.text(value).trim().to_owned())
            .collect()
    }

    /// Whether a CPU mode is supported: `host-passthrough`, `host-model`, `maximum`, `custom`.
    #[must_use]
    pub fn has_cpu_mode(&self, mode: &str) -> bool {
        let Some(cpu) = self.element("cpu") else { return false };
        self.document.children_named(cpu, "mode").any(|e| {
            let is = |attribute, value| self.document.attr(e, attribute).is_some_and(|a| a == value);
            is("name", mode) && is("supported", "yes")
        })
    }

    /// Named CPU models and whether this host can run them.
    #[must_use]
    pub fn cpu_models(&self) -> Vec<(String, bool)> {
        let custom = self.element("cpu/mode[@name='custom']");
        custom
            .into_iter()
            .flat_map(|custom| self.document.children_named(custom, "model"))
            .map(|model| {
                let usable = self.document.attr(model, "usable").is_some_and(|u| u == "yes");
                (self.document.text(model).trim().to_owned(), usable)
            })
            .collect()
    }

    fn element(&self, place: &str) -> Option<Element> {
        self.document.find(self.document.root(), place)
    }

    fn text(&self, place: &str) -> Option<String> {
        let text = self.document.get(self.document.root(), place)?;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }
}
