//! What guests get by the host, its architecture and the connection, and what is refused there.

use super::*;

#[test]
fn a_host_without_kvm_emulates_and_says_so_once() {
    let filled = Trial::new().without_kvm().fill("<domain/>");
    assert_eq!(filled.all(&["@type", "cpu/@mode"]), "qemu maximum");
    assert_eq!(filled.reasons.iter().filter(|reason| reason.why.contains("KVM")).count(), 1);
    let filled = Trial::new().fill("<domain/>");
    assert_eq!(filled.all(&["@type", "cpu/@mode", "os/type/@arch"]), "kvm host-passthrough x86_64");
}

/// A host that emulates one architecture, whose emulator offers these machines.
fn emulating(arch: &str, machines: &[&str]) -> Trial {
    let machines: String = machines.iter().map(|machine| format!("<machine>{machine}</machine>")).collect();
    let host = format!(
        "<capabilities><host><cpu><arch>x86_64</arch></cpu></host><guest><os_type>hvm</os_type>\
         <arch name='{arch}'><emulator>/qemu</emulator>{machines}<domain type='qemu'/></arch></guest></capabilities>"
    );
    Trial { host: Host::parse(&host).unwrap(), ..Trial::new() }
}

const OF_ARCHITECTURE: &[&str] = &[
    "os/type/@machine",
    "os/@firmware",
    "cpu/@mode",
    "devices/disk/target/@bus",
    "devices/disk[2]/target/@bus",
    "devices/interface/model/@type",
    "devices/graphics/@type",
    "devices/video/model/@type",
    "devices/controller[@type='usb']/@model",
    "devices/controller[@model='pcie-root']/@type",
    "devices/rng/@model",
    "devices/input[2]/@type",
    "devices/console/target/@type",
];

#[test]
fn each_architecture_gets_what_its_machines_have() {
    let disks = "<domain><devices><disk type='file'><source file='/d'/></disk><disk type='file' device='cdrom'/>\
        </devices></domain>";
    let virt = "virt efi maximum virtio scsi virtio vnc virtio qemu-xhci pci virtio keyboard -";
    let old_virt = "virt efi maximum virtio scsi virtio vnc virtio qemu-xhci pci - keyboard -";
    for (arch, machines, known, unknown) in [
        (
            "x86_64",
            &["pc-i440fx-9.0", "q35"][..],
            "q35 - maximum virtio sata virtio vnc virtio qemu-xhci pci virtio - -",
            "pc-i440fx-9.0 - maximum ide ide e1000 vnc vga ich9-ehci1 - - - -",
        ),
        (
            "i686",
            &["pc-i440fx-9.0"],
            "pc-i440fx-9.0 - maximum virtio ide virtio vnc virtio qemu-xhci - virtio - -",
            "pc-i440fx-9.0 - maximum ide ide e1000 vnc vga ich9-ehci1 - - - -",
        ),
        (
            "aarch64",
            &["integratorcp", "virt"],
            virt,
            "virt efi maximum usb scsi - vnc ramfb qemu-xhci pci - keyboard -",
        ),
        (
            "armv7l",
            &["integratorcp", "virt"],
            virt,
            "virt efi maximum usb scsi - vnc ramfb qemu-xhci pci - keyboard -",
        ),
        (
            "armv7l",
            &["vexpress-a15"],
            "vexpress-a15 - - virtio scsi virtio - - - - - - -",
            "vexpress-a15 - - sd sd - - - - - - - -",
        ),
        ("riscv64", &["spike", "virt"], virt, old_virt),
        ("loongarch64", &["virt"], virt, old_virt),
        (
            "ppc64le",
            &["mac99", "pseries"],
            "pseries - - virtio scsi virtio vnc vga qemu-xhci - virtio keyboard -",
            "pseries - - virtio scsi virtio vnc vga qemu-xhci - - keyboard -",
        ),
        (
            "s390x",
            &["none", "s390-ccw-virtio"],
            "s390-ccw-virtio - - virtio scsi virtio - - - - virtio - sclp",
            "s390-ccw-virtio - - virtio scsi virtio - - - - - - sclp",
        ),
        (
            "sparc64",
            &["sun4u"],
            "sun4u - - virtio scsi virtio - - - - - - -",
            "sun4u - - usb usb - - - - - - - -",
        ),
    ] {
        let trial = emulating(arch, machines);
        assert_eq!(trial.fill(disks).all(OF_ARCHITECTURE), unknown, "{arch} without a system");
        assert_eq!(trial.of(modern_linux()).fill(disks).all(OF_ARCHITECTURE), known, "{arch}");
    }
}

