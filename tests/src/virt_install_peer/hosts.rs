//! Hosts that are not there: those with KVM, Xen's, those that run containers, and one that emulates every architecture.
//!
//! Both programs are told of them by `described-host`, which stands before libvirt and reads `hosts/`.

use anyhow::{Context, Result};

use super::Chosen;
use super::refusals::{Refusal, refused};
use crate::place;
use crate::user::User;

/// The version that ours follows; what earlier ones do otherwise is in [`OUTGROWN`].
pub(super) const NEWEST: (u32, u32) = (5, 1);

/// The library that describes hosts.
const DESCRIBER: &str = "libdescribed_host.so";
/// The descriptions.
const HOSTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/virt_install_peer/hosts");

/// Command lines on one kind of host: each start with each of the texts.
struct Lines {
    starts: &'static [&'static str],
    texts: &'static [&'static str],
}

/// A guest of the host that emulates.
const EMULATED: &str = "--connect qemu:///session --name peer --memory 1024";
/// A guest of a host elsewhere, where `/dev/kvm` of this one does not count.
const REACHED: &str = "--name peer --memory 2048 --disk none --pxe";
/// A guest of Xen.
const XEN: &str = "--connect xen:///system --name peer --memory 512";
/// A container.
const LXC: &str = "--connect lxc:///system --name peer";

