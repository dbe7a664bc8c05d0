//! virt-xml beside Debian's: the same command lines on the same definition, compared by what their XML says and how
//! they end.

use std::collections::BTreeSet;
use std::sync::Mutex;

use anyhow::{Context, Result, ensure};

use super::GUEST;
use crate::canonical;
use crate::options::validate;
use crate::user::User;

/// Command lines. The definition comes from standard input unless a guest of the test driver is named.
const LINES: &[&str] = &[
    // selections
    "--edit --disk cache=none",
    "--edit 1 --disk cache=none",
    "--edit 3 --disk driver.io=native",
    "--edit -1 --disk serial=abc",
    "--edit -3 --disk serial=abc",
    "--edit all --disk boot.order=",
    "--edit all --disk error_policy=stop",
    "--edit target=vda --disk cache=writeback,discard=unmap,detect_zeroes=unmap",
    "--edit target=sdb,device=cdrom --disk startup_policy=optional",
    "--edit device=cdrom --disk shareable=on",
    "--edit path=/srv/web.qcow2 --disk serial=7",
    "--edit /srv/tools.iso --disk serial=7",
    "--edit bus=sata --disk rotation_rate=1",
    "--edit mac=52:54:00:01:02:03 --network model=e1000e",
    "--edit model=e1000e --network link_state=down",
    "--edit 2 --network mac=52:54:00:11:22:33",
    "--edit type=bridge --network source=br1",
    "--edit 2 --input bus=virtio",
    "--edit model=itco --watchdog action=poweroff",
    "--edit 0 --disk cache=none",
    "--edit 4 --disk cache=none",
    "--edit -4 --disk cache=none",
    "--edit target=vdz --disk cache=none",
    "--edit nonsense=1 --disk cache=none",
    "--edit 1 --redirdev bus=usb",
    "--edit all --redirdev bus=usb",
    "--edit 2 --memory 512",
    // disks and network cards
    "--edit target=vda --disk path=/srv/new.qcow2",
    "--edit target=sdb --disk path=",
    "--edit target=sda --disk path=/srv/other.iso,readonly=on",
    "--edit target=vda --disk path=/dev/null/x,type=block",
    "--edit --disk bus=scsi,target=sdc",
    "--edit --disk clearxml=yes,path=/srv/x.img,target=vda,bus=virtio,type=file",
    "--edit --network type=network,source=lab",
    "--edit --network model=,mac=52:54:00:00:00:09",
    "--edit --network driver.queues=4,mtu.size=9000,rom.bar=off",
    "--edit 2 --network clearxml=yes,type=user,model=virtio",
    // devices of other kinds
    "--edit --graphics password=other,listen=0.0.0.0",
    "--edit --graphics port=5905",
    "--edit --video model=qxl",
    "--edit --sound model=ich6",
    "--edit --serial source.path=/tmp/log,type=file",
    "--edit --console target.type=virtio",
    "--edit --channel target.name=org.example.0",
    "--edit --filesystem accessmode=passthrough,readonly=on",
    "--edit --memballoon model=none",
    "--edit --rng rate.bytes=1024,rate.period=1000",
    "--edit --controller type=usb,model=nec-xhci",
    "--edit type=sata --controller index=1",
    "--edit --watchdog action=pause",
    // what there is one of
    "--edit --vcpus 8",
    "--edit --vcpus vcpu.current=3,maxvcpus=6",
    "--edit --vcpus sockets=1,cores=4,threads=1",
    "--edit --memory memory=4096,maxmemory=8192",
    "--edit --memory currentMemory=1024",
    "--edit --cpu host-model",
    "--edit --cpu host-model,clearxml=yes",
    "--edit --cpu host-model-only,disable=svm",
    "--edit --cpu host-passthrough,+vmx,-svm",
    "--edit --cpu clearxml=yes",
    "--edit --metadata title=New,description=more",
    "--edit --metadata name=db,uuid=12345678-1234-1234-1234-123456789012",
    "--edit --metadata os_name=debian10",
    "--edit --boot menu=on,useserial=on",
    "--edit --boot cdrom,hd",
    "--edit --boot kernel=/k,initrd=/i,kernel_args=a=b",
    "--edit --boot bootmenu.timeout=3000",
    "--edit --features hyperv.relaxed.state=on,acpi=off",
    "--edit --features kvm.hidden.state=on,vmport.state=on",
    "--edit --clock offset=localtime",
    "--edit --clock hpet_present=yes",
    "--edit --pm suspend_to_mem.enabled=yes",
    "--edit --events on_poweroff=preserve,on_reboot=destroy",
    "--edit --iothreads 4",
    "--edit --memorybacking hugepages=on,locked=on",
    "--edit --blkiotune weight=200",
    "--edit --memtune hard_limit=4194304",
    "--edit --numatune 0,mode=strict",
    "--edit --cputune vcpupin0.vcpu=0,vcpupin0.cpuset=1",
    "--edit --resource partition=/vm",
    "--edit --qemu-commandline=-foo",
    "--edit --qemu-commandline env=A=B",
    "--edit --memory 7",
    "--edit --memory memory=20,currentMemory=10",
    "--edit --memory 64 --memory 1",
    "--edit --memory 64,maxmemory=128",
    "--edit --console target.address=3",
    "--edit --metadata os_full_id=7",
    "--edit --metadata description=a,b,title=c,d=e",
    "--edit --boot cmdline=a,b",
    "--edit --boot cdrom,network,boot3.dev=fd",
    "--edit --boot none",
    "--edit --memtune 100",
    "--edit --blkiotune 100",
    "--edit --network address.slot=foo",
    "--edit --network xpath.value=5",
    "--edit --graphics port=5",
    "--edit --qemu-commandline env=foo",
    "--edit --xml name=b",
    "--edit --xml ./foo",
    "--edit --xml ./description='a'",
    "--edit --xml ./description=a\\b",
    "--edit --xml ./devices/input[@type='tablet']/@bus=ps2",
    "--edit --xml ./devices/disk[last()]/@snapshot=no",
    "--edit --xml xpath.delete=//memballoon",
    "--edit --xml xpath.delete=./devices/*[2]",
    "--edit --xml //nothing/@a=b",
    "--edit --xml ./@foo=bar",
    "--edit --xml xpath.delete=./devices/watchdog",
    "--edit --disk xpath.set=./driver/@cache=none",
    // adding and removing
    "--add-device --disk device=cdrom",
    "--add-device --disk /nowhere/a.img,size=1,format=raw",
    "--add-device --disk type=block,source.dev=/dev/x",
    "--add-device --disk device=floppy",
    "--add-device --network user,mac=52:54:00:00:00:01",
    "--add-device --network user,mac=52:54:00:00:00:01,model=rtl8139",
    "--add-device --network network=lab,mac=52:54:00:00:00:01 --network bridge=br7,mac=52:54:00:00:00:02",
    "--add-device --graphics vnc,port=5903",
    "--add-device --graphics spice",
    "--add-device --input tablet",
    "--add-device --serial pty",
    "--add-device --channel spicevmc",
    "--add-device --channel unix,target.type=virtio,target.name=a.b",
    "--add-device --console pty,target.type=virtio",
    "--add-device --sound ac97",
    "--edit --network mac=RANDOM,model=e1000",
    "--add-device --sound default",
    "--add-device --video virtio",
    "--add-device --watchdog default",
    "--add-device --rng /dev/urandom",
    "--add-device --tpm emulator",
    "--add-device --filesystem /a,/b,accessmode=mapped",
    "--add-device --controller scsi,model=virtio-scsi",
    "--add-device --memdev dimm,target.size=1024,target.node=0",
    "--add-device --vsock default",
    "--add-device --panic default",
    "--add-device --redirdev usb,type=spicevmc",
    "--add-device --hostdev 001.003",
    "--add-device --osinfo win10 --disk device=cdrom",
    "--add-device --cpu host-model",
    "--add-device --seclabel type=none",
    "--add-device --seclabel type=static,model=dac,label=0:0",
    "--add-device --sysinfo bios.vendor=x,system.serial=7",
    "--add-device --smartcard passthrough,type=spicevmc",
    "--add-device --shmem my,model.type=ivshmem-plain,size=4",
    "--add-device --disk none",
    "--add-device --controller none",
    "--add-device --filesystem none",
    "--add-device --memdev none",
    "--edit --keywrap cipher0.name=aes,cipher0.state=on",
    "--edit --idmap uid.start=0,uid.target=1000,uid.count=10",
    "--remove-device --disk 1",
    "--remove-device --disk all",
    "--remove-device --disk target=sdb",
    "--remove-device --disk /srv/web.qcow2",
    "--remove-device --network mac=52:54:00:01:02:03",
    "--remove-device --serial 1",
    "--remove-device --sound ich9",
    "--remove-device --watchdog all",
    "--remove-device --rng -1",
    "--remove-device --disk 9",
    "--remove-device --disk target=nope",
    "--remove-device --cpu 1",
    // building
    "--build-xml --network user,mac=52:54:00:00:00:01",
    "--build-xml --disk /nowhere/a.img,size=1",
    "--build-xml --cpu host-passthrough",
    "--build-xml --console pty,target.type=virtio",
    "--build-xml --boot menu=on",
    "--build-xml --memory 512",
    "--build-xml --sound ich6",
    "test --build-xml --disk /nowhere/a.img,size=1",
    "test --build-xml --sound default",
    // wrong
    "--edit",
    "--disk cache=none",
    "--edit --add-device --disk cache=none",
    "--edit --disk cache=none --network model=e1000",
    "--edit --disk nonsense=1",
    "--edit --update --disk cache=none",
    "--edit --confirm --disk cache=none",
    "--edit --osinfo win10 --disk cache=none",
    "nobody --edit --disk cache=none",
    "--edit --nonsense",
    // guests of the test driver
    "test --edit --vcpus 4",
    "test --edit --metadata title=T --print-diff",
    "test --edit --metadata title=T --print-xml",
    "test --edit --metadata title=T --no-define",
    "test --edit --metadata title=T --print-xml --define",
    "test --edit --vcpus 4 --start",
    "test --add-device --network user,mac=52:54:00:00:00:01",
    "test --update --edit --boot menu=on",
    "test --update --edit --disk serial=5",
    "test --update --remove-device --disk 1",
    "test --edit --vcpus 3 --define --no-define",
    "test --edit --disk path=/nowhere",
    "test --update --edit --metadata title=T",
    "test --update --start --edit --boot menu=on",
    "1 --edit --memory 256",
    "6695eb01-f6a4-8304-79aa-97f2502e193f --edit --memory 256",
];

