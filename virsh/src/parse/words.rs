//! Words of a command line: quotes, escapes, comments and command ends.
//!
//! As in a POSIX shell, `'…'` takes everything as it is, `"…"` and unquoted text know `\` as escape, a word that
//! starts with `#` begins a comment, `;` and a line's end each end a command, and `\` at a line's end joins lines.

use crate::failure::Failure;

/// A part of a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// A word, quotes and escapes resolved.
    Word(String),
    /// The end of a command.
    End,
}

/// The words of a line, read one by one: what comes before a fault is seen before the fault is.
pub(crate) struct Words<'a> {
    text: &'a str,
    /// Where the next part begins.
    at: usize,
}

impl<'a> Words<'a> {
    /// The words of this text.
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn step(&mut self) -> Option<char> {
        let char = self.peek()?;
        self.at += char.len_utf8();
        Some(char)
    }

    fn skip_space(&mut self) {
        loop {
            let rest = &self.text[self.at..];
            match rest.starts_with("\\\n") {
                true => self.at += "\\\n".len(),
                false if rest.starts_with([' ', '\t']) => self.at += 1,
                false => return,
            }
        }
    }

    /// Reads a word; a fault is told apart from the word that came before it.
    fn word(&mut self) -> (String, Option<&'static str>) {
        let mut word = String::new();
        let mut quote = None;
        while let Some(char) = self.peek() {
            if quote.is_none() && matches!(char, ' ' | '\t' | ';' | '\n') {
                break;
            }
            self.step();
            match (char, quote) {
                ('\'' | '"', None) => quote = Some(char),
                (_, Some(open)) if char == open => quote = None,
                ('\\', None | Some('"')) => match self.step() {
                    None => return (word, Some("dangling \\")),
                    Some('\n') => {}
                    Some(escaped) => word.push(escaped),
                },
                _ => word.push(char),
            }
        }
        // A missing ' is let pass, as it always was.
        (word, (quote == Some('"')).then_some("missing \""))
    }
}

impl Iterator for Words<'_> {
    type Item = Result<Token, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        self.skip_space();
        match self.peek()? {
            ';' | '\n' => {
                self.step();
                Some(Ok(Token::End))
            }
            '#' => {
                let rest = &self.text[self.at..];
                self.at += rest.find('\n').map_or(rest.len(), |end| end + 1);
                Some(Ok(Token::End))
            }
            _ => match self.word() {
                (word, None) => Some(Ok(Token::Word(word))),
                (_, Some(fault)) => {
                    self.at = self.text.len();
                    Some(Err(Failure::said(fault)))
                }
            },
        }
    }
}

/// The last command of a line that is still being typed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unfinished {
    /// Its finished words.
    pub(crate) words: Vec<String>,
    /// The word at the end, as far as it is typed; empty after a space.
    pub(crate) partial: String,
    /// Where that word begins in the line.
    pub(crate) start: usize,
}

/// Reads a line up to where the user is typing.
pub(crate) fn unfinished(line: &str) -> Unfinished {
    let mut reader = Words::new(line);
    let mut words = Vec::new();
    loop {
        reader.skip_space();
        let start = reader.at;
        match reader.peek() {
            None => return Unfinished { words, partial: String::new(), start },
            Some(';' | '\n') => {
                reader.step();
                words.clear();
            }
            Some(_) => {
                let (word, _) = reader.word();
                if reader.at == line.len() {
                    return Unfinished { words, partial: word, start };
                }
                words.push(word);
            }
        }
    }
}

/// A word as it has to be typed to be read as it is.
pub(crate) fn quoted(word: &str) -> String {
    let mut typed = String::new();
    for (index, char) in word.chars().enumerate() {
        if matches!(char, ' ' | '\t' | ';' | '\'' | '"' | '\\') || (index == 0 && char == '#') {
            typed.push('\\');
        }
        typed.push(char);
    }
    typed
}
