//! Programs and firmware that guests need.

use super::firmware::Firmware;
use super::mend::Package;
use super::{Answer, Facts, fail, pass, warn};

pub(super) const QEMU: Package =
    Package { debian: "qemu-system", fedora: "qemu-kvm", arch: "qemu-full", suse: "qemu" };
const OVMF: Package =
    Package { debian: "ovmf", fedora: "edk2-ovmf", arch: "edk2-ovmf", suse: "qemu-ovmf-x86_64" };
const AAVMF: Package = Package {
    debian: "qemu-efi-aarch64",
    fedora: "edk2-aarch64",
    arch: "edk2-aarch64",
    suse: "qemu-uefi-aarch64",
};
const TPM: Package =
    Package { debian: "swtpm swtpm-tools", fedora: "swtpm swtpm-tools", arch: "swtpm", suse: "swtpm" };

pub(super) fn emulators(facts: &Facts) -> Option<Answer> {
    if facts.emulators.is_empty() {
        return fail("there is none", facts.distribution.install(QEMU));
    }
    let all = some(&facts.emulators);
    match facts.emulators.contains(&facts.architecture) {
        true => pass(all),
        false => fail(
            format!("none for this processor ({}), only {all}", facts.architecture),
            facts.distribution.install(QEMU),
        ),
    }
}

/// The first of many names, and how many there are besides.
pub(super) fn some(names: &[String]) -> String {
    const SHOWN: usize = 4;
    match names.get(SHOWN..) {
        Some(rest) if !rest.is_empty() => format!("{} and {} more", names[..SHOWN].join(", "), rest.len()),
        _ => names.join(", "),
    }
}

fn fitting(facts: &Facts) -> impl Iterator<Item = &Firmware> {
    facts
        .firmware
        .iter()
        .filter(|firmware| firmware.uefi && firmware.architectures.contains(&facts.architecture))
}

fn firmware_package(facts: &Facts) -> String {
    facts.distribution.install(if facts.architecture == "aarch64" { AAVMF } else { OVMF })
}

pub(super) fn uefi(facts: &Facts) -> Option<Answer> {
    match fitting(facts).next() {
        Some(firmware) => pass(&firmware.path),
        None => warn(format!("there is none for {}", facts.architecture), firmware_package(facts)),
    }
}

/// Only a PC's firmware has it.
pub(super) fn secure_boot(facts: &Facts) -> Option<Answer> {
    if !facts.is_x86() {
        return None;
    }
    let secure = || fitting(facts).filter(|firmware| firmware.secure_boot);
    match secure().find(|firmware| firmware.enrolled_keys).or_else(|| secure().next()) {
        Some(firmware) if firmware.enrolled_keys => pass(format!("{}, with keys", firmware.path)),
        Some(firmware) => pass(format!("{}, without keys", firmware.path)),
        None => warn("there is no firmware that has it", firmware_package(facts)),
    }
}

/// Found, or what installs it.
fn program(facts: &Facts, names: &[&str], package: Package) -> Option<Answer> {
    let missing: Vec<&str> = names.iter().copied().filter(|name| !facts.programs.contains(name)).collect();
    match missing.is_empty() {
        true => pass(names.join(", ")),
        false => warn(format!("{} is not there", missing.join(", ")), facts.distribution.install(package)),
    }
}

pub(super) fn tpm(facts: &Facts) -> Option<Answer> {
    program(facts, &["swtpm", "swtpm_setup"], TPM)
}

pub(super) fn virtiofsd(facts: &Facts) -> Option<Answer> {
    program(facts, &["virtiofsd"], Package::named("virtiofsd"))
}

pub(super) fn passt(facts: &Facts) -> Option<Answer> {
    program(facts, &["passt"], Package::named("passt"))
}
