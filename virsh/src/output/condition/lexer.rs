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
    let mut rest = text;
    let column = |rest: &str| text[..text.len() - rest.len()].chars().count() + 1;
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else { break };
        let at = column(rest);
        if let Some((sign, token)) = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)) {
            tokens.push((token.clone(), at));
            rest = &rest[sign.len()..];
            continue;
        }
        let word = match first {
            '\'' | '"' => {
                let (word, after) =
                    quoted(&rest[1..], first).ok_or_else(|| Wrong::new(at, "the quote is not closed"))?;
                rest = after;
                word
            }
            '=' => return Err(Wrong::new(at, "'=' alone compares nothing").hint("== compares")),
            '&' => return Err(Wrong::new(at, "'&' alone joins nothing").hint("&& is and")),
            '|' => return Err(Wrong::new(at, "'|' alone joins nothing").hint("|| is or; patterns with | need quotes")),
            _ => {
                let end = rest.find(|char: char| char.is_whitespace() || "()!=<>&|'\"".contains(char));
                let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
                rest = after;
                word.to_owned()
            }
        };
        tokens.push((Token::Word(word), at));
    }
    Ok((tokens, column(rest)))
}

/// What stands up to the closing quote, and what follows it; a backslash takes the quote's meaning, and nothing else's.
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut word = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        match char {
            _ if char == quote => return Some((word, &text[at + char.len_utf8()..])),
            '\\' if chars.peek().is_some_and(|(_, next)| *next == quote) => {
                word.push(quote);
                chars.next();
            }
            _ => word.push(char),
        }
    }
    None
}
