//! All that is in an element, in order: what [`Document::children`] and [`Document::text`] give apart.

use std::borrow::Cow;

use super::{Document, Element, Kind, tag};

/// One piece of what is in an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content<'d> {
    /// An element.
    Element(Element),
    /// Text or CDATA, unescaped.
    Text(Cow<'d, str>),
    /// A comment or a processing instruction, as it is written.
    Markup(&'d str),
}

impl Document {
    /// All that is in an element, in order.
    pub fn contents(&self, element: Element) -> impl Iterator<Item = Content<'_>> {
        self.node(element).children.iter().map(|&id| {
            let node = &self.nodes[id as usize];
            let raw = self.raw(&node.raw);
            match node.kind {
                Kind::Element => Content::Element(Element(id)),
                Kind::Text => Content::Text(tag::unescape(raw)),
                Kind::CData => {
                    let text = raw.strip_prefix("<![CDATA[").and_then(|rest| rest.strip_suffix("]]>"));
                    Content::Text(Cow::Borrowed(text.unwrap_or(raw)))
                }
                Kind::Document | Kind::Other => Content::Markup(raw),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_come_in_order() {
        let document = Document::parse("<a>one &lt;<b/><!-- c --><![CDATA[<d>]]></a>").unwrap();
        let contents: Vec<_> = document.contents(document.root()).collect();
        let b = document.child(document.root(), "b").unwrap();
        assert_eq!(
            contents,
            [
                Content::Text("one <".into()),
                Content::Element(b),
                Content::Markup("<!-- c -->"),
                Content::Text("<d>".into())
            ]
        );
    }
}
