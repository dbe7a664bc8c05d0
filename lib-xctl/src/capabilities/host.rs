//! Capabilities of a host: which guests it runs, with which emulator and machines.

use crate::document::{Document, Element, Error};

/// What a host can run.
#[derive(Debug, Clone)]
pub struct Host {
    /// The document it was read from.
    pub capabilities: Document,
    /// Architecture of the host's own CPU, e.g. `x86_64`.
    pub architecture: String,
    /// CPU model that libvirt gives the host, e.g. `Skylake-Client`.
    pub cpu_model: Option<String>,
    /// Maker of the host's CPU: `Intel`, `AMD`.
    pub vendor: Option<String>,
    /// Security models, outermost last: `apparmor`, `selinux`, `dac`.
    pub security_models: Vec<String>,
    /// Guests in the order libvirt lists them.
    pub guests: Vec<Architecture>,
}

/// One kind of guest: an operating system type on an architecture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Architecture {
    /// `hvm`, `xen`, `linux` (Xen paravirtualization), `exe` (containers).
    pub os_type: String,
    /// Architecture, e.g. `x86_64`.
    pub name: String,
    /// Emulator used where the virtualization type names none.
    pub emulator: Option<String>,
    /// Firmware that its guests start with, where the hypervisor wants it named: Xen's `hvmloader`.
    pub loader: Option<String>,
    /// Machines used where the virtualization type names none.
    pub machines: Vec<Machine>,
    /// `kvm`, `qemu`, `xen`, …
    pub virt_types: Vec<VirtType>,
    /// Features such as `acpi`, `apic`, `pae`.
    pub features: Vec<String>,
}

/// A way to run a guest: `<domain type='kvm'>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtType {
    /// `kvm`, `qemu`, …
    pub name: String,
    /// Emulator of its own.
    pub emulator: Option<String>,
    /// Machines of its own.
    pub machines: Vec<Machine>,
}

/// A machine that an emulator offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Name, e.g. `q35`.
    pub name: String,
    /// What the name stands for, e.g. `pc-q35-10.0`.
    pub canonical: Option<String>,
    /// Most virtual CPUs.
    pub max_cpus: Option<u32>,
    /// The hypervisor advises against it.
    pub deprecated: bool,
}

/// What is known of a guest that a host is to run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// `hvm`, `xen`, …
    pub os_type: Option<&'a str>,
    /// Architecture, by any of its names.
    pub arch: Option<&'a str>,
    /// `kvm`, `qemu`, …
    pub virt_type: Option<&'a str>,
    /// Machine. It only decides between what fits otherwise: a guest may have one that the emulator no longer lists.
    pub machine: Option<&'a str>,
}

/// Ways to run a guest that come before others.
const PREFERRED: &[&str] = &["kvm", "xen", "hvf", "qemu"];

/// A guest and a way to run it.
#[derive(Debug, Clone, Copy)]
pub struct Choice<'a> {
    /// The guest.
    pub guest: &'a Architecture,
    /// The way to run it.
    pub virt_type: &'a VirtType,
}

impl Host {
    /// Reads the document of `virConnectGetCapabilities`.
    ///
    /// # Errors
    /// As for [`Document::parse`].
    pub fn parse(xml: &str) -> Result<Self, Error> {
        let capabilities = Document::parse(xml)?;
        let root = capabilities.root();
        let text = |place| capabilities.get(root, place).map(|t| t.trim().to_owned());
        let host = capabilities.child(root, "host");
        let security_models = host
            .into_iter()
            .flat_map(|host| capabilities.children_named(host, "secmodel"))
            .filter_map(|model| capabilities.get(model, "model").map(Into::into))
            .collect();
        let guests =
            capabilities.children_named(root, "guest").filter_map(|e| guest(&capabilities, e)).collect();
        Ok(Self {
            architecture: text("host/cpu/arch").unwrap_or_default(),
            cpu_model: text("host/cpu/model").filter(|m| !m.is_empty()),
            vendor: text("host/cpu/vendor").filter(|vendor| !vendor.is_empty()),
            security_models,
            guests,
            capabilities,
        })
    }

    /// The same host without KVM, if the connection leads to this machine and KVM does not work here although libvirt
    /// offers it.
    #[must_use]
    pub fn without_broken_kvm(mut self, uri: &str) -> Self {
        let reached = crate::defaults::Connection::from_uri(uri);
        if !reached.remote && reached.driver == "qemu" && self.has_kvm() && hypervisor::kvm::fault().is_some()
        {
            self.drop_virt_type("kvm");
        }
        self
    }

