//! A lossless tree of an XML document.
//!
//! The XML is the truth: every piece of markup is kept as it was written, attributes are read by scanning the text of
//! their tag and set by splicing it. What was not touched is written back byte for byte, whatever it is: comments,
//! unknown elements, foreign namespaces, quoting, odd spacing.
//!
//! ```
//! use xctl::document::Document;
//!
//! let mut domain = Document::parse("<domain type='kvm'>\n  <name>web</name> <!-- mine -->\n</domain>\n")?;
//! let root = domain.root();
//! domain.set(root, "vcpu", "2")?;
//! domain.set(root, "cpu/topology/@cores", "2")?;
//! assert_eq!(domain.get(root, "name").as_deref(), Some("web"));
//! assert!(domain.to_string().contains("<name>web</name> <!-- mine -->"));
//! # Ok::<(), xctl::document::Error>(())
//! ```
//!
//! [`Document::get`], [`Document::set`] and [`Document::clear`] name what they touch by a *place*, see [`Place`].

mod contents;
mod edit;
mod error;
mod namespace;
mod order;
mod parse;
mod place;
mod tag;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

pub use contents::Content;
pub use error::Error;
pub use parse::{MAX_BYTES, MAX_DEPTH};
pub use place::Place;

/// Names an element of one [`Document`]. It stays valid while the document lives, also after changes around it; using
/// it with another document names some other element there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Element(pub(crate) u32);

/// An XML document that is written back as it was read.
#[derive(Clone)]
pub struct Document {
    source: Arc<str>,
    /// Node 0 is the document itself. Removed nodes stay, unreachable, so that ids stay valid.
    nodes: Vec<Node>,
    /// How many of them were read; those after were made.
    read: u32,
    root: u32,
    /// The quotes of new attributes where their tag has none to copy.
    quote: char,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Document,
    Element,
    Text,
    CData,
    /// Comments, processing instructions, the XML declaration, the document type.
    Other,
}

/// The text of a piece of markup: a part of the source, or new.
#[derive(Debug, Clone)]
enum Raw {
    Source(u32, u32),
    New(Box<str>),
}

impl Raw {
    const EMPTY: Self = Self::Source(0, 0);

    fn source(start: usize, end: usize) -> Self {
        // Sources are at most MAX_BYTES long.
        Self::Source(start as u32, end as u32)
    }

    /// Appends the part of the source from `start` if that is where this one ends.
    fn extend_to(&mut self, start: usize, end: usize) -> bool {
        match self {
            Self::Source(_, e) if *e as usize == start => {
                *e = end as u32;
                true
            }
            _ => false,
        }
    }
}

#[derive(Debug, Clone)]
struct Node {
    kind: Kind,
    /// The start tag of an element, the whole markup of everything else.
    raw: Raw,
    /// The end tag of an element; empty if the start tag closes it.
    end: Raw,
    parent: u32,
    children: Vec<u32>,
}

impl Node {
    fn new(kind: Kind, raw: Raw, parent: u32) -> Self {
        Self { kind, raw, end: Raw::EMPTY, parent, children: Vec::new() }
    }
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// [`Error::Syntax`] with the place of the fault, [`Error::TooLarge`], [`Error::TooDeep`]. Entities that a DTD
    /// declares are not expanded but refused.
    pub fn parse(text: &str) -> Result<Self, Error> {
        parse::parse(text)
    }

    /// A document with an empty root element and double quotes, as virt-install writes them. `root` must be an XML name.
    #[must_use]
    pub fn new(root: &str) -> Self {
        let mut nodes = vec![Node::new(Kind::Document, Raw::EMPTY, 0)];
        nodes.push(Node::new(Kind::Element, Raw::New(format!("<{root}/>").into()), 0));
        nodes.push(Node::new(Kind::Text, Raw::New("\n".into()), 0));
        nodes[0].children = vec![1, 2];
        Self { source: "".into(), nodes, read: 0, root: 1, quote: '"' }
    }

    /// The outermost element.
    #[must_use]
    pub fn root(&self) -> Element {
        Element(self.root)
    }

    /// The element's name as written, with its prefix.
    #[must_use]
    pub fn name(&self, element: Element) -> &str {
        let tag = self.tag(element);
        &tag[tag::name_range(tag)]
    }

    /// The element's name without its prefix.
    #[must_use]
    pub fn local_name(&self, element: Element) -> &str {
        let name = self.name(element);
        name.split_once(':').map_or(name, |(_, local)| local)
    }

