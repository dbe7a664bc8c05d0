//! Changes to the tree that touch one place and keep the layout around it.

use super::error::Error;
use super::{Document, Element, Kind, Node, Raw, namespace, order, tag};

const INDENT: &str = "  ";

impl Document {
    /// Sets an attribute. A new one goes last, in the quotes of its neighbours. The name must be an XML name.
    ///
    /// # Errors
    /// [`Error::Character`] if XML cannot hold the value.
    pub fn set_attr(&mut self, element: Element, name: &str, value: &str) -> Result<(), Error> {
        check(name, value)?;
        if let Some(new) = tag::with(self.tag(element), name, value, self.quote) {
            self.nodes[element.0 as usize].raw = Raw::New(new.into());
        }
        Ok(())
    }

    /// Removes an attribute and returns whether it was there.
    pub fn remove_attr(&mut self, element: Element, name: &str) -> bool {
        match tag::without(self.tag(element), name) {
            Some(new) => {
                self.nodes[element.0 as usize].raw = Raw::New(new.into());
                true
            }
            None => false,
        }
    }

    /// Sets the element's own text. Comments and child elements stay.
    ///
    /// # Errors
    /// [`Error::Character`] if XML cannot hold the value.
    pub fn set_text(&mut self, element: Element, value: &str) -> Result<(), Error> {
        check(self.name(element), value)?;
        let has_children = self.children(element).next().is_some();
        let old = self.text(element);
        if old == value || (has_children && old.trim() == value) {
            return Ok(());
        }
        // Between child elements, white space is layout and not text.
        let keep: Vec<u32> = self
            .node(element)
            .children
            .iter()
            .copied()
            .filter(|&id| match self.nodes[id as usize].kind {
                Kind::Text => has_children && self.is_blank(id),
                Kind::CData => false,
                Kind::Document | Kind::Element | Kind::Other => true,
            })
            .collect();
        self.nodes[element.0 as usize].children = keep;
        if value.is_empty() {
            self.close_if_empty(element);
        } else {
            self.open_tag(element);
            let text = self.add_node(Kind::Text, tag::escape(value, None), element.0);
            self.nodes[element.0 as usize].children.insert(0, text);
        }
        Ok(())
    }

    /// Makes a new child element where the schema has it, laid out like its siblings. `name` must be an XML name; a
    /// known prefix (`qemu:commandline`) gets its namespace declared where it is not.
    pub fn insert_child(&mut self, parent: Element, name: &str) -> Element {
        let tag = self.new_tag(parent, name);
        let child = self.add_node(Kind::Element, tag, parent.0);
        self.attach(parent, name, child);
        Element(child)
    }

    /// Reads an element from text and puts it among the children of `parent` where the schema has it, indented to fit.
    ///
    /// # Errors
    /// As for [`Document::parse`].
    pub fn append_fragment(&mut self, parent: Element, xml: &str) -> Result<Element, Error> {
        let fragment = Self::parse(xml.trim())?;
        let root = fragment.root();
        let name = fragment.name(root).to_owned();
        // The end tag of an indented fragment tells how far its lines are indented already.
        let strip = fragment
            .node(root)
            .children
            .last()
            .and_then(|&id| fragment.line_indent(id))
            .unwrap_or("")
            .to_owned();
        let child = self.import(&fragment, root.0, parent.0);
        self.attach(parent, &name, child);
        let indent = self.indent_of(Element(child));
        if strip != indent {
            self.reindent(child, &strip, &indent);
        }
        Ok(Element(child))
    }

    /// Removes an element with all that is in it and the line it stands on. The root cannot be removed.
    /// Returns whether it was there.
    pub fn remove(&mut self, element: Element) -> bool {
        let parent = self.node(element).parent;
        let Some(at) = self.nodes[parent as usize].children.iter().position(|&id| id == element.0) else {
            return false;
        };
        if parent == 0 {
            return false;
        }
        let followed_on_line = self.nodes[parent as usize]
            .children
            .get(at + 1)
            .is_some_and(|&next| !(self.nodes[next as usize].kind == Kind::Text && self.starts_line(next)));
        self.nodes[parent as usize].children.remove(at);
        self.nodes[element.0 as usize].parent = 0;
        if let Some(before) = at.checked_sub(1) {
            let id = self.nodes[parent as usize].children[before];
            // The line break that came with the element goes with it.
            let came_with_it = element.0 >= self.read && id >= self.read;
            if self.line_indent(id).is_some() && (came_with_it || !followed_on_line) {
                let text = self.raw(&self.nodes[id as usize].raw);
                let kept = text[..text.rfind('\n').unwrap_or(0)].trim_end_matches('\r').to_owned();
                if kept.is_empty() {
                    self.nodes[parent as usize].children.remove(before);
                } else {
                    self.nodes[id as usize].raw = Raw::New(kept.into());
                }
            }
        }
        // An empty element that was read with an end tag keeps it, once what was put into it is gone again.
        let was_open = matches!(self.nodes[parent as usize].end, Raw::Source(start, end) if start < end);
        if !(was_open && element.0 >= self.read) {
            self.close_if_empty(Element(parent));
        }
        true
    }

