//! Names of systems: those of files, their order, and what was probably meant.

use std::cmp::Ordering;

/// The name for a system of which nothing is known.
pub(super) const GENERIC: &str = "generic";

/// How many names are suggested.
const SUGGESTIONS: usize = 5;

/// Whether the file `debian.org/debian-11` is likely to describe `debian11` or `http://debian.org/debian/11`.
pub(super) fn file_stands_for(group: &str, name: &str) -> bool {
    match name.split_once("://") {
        Some((_, path)) => same_without(group, path, '/', '-'),
        None => group.split_once('/').is_some_and(|(_, stem)| {
            let plain = |s: &str| s.bytes().filter(|&b| b != b'-' && b != b'.').collect::<Vec<_>>();
            stem.len() >= name.len() && plain(stem) == plain(name)
        }),
    }
}

/// Compares without telling two separators from each other.
fn same_without(a: &str, b: &str, one: char, other: char) -> bool {
    let folded = |c: char| if c == one { other } else { c };
    a.len() == b.len() && a.chars().map(folded).eq(b.chars().map(folded))
}

/// The order in which systems are listed: by name, the newest version first, as virt-install lists them.
pub(super) fn listing_order(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (Tokens(a), Tokens(b));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some((text_a, number_a)), Some((text_b, number_b))) => {
                text_a.cmp(text_b).then(match (number_a, number_b) {
                    (Some(a), Some(b)) => b.cmp(&a),
                    (a, b) => a.is_some().cmp(&b.is_some()),
                })
            }
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// `win2k22` as `win` 2, `k` 22.
struct Tokens<'a>(&'a str);

impl<'a> Iterator for Tokens<'a> {
    type Item = (&'a str, Option<u64>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let (text, rest) = self.0.split_at(self.0.find(|c: char| c.is_ascii_digit()).unwrap_or(self.0.len()));
        let (number, rest) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
        self.0 = rest;
        Some((text, (!number.is_empty()).then(|| number.parse().unwrap_or(u64::MAX))))
    }
}

/// Names like `name`, the likeliest first: the same system in the nearest version, then what differs by a few letters.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<String> {
    let name = name.to_lowercase();
    let (stem, version, is_whole) = split(&name);
    let limit = (stem.chars().count() / 3).clamp(1, 3);
    let mut near: Vec<(usize, f64, usize, &str)> = known
        .filter_map(|candidate| {
            let (candidate_stem, candidate_version, _) = split(candidate);
            let letters = strsim::osa_distance(stem, candidate_stem);
            let whole = strsim::osa_distance(&name, candidate);
            // What follows a version may be a slip in it: `debian1l` is no version 1.
            let numbers = if is_whole { (version - candidate_version).abs() } else { whole as f64 };
            (letters <= limit).then_some((letters, numbers, whole, candidate))
        })
        .collect();
    near.sort_by(|a, b| {
        let order = a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2));
        order.then_with(|| listing_order(a.3, b.3))
    });
    near.dedup_by(|a, b| a.3 == b.3);
    near.into_iter().take(SUGGESTIONS).map(|(.., candidate)| candidate.to_owned()).collect()
}

/// `ubuntu22.04` as `ubuntu` and 22.04, and whether nothing follows.
fn split(name: &str) -> (&str, f64, bool) {
    let at = name.find(|c: char| c.is_ascii_digit()).unwrap_or(name.len());
    let (stem, rest) = name.split_at(at);
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    (stem, version(&rest[..end]), end == rest.len())
}

/// `22.04` and `22.4.1` as numbers that compare as versions do.
pub(super) fn version(text: &str) -> f64 {
    let mut parts = text.splitn(3, '.');
    let major = parts.next().and_then(|major| major.parse::<f64>().ok()).unwrap_or(0.0);
    let minor = parts.next().and_then(|minor| minor.parse::<f64>().ok()).unwrap_or(0.0);
    major + minor.min(999.0) / 1000.0
}