    /// The URI of the namespace that the element is in.
    #[must_use]
    pub fn namespace(&self, element: Element) -> Option<Cow<'_, str>> {
        let attribute = match self.name(element).split_once(':') {
            Some((prefix, _)) => format!("xmlns:{prefix}"),
            None => "xmlns".to_owned(),
        };
        self.ancestors(element).find_map(|e| self.attr(e, &attribute)).filter(|uri| !uri.is_empty())
    }

    /// The value of an attribute, unescaped. The name is compared as written, with its prefix.
    #[must_use]
    pub fn attr(&self, element: Element, name: &str) -> Option<Cow<'_, str>> {
        tag::find(self.tag(element), name).map(|a| a.value())
    }

    /// All attributes in order, unescaped, namespace declarations among them.
    pub fn attrs(&self, element: Element) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        tag::attributes(self.tag(element)).map_while(Result::ok).map(|a| (a.name, a.value()))
    }

    /// The element's own text, unescaped: all its text and CDATA, without what is in child elements.
    #[must_use]
    pub fn text(&self, element: Element) -> Cow<'_, str> {
        let mut parts = self.node(element).children.iter().filter_map(|&id| {
            let node = &self.nodes[id as usize];
            match node.kind {
                Kind::Text => Some(tag::unescape(self.raw(&node.raw))),
                Kind::CData => {
                    let raw = self.raw(&node.raw);
                    Some(Cow::Borrowed(
                        raw.strip_prefix("<![CDATA[").and_then(|r| r.strip_suffix("]]>")).unwrap_or(raw),
                    ))
                }
                Kind::Document | Kind::Element | Kind::Other => None,
            }
        });
        let first = parts.next().unwrap_or_default();
        parts.fold(first, |all, part| if all.is_empty() { part } else { all + part })
    }

    /// The child elements in order.
    pub fn children(&self, element: Element) -> impl Iterator<Item = Element> + '_ {
        let children = &self.node(element).children;
        children.iter().filter(|&&id| self.nodes[id as usize].kind == Kind::Element).map(|&id| Element(id))
    }

    /// The first child element of that name. A prefixed name such as `qemu:commandline` is found by namespace,
    /// whatever prefix the document uses.
    #[must_use]
    pub fn child(&self, element: Element, name: &str) -> Option<Element> {
        self.children(element).find(|&e| self.is_named(e, name))
    }

    /// The child elements of that name, in order.
    pub fn children_named<'a>(
        &'a self,
        element: Element,
        name: &'a str,
    ) -> impl Iterator<Item = Element> + 'a {
        self.children(element).filter(move |&e| self.is_named(e, name))
    }

    /// The element around this one; none for the root and for what was removed.
    #[must_use]
    pub fn parent(&self, element: Element) -> Option<Element> {
        let parent = self.node(element).parent;
        (parent != 0).then_some(Element(parent))
    }

    /// Whether the element goes by this name; a prefix that the table of namespaces knows is compared by URI.
    #[must_use]
    pub fn is_named(&self, element: Element, name: &str) -> bool {
        let own = self.name(element);
        match name.split_once(':') {
            Some((prefix, local)) => match namespace::by_prefix(prefix) {
                Some(known) => {
                    self.local_name(element) == local
                        && self.namespace(element).is_some_and(|uri| uri == known.uri)
                }
                None => own == name,
            },
            None => own == name,
        }
    }

    /// One element with all that is in it, as it is written in the document.
    #[must_use]
    pub fn element_to_string(&self, element: Element) -> String {
        let mut out = String::new();
        // A String takes everything.
        let _ = self.write_node(element.0, &mut out);
        out
    }

    /// The element and those around it, innermost first.
    fn ancestors(&self, element: Element) -> impl Iterator<Item = Element> + '_ {
        std::iter::successors(Some(element), |&e| self.parent(e))
    }

    fn node(&self, element: Element) -> &Node {
        &self.nodes[element.0 as usize]
    }

    fn tag(&self, element: Element) -> &str {
        self.raw(&self.node(element).raw)
    }

    fn raw<'a>(&'a self, raw: &'a Raw) -> &'a str {
        match raw {
            Raw::Source(start, end) => &self.source[*start as usize..*end as usize],
            Raw::New(text) => text,
        }
    }

    fn write_node(&self, id: u32, out: &mut impl fmt::Write) -> fmt::Result {
        let node = &self.nodes[id as usize];
        out.write_str(self.raw(&node.raw))?;
        for &child in &node.children {
            self.write_node(child, out)?;
        }
        out.write_str(self.raw(&node.end))
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_node(0, f)
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({self})")
    }
}

impl std::str::FromStr for Document {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests;