/// The same on the user's session, with files in `HOME`; the guest `web` is there too.
const SESSION_LINES: &[&str] = &[
    "--add-device --disk HOME/new.qcow2",
    "--add-device --disk HOME/new.img,bus=usb",
    "--add-device --disk HOME/new.qcow2,cache=none,io=native,discard=unmap",
    "--add-device --disk HOME/cd.iso,device=cdrom",
    "--add-device --disk HOME/missing.img",
    "--add-device --disk size=1",
    "--add-device --disk HOME/made.qcow2,size=1,format=qcow2",
    "--add-device --disk vol=home/new.qcow2",
    "--add-device --disk HOME/new.qcow2,shareable=yes,serial=1",
    "--add-device --network user,mac=52:54:00:00:00:01",
    "--add-device --network default,mac=52:54:00:00:00:01",
    "--add-device --graphics vnc",
    "--add-device --input keyboard",
    "--add-device --filesystem /a,/b",
    "--add-device --filesystem /a,/b,driver.type=virtiofs",
    "--add-device --rng /dev/random",
    "--add-device --tpm default",
    "--add-device --panic default",
    "--add-device --watchdog default",
    "--add-device --osinfo win10 --network user,mac=52:54:00:00:00:01",
    "--add-device --osinfo nonsense --network user",
    "--edit --disk path=HOME/new.qcow2",
    "--edit target=sda --disk path=HOME/cd.iso",
    "--edit target=sda --disk path=HOME/missing.iso",
    "--edit --boot uefi=yes",
    "--edit --boot uefi,nvram=/tmp/vars.fd",
    "--edit --boot refresh-machine-type=yes",
    "--build-xml --disk HOME/new.qcow2",
    "--build-xml --network user,mac=52:54:00:00:00:01",
    "web --build-xml --disk HOME/new.img",
    "web --edit --metadata name=other",
    "web --add-device --disk HOME/cd.iso,device=cdrom --print-xml",
    "web --remove-device --disk target=sdz",
];

