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
    /// Whether a value may hold commas unquoted (`cpuset=1-4,6`): words without `=` that follow belong to it.
    pub list: bool,
    /// One line of help.
    pub help: &'static str,
}

/// What setting a property touches. Places count from the table's element; `#` in a place is the number in the name.
#[derive(Debug, Clone, Copy)]
pub enum Target {
    /// The attribute or text at this place.
    At(&'static str),
    /// An element that is there or not (`readonly`).
    Present(&'static str),
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
    /// A whole number, maybe hexadecimal.
    Integer,
    /// Written `on` or `off`.
    OnOff,
    /// Written `yes` or `no`.
    YesNo,
    /// A size: `typed` is the unit of a bare number, `written` that of the document.
    Size {
        /// Of a number without a unit.
        typed: super::Unit,
        /// In the document.
        written: super::Unit,
    },
    /// One of these words, or one that a newer libvirt knows: others are passed on.
    Enum(&'static [&'static str]),
}

impl Property {
    /// Other names it goes by.
    pub(crate) const fn alias(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// Values may hold commas.
    pub(crate) const fn list(mut self) -> Self {
        self.list = true;
        self
    }

    /// Whether it tells the caller what to do and is not kept in the document.
    #[must_use]
    pub const fn is_request(&self) -> bool {
        matches!(self.target, Target::Request)
    }
}

const fn row(name: &'static str, target: Target, kind: Kind, help: &'static str) -> Property {
    Property { name, aliases: &[], target, kind, list: false, help }
}

pub(crate) const fn text(name: &'static str, place: &'static str, help: &'static str) -> Property {
    row(name, Target::At(place), Kind::Text, help)
}

pub(crate) const fn integer(name: &'static str, place: &'static str, help: &'static str) -> Property {
    row(name, Target::At(place), Kind::Integer, help)
}

pub(crate) const fn on_off(name: &'static str, place: &'static str, help: &'static str) -> Property {
    row(name, Target::At(place), Kind::OnOff, help)
}

pub(crate) const fn yes_no(name: &'static str, place: &'static str, help: &'static str) -> Property {
    row(name, Target::At(place), Kind::YesNo, help)
}

/// A word; the listed ones are offered, others are left to libvirt to judge.
pub(crate) const fn one_of(
    name: &'static str,
    place: &'static str,
    words: &'static [&'static str],
    help: &'static str,
) -> Property {
    row(name, Target::At(place), Kind::Enum(words), help)
}

/// Memory: typed in MiB, kept in KiB.
pub(crate) const fn size(name: &'static str, place: &'static str, help: &'static str) -> Property {
    let kind = Kind::Size { typed: super::Unit::MiB, written: super::Unit::KiB };
    row(name, Target::At(place), kind, help)
}

/// An element that is there or not.
pub(crate) const fn present(name: &'static str, place: &'static str, help: &'static str) -> Property {
    row(name, Target::Present(place), Kind::YesNo, help)
}

pub(crate) const fn request(name: &'static str, kind: Kind, help: &'static str) -> Property {
    row(name, Target::Request, kind, help)
}

pub(crate) const fn special(
    name: &'static str,
    kind: Kind,
    special: Special,
    help: &'static str,
) -> Property {
    row(name, Target::Special(special), kind, help)
}
