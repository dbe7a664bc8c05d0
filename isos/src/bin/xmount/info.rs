//! `--info`: what the image says of itself.

use std::io;

use anyhow::Result;
use indicatif::BinaryBytes;
use isos::{Entry, Identifiers, Image, Kind, Partition, readable_path};
use serde_json::{Value, json};

use crate::list::{date, kind, letters, value};
use crate::{print_json, print_line};

/// Tells what kind of image it is, or what the entry at `path` is.
pub(crate) fn info(image: &Image, path: &str, json: bool) -> Result<()> {
    let entry = image.entry_itself(path)?;
    if entry.name().is_empty() { of_image(image, json) } else { of_entry(path, &entry, json) }
}

fn of_entry(path: &str, entry: &Entry, json: bool) -> Result<()> {
    if json {
        return print_json(&value(path, entry));
    }
    let size = (entry.kind() == Kind::File).then(|| BinaryBytes(entry.size()).to_string());
    let lines = [
        ("Path", Some(path.to_owned())),
        ("Kind", Some(kind(entry.kind()).to_owned())),
        ("Target", entry.link_target().map(|target| readable_path(target.as_bytes()))),
        ("Size", size),
        ("Permissions", entry.mode().map(letters)),
        ("Owner", entry.owner().map(|(user, group)| format!("{user} {group}"))),
        ("Device", entry.device().map(|(major, minor)| format!("{major}, {minor}"))),
        ("Modified", entry.modified().map(date)),
    ];
    let mut stdout = io::stdout().lock();
    lines
        .into_iter()
        .try_for_each(|(name, text)| text.map_or(Ok(()), |text| print_line(&mut stdout, name, &text)))
}

fn of_image(image: &Image, json: bool) -> Result<()> {
    let said = image.identifiers();
    let identifiers = identifiers(said);
    // A table that is damaged hides nothing of what was found beside it.
    let (partitions, problem) = match image.partitions() {
        Ok(partitions) => (partitions, None),
        Err(error) => (Vec::new(), Some(error.to_string())),
    };
    if json {
        let mut value = json!({
            "partitions": partitions.iter().map(partition).collect::<Vec<_>>(),
            "problem": problem,
            "image": image.path(),
            "format": image.description(),
            "size": image.size(),
            "volume_size": said.volume_size,
            "missing": image.missing_bytes(),
        });
        for (name, text) in identifiers {
            value[name] = text.into();
        }
        return print_json(&value);
    }
    let mut stdout = io::stdout().lock();
    let mut line = |name: &str, text: &str| print_line(&mut stdout, name, text);
    line("Format", image.description())?;
    line("Size", &BinaryBytes(image.size()).to_string())?;
    for (name, text) in identifiers.into_iter().filter(|(_, text)| !text.is_empty()) {
        line(&heading(name), text)?;
    }
    if image.missing_bytes() > 0 {
        line(
            "Missing",
            &format!("{} at the end (an incomplete download?)", BinaryBytes(image.missing_bytes())),
        )?;
    }
    for one in &partitions {
        let label = if one.label().is_empty() { String::new() } else { format!(", '{}'", one.label()) };
        let (size, kind) = (BinaryBytes(one.length()), one.type_name());
        line(
            &format!("Partition {}", one.number()),
            &format!("{size} at byte {}, {kind}{label}", one.start()),
        )?;
    }
    let damaged = partitions.iter().filter_map(Partition::problem).map(str::to_owned);
    for problem in problem.into_iter().chain(damaged) {
        eprintln!("xmount: {problem}");
    }
    Ok(())
}

/// Start and length in bytes.
fn partition(one: &Partition) -> Value {
    json!({
        "number": one.number(),
        "start": one.start(),
        "length": one.length(),
        "type": one.type_name(),
        "label": one.label(),
        "problem": one.problem(),
    })
}

/// The words of the volume descriptor, by the names that they have in JSON.
pub(crate) fn identifiers(said: &Identifiers) -> [(&'static str, &str); 6] {
    [
        ("label", &said.volume),
        ("system", &said.system),
        ("volume_set", &said.volume_set),
        ("publisher", &said.publisher),
        ("preparer", &said.preparer),
        ("application", &said.application),
    ]
}

pub(crate) fn heading(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        .replace('_', " ")
}
