//! Values that are a slip of the keyboard away from one that the host offers: libvirt would refuse them too, but only
//! once disks and other things have been made for the guest, and without a word of what was meant.
//!
//! Other values that nobody here knows are passed on: a newer libvirt may. What is a slip away from one that the options'
//! tables know, and that no host lists, is passed on with a warning.

use std::collections::HashSet;

use super::error::Error;
use super::guest::Guest;
use crate::document::Document;
use crate::domain;
use crate::property::{Kind, Table, Target};

/// A value that the domain capabilities list the known ones of.
struct Listed {
    /// Its option.
    option: &'static str,
    /// Its place in each of the option's elements.
    place: &'static str,
    /// Where they list it, and as what.
    list: (&'static str, &'static str),
}

const fn listed(
    option: &'static str,
    place: &'static str,
    group: &'static str,
    name: &'static str,
) -> Listed {
    Listed { option, place, list: (group, name) }
}

const LISTED: &[Listed] = &[
    listed("graphics", "@type", "devices/graphics", "type"),
    listed("video", "model/@type", "devices/video", "modelType"),
    listed("disk", "@device", "devices/disk", "diskDevice"),
    listed("disk", "target/@bus", "devices/disk", "bus"),
    listed("hostdev", "@mode", "devices/hostdev", "mode"),
    listed("rng", "@model", "devices/rng", "model"),
    listed("rng", "backend/@model", "devices/rng", "backendModel"),
    listed("tpm", "@model", "devices/tpm", "model"),
    listed("tpm", "backend/@type", "devices/tpm", "backendModel"),
    listed("filesystem", "driver/@type", "devices/filesystem", "driverType"),
    listed("redirdev", "@bus", "devices/redirdev", "bus"),
    listed("channel", "@type", "devices/channel", "type"),
    listed("panic", "@model", "devices/panic", "model"),
];

/// Refuses what is misspelt.
pub(super) fn check(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    let Some(offers) = guest.context.domain_capabilities else { return Ok(()) };
    for Listed { option, place, list: (group, name) } in LISTED {
        let Some(table) = domain::table(option) else { continue };
        let Some(mut known) = offers.values(group, name) else { continue };
        known.extend(words(table, place));
        for element in table.elements(guest.document) {
            if let Some(value) = guest.document.get(element, place) {
                refuse(option, &value, &known)?;
            }
        }
    }
    let models = offers.cpu_models();
    if models.is_empty() {
        return Ok(());
    }
    if let Some(model) = guest.get("cpu/model") {
        let modes = ["host-passthrough", "host-model", "maximum"].map(str::to_owned);
        let known: Vec<String> = models.into_iter().map(|(model, _)| model).chain(modes).collect();
        refuse("cpu", &model, &known)?;
    }
    Ok(())
}

/// A line for each value that the options' tables nearly know.
pub(super) fn doubts(document: &Document) -> Vec<String> {
    let mut doubts = Vec::new();
    for table in domain::TABLES {
        // Some places have a second, shorter name.
        let mut seen = HashSet::new();
        for row in table.properties() {
            let (Kind::Enum(_), Target::At(place)) = (row.kind, row.target) else { continue };
            if place.contains('#') || !seen.insert(place) {
                continue;
            }
            let known: Vec<String> = words(table, place).collect();
            for element in table.elements(document) {
                let value = document.get(element, place).unwrap_or_default();
                if value.is_empty() || known.iter().any(|word| *word == *value) {
                    continue;
                }
                if let Some(nearest) = nearest(&value, known.iter().map(String::as_str)) {
                    doubts.push(format!(
                        "--{} {}={value}: this is no value that is known here; did you mean '{nearest}'?",
                        table.option, row.name
                    ));
                }
            }
        }
    }
    doubts
}

/// The words that an option's table knows for what stands at a place.
fn words(table: &'static Table, place: &str) -> impl Iterator<Item = String> {
    let rows = table.properties().filter(move |row| matches!(row.target, Target::At(at) if at == place));
    rows.flat_map(|row| row.kind.words()).map(|word| (*word).to_owned())
}

fn refuse(option: &str, value: &str, known: &[String]) -> Result<(), Error> {
    if value.is_empty() || known.iter().any(|word| word == value) {
        return Ok(());
    }
    match nearest(value, known.iter().map(String::as_str)) {
        None => Ok(()),
        Some(nearest) => Err(Error::Misspelt {
            option: option.to_owned(),
            value: value.to_owned(),
            nearest: nearest.to_owned(),
        }),
    }
}

/// The word that was probably meant: one that differs by a letter, of longer ones by two.
pub(crate) fn nearest<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = if typed.chars().count() < 8 { 1 } else { 2 };
    known
        .map(|word| (strsim::damerau_levenshtein(&typed.to_lowercase(), &word.to_lowercase()), word))
        .filter(|(slips, word)| *slips <= limit && word.len() > 2)
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_differs_by_a_slip_is_meant() {
        let near = |typed, known: &[&'static str]| nearest(typed, known.iter().copied());
        assert_eq!(near("vnd", &["spice", "vnc"]), Some("vnc"));
        assert_eq!(near("virtoi", &["vga", "virtio"]), Some("virtio"));
        assert_eq!(near("host-passtrough", &["host-model", "host-passthrough"]), Some("host-passthrough"));
        assert_eq!(near("rdp", &["sdl", "vnc", "dbus"]), None);
        assert_eq!(near("x86_46", &["i686", "x86_64"]), Some("x86_64"));
    }

    #[test]
    fn values_that_the_tables_nearly_know_are_doubted() {
        let document = Document::parse(
            "<domain type='qemu'><on_crash>restrat</on_crash><devices><interface type='user'><model type='virto'/>\
             </interface><interface type='user'><model type='virtio'/></interface><sound model='quite-new'/>\
             <serial type='unix'><source mode='bnd'/></serial></devices></domain>",
        )
        .unwrap();
        let doubts = doubts(&document);
        let expected = [
            ("--events on_crash=restrat:", "'restart'"),
            ("--network model.type=virto:", "'virtio'"),
            ("--serial mode=bnd:", "'bind'"),
        ];
        for (beginning, end) in expected {
            assert!(
                doubts.iter().any(|line| line.starts_with(beginning) && line.contains(end)),
                "{doubts:?}"
            );
        }
        assert_eq!(doubts.len(), expected.len(), "{doubts:?}");
    }

    #[test]
    fn every_place_is_one_of_its_table() {
        for Listed { option, place, .. } in LISTED {
            let table = domain::table(option).unwrap();
            let is_there = table.properties().any(|row| match row.target {
                Target::At(at) => at == *place,
                Target::Special(_) => *place == "source/@path" || *place == "@type",
                Target::Request => false,
            });
            assert!(is_there, "--{option} {place}");
        }
    }
}
