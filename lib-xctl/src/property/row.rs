//! One row of a table: a thing that can be named, and where and how it is kept.

use crate::document::{self, Document, Element};

/// A suboption. Adding one to the suite is adding a row.
#[derive(Debug, Clone, Copy)]
pub struct Property {
    /// The name in the options language; `#` stands for a number (`timer#.name`).
    pub name: &'static str,
    /// Other names it goes by.
    pub aliases: &'static [&'static str],
    /// What setting it touches.
    pub target: Target,
    /// What its values are.
    pub kind: Kind,
    /// Whether its value may hold commas without quotes: all words that follow belong to it, up to one that begins
    /// with a name of the table.
    pub commas: bool,
    /// One line of help.
    pub help: &'static str,
}

/// What setting a property touches. Places count from the table's element; `#` in a place is the number in the name.
#[derive(Debug, Clone, Copy)]
pub enum Target {
    /// The attribute, the text or (for [`Kind::Present`]) the element at this place.
    At(&'static str),
    /// More than one place, or one that depends on others.
    Special(Special),
    /// Nothing: it tells the caller what to do, who reads it from [`Options::get`](super::Options::get).
    Request,
}

/// How a property is kept that has no fixed place of its own. Numbers are those in the name.
#[derive(Debug, Clone, Copy)]
pub struct Special {
    /// What is there; `None` also where it can only be set (`--cpu disable=svm`).
    pub get: fn(&Document, Element, &[usize]) -> Option<String>,
    /// Sets it; an empty value clears.
    pub set: fn(&mut Document, Element, &[usize], &str) -> Result<(), document::Error>,
}

/// Kinds of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A path on this host; a relative one is taken from the current directory.
    Path,
    /// A list that may hold commas without quotes (`cpuset=1-4,6`): words without `=` that follow belong to it.
    List,
    /// Text, and the suboption may be given more than once.
    Many,
    /// A whole number, maybe hexadecimal.
    Integer,
    /// Written `on` or `off`.
    OnOff,
    /// Written `yes` or `no`.
    YesNo,
    /// Yes or no, kept as an element that is there or not (`readonly`).
    Present,
    /// A size: `typed` is the unit of a bare number, `written` that of the document.
    Size {
        /// Of a number without a unit.
        typed: super::Unit,
        /// In the document.
        written: super::Unit,
    },
    /// One of these words, or one that a newer libvirt knows: others are passed on.
    Enum(&'static [&'static str]),
    /// Text that has a form.
    Form(&'static Form),
}

/// What a text must be like.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// What may be typed, in words that follow "allowed is".
    pub allowed: &'static str,
    /// A text that is like that.
    pub example: &'static str,
    /// Whether a text is like that.
    pub fits: fn(&str) -> bool,
}

impl PartialEq for Form {
    fn eq(&self, other: &Self) -> bool {
        self.allowed == other.allowed
    }
}

impl Eq for Form {}

impl Property {
    /// Whether it tells the caller what to do and is not kept in the document.
    #[must_use]
    pub const fn is_request(&self) -> bool {
        matches!(self.target, Target::Request)
    }

    /// Its name and the other names it goes by.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }
}

/// A list of rows. A row is written as one of
///
/// ```text
/// "name" | "alias" | …: Kind => "place", "help";
/// "name": Kind => via SPECIAL, "help";
/// "name": Kind, "help";                            a request
/// ```
///
/// `, commas` after the kind lets values hold commas.
macro_rules! rows {
    ($($name:literal $(| $alias:literal)* : $kind:expr $(, $commas:ident)? $(=> $($place:literal)? $(via $special:expr)?)?, $help:literal;)*) => {{
        #[allow(unused_imports, reason = "not every list has every kind")]
        use $crate::property::Kind::{Enum, Form, Integer, List, Many, OnOff, Path, Present, Text, YesNo};
        &[$($crate::property::Property {
            name: $name,
            aliases: &[$($alias),*],
            target: $crate::property::rows!(@target $($($place)? $(via $special)?)?),
            kind: $kind,
            commas: $crate::property::rows!(@commas $($commas)?),
            help: $help,
        }),*]
    }};
    (@commas) => { false };
    (@commas commas) => { true };
    (@target) => { $crate::property::Target::Request };
    (@target $place:literal) => { $crate::property::Target::At($place) };
    (@target via $special:expr) => { $crate::property::Target::Special($special) };
}
pub(crate) use rows;
