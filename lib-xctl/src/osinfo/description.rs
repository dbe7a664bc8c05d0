//! What a medium calls itself in words, for versions that are newer than the database.
//!
//! Some families have an entry in the database for versions that it does not know (`fedora-unknown`), some have not.
//! Their media say in plain words what they are: in the volume identifier (`Debian 12.5.0 amd64 n`), or in `.disk/info`
//! (`Debian GNU/Linux 12.5.0 "Bookworm" - Official amd64 NETINST`). The newest version that is known and not newer
//! stands in, since what a system drives its successors drive too.

use super::database::Database;
use super::detect::Detected;
use super::names;

/// A row: the word that media of the family begin with, the stem of its short ids, and how many parts of the version
/// tell its releases apart.
const FAMILIES: &[(&str, &str, usize)] = &[
    ("Debian", "debian", 1),
    ("Ubuntu", "ubuntu", 2),
    ("Kubuntu", "ubuntu", 2),
    ("Xubuntu", "ubuntu", 2),
    ("Lubuntu", "ubuntu", 2),
];

impl Database {
    /// Finds the system that a medium says it is in words; [`Detected::exact`] tells whether it or a predecessor.
    #[must_use]
    pub fn detect_description(&self, text: &str) -> Option<Detected> {
        let (_, stem, parts) = FAMILIES.iter().find(|(word, ..)| text.starts_with(word))?;
        let version = version_in(text, *parts)?;
        let exact = self.find(&format!("{stem}{version}"));
        let (os, exact) = match exact {
            Some(os) => (os, true),
            None => (self.find(&self.predecessor(stem, &version)?)?, false),
        };
        Some(Detected { exact, ..Detected::installing(os) })
    }

    /// The newest known version of a family that is not newer than `version`.
    fn predecessor(&self, stem: &str, version: &str) -> Option<String> {
        let wanted = names::version(version);
        let known = self.list().into_iter().flat_map(|summary| summary.short_ids);
        let older = known.filter(|id| {
            let number =
                id.strip_prefix(stem).filter(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
            number.is_some_and(|number| !number.is_empty() && names::version(number) <= wanted)
        });
        let number = |id: &str| names::version(id.trim_start_matches(stem));
        older.max_by(|a, b| number(a).total_cmp(&number(b)))
    }
}

/// The first number with dots in a text, cut to so many parts.
fn version_in(text: &str, parts: usize) -> Option<String> {
    let word = text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let numbers: Vec<&str> =
        word.split('.').take(parts).take_while(|part| part.bytes().all(|b| b.is_ascii_digit())).collect();
    (numbers.len() == parts && numbers.iter().all(|n| !n.is_empty() && n.len() < 6))
        .then(|| numbers.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_cut_to_what_tells_releases_apart() {
        for (text, parts, expected) in [
            ("Debian 12.5.0 amd64 n", 1, Some("12")),
            ("Debian GNU/Linux 13.1.0 \"Trixie\" - Official", 1, Some("13")),
            ("Ubuntu-Server 24.04.1 LTS amd64", 2, Some("24.04")),
            ("Ubuntu 24 LTS", 2, None),
            ("Debian testing", 1, None),
            ("Debian 99999999999999999999", 1, None),
            ("", 1, None),
        ] {
            assert_eq!(version_in(text, parts).as_deref(), expected, "{text}");
        }
    }
}
