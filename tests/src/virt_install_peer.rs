//! virt-install beside Debian's: the same command lines, compared by what their XML says.

use std::collections::BTreeSet;
use std::sync::Mutex;

use anyhow::{Context, Result, ensure};

use crate::need::{QEMU, REAL_VIRT_INSTALL, XORRISO};
use crate::user::User;
use crate::{Test, canonical, media};

pub(crate) const TESTS: &[Test] = &[Test {
    name: "says_what_debians_virt_install_says",
    needs: &[REAL_VIRT_INSTALL, QEMU, XORRISO],
    run: says_what_debians_virt_install_says,
}];

/// What every line begins with, by connection.
const TEST: &str = "--connect test:///default --name peer --memory 512 --osinfo linux2022";
const SESSION: &str = "--connect qemu:///session --virt-type qemu --name peer --memory 1024";

/// Command lines: what they begin with, and the rest. `DIR` is the user's home, with a disk, a CD-ROM image and an
/// installation tree in it.
const LINES: &[(&str, &str)] = &[
    (TEST, "--pxe --disk none"),
    (TEST, "--pxe --disk none --graphics none"),
    (TEST, "--pxe --disk none --network none"),
    (TEST, "--pxe --disk none --vcpus 4,maxvcpus=8"),
    (TEST, "--pxe --disk none --vcpus sockets=2,cores=2,threads=1"),
    (TEST, "--pxe --disk none --cpu qemu64,+svm,-vmx"),
    (TEST, "--pxe --disk none --graphics vnc,port=5910,listen=0.0.0.0"),
    (TEST, "--pxe --disk none --graphics spice,password=x"),
    (TEST, "--pxe --disk none --serial file,path=/tmp/log --console pty,target_type=serial"),
    (TEST, "--pxe --disk none --network network=default,model=virtio,mac=52:54:00:01:02:03"),
    (TEST, "--pxe --disk none --network bridge=br0 --network user"),
    (TEST, "--pxe --disk none --boot network,hd,menu=on"),
    (TEST, "--import --disk DIR/disk.img,bus=virtio,cache=none"),
    (TEST, "--import --disk DIR/disk.img,device=cdrom,readonly=on --disk DIR/two.img"),
    (TEST, "--cdrom DIR/cd.iso --disk none"),
    (TEST, "--cdrom DIR/cd.iso --disk DIR/disk.img --transient"),
    (TEST, "--pxe --disk none --metadata title=T,description=D"),
    (TEST, "--pxe --disk none --features acpi=off,apic=on"),
    (TEST, "--pxe --disk none --clock offset=localtime,rtc_tickpolicy=catchup"),
    (TEST, "--pxe --disk none --events on_poweroff=preserve,on_crash=restart"),
    (TEST, "--pxe --disk none --controller type=scsi,model=virtio-scsi"),
    (TEST, "--pxe --disk none --input tablet --input keyboard,bus=usb"),
    (TEST, "--pxe --disk none --rng /dev/random --watchdog i6300esb,action=reset"),
    (TEST, "--pxe --disk none --video vga --sound ich9"),
    (TEST, "--pxe --disk none --memballoon model=none --panic default"),
    (TEST, "--pxe --disk none --channel unix,target.type=virtio,target.name=a.b.0"),
    (TEST, "--pxe --disk none --filesystem /src,/dst,accessmode=passthrough"),
    (TEST, "--pxe --disk none --redirdev usb,type=tcp,source.host=h,source.service=4000"),
    (TEST, "--pxe --disk none --pm suspend_to_mem=on,suspend_to_disk=off"),
    (TEST, "--pxe --disk none --memorybacking hugepages=on --iothreads 2"),
    (TEST, "--boot kernel=/boot/k,initrd=/boot/i,kernel_args=x=y --disk none"),
    (TEST, "--import --disk DIR/disk.img --cloud-init"),
    (TEST, "--disk none --cloud-init root-password-generate=on"),
    (TEST, "--import --disk DIR/disk.img --cloud-init user-data=DIR/user-data,network-config=DIR/user-data"),
    (TEST, "--import --disk DIR/disk.img --boot network,hd --cloud-init disable=on"),
    (
        TEST,
        "--import --disk DIR/disk.img --sysinfo smbios,system.serial=mine --cloud-init clouduser-ssh-key=DIR/key.pub",
    ),
    (TEST, "--cdrom DIR/cd.iso --disk DIR/disk.img --cloud-init ssh-key=DIR/key.pub"),
    (TEST, "--import --disk DIR/disk.img --cloud-init root-password-file=DIR/nowhere"),
    (TEST, "--import --disk DIR/disk.img --cloud-init bogus=1"),
    (SESSION, "--osinfo linux2022 --import --disk DIR/disk.img --cloud-init"),
    (
        SESSION,
        "--osinfo debian11 --import --disk DIR/disk.img --machine pc --cloud-init root-password-file=DIR/key.pub",
    ),
    (
        SESSION,
        "--osinfo debian11 --import --disk DIR/disk.img,bus=sata --sysinfo host --cloud-init disable=on",
    ),
    (SESSION, "--osinfo debian11 --import --disk DIR/disk.img --arch aarch64 --cloud-init disable=on"),
    (SESSION, "--osinfo linux2022 --pxe --disk none"),
    (SESSION, "--osinfo linux2022 --pxe --disk none --graphics none"),
    (SESSION, "--osinfo debian11 --import --disk DIR/disk.img"),
    (
        SESSION,
        "--osinfo debian11 --import --disk DIR/disk.qcow2,bus=scsi --controller scsi,model=virtio-scsi",
    ),
    (SESSION, "--osinfo debian11 --cdrom DIR/cd.iso --disk DIR/disk.img"),
    (SESSION, "--osinfo win10 --cdrom DIR/cd.iso --disk DIR/disk.img"),
    (SESSION, "--osinfo generic --pxe --disk none"),
    (SESSION, "--osinfo freebsd13.0 --import --disk DIR/disk.img"),
    (SESSION, "--osinfo rhel8.0 --pxe --disk none --machine q35"),
    (SESSION, "--osinfo centos7.0 --pxe --disk none --machine pc"),
    (SESSION, "--osinfo debian11 --pxe --disk none --boot uefi"),
    (SESSION, "--osinfo debian11 --pxe --disk none --tpm none --network user,model=e1000"),
    (
        SESSION,
        "--osinfo debian11 --location DIR/tree,kernel=k,initrd=i --disk none --extra-args console=ttyS0",
    ),
    (SESSION, "--osinfo debian11 --install kernel=DIR/tree/k,initrd=DIR/tree/i --disk none"),
    (SESSION, "--osinfo debian11 --pxe --disk none --cpu host-model --vcpus 2"),
];

