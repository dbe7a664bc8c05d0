//! The document as XPath sees it: attributes and texts are nodes too, numbered in the document's order.

use std::borrow::Cow;

use crate::document::{Content, Document, Element};

/// A node's number; the document itself is 0, and greater numbers come later in it.
pub(super) type Id = usize;

/// What a node is.
#[derive(Debug)]
pub(super) enum Kind<'d> {
    /// The document.
    Root,
    /// An element.
    Element(Element),
    /// An attribute, by its name as written, with its value.
    Attribute(&'d str, Cow<'d, str>),
    /// A text.
    Text(Cow<'d, str>),
    /// A comment, as it is written.
    Comment(&'d str),
    /// A processing instruction, as it is written.
    Instruction(&'d str),
}

#[derive(Debug)]
pub(super) struct Node<'d> {
    pub(super) kind: Kind<'d>,
    pub(super) parent: Option<Id>,
    pub(super) attributes: Vec<Id>,
    pub(super) children: Vec<Id>,
}

pub(super) struct Tree<'d> {
    pub(super) document: &'d Document,
    nodes: Vec<Node<'d>>,
}

impl<'d> Tree<'d> {
    pub(super) fn new(document: &'d Document) -> Self {
        let mut tree = Self { document, nodes: Vec::new() };
        let root = tree.add(None, Kind::Root);
        tree.element(root, document.root());
        tree
    }

