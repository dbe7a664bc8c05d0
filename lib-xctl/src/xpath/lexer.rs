//! Tokens of an expression.

use super::Error;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name that is no operator, with its prefix if there is one; `*` may be either part.
    Name(String),
    /// An operator, a bracket, a comma, `::`, `@`, `.`, `..`.
    Sign(&'static str),
    Literal(String),
    Number(f64),
}

/// A token and where it begins, counted from 1.
pub(super) type Placed = (Token, usize);

/// Longer signs come before those that they begin with.
const SIGNS: [&str; 23] = [
    "..", "::", "//", "!=", "<=", ">=", "(", ")", "[", "]", ".", "@", ",", "/", "|", "+", "-", "=", "<", ">",
    "*", "$", ":",
];
/// Names that are operators where an operand cannot stand.
const OPERATOR_NAMES: [&str; 4] = ["and", "or", "mod", "div"];

/// Splits an expression.
///
/// # Errors
/// For a literal without an end and for what is no token.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, Error> {
    let mut found: Vec<Placed> = Vec::new();
    let mut at = 0;
    while let Some(char) = text[at..].chars().next() {
        if char.is_ascii_whitespace() {
            at += 1;
            continue;
        }
        let place = text[..at].chars().count() + 1;
        let (token, length) = next(&text[at..], found.last().map(|(token, _)| token))
            .ok_or_else(|| Error::Syntax { problem: problem(char), at: place })?;
        found.push((token, place));
        at += length;
    }
    Ok(found)
}

fn problem(char: char) -> String {
    match char {
        '"' | '\'' => "a text without its closing quote".to_owned(),
        _ => format!("an unexpected '{char}'"),
    }
}

/// Whether an operand ends with this token, so that only an operator can follow.
fn ends_operand(before: Option<&Token>) -> bool {
    match before {
        None => false,
        Some(Token::Sign(sign)) => [")", "]", ".", ".."].contains(sign),
        Some(Token::Name(_) | Token::Literal(_) | Token::Number(_)) => true,
    }
}

fn next(rest: &str, before: Option<&Token>) -> Option<(Token, usize)> {
    let char = rest.chars().next()?;
    if char == '"' || char == '\'' {
        let inner = &rest[1..];
        let end = inner.find(char)?;
        return Some((Token::Literal(inner[..end].to_owned()), end + 2));
    }
    let is_digit = |char: Option<char>| char.is_some_and(|char| char.is_ascii_digit());
    if is_digit(Some(char)) || (char == '.' && is_digit(rest.chars().nth(1))) {
        let end = number_length(rest);
        return Some((Token::Number(rest[..end].parse().ok()?), end));
    }
    if is_name_start(char) {
        let length = name_length(rest);
        let name = &rest[..length];
        if let Some(&operator) = OPERATOR_NAMES.iter().find(|&&known| known == name)
            && ends_operand(before)
        {
            return Some((Token::Sign(operator), length));
        }
        let length = qualified_length(rest, length);
        return Some((Token::Name(rest[..length].to_owned()), length));
    }
    if char == '*' && !ends_operand(before) {
        return Some((Token::Name("*".to_owned()), 1));
    }
    let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign))?;
    Some((Token::Sign(sign), sign.len()))
}

fn number_length(rest: &str) -> usize {
    let digits = |text: &str| text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
    let whole = digits(rest);
    match rest[whole..].strip_prefix('.') {
        Some(fraction) => whole + 1 + digits(fraction),
        None => whole,
    }
}

fn is_name_start(char: char) -> bool {
    char.is_alphabetic() || char == '_'
}

fn name_length(text: &str) -> usize {
    let part = |char: char| char.is_alphanumeric() || "_-.".contains(char);
    text.find(|char| !part(char)).unwrap_or(text.len())
}

/// The length of a name with its prefix; `child::x` has none.
fn qualified_length(rest: &str, prefix: usize) -> usize {
    let Some(local) = rest[prefix..].strip_prefix(':') else { return prefix };
    match local.chars().next() {
        Some('*') => prefix + 2,
        Some(char) if is_name_start(char) => prefix + 1 + name_length(local),
        _ => prefix,
    }
}
