//! What `--filter` says: `state==running && memory>2GiB`.
//!
//! A condition compares fields with values: `==` `!=` `<` `<=` `>` `>=`, and `=~` with a regular expression. `&&`, `||`,
//! `!` and parentheses join conditions; a boolean stands for itself. Values with spaces or signs need quotes; numbers may
//! have a unit; `null` is what is not known. Of a list, one value that fits is enough.

mod lexer;
mod parser;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use regex_lite::Regex;

use super::data::{Record, Value};
use super::field::Fields;
use super::size::scaled;
use crate::failure::Failure;

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `=~`
    Matches,
}

/// What a record is asked.
#[derive(Debug)]
pub(crate) enum Condition {
    /// Whether one of these holds.
    Any(Vec<Condition>),
    /// Whether all of these hold.
    All(Vec<Condition>),
    /// Whether it does not hold.
    Not(Box<Condition>),
    /// Whether a field is true.
    Holds(String),
    /// Whether a field compares so.
    Compare(String, Comparison, Literal),
}

/// A value in an expression, read in every way in which it may be meant.
#[derive(Debug)]
pub(crate) struct Literal {
    text: String,
    number: Option<Number>,
    truth: Option<bool>,
    pattern: Option<Regex>,
}

/// A number, whole where it can be.
#[derive(Debug, Clone, Copy)]
enum Number {
    Whole(i128),
    Real(f64),
}

/// What is wrong with an expression, and where.
#[derive(Debug)]
struct Wrong {
    /// The column, counted from 1.
    column: usize,
    message: String,
    hint: Option<String>,
}

impl Wrong {
    fn new(column: usize, message: impl Into<String>) -> Self {
        Self { column, message: message.into(), hint: None }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl Condition {
    /// Reads an expression about these fields.
    ///
    /// # Errors
    /// Where it is none, or names a field that is not there; the column is told.
    pub(crate) fn read(text: &str, fields: &Fields) -> Result<Self, Failure> {
        parser::parse(text, fields).map_err(|wrong| Failure {
            said: vec![format!("--filter, column {}: {}", wrong.column, wrong.message)],
            hint: wrong.hint,
            ..Failure::silent()
        })
    }

    /// Whether it holds for a record.
    pub(crate) fn holds(&self, record: &Record) -> bool {
        match self {
            Self::Any(parts) => parts.iter().any(|part| part.holds(record)),
            Self::All(parts) => parts.iter().all(|part| part.holds(record)),
            Self::Not(inner) => !inner.holds(record),
            Self::Holds(field) => record.get(field) == Some(&Value::Boolean(true)),
            Self::Compare(field, how, literal) => {
                literal.compares(record.get(field).unwrap_or(&Value::Null), *how)
            }
        }
    }

    /// The fields that it looks at.
    pub(crate) fn fields<'c>(&'c self, found: &mut Vec<&'c str>) {
        match self {
            Self::Any(parts) | Self::All(parts) => parts.iter().for_each(|part| part.fields(found)),
            Self::Not(inner) => inner.fields(found),
            Self::Holds(field) | Self::Compare(field, ..) => found.push(field),
        }
    }

    fn any(mut parts: Vec<Self>) -> Self {
        match parts.len() {
            1 => parts.remove(0),
            _ => Self::Any(parts),
        }
    }

    fn all(mut parts: Vec<Self>) -> Self {
        match parts.len() {
            1 => parts.remove(0),
            _ => Self::All(parts),
        }
    }
}

impl Literal {
    fn read(text: String) -> Self {
        let truth = match text.as_str() {
            "true" | "yes" => Some(true),
            "false" | "no" => Some(false),
            _ => None,
        };
        Self { number: number(&text), truth, pattern: None, text }
    }

    /// The same as a regular expression.
    fn pattern(self) -> Result<Self, String> {
        // What the library says goes over several lines, of which the last tells what is wrong.
        let pattern = Regex::new(&self.text).map_err(|error| {
            let error = error.to_string();
            let reason = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
            format!("'{}' is no regular expression: {reason}", self.text)
        })?;
        Ok(Self { pattern: Some(pattern), ..self })
    }

    fn is_null(&self) -> bool {
        self.text == "null"
    }

