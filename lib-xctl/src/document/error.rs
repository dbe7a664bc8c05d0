//! What can go wrong with a document.

/// Why a document could not be read or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is not well-formed XML. Line and column count from 1; the column counts characters.
    #[error("line {line}, column {column}: {why}\n  hint: {hint}")]
    Syntax {
        /// Line of the fault.
        line: usize,
        /// Column of the fault.
        column: usize,
        /// What is wrong there.
        why: String,
        /// What to do next.
        hint: &'static str,
    },
    /// The text is longer than any definition that libvirt would take.
    #[error("the document has {bytes} bytes, more than the {limit} that are read")]
    TooLarge {
        /// Length of the text.
        bytes: usize,
        /// Largest length that is read.
        limit: usize,
    },
    /// Elements are nested deeper than any definition needs.
    #[error("line {line}: elements are nested more than {limit} deep")]
    TooDeep {
        /// Line of the first element that is too deep.
        line: usize,
        /// Deepest nesting that is read.
        limit: usize,
    },
    /// A place such as `driver/@cache` is not written correctly.
    #[error(
        "'{place}' is not a place in a document: {why}\n  hint: places look like driver/@cache, feature[@name='x']/@policy or timer[2]"
    )]
    Place {
        /// The place as given.
        place: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// XML cannot hold this character, escaped or not.
    #[error("the value for {what} holds the control character {code:#04x}, which XML cannot carry")]
    Character {
        /// The attribute or element that was to be set.
        what: String,
        /// Code point of the character.
        code: u32,
    },
    /// A value that is put into several places cannot be taken apart.
    #[error("'{value}' cannot be set: allowed is {allowed}")]
    Value {
        /// The value as given.
        value: String,
        /// What may be given, in words.
        allowed: &'static str,
    },
}
