//! What guests get, by system, host and connection.

use super::*;
use crate::capabilities::{DomainCapabilities, Host};
use crate::osinfo::{Database, Firmware, Os, device};

/// An x86 host with KVM, that emulates Arm too.
const KVM_HOST: &str = "<capabilities><host><cpu><arch>x86_64</arch><vendor>Intel</vendor></cpu></host>\
    <guest><os_type>hvm</os_type><arch name='i686'><emulator>/qemu32</emulator><machine>pc-i440fx-9.0</machine>\
    <domain type='qemu'/><domain type='kvm'/></arch><features><pae/><acpi/><apic/></features></guest>\
    <guest><os_type>hvm</os_type><arch name='x86_64'><emulator>/qemu64</emulator><machine>pc-i440fx-9.0</machine>\
    <machine canonical='pc-q35-9.0'>q35</machine><domain type='qemu'/><domain type='kvm'/></arch>\
    <features><acpi/><apic/></features></guest>\
    <guest><os_type>hvm</os_type><arch name='aarch64'><emulator>/qemu-arm</emulator><machine>integratorcp</machine>\
    <machine canonical='virt-9.0'>virt</machine><domain type='qemu'/></arch></guest></capabilities>";

/// What its emulator offers.
const OFFERS: &str = "<domainCapabilities><os supported='yes'><enum name='firmware'><value>efi</value></enum></os>\
    <cpu><mode name='host-passthrough' supported='yes'/><mode name='maximum' supported='yes'/></cpu><devices>\
    <graphics supported='yes'><enum name='type'><value>vnc</value></enum></graphics>\
    <video supported='yes'><enum name='modelType'><value>vga</value><value>virtio</value></enum></video>\
    <tpm supported='yes'><enum name='model'><value>tpm-tis</value><value>tpm-crb</value></enum>\
    <enum name='backendModel'><value>emulator</value></enum></tpm></devices>\
    <features><hyperv supported='yes'><enum name='features'><value>relaxed</value><value>spinlocks</value>\
    <value>stimer</value><value>synic</value><value>vpindex</value><value>evmcs</value></enum></hyperv></features>\
    </domainCapabilities>";

/// A guest to be filled in, and what came of it.
struct Trial {
    host: Host,
    offers: Option<DomainCapabilities>,
    os: Option<Os>,
    connection: Connection,
    facts: Facts,
}

struct Filled {
    document: Document,
    reasons: Vec<Reason>,
}

impl Trial {
    fn new() -> Self {
        Self {
            host: Host::parse(KVM_HOST).unwrap(),
            offers: Some(DomainCapabilities::parse(OFFERS).unwrap()),
            os: None,
            connection: Connection::from_uri("qemu:///session"),
            facts: Facts::default(),
        }
    }

    /// On a host whose CPU cannot virtualize.
    fn without_kvm(mut self) -> Self {
        self.host = Host::parse(&KVM_HOST.replace("<domain type='kvm'/>", "")).unwrap();
        self
    }

    fn of(mut self, os: Os) -> Self {
        self.os = Some(os);
        self
    }

    fn without(mut self, options: &[&str]) -> Self {
        self.facts.without = options.iter().map(|&option| option.to_owned()).collect();
        self
    }

    fn fill(&self, domain: &str) -> Filled {
        let mut document = Document::parse(domain).unwrap();
        let context = self.context();
        let reasons = fill(&mut document, &context).unwrap();
        Filled { document, reasons }
    }

    fn context(&self) -> Context<'_> {
        Context {
            host: &self.host,
            domain_capabilities: self.offers.as_ref(),
            os: self.os.as_ref(),
            connection: self.connection.clone(),
            facts: self.facts.clone(),
        }
    }
}

impl Filled {
    fn get(&self, place: &str) -> Option<String> {
        self.document.get(self.document.root(), place).map(Into::into)
    }

