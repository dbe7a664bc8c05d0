//! Names of systems: those of virt-install, those of files, and what was probably meant.

use std::cmp::Ordering;

/// The name for a system of which nothing is known.
pub(super) const GENERIC: &str = "generic";

/// How many names are suggested.
const SUGGESTIONS: usize = 5;

/// Names that virt-install took before it had the database, and still takes.
const ALIASES: &[(&str, &str)] = &[
    ("altlinux", "altlinux1.0"),
    ("debianetch", "debian4"),
    ("debianlenny", "debian5"),
    ("debiansqueeze", "debian6"),
    ("debianwheezy", "debian7"),
    ("freebsd10", "freebsd10.0"),
    ("freebsd6", "freebsd6.0"),
    ("freebsd7", "freebsd7.0"),
    ("freebsd8", "freebsd8.0"),
    ("freebsd9", "freebsd9.0"),
    ("linux", "generic"),
    ("mandriva2009", "mes5"),
    ("mandriva2010", "mes5"),
    ("mbs1", "mbs1.0"),
    ("msdos", "msdos6.22"),
    ("openbsd4", "openbsd4.2"),
    ("opensolaris", "opensolaris2009.06"),
    ("opensuse11", "opensuse11.4"),
    ("opensuse12", "opensuse12.3"),
    ("rhel4", "rhel4.0"),
    ("rhel5", "rhel5.0"),
    ("rhel6", "rhel6.0"),
    ("rhel7", "rhel7.0"),
    ("ubuntuhardy", "ubuntu8.04"),
    ("ubuntuintrepid", "ubuntu8.10"),
    ("ubuntujaunty", "ubuntu9.04"),
    ("ubuntukarmic", "ubuntu9.10"),
    ("ubuntulucid", "ubuntu10.04"),
    ("ubuntumaverick", "ubuntu10.10"),
    ("ubuntunatty", "ubuntu11.04"),
    ("ubuntuoneiric", "ubuntu11.10"),
    ("ubuntuprecise", "ubuntu12.04"),
    ("ubuntuquantal", "ubuntu12.10"),
    ("ubunturaring", "ubuntu13.04"),
    ("ubuntusaucy", "ubuntu13.10"),
    ("vista", "winvista"),
    ("win2k3", "win2k3"),
    ("winxp64", "winxp"),
];

/// The database's name for one that virt-install takes too.
pub(super) fn alias(name: &str) -> Option<&'static str> {
    ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, target)| *target)
}

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

/// `debian9` before `debian11`.
pub(super) fn natural_order(a: &str, b: &str) -> Ordering {
    let (stem_a, version_a) = split(a);
    let (stem_b, version_b) = split(b);
    stem_a.cmp(stem_b).then_with(|| version_a.total_cmp(&version_b)).then_with(|| a.cmp(b))
}

/// Names like `name`, the likeliest first: the same system in the nearest version, then what differs by a few letters.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<String> {
    let name = name.to_lowercase();
    let (stem, version) = split(&name);
    let limit = (stem.chars().count() / 3).clamp(1, 3);
    let mut near: Vec<(usize, f64, usize, &str)> = known
        .filter_map(|candidate| {
            let (candidate_stem, candidate_version) = split(candidate);
            let letters = strsim::osa_distance(stem, candidate_stem);
            let numbers = (version - candidate_version).abs();
            (letters <= limit).then(|| (letters, numbers, strsim::osa_distance(&name, candidate), candidate))
        })
        .collect();
    near.sort_by(|a, b| {
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)).then_with(|| a.3.cmp(b.3))
    });
    near.dedup_by(|a, b| a.3 == b.3);
    near.into_iter().take(SUGGESTIONS).map(|(.., candidate)| candidate.to_owned()).collect()
}

/// `ubuntu22.04` as `ubuntu` and 22.04.
fn split(name: &str) -> (&str, f64) {
    let at = name.find(|c: char| c.is_ascii_digit()).unwrap_or(name.len());
    let (stem, rest) = name.split_at(at);
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let mut parts = rest[..end].splitn(2, '.');
    let major = parts.next().and_then(|major| major.parse::<f64>().ok()).unwrap_or(0.0);
    let minor = parts.next().and_then(|minor| minor.parse::<f64>().ok()).unwrap_or(0.0);
    (stem, major + minor.min(999.0) / 1000.0)
}
