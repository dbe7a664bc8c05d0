//! Printing XML, all of it or what an XPath expression selects, and writing elements.

use std::borrow::Cow;
use std::fmt;

use xctl::document::{Content, Document, Element};
use xctl::xpath::{self, Output};

use super::Arguments;
use super::itself::for_xml;
use crate::control::Control;
use crate::failure::{Failure, Outcome};

/// Prints a document as `--xpath` and `--wrap` ask for it.
pub(super) fn print(control: &Control, arguments: &Arguments, xml: &str) -> Outcome {
    control.output.print(selected(arguments, xml)?);
    Ok(())
}

/// What `--xpath` and `--wrap` ask for of a document.
pub(super) fn selected<'x>(arguments: &Arguments, xml: &'x str) -> Result<Cow<'x, str>, Failure> {
    let Some(expression) = arguments.text("xpath")? else { return Ok(xml.into()) };
    let output = if arguments.has("wrap") { Output::Wrapped("nodes") } else { Output::Plain };
    xpath::select(xml, expression, output).map(Cow::Owned).map_err(|error| {
        Failure::said(format!("internal error: Incorrect xpath '{expression}'")).hint(error.to_string())
    })
}

/// Prints a whole document in the notation of what an XPath expression selects, without the line end.
pub(super) fn print_all(control: &Control, xml: &str) -> Outcome {
    let text = xpath::select(xml, "/*", Output::Plain).map_err(|error| Failure::said(error.to_string()))?;
    control.output.print(text.trim_end());
    Ok(())
}

/// An element that a command makes: written like libvirt's own, with single quotes and two spaces a level.
pub(super) struct Tag {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    text: Option<String>,
    children: Vec<Tag>,
}

impl Tag {
    /// An empty element.
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, attributes: Vec::new(), text: None, children: Vec::new() }
    }

    /// The same with an attribute, if there is a value for it.
    pub(super) fn with(mut self, name: &'static str, value: Option<impl Into<String>>) -> Self {
        self.attributes.extend(value.map(|value| (name, value.into())));
        self
    }

    /// The same with a text.
    pub(super) fn text(mut self, text: &str) -> Self {
        self.text = Some(text.to_owned());
        self
    }

    /// The same with an element in it.
    pub(super) fn child(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    /// The same with an element in it, unless that says nothing.
    pub(super) fn child_if_any(self, child: Self) -> Self {
        match child.attributes.is_empty() && child.children.is_empty() {
            true => self,
            false => self.child(child),
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        let (indent, name) = (depth * 2, self.name);
        write!(f, "{:indent$}<{name}", "")?;
        for (name, value) in &self.attributes {
            write!(f, " {name}='{}'", for_xml(value))?;
        }
        match &self.text {
            Some(text) => writeln!(f, ">{}</{name}>", for_xml(text)),
            None if self.children.is_empty() => writeln!(f, "/>"),
            None => {
                writeln!(f, ">")?;
                self.children.iter().try_for_each(|child| child.write(f, depth + 1))?;
                writeln!(f, "{:indent$}</{name}>", "")
            }
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, 0)
    }
}

/// An element of libvirt's XML as libxml2 writes it, which scripts know: white space as it stands, attributes in double
/// quotes. Children that are `dropped` are left out, and `added` comes last in the element.
pub(super) fn written(document: &Document, element: Element, dropped: &[Element], added: &str) -> String {
    let mut text = format!("<{}", document.name(element));
    for (name, value) in document.attrs(element) {
        text.extend([" ", name, "=\"", &escaped(&value).replace('"', "&quot;"), "\""]);
    }
    let mut inner = String::new();
    for content in document.contents(element) {
        match content {
            Content::Element(child) if dropped.contains(&child) => {}
            Content::Element(child) => inner += &written(document, child, &[], ""),
            Content::Text(part) => inner += &escaped(&part),
            Content::Markup(part) => inner += part,
        }
    }
    inner += added;
    match inner.is_empty() {
        true => text + "/>",
        false => format!("{text}>{inner}</{}>", document.name(element)),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
