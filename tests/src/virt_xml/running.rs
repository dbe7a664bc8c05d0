//! virt-xml on a guest that runs: what is plugged in is there at once, and after the next start.

use anyhow::{Context, Result, ensure};

use crate::output::Output;
use crate::terminal::Terminal;
use crate::user::User;

/// A guest with room for devices, whose machine is on but boots nothing. Guests of several users would race for ports of
/// VNC, so that it has a socket.
const RUNNING: &str = "\
<domain type='qemu'>
  <name>hot</name>
  <maxMemory slots='2' unit='MiB'>512</maxMemory>
  <memory unit='MiB'>128</memory>
  <vcpu current='1'>2</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <features><acpi/></features>
  <cpu mode='maximum'><numa><cell id='0' cpus='0-1' memory='128' unit='MiB'/></numa></cpu>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source file='HOME/one.qcow2'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <disk type='file' device='cdrom'>
      <driver name='qemu' type='raw'/>
      <source file='HOME/a.iso'/>
      <target dev='sda' bus='sata'/>
      <readonly/>
    </disk>
    <controller type='pci' model='pcie-root'/>
    <controller type='pci' model='pcie-root-port'/>
    <controller type='pci' model='pcie-root-port'/>
    <controller type='pci' model='pcie-root-port'/>
    <controller type='pci' model='pcie-root-port'/>
    <controller type='pci' model='pcie-root-port'/>
    <controller type='pci' model='pcie-root-port'/>
    <controller type='pci' model='pcie-root-port'/>
    <controller type='pci' model='pcie-root-port'/>
    <controller type='usb' model='qemu-xhci'/>
    <memballoon model='virtio'/>
    <graphics type='vnc' passwd='secret'><listen type='socket' socket='HOME/vnc.sock'/></graphics>
  </devices>
</domain>
";

/// A user with that guest, and files for its drives.
struct Host {
    user: User,
}

impl Host {
    fn new() -> Result<Host> {
        let user = User::new()?;
        for name in ["one.qcow2", "two.qcow2"] {
            user.run(&["qemu-img", "create", "-q", "-f", "qcow2", name, "16M"])?.ok()?;
        }
        for name in ["a.iso", "b.iso"] {
            user.file(name, vec![0; 1 << 20])?;
        }
        user.file("hot.xml", RUNNING.replace("HOME", &user.home().to_string_lossy()))?;
        user.real_virsh(&["define", "hot.xml"])?.ok()?;
        Ok(Host { user })
    }

    fn started() -> Result<Host> {
        let host = Host::new()?;
        host.user.real_virsh(&["start", "hot"])?.ok()?;
        Ok(host)
    }

    /// Runs a line of virt-xml on the guest; `HOME` in it is the user's.
    fn edit(&self, line: &str) -> Result<Output> {
        let line = line.replace("HOME", &self.user.home().to_string_lossy());
        let words = ["virt-xml", "--connect", "qemu:///session", "hot"];
        self.user.run(&words.into_iter().chain(line.split(' ')).collect::<Vec<_>>())
    }

    fn live(&self) -> Result<String> {
        Ok(self.user.real_virsh(&["dumpxml", "--security-info", "hot"])?.ok()?.stdout)
    }

    fn stored(&self) -> Result<String> {
        Ok(self.user.real_virsh(&["dumpxml", "--inactive", "--security-info", "hot"])?.ok()?.stdout)
    }

    /// Whether the running guest and its definition have this text.
    fn has(&self, text: &str) -> Result<(bool, bool)> {
        Ok((self.live()?.contains(text), self.stored()?.contains(text)))
    }

    fn expect(&self, text: &str, live: bool, stored: bool) -> Result<()> {
        let found = self.has(text)?;
        ensure!(found == (live, stored), "{text:?} in the running guest, its definition: {found:?}");
        Ok(())
    }
}