/// A difference that is chosen.
struct Chosen {
    /// The command line that shows it, or its beginning.
    line: &'static str,
    /// Part of what differs.
    fact: &'static str,
    /// Why; `docs/differences.md` tells users the same.
    #[expect(dead_code, reason = "for people")]
    why: &'static str,
}

const CHOSEN: &[Chosen] = &[
    Chosen { line: "--edit all --disk boot.order=", fact: "", why: "the peer cannot clear a number" },
    Chosen {
        line: "--edit --cpu host-model-only",
        fact: "only theirs: all/domain/cpu/@",
        why: "where the host names no model, what was there is not the host's either",
    },
    Chosen { line: "--edit --iothreads", fact: "", why: "the peer does not find what it could edit" },
    Chosen {
        line: "--edit --vcpus 8",
        fact: "vcpu/@current",
        why: "who asks for 8 processors wants 8 at the next start, not a limit of 8",
    },
    Chosen {
        line: "--add-device --hostdev",
        fact: "",
        why: "an address that the host does not have now is taken: it may be plugged in until the guest starts",
    },
    Chosen {
        line: "--add-device --disk type=block,source.dev",
        fact: "",
        why: "a source in XML's own words is not looked for",
    },
    Chosen {
        line: "--add-device --input",
        fact: "only theirs: all/domain/devices/input[4]/@bus",
        why: "libvirt knows the bus of what was asked for; virt-install 5.1 does the same",
    },
    Chosen {
        line: "--add-device --panic",
        fact: "only theirs: all/domain/devices/panic/@model",
        why: "libvirt knows the model of the architecture; virt-install 5.1 does the same",
    },
    Chosen {
        line: "--build-xml --network",
        fact: "model",
        why: "without a guest, that of a new guest is taken",
    },
];

