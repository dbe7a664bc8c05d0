//! What a file says and libvirt left out without a word: elements and attributes that it does not know, or not there.

use super::kind::Kind;
use super::list::pair;
use super::merge::is_reported;
use crate::document::{Document, Element};
use crate::install::existing::{is_implied, is_same};

/// Places of what is said and is not stored, each once. What is in something that is missing goes with it.
pub(super) fn dropped(kind: Kind, said: &Document, stored: &Document) -> Vec<String> {
    let mut comparison = Comparison { kind, said, stored, dropped: Vec::new() };
    comparison.element("", said.root(), stored.root());
    comparison.dropped
}

struct Comparison<'a> {
    kind: Kind,
    said: &'a Document,
    stored: &'a Document,
    dropped: Vec<String>,
}

impl Comparison<'_> {
    fn element(&mut self, place: &str, one: Element, other: Element) {
        let (said, stored) = (self.said, self.stored);
        for (name, value) in said.attrs(one) {
            let at = if place.is_empty() { format!("@{name}") } else { format!("{place}/@{name}") };
            let is_namespace = name == "xmlns" || name.starts_with("xmlns:");
            let is_there = stored.attr(other, name).is_some() || is_same(&at, &value, None);
            if !is_namespace && !is_there {
                self.missing(at);
            }
        }
        if !said.text(one).trim().is_empty() && stored.text(other).trim().is_empty() {
            self.missing(place.to_owned());
        }
        let mut names: Vec<&str> = Vec::new();
        for child in said.children(one) {
            let name = said.name(child);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        for name in names {
            let place = if place.is_empty() { name.to_owned() } else { format!("{place}/{name}") };
            let ones: Vec<Element> = said.children_named(one, name).collect();
            let others: Vec<Element> = stored.children_named(other, name).collect();
            for (one, found) in ones.iter().zip(pair(said, stored, &place, &ones, &others)) {
                match found {
                    Some(found) => self.element(&place, *one, found),
                    // As many as were said are there, only in other words.
                    None if others.len() >= ones.len() || is_implied(said, &place, *one) => {}
                    None => self.missing(place.clone()),
                }
            }
        }
    }

    fn missing(&mut self, place: String) {
        if !is_reported(self.kind, &place) && !self.dropped.contains(&place) {
            self.dropped.push(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_stored_is_named_once_and_whole() {
        let said = "<domain id='1' xmlns:q='http://q'><name>a</name><nonsense><inner/></nonsense><vcpu plasement='x'>1</vcpu>\
            <devices><disk><target dev='vda'/><oddity/></disk><disk><target dev='vdb'/><oddity/></disk>\
            <graphics type='vnc' port='-1'/></devices><title>t</title></domain>";
        let stored = "<domain><name>a</name><vcpu placement='static'>1</vcpu><devices><disk><target dev='vda' bus='ide'/>\
            </disk><disk><target dev='vdb' bus='ide'/></disk><graphics type='vnc'/></devices><title/></domain>";
        let [said, stored] = [said, stored].map(|text| Document::parse(text).unwrap());
        assert_eq!(
            dropped(Kind::Domain, &said, &stored),
            ["nonsense", "vcpu/@plasement", "devices/disk/oddity", "title"]
        );
    }
}
