//! What an expression gives.

use super::tree::{Id, Tree};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Nodes, each once, in the document's order.
    Nodes(Vec<Id>),
    Number(f64),
    Text(String),
    Truth(bool),
}

impl Value {
    /// Nodes in any order, some perhaps twice.
    pub(super) fn nodes(mut nodes: Vec<Id>) -> Self {
        nodes.sort_unstable();
        nodes.dedup();
        Self::Nodes(nodes)
    }

    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Nodes(_) => "list of nodes",
            Self::Number(_) => "number",
            Self::Text(_) => "text",
            Self::Truth(_) => "truth value",
        }
    }

    pub(super) fn to_text(&self, tree: &Tree<'_>) -> String {
        match self {
            Self::Nodes(nodes) => nodes.first().map(|&id| tree.string_value(id)).unwrap_or_default(),
            Self::Number(number) => number_text(*number),
            Self::Text(text) => text.clone(),
            Self::Truth(truth) => truth.to_string(),
        }
    }

    pub(super) fn to_number(&self, tree: &Tree<'_>) -> f64 {
        match self {
            Self::Number(number) => *number,
            Self::Truth(truth) => f64::from(u8::from(*truth)),
            Self::Nodes(_) | Self::Text(_) => text_number(&self.to_text(tree)),
        }
    }

    pub(super) fn to_truth(&self) -> bool {
        match self {
            Self::Nodes(nodes) => !nodes.is_empty(),
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::Text(text) => !text.is_empty(),
            Self::Truth(truth) => *truth,
        }
    }
}

/// A number as XPath writes it: no exponent, no point where there is nothing behind it.
fn number_text(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else if number == 0.0 {
        "0".to_owned()
    } else {
        number.to_string()
    }
}

/// A text as XPath reads a number: digits, a point, a minus, blanks around; anything else is no number.
pub(super) fn text_number(text: &str) -> f64 {
    let text = text.trim_matches([' ', '\t', '\n', '\r']);
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.chars().all(|char| char.is_ascii_digit() || char == '.');
    if plain { text.parse().unwrap_or(f64::NAN) } else { f64::NAN }
}