const LINES: &[Lines] = &[
    Lines {
        starts: &[
            "--arch aarch64",
            "--arch armv7l",
            "--arch riscv64",
            "--arch loongarch64",
            "--arch ppc64le",
            "--arch s390x",
        ],
        texts: &[
            "--osinfo linux2022 --import --disk DIR/disk.qcow2",
            "--osinfo debian11 --cdrom DIR/cd.iso --disk DIR/disk.img --graphics none",
            "--osinfo debian11 --location DIR/tree,kernel=k,initrd=i --disk DIR/disk.img --extra-args a",
            "--osinfo generic --import --disk DIR/disk.img --disk device=cdrom --disk device=floppy",
            "--osinfo win10 --import --disk DIR/disk.img --disk DIR/two.img,bus=scsi",
            "--osinfo freebsd13.0 --import --disk DIR/disk.img --network user,model=e1000 --network user",
            "--osinfo linux2022 --disk none --pxe --graphics spice --video default",
            "--osinfo linux2022 --disk none --pxe --graphics vnc --controller usb,model=none",
            "--osinfo linux2022 --disk none --boot kernel=/k,initrd=/i,kernel_args=q",
            "--osinfo linux2022 --disk none --boot uefi=off --import",
            "--osinfo linux2022 --disk none --boot hd,menu=on --cpu host-passthrough --vcpus 4,sockets=2",
            "--osinfo linux2022 --disk none --pxe --tpm default --panic default --memballoon none --rng none",
            "--osinfo linux2022 --disk none --pxe --tpm none --sound default --input tablet --serial pty",
            "--osinfo linux2022 --disk none --pxe --watchdog action=reset --console pty,target.type=virtio",
        ],
    },
    Lines {
        starts: &["--osinfo linux2022 --import --disk DIR/disk.img"],
        texts: &[
            "--arch aarch64 --boot uefi",
            "--arch aarch64 --machine virt-9.0",
            "--arch aarch64 --machine raspi3b",
            "--arch aarch64 --features acpi=off --virt-type qemu",
            "--arch aarch64 --iommu model=smmuv3 --filesystem DIR/tree,share",
            "--arch armv7l --machine vexpress-a15 --disk device=cdrom",
            "--arch armv7l --machine vexpress-a15 --boot kernel=/k,dtb=/d",
            "--arch riscv64 --machine spike",
            "--arch ppc64le --machine powernv",
            "--arch ppc64le --machine pseries-9.0 --tpm emulator,model=tpm-spapr",
            "--arch s390x --machine s390-ccw-virtio-9.0",
            "--arch s390x --disk DIR/two.img,boot.order=1,boot.loadparm=2",
        ],
    },
    Lines {
        starts: &[
            "--connect qemu+ssh://kvm/system",
            "--connect qemu+ssh://kvm/session --virt-type qemu",
            "--connect qemu+ssh://arm/system",
        ],
        texts: &[
            "--osinfo linux2022",
            "--osinfo generic",
            "--osinfo win10",
            "--osinfo win11",
            "--osinfo rhel5.4 --graphics none",
            "--osinfo linux2022 --graphics spice",
            "--osinfo linux2022 --boot uefi --cpu host-model",
            "--osinfo linux2022 --cpu host-model-only",
            "--osinfo linux2022 --cpu host-copy,+vmx --vcpus 4,cores=2",
            "--osinfo linux2022 --boot uefi,loader.secure=no,nvram.template=/vars.fd",
            "--osinfo linux2022 --boot uefi,firmware.feature0.name=secure-boot,firmware.feature0.enabled=no",
            "--osinfo linux2022 --vcpus 8,sockets=2 --watchdog default",
        ],
    },
    Lines {
        starts: &["--connect qemu+ssh://kvm/system --osinfo linux2022"],
        texts: &["--arch i686", "--virt-type qemu", "--machine pc", "--cpu none"],
    },
    Lines {
        starts: &["--connect xen:///system --memory 512"],
        texts: &[
            "--osinfo generic --import --disk none",
            "--osinfo debian11 --import --disk none --hvm --arch i686",
            "--import --disk DIR/disk.img --paravirt",
        ],
    },
    Lines {
        starts: &["--osinfo linux2022", "--osinfo linux2022 --paravirt", "--osinfo win10 --hvm"],
        texts: &[
            "--import --disk DIR/disk.img",
            "--cdrom DIR/cd.iso --disk DIR/disk.img",
            "--cdrom DIR/cd.iso --disk none",
            "--pxe --disk none",
            "--disk DIR/disk.qcow2 --boot hd --disk device=cdrom --disk DIR/cd.iso,device=cdrom",
            "--import --disk none --graphics none --network bridge=xenbr0 --network network=default",
            "--import --disk none --graphics spice --console pty --serial pty",
            "--disk none --boot kernel=/k,initrd=/i,kernel_args=x --vcpus 2,maxvcpus=4",
        ],
    },
    Lines {
        starts: &["--osinfo linux2022 --import --disk DIR/disk.img"],
        texts: &[
            "--boot os_type=xenpvh",
            "--boot os_type=xenpvh --machine xenpvh --graphics vnc,port=5901",
            "--boot bootloader=/usr/bin/pygrub",
            "--paravirt --machine xenpv --virt-type xen",
            "--hvm --arch i686 --disk device=floppy",
            "--hvm --boot uefi",
            "--hvm --cpu host --features acpi=off --watchdog default --sound default --video default",
            "--controller xenbus,maxGrantFrames=64 --filesystem /a,/b",
        ],
    },
    Lines {
        starts: &["", "--container --memory 512 --osinfo linux2022"],
        texts: &[
            "",
            "--filesystem /srv/peer,/",
            "--init /bin/bash",
            "--filesystem /srv/peer,/ --init /bin/bash --filesystem /a,/b,mode=squash",
            "--network none --vcpus 2 --autostart --noautoconsole",
            "--network default --network bridge=br0,model=virtio --network user",
            "--disk DIR/disk.img --import",
        ],
    },
    Lines {
        starts: &["--connect lxc:///system"],
        texts: &["", "--osinfo debian11", "--osinfo generic --arch i686 --virt-type lxc"],
    },
    Lines {
        starts: &["--memory 512 --osinfo generic"],
        texts: &[
            "--filesystem type=ram,source.usage=1024,target=/t",
            "--filesystem template,/t,type=template",
            "--filesystem source=/a,target=/b,type=bind,readonly=on",
            "--filesystem /srv/peer,/ --features privnet=off",
            "--graphics vnc --video vga --sound ac97",
            "--console pty --console pty",
            "--serial pty",
            "--boot init=/bin/bash,initargs=--login",
            "--boot init=/i,initarg0=a,initarg1=b,initdir=/d,inituser=u,initgroup=g",
            "--idmap uid.start=0,uid.target=1000,uid.count=10,gid.start=0,gid.target=1000,gid.count=10",
            "--features privnet=on",
            "--security type=static --cpu host",
            "--pxe",
            "--boot hd",
            "--cdrom DIR/cd.iso",
            "--transient",
            "--tpm default --rng /dev/urandom --memballoon none --watchdog default",
        ],
    },
];

