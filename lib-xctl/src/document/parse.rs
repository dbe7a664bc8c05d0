//! Text to tree. quick-xml finds where each piece of markup starts and ends; the tree keeps the pieces as they are.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::error::Error;
use super::{Document, Kind, Node, Raw, tag};

/// Longest text that is read. libvirt itself refuses strings above 4 MiB on its wire.
pub const MAX_BYTES: usize = 16 << 20;
/// Deepest nesting that is read; libvirt's schemas stay below 20.
pub const MAX_DEPTH: usize = 128;

const WELL_FORMED: &str = "check the document with: xmllint --noout FILE";

pub(super) fn parse(text: &str) -> Result<Document, Error> {
    if text.len() > MAX_BYTES {
        return Err(Error::TooLarge { bytes: text.len(), limit: MAX_BYTES });
    }
    if let Some(bad) = tag::forbidden(text) {
        let why = format!("the control character {:#04x}, which XML cannot carry", u32::from(bad));
        return Err(syntax(text, text.find(bad).unwrap_or(0), why, WELL_FORMED));
    }
    let base = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut document = Document { source: text.into(), nodes: Vec::new(), read: 0, root: 0, quote: '"' };
    document.nodes.push(Node::new(Kind::Document, Raw::EMPTY, 0));
    if base > 0 {
        push(&mut document, 0, Kind::Text, 0, base);
    }
    let mut reader = Reader::from_str(&text[base..]);
    let config = reader.config_mut();
    config.check_end_names = true;
    config.trim_markup_names_in_closing_tags = true;

    let mut builder = Builder { document, open: vec![0], quote_known: false };
    loop {
        let start = base + reader.buffer_position() as usize;
        let event = reader.read_event().map_err(|e| {
            let at = base + reader.error_position() as usize;
            syntax(text, at, e.to_string(), WELL_FORMED)
        })?;
        let end = base + reader.buffer_position() as usize;
        let known = match &event {
            Event::Eof => break,
            Event::GeneralRef(name) => entity_known(name),
            _ => true,
        };
        if !known {
            let why = format!("the entity {} is not defined", &text[start..end]);
            return Err(syntax(
                text,
                start,
                why,
                "entities of a DTD are not expanded; write the text itself",
            ));
        }
        builder.take(text, &event, start, end)?;
    }
    let mut document = builder.finish(text)?;
    document.read = document.nodes.len() as u32;
    Ok(document)
}

fn entity_known(reference: &quick_xml::events::BytesRef<'_>) -> bool {
    if reference.is_char_ref() {
        return reference.resolve_char_ref().is_ok_and(|c| c.is_some());
    }
    let name: &str = reference;
    matches!(name, "lt" | "gt" | "amp" | "apos" | "quot")
}

struct Builder {
    document: Document,
    /// Open elements, innermost last; the document itself is first.
    open: Vec<u32>,
    quote_known: bool,
}

impl Builder {
    fn take(&mut self, text: &str, event: &Event<'_>, start: usize, end: usize) -> Result<(), Error> {
        let parent = self.open.last().copied().unwrap_or(0);
        let kind = match event {
            Event::Start(_) | Event::Empty(_) => {
                self.check_tag(text, start, end)?;
                if parent == 0 {
                    if self.document.root != 0 {
                        return Err(syntax(text, start, "a second root element".into(), WELL_FORMED));
                    }
                    self.document.root = self.document.nodes.len() as u32;
                }
                let element = push(&mut self.document, parent, Kind::Element, start, end);
                if matches!(event, Event::Start(_)) {
                    if self.open.len() > MAX_DEPTH {
                        let line = line_column(text, start).0;
                        return Err(Error::TooDeep { line, limit: MAX_DEPTH });
                    }
                    self.open.push(element);
                }
                return Ok(());
            }
            Event::End(_) => {
                self.document.nodes[parent as usize].end = Raw::source(start, end);
                self.open.pop();
                return Ok(());
            }
            // quick-xml splits text at references; here they are one run again.
            Event::Text(_) | Event::GeneralRef(_) => {
                if parent == 0 && !text[start..end].trim().is_empty() {
                    return Err(syntax(text, start, "text outside the root element".into(), WELL_FORMED));
                }
                if let Some(last) = self.document.nodes[parent as usize].children.last().copied() {
                    let last = &mut self.document.nodes[last as usize];
                    if last.kind == Kind::Text && last.raw.extend_to(start, end) {
                        return Ok(());
                    }
                }
                Kind::Text
            }
            Event::CData(_) => Kind::CData,
            Event::Comment(_) | Event::PI(_) | Event::DocType(_) | Event::Decl(_) | Event::Eof => Kind::Other,
        };
        if start < end {
            push(&mut self.document, parent, kind, start, end);
        }
        Ok(())
    }

    fn check_tag(&mut self, text: &str, start: usize, end: usize) -> Result<(), Error> {
        let raw = &text[start..end];
        let name = &raw[tag::name_range(raw)];
        if !tag::is_name(name) {
            return Err(syntax(text, start, format!("'{name}' is not an element name"), WELL_FORMED));
        }
        let mut names: Vec<&str> = Vec::new();
        for attribute in tag::attributes(raw) {
            let attribute =
                attribute.map_err(|(at, why)| syntax(text, start + at, why.into(), WELL_FORMED))?;
            let at = start + attribute.whole.start;
            if !tag::is_name(attribute.name) {
                return Err(syntax(
                    text,
                    at,
                    format!("'{}' is not an attribute name", attribute.name),
                    WELL_FORMED,
                ));
            }
            if names.contains(&attribute.name) || names.len() > MAX_DEPTH {
                let why = format!("attribute '{}' is given twice, or there are too many", attribute.name);
                return Err(syntax(text, at, why, WELL_FORMED));
            }
            if attribute.raw.contains('&')
                && let Err(e) = quick_xml::escape::unescape(attribute.raw)
            {
                return Err(syntax(text, start + attribute.value.start, e.to_string(), WELL_FORMED));
            }
            if !self.quote_known {
                self.document.quote = attribute.quote;
                self.quote_known = true;
            }
            names.push(attribute.name);
        }
        Ok(())
    }

    fn finish(self, text: &str) -> Result<Document, Error> {
        if let Some(&element) = self.open.get(1..).and_then(<[u32]>::last) {
            let name = self.document.name(super::Element(element)).to_owned();
            return Err(syntax(
                text,
                text.len(),
                format!("the text ends inside <{name}>"),
                "the document is cut short",
            ));
        }
        if self.document.root == 0 {
            let why = "there is no element".to_owned();
            return Err(syntax(
                text,
                text.len(),
                why,
                "an XML document such as <domain>…</domain> was expected",
            ));
        }
        Ok(self.document)
    }
}

fn push(document: &mut Document, parent: u32, kind: Kind, start: usize, end: usize) -> u32 {
    let id = document.nodes.len() as u32;
    document.nodes.push(Node::new(kind, Raw::source(start, end), parent));
    document.nodes[parent as usize].children.push(id);
    id
}

fn syntax(text: &str, at: usize, why: String, hint: &'static str) -> Error {
    let (line, column) = line_column(text, at);
    Error::Syntax { line, column, why, hint }
}

fn line_column(text: &str, at: usize) -> (usize, usize) {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |n| n + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
