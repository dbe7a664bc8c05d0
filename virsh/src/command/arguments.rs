//! What the user gave a command.

use std::fmt;
use std::str::FromStr;

use super::option::{COLUMNS, FILTER, OUTPUT, SORT};
use super::{Answer, Command, Kind};
use crate::failure::Failure;
use crate::output::field::Field;
use crate::output::{View, Wishes, scaled, scaled_by};

/// What was given for one option.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Value {
    /// Nothing.
    #[default]
    Absent,
    /// The option itself.
    Given,
    /// A value.
    Text(String),
    /// All remaining values.
    Rest(Vec<String>),
}

/// As it follows the option's name in a message.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent | Self::Given => Ok(()),
            Self::Text(text) => write!(f, ": {text}"),
            Self::Rest(all) => write!(f, ": {}", all.join(" ")),
        }
    }
}

/// What was given for each option of a command, in the order of its table.
#[derive(Clone)]
pub(crate) struct Arguments {
    command: &'static Command,
    values: Vec<Value>,
    /// The fields of data that are wanted; nothing where all are.
    wanted: Option<Vec<String>>,
    /// The UUID of the domain, where it was found before: by its name alone it could be taken for another one.
    found: Option<String>,
}

impl Arguments {
    /// Nothing given yet.
    pub(crate) fn new(command: &'static Command) -> Self {
        Self {
            command,
            values: vec![Value::Absent; command.all_options().count()],
            wanted: None,
            found: None,
        }
    }