/// Which hosts the lines of [`LINES`] are for, in their order; they begin with it unless they name one.
const STARTS: [&str; 10] = [EMULATED, EMULATED, REACHED, REACHED, "", XEN, XEN, LXC, "", LXC];

pub(super) const REFUSALS: &[Refusal] = &[
    refused("--connect qemu:///session --arch odd", "architecture 'odd'"),
    refused("--connect qemu:///session --arch aarch64 --virt-type kvm", "'kvm'"),
    refused("--connect qemu:///session --arch aarch64 --machine odd", "machine 'odd'"),
    refused("--connect qemu:///session --machine s390-ccw-virtio", "machine 's390-ccw-virtio'"),
    refused("--connect qemu:///session --arch s390x --boot uefi", "no UEFI firmware for s390x"),
    refused("--connect qemu:///session --container", "'exe'"),
    refused("--connect qemu:///session --paravirt", "'xen'"),
    refused("--connect qemu+ssh://kvm/system --arch aarch64", "architecture 'aarch64'"),
    refused("--connect qemu+ssh://kvm/system --arch i686 --virt-type xen", "'xen'"),
    refused("--connect xen:///system --arch aarch64", "architecture 'aarch64'"),
    refused("--connect xen:///system --arch i686 --paravirt", "'xen'"),
    refused("--connect xen:///system --machine q35", "machine 'q35'"),
    refused("--connect xen:///system --virt-type qemu", "'qemu'"),
    refused("--connect xen:///system --container", "'exe'"),
    refused("--connect lxc:///system --hvm", "'hvm'"),
    refused("--connect lxc:///system --paravirt", "'xen'"),
    refused("--connect lxc:///system --machine odd", "machine 'odd'"),
];

/// What stays different from every version.
pub(super) const CHOSEN: &[Chosen] = &[
    Chosen {
        line: "/disk.",
        fact: "driver/@type = ",
        why: "the peer asks the storage driver of libvirt for it, and the host that is really there has none",
    },
    Chosen {
        line: "--arch s390x",
        fact: "domain/devices/watchdog/@model = ",
        why: "IBM Z has one of its own, and no other",
    },
    Chosen {
        line: "--osinfo generic --import --disk",
        fact: "domain/devices/disk[2]/target/@bus = ",
        why: "libvirt takes no empty drive on USB",
    },
    Chosen { line: "privnet=off", fact: "only theirs: domain/features", why: "off is off" },
];

