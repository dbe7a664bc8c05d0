//! Disks: bus, name of the target, driver.

use super::error::Error;
use super::guest::{Board, Guest, Rule};
use crate::document::{Document, Element};
use crate::domain::Domain;
use crate::osinfo::device::{VIRTIO_BLOCK, VIRTIO_SCSI};

/// Where disks go before any other bus.
const DISK_BUSES: &[Rule] = &[Rule {
    value: "virtio",
    when: |g| g.drives_virtio(VIRTIO_BLOCK),
    why: "{os} drives it, and no other is as fast",
}];

/// The same of CD-ROM drives and passed-through SCSI disks, which virtio disks cannot be.
const SCSI_BUSES: &[Rule] = &[
    Rule {
        value: "scsi",
        when: |g| !g.is_x86() && g.drives_virtio(VIRTIO_SCSI),
        why: "{arch} machines have no IDE, and {os} drives virtio's SCSI",
    },
    Rule {
        value: "scsi",
        when: |g| g.board() == Board::Arm,
        why: "{arch} machines have no IDE, and libvirt takes no empty drive on USB",
    },
];

const BUSES: &[Rule] = &[
    Rule { value: "xen", when: |g| g.is_paravirtual(), why: "paravirtualized guests know no other" },
    Rule { value: "sata", when: |g| g.board() == Board::Q35, why: "Q35 has it on board" },
    Rule {
        value: "ide",
        when: |g| g.board() == Board::Pc || g.is_container(),
        why: "every system drives it",
    },
    Rule {
        value: "sd",
        when: |g| g.get("os/type/@machine").is_some_and(|machine| machine.starts_with("vexpress")),
        why: "it is what the board has",
    },
    Rule { value: "usb", when: |_| true, why: "{arch} machines have no IDE" },
];

/// Names that a bus gives its disks, and how many there can be.
const TARGETS: &[(&str, &str, usize)] = &[
    ("virtio", "vd", 1024),
    ("scsi", "sd", 1024),
    ("sata", "sd", 1024),
    ("usb", "sd", 1024),
    ("nvme", "sd", 1024),
    ("sd", "sd", 1024),
    ("xen", "xvd", 1024),
    ("ide", "hd", 4),
    ("fdc", "fd", 2),
];

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    for disk in guest.devices("disk") {
        guest.fill_in(disk, "@device", "disk", "it is no CD-ROM or floppy drive")?;
        let device = guest.document.attr(disk, "device").unwrap_or_default().into_owned();
        match device.as_str() {
            "floppy" => {
                guest.fill_in(disk, "target/@bus", "fdc", "floppy drives have their own controller")?
            }
            "disk" => guest.fill_by(disk, "target/@bus", DISK_BUSES)?,
            _ => guest.fill_by(disk, "target/@bus", SCSI_BUSES)?,
        };
        guest.fill_by(disk, "target/@bus", BUSES)?;
        target(guest, disk)?;
        if device == "cdrom" && guest.document.child(disk, "readonly").is_none() {
            guest.document.insert_child(disk, "readonly");
        }
        driver(guest, disk, &device)?;
    }
    Ok(())
}

fn target(guest: &mut Guest<'_, '_>, disk: Element) -> Result<(), Error> {
    if guest.document.get(disk, "target/@dev").is_some_and(|dev| !dev.is_empty()) {
        return Ok(());
    }
    let bus = guest.document.get(disk, "target/@bus").unwrap_or_default().into_owned();
    let Some(name) = next_target(guest.document, &bus) else { return Ok(()) };
    guest.fill_in(disk, "target/@dev", &name, "it is the next free name")?;
    Ok(())
}

/// The name of the next disk on a bus; none for a bus whose names are not known.
pub(crate) fn next_target(document: &Document, bus: &str) -> Option<String> {
    let (_, prefix, most) = TARGETS.iter().find(|(name, ..)| *name == bus)?;
    let taken: Vec<usize> = Domain::new(document)
        .devices("disk")
        .into_iter()
        .filter_map(|e| number(document.get(e, "target/@dev")?.strip_prefix(prefix)?))
        .collect();
    // After the last one, so that the order of names is that of the disks; gaps are filled when there is no more room.
    let after = taken.iter().max().map_or(0, |last| last + 1);
    let free = (after..*most).chain(0..*most).find(|n| !taken.contains(n)).unwrap_or(after);
    Some(format!("{prefix}{}", letters(free)))
}

fn driver(guest: &mut Guest<'_, '_>, disk: Element, device: &str) -> Result<(), Error> {
    let Some(source) = guest.document.child(disk, "source") else { return Ok(()) };
    let kind = guest.document.attr(disk, "type").unwrap_or_default().into_owned();
    if guest.is_xen() && kind == "block" {
        guest.fill_in(disk, "driver/@name", "phy", "the host's kernel hands the device on")?;
    } else if kind == "nvme" || kind == "vhostuser" {
        // QEMU has the first by itself, and the second is another process's to drive.
    } else if guest.is_xen() || guest.is_qemu() {
        guest.fill_in(disk, "driver/@name", "qemu", "QEMU knows no other")?;
    }
    if device != "disk" || !guest.is_qemu() {
        return Ok(());
    }
    if kind == "block" {
        guest.fill_in(disk, "driver/@type", "raw", "what is on a block device is taken as it is")?;
        guest.fill_in(disk, "driver/@cache", "none", "the host need not cache a whole device")?;
        guest.fill_in(disk, "driver/@discard", "unmap", "what the guest deletes becomes free")?;
        let direct =
            guest.document.get(disk, "driver/@cache").is_some_and(|c| c == "none" || c == "directsync");
        if direct {
            guest.fill_in(disk, "driver/@io", "native", "without the host's cache no other is as fast")?;
        }
        return Ok(());
    }
    let created = ["file", "volume"]
        .iter()
        .filter_map(|name| guest.document.attr(source, name))
        .any(|path| guest.context.facts.sparse.iter().any(|sparse| *sparse == path));
    if created {
        guest.fill_in(disk, "driver/@discard", "unmap", "what the guest deletes becomes free")?;
    }
    Ok(())
}

/// `a`, …, `z`, `aa`, `ab`, …
fn letters(mut number: usize) -> String {
    let mut name = Vec::new();
    loop {
        name.push(b'a' + (number % 26) as u8);
        if number < 26 {
            break;
        }
        number = number / 26 - 1;
    }
    name.iter().rev().map(|&byte| char::from(byte)).collect()
}

/// The other way round; nothing for what are no letters.
fn number(letters: &str) -> Option<usize> {
    if letters.is_empty() || letters.len() > 4 || !letters.bytes().all(|b| b.is_ascii_lowercase()) {
        return None;
    }
    Some(letters.bytes().fold(0, |number, byte| number * 26 + usize::from(byte - b'a') + 1) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_targets_count_past_z() {
        for (count, name) in [(0, "a"), (25, "z"), (26, "aa"), (27, "ab"), (701, "zz"), (702, "aaa")] {
            assert_eq!(letters(count), name);
            assert_eq!(number(name), Some(count));
        }
        assert_eq!(number("a1"), None);
        assert_eq!(number("zzzzzzzzzzzzzzzzzzzzzz"), None);
    }
}