    fn compares(&self, value: &Value, how: Comparison) -> bool {
        if let (Value::List(values), Comparison::Unequal) = (value, how) {
            return values.iter().all(|value| self.compares(value, how));
        }
        if let Value::List(values) = value {
            return values.iter().any(|value| self.compares(value, how));
        }
        if let Some(pattern) = &self.pattern {
            return text_of(value).is_some_and(|text| pattern.is_match(&text));
        }
        let order = self.order(value);
        match how {
            Comparison::Equal => order == Some(Ordering::Equal),
            Comparison::Unequal => order != Some(Ordering::Equal),
            Comparison::Less => order == Some(Ordering::Less),
            Comparison::Greater => order == Some(Ordering::Greater),
            Comparison::AtMost => order.is_some_and(Ordering::is_le),
            Comparison::AtLeast => order.is_some_and(Ordering::is_ge),
            Comparison::Matches => false,
        }
    }

    /// How the value stands to this one; nothing where the two cannot be compared.
    fn order(&self, value: &Value) -> Option<Ordering> {
        match value {
            Value::Null => self.is_null().then_some(Ordering::Equal),
            Value::Boolean(truth) => Some(truth.cmp(&self.truth?)),
            Value::Whole(number) => order(Number::Whole(*number), self.number?),
            Value::Real(number) => order(Number::Real(*number), self.number?),
            Value::Text(text) if *text == self.text => Some(Ordering::Equal),
            // Texts that only read alike, `vm1` and `vm01`, are still two.
            Value::Text(text) => Some(natural(text, &self.text).then_with(|| text.cmp(&self.text))),
            Value::List(_) | Value::Record(_) => None,
        }
    }
}

/// What a pattern is held against.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Whole(number) => Some(number.to_string()),
        Value::Real(number) => Some(number.to_string()),
        Value::Boolean(truth) => Some(truth.to_string()),
        Value::Null | Value::List(_) | Value::Record(_) => None,
    }
}

fn order(one: Number, other: Number) -> Option<Ordering> {
    match (one, other) {
        (Number::Whole(one), Number::Whole(other)) => Some(one.cmp(&other)),
        (one, other) => real(one).partial_cmp(&real(other)),
    }
}

fn real(number: Number) -> f64 {
    match number {
        Number::Whole(number) => number as f64,
        Number::Real(number) => number,
    }
}

/// A number, which may have a sign, a fraction and the unit of a size.
fn number(text: &str) -> Option<Number> {
    if let Ok(number) = text.parse() {
        return Some(Number::Whole(number));
    }
    let unit = text.find(|char: char| char.is_ascii_alphabetic()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(unit);
    let digits = digits.trim_end();
    if !digits.ends_with(|char: char| char.is_ascii_digit()) {
        return None;
    }
    let factor = if unit.is_empty() { 1 } else { scaled(&format!("1{unit}")).ok()? };
    match digits.parse::<i128>() {
        Ok(number) => number.checked_mul(factor.into()).map(Number::Whole),
        Err(_) => digits.parse::<f64>().ok().map(|number| Number::Real(number * factor as f64)),
    }
}

/// The order in which people look for names: case aside, and numbers in them as numbers, so that `vm2` is before `vm10`.
pub(super) fn natural(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one, other);
    loop {
        let (Some(left), Some(right)) = (one.chars().next(), other.chars().next()) else {
            return one.len().cmp(&other.len());
        };
        if left.is_ascii_digit() && right.is_ascii_digit() {
            let (digits, after) = leading_number(one);
            let (others, others_after) = leading_number(other);
            let order = digits.len().cmp(&others.len()).then_with(|| digits.cmp(others));
            if order.is_ne() {
                return order;
            }
            (one, other) = (after, others_after);
            continue;
        }
        let order = left.to_lowercase().cmp(right.to_lowercase());
        if order.is_ne() {
            return order;
        }
        (one, other) = (&one[left.len_utf8()..], &other[right.len_utf8()..]);
    }
}

/// The digits at the beginning, without leading zeros, and what follows them.
fn leading_number(text: &str) -> (&str, &str) {
    let end = text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    (digits.trim_start_matches('0'), rest)
}