    /// Whether the element has no attributes (but for `key`), no children, no text and no comment.
    pub(super) fn is_bare(&self, element: Element, key: Option<&str>) -> bool {
        self.attrs(element).all(|(name, _)| Some(name) == key || name.starts_with("xmlns"))
            && self.node(element).children.iter().all(|&id| self.is_blank(id))
    }

    fn new_tag(&mut self, parent: Element, name: &str) -> String {
        let Some((prefix, local)) = name.split_once(':') else { return format!("<{name}/>") };
        let Some(known) = namespace::by_prefix(prefix) else { return format!("<{name}/>") };
        let in_scope = self.ancestors(parent).find_map(|e| {
            self.attrs(e)
                .find_map(|(n, uri)| n.strip_prefix("xmlns:").filter(|_| uri == known.uri).map(str::to_owned))
        });
        if let Some(prefix) = in_scope {
            return format!("<{prefix}:{local}/>");
        }
        let tag = format!("<{name}/>");
        let declaration = format!("xmlns:{prefix}");
        if known.on_root {
            let root = self.root();
            if let Some(new) = tag::with(self.tag(root), &declaration, known.uri, self.quote) {
                self.nodes[root.0 as usize].raw = Raw::New(new.into());
            }
            return tag;
        }
        tag::with(&tag, &declaration, known.uri, self.quote).unwrap_or(tag)
    }

    /// Puts a node that is not yet in the tree among the children of `parent`.
    fn attach(&mut self, parent: Element, name: &str, child: u32) {
        self.open_tag(parent);
        let children = &self.node(parent).children;
        let elements: Vec<(usize, Element)> = children
            .iter()
            .enumerate()
            .filter(|&(_, &id)| self.nodes[id as usize].kind == Kind::Element)
            .map(|(at, &id)| (at, Element(id)))
            .collect();
        if children.is_empty() || !children.iter().any(|&id| self.starts_line(id)) {
            let lines = children.is_empty() && self.stands_on_own_line(parent);
            if lines {
                let close = format!("{}{}", self.line_break(), self.indent_of(parent));
                let open = format!("{close}{INDENT}");
                let open = self.add_node(Kind::Text, open, parent.0);
                let close = self.add_node(Kind::Text, close, parent.0);
                self.nodes[parent.0 as usize].children = vec![open, child, close];
                return;
            }
        }
        let (at, after) = self.position(parent, name, &elements);
        let lines = children.iter().any(|&id| self.starts_line(id));
        if !lines {
            self.nodes[parent.0 as usize].children.insert(at, child);
            return;
        }
        let indent = match elements.iter().find(|(_, e)| self.stands_on_own_line(*e)) {
            Some(&(_, sibling)) => self.indent_of(sibling),
            None => format!("{}{INDENT}", self.indent_of(parent)),
        };
        let space = self.add_node(Kind::Text, format!("{}{indent}", self.line_break()), parent.0);
        let pair = if after { [space, child] } else { [child, space] };
        self.nodes[parent.0 as usize].children.splice(at..at, pair);
    }

    /// Where a new child goes, and whether a line break comes before it (or else after it).
    fn position(&self, parent: Element, name: &str, elements: &[(usize, Element)]) -> (usize, bool) {
        let around = self.local_name(parent);
        let rank_of = |e: Element| order::rank(around, self.name(e));
        let (last_before, first_after) = match order::rank(around, name) {
            Some(new) => (
                elements.iter().rev().find(|&&(_, e)| rank_of(e).is_some_and(|r| r <= new)),
                elements.iter().find(|&&(_, e)| rank_of(e).is_some_and(|r| r > new)),
            ),
            None => (elements.iter().rev().find(|&&(_, e)| self.name(e) == name), None),
        };
        if let Some(&(at, _)) = last_before {
            return (self.end_of_line(parent, at + 1), true);
        }
        if let Some(&(at, _)) = first_after {
            return (at, false);
        }
        let children = &self.node(parent).children;
        let end = children.iter().rposition(|&id| !self.is_blank(id)).map_or(0, |at| at + 1);
        (end, true)
    }