#[test]
fn a_graphical_console_of_ibm_z_has_virtio_input_where_the_system_drives_it() {
    let screen = "<domain><devices><graphics type='vnc'/></devices></domain>";
    let seen = ["devices/input/@bus", "devices/input[2]/@type", "devices/video/model/@type"];
    let trial = emulating("s390x", &["s390-ccw-virtio"]);
    assert_eq!(trial.fill(screen).all(&seen), "- - virtio");
    let modern = os("http://x/modern", "linux", &[device::VIRTIO_INPUT]);
    assert_eq!(trial.of(modern).fill(screen).all(&seen), "virtio keyboard virtio");
}

#[test]
fn a_kernel_from_the_host_needs_no_firmware() {
    let firmware = |domain: &str| emulating("aarch64", &["virt"]).fill(domain).get("os/@firmware");
    assert_eq!(firmware("<domain/>").as_deref(), Some("efi"));
    assert_eq!(firmware("<domain><os><kernel>/k</kernel></os></domain>"), None);
    let declined = emulating("aarch64", &["virt"]).without(&["uefi"]).fill("<domain/>");
    assert_eq!(declined.get("os/@firmware"), None);
}

#[test]
fn the_card_of_a_guest_that_boots_through_uefi_needs_no_bios() {
    let seen = ["devices/video/model/@type"];
    let mut trial = Trial::new();
    trial.facts.uefi = true;
    assert_eq!(trial.fill("<domain/>").all(&seen), "vga");
    let offers = OFFERS.replace("<value>vga</value>", "<value>vga</value><value>bochs</value>");
    trial.offers = Some(DomainCapabilities::parse(&offers).unwrap());
    assert_eq!(trial.fill("<domain/>").all(&seen), "bochs");
    trial.facts.uefi = false;
    assert_eq!(trial.fill("<domain/>").all(&seen), "vga");
}

#[test]
fn reads_what_a_uri_says() {
    let connection =
        |driver: &str, session, remote| Connection { driver: driver.to_owned(), session, remote };
    for (uri, expected) in [
        ("qemu:///session", connection("qemu", true, false)),
        ("qemu:///system?socket=/x", connection("qemu", false, false)),
        ("qemu+ssh://u@host/session?no_verify=1", connection("qemu", true, true)),
        ("qemu+unix:///system", connection("qemu", false, false)),
        ("test:///default", connection("test", false, false)),
        ("xen://host", connection("xen", false, true)),
        ("", connection("", false, false)),
    ] {
        assert_eq!(Connection::from_uri(uri), expected, "{uri}");
    }
}

#[test]
fn what_the_host_cannot_run_is_refused_with_what_it_can() {
    let trial = Trial::new().without_kvm();
    let refused =
        |domain: &str| fill(&mut Document::parse(domain).unwrap(), &trial.context()).unwrap_err().to_string();
    let message = refused("<domain type='kvm'/>");
    assert!(
        message.starts_with("the host cannot run kvm guests") && message.contains("qemu hvm x86_64"),
        "{message}"
    );
    assert!(refused("<domain><os><type arch='vax'/></os></domain>").contains("vax"));
}