    /// What is at several places, joined, nothing being `-`.
    fn all(&self, places: &[&str]) -> String {
        places
            .iter()
            .map(|place| self.get(place).unwrap_or_else(|| "-".to_owned()))
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn has(&self, place: &str) -> bool {
        self.document.find(self.document.root(), place).is_some()
    }

    fn why(&self, place: &str) -> &str {
        &self.reasons.iter().find(|reason| reason.place == place).unwrap().why
    }
}

fn os(id: &str, family: &str, devices: &[device::Ids]) -> Os {
    let mut os = Os::default();
    os.id = id.to_owned();
    os.short_ids = vec![id.rsplit('/').next().unwrap_or(id).to_owned()];
    os.family = Some(family.to_owned());
    os.devices = devices.iter().flat_map(|ids| ids.iter()).map(|&id| id.to_owned()).collect();
    os
}

fn modern_linux() -> Os {
    use device::*;
    let all = [
        Q35,
        USB3,
        VIRTIO_1,
        VIRTIO_BALLOON,
        VIRTIO_BLOCK,
        VIRTIO_GPU,
        VIRTIO_NET,
        VIRTIO_RNG,
        VIRTIO_SCSI,
        VIRTIO_SERIAL,
    ];
    os("http://x/modern", "linux", &all)
}

fn windows() -> Os {
    os("http://x/windows", "winnt", &[device::Q35, device::USB3])
}

const DISK: &str = "<domain><devices><disk type='file'><source file='/d'/></disk></devices></domain>";
const SEEN: &[&str] = &[
    "os/type/@machine",
    "devices/disk/target/@dev",
    "devices/interface/model/@type",
    "devices/video/model/@type",
    "devices/controller[@type='usb']/@model",
    "devices/rng/@model",
    "devices/channel/target/@name",
    "clock/@offset",
    "features/hyperv/relaxed/@state",
];

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
fn nothing_that_is_there_is_changed() {
    let mine = "<domain type='qemu'><name>n</name><uuid>u</uuid><memory unit='GiB'>2</memory><vcpu>3</vcpu>\
        <os><type arch='i686' machine='mine'>hvm</type></os><cpu mode='custom'><model>m</model></cpu>\
        <features><hyperv><relaxed state='off'/></hyperv></features>\
        <clock offset='variable'><timer name='kvmclock' present='no'/></clock><pm><suspend-to-mem enabled='yes'/></pm>\
        <devices><emulator>/mine</emulator><disk type='block' device='disk'><source dev='/dev/x'/>\
        <driver name='qemu' cache='writeback'/><target dev='sdq' bus='scsi'/></disk>\
        <interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='b'/><model type='ne2k_pci'/></interface>\
        <serial type='file'/><channel type='unix'><source path='/s'/><target type='virtio' name='n'/></channel>\
        <graphics type='vnc' port='5901'/><video><model type='cirrus'/></video><rng model='virtio-transitional'/>\
        <memballoon model='none'/><input type='mouse' bus='usb'/><controller type='usb' model='none'/></devices></domain>";
    let filled = Trial::new().of(windows()).fill(mine);
    let before = Document::parse(mine).unwrap();
    for (place, _) in places(&before) {
        let old = before.get(before.root(), &place);
        assert_eq!(filled.get(&place).as_deref(), old.as_deref(), "{place}");
    }
    for reason in &filled.reasons {
        assert!(before.get(before.root(), &reason.place).is_none_or(|old| old.is_empty()), "{reason}");
    }
}

/// All attributes of a document, by place.
fn places(document: &Document) -> Vec<(String, String)> {
    fn walk(
        document: &Document,
        element: crate::document::Element,
        at: &str,
        out: &mut Vec<(String, String)>,
    ) {
        out.extend(document.attrs(element).map(|(name, value)| (format!("{at}@{name}"), value.into_owned())));
        for child in document.children(element) {
            walk(document, child, &format!("{at}{}/", document.name(child)), out);
        }
    }
    let mut out = Vec::new();
    walk(document, document.root(), "", &mut out);
    out
}

#[test]
fn filling_twice_changes_nothing() {
    for os in [Some(modern_linux()), Some(windows()), None] {
        let trial = Trial { os, ..Trial::new() };
        let once = trial.fill(DISK).document.to_string();
        let twice = trial.fill(&once);
        assert_eq!(twice.document.to_string(), once);
        assert_eq!(twice.reasons, []);
    }
}

#[test]
fn every_reason_tells_what_stands_at_its_place() {
    let filled = Trial::new().of(modern_linux()).fill(DISK);
    assert!(filled.reasons.len() > 20);
    for reason in &filled.reasons {
        assert!(!reason.why.is_empty() && !reason.why.contains(['{', '}']), "{reason}");
        if reason.place.contains('@') {
            assert_eq!(filled.get(&reason.place).as_ref(), Some(&reason.value), "{reason}");
        } else {
            assert!(filled.has(&reason.place), "{reason}");
        }
    }
    assert_eq!(filled.why("devices/disk/target/@bus"), "modern drives it, and no other is as fast");
}

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

#[test]
fn network_cards_go_where_the_connection_can_reach() {
    let seen =
        ["devices/interface/@type", "devices/interface/source/@network", "devices/interface/source/@bridge"];
    let mut trial = Trial::new();
    trial.facts.network = Some(Network::Network("default".into()));
    assert_eq!(trial.fill("<domain/>").all(&seen), "user - -");
    trial.connection = Connection::from_uri("qemu:///system");
    assert_eq!(trial.fill("<domain/>").all(&seen), "network default -");
    trial.facts.network = Some(Network::Bridge("br0".into()));
    assert_eq!(trial.fill("<domain/>").all(&seen), "bridge - br0");
    trial.facts.network = None;
    assert_eq!(trial.fill("<domain/>").all(&seen), "user - -");
    trial.connection = Connection::from_uri("test:///default");
    trial.facts.network = Some(Network::Network("default".into()));
    assert_eq!(trial.fill("<domain/>").all(&seen), "user - -", "it has none that a guest could reach");
    let card = |inner: &str| format!("<domain><devices><interface{inner}</interface></devices></domain>");
    trial.connection = Connection::from_uri("qemu:///session");
    assert_eq!(trial.fill(&card("><source bridge='b'/>")).all(&seen), "bridge - b");
    assert_eq!(trial.fill(&card("><source network='n'/>")).all(&seen), "network n -");
    assert_eq!(trial.fill(&card(" type='default'>")).all(&seen), "user - -");
    let address = trial.fill("<domain/>").get("devices/interface/mac/@address").unwrap();
    assert!(address.starts_with("52:54:00:") && address.len() == 17, "{address}");
}

#[test]
fn ports_are_forwarded_by_passt_or_by_qemu_itself() {
    let card = |inner: &str| {
        format!(
            "<domain><devices><interface>{inner}<portForward proto='tcp' address='127.0.0.1'>\
             <range start='2222' to='22'/></portForward></interface></devices></domain>"
        )
    };
    let mut trial = Trial::new();
    trial.connection = Connection::from_uri("qemu:///system");
    trial.facts.network = Some(Network::Network("default".into()));
    let seen = ["devices/interface/@type", "devices/interface/backend/@type"];
    assert_eq!(trial.fill(&card("")).all(&seen), "user passt");
    trial.facts.lacks_passt = true;
    let filled = trial.fill(&card("<mac address='52:54:00:00:00:01'/>"));
    assert_eq!(filled.all(&seen), "- -");
    let arguments = |at: usize| filled.get(&format!("qemu:commandline/qemu:arg[{at}]/@value")).unwrap();
    assert_eq!(arguments(2), "user,id=forwarding0,hostfwd=tcp:127.0.0.1:2222-:22");
    assert_eq!(arguments(4), "e1000,netdev=forwarding0,mac=52:54:00:00:00:01,bus=pci.0,addr=0x10");
    // What QEMU cannot do is left to passt, whose absence libvirt tells.
    assert_eq!(trial.fill(&card("<portForward proto='tcp' dev='eth0'/>")).all(&seen), "user passt");
    // Another network is not given up for ports.
    let elsewhere = trial.fill(&card("").replace("<interface>", "<interface type='bridge'>"));
    assert_eq!(elsewhere.all(&seen), "bridge -");
    assert!(elsewhere.get("devices/interface/portForward/@proto").is_some());
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
fn what_was_refused_is_not_filled_in() {
    let devices = [
        "graphics",
        "network",
        "console",
        "channel",
        "rng",
        "memballoon",
        "sound",
        "video",
        "input",
        "tpm",
        "redirdev",
    ];
    let filled = Trial::new().of(modern_linux()).without(&devices).fill("<domain/>");
    assert_eq!(filled.get("devices/memballoon/@model").as_deref(), Some("none"), "libvirt would add one");
    for kind in devices.map(|name| if name == "network" { "interface" } else { name }) {
        assert!(kind == "memballoon" || !filled.has(&format!("devices/{kind}")), "{kind}");
    }
    assert!(!Trial::new().without(&["acpi"]).fill("<domain/>").has("features/acpi"));
}

#[test]
fn a_spice_console_brings_its_devices() {
    let spice = "<domain><devices><graphics type='spice'/></devices></domain>";
    let filled = Trial::new().of(modern_linux()).fill(spice);
    let seen = ["devices/graphics/@autoport", "devices/sound/@model", "features/vmport/@state"];
    assert_eq!(filled.all(&seen), "yes ich9 off");
    assert!(filled.has("devices/channel[@type='spicevmc']") && filled.has("devices/redirdev[2]"));
    assert!(filled.has("devices/channel[@type='unix']"), "the guest agent has its own");
    let port = "<domain><devices><graphics type='spice' port='5901'/></devices></domain>";
    let seen = ["devices/graphics/@port", "devices/graphics/@tlsPort", "devices/graphics/@autoport"];
    assert_eq!(Trial::new().fill(port).all(&seen), "5901 -1 -");
}

#[test]
fn disks_are_named_in_order_and_never_twice() {
    let disk = |inner: &str| format!("<disk type='file'>{inner}</disk>");
    let disks = [
        disk("<target dev='vdb'/>"),
        disk(""),
        disk("<target bus='sata'/>"),
        disk("<target bus='scsi'/>"),
        "<disk device='cdrom'/><disk device='floppy'/><disk device='lun'/>".to_owned(),
    ];
    let domain = format!("<domain><devices>{}</devices></domain>", disks.concat());
    let filled = Trial::new().of(modern_linux()).fill(&domain);
    let name = |n| filled.get(&format!("devices/disk[{n}]/target/@dev")).unwrap();
    assert_eq!((1..=7).map(name).collect::<Vec<_>>().join(" "), "vdb vdc sda sdb sdc fda sdd");
    assert!(filled.has("devices/disk[5]/readonly") && filled.has("devices/controller[@model='virtio-scsi']"));
}

#[test]
fn only_new_sparse_images_and_block_devices_are_discarded() {
    let mut trial = Trial::new();
    trial.facts.sparse = vec!["/new".to_owned()];
    let discard = |disk: &str| {
        let filled = trial.fill(&format!("<domain><devices>{disk}</devices></domain>"));
        filled.all(&["devices/disk/driver/@discard", "devices/disk/driver/@cache", "devices/disk/driver/@io"])
    };
    assert_eq!(discard("<disk type='file'><source file='/new'/></disk>"), "unmap - -");
    assert_eq!(discard("<disk type='file'><source file='/old'/></disk>"), "- - -");
    assert_eq!(discard("<disk type='block'><source dev='/dev/x'/></disk>"), "unmap none native");
    let cached = "<disk type='block'><driver cache='writeback'/><source dev='/dev/x'/></disk>";
    assert_eq!(discard(cached), "unmap writeback -");
}

#[test]
fn a_part_of_a_topology_is_completed() {
    let arranged = |cpus: &str, topology: &str| {
        let cpus = if cpus.is_empty() { String::new() } else { format!("<vcpu>{cpus}</vcpu>") };
        let domain = format!("<domain>{cpus}<cpu><topology {topology}/></cpu></domain>");
        let places = ["sockets", "dies", "cores", "threads"].map(|part| format!("cpu/topology/@{part}"));
        let filled = Trial::new().fill(&domain);
        let parts = filled.all(&places.each_ref().map(String::as_str));
        format!("{} = {parts}", filled.get("vcpu").unwrap())
    };
    for (cpus, topology, expected) in [
        ("6", "threads='2'", "6 = 1 1 3 2"),
        ("6", "cores='3'", "6 = 2 1 3 1"),
        ("8", "sockets='2' threads='2'", "8 = 2 1 2 2"),
        ("6", "dies='2'", "6 = 1 2 3 1"),
        ("", "sockets='2' cores='3'", "6 = 2 1 3 1"),
        ("", "threads='2'", "2 = 1 1 1 2"),
    ] {
        assert_eq!(arranged(cpus, topology), expected, "{cpus} {topology}");
    }
    let mut wrong =
        Document::parse("<domain><vcpu>7</vcpu><cpu><topology sockets='2'/></cpu></domain>").unwrap();
    let error = fill(&mut wrong, &Trial::new().context()).unwrap_err();
    assert_eq!(error, Error::Topology { cpus: 7, implied: 6 });
}

#[test]
fn pci_express_has_free_ports_and_always_a_root() {
    let q35 = "<os><type machine='q35'/></os>";
    let ports = |filled: &Filled| filled.document.to_string().matches("pcie-root-port").count();
    let filled = Trial::new().fill(&format!("<domain>{q35}</domain>"));
    assert_eq!((ports(&filled), filled.has("devices/controller[@model='pcie-root']")), (14, true));
    let own = "<devices><controller type='pci' model='pcie-root-port'/></devices>";
    let filled = Trial::new().fill(&format!("<domain>{q35}{own}</domain>"));
    let root = filled.get("devices/controller[@model='pcie-root']/@index");
    assert_eq!((ports(&filled), root.as_deref()), (1, Some("0")));
    assert_eq!(ports(&Trial::new().fill("<domain/>")), 0);
}

#[test]
fn the_word_default_leaves_the_choice_to_us() {
    let devices = "<watchdog model='default'/><panic model='default'/><sound model='default'/><console type='default'/>\
        <video><model type='default'/></video><graphics type='default'/><rng><backend model='random'/></rng>";
    let filled = Trial::new().fill(&format!("<domain><devices>{devices}</devices></domain>"));
    assert!(!filled.document.to_string().contains("default"), "{}", filled.document);
}

#[test]
fn virtiofs_gets_the_shared_memory_it_needs() {
    let domain =
        |driver: &str| format!("<domain><devices><filesystem>{driver}</filesystem></devices></domain>");
    let seen = ["devices/filesystem/@accessmode", "memoryBacking/source/@type", "memoryBacking/access/@mode"];
    assert_eq!(Trial::new().fill(&domain("<driver type='virtiofs'/>")).all(&seen), "- memfd shared");
    assert_eq!(Trial::new().fill(&domain("")).all(&seen), "mapped - -");
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

#[test]
fn what_may_disappoint_is_said_and_nothing_else() {
    let said = |trial: &Trial, domain: &str| {
        let filled = trial.fill(domain);
        warnings(&filled.document, &trial.context(), &filled.reasons)
    };
    assert_eq!(said(&Trial::new(), "<domain/>"), Vec::<String>::new());
    assert_eq!(
        said(&Trial::new().without_kvm(), "<domain/>"),
        ["KVM acceleration not available, using 'qemu'"]
    );
    assert_eq!(said(&Trial::new(), "<domain type='qemu'/>"), Vec::<String>::new(), "it was asked for");
    let firmware = |kind: &str, supported| Firmware { kind: kind.into(), arch: "x86_64".into(), supported };
    let mut os = windows();
    os.firmware = vec![firmware("efi", true), firmware("bios", false)];
    let mut trial = Trial::new().of(os);
    assert_eq!(said(&trial, "<domain/>"), Vec::<String>::new());
    trial.offers = Some(DomainCapabilities::parse("<domainCapabilities/>").unwrap());
    assert!(said(&trial, "<domain/>")[0].contains("windows needs UEFI"));
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
fn devices_of_which_little_was_said_get_the_rest() {
    for (device, place, value) in [
        ("<disk type='file'><source file='/a'/><target bus='nvme'/></disk>", "disk/target/@dev", "sda"),
        ("<disk type='nvme'><source type='pci'/></disk>", "disk/driver/@name", "-"),
        ("<hostdev type='pci'><address bus='1'/></hostdev>", "hostdev/@mode", "subsystem"),
        ("<hostdev type='pci'><address bus='1'/></hostdev>", "hostdev/@managed", "yes"),
        ("<hostdev mode='capabilities' type='misc'/>", "hostdev/@mode", "capabilities"),
        ("<serial type='qemu-vdagent'/>", "serial/target/@name", "com.redhat.spice.0"),
        ("<serial type='spiceport'/>", "serial/target/@name", "-"),
        ("<serial type='unix'/>", "serial/source/@mode", "bind"),
        ("<channel type='tcp'/>", "channel/source/@mode", "bind"),
        ("<channel type='tcp'><source mode='connect'/></channel>", "channel/source/@mode", "connect"),
        ("<rng model='default'><backend model='default'/></rng>", "rng/backend/@model", "random"),
    ] {
        let filled = Trial::new().fill(&format!("<domain><devices>{device}</devices></domain>"));
        assert_eq!(filled.all(&[&format!("devices/{place}")]), value, "{device} {place}");
    }
}

#[test]
fn odd_documents_are_filled_without_panic() {
    for host in ["<capabilities/>", "<capabilities><guest/><guest><arch/></guest></capabilities>", KVM_HOST] {
        for domain in [
            "<domain type=''><os><type arch='' machine=''/></os></domain>",
            "<domain><os><type arch='vax'>hvm</type></os></domain>",
            "<domain type='lxc'><os><type>exe</type></os></domain>",
            "<domain><os><type>xen</type></os><devices><disk/></devices></domain>",
            "<domain><cpu><topology sockets='99999' cores='99999' threads='-1'/></cpu></domain>",
            "<domain><cpu><topology sockets='4294967295' cores='4294967295'/></cpu></domain>",
            "<domain><devices><disk><target dev='vdzzzzzzzzzzzz' bus='virtio'/></disk><disk/></devices></domain>",
            "<domain><devices><disk><target bus='nonsense'/></disk><interface/><graphics/><tpm/></devices></domain>",
            "<x:domain xmlns:x='urn:x'><x:devices/></x:domain>",
        ] {
            let trial = Trial { host: Host::parse(host).unwrap(), offers: None, ..Trial::new() };
            let _ = fill(&mut Document::parse(domain).unwrap(), &trial.context());
        }
    }
}
