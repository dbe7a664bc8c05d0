//! How a guest boots: once to be installed, and ever after.

use super::disks::{self, Disks};
use super::media::Media;
use crate::document::{Document, Element, Error};
use crate::domain::{Disk, Drive};

/// The files of an install boot.
#[derive(Debug, Clone)]
pub(super) struct KernelBoot {
    pub(super) kernel: String,
    pub(super) initrd: Option<String>,
    pub(super) arguments: String,
}

/// What else the first boot has that later ones do not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Extras {
    /// A drive with an image that is taken out afterwards.
    pub(super) image: bool,
    /// The guest is told by its firmware that this image is a cloud-init seed.
    pub(super) seeded: bool,
}

/// The definition of the first boot; `None` if the guest boots as it always will.
pub(super) fn install(
    draft: &Document,
    media: &Media,
    kernel: Option<&KernelBoot>,
    extras: Extras,
) -> Result<Option<Document>, Error> {
    if !media.installs && !extras.image {
        return Ok(None);
    }
    let mut domain = draft.clone();
    let root = domain.root();
    // The end of the installer is what this program waits for, and a reboot would begin it anew.
    domain.set(root, "on_reboot", "destroy")?;
    if let Some(boot) = kernel {
        clear_order(&mut domain)?;
        domain.set(root, "os/kernel", &boot.kernel)?;
        if let Some(initrd) = &boot.initrd {
            domain.set(root, "os/initrd", initrd)?;
        }
        if !boot.arguments.is_empty() {
            domain.set(root, "os/cmdline", &boot.arguments)?;
        }
    } else if let Some(device) = media.boot_device.as_deref().filter(|_| chooses_order(&domain)) {
        clear_order(&mut domain)?;
        let disk = Disk::all(&domain).any(|disk| disk.device() == Drive::Disk).then_some("hd");
        for device in std::iter::once(device).chain(disk.filter(|&disk| disk != device)) {
            add_order(&mut domain, device)?;
        }
    } else if !media.installs {
        // Whatever the order will be, what is on the disk is what has to see the image.
        clear_order(&mut domain)?;
    }
    if extras.seeded {
        announce_seed(&mut domain)?;
    }
    Ok(Some(domain))
}

/// cloud-init need not look for its data source where the machine's serial number names it.
fn announce_seed(domain: &mut Document) -> Result<(), Error> {
    let root = domain.root();
    let text = |place: &str| domain.get(root, place).map(|text| text.trim().to_owned());
    let arch = text("os/type/@arch").unwrap_or_default();
    let machine = text("os/type/@machine").unwrap_or_default();
    let has_smbios = matches!(arch.as_str(), "x86_64" | "i686")
        || (matches!(arch.as_str(), "aarch64" | "armv7l") && machine.starts_with("virt"));
    let is_qemu = text("@type").is_some_and(|kind| matches!(kind.as_str(), "kvm" | "qemu" | "hvf" | "test"));
    let is_others = text("os/smbios/@mode").is_some_and(|mode| mode != "sysinfo");
    if !has_smbios || !is_qemu || is_others || text("sysinfo/system/entry[@name='serial']").is_some() {
        return Ok(());
    }
    domain.set(root, "os/smbios/@mode", "sysinfo")?;
    domain.set(root, "sysinfo/@type", "smbios")?;
    domain.set(root, "sysinfo/system/entry[@name='serial']", "ds=nocloud").map(drop)
}

/// The definition that stays.
pub(super) fn lasting(
    draft: &Document,
    media: &Media,
    disks: &Disks,
    keeps_medium: bool,
) -> Result<Document, Error> {
    let mut domain = draft.clone();
    if chooses_order(&domain) && domain.find(domain.root(), "os/boot").is_none() {
        let own = Disk::all(&domain).find(|disk| Some(disk.element()) != disks.image);
        let first = own.map(|disk| disk.device());
        let has_disk = Disk::all(&domain).any(|disk| disk.device() == Drive::Disk);
        let device = match (&media.boot_device, first) {
            (Some(_), _) if has_disk && !media.live => "hd",
            (Some(device), _) => device,
            (None, Some(Drive::Cdrom)) => "cdrom",
            (None, Some(Drive::Floppy)) => "fd",
            (None, _) => "hd",
        };
        add_order(&mut domain, device)?;
        if device != "hd" && has_disk {
            add_order(&mut domain, "hd")?;
        }
    }
    if let Some(medium) = disks.medium.filter(|_| !keeps_medium) {
        disks::eject(&mut domain, medium)?;
    }
    if let Some(image) = disks.image {
        disks::eject(&mut domain, image)?;
    }
    Ok(domain)
}

/// Whether the order of devices is the firmware's to follow, and not the user's or a kernel's already.
fn chooses_order(domain: &Document) -> bool {
    let root = domain.root();
    let devices = domain.child(root, "devices");
    let ordered = |device: Element| domain.child(device, "boot").is_some();
    domain.get(root, "os/type").is_some_and(|kind| kind.trim() != "exe")
        && domain.find(root, "os/kernel").is_none()
        && !devices.is_some_and(|devices| domain.children(devices).any(ordered))
}

