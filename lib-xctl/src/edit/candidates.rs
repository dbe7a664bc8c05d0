//! What there is to select, for people: a line for each device, in the words that select it.

use crate::document::{Document, Element};
use crate::property::Table;

/// By which suboptions devices are told apart, the best first, where there are better ones than the table's first.
const TELLING: &[(&str, &[&str])] = &[
    ("disk", &["target", "device", "path"]),
    ("network", &["mac", "type", "source"]),
    ("graphics", &["type", "port"]),
    ("controller", &["type", "index", "model"]),
    ("input", &["type", "bus"]),
    ("serial", &["type", "target.port"]),
    ("parallel", &["type", "target.port"]),
    ("console", &["type", "target.type"]),
    ("channel", &["type", "target.name"]),
    (
        "hostdev",
        &["type", "source.address.bus", "source.address.slot", "source.vendor.id", "source.product.id"],
    ),
    ("filesystem", &["target", "source"]),
    ("video", &["model"]),
    ("redirdev", &["bus", "type"]),
    ("tpm", &["model", "type"]),
];

/// The suboptions that alone say which device it is, whatever else is said of it.
const IDENTITY: &[(&str, &str)] = &[("disk", "target"), ("network", "mac")];

/// More than that many devices are counted, not listed.
const MOST: usize = 20;

/// Those there are, a line each, in the words that select one.
pub(super) fn candidates(document: &Document, table: &'static Table) -> String {
    let elements = table.elements(document);
    if elements.is_empty() {
        return format!("\n  there is no --{} at all", table.option);
    }
    let mut text = String::from("\n  there ");
    text.push_str(if elements.len() == 1 { "is" } else { "are" });
    for (at, element) in elements.iter().enumerate().take(MOST) {
        text.push_str(&format!("\n  {}: {}", at + 1, label(document, table, *element)));
    }
    if elements.len() > MOST {
        text.push_str(&format!("\n  and {} more", elements.len() - MOST));
    }
    text
}

/// The device in the words that select it.
pub(super) fn label(document: &Document, table: &'static Table, element: Element) -> String {
    let own = TELLING.iter().find(|(option, _)| *option == table.option);
    let names = own.map_or(table.first, |(_, names)| names);
    let pairs: Vec<String> = names
        .iter()
        .filter_map(|name| {
            let value = table.get(document, element, name).filter(|value| !value.is_empty())?;
            Some(format!("{name}={value}"))
        })
        .collect();
    if pairs.is_empty() {
        format!("a {} without any of {}", table.option, names.join(", "))
    } else {
        pairs.join(",")
    }
}

/// What says which device it is, where there is such a thing.
pub(super) fn identity(document: &Document, table: &'static Table, element: Element) -> Option<String> {
    let (_, name) = IDENTITY.iter().find(|(option, _)| *option == table.option)?;
    Some(format!("{name}={}", table.get(document, element, name)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain;

    #[test]
    fn devices_are_told_apart_by_suboptions_that_there_are() {
        for (option, names) in TELLING {
            let table = domain::table(option).unwrap();
            for name in *names {
                let row = table.find(name).unwrap_or_else(|| panic!("--{option} {name}"));
                assert!(!row.is_request(), "--{option} {name}");
            }
        }
    }

    #[test]
    fn long_lists_are_cut_short() {
        let mut document = Document::parse("<domain><devices/></domain>").unwrap();
        for _ in 0..30 {
            domain::SOUND.add(&mut document, &domain::SOUND.parse("ich9").unwrap()).unwrap();
        }
        let text = candidates(&document, &domain::SOUND);
        assert!(text.contains("\n  20: model=ich9\n  and 10 more"), "{text}");
    }
}
