//! The guest as it is so far, seen as choices see it, and the way to add to it.

use super::context::{Context, Reason};
use super::error::Error;
use crate::capabilities::{Choice, Wanted};
use crate::document::{Document, Element};
use crate::osinfo::device::Ids;

/// The kind of machine, as far as devices depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Board {
    /// x86 with PCI Express.
    Q35,
    /// Any other x86: `pc` and its versions.
    Pc,
    /// Arm `virt`, 64 or 32 bits wide. What a system drives is asked of the OS database, as on x86.
    Arm,
    /// RISC-V `virt`. Like the next three it never had other devices than virtio's.
    RiscV,
    /// LoongArch.
    LoongArch,
    /// POWER.
    Pseries,
    /// IBM Z.
    S390,
    /// Containers, Xen's paravirtualized guests, and other boards.
    Other,
}

impl Board {
    /// Whether it is any board of x86.
    pub(super) fn is_x86(self) -> bool {
        matches!(self, Self::Q35 | Self::Pc)
    }

    /// Whether it is one of the `virt` boards, which are alike on their architectures: PCI Express, UEFI.
    pub(super) fn is_virt(self) -> bool {
        matches!(self, Self::Arm | Self::RiscV | Self::LoongArch)
    }

    /// Whether its slots are PCI Express.
    pub(super) fn is_express(self) -> bool {
        self == Self::Q35 || self.is_virt()
    }

    /// Whether its systems are known to drive virtio, whatever the OS database knows of them.
    fn is_made_for_virtio(self) -> bool {
        matches!(self, Self::RiscV | Self::LoongArch | Self::Pseries | Self::S390)
    }
}

/// The word for a type or model that is left to us: `--watchdog default`.
pub(super) const UNSAID: &str = "default";

/// One row of a table of choices. The first row that applies is taken.
pub(super) struct Rule {
    pub(super) value: &'static str,
    pub(super) when: fn(&Guest<'_, '_>) -> bool,
    /// Why, as the end of a sentence; `{os}` stands for the system's name, `{arch}` for the architecture.
    pub(super) why: &'static str,
}

/// A guest in the making.
pub(super) struct Guest<'d, 'c> {
    pub(super) document: &'d mut Document,
    pub(super) context: &'c Context<'c>,
    pub(super) reasons: Vec<Reason>,
}

impl<'d, 'c> Guest<'d, 'c> {
    pub(super) fn new(document: &'d mut Document, context: &'c Context<'c>) -> Self {
        Self { document, context, reasons: Vec::new() }
    }

