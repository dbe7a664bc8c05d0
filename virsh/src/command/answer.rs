//! What a command that prints data has to say, for whoever wants it as data.

use super::Run;
use super::option::{COLUMNS, FILTER, OUTPUT, SORT};
use super::{Arguments, Opt};
use crate::control::Control;
use crate::failure::Failure;
use crate::output::field::{Field, Fields};
use crate::output::field::{Type, text};
use crate::output::{Data, Output, Record, Value};

/// What finds data out.
pub(crate) type Find<T> = fn(&mut Control, &Arguments) -> Result<T, Failure>;

/// The data of a command: its fields, and the function that finds it out.
pub(crate) struct Answer {
    /// Its fields.
    pub(crate) fields: Fields,
    /// Options with which the command does something instead of saying something.
    pub(crate) unless: &'static [&'static str],
    /// The option without which it has nothing to say.
    pub(crate) only_with: Option<&'static str>,
    /// Whether the command has an order of its own, and a `--sort` that chooses it.
    pub(crate) ordered: bool,
    /// A value of a field that makes the exit code that of a failure.
    bad: Option<(&'static str, &'static str)>,
    source: Source,
}

#[derive(Clone, Copy)]
enum Source {
    List(Find<Vec<Record>>),
    Facts(Find<Record>),
    /// One value, which is all that the command prints.
    Printed,
}

/// The XML that a command prints.
pub(crate) const XML: Answer = Answer::printed(&[text("xml", "the XML, or what --xpath selects of it")]);
/// The name that a command prints.
pub(crate) const NAME: Answer = Answer::printed(&[text("name", "the name")]);
/// The UUID that a command prints.
pub(crate) const UUID: Answer = Answer::printed(&[text("uuid", "the UUID")]);

impl Answer {
    /// A list: a record for each of several things.
    pub(crate) const fn list(fields: &'static [Field], find: Find<Vec<Record>>) -> Self {
        Self::new(fields, Source::List(find))
    }

    /// What is known about one thing.
    pub(crate) const fn facts(fields: &'static [Field], find: Find<Record>) -> Self {
        Self::new(fields, Source::Facts(find))
    }

    /// One value: all that the command prints.
    pub(crate) const fn printed(field: &'static [Field; 1]) -> Self {
        Self::new(field, Source::Printed)
    }

    const fn new(fields: &'static [Field], source: Source) -> Self {
        Self { fields: Fields::new(fields), unless: &[], only_with: None, ordered: false, bad: None, source }
    }

    /// The same, unless one of these options has the command do something.
    pub(crate) const fn unless(self, options: &'static [&'static str]) -> Self {
        Self { unless: options, ..self }
    }

    /// The same, but only with this option.
    pub(crate) const fn only_with(self, option: &'static str) -> Self {
        Self { only_with: Some(option), ..self }
    }

    /// The same in the order that the command's own `--sort` chooses.
    pub(crate) const fn ordered(self) -> Self {
        Self { ordered: true, ..self }
    }

    /// The same; where a record has this value, the exit code says so.
    pub(crate) const fn fails_with(self, field: &'static str, value: &'static str) -> Self {
        Self { bad: Some((field, value)), ..self }
    }

    /// Whether what was found is no failure.
    pub(crate) fn is_good(&self, data: &Data) -> bool {
        let records = match data {
            Data::List(records) => records.as_slice(),
            Data::Facts(record) => std::slice::from_ref(record),
        };
        let is_bad =
            |(field, value)| records.iter().any(|record| record.get(field) == Some(&Value::from(value)));
        !self.bad.is_some_and(is_bad)
    }

    /// The same with further fields, which the hypervisor names.
    pub(crate) const fn and_more(self, help: &'static str) -> Self {
        Self { fields: self.fields.and_more(help), ..self }
    }

    /// The options that show it.
    pub(crate) const fn options(&self) -> &'static [Opt] {
        match self.source {
            Source::List(_) if self.ordered => &[OUTPUT, COLUMNS, FILTER],
            Source::List(_) => &[OUTPUT, COLUMNS, SORT, FILTER],
            Source::Facts(_) | Source::Printed => &[OUTPUT, COLUMNS],
        }
    }

    /// Finds it out; `run` is the command's function.
    ///
    /// # Errors
    /// As the command itself.
    pub(crate) fn find(
        &self,
        run: Run,
        control: &mut Control,
        arguments: &Arguments,
    ) -> Result<Data, Failure> {
        match self.source {
            Source::List(find) => find(control, arguments).map(Data::List),
            Source::Facts(find) => find(control, arguments).map(Data::Facts),
            Source::Printed => self.printed_by(run, control, arguments).map(Data::Facts),
        }
    }

    fn printed_by(&self, run: Run, control: &mut Control, arguments: &Arguments) -> Result<Record, Failure> {
        let kept = Output::kept(true, control.output.level);
        let own = std::mem::replace(&mut control.output, kept);
        let outcome = run(control, arguments);
        let mut kept = std::mem::replace(&mut control.output, own).take();
        let printed = kept.take_text();
        control.output.replay(kept, None);
        outcome?;
        let printed = String::from_utf8_lossy(&printed);
        let printed = printed.trim_end_matches('\n');
        let mut record = Record::new();
        for field in self.fields.iter() {
            let value = match field.kind {
                _ if printed.is_empty() => Value::Null,
                // What is no number is the sign for none.
                Type::Number => printed.trim().parse().map_or(Value::Null, Value::Whole),
                _ => printed.into(),
            };
            record.set(field.name, value);
        }
        Ok(record)
    }
}
