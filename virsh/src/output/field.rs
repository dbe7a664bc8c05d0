//! The fields that a command's data has, declared once: help, man page, completion and validation come from them.

use std::borrow::Cow;

use super::data::{Record, Value};
use crate::failure::{Failure, nearest};

/// What a field holds where it is not null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    /// A text.
    Text,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A list.
    List,
    /// A record.
    Record,
}

impl Type {
    /// What help calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::List => "list",
            Self::Record => "record",
        }
    }
}

/// A field.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    /// Its name, which never changes: programs rely on it.
    pub(crate) name: &'static str,
    /// What it holds.
    pub(crate) kind: Type,
    /// What a number counts; may be empty.
    pub(crate) unit: &'static str,
    /// What it says, in one line.
    pub(crate) help: &'static str,
    /// All texts that it can hold; none where it holds any.
    pub(crate) words: &'static [&'static str],
    /// Whether a table leaves it out unless it is asked for.
    pub(crate) aside: bool,
}

impl Field {
    const fn new(name: &'static str, kind: Type, unit: &'static str, help: &'static str) -> Self {
        Self { name, kind, unit, help, words: &[], aside: false }
    }

    /// The same, of which these are all texts that it can hold.
    pub(crate) const fn one_of(self, words: &'static [&'static str]) -> Self {
        Self { words, ..self }
    }

    /// The same; a table leaves it out unless it is asked for.
    pub(crate) const fn aside(self) -> Self {
        Self { aside: true, ..self }
    }

    /// What it says, and all that it can hold, in one line.
    pub(crate) fn description(&self) -> String {
        match self.words {
            [] => self.help.to_owned(),
            words => format!("{}: {}", self.help, words.join(", ")),
        }
    }

    /// What it holds, as help says it: `number (bytes)`.
    pub(crate) fn type_and_unit(&self) -> String {
        match self.unit {
            "" => self.kind.name().to_owned(),
            unit => format!("{} ({unit})", self.kind.name()),
        }
    }
}

/// A text.
pub(crate) const fn text(name: &'static str, help: &'static str) -> Field {
    Field::new(name, Type::Text, "", help)
}

/// A number that counts things.
pub(crate) const fn number(name: &'static str, help: &'static str) -> Field {
    Field::new(name, Type::Number, "", help)
}

/// The unit of [`bytes`].
pub(super) const BYTES: &str = "bytes";

/// A size.
pub(crate) const fn bytes(name: &'static str, help: &'static str) -> Field {
    Field::new(name, Type::Number, BYTES, help)
}

/// A number with this unit.
pub(crate) const fn measured(name: &'static str, unit: &'static str, help: &'static str) -> Field {
    Field::new(name, Type::Number, unit, help)
}

/// Yes or no.
pub(crate) const fn boolean(name: &'static str, help: &'static str) -> Field {
    Field::new(name, Type::Boolean, "", help)
}

/// A list.
pub(crate) const fn list(name: &'static str, help: &'static str) -> Field {
    Field::new(name, Type::List, "", help)
}

/// A record.
pub(crate) const fn record(name: &'static str, help: &'static str) -> Field {
    Field::new(name, Type::Record, "", help)
}

/// All fields of a command's data.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields {
    /// Those that come before the others.
    before: &'static [Field],
    declared: &'static [Field],
    /// What further fields there are, where the hypervisor names them.
    open: Option<&'static str>,
}

impl Fields {
    /// These and no others.
    pub(crate) const fn new(declared: &'static [Field]) -> Self {
        Self { before: &[], declared, open: None }
    }

    /// These, and those that the hypervisor names.
    pub(crate) const fn and_more(self, help: &'static str) -> Self {
        Self { open: Some(help), ..self }
    }

    /// These after others.
    pub(crate) const fn after(self, before: &'static [Field]) -> Self {
        Self { before, ..self }
    }

    /// Those that are declared, in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Field> {
        self.before.iter().chain(self.declared)
    }

    /// What further fields there are.
    pub(crate) fn open(&self) -> Option<&'static str> {
        self.open
    }

    /// The field of that name.
    pub(crate) fn find(&self, name: &str) -> Option<&Field> {
        self.iter().find(|field| field.name == name)
    }

    /// The names of those that are declared.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.iter().map(|field| field.name)
    }

    /// The names for people.
    pub(crate) fn taught(&self) -> String {
        format!("there are {}", self.names().collect::<Vec<_>>().join(", "))
    }

    /// Refuses a name that no field has, with the one that is nearest.
    ///
    /// # Errors
    /// Where it is none.
    pub(crate) fn check(&self, option: &str, name: &str) -> Result<(), Failure> {
        if self.open.is_some() || self.find(name).is_some() {
            return Ok(());
        }
        let failure = Failure::said(format!("--{option}: there is no field '{name}'"));
        Err(match nearest(name, self.names()) {
            Some(near) => failure.hint(format!("did you mean '{near}'?")),
            None => failure.hint(self.taught()),
        })
    }

    /// The record with all declared fields in their order; those of which nothing is known are null.
    pub(crate) fn complete(&self, mut record: Record) -> Record {
        if record.iter().map(|(name, _)| name).eq(self.names()) {
            return record;
        }
        let mut whole: Record = Record::new();
        whole.extend(self.iter().map(|field| (Cow::Borrowed(field.name), record.take(field.name))));
        debug_assert!(self.open.is_some() || record.is_empty(), "{record:?} is not declared");
        if self.open.is_some() {
            whole.extend(record);
        }
        whole
    }

    /// A value of that field as a table shows it.
    pub(super) fn shown(&self, name: &str, value: &Value) -> String {
        match value {
            Value::Whole(size) if self.find(name).is_some_and(|field| field.unit == BYTES) => {
                u64::try_from(*size).map_or_else(|_| size.to_string(), super::size::bytes)
            }
            value => plain(value),
        }
    }
}

/// A value for people.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Boolean(truth) => if *truth { "yes" } else { "no" }.to_owned(),
        Value::Whole(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::List(values) => values.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Record(record) => {
            let parts = record.iter().map(|(name, value)| format!("{name}={}", plain(value)));
            parts.collect::<Vec<_>>().join(" ")
        }
    }
}