#[test]
fn the_hosts_cpu_is_named_where_that_was_asked_for() {
    let mut trial = Trial::new();
    trial.facts.host_cpu = true;
    assert_eq!(trial.fill("<domain/>").get("cpu/@mode"), None);
    trial.host = Host::parse(&KVM_HOST.replace("<vendor>", "<model>Skylake</model><vendor>")).unwrap();
    let filled = trial.fill("<domain><cpu><feature policy='force' name='vmx'/></cpu></domain>");
    let said = ["cpu/@mode", "cpu/@match", "cpu/model"].map(|place| filled.get(place));
    assert_eq!(said.each_ref().map(Option::as_deref), [Some("custom"), Some("exact"), Some("Skylake")]);
}

#[test]
fn uefi_that_was_asked_for_is_not_left_out_silently() {
    let mut trial = Trial::new();
    trial.facts.uefi = true;
    for more in [
        "",
        "<loader secure='no'/>",
        "<nvram>/v</nvram>",
        "<nvram template='/t'/>",
        "<firmware><feature enabled='no' name='secure-boot'/></firmware>",
    ] {
        let filled = trial.fill(&format!("<domain><os>{more}</os></domain>"));
        assert_eq!(filled.get("os/@firmware").as_deref(), Some("efi"), "{more}");
    }
    let own = trial.fill("<domain><os><loader type='pflash'>/OVMF.fd</loader></os></domain>");
    assert_eq!(own.get("os/@firmware"), None);
    trial.offers = Some(DomainCapabilities::parse("<domainCapabilities/>").unwrap());
    let error = fill(&mut Document::new("domain"), &trial.context()).unwrap_err();
    assert_eq!(error, Error::NoUefi { arch: "x86_64".into(), package: Some("ovmf") });
}

#[test]
fn containers_start_a_program_and_have_what_is_their_own() {
    let host = "<capabilities><host><cpu><arch>x86_64</arch></cpu></host><guest><os_type>exe</os_type>\
        <arch name='x86_64'><emulator>/lxc</emulator><domain type='lxc'/></arch></guest></capabilities>";
    let connection = Connection::from_uri("lxc:///system");
    let trial = Trial { host: Host::parse(host).unwrap(), offers: None, connection, ..Trial::new() };
    let seen = [
        "@type",
        "os/type",
        "os/init",
        "os/type/@machine",
        "devices/emulator",
        "devices/graphics/@type",
        "devices/interface/model/@type",
        "clock/@offset",
        "pm/suspend-to-mem/@enabled",
    ];
    assert_eq!(trial.fill("<domain/>").all(&seen), "lxc exe /bin/sh - /lxc - - - -");
    assert!(!trial.fill("<domain/>").has("features/privnet"));
    assert_eq!(trial.fill("<domain/>").all(&["memory", "currentMemory", "vcpu"]), "1048576 1048576 1");
    let root =
        "<domain><devices><filesystem><source dir='/r'/><target dir='/'/></filesystem></devices></domain>";
    let filled = trial.fill(root);
    assert_eq!(filled.get("os/init").as_deref(), Some("/sbin/init"));
    assert!(filled.has("features/privnet"));
    assert_eq!(filled.get("devices/filesystem/@accessmode").as_deref(), Some("mapped"));
    assert!(!trial.without(&["privnet"]).fill(root).has("features/privnet"));
}

