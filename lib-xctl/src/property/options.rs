//! The text of an option: `path=/a,bus=virtio`.

use super::error::Error;
use super::table::Table;

/// What was typed after an option: `name=value` pairs in order.
///
/// Commas separate. A value with a comma in it is quoted (`path="a,b"` or `'path=a,b'`) or escaped (`a\,b`), as in a
/// shell. [`Table::parse`] is what programs use; it knows the names.
#[derive(Debug, Clone)]
pub struct Options {
    raw: String,
    items: Vec<Item>,
    table: Option<&'static Table>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) name: String,
    /// `None` where there is no `=`.
    pub(crate) value: Option<String>,
}

impl Options {
    /// Splits the text without looking at the names.
    ///
    /// # Errors
    /// [`Error::Quote`] if a quote is not closed.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let words = split(text).map_err(|why| Error::Quote { text: text.to_owned(), why })?;
        let items = words
            .into_iter()
            .map(|word| match word.split_once('=') {
                Some((name, value)) => Item { name: name.to_owned(), value: Some(value.to_owned()) },
                None => Item { name: word, value: None },
            })
            .collect();
        Ok(Self { raw: text.to_owned(), items, table: None })
    }

    /// The text as it was typed.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// Whether nothing was typed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether it says that there shall be no such device (`--network none`).
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.raw == "none" && self.table.is_none_or(|t| t.none)
    }

    /// The value of a suboption, by any of its names.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let name = self.canonical(name);
        self.items.iter().find(|i| i.name == name).and_then(|i| i.value.as_deref())
    }

    /// Whether a suboption was given, by any of its names.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        let name = self.canonical(name);
        self.items.iter().any(|i| i.name == name)
    }

    /// The value of a suboption as yes or no.
    #[must_use]
    pub fn is_on(&self, name: &str) -> Option<bool> {
        self.get(name).and_then(super::is_on)
    }

    /// Adds a suboption, or gives it another value.
    pub fn set(&mut self, name: &str, value: &str) {
        let name = self.canonical(name);
        let value = Some(value.to_owned());
        match self.items.iter_mut().find(|i| i.name == name) {
            Some(item) => item.value = value,
            None => self.items.push(Item { name, value }),
        }
    }

    /// Takes a suboption away and returns its value.
    pub fn remove(&mut self, name: &str) -> Option<String> {
        let name = self.canonical(name);
        let at = self.items.iter().position(|i| i.name == name)?;
        self.items.remove(at).value
    }

    /// The pairs in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.items.iter().map(|i| (i.name.as_str(), i.value.as_deref()))
    }

    pub(crate) fn items(&mut self) -> &mut Vec<Item> {
        &mut self.items
    }

    pub(super) fn table(&self) -> Option<&'static Table> {
        self.table
    }

    pub(super) fn bind(&mut self, table: &'static Table) {
        self.table = Some(table);
    }

    fn canonical(&self, name: &str) -> String {
        self.table.and_then(|t| t.canonical(name)).unwrap_or_else(|| name.to_owned())
    }
}

/// A value as the options language wants it, whatever is in it.
#[must_use]
pub fn quoted(value: &str) -> String {
    value.chars().fold(String::new(), |mut text, c| {
        if matches!(c, ',' | '\\' | '"' | '\'') {
            text.push('\\');
        }
        text.push(c);
        text
    })
}

/// Splits at commas as a POSIX shell splits at blanks: quotes group, a backslash escapes, empty words vanish.
fn split(text: &str) -> Result<Vec<String>, &'static str> {
    words(text, |c| c == ',')
}

/// Splits at blanks as a shell does. Quotes that do not match are taken as they are.
pub(crate) fn shell_words(text: &str) -> Vec<String> {
    words(text, char::is_whitespace).unwrap_or_else(|_| text.split_whitespace().map(str::to_owned).collect())
}

fn words(text: &str, separates: impl Fn(char) -> bool) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            c if separates(c) => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            '\\' => word.push(chars.next().ok_or("nothing follows the backslash at its end")?),
            '\'' => loop {
                match chars.next().ok_or("a ' is not closed")? {
                    '\'' => break,
                    c => word.push(c),
                }
            },
            '"' => loop {
                match chars.next().ok_or("a \" is not closed")? {
                    '"' => break,
                    '\\' => match chars.next().ok_or("a \" is not closed")? {
                        c @ ('"' | '\\') => word.push(c),
                        c => word.extend(['\\', c]),
                    },
                    c => word.push(c),
                }
            },
            c => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_a_shell_would() {
        for (text, words) in [
            ("path=/a b,size=5", vec!["path=/a b", "size=5"]),
            ("path=\"/a,b\",x", vec!["path=/a,b", "x"]),
            ("'path=/a,b',x", vec!["path=/a,b", "x"]),
            (r"path=/a\,b,x", vec!["path=/a,b", "x"]),
            (r#"a="q\"\n\\""#, vec![r#"a=q"\n\"#]),
            ("a,,b,", vec!["a", "b"]),
            ("", vec![]),
            ("a=b=c", vec!["a=b=c"]),
            ("path=/ü ’,ñ", vec!["path=/ü ’", "ñ"]),
        ] {
            assert_eq!(split(text).unwrap(), words, "{text}");
        }
        for bad in ["path='a", "path=\"a", "a\\", "\"a\\"] {
            assert!(split(bad).is_err(), "{bad}");
        }
    }
}
