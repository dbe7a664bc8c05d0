//! How and on what the guest runs: virtualization type, architecture, emulator, machine.

use super::error::Error;
use super::guest::{Guest, Rule};
use crate::osinfo::device::{Q35, VIRTIO_1, VIRTIO_NET};

/// Machines by name, where the host's default is not the best for the system.
const MACHINES: &[Rule] = &[
    Rule { value: "q35", when: wants_q35, why: "{os} supports it and its virtio devices are of version 1.0" },
    Rule { value: "virt", when: wants_virt, why: "it is the machine made for virtual {arch} guests" },
    Rule {
        value: "pseries",
        when: |g| g.arch().starts_with("ppc64"),
        why: "it is the machine made for virtual POWER guests",
    },
    Rule {
        value: "s390-ccw-virtio",
        when: |g| g.arch() == "s390x",
        why: "it is the machine made for virtual IBM Z guests",
    },
];

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    let Some(choice) = guest.choice() else {
        let wanted = [guest.get("@type"), guest.get("os/type"), guest.get("os/type/@arch")];
        return Err(Error::unsupported(guest.context.host, &wanted));
    };
    let virt_type = choice.virt_type.name.clone();
    let why = match virt_type.as_str() {
        "kvm" => "the host virtualizes in hardware",
        "qemu" if choice.guest.virt_type("kvm").is_some() => "it was asked for",
        "qemu" if choice.guest.name != guest.context.host.architecture => {
            "the host's CPU is of another architecture"
        }
        "qemu" => {
            "the host offers no hardware virtualization (KVM), so that the guest is emulated, which is slow"
        }
        _ => "it is what the host runs",
    };
    guest.fill("@type", &virt_type, why)?;
    guest.fill("os/type", &choice.guest.os_type, "it is what the host runs best")?;
    guest.fill("os/type/@arch", &choice.guest.name, "it is the host's own architecture, or its nearest")?;
    if !guest.is_without("machine") {
        let named = guest.choose(MACHINES).filter(|rule| choice.machine(rule.value).is_some());
        if let Some(rule) = named {
            guest.fill("os/type/@machine", rule.value, rule.why)?;
        } else if let Some(first) = choice.machines().first() {
            guest.fill("os/type/@machine", &first.name, "it is the emulator's default")?;
        }
    }
    if let Some(loader) = choice.guest.loader.as_deref().filter(|_| !guest.context.facts.uefi) {
        guest.fill("os/loader", loader, "guests of this hypervisor start with it")?;
    }
    if let Some(emulator) = choice.emulator().filter(|_| !guest.is_paravirtual()) {
        guest.fill("devices/emulator", emulator, "it is what the host has for {arch}")?;
    }
    Ok(())
}

/// A system that drives Q35 but only the old virtio devices would not find those of Q35's PCI Express slots.
fn wants_q35(guest: &Guest<'_, '_>) -> bool {
    let old_virtio = guest.os_drives(VIRTIO_NET) && !guest.os_drives(VIRTIO_1);
    guest.is_x86() && guest.os_drives(Q35) && !old_virtio
}

fn wants_virt(guest: &Guest<'_, '_>) -> bool {
    matches!(guest.arch().as_str(), "aarch64" | "armv7l" | "riscv64" | "riscv32" | "loongarch64")
}