#[test]
fn guests_of_xen_get_what_xen_has() {
    let xen = |os_type: &str, machine: &str, more: &str| {
        format!(
            "<guest><os_type>{os_type}</os_type><arch name='x86_64'><emulator>/qemu</emulator>{more}\
             <machine>{machine}</machine><domain type='xen'/></arch><features><acpi/><apic/></features></guest>"
        )
    };
    let host = format!(
        "<capabilities><host><cpu><arch>x86_64</arch></cpu></host>{}{}{}</capabilities>",
        xen("xen", "xenpv", ""),
        xen("hvm", "xenfv", "<loader>/hvmloader</loader>"),
        xen("xenpvh", "xenpvh", ""),
    );
    let connection = Connection::from_uri("xen:///system");
    let offers = "<domainCapabilities><os><loader><value>/hvmloader</value><value>/ovmf.bin</value></loader></os>\
        <devices><graphics supported='yes'><enum name='type'><value>spice</value></enum></graphics></devices>\
        </domainCapabilities>";
    let offers = Some(DomainCapabilities::parse(offers).unwrap());
    let mut trial = Trial { host: Host::parse(&host).unwrap(), offers, connection, ..Trial::new() };
    trial.os = Some(windows());
    let seen = [
        "os/type",
        "os/type/@machine",
        "os/loader",
        "devices/emulator",
        "devices/disk/target/@bus",
        "devices/disk/driver/@name",
        "devices/disk[2]/driver/@name",
        "devices/graphics/@type",
        "devices/video/model/@type",
        "devices/interface/model/@type",
        "devices/input/@type",
        "devices/controller/@type",
        "features/hyperv/relaxed/@state",
        "clock/@offset",
        "pm/suspend-to-mem/@enabled",
    ];
    let guest = |os_type: &str| {
        format!(
            "<domain><os><type>{os_type}</type></os><devices><disk type='file'><source file='/d'/></disk>\
             <disk type='block'><source dev='/dev/x'/></disk></devices></domain>"
        )
    };
    assert_eq!(trial.fill(&guest("")).all(&seen), "xen xenpv - - xen qemu phy vnc - - - - - - -");
    assert_eq!(trial.fill(&guest("xenpvh")).all(&seen), "xenpvh xenpvh - - xen qemu phy vnc - - - - - - -");
    let filled = trial.fill(&guest("hvm"));
    assert_eq!(
        filled.all(&seen),
        "hvm xenfv /hvmloader /qemu ide qemu phy vnc vga e1000 tablet - - localtime -"
    );
    assert!(filled.has("features/pae") && filled.has("features/apic"));
    assert!(filled.get("devices/interface/mac/@address").unwrap().starts_with("00:16:3e:"));
    trial.facts.uefi = true;
    let filled = trial.fill(&guest("hvm"));
    assert_eq!(filled.all(&["os/loader", "os/loader/@type", "os/@firmware"]), "/ovmf.bin pflash -");
}

#[test]
fn what_is_nearly_a_value_that_the_host_offers_is_refused() {
    let filled = |devices: &str| {
        let trial = Trial::new();
        let context = trial.context();
        let xml = format!("<domain><memory>65536</memory><devices>{devices}</devices></domain>");
        fill(&mut Document::parse(&xml).unwrap(), &context).map_err(|error| error.to_string())
    };
    for (devices, meant) in [
        ("<graphics type='vnd'/>", "did you mean 'vnc'?"),
        ("<video><model type='virtoi'/></video>", "did you mean 'virtio'?"),
        ("<tpm model='tpm-tsi'/>", "did you mean 'tpm-tis'?"),
    ] {
        let error = filled(devices).unwrap_err();
        assert!(error.contains(meant), "{error}");
    }
    // Known here though this host does not offer it, and known to nobody.
    for devices in ["<graphics type='spice'/>", "<video><model type='hologram'/></video>"] {
        assert!(filled(devices).is_ok(), "{devices}");
    }
}

#[test]
fn sev_has_a_policy() {
    let mut trial = Trial::new();
    let policy = |trial: &Trial, inner: &str| {
        trial.fill(&format!("<domain>{inner}</domain>")).get("launchSecurity/policy")
    };
    let sev = "<launchSecurity type='sev'/>";
    assert_eq!(policy(&trial, sev).as_deref(), Some("0x03"));
    assert_eq!(
        policy(&trial, "<launchSecurity type='sev'><policy>0x1</policy></launchSecurity>").as_deref(),
        Some("0x1")
    );
    assert_eq!(policy(&trial, "<launchSecurity type='sev-snp'/>"), None, "libvirt has its own");
    for (most, expected) in [("0", "0x03"), ("450", "0x07")] {
        let offers = OFFERS.replace(
            "<features>",
            &format!("<features><sev supported='yes'><maxESGuests>{most}</maxESGuests></sev>"),
        );
        trial.offers = Some(DomainCapabilities::parse(&offers).unwrap());
        assert_eq!(policy(&trial, sev).as_deref(), Some(expected), "{most}");
    }
}
