//! Documents of all hypervisors: written back as they were read, and changed in one place only.
//!
//! Those of the test driver and of QEMU are what libvirt says of guests that virt-install made; those of Xen, LXC and
//! bhyve are written by hand, in the odd ways in which people write.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use proptest::sample::Index;
use xctl::document::Document;
use xctl::domain::TABLES;
use xctl::property::{Kind, Property, Table, Target};

const DOCUMENTS: &[(&str, &str)] = &[
    ("test-running", include_str!("documents/test-running.xml")),
    ("test-stopped", include_str!("documents/test-stopped.xml")),
    ("qemu-running", include_str!("documents/qemu-running.xml")),
    ("qemu-stopped", include_str!("documents/qemu-stopped.xml")),
    ("qemu-windows", include_str!("documents/qemu-windows.xml")),
    ("xen-pv", include_str!("documents/xen-pv.xml")),
    ("xen-pvh-crlf", include_str!("documents/xen-pvh-crlf.xml")),
    ("lxc", include_str!("documents/lxc.xml")),
    ("bhyve", include_str!("documents/bhyve.xml")),
];

#[test]
fn every_document_is_written_as_it_was_read() {
    for (name, text) in DOCUMENTS {
        assert_eq!(Document::parse(text).unwrap().to_string(), *text, "{name}");
    }
}

/// Rows that stand for one place. What sets several at once, or adds to what is there, says so itself.
fn rows() -> Vec<(&'static Table, &'static Property)> {
    let all = TABLES.iter().flat_map(|&table| table.properties().map(move |row| (table, row)));
    all.filter(|(_, row)| matches!(row.target, Target::At(_))).collect()
}

/// A value that the row takes and that is in none of the documents.
fn value(row: &Property, salt: u32) -> String {
    match row.kind {
        Kind::OnOff => "on".to_owned(),
        Kind::YesNo | Kind::Present => "yes".to_owned(),
        Kind::Form(form) => form.example.to_owned(),
        Kind::Integer => (70_000 + salt).to_string(),
        Kind::Size { .. } => format!("{}G", 70 + salt % 100),
        Kind::Path => format!("/a<b>&\"'{salt}"),
        Kind::Text | Kind::List | Kind::Many | Kind::Enum(_) => format!("x <&>\"' é{salt}"),
    }
}

/// The length of what two texts begin and end with alike.
fn alike(before: &str, after: &str) -> (usize, usize) {
    let head = before.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
    let rest = before.len().min(after.len()) - head;
    let tail = before.bytes().rev().zip(after.bytes().rev()).take(rest).take_while(|(a, b)| a == b).count();
    (head, tail)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    /// The change is one stretch of text: everything before and after it is, byte for byte, what it was. Taking it back
    /// gives the former document where nothing was there.
    #[test]
    fn setting_a_property_changes_one_place(which in any::<Index>(), row in any::<Index>(), element in any::<Index>(), salt in 0..1000_u32) {
        let (name, before) = *which.get(DOCUMENTS);
        let all = rows();
        let &(table, row) = row.get(&all);
        let mut document = Document::parse(before).unwrap();
        let elements = table.elements(&document);
        if elements.is_empty() {
            return Ok(());
        }
        let element = *element.get(&elements);
        let suboption = row.name.replace('#', "0");
        let former = table.get(&document, element, &suboption);
        let value = value(row, salt);
        table.set(&mut document, element, &suboption, &value).unwrap();
        let after = document.to_string();
        let label = format!("{name}: --{} {suboption}={value}", table.option);
        let stretch = |before: &str, after: &str| {
            let (head, tail) = alike(before, after);
            (before.len() - head - tail, after.len() - head - tail)
        };
        let (gone, come) = stretch(before, &after);
        // An empty element that is filled gets an end tag; more than that, and the old value, never goes.
        let old = former.as_ref().map_or(0, |former| former.len() * 6);
        prop_assert!(gone <= old + 40, "{label}: {gone} bytes went\n{after}");
        prop_assert!(come <= value.len() * 6 + old + 900, "{label}: {come} bytes came\n{after}");
        prop_assert_eq!(Document::parse(&after).unwrap().to_string(), after.clone());
        if former.is_none() {
            prop_assert!(table.get(&document, element, &suboption).is_some(), "{label}");
            table.clear(&mut document, element, &suboption).unwrap();
            let back = document.to_string();
            let (head, tail) = alike(before, &back);
            prop_assert!(back == before, "{label}: not taken back: {:?} is {:?}", &before[head..before.len() - tail], &back[head..back.len() - tail]);
        } else {
            let former = former.unwrap_or_default();
            table.set(&mut document, element, &suboption, &former).unwrap();
            // There is more than one way to write a line end or a special character, and the former one is not known.
            let has_one_way = !former.contains(['\n', '<', '>', '&', '"', '\'']);
            if !matches!(row.kind, Kind::Size { .. }) && has_one_way {
                prop_assert_eq!(document.to_string().len(), before.len(), "{}", label);
            }
        }
    }
}
