//! A real guest beside the real virsh: the same lines one after the other, each after what the ones before it changed.

use anyhow::{Result, ensure};

use super::{PEER, seen};
use crate::user::User;

/// The guest; it never leaves its firmware, which is all that these lines need.
const GUEST: &str = r#"<domain type='qemu'><name>one</name><memory>131072</memory><maxMemory slots='4' unit='KiB'>1048576</maxMemory><vcpu current='1'>2</vcpu><iothreads>1</iothreads>
<os><type machine='q35'>hvm</type></os><cpu><numa><cell id='0' cpus='0-1' memory='131072'/></numa></cpu><features><acpi/></features>
<devices><disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='HOME/d.raw'/><target dev='vda' bus='virtio'/></disk>
<disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>
<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>

<controller type='pci' index='0' model='pcie-root'/><controller type='pci' index='1' model='pcie-root-port'/><controller type='pci' index='2' model='pcie-root-port'/><controller type='pci' index='3' model='pcie-root-port'/><controller type='pci' index='4' model='pcie-root-port'/><controller type='pci' index='5' model='pcie-root-port'/><controller type='pci' index='6' model='pcie-root-port'/><controller type='pci' index='7' model='pcie-root-port'/><controller type='pci' index='8' model='pcie-root-port'/><controller type='scsi' model='virtio-scsi'/>
<serial type='pty'/><console type='pty'/>
<graphics type='vnc' port='-1' autoport='yes'/><video><model type='vga'/></video>
<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
<memballoon model='virtio'/>
</devices></domain>
"#;
/// A disk that is plugged in and out.
const DISK: &str = "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='HOME/e.raw'/><target dev='sdb' bus='scsi'/></disk>\n";

