//! What is read from capabilities, and from what is none.

use super::*;

const HOST: &str = "<capabilities><host><cpu><arch>x86_64</arch><model>EPYC</model><vendor>AMD</vendor></cpu>\
    <secmodel><model>apparmor</model></secmodel><secmodel><model>dac</model></secmodel></host>\
    <guest><os_type>hvm</os_type><arch name='i686'><emulator>/32</emulator><machine maxCpus='255'>pc-9</machine>\
    <domain type='qemu'/></arch></guest>\
    <guest><os_type>hvm</os_type><arch name='x86_64'><emulator>/64</emulator><machine>pc-9</machine>\
    <machine canonical='pc-q35-9' maxCpus='288' deprecated='yes'>q35</machine><domain type='qemu'/>\
    <domain type='kvm'><emulator>/kvm</emulator><machine>fast</machine></domain></arch>\
    <features><acpi default='on'/><apic/></features></guest>\
    <guest><os_type>xen</os_type><arch name='x86_64'><domain type='xen'/></arch></guest></capabilities>";

#[test]
fn the_host_s_own_architecture_and_hardware_come_first() {
    let host = Host::parse(HOST).unwrap();
    let chosen = |os_type, arch, virt_type| {
        let choice = host.choose(Wanted { os_type, arch, virt_type, machine: None })?;
        Some((choice.guest.name.as_str(), choice.virt_type.name.as_str(), choice.emulator()))
    };
    assert_eq!(chosen(None, None, None), Some(("x86_64", "kvm", Some("/kvm"))));
    assert_eq!(chosen(None, None, Some("qemu")), Some(("x86_64", "qemu", Some("/64"))));
    assert_eq!(chosen(None, Some("i386"), None), Some(("i686", "qemu", Some("/32"))));
    assert_eq!(chosen(Some("xen"), None, None), Some(("x86_64", "xen", None)));
    assert_eq!(chosen(None, Some("aarch64"), None), None);
    assert_eq!(chosen(None, Some("i686"), Some("kvm")), None);
    assert!(host.has_kvm());
    let mut emulating = host.clone();
    emulating.drop_virt_type("kvm");
    assert!(!emulating.has_kvm() && emulating.choose(running("kvm")).is_none());
    assert_eq!((host.cpu_model.as_deref(), host.vendor.as_deref()), (Some("EPYC"), Some("AMD")));
    assert_eq!(host.security_models, ["apparmor", "dac"]);
}

fn running(virt_type: &str) -> Wanted<'_> {
    Wanted { virt_type: Some(virt_type), ..Wanted::default() }
}

/// What Xen runs, in the order in which libvirt lists it.
const XEN: &str = "<capabilities><host><cpu><arch>x86_64</arch></cpu></host>\
    <guest><os_type>xen</os_type><arch name='x86_64'><machine>xenpv</machine><domain type='xen'/></arch></guest>\
    <guest><os_type>hvm</os_type><arch name='i686'><loader>/hvmloader</loader><machine>xenfv</machine>\
    <domain type='xen'/></arch></guest>\
    <guest><os_type>hvm</os_type><arch name='x86_64'><loader>/hvmloader</loader><machine>xenfv</machine>\
    <domain type='xen'/></arch></guest>\
    <guest><os_type>xenpvh</os_type><arch name='x86_64'><machine>xenpvh</machine><domain type='xen'/></arch></guest>\
    </capabilities>";

#[test]
fn the_first_that_the_host_lists_is_taken_unless_the_machine_is_another_s() {
    let host = Host::parse(XEN).unwrap();
    let chosen = |arch, machine| {
        let choice = host.choose(Wanted { arch, machine, ..Wanted::default() }).unwrap();
        format!("{} {}", choice.guest.os_type, choice.guest.name)
    };
    assert_eq!(chosen(None, None), "xen x86_64");
    assert_eq!(chosen(None, Some("xenfv")), "hvm x86_64");
    assert_eq!(chosen(None, Some("xenpvh")), "xenpvh x86_64");
    assert_eq!(chosen(Some("i686"), Some("xenpvh")), "hvm i686", "the architecture counts for more");
    assert_eq!(chosen(None, Some("gone")), "xen x86_64");
    assert_eq!(host.guests[1].loader.as_deref(), Some("/hvmloader"));
}

#[test]
fn machines_are_those_of_the_way_it_runs_or_else_the_architecture_s() {
    let host = Host::parse(HOST).unwrap();
    let names = |virt_type| {
        let machines = host.choose(running(virt_type)).unwrap().machines();
        machines.iter().map(|machine| machine.name.as_str()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!((names("kvm").as_str(), names("qemu").as_str()), ("fast", "pc-9 q35"));
    let choice = host.choose(running("qemu")).unwrap();
    let q35 = choice.machine("q35").unwrap();
    assert_eq!((q35.canonical.as_deref(), q35.max_cpus, q35.deprecated), (Some("pc-q35-9"), Some(288), true));
    assert_eq!(choice.guest.features, ["acpi", "apic"]);
}

#[test]
fn domain_capabilities_tell_yes_no_and_nothing_apart() {
    let caps = DomainCapabilities::parse(
        "<domainCapabilities><path>/q</path><machine>m</machine><arch>a</arch><vcpu max='9'/><os supported='yes'>\
         <enum name='firmware'><value>efi</value></enum><loader supported='yes'><value>/ovmf</value></loader></os>\
         <cpu><mode name='maximum' supported='yes'/><mode name='host-model' supported='no'/>\
         <mode name='custom' supported='yes'><model usable='no'>A</model><model usable='yes'>B</model></mode></cpu>\
         <devices><video supported='yes'><enum name='modelType'><value>vga</value></enum></video>\
         <tpm supported='no'/></devices></domainCapabilities>",
    )
    .unwrap();
    assert_eq!(caps.allows("devices/video", "modelType", "vga"), Some(true));
    assert_eq!(caps.allows("devices/video", "modelType", "qxl"), Some(false));
    assert_eq!(caps.allows("devices/graphics", "type", "vnc"), None);
    assert_eq!((caps.supports("devices/tpm"), caps.supports("devices/rng")), (Some(false), None));
    assert!(caps.has_firmware("efi") && !caps.has_firmware("bios"));
    assert!(caps.has_cpu_mode("maximum") && !caps.has_cpu_mode("host-model"));
    assert_eq!(caps.cpu_models(), [("A".to_owned(), false), ("B".to_owned(), true)]);
    assert_eq!((caps.loaders(), caps.max_vcpus()), (vec!["/ovmf".to_owned()], Some(9)));
    assert_eq!((caps.emulator().as_deref(), caps.machine().as_deref()), (Some("/q"), Some("m")));
    assert_eq!(caps.architecture().as_deref(), Some("a"));
}

#[test]
fn what_is_no_capabilities_is_an_error_or_empty() {
    for text in ["", "no xml", "<capabilities>", &"<a>".repeat(100_000)] {
        assert!(Host::parse(text).is_err() && DomainCapabilities::parse(text).is_err());
    }
    let host = Host::parse("<x><guest><os_type/><arch name=''><domain/></arch></guest></x>").unwrap();
    assert!(host.choose(Wanted::default()).is_none() && !host.has_kvm());
    let caps = DomainCapabilities::parse("<x/>").unwrap();
    assert!(caps.cpu_models().is_empty() && caps.loaders().is_empty() && caps.emulator().is_none());
}