    pub(super) fn node(&self, id: Id) -> &Node<'d> {
        &self.nodes[id]
    }

    /// The root element.
    pub(super) fn root_element(&self) -> Id {
        1
    }

    /// The node of an element.
    pub(super) fn id(&self, element: Element) -> Option<Id> {
        (0..self.nodes.len()).find(|&id| self.as_element(id) == Some(element))
    }

    /// The element that a node is.
    pub(super) fn as_element(&self, id: Id) -> Option<Element> {
        match self.node(id).kind {
            Kind::Element(element) => Some(element),
            _ => None,
        }
    }

    fn add(&mut self, parent: Option<Id>, kind: Kind<'d>) -> Id {
        let id = self.nodes.len();
        self.nodes.push(Node { kind, parent, attributes: Vec::new(), children: Vec::new() });
        id
    }

    fn child(&mut self, parent: Id, kind: Kind<'d>) -> Id {
        let id = self.add(Some(parent), kind);
        self.nodes[parent].children.push(id);
        id
    }

    /// Adds an element with all that is in it; the depth of a document is limited when it is read.
    fn element(&mut self, parent: Id, element: Element) {
        let id = self.child(parent, Kind::Element(element));
        for (name, value) in self.document.attrs(element).filter(|(name, _)| !is_declaration(name)) {
            let attribute = self.add(Some(id), Kind::Attribute(name, value));
            self.nodes[id].attributes.push(attribute);
        }
        let contents: Vec<_> = self.document.contents(element).collect();
        for (index, content) in contents.iter().enumerate() {
            match content {
                Content::Element(inner) => self.element(id, *inner),
                Content::Text(text) if self.is_layout(id, text, contents.len() > index + 1) => {}
                Content::Text(text) => self.text(id, text.clone()),
                Content::Markup(markup) if markup.starts_with("<!--") => {
                    self.child(id, Kind::Comment(markup));
                }
                Content::Markup(markup) => {
                    self.child(id, Kind::Instruction(markup));
                }
            }
        }
    }

    /// Whether a text only lays the XML out: it is blank, and there is no other text in its element.
    fn is_layout(&self, parent: Id, text: &str, more: bool) -> bool {
        let children = &self.nodes[parent].children;
        let is_text = |id: Option<&Id>| id.is_some_and(|&id| matches!(self.nodes[id].kind, Kind::Text(_)));
        let alone = children.is_empty() && !more;
        text.trim_ascii().is_empty() && !alone && !is_text(children.first()) && !is_text(children.last())
    }

    /// Adds a text; XPath knows no two texts beside each other.
    fn text(&mut self, parent: Id, text: Cow<'d, str>) {
        let last = self.nodes[parent].children.last().copied();
        if let Some(Kind::Text(before)) = last.map(|id| &mut self.nodes[id].kind) {
            before.to_mut().push_str(&text);
        } else {
            self.child(parent, Kind::Text(text));
        }
    }

    /// The name as written; empty for what has none.
    pub(super) fn name(&self, id: Id) -> &str {
        match &self.node(id).kind {
            Kind::Element(element) => self.document.name(*element),
            Kind::Attribute(name, _) => name,
            Kind::Instruction(markup) => {
                let inner = markup.trim_start_matches("<?").trim_end_matches("?>");
                inner.split_ascii_whitespace().next().unwrap_or_default()
            }
            Kind::Root | Kind::Text(_) | Kind::Comment(_) => "",
        }
    }

    /// The name without its prefix.
    pub(super) fn local_name(&self, id: Id) -> &str {
        let name = self.name(id);
        name.split_once(':').map_or(name, |(_, local)| local)
    }

    /// The namespace of an element or an attribute; empty where it is in none.
    pub(super) fn namespace(&self, id: Id) -> Cow<'_, str> {
        match &self.node(id).kind {
            Kind::Element(element) => self.document.namespace(*element).unwrap_or_default(),
            Kind::Attribute(name, _) => {
                let prefix = name.split_once(':').map(|(prefix, _)| prefix);
                let parent = self.node(id).parent;
                prefix.and_then(|prefix| self.declared(parent, prefix)).unwrap_or_default()
            }
            _ => Cow::Borrowed(""),
        }
    }

    /// What a prefix means at a node.
    fn declared(&self, at: Option<Id>, prefix: &str) -> Option<Cow<'_, str>> {
        let declaration = format!("xmlns:{prefix}");
        std::iter::successors(at, |&id| self.node(id).parent).find_map(|id| match self.node(id).kind {
            Kind::Element(element) => self.document.attr(element, &declaration),
            _ => None,
        })
    }

    /// What a prefix of an expression means: what the first element that declares it says.
    pub(super) fn prefix(&self, prefix: &str) -> Option<Cow<'_, str>> {
        let declaration = format!("xmlns:{prefix}");
        self.nodes.iter().find_map(|node| match node.kind {
            Kind::Element(element) => self.document.attr(element, &declaration),
            _ => None,
        })
    }

    /// The text that a node stands for.
    pub(super) fn string_value(&self, id: Id) -> String {
        match &self.node(id).kind {
            Kind::Root | Kind::Element(_) => {
                let texts = self.descendants(id).into_iter().filter_map(|id| match &self.node(id).kind {
                    Kind::Text(text) => Some(text.as_ref()),
                    _ => None,
                });
                texts.collect()
            }
            Kind::Attribute(_, value) => value.to_string(),
            Kind::Text(text) => text.to_string(),
            Kind::Comment(markup) => markup.trim_start_matches("<!--").trim_end_matches("-->").to_owned(),
            Kind::Instruction(markup) => {
                let inner = markup.trim_start_matches("<?").trim_end_matches("?>");
                inner.trim_start_matches(self.name(id)).trim_start().to_owned()
            }
        }
    }

    /// All nodes within a node, attributes excepted, in order.
    pub(super) fn descendants(&self, id: Id) -> Vec<Id> {
        let mut found = Vec::new();
        let mut open: Vec<Id> = self.node(id).children.iter().rev().copied().collect();
        while let Some(next) = open.pop() {
            found.push(next);
            open.extend(self.node(next).children.iter().rev());
        }
        found
    }
}

/// Whether an attribute declares a namespace, which XPath does not count as an attribute.
pub(super) fn is_declaration(name: &str) -> bool {
    name == "xmlns" || name.starts_with("xmlns:")
}