    /// What is at a place of the domain, if it is not empty.
    pub(super) fn get(&self, place: &str) -> Option<String> {
        let value = self.document.get(self.document.root(), place)?;
        Some(value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    pub(super) fn has(&self, place: &str) -> bool {
        self.document.find(self.document.root(), place).is_some()
    }

    /// The architecture, e.g. `x86_64`.
    pub(super) fn arch(&self) -> String {
        self.get("os/type/@arch").unwrap_or_else(|| self.context.host.architecture.clone())
    }

    pub(super) fn is_x86(&self) -> bool {
        matches!(self.arch().as_str(), "x86_64" | "i686")
    }

    /// A full machine, as opposed to a container or a paravirtualized Xen guest.
    pub(super) fn is_hvm(&self) -> bool {
        self.get("os/type").is_none_or(|os_type| os_type == "hvm")
    }

    /// A Xen guest that is no full machine: PV or PVH.
    pub(super) fn is_paravirtual(&self) -> bool {
        self.get("os/type").is_some_and(|os_type| matches!(os_type.as_str(), "xen" | "linux" | "xenpvh"))
    }

    pub(super) fn is_container(&self) -> bool {
        self.get("os/type").is_some_and(|os_type| os_type == "exe")
    }

    pub(super) fn is_qemu(&self) -> bool {
        self.context.connection.driver == "qemu"
    }

    pub(super) fn is_xen(&self) -> bool {
        self.context.connection.driver == "xen"
    }

    /// Whether the driver knows QEMU's devices: its own, or the test driver, which takes all.
    pub(super) fn knows_qemu(&self) -> bool {
        self.is_qemu() || self.context.connection.driver == "test"
    }

    /// How it runs: `kvm`, `qemu`, …
    pub(super) fn virt_type(&self) -> String {
        self.get("@type").unwrap_or_default()
    }

    pub(super) fn board(&self) -> Board {
        if !self.is_hvm() {
            return Board::Other;
        }
        let machine = self.get("os/type/@machine").unwrap_or_default();
        let canonical = self.choice().and_then(|choice| choice.machine(&machine)?.canonical.clone());
        let is = |part: &str| machine.contains(part) || canonical.as_ref().is_some_and(|c| c.contains(part));
        match self.arch().as_str() {
            "x86_64" | "i686" if is("q35") => Board::Q35,
            "x86_64" | "i686" => Board::Pc,
            "aarch64" | "armv7l" if is("virt") => Board::Arm,
            "riscv64" | "riscv32" if is("virt") => Board::RiscV,
            "loongarch64" => Board::LoongArch,
            "ppc64" | "ppc64le" if is("pseries") => Board::Pseries,
            "s390x" => Board::S390,
            _ => Board::Other,
        }
    }

    /// The row of the host's capabilities that this guest runs by.
    pub(super) fn choice(&self) -> Option<Choice<'c>> {
        let (os_type, arch) = (self.get("os/type"), self.get("os/type/@arch"));
        let (virt_type, machine) = (self.get("@type"), self.get("os/type/@machine"));
        self.context.host.choose(Wanted {
            os_type: os_type.as_deref(),
            arch: arch.as_deref(),
            virt_type: virt_type.as_deref(),
            machine: machine.as_deref(),
        })
    }

    /// Whether the user said none to an option's devices.
    pub(super) fn is_without(&self, option: &str) -> bool {
        self.context.facts.without.iter().any(|without| without == option)
    }

    /// Whether the guest drives a virtio device. Boards made for virtio need no word from the OS database.
    pub(super) fn drives_virtio(&self, ids: Ids) -> bool {
        self.is_qemu() && (self.board().is_made_for_virtio() || self.os_drives(ids))
    }

    /// Whether a virtio device that a guest can do without is added: where the board is known, and the OS database
    /// knows that the system drives it.
    pub(super) fn gains_virtio(&self, ids: Ids) -> bool {
        self.is_qemu() && self.board() != Board::Other && self.os_drives(ids)
    }

    /// Whether the OS database knows that the system drives a device.
    pub(super) fn os_drives(&self, ids: Ids) -> bool {
        self.context.os.is_some_and(|os| os.supports(ids))
    }

    pub(super) fn is_windows(&self) -> bool {
        self.context.os.is_some_and(|os| os.is_windows())
    }

    /// Whether the domain capabilities allow a value; what they do not list is allowed.
    pub(super) fn allows(&self, place: &str, name: &str, value: &str) -> bool {
        self.context.domain_capabilities.and_then(|caps| caps.allows(place, name, value)).unwrap_or(true)
    }

    /// The same where what they do not list is not there.
    pub(super) fn lists(&self, place: &str, name: &str, value: &str) -> bool {
        self.context.domain_capabilities.and_then(|caps| caps.allows(place, name, value)) == Some(true)
    }

    pub(super) fn has_graphics(&self) -> bool {
        self.has("devices/graphics")
    }

    /// Whether a graphical console of this type is there.
    pub(super) fn has_graphics_of(&self, kind: &str) -> bool {
        self.devices("graphics").iter().any(|&e| self.document.attr(e, "type").is_some_and(|t| t == kind))
    }

    /// The devices of a kind, in order.
    pub(super) fn devices(&self, kind: &str) -> Vec<Element> {
        let Some(devices) = self.document.child(self.document.root(), "devices") else { return Vec::new() };
        self.document.children_named(devices, kind).collect()
    }

    /// Whether a device of a kind has an attribute of that value.
    pub(super) fn has_device(&self, kind: &str, attribute: &str, value: &str) -> bool {
        self.devices(kind).iter().any(|&e| self.document.attr(e, attribute).is_some_and(|a| a == value))
    }

    /// Whether the guest has USB: `--controller usb,model=none` takes it away.
    pub(super) fn has_usb(&self) -> bool {
        !self.devices("controller").iter().any(|&e| {
            let is = |name, value| self.document.attr(e, name).is_some_and(|a| a == value);
            is("type", "usb") && is("model", "none")
        })
    }

    /// Adds an empty device; the caller fills it in.
    pub(super) fn add(&mut self, kind: &str) -> Result<Element, Error> {
        let root = self.document.root();
        let devices = self.document.ensure(root, "devices")?;
        Ok(self.document.insert_child(devices, kind))
    }

    /// Adds a device with what it consists of, and remembers why.
    pub(super) fn add_with(
        &mut self,
        kind: &str,
        places: &[(&str, &str)],
        value: &str,
        why: &str,
    ) -> Result<Element, Error> {
        let element = self.add(kind)?;
        for (place, value) in places {
            self.document.set(element, place, value)?;
        }
        self.note(&format!("devices/{kind}"), value, why);
        Ok(element)
    }

    /// Fills a place of the domain if it is empty. Returns whether it was.
    pub(super) fn fill(&mut self, place: &str, value: &str, why: &str) -> Result<bool, Error> {
        let root = self.document.root();
        self.fill_in(root, place, value, why)
    }

    /// Fills a place of a device if it is empty. Returns whether it was.
    pub(super) fn fill_in(
        &mut self,
        device: Element,
        place: &str,
        value: &str,
        why: &str,
    ) -> Result<bool, Error> {
        let kind = place.ends_with("@type") || place.ends_with("@model");
        let is_open = |there: &str| there.is_empty() || (kind && there == UNSAID);
        if self.document.get(device, place).is_some_and(|there| !is_open(&there)) {
            return Ok(false);
        }
        self.document.set(device, place, value)?;
        let prefix = self.place_of(device);
        self.note(&format!("{prefix}{place}"), value, why);
        Ok(true)
    }

    /// The first row of a table that applies.
    pub(super) fn choose(&self, rules: &'static [Rule]) -> Option<&'static Rule> {
        rules.iter().find(|rule| (rule.when)(self))
    }

    /// Fills a place of a device by the first row that applies.
    pub(super) fn fill_by(
        &mut self,
        device: Element,
        place: &str,
        rules: &'static [Rule],
    ) -> Result<bool, Error> {
        match self.choose(rules) {
            Some(rule) => self.fill_in(device, place, rule.value, rule.why),
            None => Ok(false),
        }
    }

    /// Remembers a choice.
    pub(super) fn note(&mut self, place: &str, value: &str, why: &str) {
        let os = self.context.os.map_or("the system", |os| os.short_id());
        let why = why.replace("{os}", os).replace("{arch}", &self.arch());
        self.reasons.push(Reason { place: place.to_owned(), value: value.to_owned(), why });
    }

    /// `devices/disk[2]/`, or nothing for the domain itself.
    fn place_of(&self, device: Element) -> String {
        let document = &self.document;
        let Some(parent) = document.parent(device) else { return String::new() };
        let name = document.name(device);
        let siblings: Vec<_> = document.children_named(parent, name).collect();
        let above = if parent == document.root() { String::new() } else { self.place_of(parent) };
        match siblings.iter().position(|&e| e == device) {
            Some(at) if siblings.len() > 1 => format!("{above}{name}[{}]/", at + 1),
            _ => format!("{above}{name}/"),
        }
    }
}