/// What earlier versions of the peer do otherwise.
pub(super) const OUTGROWN: &[Chosen] = &[
    Chosen { line: "ssh://arm/", fact: "domain/cpu", why: "4.1 names another CPU, or none" },
    Chosen {
        line: "ssh://arm/",
        fact: "only ours:   domain/devices/graphics",
        why: "4.1 has no graphical console on Arm",
    },
    Chosen { line: "ssh://arm/", fact: "only ours:   domain/devices/video", why: "as above" },
    Chosen { line: "ssh://arm/", fact: "only ours:   domain/devices/input", why: "as above" },
    Chosen {
        line: "ssh://arm/",
        fact: "domain/devices/channel",
        why: "4.1 gives Arm guests virtio whatever their system drives",
    },
    Chosen { line: "ssh://arm/", fact: "domain/devices/interface/model", why: "as above" },
    Chosen {
        line: "ssh://kvm/",
        fact: "only ours:   domain/features/hyperv",
        why: "4.1 has only some of what Hyper-V offers",
    },
    Chosen { line: "--vcpus 8,sockets=2", fact: "domain/cpu", why: "4.1 names no CPU beside a topology" },
    Chosen {
        line: "--osinfo win10",
        fact: "only theirs: domain/features",
        why: "4.1 has what Hyper-V offers on every architecture",
    },
    Chosen { line: "--arch loongarch64", fact: "domain/", why: "4.1 does not know the architecture" },
    Chosen { line: "uefi=off", fact: "domain/", why: "4.1 boots through UEFI all the same" },
    Chosen { line: "uefi=off", fact: "ends otherwise", why: "4.1 looks for UEFI all the same" },
    Chosen {
        line: "os_type=xenpvh",
        fact: "domain/devices/",
        why: "4.1 takes a PVH guest for a full machine",
    },
    Chosen {
        line: "--arch s390x",
        fact: "only ours:   domain/devices/input",
        why: "4.1 has no input devices there",
    },
    Chosen {
        line: "--panic default",
        fact: "only ours:   domain/devices/panic",
        why: "4.1 has none beyond x86 and POWER",
    },
    Chosen {
        line: "--arch riscv64",
        fact: "only ours:   domain/os/@firmware",
        why: "4.1 does not look for UEFI there",
    },
    Chosen { line: "--arch riscv64", fact: "only ours:   domain/devices/tpm", why: "as above" },
    Chosen { line: "--arch a", fact: "domain/cpu", why: "4.1 names another CPU, or none" },
    Chosen {
        line: "--arch a",
        fact: "only ours:   domain/devices/graphics",
        why: "4.1 has no graphical console there",
    },
    Chosen { line: "--arch a", fact: "only ours:   domain/devices/video", why: "as above" },
    Chosen { line: "--arch a", fact: "only ours:   domain/devices/input", why: "as above" },
    Chosen { line: "--arch riscv64", fact: "domain/cpu", why: "4.1 names another CPU, or none" },
    Chosen {
        line: "--arch riscv64",
        fact: "only ours:   domain/devices/graphics",
        why: "4.1 has no graphical console there",
    },
    Chosen { line: "--arch riscv64", fact: "only ours:   domain/devices/video", why: "as above" },
    Chosen { line: "--arch riscv64", fact: "only ours:   domain/devices/input", why: "as above" },
    Chosen {
        line: "--arch a",
        fact: "domain/devices/channel",
        why: "4.1 gives Arm guests virtio whatever their system drives",
    },
    Chosen { line: "--arch a", fact: "domain/devices/disk", why: "as above" },
    Chosen { line: "--arch a", fact: "domain/devices/interface/model", why: "as above" },
    Chosen { line: "--arch a", fact: "domain/devices/controller", why: "as above" },
    Chosen {
        line: "--machine spike",
        fact: "domain/devices/channel",
        why: "4.1 gives other boards no virtio",
    },
    Chosen { line: "--machine spike", fact: "domain/devices/disk", why: "as above" },
    Chosen { line: "--machine spike", fact: "domain/devices/interface/model", why: "as above" },
    Chosen {
        line: "--machine powernv",
        fact: "domain/devices/channel",
        why: "4.1 gives other boards no virtio",
    },
    Chosen { line: "--machine powernv", fact: "domain/devices/disk", why: "as above" },
    Chosen { line: "--machine powernv", fact: "domain/devices/interface/model", why: "as above" },
];

/// Copies the descriptions and what reads them to the user. Returns the variables that have programs believe them.
pub(super) fn describe(user: &User) -> Result<Vec<(&'static str, String)>> {
    let library = place::built(DESCRIBER)?;
    let copy = user.path(DESCRIBER);
    std::fs::copy(&library, &copy)
        .with_context(|| format!("{} (cargo build --workspace makes it)", library.display()))?;
    user.own(&copy)?;
    user.directory("hosts")?;
    for driver in std::fs::read_dir(HOSTS)? {
        let driver = driver?;
        let directory = format!("hosts/{}", driver.file_name().to_string_lossy());
        user.directory(&directory)?;
        for file in std::fs::read_dir(driver.path())? {
            let file = file?;
            user.file(
                &format!("{directory}/{}", file.file_name().to_string_lossy()),
                std::fs::read(file.path())?,
            )?;
        }
    }
    Ok(vec![("LD_PRELOAD", user.text(DESCRIBER)), ("DESCRIBED_HOSTS", user.text("hosts"))])
}

/// Every command line.
pub(super) fn lines() -> Vec<String> {
    LINES
        .iter()
        .zip(STARTS)
        .flat_map(|(lines, host)| lines.starts.iter().map(move |start| (lines.texts, host, start)))
        .flat_map(|(texts, host, start)| texts.iter().map(move |text| format!("{host} {start} {text}")))
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}
