//! An option that is not a property of the guest, as a row of its program's table.

/// How an option takes its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// It is there or not.
    Nothing,
    /// One value; giving the option twice is an error.
    One(&'static str),
    /// One value each time it is given.
    Many(&'static str),
    /// A value that may be left out, and what it then is.
    Maybe(&'static str, &'static str),
    /// It has no dashes: the word itself is the value.
    Operand(&'static str),
}

/// One option.
#[derive(Debug)]
pub struct Row {
    /// Its long name.
    pub name: &'static str,
    /// Its letter.
    pub short: Option<char>,
    /// Other long names.
    pub aliases: &'static [&'static str],
    /// What it takes.
    pub takes: Takes,
    /// The section of the help that it stands in; hidden options have none.
    pub section: Option<&'static str>,
    /// What it is for.
    pub help: &'static str,
}

impl Row {
    /// An option that help shows in this section.
    #[must_use]
    pub const fn new(name: &'static str, takes: Takes, section: &'static str, help: &'static str) -> Row {
        Row { name, short: None, aliases: &[], takes, section: Some(section), help }
    }

    /// One that is taken, but not shown.
    #[must_use]
    pub const fn hidden(name: &'static str, takes: Takes, help: &'static str) -> Row {
        Row { name, short: None, aliases: &[], takes, section: None, help }
    }

    /// The same with a letter.
    #[must_use]
    pub const fn letter(self, short: char) -> Row {
        Row { short: Some(short), ..self }
    }

    /// The same with further names.
    #[must_use]
    pub const fn or(self, aliases: &'static [&'static str]) -> Row {
        Row { aliases, ..self }
    }
}

/// How an option of the library's tables is typed, where that is out of the ordinary.
#[derive(Debug)]
pub struct Manner {
    /// The table's option.
    pub option: &'static str,
    /// Its letter.
    pub short: Option<char>,
    /// What it stands for without a value.
    pub missing: Option<&'static str>,
}