pub(super) fn devices_are_plugged_into_a_running_guest_and_kept() -> Result<()> {
    let host = Host::started()?;
    let successful = "Device hotplug successful.\nDomain 'hot' defined successfully.\n";
    host.edit("--update --add-device --disk HOME/two.qcow2,bus=virtio")?.ok()?.says(successful)?;
    host.expect("/two.qcow2", true, true)?;
    host.expect("dev='vdb'", true, true)?;
    host.edit("--update --add-device --network user,mac=52:54:00:00:00:07")?.ok()?.says(successful)?;
    host.expect("52:54:00:00:00:07", true, true)?;
    host.edit("--update --no-define --add-device --network user,mac=52:54:00:00:00:08")?.ok()?;
    host.expect("52:54:00:00:00:08", true, false)?;
    let output = host.edit("--add-device --network user,mac=52:54:00:00:00:09")?.ok()?;
    output.says("Changes will take effect after the domain is fully powered off.")?;
    host.expect("52:54:00:00:00:09", false, true)?;

    host.edit("--update --add-device --memdev dimm,target.size=128,target.node=0")?.ok()?.says(successful)?;
    host.expect("<memory model='dimm'>", true, true)?;

    host.edit("--update --add-device --disk size=0.01,bus=usb")?.ok()?.says(successful)?;
    host.expect("bus='usb'", true, true)?;
    let output = host.edit("--update --remove-device --disk bus=usb")?.ok()?;
    output.says("Device hotunplug successful.\nDomain 'hot' defined successfully.")?;
    host.expect("bus='usb'", false, false)?;
    // Nobody is at home in the guest who could let go of a PCI device.
    let output = host.edit("--update --remove-device --disk path=HOME/two.qcow2")?.ok()?;
    output.complains("asked to let go of the device")?;
    host.expect("/two.qcow2", true, false)
}

pub(super) fn a_running_guest_gets_other_media_passwords_and_figures() -> Result<()> {
    let host = Host::started()?;
    let successful = "Device update successful.\nDomain 'hot' defined successfully.\n";
    host.edit("--update --edit device=cdrom --disk path=HOME/b.iso")?.ok()?.says(successful)?;
    host.expect("/b.iso", true, true)?;
    host.expect("/a.iso", false, false)?;
    host.edit("--update --edit device=cdrom --disk path=")?.ok()?.says(successful)?;
    host.expect("/b.iso", false, false)?;
    host.edit("--update --edit --graphics password=other")?.ok()?.says(successful)?;
    host.expect("passwd='other'", true, true)?;
    host.edit("--update --edit --vcpus vcpu.current=2")?.ok()?.says("2 virtual CPUs")?;
    let cpus = host.user.real_virsh(&["vcpucount", "hot", "--live"])?;
    ensure!(cpus.stdout.contains('2'), "{cpus}");
    host.edit("--update --edit --memory currentMemory=64")?.ok()?.says("of memory successful")?;
    host.expect("<currentMemory unit='KiB'>65536<", false, true)
}

pub(super) fn what_a_running_guest_cannot_take_is_refused_whole() -> Result<()> {
    let host = Host::started()?;
    let (live, stored) = (host.live()?, host.stored()?);
    for (line, words) in [
        ("--update --edit target=vda --disk cache=none", "Error attempting device update: "),
        ("--update --edit --boot menu=on", "Error attempting device update: "),
        ("--update --edit --vcpus 9", "Error attempting device update: "),
        ("--update --add-device --disk size=0.01,bus=ide", "Error attempting device hotplug: "),
        ("--update --edit --metadata title=T", "Don't know how to --update for --metadata"),
        ("--update --add-device --disk HOME/missing.qcow2", "missing.qcow2"),
    ] {
        host.edit(line)?.refuses(words)?.refuses("hint: ").or_else(|error| {
            match line.contains("missing") {
                true => Ok(host.edit(line)?),
                false => Err(error),
            }
        })?;
        ensure!(
            (host.live()?, host.stored()?) == (live.clone(), stored.clone()),
            "{line}: something changed"
        );
    }
    Ok(())
}

pub(super) fn a_new_disk_goes_with_the_device_that_was_refused() -> Result<()> {
    let host = Host::started()?;
    let has = |name: &str| host.user.files().iter().any(|file| file.ends_with(name));
    let refusal = "Error attempting device hotplug: ";
    host.edit("--update --add-device --disk size=0.01,bus=ide")?.refuses(refusal)?.says("Removed volume")?;
    ensure!(!has("hot.qcow2"), "a disk is left");
    // Of several devices, those that were taken stay.
    let line = "--update --add-device --disk size=0.01,bus=usb --disk size=0.02,bus=ide";
    host.edit(line)?.refuses(refusal)?.says("Removed volume 'hot-1.qcow2'")?;
    ensure!(has("hot.qcow2") && !has("hot-1.qcow2"), "the wrong disk is left");
    host.expect("/hot.qcow2", true, false)
}

