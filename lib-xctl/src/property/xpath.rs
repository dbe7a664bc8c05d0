//! `xpath.set=./driver/@cache=none`: a way to what no suboption names.
//!
//! Paths are places of the document's place language, from the element that the option is about. Of one number,
//! `delete` comes first, then `create`, then `set` with its `value`.

use super::error::Error;
use super::options::Options;
use super::row::Property;
use super::{numbered, rows};
use crate::document::{self, Document, Element};

/// What every table has that is about an element.
pub(super) const ROWS: &[Property] = rows! {
    "clearxml": YesNo, "Empty the whole element before the other suboptions are set";
    "xpath#.delete": Text, "Take away what is at this path, as ./driver/@cache";
    "xpath#.create": Text, "Make the element at this path";
    "xpath#.set": Text, "Set what is at this path, as PATH=VALUE, or PATH with xpath.value";
    "xpath#.value": Text, "The value for xpath.set";
};

/// Does what the options say about paths below an element.
pub(super) fn apply(
    document: &mut Document,
    element: Element,
    options: &Options,
    wrong: impl Fn(&str, document::Error) -> Error,
) -> Result<(), Error> {
    let mut numbers: Vec<usize> = options.iter().filter_map(|(name, _)| number(name)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    for n in numbers {
        let get = |what: &str| options.get(&format!("xpath{n}.{what}"));
        if let Some(path) = get("delete") {
            delete(document, element, path).map_err(|e| wrong(path, e))?;
        }
        if let Some(path) = get("create") {
            document.ensure(element, path).map_err(|e| wrong(path, e))?;
        }
        if let Some(text) = get("set") {
            let (path, value) = match get("value") {
                Some(value) => (text, value),
                None => split(text),
            };
            document.set(element, path, value).map_err(|e| wrong(path, e))?;
        }
    }
    Ok(())
}

fn number(name: &str) -> Option<usize> {
    ROWS.iter()
        .filter(|r| r.name != "clearxml")
        .find_map(|r| numbered::matches(r.name, name))?
        .first()
        .copied()
}

fn delete(document: &mut Document, element: Element, path: &str) -> Result<bool, document::Error> {
    let last = path.rsplit('/').next().unwrap_or(path);
    if last.starts_with('@') { document.clear(element, path) } else { document.clear_element(element, path) }
}

/// Splits at the first `=` that is not inside brackets.
fn split(text: &str) -> (&str, &str) {
    let mut inside = false;
    for (at, c) in text.char_indices() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            '=' if !inside => return (&text[..at], &text[at + 1..]),
            _ => {}
        }
    }
    (text, "")
}