fn clear_order(domain: &mut Document) -> Result<(), Error> {
    let root = domain.root();
    while domain.clear_element(root, "os/boot")? {}
    Ok(())
}

fn add_order(domain: &mut Document, device: &str) -> Result<(), Error> {
    let root = domain.root();
    let os = domain.ensure(root, "os")?;
    let boot = domain.insert_child(os, "boot");
    domain.set_attr(boot, "dev", device)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(os: &str) -> Document {
        let xml = format!(
            "<domain><os><type>hvm</type>{os}</os><devices>\
             <disk type='file' device='disk'><source file='/a'/></disk>\
             <disk type='file' device='cdrom'><driver name='qemu'/><source file='/i.iso'/><readonly/></disk>\
             </devices></domain>"
        );
        Document::parse(&xml).unwrap()
    }

    fn order(domain: &Document) -> Vec<String> {
        let os = domain.child(domain.root(), "os").unwrap();
        domain.children_named(os, "boot").map(|boot| domain.attr(boot, "dev").unwrap().into_owned()).collect()
    }

    fn from(device: &str) -> Media {
        Media { boot_device: Some(device.into()), installs: true, ..Media::default() }
    }

    #[test]
    fn a_cdrom_is_booted_first_and_the_disk_ever_after() {
        let draft = draft("");
        let media = from("cdrom");
        let install = install(&draft, &media, None, Extras::default()).unwrap().unwrap();
        assert_eq!(order(&install), ["cdrom", "hd"]);
        assert_eq!(install.get(install.root(), "on_reboot").as_deref(), Some("destroy"));
        let drive = Disk::all(&draft).nth(1).unwrap().element();
        let disks = Disks { medium: Some(drive), ..Disks::default() };
        let last = lasting(&draft, &media, &disks, false).unwrap();
        assert_eq!(order(&last), ["hd"]);
        assert!(last.find(last.root(), "on_reboot").is_none());
        assert_eq!(last.element_to_string(drive), "<disk type='file' device='cdrom'><readonly/></disk>");
        let windows = lasting(&draft, &media, &disks, true).unwrap();
        assert!(windows.element_to_string(drive).contains("/i.iso"));
    }

    #[test]
    fn a_kernel_takes_the_place_of_the_order() {
        let draft = draft("<boot dev='hd'/>");
        let boot = KernelBoot { kernel: "/k".into(), initrd: Some("/i".into()), arguments: "a <b>".into() };
        let media = Media { installs: true, ..Media::default() };
        let install = install(&draft, &media, Some(&boot), Extras::default()).unwrap().unwrap();
        assert!(order(&install).is_empty());
        assert_eq!(install.get(install.root(), "os/cmdline").as_deref(), Some("a <b>"));
        assert_eq!(order(&lasting(&draft, &media, &Disks::default(), false).unwrap()), ["hd"]);
    }

    #[test]
    fn what_the_user_ordered_stays() {
        let draft = draft("<boot dev='network'/>");
        assert!(install(&draft, &Media::default(), None, Extras::default()).unwrap().is_none());
        assert_eq!(
            order(&lasting(&draft, &Media::default(), &Disks::default(), false).unwrap()),
            ["network"]
        );
        let mut ordered = draft.clone();
        let disk = Disk::all(&ordered).next().unwrap().element();
        ordered.set(disk, "boot/@order", "1").unwrap();
        let booted = install(&ordered, &from("cdrom"), None, Extras::default()).unwrap().unwrap();
        assert_eq!(order(&booted), ["network"]);
    }

    #[test]
    fn a_seed_is_there_once_and_announced() {
        let draft = Document::parse(
            "<domain type='kvm'><os><type arch='x86_64'>hvm</type><boot dev='network'/></os><devices>\
             <disk type='file' device='cdrom'><source file='/seed.iso'/><target dev='sda'/></disk></devices></domain>",
        );
        let draft = draft.unwrap();
        let image = Disk::all(&draft).next().map(|disk| disk.element());
        let extras = Extras { image: true, seeded: true };
        let first = install(&draft, &Media::default(), None, extras).unwrap().unwrap();
        let serial = first.get(first.root(), "sysinfo/system/entry[@name='serial']");
        assert_eq!(serial.as_deref(), Some("ds=nocloud"));
        assert!(order(&first).is_empty());
        let disks = Disks { image, ..Disks::default() };
        let last = lasting(&draft, &Media::default(), &disks, false).unwrap();
        assert!(!last.to_string().contains("/seed.iso") && !last.to_string().contains("nocloud"));
        let mut own = draft.clone();
        own.set(own.root(), "sysinfo/system/entry[@name='serial']", "mine").unwrap();
        assert!(
            !install(&own, &Media::default(), None, extras).unwrap().unwrap().to_string().contains("nocloud")
        );
    }
}
