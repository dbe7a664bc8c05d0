//! From the machine `pc`, which has PCI and IDE, to Q35, which has PCI Express and SATA.

use super::error::Error;
use crate::defaults;
use crate::document::{Document, Element};
use crate::domain::{Domain, add_device};

/// Ports that are added where no number is said: as many as a new guest gets.
const PORTS: usize = 14;
/// The root has 32 slots of eight functions, some of them taken.
pub(super) const MOST_PORTS: usize = 200;

/// Controllers of the old machine's own buses.
const BUSES: &[&str] = &["pci", "ide"];

/// Devices that have a newer sibling on Q35: kind, where the model is, the old one and the new one.
const SIBLINGS: &[(&str, &str, &str, &str)] =
    &[("sound", "@model", "ich6", "ich9"), ("interface", "model/@type", "e1000", "e1000e")];

/// Converts a guest; one that has Q35 already stays as it is.
pub(super) fn convert(document: &mut Document, ports: Option<usize>) -> Result<(), Error> {
    let view = Domain::new(document);
    let (arch, machine) = (view.arch().unwrap_or_default(), view.machine().unwrap_or_default());
    if machine.contains("q35") {
        return Ok(());
    }
    let is_pc = machine == "pc" || machine.starts_with("pc-") || machine.is_empty();
    if !["x86_64", "i686", ""].contains(&arch.as_str()) || !is_pc {
        return Err(Error::Conversion(format!(
            "only x86 guests with the machine 'pc' can be converted to Q35, and this one has '{machine}' on {arch}"
        )));
    }
    let root = document.root();
    document.set(root, "os/type/@machine", "q35")?;
    for device in Domain::new(document).devices("") {
        adapt(document, device)?;
    }
    for (at, model) in std::iter::once("pcie-root")
        .chain(std::iter::repeat_n("pcie-root-port", ports.unwrap_or(PORTS)))
        .enumerate()
    {
        let controller = add_device(document, "controller");
        document.set_attr(controller, "type", "pci")?;
        if at == 0 {
            document.set_attr(controller, "index", "0")?;
        }
        document.set_attr(controller, "model", model)?;
    }
    Ok(())
}

fn adapt(document: &mut Document, device: Element) -> Result<(), Error> {
    let name = document.name(device).to_owned();
    let kind = document.attr(device, "type").unwrap_or_default().into_owned();
    if name == "controller" && BUSES.contains(&kind.as_str()) {
        document.remove(device);
        return Ok(());
    }
    for (sibling, place, old, new) in SIBLINGS {
        if name == *sibling && document.get(device, place).is_some_and(|model| model == *old) {
            document.set(device, place, new)?;
        }
    }
    let is_ide = name == "disk" && document.get(device, "target/@bus").is_some_and(|bus| bus == "ide");
    if is_ide {
        document.set(device, "target/@bus", "sata")?;
        if let Some(target) = defaults::next_target(document, "sata") {
            document.set(device, "target/@dev", &target)?;
        }
    }
    // Where it was plugged in is not there any more; libvirt finds it a new place.
    if let Some(address) = document.child(device, "address")
        && (is_ide || document.attr(address, "type").is_some_and(|kind| kind == "pci"))
    {
        document.remove(address);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PC: &str = "\
<domain type='qemu'>
  <os>
    <type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type>
  </os>
  <devices>
    <!-- the system -->
    <disk type='file' device='disk'>
      <target dev='hda' bus='ide'/>
      <address type='drive' controller='0' bus='0' target='0' unit='0'/>
    </disk>
    <disk type='file' device='cdrom'>
      <target dev='hdb' bus='ide'/>
    </disk>
    <disk type='file' device='disk'>
      <target dev='vda' bus='virtio'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x05' function='0x0'/>
    </disk>
    <controller type='pci' index='0' model='pci-root'/>
    <controller type='ide' index='0'>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x01' function='0x1'/>
    </controller>
    <controller type='usb' index='0' model='qemu-xhci'>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x06' function='0x0'/>
    </controller>
    <interface type='user'>
      <model type='e1000'/>
    </interface>
    <sound model='ich6'/>
  </devices>
</domain>
";

    fn converted(xml: &str, ports: Option<usize>) -> Result<String, String> {
        let mut document = Document::parse(xml).unwrap();
        convert(&mut document, ports).map_err(|error| error.to_string())?;
        Ok(document.to_string())
    }

    #[test]
    fn buses_and_addresses_become_those_of_q35() {
        let expected = "\
<domain type='qemu'>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
  </os>
  <devices>
    <!-- the system -->
    <disk type='file' device='disk'>
      <target dev='sda' bus='sata'/>
    </disk>
    <disk type='file' device='cdrom'>
      <target dev='sdb' bus='sata'/>
    </disk>
    <disk type='file' device='disk'>
      <target dev='vda' bus='virtio'/>
    </disk>
    <controller type='usb' index='0' model='qemu-xhci'/>
    <controller type='pci' index='0' model='pcie-root'/>
    <controller type='pci' model='pcie-root-port'/>
    <controller type='pci' model='pcie-root-port'/>
    <interface type='user'>
      <model type='e1000e'/>
    </interface>
    <sound model='ich9'/>
  </devices>
</domain>
";
        assert_eq!(converted(PC, Some(2)).unwrap(), expected);
        assert_eq!(converted(PC, None).unwrap().matches("pcie-root-port").count(), 14);
    }

    #[test]
    fn what_is_q35_stays_and_what_is_no_pc_is_refused() {
        let q35 = PC.replace("pc-i440fx-7.2", "pc-q35-7.2");
        assert_eq!(converted(&q35, None).unwrap(), q35);
        for (arch, machine) in [("aarch64", "virt"), ("x86_64", "microvm"), ("ppc64le", "pseries")] {
            let other = PC.replace("x86_64", arch).replace("pc-i440fx-7.2", machine);
            assert!(converted(&other, None).unwrap_err().contains("only x86 guests"), "{arch} {machine}");
        }
    }
}