/// A difference that is chosen.
struct Chosen {
    /// Part of the command lines that show it.
    line: &'static str,
    /// Part of what differs.
    fact: &'static str,
    /// Why; `docs/differences.md` tells users the same.
    #[expect(dead_code, reason = "for people")]
    why: &'static str,
}

const CHOSEN: &[Chosen] = &[
    Chosen {
        line: "--virt-type qemu",
        fact: "only ours:   domain/cpu/@mode = maximum",
        why: "systems for newer processors do not boot on the emulator's plainest one; virt-install 5.1 does the same",
    },
    Chosen { line: "--virt-type qemu", fact: "only ours:   domain/cpu", why: "as above" },
    Chosen {
        line: "--osinfo win10",
        fact: "only theirs: domain/features/hyperv/relaxed",
        why: "only what libvirt says that the emulator offers; virt-install 5.0 does the same",
    },
    Chosen { line: "--osinfo win10", fact: "only theirs: domain/features/hyperv/vapic", why: "as above" },
    Chosen {
        line: "--transient",
        fact: "1 steps, the peer has 2",
        why: "a transient guest is gone when its installation ends: its second definition is never used",
    },
];

fn says_what_debians_virt_install_says() -> Result<()> {
    let user = User::new()?;
    user.file("disk.img", vec![0; 1 << 20])?;
    user.file("two.img", vec![0; 1 << 20])?;
    user.run(&["qemu-img", "create", "-q", "-f", "qcow2", "disk.qcow2", "10M"])?.ok()?;
    user.directory("tree")?;
    user.file("tree/k", "kernel")?;
    user.file("tree/i", "initrd")?;
    user.file("user-data", "#cloud-config\n")?;
    user.file("key.pub", "ssh-ed25519 AAAA ann\n")?;
    let iso = media::debian_like_iso(&user)?;
    std::fs::rename(iso, user.path("cd.iso"))?;
    // Two of the peer at once would both make a pool of the directory, and one of them fail.
    user.real_virsh(&["pool-create-as", "home", "dir", "--target", &user.home().to_string_lossy()])?.ok()?;

    let next = Mutex::new(LINES.iter());
    let wrong = Mutex::new(Vec::new());
    // The peer takes about a second a line; two at a time, as machines have at least two processors.
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let take = || next.lock().ok().and_then(|mut lines| lines.next());
                while let Some((start, rest)) = take() {
                    let line = format!("{start} {rest}").replace("DIR", &user.home().to_string_lossy());
                    if let Err(error) = compare(&user, &line)
                        && let Ok(mut wrong) = wrong.lock()
                    {
                        wrong.push(format!("virt-install {line}\n{error:#}"));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap_or_default();
    ensure!(wrong.is_empty(), "{} of {} lines differ\n{}", wrong.len(), LINES.len(), wrong.join("\n"));
    Ok(())
}

fn compare(user: &User, line: &str) -> Result<()> {
    let run = |program: &str| {
        let words: Vec<&str> = std::iter::once(program)
            .chain(line.split(' '))
            .chain(["--print-xml", "--dry-run", "--check", "all=off"])
            .collect();
        user.run(&words)
    };
    let (ours, theirs) = (run("virt-install")?, run("/usr/bin/virt-install")?);
    ensure!(ours.code == theirs.code, "the peer ends otherwise\n{ours}\n{theirs}");
    let (ours, theirs) = (steps(&ours.stdout)?, steps(&theirs.stdout)?);
    let mut differences = Vec::new();
    if ours.len() != theirs.len() {
        differences.push(format!("  {} steps, the peer has {}", ours.len(), theirs.len()));
    }
    for (number, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        let step = number + 1;
        differences.extend(ours.difference(theirs).map(|fact| format!("  step {step}, only ours:   {fact}")));
        differences.extend(theirs.difference(ours).map(|fact| format!("  step {step}, only theirs: {fact}")));
    }
    differences
        .retain(|difference| !CHOSEN.iter().any(|c| line.contains(c.line) && difference.contains(c.fact)));
    ensure!(differences.is_empty(), "{}", differences.join("\n"));
    Ok(())
}

/// The facts of each definition that was printed, without what is different each time.
fn steps(output: &str) -> Result<Vec<BTreeSet<String>>> {
    output
        .split_inclusive("</domain>")
        .filter(|xml| xml.contains("<domain"))
        .map(|xml| {
            let facts = canonical::facts(xml).with_context(|| xml.to_owned())?;
            Ok(facts
                .into_iter()
                .filter(|fact| !fact.starts_with("domain/uuid = "))
                .filter(|fact| !fact.contains("/mac/@address = ") || fact.ends_with(":01:02:03"))
                .map(|fact| match fact.split_once("/.cache/") {
                    // Both keep copies of kernels there, under names that are new each time.
                    Some((place, file)) => {
                        format!("{place}/{}", file.rsplit(['/', '-']).next().unwrap_or_default())
                    }
                    None => fact,
                })
                .collect())
        })
        .collect()
}