    /// How the command's data is to be shown, with these fields before its own; nothing where its usual output is wanted.
    /// Notes which fields are wanted.
    ///
    /// # Errors
    /// For a format, field or expression that there is not.
    pub(crate) fn view(&mut self, before: &'static [Field]) -> Result<Option<View>, Failure> {
        let Some(answer) = self.command.answer else { return Ok(None) };
        let wish = |name: &str| match self.command.option(name).map(|(index, _)| self.at(index)) {
            Some(Value::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        let [output, columns, sort, filter] = [OUTPUT, COLUMNS, SORT, FILTER].map(|option| wish(option.name));
        let sort = sort.filter(|_| !answer.ordered);
        if [output, columns, sort, filter].iter().any(Option::is_some) {
            self.refuse_what_says_nothing(answer)?;
        }
        let fields = answer.fields.after(before);
        let view = View::read(Wishes { output, columns, sort, filter }, &fields)?;
        self.wanted = view.as_ref().and_then(|view| view.wanted(&fields));
        Ok(view)
    }

    /// Refuses options with which the command has nothing to say.
    fn refuse_what_says_nothing(&self, answer: &Answer) -> Result<(), Failure> {
        let acts = answer.unless.iter().find(|option| self.has(option));
        if let Some(option) = acts {
            return Err(Failure::said(format!(
                "command '{}' has no data to print with --{option}",
                self.command.name
            )));
        }
        match answer.only_with.filter(|option| !self.has(option)) {
            Some(option) => Err(Failure::said(format!(
                "command '{}' has data to print only with --{option}",
                self.command.name
            ))),
            None => Ok(()),
        }
    }

    /// The names of the fields of the command's data.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &'static str> {
        self.command.answer.into_iter().flat_map(|answer| answer.fields.names())
    }

    /// Whether this field of the command's data was named, so that it is worth what it costs.
    pub(crate) fn names(&self, field: &str) -> bool {
        self.wanted.as_ref().is_some_and(|wanted| wanted.iter().any(|name| name == field))
    }

    /// Whether one of these fields of the command's data is wanted, so that it is worth finding out.
    pub(crate) fn wants(&self, fields: &[&str]) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|name| fields.contains(&name.as_str())))
    }

    /// The command.
    pub(crate) fn command(&self) -> &'static Command {
        self.command
    }

    /// Takes back what was given for the option at this place of the table.
    pub(crate) fn forget(&mut self, index: usize) {
        if let Some(value) = self.values.get_mut(index) {
            *value = Value::Absent;
        }
    }

    /// What was given for the option at this place of the table.
    pub(crate) fn at(&self, index: usize) -> &Value {
        self.values.get(index).unwrap_or(&Value::Absent)
    }

    /// Notes what was given for the option at this place of the table.
    pub(crate) fn set(&mut self, index: usize, text: Option<String>) {
        let Some(value) = self.values.get_mut(index) else { return };
        match (text, self.command.all_options().nth(index).map(|option| option.kind)) {
            (Some(text), Some(Kind::Rest)) => match value {
                Value::Rest(all) => all.push(text),
                _ => *value = Value::Rest(vec![text]),
            },
            (Some(text), _) => *value = Value::Text(text),
            (None, _) => *value = Value::Given,
        }
    }

    /// Notes the UUID of the domain that is meant, whatever else goes by its name.
    pub(crate) fn find_by(&mut self, uuid: String) {
        self.found = Some(uuid);
    }

    /// The UUID of the domain that is meant, where that is known.
    pub(crate) fn found(&self) -> Option<&str> {
        self.found.as_deref()
    }

    /// Whether the option was given at all.
    pub(crate) fn has(&self, name: &str) -> bool {
        *self.value(name) != Value::Absent
    }

    /// The option's value.
    ///
    /// # Errors
    /// When it is empty and that means nothing.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, Failure> {
        let Value::Text(text) = self.value(name) else { return Ok(None) };
        let may_be_empty = self.command.option(name).is_some_and(|(_, option)| option.may_be_empty);
        if text.is_empty() && !may_be_empty {
            return Err(Failure::said(format!("Failed to get option '{name}': Option argument is empty")));
        }
        Ok(Some(text))
    }

    /// The value of an option that the parser has made sure is there.
    ///
    /// # Errors
    /// When it is empty.
    pub(crate) fn required(&self, name: &str) -> Result<&str, Failure> {
        self.text(name).map(Option::unwrap_or_default)
    }

    /// The option's value as a number.
    ///
    /// # Errors
    /// When it is none, or does not fit.
    pub(crate) fn number<N: FromStr>(&self, name: &str) -> Result<Option<N>, Failure> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| Self::malformed(name, text))
    }

    /// The option's value as a count of KiB; other units may be given with it.
    ///
    /// # Errors
    /// When it is none, or does not fit.
    pub(crate) fn kibibytes<N: TryFrom<u64>>(&self, name: &str) -> Result<Option<N>, Failure> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let bare = text.bytes().all(|byte| byte.is_ascii_digit());
        let bytes = if bare { scaled(&format!("{text}KiB")) } else { scaled(text) };
        let number = bytes.ok().and_then(|bytes| N::try_from(bytes / 1024).ok());
        number.map(Some).ok_or_else(|| {
            Failure::said(format!(
                "Scaled numeric value '{text}' for <{name}> option is malformed or out of range"
            ))
        })
    }

    /// The option's value as a number that may be below nought: it is taken for a very large one then, as ever.
    ///
    /// # Errors
    /// When it is none, or does not fit.
    pub(crate) fn wrapping(&self, name: &str) -> Result<Option<u64>, Failure> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let negative = |_| text.parse().map(i64::cast_unsigned);
        text.parse().or_else(negative).map(Some).map_err(|_| Self::malformed(name, text))
    }

    /// That a number is none.
    pub(crate) fn malformed(name: &str, text: &str) -> Failure {
        Failure::said(format!("Numeric value '{text}' for <{name}> option is malformed or out of range"))
    }

    /// The option's value as a number of bytes; without a unit it counts in `unit` bytes.
    ///
    /// # Errors
    /// When it is none, or does not fit.
    pub(crate) fn scaled(&self, name: &str, unit: u64) -> Result<Option<u64>, Failure> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        scaled_by(text, unit).map(Some).map_err(|_| {
            Failure::said(format!(
                "Scaled numeric value '{text}' for <{name}> option is malformed or out of range"
            ))
        })
    }

    /// All remaining values.
    pub(crate) fn rest(&self, name: &str) -> &[String] {
        match self.value(name) {
            Value::Rest(all) => all,
            _ => &[],
        }
    }

    /// Succeeds unless both options were given.
    ///
    /// # Errors
    /// When they were.
    pub(crate) fn exclusive(&self, one: &str, other: &str) -> Result<(), Failure> {
        if self.has(one) && self.has(other) {
            return Err(Failure::said(format!("Options --{one} and --{other} are mutually exclusive")));
        }
        Ok(())
    }

    /// Succeeds unless the option was given without the other.
    ///
    /// # Errors
    /// When it was.
    pub(crate) fn requires(&self, option: &str, other: &str) -> Result<(), Failure> {
        if self.has(option) && !self.has(other) {
            return Err(Failure::said(format!("Option --{other} is required by option --{option}")));
        }
        Ok(())
    }

    /// Every one of these bits whose option was given.
    pub(crate) fn flags(&self, bits: &[(&str, u32)]) -> u32 {
        bits.iter().filter(|(name, _)| self.has(name)).fold(0, |all, (_, bit)| all | bit)
    }

    /// Every option that was given, with its value.
    pub(crate) fn given(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.command
            .all_options()
            .zip(&self.values)
            .filter(|(_, value)| **value != Value::Absent)
            .map(|(option, value)| (option.name, value))
    }

    fn value(&self, name: &str) -> &Value {
        debug_assert!(self.command.option(name).is_some(), "{} has no --{name}", self.command.name);
        self.command.option(name).map_or(&Value::Absent, |(index, _)| self.at(index))
    }
}
