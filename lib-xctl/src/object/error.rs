//! Why a property was not set.

use crate::property;

/// A property that was not set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot set '{name}' of a {kind}: {why}")]
pub struct Error {
    /// What has it: the name of its root element.
    pub kind: &'static str,
    /// The property.
    pub name: String,
    /// Why, in words.
    pub why: String,
}

impl Error {
    /// What a table says of an option, said of a property.
    pub(super) fn new(kind: &'static str, name: &str, error: property::Error) -> Self {
        let why = match error {
            property::Error::Unknown { nearest: Some(nearest), .. } => {
                format!("there is no such property; did you mean '{nearest}'?")
            }
            property::Error::Unknown { .. } => "there is no such property".to_owned(),
            property::Error::Value { value, allowed, .. } => format!("it is {allowed}, not '{value}'"),
            property::Error::Document { source, .. } => source.to_string(),
            other => other.to_string(),
        };
        Self { kind, name: name.to_owned(), why }
    }
}