/// `HOME` is the user's home; each word is an argument of its own.
const LINES: &[&str] = &[
    "domstate one",
    "domdisplay one",
    "domdisplay one --all",
    "vncdisplay one",
    "ttyconsole one",
    "domcontrol one",
    "vcpucount one",
    "vcpucount one --guest",
    "vcpuinfo one --pretty",
    "vcpupin one",
    "vcpupin one 0 0",
    "vcpupin one 0 0 --config",
    "vcpupin one 0 0 --live --config",
    "vcpupin one",
    "emulatorpin one",
    "emulatorpin one 0-1",
    "emulatorpin one 0 --config",
    "emulatorpin one",
    "setvcpus one 2",
    "vcpucount one",
    "setvcpus one 2 --config",
    "setvcpus one 3 --maximum --config",
    "setvcpus one 1 --current",
    "setvcpu one 1 --disable",
    "setvcpu one 1 --enable --config",
    "guestvcpus one",
    "setmem one 100M",
    "setmem one 100M --config",
    "setmem one 120000 --current",
    "setmem one 900M",
    "setmaxmem one 256M",
    "setmaxmem one 256M --config",
    "iothreadinfo one",
    "iothreadadd one 5",
    "iothreadinfo one",
    "iothreadset one 5 --poll-max-ns 1000",
    "iothreadset one 5 --thread-pool-min 2 --thread-pool-max 8",
    "iothreadset one 5 --thread-pool-min -1",
    "iothreadpin one 5 0",
    "iothreaddel one 5",
    "iothreaddel one 5",
    "iothreadadd one 7 --config",
    "iothreadinfo one --config",
    "domblkinfo one vda",
    "domblkinfo one --all",
    "domblkinfo one --all --human",
    "domblkinfo one sda",
    "domblkstat one vda",
    "domblkstat one vda --human",
    "domblkstat one",
    "domblkstat one sda",
    "domblkstat one nope",
    "domblkerror one",
    "domifaddr one",
    "domifaddr one --source arp",
    "domifaddr one --source agent",
    "domifstat one 52:54:00:00:00:01",
    "domifstat one nope",
    "dommemstat one",
    "dommemstat one --period 3",
    "dommemstat one --period 3 --live --config",
    "domif-getlink one 52:54:00:00:00:01",
    "domif-setlink one 52:54:00:00:00:01 down",
    "domif-getlink one 52:54:00:00:00:01",
    "domif-getlink one 52:54:00:00:00:01 --config",
    "domif-setlink one 52:54:00:00:00:01 up --config",
    "domif-getlink one 52:54:00:00:00:01 --config",
    "domif-setlink one 52:54:00:00:00:01 up",
    "domiftune one 52:54:00:00:00:01",
    "domiftune one 52:54:00:00:00:01 --inbound 10 --config",
    "change-media one sda",
    "change-media one sda HOME/n.iso",
    "change-media one sda HOME/n.iso --insert",
    "change-media one sda HOME/m.iso --update",
    "change-media one sda --eject",
    "change-media one sda --eject",
    "change-media one sda --eject --force",
    "change-media one sda HOME/n.iso --insert --config",
    "change-media one sda --eject --config --print-xml",
    "change-media one sda /nope --insert",
    "attach-device one disk.xml",
    "attach-device one disk.xml",
    "detach-device one disk.xml",
    "attach-device one disk.xml --config",
    "detach-device one disk.xml --config",
    "attach-device one disk.xml --persistent",
    "detach-disk one sdb --persistent",
    "attach-disk one HOME/f.raw vdb --subdriver raw",
    "detach-disk one vdb",
    "attach-disk one HOME/f.raw sdc --targetbus scsi --alias ua-c",
    "domblklist one",
    "detach-device-alias one ua-c",
    "detach-device-alias one ua-nope",
    "detach-disk one nope",
    "attach-disk one /nope vdc",
    "attach-interface one network nope",
    "attach-interface one bridge virbr9",
    "update-device one disk.xml",
    "detach-interface one user",
    "detach-interface one user --mac 52:54:00:00:00:09",
    "detach-interface one user --config",
    "blkdeviotune one vda",
    "blkdeviotune one vda --total-bytes-sec 1M --total-iops-sec 50",
    "blkdeviotune one vda --total-bytes-sec 1M --live --config",
    "blkdeviotune one vda --config",
    "blkdeviotune one vda --size-iops-sec 5 --total_iops_sec 7",
    "blkdeviotune one vda",
    "domthrottlegroupset one g --total-bytes-sec 5M",
    "domthrottlegroupset one g --total-bytes-sec 5M --config",
    "domthrottlegrouplist one",
    "domthrottlegrouplist one --inactive",
    "domthrottlegroupinfo one g",
    "domthrottlegroupdel one g",
    "domthrottlegroupdel one g --config",
    "domthrottlegrouplist one",
    "blkiotune one",
    "blkiotune one --weight 500",
    "blkiotune one --weight 500 --config",
    "blkiotune one --config",
    "memtune one",
    "memtune one --hard-limit 1G",
    "memtune one --hard-limit 1G --config",
    "memtune one --config",
    "memtune one --hard-limit -1 --config",
    "memtune one --config",
    "numatune one",
    "numatune one --config",
    "numatune one --mode preferred --nodeset 0 --config",
    "numatune one --config",
    "schedinfo one",
    "schedinfo one --config",
    "schedinfo one --config cpu_shares=500",
    "schedinfo one --config --set vcpu_period=x",
    "schedinfo one --live",
    "perf one",
    "perf one --config --enable cpu_clock",
    "perf one --config",
    "cpu-stats one",
    "blockresize one vda 80M",
    "domblkinfo one vda",
    "blockresize one vda 80M --capacity",
    "blockresize one nope 5",
    "domblkthreshold one vda 5M",
    "domdirtyrate-calc one --seconds 1",
    "domdirtyrate-calc one --seconds 100",
    "domdirtyrate-calc one --mode dirty-bitmap",
    "desc one",
    "desc one words here",
    "desc one",
    "desc one --title t --config --live",
    "desc one --title",
    "desc one --config",
    "metadata one http://a/",
    "metadata one http://a/ --key a --set <x>y</x>",
    "metadata one http://a/",
    "metadata one http://a/ --config",
    "metadata one http://a/ --remove",
    "domhostname one",
    "domhostname one --source agent",
    "domfsinfo one",
    "domfsfreeze one",
    "domfsthaw one",
    "domfstrim one",
    "domtime one",
    "domtime one --now",
    "guestinfo one",
    "get-user-sshkeys one root",
    "set-user-password one root x",
    "guest-agent-timeout one --timeout 1",
    "guest-agent-timeout one --timeout -5",
    "domdisplay-reload one",
    "domdisplay-reload one --type 1",
    "screenshot one HOME/shot",
    "screenshot one --screen 5 --file HOME/shot",
    "send-key one KEY_LEFTCTRL KEY_LEFTALT KEY_F1",
    "send-key one --codeset win32 VK_A",
    "send-key one --codeset usb 4 --holdtime 10",
    "send-key one KEY_POWER",
    "send-key one 512",
    "send-process-signal one 1 kill",
    "inject-nmi one",
    "dompmsuspend one mem",
    "dompmwakeup one",
    "set-lifecycle-action one reboot destroy",
    "set-lifecycle-action one crash preserve --config",
    "set-lifecycle-action one reboot restart --live --config",
    "domlaunchsecinfo one",
    "domsetlaunchsecstate one --secrethdr disk.xml --secret disk.xml",
    "dom-fd-associate one g 0",
    "domxml-to-native qemu-argv --xml disk.xml",
    "domxml-from-native qemu-argv guest.xml",
    "update-memory-device one",
];

