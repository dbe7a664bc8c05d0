//! From words to conditions: `||` joins the loosest, then `&&`, then `!`.

use super::lexer::{Placed, Token, tokens};
use super::{Comparison, Condition, Literal, Wrong};
use crate::failure::nearest;
use crate::output::field::{Field, Fields, Type};

/// How deep parentheses and `!` may be nested: far more than anybody needs, far less than the stack holds.
const DEEPEST: usize = 64;

pub(super) fn parse(text: &str, fields: &Fields) -> Result<Condition, Wrong> {
    let (tokens, end) = tokens(text)?;
    let mut parser = Parser { tokens: tokens.into_iter().peekable(), end, depth: 0, fields };
    let condition = parser.any()?;
    match parser.tokens.next() {
        None => Ok(condition),
        Some((token, at)) => Err(unexpected(&token, at)),
    }
}

struct Parser<'f, I: Iterator<Item = Placed>> {
    tokens: std::iter::Peekable<I>,
    end: usize,
    depth: usize,
    fields: &'f Fields,
}

impl<'f, I: Iterator<Item = Placed>> Parser<'f, I> {
    fn take(&mut self, wanted: &Token) -> bool {
        self.tokens.next_if(|(token, _)| token == wanted).is_some()
    }

    fn any(&mut self) -> Result<Condition, Wrong> {
        let mut parts = vec![self.all()?];
        while self.take(&Token::Or) {
            parts.push(self.all()?);
        }
        Ok(Condition::any(parts))
    }

    fn all(&mut self) -> Result<Condition, Wrong> {
        let mut parts = vec![self.one()?];
        while self.take(&Token::And) {
            parts.push(self.one()?);
        }
        Ok(Condition::all(parts))
    }

    fn one(&mut self) -> Result<Condition, Wrong> {
        match self.tokens.next() {
            Some((Token::Not, at)) => {
                self.deeper(at)?;
                let inner = self.one()?;
                self.depth -= 1;
                Ok(Condition::Not(Box::new(inner)))
            }
            Some((Token::Open, at)) => {
                self.deeper(at)?;
                let inner = self.any()?;
                self.depth -= 1;
                match self.tokens.next() {
                    Some((Token::Close, _)) => Ok(inner),
                    Some((token, at)) => Err(unexpected(&token, at)),
                    None => Err(Wrong::new(at, "the parenthesis is not closed")),
                }
            }
            Some((Token::Word(name), at)) => self.comparison(name, at),
            Some((token, at)) => Err(unexpected(&token, at)),
            None => Err(Wrong::new(self.end, "a field is missing")),
        }
    }

    fn deeper(&mut self, at: usize) -> Result<(), Wrong> {
        self.depth += 1;
        match self.depth <= DEEPEST {
            true => Ok(()),
            false => Err(Wrong::new(at, format!("more than {DEEPEST} levels"))),
        }
    }

    fn comparison(&mut self, name: String, at: usize) -> Result<Condition, Wrong> {
        let field = self.field(&name, at)?;
        let kind = field.map(|field| field.kind);
        let Some((Token::Compare(how), sign)) =
            self.tokens.next_if(|(token, _)| matches!(token, Token::Compare(_)))
        else {
            return match kind {
                None | Some(Type::Boolean) => Ok(Condition::Holds(name)),
                Some(_) => Err(Wrong::new(at, format!("'{name}' is not yes or no by itself"))
                    .hint(format!("compare it: {name}==..."))),
            };
        };
        match self.tokens.next() {
            Some((Token::Word(text), at)) => {
                Ok(Condition::Compare(name, how, literal(field, how, text, at)?))
            }
            Some((token, at)) => Err(unexpected(&token, at)),
            None => Err(Wrong::new(sign, "there is nothing to compare with")),
        }
    }

    /// The field of that name; none where the hypervisor names it.
    fn field(&self, name: &str, at: usize) -> Result<Option<&'f Field>, Wrong> {
        if let Some(field) = self.fields.find(name) {
            return Ok(Some(field));
        }
        if self.fields.open().is_some() {
            return Ok(None);
        }
        let wrong = Wrong::new(at, format!("there is no field '{name}'"));
        Err(wrong.hint(match nearest(name, self.fields.names()) {
            Some(near) => format!("did you mean '{near}'?"),
            None => self.fields.taught(),
        }))
    }
}

fn literal(field: Option<&Field>, how: Comparison, text: String, at: usize) -> Result<Literal, Wrong> {
    let literal = Literal::read(text);
    let kind = field.map(|field| field.kind);
    if how == Comparison::Matches {
        return literal.pattern().map_err(|message| Wrong::new(at, message));
    }
    if let Some(Field { name, words, .. }) = field
        && matches!(how, Comparison::Equal | Comparison::Unequal)
        && !words.is_empty()
        && !literal.is_null()
        && !words.contains(&literal.text.as_str())
    {
        let wrong = Wrong::new(at, format!("'{name}' is never '{}'", literal.text));
        return Err(wrong.hint(format!("it is one of {}", words.join(", "))));
    }
    let fits = literal.is_null()
        || match kind {
            Some(Type::Number) => literal.number.is_some(),
            Some(Type::Boolean) => literal.truth.is_some(),
            _ => true,
        };
    match fits {
        true => Ok(literal),
        false if kind == Some(Type::Boolean) => {
            Err(Wrong::new(at, format!("'{}' is neither true nor false", literal.text)))
        }
        false => Err(Wrong::new(at, format!("'{}' is no number", literal.text))
            .hint("numbers may have a unit: 2GiB, 500MB")),
    }
}

fn unexpected(token: &Token, at: usize) -> Wrong {
    Wrong::new(
        at,
        match token {
            Token::Open => "'(' has no place here".to_owned(),
            Token::Close => "')' has no place here".to_owned(),
            Token::Not => "'!' has no place here".to_owned(),
            Token::And => "'&&' has no place here".to_owned(),
            Token::Or => "'||' has no place here".to_owned(),
            Token::Compare(_) => "there is nothing to compare".to_owned(),
            Token::Word(word) => format!("'{word}' has no place here"),
        },
    )
}
