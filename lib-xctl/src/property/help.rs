//! What is derived from a table for people: listings, nearest names, completion, man page text.

use super::options::quoted;
use super::row::Property;
use super::table::Table;

/// How far a name may be from one of the table to be taken for it.
const LIKENESS: f64 = 0.7;

/// The name or alias that comes nearest to what was typed. A last part that is right (`cache` for `driver.cache`)
/// counts as much as a spelling that is nearly so.
pub(super) fn nearest(table: &Table, typed: &str) -> Option<String> {
    let plain = |name: &str| name.to_ascii_lowercase().replace('#', "").replace('_', ".");
    let typed = plain(typed);
    let likeness = |name: &str| {
        let name = plain(name);
        let slips = strsim::damerau_levenshtein(&name, &typed);
        let likeness = 1.0 - slips as f64 / name.len().max(typed.len()) as f64;
        let last = name.rsplit('.').next().unwrap_or_default();
        if last == typed || (typed.len() > 2 && name.starts_with(&typed)) {
            LIKENESS.max(likeness)
        } else if slips == 1 && typed.len() > 2 {
            // A short name with one slip in it is still the same name.
            likeness + 0.2
        } else {
            likeness
        }
    };
    table
        .properties()
        .flat_map(Property::names)
        .map(|name| (likeness(name), name))
        .filter(|(score, _)| *score >= LIKENESS)
        .min_by(|a, b| b.0.total_cmp(&a.0).then(a.1.len().cmp(&b.1.len())))
        .map(|(_, name)| name.replace('#', "0"))
}

impl Table {
    /// The listing of `--disk help`: every name on a line of its own, in alphabetical order.
    #[must_use]
    pub fn help(&self) -> String {
        let mut names: Vec<&str> = self.properties().flat_map(Property::names).collect();
        names.sort_unstable();
        let mut listing = format!("--{} options:\n", self.option);
        for name in names {
            listing.push_str("  ");
            listing.push_str(&name.replace('#', "[0-9]*"));
            listing.push('\n');
        }
        listing
    }

    /// What the text typed so far may go on as, each a whole text: names end in `=`. `known` is asked for values that
    /// the table does not know by itself: of a row, what was typed before it, what was typed of the value. They are
    /// offered with the backslashes that the text wants.
    #[must_use]
    pub fn complete(
        &self,
        partial: &str,
        known: &dyn Fn(&Property, &str, &str) -> Vec<String>,
    ) -> Vec<String> {
        // A comma behind a backslash is part of a value.
        let comma = partial.rmatch_indices(',').find(|(at, _)| !partial[..*at].ends_with('\\'));
        let (before, word) = partial.split_at(comma.map_or(0, |(at, _)| at + 1));
        let values = |row: &Property, value: &str| {
            let words = row.kind.words().iter().filter(|word| word.starts_with(value));
            let known = known(row, before, &unquoted(value)).into_iter().map(|name| quoted(&name));
            words.map(|word| (*word).to_owned()).chain(known).collect::<Vec<_>>()
        };
        if let Some((name, value)) = word.split_once('=') {
            let fitting = self.find(name).map(|row| values(row, value)).unwrap_or_default();
            return fitting.into_iter().map(|w| format!("{before}{name}={w}")).collect();
        }
        let mut names: Vec<String> = self
            .properties()
            .flat_map(Property::names)
            .map(|name| name.replace('#', "0"))
            .filter(|name| name.starts_with(word))
            .collect();
        let mut first = Vec::new();
        if before.is_empty() {
            let row = self.first.first().and_then(|first| self.find(first));
            first = row.map(|row| values(row, word)).unwrap_or_default();
            first.extend(Some("none".to_owned()).filter(|none| self.none && none.starts_with(word)));
            names.retain(|name| !first.contains(name));
        }
        first.into_iter().chain(names.into_iter().map(|name| format!("{before}{name}="))).collect()
    }

    /// The suboptions as a list for a manual page, in man(7) markup.
    #[must_use]
    pub fn man(&self) -> String {
        let mut page = String::new();
        for p in self.properties() {
            let names: Vec<String> =
                p.names().map(|n| format!("\\fB{}\\fR", escape(&n.replace('#', "N")))).collect();
            page.push_str(&format!(".TP\n{}\n{}.", names.join(", "), escape(p.help)));
            let words = p.kind.words();
            if matches!(p.kind, super::Kind::Enum(_)) && !words.is_empty() {
                page.push_str(&format!(" Known values: {}.", escape(&words.join(", "))));
            }
            page.push('\n');
        }
        page
    }
}

/// A value without its backslashes.
fn unquoted(value: &str) -> String {
    let mut chars = value.chars();
    std::iter::from_fn(|| match chars.next() {
        Some('\\') => chars.next(),
        c => c,
    })
    .collect()
}

/// A backslash and a hyphen mean something to troff, as does a dot or an apostrophe that begins a line.
fn escape(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}
