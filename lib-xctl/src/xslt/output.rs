//! What a stylesheet made, as text or as XML in the arrangement that libxml2 gives it, which installers are tested with.

/// A piece of what was made.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Text(String),
    /// An attribute of the element around it.
    Attribute(String, String),
    Element {
        name: String,
        attributes: Vec<(String, String)>,
        children: Vec<Node>,
    },
}

/// An element; attributes among `inside` become its own.
pub(super) fn element(name: String, mut attributes: Vec<(String, String)>, inside: Vec<Node>) -> Node {
    let mut children = Vec::new();
    for node in inside {
        match node {
            Node::Attribute(name, value) => {
                attributes.retain(|(known, _)| *known != name);
                attributes.push((name, value));
            }
            other => children.push(other),
        }
    }
    Node::Element { name, attributes, children }
}

/// All text, also that in elements.
pub(super) fn text(nodes: &[Node]) -> String {
    nodes
        .iter()
        .map(|node| match node {
            Node::Text(own) => own.clone(),
            Node::Attribute(..) => String::new(),
            Node::Element { children, .. } => text(children),
        })
        .collect()
}

/// XML, one root element or more.
pub(super) fn xml(nodes: &[Node], indent: bool, declaration: bool) -> String {
    let mut out = String::new();
    if declaration {
        out.push_str("<?xml version=\"1.0\"?>\n");
    }
    for node in nodes {
        write(node, indent.then_some(0), &mut out);
        if indent && matches!(node, Node::Element { .. }) {
            out.push('\n');
        }
    }
    if !indent {
        out.push('\n');
    }
    out
}

/// Writes a node; `level` is its depth where it may stand on lines of its own.
fn write(node: &Node, level: Option<usize>, out: &mut String) {
    let (name, attributes, children) = match node {
        Node::Text(text) => return escape(text, false, out),
        Node::Attribute(..) => return,
        Node::Element { name, attributes, children } => (name, attributes, children),
    };
    out.push('<');
    out.push_str(name);
    let is_declaration = |(name, _): &&(String, String)| name == "xmlns" || name.starts_with("xmlns:");
    let declarations = attributes.iter().filter(is_declaration);
    for (name, value) in declarations.chain(attributes.iter().filter(|a| !is_declaration(a))) {
        out.push_str(&format!(" {name}=\""));
        escape(value, true, out);
        out.push('"');
    }
    if children.is_empty() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    // Where there is text, a line end would add to it.
    let inner = level.filter(|_| !children.iter().any(|child| matches!(child, Node::Text(_))));
    for child in children {
        if let Some(level) = inner {
            line(level + 1, out);
        }
        write(child, inner.map(|level| level + 1), out);
    }
    if let Some(level) = inner {
        line(level, out);
    }
    out.push_str(&format!("</{name}>"));
}

fn line(level: usize, out: &mut String) {
    out.push('\n');
    out.push_str(&"  ".repeat(level));
}

fn escape(text: &str, attribute: bool, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            '"' if attribute => out.push_str("&quot;"),
            '\n' if attribute => out.push_str("&#10;"),
            '\t' if attribute => out.push_str("&#9;"),
            c => out.push(c),
        }
    }
}