    pub(super) fn drop_virt_type(&mut self, name: &str) {
        for guest in &mut self.guests {
            guest.virt_types.retain(|virt_type| virt_type.name != name);
        }
    }

    /// Whether any guest can run with hardware virtualization (`kvm`).
    #[must_use]
    pub fn has_kvm(&self) -> bool {
        self.guests.iter().any(|guest| guest.virt_type("kvm").is_some())
    }

    /// Finds a guest by what is known of it. Where several fit, the host's own architecture wins, then one that has the
    /// machine, then the order in which libvirt lists them, then `kvm` over other ways to run it.
    #[must_use]
    pub fn choose(&self, wanted: Wanted<'_>) -> Option<Choice<'_>> {
        let fits = |wanted: Option<&str>, name: &str| wanted.is_none_or(|w| w == name);
        self.guests
            .iter()
            .enumerate()
            .filter(|(_, guest)| fits(wanted.os_type, &guest.os_type))
            .filter(|(_, guest)| wanted.arch.is_none_or(|arch| same_architecture(arch, &guest.name)))
            .flat_map(|(at, guest)| {
                guest.virt_types.iter().map(move |it| (at, Choice { guest, virt_type: it }))
            })
            .filter(|(_, choice)| fits(wanted.virt_type, &choice.virt_type.name))
            .min_by_key(|(at, choice)| {
                let foreign = choice.guest.name != self.architecture;
                let lacks_machine = wanted.machine.is_some_and(|machine| choice.machine(machine).is_none());
                let name = &choice.virt_type.name;
                let way = PREFERRED.iter().position(|way| way == name).unwrap_or(PREFERRED.len());
                (foreign, lacks_machine, *at, way)
            })
            .map(|(_, choice)| choice)
    }
}

/// Whether two names mean one architecture: every 32-bit x86 is `i686` to libvirt.
#[must_use]
pub(crate) fn same_architecture(a: &str, b: &str) -> bool {
    canonical_architecture(a) == canonical_architecture(b)
}

/// The name libvirt uses for an architecture that goes by others too.
#[must_use]
pub(crate) fn canonical_architecture(name: &str) -> &str {
    match name {
        "i386" | "i486" | "i586" | "x86" => "i686",
        "amd64" => "x86_64",
        "arm64" => "aarch64",
        "armv7hl" | "armhf" => "armv7l",
        "ppc64el" => "ppc64le",
        other => other,
    }
}

impl Architecture {
    /// A way to run this guest.
    #[must_use]
    pub fn virt_type(&self, name: &str) -> Option<&VirtType> {
        self.virt_types.iter().find(|t| t.name == name)
    }
}

impl<'a> Choice<'a> {
    /// The emulator's path.
    #[must_use]
    pub fn emulator(self) -> Option<&'a str> {
        self.virt_type.emulator.as_deref().or(self.guest.emulator.as_deref())
    }

    /// The machines on offer; the hypervisor's default comes first.
    #[must_use]
    pub fn machines(self) -> &'a [Machine] {
        if self.virt_type.machines.is_empty() { &self.guest.machines } else { &self.virt_type.machines }
    }

    /// A machine by its name.
    #[must_use]
    pub fn machine(self, name: &str) -> Option<&'a Machine> {
        self.machines().iter().find(|m| m.name == name)
    }
}

fn guest(document: &Document, element: Element) -> Option<Architecture> {
    let arch = document.child(element, "arch")?;
    let virt_types = document
        .children_named(arch, "domain")
        .filter_map(|domain| {
            Some(VirtType {
                name: document.attr(domain, "type")?.into_owned(),
                emulator: text(document, domain, "emulator"),
                machines: machines(document, domain),
            })
        })
        .collect();
    let features = document.child(element, "features");
    Some(Architecture {
        os_type: text(document, element, "os_type")?,
        name: document.attr(arch, "name")?.into_owned(),
        emulator: text(document, arch, "emulator"),
        loader: text(document, arch, "loader"),
        machines: machines(document, arch),
        virt_types,
        features: features
            .into_iter()
            .flat_map(|features| document.children(features))
            .map(|feature| document.name(feature).to_owned())
            .collect(),
    })
}

fn machines(document: &Document, element: Element) -> Vec<Machine> {
    document
        .children_named(element, "machine")
        .map(|machine| Machine {
            name: document.text(machine).trim().to_owned(),
            canonical: document.attr(machine, "canonical").map(Into::into),
            max_cpus: document.attr(machine, "maxCpus").and_then(|n| n.parse().ok()),
            deprecated: document.attr(machine, "deprecated").is_some_and(|d| d == "yes"),
        })
        .collect()
}

fn text(document: &Document, element: Element, place: &str) -> Option<String> {
    document.get(element, place).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}
