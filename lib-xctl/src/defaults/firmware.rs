//! Firmware: UEFI where the system or the machine needs it.

use super::error::Error;
use super::guest::{Guest, Rule};

const FIRMWARE: &[Rule] = &[
    Rule { value: "efi", when: |g| g.context.facts.uefi, why: "it was asked for" },
    Rule {
        value: "efi",
        when: |g| g.is_x86() && g.knows_qemu() && os_requires_uefi(g) && !boots_kernel(g),
        why: "{os} does not boot without UEFI",
    },
    Rule {
        value: "efi",
        when: |g| g.board().is_virt() && !boots_kernel(g),
        why: "{arch} guests boot installers and disks through UEFI",
    },
];

/// What says that the user chose how the guest boots.
const CHOSEN: &[&str] = &["os/loader", "os/nvram", "os/firmware", "os/bootloader", "bootloader"];

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    // Who asks for UEFI and says more of it, as where its variables are, wants both; a file with it is the choice.
    let asked = guest.context.facts.uefi;
    let is_settled = if asked { guest.get("os/loader").is_some() } else { is_chosen(guest) };
    if !guest.is_hvm() || is_settled || guest.is_without("uefi") {
        return Ok(());
    }
    let Some(rule) = guest.choose(FIRMWARE) else { return Ok(()) };
    // Without a firmware that libvirt finds by itself the guest would not start at all.
    if guest.context.domain_capabilities.is_none_or(|caps| caps.has_firmware(rule.value)) {
        guest.fill("os/@firmware", rule.value, rule.why)?;
    } else if let Some(loader) = ovmf(guest) {
        guest.fill("os/loader", &loader, "the host has it for UEFI")?;
        guest.fill("os/loader/@readonly", "yes", "guests share it")?;
        guest.fill("os/loader/@type", "pflash", "it is a flash chip's contents")?;
    } else if asked {
        return Err(Error::no_uefi(guest.arch()));
    }
    Ok(())
}

/// UEFI of a host that knows it by its file alone, as Xen does.
fn ovmf(guest: &Guest<'_, '_>) -> Option<String> {
    let files = guest.context.domain_capabilities.filter(|_| guest.is_x86())?.loaders();
    files.into_iter().find(|path| path.to_ascii_lowercase().contains("ovmf"))
}

/// Whether the host loads the guest's kernel, which then needs no firmware.
fn boots_kernel(guest: &Guest<'_, '_>) -> bool {
    guest.has("os/kernel")
}

/// Whether the user chose how the guest boots.
pub(super) fn is_chosen(guest: &Guest<'_, '_>) -> bool {
    CHOSEN.iter().any(|place| guest.has(place))
}

/// Whether the guest boots through UEFI.
pub(super) fn is_uefi(guest: &Guest<'_, '_>) -> bool {
    guest.get("os/@firmware").is_some_and(|firmware| firmware == "efi")
        || guest.get("os/loader/@type").is_some_and(|kind| kind == "pflash")
}

/// Whether the system boots with nothing else.
pub(super) fn os_requires_uefi(guest: &Guest<'_, '_>) -> bool {
    guest.context.os.is_some_and(|os| os.requires_uefi(&guest.arch()))
}
