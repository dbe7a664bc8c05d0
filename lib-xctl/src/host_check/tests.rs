//! What is found on hosts of all kinds.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use ::hypervisor::Version;

use super::facts::Account;
use super::firmware::Firmware;
use super::hypervisor::{Emulator, Reached, Silence, Versions};
use super::mend::Distribution;
use super::*;

/// A PC on which everything is as it should be.
fn complete() -> Facts {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect();
    Facts {
        architecture: "x86_64".into(),
        vendor: "GenuineIntel".into(),
        flags: words("fpu vmx"),
        account: Account { is_root: false, name: "ann".into() },
        distribution: Distribution::Debian,
        kvm: Device::Usable,
        kvm_fault: None,
        nested: Some(("kvm_intel", true)),
        iommu_table: true,
        iommu_groups: 20,
        encryption: vec!["TDX"],
        controllers: words("cpu cpuacct cpuset memory devices blkio"),
        tun: Device::Usable,
        vhost_net: Device::Usable,
        bridge_helper: Some(("/usr/lib/qemu/qemu-bridge-helper".into(), true)),
        bridges: words("virbr0"),
        locked_memory: None,
        programs: vec!["swtpm", "swtpm_setup", "virtiofsd", "passt"],
        emulators: words("aarch64 x86_64"),
        firmware: vec![Firmware {
            path: "/f/code.ms.fd".into(),
            architectures: words("x86_64"),
            uefi: true,
            secure_boot: true,
            enrolled_keys: true,
        }],
        hypervisor: Some(Reached {
            uri: "qemu:///session",
            answer: Ok(Versions { libvirt: version(11, 3), qemu: Some(version(10, 0)) }),
            emulators: vec![Emulator { architecture: "x86_64".into(), kvm: true }],
        }),
    }
}

fn version(major: u64, minor: u64) -> Version {
    Version { major, minor, release: 0 }
}

/// What a check of this name says.
fn found(facts: &Facts, name: &str) -> Finding {
    check(facts).into_iter().find(|finding| finding.name == name).unwrap()
}

#[test]
fn a_host_that_has_everything_passes() {
    let all = check(&complete());
    assert_eq!(all.len(), CHECKS.len());
    for finding in all {
        assert_eq!((finding.verdict, &*finding.mend), (Verdict::Pass, ""), "{finding:?}");
        assert!(!finding.said.is_empty(), "{finding:?}");
    }
}

/// A change of the complete host, the check that notices, and a part of what mends it.
type Lack = (&'static str, Verdict, fn(&mut Facts), &'static str);

