//! The words of an expression.

use super::{Comparison, Wrong};

/// A word and the column where it begins, counted from 1.
pub(super) type Placed = (Token, usize);

/// A word of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Open,
    Close,
    Not,
    And,
    Or,
    Compare(Comparison),
    /// A field's name or a value, quotes resolved.
    Word(String),
}

/// What stands for what; of two that begin alike the longer one comes first.
const SIGNS: &[(&str, Token)] = &[
    ("==", Token::Compare(Comparison::Equal)),
    ("!=", Token::Compare(Comparison::Unequal)),
    ("<=", Token::Compare(Comparison::AtMost)),
    (">=", Token::Compare(Comparison::AtLeast)),
    ("=~", Token::Compare(Comparison::Matches)),
    ("&&", Token::And),
    ("||", Token::Or),
    ("<", Token::Compare(Comparison::Less)),
    (">", Token::Compare(Comparison::Greater)),
    ("(", Token::Open),
    (")", Token::Close),
    ("!", Token::Not),
];

/// The words of an expression, with the column after its end.
pub(super) fn tokens(text: &str) -> Result<(Vec<Placed>, usize), Wrong> {
    let mut tokens = Vec::new();
    let (mut rest, mut column) = (text, 1);
    // Counts on from where it was, as an expression may be long.
    let mut step = |rest: &mut &str, length: usize| {
        let at = column;
        column += rest[..length].chars().count();
        *rest = &rest[length..];
        at
    };
    loop {
        let space = rest.len() - rest.trim_start().len();
        step(&mut rest, space);
        if rest.is_empty() {
            return Ok((tokens, step(&mut rest, 0)));
        }
        if let Some((sign, token)) = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)) {
            tokens.push((token.clone(), step(&mut rest, sign.len())));
            continue;
        }
        let before = tokens.last().map(|(token, _)| token);
        let (word, length) = word(rest, before == Some(&Token::Compare(Comparison::Matches)));
        let at = step(&mut rest, length);
        let word = word
            .map_err(|(message, hint)| Wrong { hint: hint.map(str::to_owned), ..Wrong::new(at, message) })?;
        tokens.push((Token::Word(word), at));
    }
}

/// The word at the beginning, which may be a pattern, or what is wrong with it and what to do; and how long it is.
fn word(text: &str, is_pattern: bool) -> (Result<String, (&'static str, Option<&'static str>)>, usize) {
    let wrong = |message, hint| (Err((message, Some(hint))), 0);
    match text.chars().next() {
        Some(quote @ ('\'' | '"')) => match quoted(&text[1..], quote, is_pattern) {
            Some((word, after)) => (Ok(word), text.len() - after.len()),
            None => (Err(("the quote is not closed", None)), 0),
        },
        Some('=') => wrong("'=' alone compares nothing", "== compares"),
        Some('&') => wrong("'&' alone joins nothing", "&& is and"),
        Some('|') => wrong("'|' alone joins nothing", "|| is or; patterns with | need quotes"),
        _ => {
            let end = text.find(|char: char| char.is_whitespace() || "()!=<>&|'\"".contains(char));
            let end = end.unwrap_or(text.len());
            (Ok(text[..end].to_owned()), end)
        }
    }
}

/// What stands up to the closing quote, and what follows it. A backslash takes the meaning of a quote or another
/// backslash, and stands for itself elsewhere; in patterns two of them stay two, which they mean there.
fn quoted(text: &str, quote: char, is_pattern: bool) -> Option<(String, &str)> {
    let mut word = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        match char {
            _ if char == quote => return Some((word, &text[at + char.len_utf8()..])),
            '\\' if chars.peek().is_some_and(|(_, next)| *next == quote) => {
                word.push(quote);
                chars.next();
            }
            '\\' if chars.next_if(|(_, next)| *next == '\\').is_some() => {
                word.push_str(if is_pattern { "\\\\" } else { "\\" });
            }
            _ => word.push(char),
        }
    }
    None
}
