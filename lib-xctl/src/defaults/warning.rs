//! What a person should know of the guest before it is made, worded as virt-install words it.

use super::context::{Context, Reason};
use super::error::uefi_package;
use super::firmware;
use super::guest::Guest;
use super::misspelt;
use crate::document::Document;
use crate::osinfo::Level;

/// Says in a line each what may disappoint: emulation, missing firmware, too little memory, slips. `reasons` are those that
/// [`fill`](super::fill) gave, since only what was chosen here is a surprise.
#[must_use]
pub fn warnings(domain: &Document, context: &Context<'_>, reasons: &[Reason]) -> Vec<String> {
    let mut document = domain.clone();
    let guest = Guest::new(&mut document, context);
    let warnings = [emulated(&guest, reasons), without_uefi(&guest), short_of_memory(&guest)];
    warnings.into_iter().flatten().chain(misspelt::doubts(domain)).collect()
}

fn emulated(guest: &Guest<'_, '_>, reasons: &[Reason]) -> Option<String> {
    let chosen = reasons.iter().any(|reason| reason.place == "@type" && reason.value == "qemu");
    chosen.then(|| "KVM acceleration not available, using 'qemu'".to_owned()).filter(|_| guest.is_qemu())
}

fn without_uefi(guest: &Guest<'_, '_>) -> Option<String> {
    if !firmware::os_requires_uefi(guest) || firmware::is_uefi(guest) || firmware::is_chosen(guest) {
        return None;
    }
    let os = guest.context.os?.short_id();
    let package = uefi_package(&guest.arch())?;
    Some(format!(
        "Your VM may not boot successfully: {os} needs UEFI, and the host has none; install {package}"
    ))
}

fn short_of_memory(guest: &Guest<'_, '_>) -> Option<String> {
    let os = guest.context.os?;
    let arch = guest.arch();
    let enough = os.resources(Level::Minimum, &arch).ram? >> 20;
    let memory = crate::domain::Domain::new(guest.document).memory()? >> 10;
    (memory < enough).then(|| {
        let os = os.short_id();
        format!("Requested memory {memory} MiB is less than the recommended {enough} MiB for OS {os}")
    })
}
