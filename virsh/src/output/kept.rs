//! What one of several works has printed, kept in its order until it is shown in one piece.

use super::Output;

/// Everything that was printed.
#[derive(Debug, Default)]
pub(crate) struct Kept(Vec<Piece>);

#[derive(Debug)]
enum Piece {
    /// For standard output.
    Text(Vec<u8>),
    Error(String),
    Hint(String),
    Told(String),
    Debug(String),
}

impl Kept {
    /// An error, and nothing else.
    pub(crate) fn error_alone(message: &str) -> Self {
        Self(vec![Piece::Error(message.to_owned())])
    }

    pub(super) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        match self.0.last_mut() {
            Some(Piece::Text(text)) => text.extend_from_slice(bytes),
            _ => self.0.push(Piece::Text(bytes.to_vec())),
        }
    }

    pub(super) fn error(&mut self, message: &str) {
        self.0.push(Piece::Error(message.to_owned()));
    }

    pub(super) fn hint(&mut self, message: &str) {
        self.0.push(Piece::Hint(message.to_owned()));
    }

    pub(super) fn told(&mut self, message: &str) {
        self.0.push(Piece::Told(message.to_owned()));
    }

    pub(super) fn debug(&mut self, message: &str) {
        self.0.push(Piece::Debug(message.to_owned()));
    }

    /// Whether anything goes to standard output.
    pub(crate) fn has_text(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Text(_)))
    }

    /// Takes out what goes to standard output.
    pub(crate) fn take_text(&mut self) -> Vec<u8> {
        let mut taken = Vec::new();
        self.0.retain(|piece| match piece {
            Piece::Text(text) => {
                taken.extend_from_slice(text);
                false
            }
            _ => true,
        });
        taken
    }

    pub(super) fn replay(self, output: &Output, about: Option<&str>) {
        let about = about.map(|name| format!("{name}: ")).unwrap_or_default();
        for piece in self.0 {
            match piece {
                Piece::Text(bytes) => {
                    output.bytes(&bytes);
                    // What comes next is about another one.
                    if !about.is_empty() && !bytes.ends_with(b"\n") {
                        output.bytes(b"\n");
                    }
                }
                Piece::Error(message) => output.error(format_args!("{about}{message}")),
                Piece::Hint(message) => output.hint(message),
                Piece::Told(message) => output.tell(format_args!("{about}{message}")),
                Piece::Debug(message) => output.debug(format_args!("{about}{message}")),
            }
        }
    }
}
