//! Lists of elements: which element of a file means which of the stored ones.

use crate::document::{Document, Element};
use crate::install::existing::{Comparison, is_same_identity};

/// What an element of a list is known by. The first column is the end of its place.
const IDENTITIES: &[(&str, &[&str])] = &[
    ("devices/disk", &["target/@dev"]),
    ("devices/interface", &["mac/@address"]),
    ("devices/controller", &["@type", "@index"]),
    ("devices/filesystem", &["target/@dir"]),
    ("devices/channel", &["target/@name"]),
    ("devices/graphics", &["@type"]),
    ("cpu/feature", &["@name"]),
    ("clock/timer", &["@name"]),
    ("portgroup", &["@name"]),
    ("dns/host", &["@ip"]),
    ("dhcp/host", &["@mac"]),
    ("filterref", &["@filter"]),
];

/// Pairs each element of the file with the stored one that it means, if there is one: the one that is known by the same,
/// else the one that is most like it.
pub(super) fn pair(
    said: &Document,
    stored: &Document,
    place: &str,
    ones: &[Element],
    others: &[Element],
) -> Vec<Option<Element>> {
    let identity = |document: &Document, element: Element| -> Option<Vec<String>> {
        let (_, places) = IDENTITIES.iter().find(|(end, _)| {
            place == *end || place.strip_suffix(end).is_some_and(|before| before.ends_with('/'))
        })?;
        places.iter().map(|place| Some(document.get(element, place)?.into_owned())).collect()
    };
    let is_one = |one: &[String], other: &[String]| {
        let place = format!("{place}/mac/@address");
        one.iter().zip(other).all(|(one, other)| one == other || is_same_identity(&place, one, other))
    };
    let mut taken = Vec::new();
    let mut pairs: Vec<Option<Element>> = ones
        .iter()
        .map(|&one| {
            let own = identity(said, one)?;
            let is_meant = |other: &&Element| {
                !taken.contains(*other) && identity(stored, **other).is_some_and(|other| is_one(&own, &other))
            };
            let found = others.iter().find(is_meant).copied();
            taken.extend(found);
            found
        })
        .collect();
    for (one, found) in ones.iter().zip(&mut pairs).filter(|(_, found)| found.is_none()) {
        let own = identity(said, *one);
        let may_be_meant = |other: &&Element| {
            !taken.contains(*other) && (own.is_none() || identity(stored, **other).is_none())
        };
        let comparison = Comparison { wanted: said, stored };
        *found = others
            .iter()
            .filter(may_be_meant)
            .min_by_key(|other| comparison.of(place, *one, **other).len())
            .copied();
        taken.extend(*found);
    }
    pairs
}