const LACKS: &[Lack] = &[
    (
        "hardware virtualization",
        Verdict::Fail,
        |host| host.flags = vec!["fpu".into()],
        "setup of the host's firmware",
    ),
    (
        "hardware virtualization",
        Verdict::Fail,
        |host| host.flags = vec!["hypervisor".into()],
        "host-passthrough",
    ),
    ("/dev/kvm", Verdict::Fail, |host| host.kvm = Device::Absent, "sudo modprobe kvm_intel"),
    (
        "/dev/kvm",
        Verdict::Fail,
        |host| {
            host.kvm = Device::Absent;
            host.flags = vec!["svm".into()];
        },
        "sudo modprobe kvm_amd",
    ),
    (
        "/dev/kvm",
        Verdict::Fail,
        |host| host.kvm = Device::Refused { group: Some("kvm".into()), joined: false },
        "sudo usermod -aG kvm ann",
    ),
    (
        "/dev/kvm",
        Verdict::Fail,
        |host| host.kvm = Device::Refused { group: Some("kvm".into()), joined: true },
        "log in again",
    ),
    (
        "/dev/kvm",
        Verdict::Fail,
        |host| host.kvm = Device::Refused { group: None, joined: false },
        "sudo setfacl -m u:ann:rw /dev/kvm",
    ),
    ("/dev/kvm", Verdict::Fail, |host| host.kvm_fault = Some("no".into()), "hardware virtualization first"),
    (
        "nested virtualization",
        Verdict::Warn,
        |host| host.nested = Some(("kvm_amd", false)),
        "options kvm_amd nested=1",
    ),
    ("nested virtualization", Verdict::Warn, |host| host.nested = None, "sudo modprobe kvm_intel"),
    ("IOMMU", Verdict::Warn, |host| host.iommu_groups = 0, "intel_iommu=on"),
    (
        "IOMMU",
        Verdict::Warn,
        |host| {
            host.iommu_groups = 0;
            host.iommu_table = false;
        },
        "VT-d",
    ),
    ("encrypted memory", Verdict::Warn, |host| host.encryption.clear(), "another processor"),
    (
        "encrypted memory",
        Verdict::Warn,
        |host| {
            host.encryption.clear();
            host.flags.push("sev".into());
        },
        "sev=1",
    ),
    (
        "control groups",
        Verdict::Warn,
        |host| host.controllers.retain(|name| name != "blkio"),
        "/sys/fs/cgroup",
    ),
    ("/dev/net/tun", Verdict::Fail, |host| host.tun = Device::Absent, "sudo modprobe tun"),
    ("/dev/vhost-net", Verdict::Warn, |host| host.vhost_net = Device::Absent, "sudo modprobe vhost_net"),
    ("bridge helper", Verdict::Warn, |host| host.bridge_helper = None, "sudo apt install qemu-system-common"),
    (
        "bridge helper",
        Verdict::Warn,
        |host| host.bridge_helper = Some(("/h".into(), false)),
        "sudo chmod u+s /h",
    ),
    ("bridge helper", Verdict::Warn, |host| host.bridges.clear(), "allow virbr0"),
    ("locked memory", Verdict::Warn, |host| host.locked_memory = Some(8 << 20), "ann - memlock unlimited"),
    ("emulators", Verdict::Fail, |host| host.emulators.clear(), "sudo apt install qemu-system"),
    ("emulators", Verdict::Fail, |host| host.emulators = vec!["arm".into()], "sudo apt install qemu-system"),
    ("UEFI", Verdict::Warn, |host| host.firmware.clear(), "sudo apt install ovmf"),
    ("UEFI", Verdict::Warn, |host| host.firmware[0].architectures.clear(), "sudo apt install ovmf"),
    ("Secure Boot", Verdict::Warn, |host| host.firmware[0].secure_boot = false, "sudo apt install ovmf"),
    ("TPM", Verdict::Warn, |host| host.programs.retain(|name| *name != "swtpm_setup"), "swtpm-tools"),
    ("virtiofsd", Verdict::Warn, |host| host.programs.clear(), "sudo apt install virtiofsd"),
    (
        "passt",
        Verdict::Warn,
        |host| {
            host.programs.clear();
            host.distribution = Distribution::Fedora;
        },
        "sudo dnf install passt",
    ),
    (
        "libvirt",
        Verdict::Fail,
        |host| answer(host, Err(Silence { why: "no socket".into(), hint: Some("start it") })),
        "start it",
    ),
    (
        "libvirt",
        Verdict::Warn,
        |host| answer(host, Ok(Versions { libvirt: version(8, 0), qemu: None })),
        "libvirt-daemon-system",
    ),
    (
        "QEMU",
        Verdict::Fail,
        |host| answer(host, Ok(Versions { libvirt: version(11, 3), qemu: None })),
        "sudo apt install qemu-system",
    ),
    (
        "QEMU",
        Verdict::Warn,
        |host| answer(host, Ok(Versions { libvirt: version(11, 3), qemu: Some(version(6, 2)) })),
        "qemu-system",
    ),
];

fn answer(host: &mut Facts, answer: Result<Versions, Silence>) {
    host.hypervisor.as_mut().unwrap().answer = answer;
}

#[test]
fn whatever_is_missing_is_told_with_what_mends_it() {
    for (name, verdict, lack, mend) in LACKS {
        let mut host = complete();
        lack(&mut host);
        let finding = found(&host, name);
        assert_eq!(finding.verdict, *verdict, "{finding:?}");
        assert!(finding.mend.contains(mend), "{mend:?} is not in {finding:?}");
    }
    for check in CHECKS {
        assert!(LACKS.iter().any(|(name, ..)| *name == check.name), "{} is never missed", check.name);
    }
}

