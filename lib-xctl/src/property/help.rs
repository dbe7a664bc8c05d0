//! What is derived from a table for people: listings, nearest names, completion, man page text.

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

    /// What the text typed so far may go on as, each a whole text: names end in `=`.
    #[must_use]
    pub fn complete(&self, partial: &str) -> Vec<String> {
        let (before, word) =
            partial.rsplit_once(',').map_or(("", partial), |(b, w)| (&partial[..=b.len()], w));
        if let Some((name, value)) = word.split_once('=') {
            let words = self.find(name).map_or(&[][..], |p| p.kind.words());
            let fitting = words.iter().filter(|w| w.starts_with(value));
            return fitting.map(|w| format!("{before}{name}={w}")).collect();
        }
        let mut names: Vec<String> = self
            .properties()
            .flat_map(Property::names)
            .map(|name| name.replace('#', "0"))
            .filter(|name| name.starts_with(word))
            .collect();
        if before.is_empty() {
            let first = self.first.first().and_then(|first| self.find(first));
            let words = first.map_or(&[][..], |p| p.kind.words());
            names.retain(|name| !words.contains(&name.as_str()));
            let values = words.iter().copied().chain(self.none.then_some("none"));
            let values: Vec<String> = values.filter(|w| w.starts_with(word)).map(str::to_owned).collect();
            return values.into_iter().chain(names.into_iter().map(|n| n + "=")).collect();
        }
        names.into_iter().map(|name| format!("{before}{name}=")).collect()
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

/// A backslash and a hyphen mean something to troff, as does a dot or an apostrophe that begins a line.
fn escape(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}
