//! What a command that prints data has to say, for whoever wants it as data.

use super::option::{COLUMNS, FILTER, OUTPUT, SORT};
use super::{Arguments, Opt};
use crate::control::Control;
use crate::failure::Failure;
use crate::output::field::{Field, Fields};
use crate::output::{Data, Record};

/// What finds data out.
pub(crate) type Find<T> = fn(&mut Control, &Arguments) -> Result<T, Failure>;

/// The data of a command: its fields, and the function that finds it out.
pub(crate) struct Answer {
    /// Its fields.
    pub(crate) fields: Fields,
    source: Source,
}

enum Source {
    List(Find<Vec<Record>>),
    Facts(Find<Record>),
}

impl Answer {
    /// A list: a record for each of several things.
    pub(crate) const fn list(fields: &'static [Field], find: Find<Vec<Record>>) -> Self {
        Self { fields: Fields::new(fields), source: Source::List(find) }
    }

    /// What is known about one thing.
    pub(crate) const fn facts(fields: &'static [Field], find: Find<Record>) -> Self {
        Self { fields: Fields::new(fields), source: Source::Facts(find) }
    }

    /// The same with further fields, which the hypervisor names.
    pub(crate) const fn and_more(self, help: &'static str) -> Self {
        Self { fields: self.fields.and_more(help), ..self }
    }

    /// The options that show it.
    pub(crate) const fn options(&self) -> &'static [Opt] {
        match self.source {
            Source::List(_) => &[OUTPUT, COLUMNS, SORT, FILTER],
            Source::Facts(_) => &[OUTPUT, COLUMNS],
        }
    }

    /// Finds it out.
    ///
    /// # Errors
    /// As the command itself.
    pub(crate) fn find(&self, control: &mut Control, arguments: &Arguments) -> Result<Data, Failure> {
        match self.source {
            Source::List(find) => find(control, arguments).map(Data::List),
            Source::Facts(find) => find(control, arguments).map(Data::Facts),
        }
    }
}
