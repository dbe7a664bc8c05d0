//! The definition of a guest that comes back: with its disks where they are now, and under another name if that is wanted.

use std::path::Path;

use super::Error;
use super::restore::Returning;
use crate::document::Document;
use crate::domain::{Disk, Nic};

/// The stored definition with `disks` in their new places, and `variables` of the firmware; with another `name` it is
/// another guest, which gets an identity of its own.
pub(super) fn definition(
    stored: &str,
    disks: &[Returning],
    variables: Option<&Path>,
    name: Option<&str>,
) -> Result<Document, Error> {
    let mut document = Document::parse(stored)?;
    let root = document.root();
    if let Some(name) = name {
        document.set(root, "name", name)?;
        document.set(root, "uuid", &uuid::Uuid::new_v4().to_string())?;
        document.clear_element(root, "genid")?;
        let cards: Vec<_> = Nic::all(&document).map(|nic| nic.element()).collect();
        for card in cards {
            document.clear_element(card, "mac")?;
        }
    }
    for returning in disks {
        let found = Disk::all(&document)
            .find(|disk| disk.target().as_deref() == Some(&returning.target))
            .map(|disk| disk.element());
        let Some(disk) = found else { continue };
        for place in ["source", "backingStore", "mirror"] {
            document.clear_element(disk, place)?;
        }
        document.set_attr(disk, "type", "file")?;
        document.set(disk, "driver/@type", &returning.format)?;
        document.set(disk, "source/@file", &returning.to.to_string_lossy())?;
    }
    match variables {
        Some(path) => drop(document.set(root, "os/nvram", &path.to_string_lossy())?),
        None if name.is_some() => drop(document.clear_element(root, "os/nvram")?),
        None => {}
    }
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_of_another_name_is_another_one_and_the_rest_stays() {
        let stored = "<domain type='qemu'>\n  <name>a</name>\n  <uuid>u</uuid>\n  <os>\n    <nvram>/v</nvram>\n  </os>\n  \
            <devices>\n    <disk type='block' device='disk'>\n      <driver name='qemu' type='raw' cache='none'/>\n      \
            <source dev='/dev/x'/>\n      <target dev='vda'/>\n    </disk>\n    <interface type='user'>\n      \
            <mac address='52:54:00:00:00:01'/>\n      <model type='virtio'/>\n    </interface>\n  </devices>\n</domain>\n";
        let disk = Returning {
            target: "vda".to_owned(),
            from: "/b".into(),
            to: "/new place".into(),
            format: "raw".to_owned(),
            size: 1,
            replaces: false,
        };
        let disks = [disk];
        let same = definition(stored, &disks, None, None).unwrap().to_string();
        assert!(
            same.contains("<uuid>u</uuid>") && same.contains("52:54") && same.contains("<nvram>/v"),
            "{same}"
        );
        assert!(same.contains("type='file'") && same.contains("<source file='/new place'/>"), "{same}");
        assert!(same.contains("cache='none'") && !same.contains("/dev/x"), "{same}");
        let other = definition(stored, &disks, Some(Path::new("/w")), Some("b")).unwrap().to_string();
        assert!(other.contains("<name>b</name>") && other.contains("<nvram>/w</nvram>"), "{other}");
        assert!(
            !other.contains("<uuid>u<") && !other.contains("52:54") && other.contains("virtio"),
            "{other}"
        );
    }
}
