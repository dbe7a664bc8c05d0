//! New devices: what was typed, and what is filled in for a guest of that kind.

use super::boot_order;
use super::error::Error;
use super::surroundings::Surroundings;
use crate::defaults;
use crate::document::{self, Document, Element};
use crate::domain::DISK;
use crate::install::{self, Checks, Request, disks};
use crate::property::Table;
use crate::storage::{Creation, Usage};

/// Adds what the texts say. Only the new devices are filled in; all others stay as they are. Returns the devices, and of
/// each the disks that have to be created for it.
pub(super) fn add(
    document: &mut Document,
    table: &'static Table,
    texts: &[String],
    around: &Surroundings<'_>,
) -> Result<(Vec<Element>, Vec<Vec<Creation>>), Error> {
    // Choices are made in a copy, which may be completed for it, and only the devices are taken over.
    let mut draft = document.clone();
    let offers = around.offers(&draft)?;
    if draft.find(draft.root(), "os/type").is_none() {
        defaults::platform(&mut draft, &offers.context())?;
    }
    if let Some(other) = around.other() {
        keep_names_free(&mut draft, other)?;
    }
    let before = table.elements(&draft);
    let creations = if std::ptr::eq(table, &DISK) {
        add_disks(&mut draft, texts, around)?
    } else {
        for text in texts {
            let options = around.options(table, text)?;
            if !options.is_none() {
                table.add(&mut draft, &options)?;
            }
        }
        Vec::new()
    };
    let offers = offers.with(|facts| facts.sparse = sparse(&creations));
    let kind = table.element.rsplit('/').next().unwrap_or_default();
    defaults::device(&mut draft, &offers.context(), kind)?;
    let (mut added, mut made) = (Vec::new(), Vec::new());
    for element in table.elements(&draft).into_iter().filter(|element| !before.contains(element)) {
        if std::ptr::eq(table, &DISK) {
            warn_if_used(&draft, element, around)?;
        }
        let own = creations.iter().filter(|creation| is_for(creation, &draft, element));
        made.push(own.cloned().collect());
        let own = append(document, table, &draft.element_to_string(element))?;
        boot_order::make_room(document, own)?;
        added.push(own);
    }
    Ok((added, made))
}

/// Adds an element of the table that was made elsewhere.
pub(super) fn append(
    document: &mut Document,
    table: &'static Table,
    xml: &str,
) -> Result<Element, document::Error> {
    let root = document.root();
    let parent = table.element.rsplit_once('/').map_or(".", |(parent, _)| parent);
    let parent = document.ensure(root, parent)?;
    document.append_fragment(parent, xml)
}

/// Adds all disks together, so that no two of them are given one name.
fn add_disks(
    document: &mut Document,
    texts: &[String],
    around: &Surroundings<'_>,
) -> Result<Vec<Creation>, Error> {
    // Who shares a disk between guests says so by adding it; it is only told.
    let checks = Checks { path_in_use: false, ..Checks::default() };
    let request = Request { checks, ..Request::default() };
    let found = disks::add(document, around.connection()?, &request, texts, None);
    let found = found.map_err(|error| match error {
        install::Error::Disk { text, reason } => Error::Disk { text, source: reason },
        other => other.into(),
    })?;
    Ok(found.creations)
}

/// Whether a disk is stored in what is to be created.
fn is_for(creation: &Creation, document: &Document, disk: Element) -> bool {
    let path = creation.pool.target.join(&creation.name);
    let is = |place: &str, value: &str| document.get(disk, place).is_some_and(|own| own == value);
    DISK.get(document, disk, "path").is_some_and(|own| path.as_os_str() == own.as_str())
        || is("source/@volume", &creation.name) && is("source/@pool", &creation.pool.name)
}

/// Tells of other guests that have the same disk and may write to it.
pub(super) fn warn_if_used(
    document: &Document,
    disk: Element,
    around: &Surroundings<'_>,
) -> Result<(), Error> {
    let Some(path) = DISK.get(document, disk, "path").filter(|path| path.starts_with('/')) else {
        return Ok(());
    };
    let shares = ["readonly", "shareable"].iter().any(|name| DISK.get(document, disk, name).is_some());
    let usage = Usage::of(around.connection()?)?;
    let own = document.get(document.root(), "name").unwrap_or_default();
    let others: Vec<&str> =
        usage.guests_with(path.as_ref(), shares).into_iter().filter(|name| *name != own).collect();
    if !others.is_empty() {
        around
            .progress
            .warn(&format!("Disk {path} is already in use by other guests: {}", others.join(", ")));
    }
    Ok(())
}

fn sparse(creations: &[Creation]) -> Vec<String> {
    let sparse = creations.iter().filter(|creation| creation.sparse);
    sparse.map(|new| new.pool.target.join(&new.name).to_string_lossy().into_owned()).collect()
}

/// Names of targets that the other definition has are not free in this one.
fn keep_names_free(draft: &mut Document, other: &Document) -> Result<(), Error> {
    for disk in DISK.elements(other) {
        let Some(target) = DISK.get(other, disk, "target") else { continue };
        let is_taken = |own: &Element| DISK.get(draft, *own, "target").is_some_and(|name| name == target);
        if !DISK.elements(draft).iter().any(is_taken) {
            append(draft, &DISK, &other.element_to_string(disk))?;
        }
    }
    Ok(())
}