    /// Steps over comments that stand on the same line as the element before them.
    fn end_of_line(&self, parent: Element, mut at: usize) -> usize {
        let children = &self.node(parent).children;
        let is_other =
            |at: usize| children.get(at).is_some_and(|&id| self.nodes[id as usize].kind == Kind::Other);
        let is_gap =
            |at: usize| children.get(at).is_some_and(|&id| self.is_blank(id) && !self.starts_line(id));
        loop {
            if is_other(at) {
                at += 1;
            } else if is_gap(at) && is_other(at + 1) {
                at += 2;
            } else {
                return at;
            }
        }
    }

    fn import(&mut self, from: &Self, id: u32, parent: u32) -> u32 {
        let node = &from.nodes[id as usize];
        let new = self.add_node(node.kind, from.raw(&node.raw).to_owned(), parent);
        self.nodes[new as usize].end = Raw::New(from.raw(&node.end).into());
        for &child in &node.children {
            let child = self.import(from, child, new);
            self.nodes[new as usize].children.push(child);
        }
        new
    }

    fn reindent(&mut self, id: u32, strip: &str, indent: &str) {
        for child in self.nodes[id as usize].children.clone() {
            if let Some(old) = self.line_indent(child) {
                let new = format!("{}{indent}{}", self.line_break(), old.strip_prefix(strip).unwrap_or(old));
                self.nodes[child as usize].raw = Raw::New(new.into());
            }
            self.reindent(child, strip, indent);
        }
    }

    fn add_node(&mut self, kind: Kind, raw: String, parent: u32) -> u32 {
        let id = self.nodes.len() as u32;
        self.nodes.push(Node::new(kind, Raw::New(raw.into()), parent));
        id
    }

    /// `<a/>` becomes `<a></a>`, to be filled.
    fn open_tag(&mut self, element: Element) {
        let Some(open) = self.tag(element).strip_suffix("/>") else { return };
        // A blank before the end stays, so that closing the element again gives what was written.
        let open = format!("{open}>");
        let end = format!("</{}>", self.name(element));
        let node = &mut self.nodes[element.0 as usize];
        node.raw = Raw::New(open.into());
        node.end = Raw::New(end.into());
    }

    /// `<a>` with nothing but white space in it becomes `<a/>`.
    fn close_if_empty(&mut self, element: Element) {
        let tag = self.tag(element);
        if tag.ends_with("/>") || !self.node(element).children.iter().all(|&id| self.is_blank(id)) {
            return;
        }
        let Some(open) = tag.strip_suffix('>') else { return };
        let closed = format!("{open}/>");
        let node = &mut self.nodes[element.0 as usize];
        node.raw = Raw::New(closed.into());
        node.end = Raw::EMPTY;
        node.children.clear();
    }

    /// How the document's lines end.
    fn line_break(&self) -> &'static str {
        let first = self.source.split_once('\n');
        if first.is_some_and(|(line, _)| line.ends_with('\r')) { "\r\n" } else { "\n" }
    }

    fn is_blank(&self, id: u32) -> bool {
        let node = &self.nodes[id as usize];
        node.kind == Kind::Text && self.raw(&node.raw).trim().is_empty()
    }

    /// Whether this is text that begins with the end of a line.
    fn starts_line(&self, id: u32) -> bool {
        self.is_blank(id) && self.raw(&self.nodes[id as usize].raw).contains('\n')
    }

    /// The white space at the start of the line that this text leads to.
    fn line_indent(&self, id: u32) -> Option<&str> {
        let node = &self.nodes[id as usize];
        let (_, indent) = (node.kind == Kind::Text).then(|| self.raw(&node.raw).rsplit_once('\n'))??;
        indent.trim().is_empty().then_some(indent)
    }

    fn previous(&self, element: Element) -> Option<u32> {
        let siblings = &self.nodes[self.node(element).parent as usize].children;
        let at = siblings.iter().position(|&id| id == element.0)?;
        siblings.get(at.checked_sub(1)?).copied()
    }

    fn stands_on_own_line(&self, element: Element) -> bool {
        self.parent(element).is_none()
            || self.previous(element).is_some_and(|id| self.line_indent(id).is_some())
    }

    fn indent_of(&self, element: Element) -> String {
        match self.previous(element).and_then(|id| self.line_indent(id)) {
            Some(indent) => indent.to_owned(),
            None => INDENT.repeat(self.ancestors(element).count() - 1),
        }
    }
}

fn check(what: &str, value: &str) -> Result<(), Error> {
    match tag::forbidden(value) {
        Some(bad) => Err(Error::Character { what: what.to_owned(), code: bad.into() }),
        None => Ok(()),
    }
}
