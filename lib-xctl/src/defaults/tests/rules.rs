//! What holds for every guest: nothing is changed, everything has its reason, warnings, odd documents.

use super::*;

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
fn the_word_default_leaves_the_choice_to_us() {
    let devices = "<watchdog model='default'/><panic model='default'/><sound model='default'/><console type='default'/>\
        <video><model type='default'/></video><graphics type='default'/><rng><backend model='random'/></rng>";
    let filled = Trial::new().fill(&format!("<domain><devices>{devices}</devices></domain>"));
    assert!(!filled.document.to_string().contains("default"), "{}", filled.document);
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
