//! What can be wrong with the text of an option.

use crate::document;

/// Why the text of an option was refused. `option` is its name without the dashes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No row has this name.
    #[error("--{option}: unknown suboption '{name}'{} ('--{option} help' lists all)", guess(.nearest.as_deref()))]
    Unknown {
        /// The option.
        option: &'static str,
        /// What was typed.
        name: String,
        /// The name that comes nearest.
        nearest: Option<String>,
    },
    /// A suboption is there more than once, maybe under another of its names.
    #[error("--{option}: '{name}' is given twice")]
    Twice {
        /// The option.
        option: &'static str,
        /// The suboption.
        name: String,
    },
    /// A suboption that needs a value has none.
    #[error("--{option}: '{name}' needs a value: {name}=…")]
    NoValue {
        /// The option.
        option: &'static str,
        /// The suboption.
        name: String,
    },
    /// A value is not of the kind that the suboption takes.
    #[error("--{option} {name}={value}: allowed is {allowed}")]
    Value {
        /// The option.
        option: &'static str,
        /// The suboption.
        name: String,
        /// What was typed.
        value: String,
        /// What may be typed.
        allowed: String,
    },
    /// What was typed makes no sense together.
    #[error("--{option}: {why}")]
    Combination {
        /// The option.
        option: &'static str,
        /// What does not fit.
        why: String,
    },
    /// A device is looked for by a suboption that tells what to do and is not kept.
    #[error("--{option}: nothing can be found by '{name}', which is not kept in the definition")]
    NotKept {
        /// The option.
        option: &'static str,
        /// The suboption.
        name: String,
    },
    /// A quote is not closed, or nothing follows a backslash.
    #[error(
        "'{text}': {why}\n  hint: write \\' or \\\" for a quote and \\, for a comma that belong to a value"
    )]
    Quote {
        /// The whole text.
        text: String,
        /// Which quote.
        why: &'static str,
    },
    /// A path of `xpath.set` and its like leads nowhere.
    #[error("--{option}: '{path}': {why}")]
    Path {
        /// The option.
        option: &'static str,
        /// The path.
        path: String,
        /// Why.
        why: String,
    },
    /// The document cannot hold it.
    #[error("--{option}")]
    Document {
        /// The option.
        option: &'static str,
        /// Why.
        #[source]
        source: document::Error,
    },
}

fn guess(nearest: Option<&str>) -> String {
    nearest.map_or(String::new(), |n| format!("; did you mean '{n}'?"))
}