pub(super) fn says_what_debians_virt_xml_says() -> Result<()> {
    let user = User::new()?;
    for (name, format) in [("new.qcow2", "qcow2"), ("new.img", "raw"), ("cd.iso", "raw")] {
        user.run(&["qemu-img", "create", "-q", "-f", format, name, "1M"])?.ok()?;
    }
    user.file("web.xml", GUEST)?;
    user.real_virsh(&["define", "web.xml"])?.ok()?;
    // Two of the peer at once would both make a pool of the directory, and one of them fail.
    user.real_virsh(&["pool-create-as", "home", "dir", "--target", &user.home().to_string_lossy()])?.ok()?;
    let of = |uri: &'static str, lines: &'static [&str]| lines.iter().map(move |line| (uri, line));
    let all = of("test:///default", LINES).chain(of("qemu:///session", SESSION_LINES));
    let next = Mutex::new(all);
    let wrong = Mutex::new(Vec::new());
    // The peer takes about a second a line; two at a time, as machines have at least two processors.
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let take = || next.lock().ok().and_then(|mut lines| lines.next());
                while let Some((uri, line)) = take() {
                    if let Err(error) = compare(&user, uri, line)
                        && let Ok(mut wrong) = wrong.lock()
                    {
                        wrong.push(format!("virt-xml {line}\n{error:#}"));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap_or_default();
    let count = LINES.len() + SESSION_LINES.len();
    ensure!(wrong.is_empty(), "{} of {count} lines differ\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}

/// What the schema has something against, as it was asked for.
const INVALID: &[&str] =
    &["--edit --boot bootmenu.timeout=3000", "--edit --xml ./@foo=bar", "--edit --console target.address=3"];

pub(super) fn what_is_written_is_valid_to_libvirts_schema() -> Result<()> {
    let user = User::new()?;
    let lines = LINES.iter().filter(|line| line.starts_with("--") && !line.starts_with("--build-xml"));
    let mut count = 0;
    for line in lines.filter(|line| !INVALID.contains(line)) {
        let start = ["virt-xml", "--connect", "test:///default"];
        let words: Vec<&str> = start.into_iter().chain(line.split(' ')).collect();
        let output = user.run_with(&words, GUEST)?;
        if output.code == 0 {
            validate(&output.stdout).with_context(|| (*line).to_owned())?;
            count += 1;
        }
    }
    ensure!(count > 100, "only {count} lines wrote something");
    Ok(())
}

fn compare(user: &User, uri: &str, line: &str) -> Result<()> {
    let line = line.replace("HOME", &user.home().to_string_lossy());
    let run = |program: &str| {
        let words: Vec<&str> = [program, "--connect", uri].into_iter().chain(line.split(' ')).collect();
        user.run_with(&words, GUEST)
    };
    let (ours, theirs) = (run("virt-xml")?, run("/usr/bin/virt-xml")?);
    let is_chosen = |difference: &str| {
        CHOSEN.iter().any(|chosen| line.starts_with(chosen.line) && difference.contains(chosen.fact))
    };
    let mut differences = Vec::new();
    if ours.code != theirs.code {
        differences.push(format!("exit code {}, the peer's is {}", ours.code, theirs.code));
    }
    let (xml, peer) = (facts(&ours.stdout), facts(&theirs.stdout));
    let (xml, peer) = (xml.with_context(|| ours.to_string())?, peer.with_context(|| theirs.to_string())?);
    differences.extend(xml.difference(&peer).map(|fact| format!("  only ours:   {fact}")));
    differences.extend(peer.difference(&xml).map(|fact| format!("  only theirs: {fact}")));
    differences.retain(|difference| !is_chosen(difference));
    ensure!(differences.is_empty(), "{}\n{}{}", differences.join("\n"), ours.stderr, theirs.stderr);
    Ok(())
}

/// What was printed: XML as facts, everything else line by line.
fn facts(output: &str) -> Result<BTreeSet<String>> {
    let text = output.trim();
    if text.starts_with("---") {
        // Where a line stands among others is not the matter, and neither is how it is quoted.
        let changes = text.lines().skip(2).filter(|line| line.starts_with(['+', '-']));
        return Ok(changes.map(|line| line.replace('\'', "\"")).collect());
    }
    if !text.starts_with('<') {
        return Ok(text.lines().map(|line| line.replace('\'', "\"").trim().to_owned()).collect());
    }
    // Without a domain around them, devices stand side by side.
    let facts = canonical::facts(&format!("<all>{text}</all>"))?;
    Ok(facts.into_iter().collect())
}