pub(super) fn a_guest_is_started_with_the_change_for_good_or_once() -> Result<()> {
    let host = Host::new()?;
    let output = host.edit("--no-define --start --edit --boot network")?.ok()?;
    output.says("Domain 'hot' started successfully.")?;
    host.expect("<boot dev='network'/>", true, false)?;
    host.user.real_virsh(&["destroy", "hot"])?.ok()?;
    let output = host.edit("--start --edit --boot menu=on")?.ok()?;
    output.says("Domain 'hot' defined successfully.\nDomain 'hot' started successfully.\n")?;
    host.expect("<bootmenu enable='yes'/>", true, true)?;
    host.user.real_virsh(&["destroy", "hot"])?.ok()?;
    let output = host.edit("--update --edit --boot menu=off")?.ok()?;
    output.complains("The VM is not running, --update is inapplicable.")?;
    let stored = host.stored()?;
    ensure!(stored.contains("<bootmenu enable='no'/>") && stored.contains("passwd='secret'"), "{stored}");
    Ok(())
}

pub(super) fn an_edit_leaves_every_other_byte() -> Result<()> {
    let host = Host::started()?;
    let edits = [
        ("--edit --disk cache=none", "type='qcow2'", "type='qcow2' cache='none'"),
        ("--edit --vcpus vcpu.current=2", "current='1'", "current='2'"),
        ("--edit -1 --disk bus=scsi", "bus='sata'", "bus='scsi'"),
        ("--edit --graphics keymap=de", "passwd='secret'", "passwd='secret' keymap='de'"),
        ("--edit --metadata title=T", "</uuid>\n  <memory", "</uuid>\n  <title>T</title>\n  <memory"),
        ("--edit --events on_reboot=destroy", "<on_reboot>restart", "<on_reboot>destroy"),
        ("--edit --xml ./name=cold", "<name>hot<", "<name>cold<"),
    ];
    let odd = super::GUEST.replace("\n  <os>", "\r\n  <os   >");
    for document in [host.live()?, host.stored()?, super::GUEST.to_owned(), odd] {
        for (line, from, to) in edits {
            if !document.contains(from) {
                continue;
            }
            let words: Vec<&str> = std::iter::once("virt-xml").chain(line.split(' ')).collect();
            let output = host.user.run_with(&words, &document)?.ok()?;
            let expected = match line.contains("-1") {
                true => {
                    let at = document.rfind(from).context("it is there")?;
                    format!("{}{to}{}", &document[..at], &document[at + from.len()..])
                }
                false => document.replacen(from, to, 1),
            };
            ensure!(output.stdout == expected, "{line}: more than that changed\n{output}");
        }
    }
    Ok(())
}

pub(super) fn who_is_asked_about_the_running_guest_can_say_no() -> Result<()> {
    let host = Host::started()?;
    let line =
        "virt-xml --connect qemu:///session hot --update --confirm --add-device --disk size=0.01,bus=usb";
    let words: Vec<&str> = line.split(' ').collect();
    let plug = "Hotplug this device to the guest 'hot'? (y/n): ";
    let define = "Define 'hot' with the changed XML? (y/n): ";
    let mut terminal = Terminal::start(&host.user, &words)?;
    terminal.shows(plug)?;
    terminal.types_line("no")?;
    terminal.shows(define)?;
    terminal.types_line("no")?;
    terminal.ends()?.ok()?;
    host.expect("bus='usb'", false, false)?;
    ensure!(!host.user.files().iter().any(|file| file.ends_with("hot.qcow2")), "a disk was created");
    // ^C at the second question: what was plugged in stays, and its disk with it.
    let mut terminal = Terminal::start(&host.user, &words)?;
    terminal.shows(plug)?;
    terminal.types_line("y")?;
    terminal.shows("Device hotplug successful.")?;
    terminal.shows(define)?;
    terminal.types("\x03")?;
    let output = terminal.ends()?;
    ensure!(output.code == 1 && output.stdout.contains("Aborted at user request"), "{output}");
    host.expect("bus='usb'", true, false)?;
    ensure!(host.user.files().iter().any(|file| file.ends_with("hot.qcow2")), "the disk is gone");
    Ok(())
}
