//! XPath 1.0 over a document, for `--xpath` options.
//!
//! Follows <https://www.w3.org/TR/1999/REC-xpath-19991116/>: all axes but `namespace`, all functions but `id` and
//! `lang`. The context node is the root element; a prefix means the namespace that the document declares for it. What
//! is selected is written as libxml2 writes it, which scripts know: indented anew, attributes in double quotes.
//!
//! ```
//! use xctl::xpath::{Output, select};
//!
//! let xml = "<domain><name>web</name><vcpu>2</vcpu></domain>";
//! assert_eq!(select(xml, "/domain/name", Output::Plain)?, "<name>web</name>\n");
//! assert_eq!(select(xml, "vcpu[. > 1]/text()", Output::Plain)?, "2\n");
//! # Ok::<(), xctl::xpath::Error>(())
//! ```

mod evaluate;
mod expression;
mod function;
mod lexer;
mod parser;
mod tree;
mod value;
mod write;

#[cfg(test)]
mod tests;

use crate::document::{self, Document, Element};
use tree::Tree;
use value::Value;

/// How what was selected is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Each node, followed by a line end.
    Plain,
    /// All nodes in one element of this name: attributes as its attributes, everything else inside.
    Wrapped(&'static str),
}

/// Why nothing could be selected.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The XML cannot be read.
    #[error(transparent)]
    Document(#[from] document::Error),
    /// The expression cannot be read.
    #[error("{problem} at character {at} of the expression")]
    Syntax {
        /// What is wrong.
        problem: String,
        /// Where, counted from 1.
        at: usize,
    },
    /// The expression asks for something that is not there.
    #[error("{0}")]
    Unknown(String),
    /// The expression gives a number, a text or a truth.
    #[error("the expression gives a {0}, not nodes")]
    NoNodes(&'static str),
}

/// What expressions of a template say of a document: as a text, and as a truth. Variables are texts.
pub(crate) struct Evaluator<'d>(Tree<'d>);

impl<'d> Evaluator<'d> {
    pub(crate) fn new(document: &'d Document) -> Self {
        Self(Tree::new(document))
    }

    /// The text that an expression gives at the root element.
    ///
    /// # Errors
    /// The expression cannot be read, or asks for what is not there.
    pub(crate) fn text(&self, expression: &str, variables: &[(String, String)]) -> Result<String, Error> {
        Ok(self.value(expression, variables)?.to_text(&self.0))
    }

    /// Whether it holds.
    ///
    /// # Errors
    /// As for [`Evaluator::text`].
    pub(crate) fn holds(&self, expression: &str, variables: &[(String, String)]) -> Result<bool, Error> {
        Ok(self.value(expression, variables)?.to_truth())
    }

    fn value(&self, expression: &str, variables: &[(String, String)]) -> Result<Value, Error> {
        evaluate::evaluate(&self.0, self.0.root_element(), &parser::parse(expression)?, variables)
    }
}

/// The first element that an expression leads to from another one.
///
/// # Errors
/// When the expression cannot be read, or gives something other than nodes.
pub(crate) fn first_element(
    document: &Document,
    from: Element,
    expression: &str,
) -> Result<Option<Element>, Error> {
    let tree = Tree::new(document);
    let Some(from) = tree.id(from) else { return Ok(None) };
    match evaluate::evaluate(&tree, from, &parser::parse(expression)?, &[])? {
        Value::Nodes(nodes) => Ok(nodes.into_iter().find_map(|id| tree.as_element(id))),
        other => Err(Error::NoNodes(other.kind())),
    }
}

/// Selects nodes of a document and writes them, in the document's order.
///
/// # Errors
/// When XML or expression cannot be read, or the expression gives something other than nodes.
pub fn select(xml: &str, expression: &str, output: Output) -> Result<String, Error> {
    let document = Document::parse(xml)?;
    let expression = parser::parse(expression)?;
    let tree = Tree::new(&document);
    match evaluate::evaluate(&tree, tree.root_element(), &expression, &[])? {
        Value::Nodes(nodes) => Ok(write::nodes(&tree, &nodes, output)),
        other => Err(Error::NoNodes(other.kind())),
    }
}
