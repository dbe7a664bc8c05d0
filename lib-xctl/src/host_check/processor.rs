//! What the processor and KVM offer.

use super::{Answer, Device, Facts, fail, pass, warn};

/// Flags of hardware virtualization, each with what firmware's setups call it and KVM's module for it.
const FLAGS: &[(&str, &str, &str)] = &[("vmx", "Intel VT-x", "kvm_intel"), ("svm", "AMD-V (SVM)", "kvm_amd")];

/// KVM's module for this processor.
fn module(facts: &Facts) -> &'static str {
    match FLAGS.iter().find(|(flag, ..)| facts.has_flag(flag)) {
        Some((.., module)) => module,
        None if facts.vendor == "AuthenticAMD" => "kvm_amd",
        None if facts.is_x86() => "kvm_intel",
        None => "kvm",
    }
}

/// Other processors than a PC's do not tell by flags; the kernel then makes `/dev/kvm` or not.
pub(super) fn virtualization(facts: &Facts) -> Option<Answer> {
    if !facts.is_x86() || facts.flags.is_empty() {
        return None;
    }
    match FLAGS.iter().find(|(flag, ..)| facts.has_flag(flag)) {
        Some((flag, name, _)) => pass(format!("{name} ({flag})")),
        None => fail(
            "neither vmx nor svm: guests are emulated, many times slower",
            if facts.has_flag("hypervisor") {
                "this host is a virtual machine: let its own host nest (virsh host-check there), and give it the CPU \
                 host-passthrough"
            } else {
                "switch on Intel VT-x or AMD-V (SVM) in the setup of the host's firmware"
            },
        ),
    }
}

pub(super) fn kvm(facts: &Facts) -> Option<Answer> {
    match &facts.kvm {
        Device::Absent => fail("it is not there", format!("sudo modprobe {}", module(facts))),
        Device::Refused { group, joined } => {
            let name = &facts.account.name;
            let mend = match (group, joined) {
                (Some(group), true) => format!("log in again: you are a member of '{group}' by now"),
                (Some(group), false) => format!("sudo usermod -aG {group} {name}, then log in again"),
                (None, _) => format!("sudo setfacl -m u:{name}:rw /dev/kvm"),
            };
            fail("you may not use it", mend)
        }
        Device::Usable => match &facts.kvm_fault {
            Some(fault) => {
                fail(fault, "see to hardware virtualization first; guests of type 'qemu' run without")
            }
            None => pass("it makes virtual machines"),
        },
    }
}

pub(super) fn nested(facts: &Facts) -> Option<Answer> {
    if !facts.is_x86() {
        return None;
    }
    let module = module(facts);
    match facts.nested {
        Some((module, true)) => pass(format!("{module} allows it")),
        Some((module, false)) => warn(
            format!("{module} does not allow it"),
            format!(
                "echo 'options {module} nested=1' | sudo tee /etc/modprobe.d/{module}.conf, then, while no guest runs: \
                 sudo modprobe -r {module} && sudo modprobe {module}"
            ),
        ),
        None => warn("KVM's module for this processor is not loaded", format!("sudo modprobe {module}")),
    }
}

pub(super) fn iommu(facts: &Facts) -> Option<Answer> {
    if !facts.is_x86() {
        return None;
    }
    match (facts.iommu_groups, facts.iommu_table) {
        (0, true) => {
            let argument = if facts.vendor == "AuthenticAMD" { "amd_iommu=on" } else { "intel_iommu=on" };
            warn(
                "the host has one, and the kernel does not use it",
                facts.distribution.kernel_argument(argument),
            )
        }
        (0, false) => warn(
            "the firmware tells of none",
            "switch on VT-d or AMD-Vi (IOMMU) in the setup of the host's firmware, if it has one",
        ),
        (groups, _) => pass(format!("{groups} groups of devices")),
    }
}

pub(super) fn encryption(facts: &Facts) -> Option<Answer> {
    if !facts.encryption.is_empty() {
        return pass(facts.encryption.join(", "));
    }
    match () {
        () if facts.has_flag("sev") => warn(
            "the processor has SEV, and KVM does not use it",
            "switch on SEV in the setup of the host's firmware, then: echo 'options kvm_amd sev=1' | sudo tee \
             /etc/modprobe.d/kvm_amd.conf, and reboot",
        ),
        () => warn(
            "neither SEV nor TDX",
            "nothing, unless guests are to be kept from the host: it takes another processor",
        ),
    }
}