/// Lines of the output that are never the same twice begin so.
const MOVING: &[&str] = &["/dev/pts/", "CPU:  ", "CPU time:", "rss ", "last_update "];
/// And these have such a word in them.
const MOVING_WORDS: &[&str] = &["_times ", "duration"];

fn steady(output: &str) -> String {
    let moves = |line: &&str| {
        MOVING.iter().any(|start| line.starts_with(start))
            || MOVING_WORDS.iter().any(|word| line.contains(word))
    };
    output.lines().filter(|line| !moves(line)).map(|line| line.to_owned() + "\n").collect()
}

/// What each line brings, with a fresh guest.
fn told(user: &User, program: &str) -> Result<Vec<(String, i32, String)>> {
    let home = user.text("");
    let home = home.trim_end_matches('/');
    for (name, size) in
        [("d.raw", 1 << 20), ("e.raw", 8 << 20), ("f.raw", 8 << 20), ("n.iso", 1 << 20), ("m.iso", 1 << 20)]
    {
        user.file(name, vec![0; size])?;
    }
    user.file("guest.xml", GUEST.replace("HOME", home))?;
    user.file("disk.xml", DISK.replace("HOME", home))?;
    let run = |line: &str| {
        let line = line.replace("HOME", home);
        let words = ["-c", "qemu:///session"].into_iter().chain(line.split(' ')).map(str::to_owned);
        seen(user, program, &(words.collect(), String::new()))
    };
    run("define guest.xml")?;
    run("start one")?;
    let told = LINES
        .iter()
        .map(|line| run(line).map(|(output, code, error)| (steady(&output), code, error)))
        .collect();
    run("destroy one")?;
    run("undefine one")?;
    told
}

pub(super) fn a_real_guest_is_handled_as_the_peer_does() -> Result<()> {
    let user = User::new()?;
    let (theirs, ours) = (told(&user, PEER)?, told(&user, "virsh")?);
    let running = LINES.iter().zip(&theirs).find(|(line, _)| **line == "domstate one");
    ensure!(
        running.is_some_and(|(_, told)| told.0.contains("running")),
        "the guest does not run: {running:?}"
    );
    let wrong: Vec<String> = LINES
        .iter()
        .zip(theirs.iter().zip(&ours))
        .filter(|(_, (theirs, ours))| theirs != ours)
        .map(|(line, (theirs, ours))| format!("{line:?}\n  theirs: {theirs:?}\n    ours: {ours:?}"))
        .collect();
    ensure!(wrong.is_empty(), "{} of {} lines differ:\n{}", wrong.len(), LINES.len(), wrong.join("\n"));
    Ok(())
}
