//! Features of the machine, among them what makes Windows run well.

use super::error::Error;
use super::firmware::is_uefi;
use super::guest::Guest;

/// What the host's capabilities name is switched on for guests of that architecture.
const OF_HOST: &[&str] = &["acpi", "apic", "pae"];

/// Spins of a virtual CPU that waits for a lock, before it lets others run.
const SPINLOCK_RETRIES: &str = "8191";

/// Enlightenments for Windows in the order they are written, with those that each needs.
///
/// Not switched on: `reset`, which newer Hyper-V does not have; `vendor_id`, which changes nothing; `reenlightenment`,
/// which matters to guests that run Hyper-V themselves and are migrated.
const HYPERV: &[(&str, &[&str])] = &[
    ("relaxed", &[]),
    ("vapic", &[]),
    ("spinlocks", &[]),
    ("vpindex", &[]),
    ("runtime", &[]),
    ("synic", &["vpindex"]),
    ("stimer", &["vpindex", "synic"]),
    ("frequencies", &[]),
    ("tlbflush", &["vpindex"]),
    ("ipi", &["vpindex"]),
    ("evmcs", &["vapic"]),
    ("avic", &[]),
];

/// What is switched on where libvirt does not list what the emulator offers.
const OLDEST: &[&str] = &["relaxed", "vapic", "spinlocks"];

/// Windows that does not boot through UEFI with enlightenments: a fault that was never mended there.
const BROKEN_WITH_UEFI: &[&str] = &["http://microsoft.com/win/2k8r2", "http://microsoft.com/win/7"];

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    if !guest.is_hvm() {
        return Ok(());
    }
    let mut offered = guest.choice().map(|choice| choice.guest.features.clone()).unwrap_or_default();
    if guest.virt_type() == "xen" && guest.arch() == "x86_64" {
        // Xen names it for guests of 32 bits only, and its firmware is one.
        offered.push("pae".to_owned());
    }
    for name in OF_HOST {
        let place = format!("features/{name}");
        if offered.iter().any(|o| o == name) && !guest.has(&place) && !guest.is_without(name) {
            let root = guest.document.root();
            guest.document.ensure(root, &place)?;
            guest.note(&place, "on", "the host offers it to {arch} guests");
        }
    }
    if is_enlightened(guest) && !guest.has("features/hyperv") {
        hyperv(guest)?;
    }
    spare_pointer(guest)
}

/// VMware's port is for the pointer of its own screens.
pub(super) fn spare_pointer(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    if guest.is_x86() && guest.knows_qemu() && guest.has_graphics_of("spice") {
        guest.fill("features/vmport/@state", "off", "it disturbs the pointer of a SPICE console")?;
    }
    Ok(())
}

/// Whether the guest is a Windows that uses what Hyper-V offers.
pub(super) fn is_enlightened(guest: &Guest<'_, '_>) -> bool {
    let broken =
        guest.context.os.is_some_and(|os| BROKEN_WITH_UEFI.contains(&os.id.as_str())) && is_uefi(guest);
    guest.is_windows() && guest.is_hvm() && guest.is_x86() && !guest.is_xen() && !broken
}

fn hyperv(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    let listed =
        guest.context.domain_capabilities.and_then(|caps| caps.values("features/hyperv", "features"));
    let offers = |name: &str| match &listed {
        Some(names) => names.iter().any(|n| n == name),
        None => OLDEST.contains(&name),
    };
    let intel = guest.context.host.vendor.as_deref() == Some("Intel");
    let apic = guest.has("features/apic");
    for (name, needs) in HYPERV {
        let fits = match *name {
            "evmcs" => intel,
            "avic" => apic,
            _ => true,
        };
        if !fits || !offers(name) || !needs.iter().all(|need| offers(need)) {
            continue;
        }
        guest.fill(&format!("features/hyperv/{name}/@state"), "on", "{os} runs better with it")?;
        if *name == "spinlocks" {
            guest.fill("features/hyperv/spinlocks/@retries", SPINLOCK_RETRIES, "more would only wait")?;
        }
    }
    Ok(())
}
