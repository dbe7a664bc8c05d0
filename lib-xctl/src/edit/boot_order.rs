//! The turn of a device among those that are booted.

use crate::document::{self, Document, Element};

/// Where a device says its turn.
const TURN: &str = "boot/@order";

/// Makes room for a device that was given a turn: libvirt takes turns of devices only without an order of kinds of
/// devices (`<os><boot dev>`), and each turn once. Those that had it, or stand right behind, come one later.
pub(super) fn make_room(document: &mut Document, device: Element) -> Result<(), document::Error> {
    let Some(turn) = turn(document, device) else { return Ok(()) };
    let root = document.root();
    while document.clear_element(root, "os/boot")? {}
    let Some(devices) = document.child(root, "devices") else { return Ok(()) };
    let mut others: Vec<(u32, Element)> = document
        .children(devices)
        .filter(|other| *other != device)
        .filter_map(|other| Some((self::turn(document, other)?, other)))
        .filter(|(other, _)| *other >= turn)
        .collect();
    others.sort_by_key(|(turn, _)| *turn);
    let mut taken = turn;
    for (turn, other) in others {
        if turn > taken {
            break; // a hole: the rest may stay
        }
        taken += 1;
        document.set(other, TURN, &taken.to_string())?;
    }
    Ok(())
}

fn turn(document: &Document, device: Element) -> Option<u32> {
    document.get(device, TURN)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_come_later_and_kinds_of_devices_no_more() {
        let text = "<domain><os><type>hvm</type><boot dev='hd'/><boot dev='cdrom'/></os><devices>\
            <disk><boot order='1'/></disk><disk><boot order='2'/></disk><disk><boot order='4'/></disk>\
            <interface><boot order='1'/></interface></devices></domain>";
        let mut document = Document::parse(text).unwrap();
        let nic = document.find(document.root(), "devices/interface").unwrap();
        make_room(&mut document, nic).unwrap();
        let expected = "<domain><os><type>hvm</type></os><devices><disk><boot order='2'/></disk>\
            <disk><boot order='3'/></disk><disk><boot order='4'/></disk>\
            <interface><boot order='1'/></interface></devices></domain>";
        assert_eq!(document.to_string(), expected);
    }

    #[test]
    fn a_device_without_a_turn_changes_nothing() {
        let text = "<domain><os><boot dev='hd'/></os><devices><disk/></devices></domain>";
        let mut document = Document::parse(text).unwrap();
        let disk = document.find(document.root(), "devices/disk").unwrap();
        make_room(&mut document, disk).unwrap();
        assert_eq!(document.to_string(), text);
    }
}
