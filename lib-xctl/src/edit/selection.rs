//! Which elements are meant: the first, one by its number, all, or those that are like what was typed.

use super::candidates::candidates;
use super::error::Error;
use crate::document::{Document, Element};
use crate::property::{Options, Table};

/// Which elements of an option are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// The one of this number, from 1; negative numbers count from the last.
    Number(i64),
    /// All there are.
    All,
    /// Those with these suboptions, as typed.
    Like(String),
}

impl Selection {
    /// Reads what was typed after `--edit`, or after the option of `--remove-device`.
    #[must_use]
    pub fn parse(text: &str) -> Selection {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if text == "all" {
            return Selection::All;
        }
        match text.parse() {
            Ok(number) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Selection::Number(number),
            _ => Selection::Like(text.to_owned()),
        }
    }

    /// The elements of the document that are meant; `action` is the option that asks for it, without its dashes.
    ///
    /// # Errors
    /// There are none; the error lists those that could be meant.
    pub fn find(
        &self,
        document: &Document,
        table: &'static Table,
        action: &'static str,
    ) -> Result<Vec<Element>, Error> {
        let elements = table.elements(document);
        match self {
            Selection::All => Ok(elements),
            Selection::Number(0) => Err(Error::Zero),
            Selection::Number(_) if elements.is_empty() => Err(Error::None(table.option)),
            Selection::Number(number) => {
                let back = usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX);
                let at = if *number > 0 { Some(back - 1) } else { elements.len().checked_sub(back) };
                let found = at.and_then(|at| elements.get(at));
                found.map(|element| vec![*element]).ok_or_else(|| Error::OutOfRange {
                    number: *number,
                    count: elements.len(),
                    option: table.option,
                    candidates: candidates(document, table),
                })
            }
            Selection::Like(text) => {
                let options = table.parse(text)?;
                // A variable that a script forgot to set must not mean all of them.
                let found = match options.is_empty() {
                    true => Vec::new(),
                    false => like(document, table, &elements, &options)?,
                };
                if found.is_empty() {
                    return Err(Error::NoMatch {
                        action,
                        selection: text.clone(),
                        candidates: candidates(document, table),
                    });
                }
                Ok(found)
            }
        }
    }
}

fn like(
    document: &Document,
    table: &'static Table,
    elements: &[Element],
    options: &Options,
) -> Result<Vec<Element>, Error> {
    let mut found = Vec::new();
    for element in elements {
        if table.matches(document, *element, options)? {
            found.push(*element);
        }
    }
    Ok(found)
}

impl std::fmt::Display for Selection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Selection::Number(number) => write!(f, "{number}"),
            Selection::All => f.write_str("all"),
            Selection::Like(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{DISK, SOUND};

    const DOMAIN: &str = "<domain><devices>
        <disk type='file' device='disk'><source file='/a.img'/><target dev='vda' bus='virtio'/></disk>
        <disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>
        <disk type='file' device='cdrom'><source file='/b.iso'/><target dev='sdb' bus='sata'/></disk>
        </devices></domain>";

    fn targets(text: &str) -> Result<Vec<String>, String> {
        let document = Document::parse(DOMAIN).unwrap();
        let found = Selection::parse(text).find(&document, &DISK, "edit").map_err(|e| e.to_string())?;
        Ok(found.into_iter().filter_map(|e| DISK.get(&document, e, "target")).collect())
    }

    #[test]
    fn devices_are_counted_from_both_ends_and_found_by_what_they_are() {
        for (text, expected) in [
            ("1", vec!["vda"]),
            ("3", vec!["sdb"]),
            ("-1", vec!["sdb"]),
            ("-3", vec!["vda"]),
            ("all", vec!["vda", "sda", "sdb"]),
            ("device=cdrom", vec!["sda", "sdb"]),
            ("device=cdrom,path=", vec!["sda"]),
            ("target=vda", vec!["vda"]),
            ("/b.iso", vec!["sdb"]),
        ] {
            assert_eq!(targets(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn who_selects_nothing_is_told_what_there_is() {
        for (text, words) in [
            ("0", vec!["Invalid --edit option '0'"]),
            ("4", vec!["'--edit 4' requested but there are only 3 --disk objects in the XML"]),
            ("-4", vec!["'--edit -4'", "target=sdb"]),
            (
                "target=vdb",
                vec!["No matching objects found for --edit target=vdb", "target=vda", "path=/b.iso"],
            ),
            ("taget=vda", vec!["did you mean 'target'?"]),
            ("99999999999999999999", vec!["No matching"]),
        ] {
            let error = targets(text).unwrap_err();
            for word in words {
                assert!(error.contains(word), "{text}: {error}");
            }
        }
        let document = Document::parse(DOMAIN).unwrap();
        let error = Selection::Number(1).find(&document, &SOUND, "edit").unwrap_err();
        assert_eq!(error.to_string(), "No --sound objects found in the XML");
        assert_eq!(Selection::All.find(&document, &SOUND, "edit").unwrap(), []);
    }
}
