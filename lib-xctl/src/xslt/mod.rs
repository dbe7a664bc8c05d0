//! XSLT 1.0 as far as install scripts of the OS database use it (<https://www.w3.org/TR/1999/REC-xslt-19991116>).
//!
//! A script is a stylesheet over a small document of what is wanted. Of the language its templates use templates by
//! name and by the path of the root element, `call-template`, `choose`, `if`, `text`, `value-of`, `variable` and
//! `attribute`; anything else is an error that names it. The node that everything is looked up from is always the
//! root element, as nothing else is ever matched.

mod output;

#[cfg(test)]
mod tests;

use crate::document::{Content, Document, Element};
use crate::xpath::{self, Evaluator};
use output::Node;

const XSL: &str = "http://www.w3.org/1999/XSL/Transform";
/// Templates that call one another, and elements in one another.
const MAX_DEPTH: usize = 64;
/// Bytes of what is made: real scripts stay below 20 KiB.
const MAX_OUTPUT: usize = 1 << 20;

/// Why a stylesheet gives nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An instruction that is not known here.
    #[error("the template uses <{0}>, which is not understood here")]
    Instruction(String),
    /// An instruction lacks what it needs.
    #[error("<{element}> of the template has no '{attribute}'")]
    Attribute {
        /// The instruction.
        element: String,
        /// What it lacks.
        attribute: &'static str,
    },
    /// A template is called that is not there.
    #[error("there is no template named '{0}'")]
    Template(String),
    /// An expression is wrong.
    #[error("'{expression}' of the template: {source}")]
    Expression {
        /// The expression.
        expression: String,
        /// What is wrong with it.
        source: xpath::Error,
    },
    /// Templates call one another without end, or make too much.
    #[error("the template does not come to an end")]
    Endless,
}

/// What the stylesheet at `sheet` makes of `input`; `None` if it has no template for the root element of that.
pub(crate) fn transform(
    document: &Document,
    sheet: Element,
    input: &Document,
) -> Result<Option<String>, Error> {
    let path = format!("/{}", input.name(input.root()));
    let is_for = |&template: &Element| document.attr(template, "match").is_some_and(|found| *found == path);
    let templates: Vec<Element> =
        document.children(sheet).filter(|&child| is_instruction(document, child, "template")).collect();
    let Some(start) = templates.iter().copied().find(is_for) else { return Ok(None) };
    let mut transformer =
        Transformer { document, templates: &templates, input: Evaluator::new(input), depth: 0, bytes: 0 };
    let mut made = Vec::new();
    transformer.body(start, &mut Vec::new(), &mut made)?;
    let form = document.children(sheet).find(|&child| is_instruction(document, child, "output"));
    let says = |name: &str, value: &str| {
        form.and_then(|form| document.attr(form, name)).is_some_and(|found| found == value)
    };
    Ok(Some(match says("method", "text") {
        true => output::text(&made),
        false => output::xml(&made, says("indent", "yes"), !says("omit-xml-declaration", "yes")),
    }))
}

fn is_instruction(document: &Document, element: Element, name: &str) -> bool {
    document.local_name(element) == name && document.namespace(element).is_some_and(|uri| uri == XSL)
}

struct Transformer<'a> {
    document: &'a Document,
    templates: &'a [Element],
    input: Evaluator<'a>,
    depth: usize,
    bytes: usize,
}

type Variables = Vec<(String, String)>;

impl Transformer<'_> {
    /// Follows what is in an element; variables end with it.
    fn body(
        &mut self,
        element: Element,
        variables: &mut Variables,
        made: &mut Vec<Node>,
    ) -> Result<(), Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::Endless);
        }
        let document = self.document;
        let outer = variables.len();
        for content in document.contents(element) {
            match content {
                Content::Text(text) if text.trim_ascii().is_empty() => {}
                Content::Text(text) => self.text(&text, made)?,
                Content::Markup(_) => {}
                Content::Element(child) if document.namespace(child).is_some_and(|uri| uri == XSL) => {
                    self.instruction(child, variables, made)?;
                }
                Content::Element(child) => self.literal(child, variables, made)?,
            }
        }
        variables.truncate(outer);
        self.depth -= 1;
        Ok(())
    }

    fn text(&mut self, text: &str, made: &mut Vec<Node>) -> Result<(), Error> {
        self.bytes += text.len();
        if self.bytes > MAX_OUTPUT {
            return Err(Error::Endless);
        }
        if !text.is_empty() {
            made.push(Node::Text(text.to_owned()));
        }
        Ok(())
    }

    /// An element that is copied.
    fn literal(
        &mut self,
        element: Element,
        variables: &mut Variables,
        made: &mut Vec<Node>,
    ) -> Result<(), Error> {
        let document = self.document;
        let name = document.name(element).to_owned();
        let attributes = document.attrs(element);
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value.into_owned())).collect();
        let mut inside = Vec::new();
        self.body(element, variables, &mut inside)?;
        made.push(output::element(name, attributes, inside));
        Ok(())
    }

    fn instruction(
        &mut self,
        element: Element,
        variables: &mut Variables,
        made: &mut Vec<Node>,
    ) -> Result<(), Error> {
        let document = self.document;
        match document.local_name(element) {
            "text" => self.text(&document.text(element), made),
            "value-of" => {
                let text = self.select(element, variables)?;
                self.text(&text, made)
            }
            "call-template" => {
                let name = self.attribute(element, "name")?;
                let is_named =
                    |&template: &Element| document.attr(template, "name").is_some_and(|found| *found == name);
                let template = self.templates.iter().copied().find(is_named);
                let template = template.ok_or(Error::Template(name))?;
                // What is called sees nothing of the caller's.
                self.body(template, &mut Vec::new(), made)
            }
            "if" => match self.test(element, variables)? {
                true => self.body(element, variables, made),
                false => Ok(()),
            },
            "choose" => {
                for branch in document.children(element) {
                    if is_instruction(document, branch, "otherwise")
                        || (is_instruction(document, branch, "when") && self.test(branch, variables)?)
                    {
                        return self.body(branch, variables, made);
                    }
                }
                Ok(())
            }
            "variable" => {
                let name = self.attribute(element, "name")?;
                let text = match document.attr(element, "select") {
                    Some(_) => self.select(element, variables)?,
                    None => {
                        let mut inside = Vec::new();
                        self.body(element, variables, &mut inside)?;
                        output::text(&inside)
                    }
                };
                variables.push((name, text));
                Ok(())
            }
            "attribute" => {
                let name = self.attribute(element, "name")?;
                let mut inside = Vec::new();
                self.body(element, variables, &mut inside)?;
                made.push(Node::Attribute(name, output::text(&inside)));
                Ok(())
            }
            _ => Err(Error::Instruction(document.name(element).to_owned())),
        }
    }

    fn attribute(&self, element: Element, attribute: &'static str) -> Result<String, Error> {
        let found = self.document.attr(element, attribute).map(Into::into);
        found.ok_or_else(|| Error::Attribute { element: self.document.name(element).to_owned(), attribute })
    }

    fn select(&self, element: Element, variables: &Variables) -> Result<String, Error> {
        let expression = self.attribute(element, "select")?;
        let text = self.input.text(&expression, variables);
        text.map_err(|source| Error::Expression { expression, source })
    }

    fn test(&self, element: Element, variables: &Variables) -> Result<bool, Error> {
        let expression = self.attribute(element, "test")?;
        let holds = self.input.holds(&expression, variables);
        holds.map_err(|source| Error::Expression { expression, source })
    }
}
