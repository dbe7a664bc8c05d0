//! `xpath.set=./driver/@cache=none`: a way to what no suboption names.
//!
//! Paths are XPath, from the element that the option is about; of what they lead to, the first counts. What is missing
//! is made where the path ends in places of the document's place language. Of one number, `delete` comes first, then
//! `create`, then `set` with its `value`.

use super::options::Options;
use super::row::Property;
use super::{numbered, rows};
use crate::document::{self, Document, Element, Place};
use crate::xpath;

/// What every table has that is about an element.
pub(super) const ROWS: &[Property] = rows! {
    "clearxml": YesNo, "Empty the whole element before the other suboptions are set";
    "xpath#.delete": Text, commas, "Take away what is at this path, as ./driver/@cache";
    "xpath#.create": Text, commas, "Make the element at this path";
    "xpath#.set": Text, commas, "Set what is at this path, as PATH=VALUE, or PATH with xpath.value";
    "xpath#.value": Text, commas, "The value for xpath.set";
};

/// Does what the options say about paths below an element. What fails is a path, and why it does.
pub(super) fn apply(
    document: &mut Document,
    element: Element,
    options: &Options,
) -> Result<(), (String, String)> {
    let mut numbers: Vec<usize> = options.iter().filter_map(|(name, _)| number(name)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    for n in numbers {
        let get = |what: &str| options.get(&format!("xpath{n}.{what}")).filter(|text| !text.is_empty());
        let wrong = |path: &str| {
            let path = path.to_owned();
            |why| (path, why)
        };
        if let Some(path) = get("delete") {
            delete(document, element, path).map_err(wrong(path))?;
        }
        if let Some(path) = get("create") {
            let (from, place) = place(document, element, path).map_err(wrong(path))?;
            document.ensure(from, place).map_err(|e| wrong(path)(e.to_string()))?;
        }
        match (get("set"), get("value")) {
            (None, None) => {}
            (None, Some(value)) => {
                return Err(wrong(value)(
                    "xpath.value is the value for xpath.set, which is not given".to_owned(),
                ));
            }
            (Some(text), value) => {
                let (path, value) = value
                    .map(|value| (text, value))
                    .or_else(|| split(text))
                    .ok_or_else(|| wrong(text)("Setting a path must be in the form PATH=VALUE".to_owned()))?;
                let (from, place) = place(document, element, path).map_err(wrong(path))?;
                let set = match value {
                    "" => document.clear(from, place).map(|_| ()),
                    value => document.set(from, place, value).map(|_| ()),
                };
                set.map_err(|e| wrong(path)(e.to_string()))?;
            }
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

/// Where a path leads: an element and a place from there. What is XPath has to be there; the place can be made.
fn place<'p>(document: &Document, element: Element, path: &'p str) -> Result<(Element, &'p str), String> {
    let (from, path) = start(document, element, path);
    let (mut head, mut tail) = (path, ".");
    loop {
        if head == path && Place::parse(path).is_ok() {
            return Ok((from, path));
        }
        let is_element = !head.is_empty() && !last_step(head).starts_with('@');
        if is_element && let Some(found) = found(document, from, head)? {
            return Ok((found, tail));
        }
        let before = head.len() - last_step(head).len();
        tail = &path[before..];
        head = head[..before].strip_suffix('/').unwrap_or_default();
        if head.is_empty() || matches!(Place::parse(tail), Err(document::Error::Place { .. })) {
            return Err(format!(
                "nothing is there, and '{tail}' cannot be made: that can only be steps such as driver, timer[2] or \
                 feature[@name='x']"
            ));
        }
    }
}

/// Takes away what is there; that nothing is there is as good.
fn delete(document: &mut Document, element: Element, path: &str) -> Result<(), String> {
    let (from, path) = start(document, element, path);
    let last = last_step(path);
    let is_attribute = last.starts_with('@');
    if Place::parse(path).is_ok() {
        let gone = if is_attribute { document.clear(from, path) } else { document.clear_element(from, path) };
        return gone.map(|_| ()).map_err(|e| e.to_string());
    }
    let head = path[..path.len() - last.len()].trim_end_matches('/');
    let Some(found) = found(document, from, if is_attribute { head } else { path })? else { return Ok(()) };
    if is_attribute {
        document.clear(found, last).map_err(|e| e.to_string())?;
    } else {
        document.remove(found);
    }
    Ok(())
}

fn found(document: &Document, from: Element, path: &str) -> Result<Option<Element>, String> {
    xpath::first_element(document, from, path).map_err(|e| e.to_string())
}

/// The element that a path counts from: the root where it begins with that.
fn start<'p>(document: &Document, element: Element, path: &'p str) -> (Element, &'p str) {
    let root = document.root();
    let below = path.strip_prefix('/').and_then(|path| path.strip_prefix(document.name(root)));
    match below {
        Some("") => (root, "."),
        Some(rest) if rest.starts_with('/') => (root, &rest[1..]),
        _ => (element, path),
    }
}

/// What follows the last slash.
fn last_step(path: &str) -> &str {
    let slash = outside(path).filter(|(_, c)| *c == '/').last();
    slash.map_or(path, |(at, _)| &path[at + 1..])
}

/// Splits at the first `=`.
fn split(text: &str) -> Option<(&str, &str)> {
    let (at, _) = outside(text).find(|(_, c)| *c == '=')?;
    Some((&text[..at], &text[at + 1..]))
}

/// The characters that are in no brackets.
fn outside(path: &str) -> impl Iterator<Item = (usize, char)> {
    let mut depth = 0_usize;
    let mut quote = None;
    path.char_indices().filter(move |(_, c)| {
        match (quote, *c) {
            (Some(open), c) => quote = quote.filter(|_| c != open),
            (None, '[' | '(') => depth += 1,
            (None, ']' | ')') => depth = depth.saturating_sub(1),
            (None, '\'' | '"') if depth > 0 => quote = Some(*c),
            _ => {}
        }
        depth == 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::XML;

    const DOMAIN: &str = "<domain><name>a</name><devices><emulator>/e</emulator><disk><target dev='vda'/></disk>\
        <disk><target dev='vdb'/></disk><input type='tablet'/><memballoon/></devices></domain>";

    fn changed(text: &str) -> Result<String, String> {
        let mut document = Document::parse(DOMAIN).unwrap();
        let options = XML.parse(text).map_err(|e| e.to_string())?;
        XML.add(&mut document, &options).map_err(|e| e.to_string())?;
        Ok(document.to_string())
    }

    #[test]
    fn a_path_can_be_any_xpath() {
        for (text, found) in [
            ("./devices/*[1]/@a=b", "<emulator a='b'>"),
            ("./devices/disk[last()]/@a=b", "<disk a='b'><target dev='vdb'/>"),
            ("./devices/disk[target/@dev='vdb']/@a=b", "<disk a='b'><target dev='vdb'/>"),
            ("//disk[target/@dev = \"vdb\"]/driver/@cache=none", "<driver cache='none'/><target dev='vdb'/>"),
            ("(//target)[2]/@a=b", "<target dev='vdb' a='b'/>"),
            ("//emulator/../@a=b", "<devices a='b'>"),
            ("/domain/@a=b", "<domain a='b'>"),
            ("/domain/devices/disk[2]/@a=b", "<disk a='b'><target dev='vdb'/>"),
            ("./devices/input[@type='tablet']/@bus=ps2", "<input type='tablet' bus='ps2'/>"),
            ("./devices/input[@type=tablet]/@bus=ps2", "<input type='tablet' bus='ps2'/>"),
            ("./devices/input[@type='mouse']/@bus=ps2", "<input type='mouse' bus='ps2'/>"),
            ("xpath.set=//disk[2],xpath.value=a,b=c", "<disk>a,b=c<target dev='vdb'/>"),
            ("xpath.create=//disk[2]/serial", "<target dev='vdb'/><serial/>"),
            ("name=b", "<name>b</name>"),
            ("./name=", "<domain><devices>"),
            ("//disk[2]/target/@dev=", "<target dev='vda'/></disk><disk><target/></disk>"),
        ] {
            let changed = changed(text).unwrap();
            assert!(changed.contains(found), "{text}: {changed}");
        }
    }

    #[test]
    fn what_a_path_leads_to_is_taken_away() {
        for (path, gone) in [
            ("//memballoon", "<memballoon/>"),
            ("//disk[target/@dev='vdb']", "<disk><target dev='vdb'/></disk>"),
            ("//target[@dev='vdb' or @dev='vdc']/@dev", " dev='vdb'"),
            ("//nothing", ""),
        ] {
            let expected = DOMAIN.replacen(gone, "", 1);
            assert_eq!(changed(&format!("xpath.delete=\"{path}\"")).unwrap(), expected, "{path}");
        }
    }

    #[test]
    fn text_of_xml_is_taken_as_it_is() {
        for (text, found) in [
            ("./foo='a b'", "<foo>'a b'</foo>"),
            (r"./name=a\b", r"<name>a\b</name>"),
            ("./name=a,b", "a,b</name>"),
        ] {
            assert!(changed(text).unwrap().contains(found), "{text}");
        }
    }

    #[test]
    fn paths_that_lead_nowhere_are_refused_once() {
        for (text, why) in [
            ("xpath.set=./foo", "PATH=VALUE"),
            ("./foo", "PATH=VALUE"),
            ("xpath.value=5", "xpath.set"),
            ("//nothing/@a=b", "nothing is there"),
            ("./devices/disk[last()+1]/@a=b", "cannot be made"),
            ("./devices/disk[!]/@a=b", "at character"),
            ("count(//disk)=1", "a number, not nodes"),
        ] {
            let error = changed(text).unwrap_err();
            assert!(error.contains(why) && error.matches(why).count() == 1, "{text}: {error}");
        }
    }
}