#[test]
fn other_processors_and_root_are_not_asked_what_they_have_not() {
    let host = Facts { architecture: "aarch64".into(), emulators: vec!["aarch64".into()], ..complete() };
    let names: Vec<_> = check(&host).into_iter().map(|finding| finding.name).collect();
    for name in ["hardware virtualization", "nested virtualization", "IOMMU", "Secure Boot"] {
        assert!(!names.contains(&name), "{name}");
    }
    let root = Facts { account: Account { is_root: true, name: "root".into() }, ..complete() };
    assert!(check(&root).iter().all(|finding| finding.name != "locked memory"));
}

#[test]
fn files_of_a_host_are_read_from_below_any_directory() {
    let top = tempfile::tempdir().unwrap();
    let file = |path: &str, text: &str| {
        let path = top.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    assert_eq!(Facts::below(top.path()).kvm, Device::Absent);
    file("proc/cpuinfo", "processor : 0\nvendor_id\t: AuthenticAMD\nflags\t\t: fpu svm\nflags : later\n");
    file("dev/kvm", "");
    file("sys/module/kvm_amd/parameters/nested", "1\n");
    file("sys/module/kvm_amd/parameters/sev", "Y\n");
    file("dev/sev", "");
    file("sys/firmware/acpi/tables/IVRS", "");
    file("sys/kernel/iommu_groups/0/type", "");
    file("sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory\n");
    file("etc/os-release", "ID=fedora\n");
    file("etc/qemu/bridge.conf", "# theirs\nallow br0\ndeny all\n");
    file("usr/libexec/virtiofsd", "");
    file("usr/share/OVMF/code.fd", "");
    for name in ["x86_64", "x86_64-spice", "aarch64"] {
        file(&format!("usr/bin/qemu-system-{name}"), "");
        let path = top.path().join(format!("usr/bin/qemu-system-{name}"));
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    symlink("qemu-system-x86_64", top.path().join("usr/bin/qemu-system-amd64")).unwrap();
    let described = r#"{"interface-types": ["uefi"], "mapping": {"executable": {"filename": "FILE"}},
        "targets": [{"architecture": "x86_64"}], "features": ["secure-boot"]}"#;
    file("usr/share/qemu/firmware/50-a.json", &described.replace("FILE", "/usr/share/OVMF/code.fd"));
    file("usr/share/qemu/firmware/60-b.json", &described.replace("FILE", "/usr/share/OVMF/gone.fd"));
    file("usr/share/qemu/firmware/70-c.json", &described.replace("FILE", "/usr/share/OVMF/code.fd"));
    file("etc/qemu/firmware/70-c.json", "");
    let facts = Facts::below(top.path());
    assert_eq!((&*facts.vendor, facts.flags.join(" ").as_str()), ("AuthenticAMD", "fpu svm"));
    assert_eq!((facts.kvm, facts.nested), (Device::Usable, Some(("kvm_amd", true))));
    assert_eq!((facts.iommu_table, facts.iommu_groups, facts.encryption), (true, 1, vec!["SEV"]));
    assert_eq!(facts.controllers, ["cpuset", "cpu", "cpuacct", "blkio", "memory", "devices"]);
    assert_eq!((facts.distribution, facts.bridges), (Distribution::Fedora, vec!["br0".to_owned()]));
    assert_eq!(facts.emulators, ["aarch64", "x86_64"]);
    assert_eq!((facts.programs, facts.firmware.len()), (vec!["virtiofsd"], 1), "{:?}", facts.firmware);
}

#[test]
fn a_host_without_anything_to_read_is_checked_all_the_same() {
    let found = check(&Facts::below(Path::new("/nowhere")));
    assert!(found.iter().all(|finding| !finding.said.is_empty()));
    assert!(found.iter().any(|finding| finding.verdict == Verdict::Fail));
}
