//! `--info`: what the image says of itself.

use std::io;

use anyhow::Result;
use indicatif::BinaryBytes;
use isos::{Identifiers, Image, Partition};
use serde_json::{Value, json};

use crate::{print_json, print_line};

/// Tells what kind of image it is.
pub(crate) fn info(image: &Image, json: bool) -> Result<()> {
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
