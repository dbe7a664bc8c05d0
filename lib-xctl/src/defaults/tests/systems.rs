//! What guests get by the system that is to run in them.

use super::*;

#[test]
fn each_kind_of_system_gets_what_it_drives() {
    let old = os("http://x/old", "linux", &[device::Q35, &["http://pcisig.com/pci/1af4/1000"]]);
    for (os, expected) in [
        (Some(modern_linux()), "q35 vda virtio virtio qemu-xhci virtio org.qemu.guest_agent.0 utc -"),
        (Some(windows()), "q35 sda e1000e vga qemu-xhci - - localtime on"),
        (Some(old), "pc-i440fx-9.0 hda virtio vga ich9-ehci1 - - utc -"),
        (Some(os("http://x/sun", "solaris", &[])), "pc-i440fx-9.0 hda e1000 vga ich9-ehci1 - - localtime -"),
        (None, "pc-i440fx-9.0 hda e1000 vga ich9-ehci1 - - utc -"),
    ] {
        let trial = Trial { os, ..Trial::new() };
        assert_eq!(trial.fill(DISK).all(SEEN), expected);
    }
}

#[test]
fn known_systems_get_what_virt_install_gives_them() {
    let database = Database::at(vec!["/usr/share/osinfo".into()]);
    if database.is_empty() {
        eprintln!("skipped: the package osinfo-db is not installed");
        return;
    }
    for (name, expected) in [
        ("linux2022", "q35 vda virtio virtio qemu-xhci virtio org.qemu.guest_agent.0 utc -"),
        ("debian11", "q35 vda virtio virtio qemu-xhci virtio org.qemu.guest_agent.0 utc -"),
        ("rhel9.0", "q35 vda virtio virtio qemu-xhci virtio org.qemu.guest_agent.0 utc -"),
        ("win10", "q35 sda e1000e vga qemu-xhci - - localtime on"),
        ("win11", "q35 sda e1000e vga qemu-xhci - - localtime on"),
        ("freebsd13.1", "pc-i440fx-9.0 vda virtio vga ich9-ehci1 - - utc -"),
        ("generic", "pc-i440fx-9.0 hda e1000 vga ich9-ehci1 - - utc -"),
    ] {
        let trial = Trial::new().of((*database.find(name).unwrap()).clone());
        assert_eq!(trial.fill(DISK).all(SEEN), expected, "{name}");
    }
}

#[test]
fn a_system_that_needs_uefi_gets_it_with_a_tpm() {
    let firmware = |kind: &str, supported| Firmware { kind: kind.into(), arch: "x86_64".into(), supported };
    let mut os = windows();
    os.firmware = vec![firmware("efi", true), firmware("bios", false)];
    let mut trial = Trial::new().of(os);
    let seen = ["os/@firmware", "devices/tpm/@model", "devices/tpm/backend/@type"];
    assert_eq!(trial.fill("<domain/>").all(&seen), "efi tpm-crb emulator");
    assert_eq!(trial.fill("<domain><os><loader>/l</loader></os></domain>").all(&seen), "- - -");
    trial.offers = Some(DomainCapabilities::parse("<domainCapabilities/>").unwrap());
    assert_eq!(trial.fill("<domain/>").all(&seen), "- - -", "no guest that cannot start");
    assert_eq!(Trial::new().of(windows()).fill("<domain/>").all(&seen), "- - -");
}

#[test]
fn windows_gets_the_enlightenments_that_are_offered() {
    let on = |filled: &Filled| {
        let document = &filled.document;
        let hyperv = document.find(document.root(), "features/hyperv");
        let names = hyperv.into_iter().flat_map(|hyperv| document.children(hyperv));
        names.map(|e| document.name(e).to_owned()).collect::<Vec<_>>().join(" ")
    };
    let mut trial = Trial::new().of(windows());
    assert_eq!(on(&trial.fill("<domain/>")), "relaxed spinlocks vpindex synic stimer", "evmcs needs vapic");
    trial.offers = None;
    assert_eq!(on(&trial.fill("<domain/>")), "relaxed vapic spinlocks");
    trial.os = Some(os("http://microsoft.com/win/7", "winnt", &[]));
    assert_eq!(on(&trial.fill("<domain><os firmware='efi'/></domain>")), "");
    assert_eq!(on(&Trial::new().of(modern_linux()).fill("<domain/>")), "");
}
