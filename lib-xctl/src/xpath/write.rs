//! Writing nodes as libxml2 writes them.

use super::Output;
use super::tree::{Id, Kind, Tree, is_declaration};

const INDENT: &str = "  ";

/// Writes what was selected.
pub(super) fn nodes(tree: &Tree<'_>, nodes: &[Id], output: Output) -> String {
    let mut writer = Writer { tree, text: String::new() };
    match output {
        Output::Plain => {
            for &id in nodes {
                writer.node(id, 0, true);
                writer.text.push('\n');
            }
        }
        Output::Wrapped(name) => writer.wrapped(nodes, name),
    }
    writer.text
}

struct Writer<'t, 'd> {
    tree: &'t Tree<'d>,
    text: String,
}

impl Writer<'_, '_> {
    fn wrapped(&mut self, nodes: &[Id], name: &str) {
        let (attributes, inner): (Vec<Id>, Vec<Id>) =
            nodes.iter().partition(|&&id| matches!(self.tree.node(id).kind, Kind::Attribute(..)));
        self.text += &format!("<{name}");
        for (index, &id) in attributes.iter().enumerate() {
            let last =
                !attributes[index + 1..].iter().any(|&other| self.tree.name(other) == self.tree.name(id));
            // An element has each attribute once.
            if last {
                self.node(id, 0, false);
            }
        }
        self.inside(&inner, 0, true, name);
        self.text.push('\n');
    }

    fn node(&mut self, id: Id, level: usize, indented: bool) {
        let node = self.tree.node(id);
        match &node.kind {
            Kind::Root => {
                self.text += "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
                for &child in &node.children {
                    self.node(child, level, indented);
                    self.text.push('\n');
                }
            }
            Kind::Element(element) => {
                let name = self.tree.document.name(*element);
                self.text += &format!("<{name}");
                for (name, uri) in self.tree.document.attrs(*element).filter(|(name, _)| is_declaration(name))
                {
                    self.attribute(name, &uri);
                }
                for &attribute in &node.attributes {
                    self.node(attribute, level, indented);
                }
                self.inside(&node.children, level, indented, name);
            }
            Kind::Attribute(name, value) => self.attribute(name, value),
            Kind::Text(text) => self.text += &escaped(text),
            Kind::Comment(markup) | Kind::Instruction(markup) => self.text += markup,
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        let value = escaped(value).replace('"', "&quot;").replace('\n', "&#10;").replace('\t', "&#9;");
        self.text += &format!(" {name}=\"{value}\"");
    }

    /// The rest of an element after its attributes. Where there is text, blanks mean something and none are added.
    fn inside(&mut self, children: &[Id], level: usize, indented: bool, name: &str) {
        if children.is_empty() {
            self.text += "/>";
            return;
        }
        let indented =
            indented && !children.iter().any(|&id| matches!(self.tree.node(id).kind, Kind::Text(_)));
        self.text.push('>');
        for &child in children {
            if indented {
                self.line(level + 1);
            }
            self.node(child, level + 1, indented);
        }
        if indented {
            self.line(level);
        }
        self.text += &format!("</{name}>");
    }

    fn line(&mut self, level: usize) {
        self.text.push('\n');
        self.text += &INDENT.repeat(level);
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\r', "&#13;")
}
