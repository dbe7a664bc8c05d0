//! From what the user typed to commands with their arguments.
//!
//! Everything is parsed before anything runs, so that a slip at the end of a line does not leave it half done.

mod words;

pub(crate) use words::{Token, Words, quoted, unfinished};

use std::sync::Arc;

use crate::command::{self, Arguments, COLUMNS, Command, Effect, FILTER, Kind, OUTPUT, Opt, SORT, Value};
use crate::failure::{Failure, nearest};
use crate::many::{self, Wish};
use crate::output::View;
use crate::output::field::Field;
use crate::program::Shown;

/// A command with what was given for its options.
#[derive(Clone)]
pub(crate) struct Invocation {
    /// The command.
    pub(crate) command: &'static Command,
    /// Its arguments.
    pub(crate) arguments: Arguments,
    /// What was given for several domains and several hosts.
    pub(crate) many: Wish,
    /// Whether its help was asked for instead.
    pub(crate) help: bool,
    /// How its data is to be shown, where its usual output is not wanted.
    pub(crate) view: Option<Arc<View>>,
    /// The fields that tell of which host and domain its data is, where there may be several.
    pub(crate) before: &'static [Field],
}

impl Invocation {
    fn new(command: &'static Command) -> Self {
        Self {
            command,
            arguments: Arguments::new(command),
            many: Wish::default(),
            help: false,
            view: None,
            before: &[],
        }
    }

    /// What it does to the hypervisor. A command that shows what it can change only looks unless it is given something
    /// to change.
    pub(crate) fn effect(&self) -> Effect {
        let changing = self.command.answer.map_or(&[][..], |answer| answer.unless);
        let looks = !changing.is_empty() && !changing.iter().any(|option| self.arguments.has(option));
        if looks { Effect::Query } else { self.command.effect }
    }

    /// The option that a value without a name is meant for. Behind `--all` none is a domain, unless all that the command
    /// could take for a value might be one as well.
    pub(crate) fn next_position(&self) -> Option<(usize, &'static Opt)> {
        let is_named = self.many.all && !many::takes_names(self.command);
        self.command.all_options().enumerate().find(|(index, option)| {
            option.takes_position()
                && !(is_named && option.name == many::DOMAIN)
                && (option.kind == Kind::Rest || *self.arguments.at(*index) == Value::Absent)
        })
    }

    /// Takes the program's options that show data, unless the command was given its own.
    fn show(&mut self, shown: &Shown) -> Result<(), Failure> {
        if self.command.answer.is_none() && !shown.demanded {
            return Ok(());
        }
        for (option, value) in &shown.options {
            let (index, _) =
                self.command.option(option).ok_or_else(|| unknown_option(self.command, option))?;
            if *self.arguments.at(index) == Value::Absent {
                self.arguments.set(index, Some(value.clone()));
            }
        }
        Ok(())
    }

    fn missing(&self) -> Option<Failure> {
        let (_, option) = self.command.all_options().enumerate().find(|(index, option)| {
            let is_given = *self.arguments.at(*index) != Value::Absent;
            option.required && !is_given && !(self.many.all && option.name == many::DOMAIN)
        })?;
        Some(Failure::said(format!("command '{}' requires <{}> option", self.command.name, option.name)))
    }
}

/// Reads a line with any number of commands.
///
/// # Errors
/// For an unknown command or option, a missing or superfluous value, a quote that is not closed.
pub(crate) fn line(line: &str, shown: &Shown) -> Result<Vec<Invocation>, Failure> {
    commands(Words::new(line), shown)
}

/// Reads one command given as separate arguments; nothing in them needs quoting.
///
/// # Errors
/// As for [`line`], quotes excepted.
pub(crate) fn arguments(arguments: &[String], shown: &Shown) -> Result<Vec<Invocation>, Failure> {
    commands(arguments.iter().cloned().map(|word| Ok(Token::Word(word))), shown)
}

fn commands(
    tokens: impl Iterator<Item = Result<Token, Failure>>,
    shown: &Shown,
) -> Result<Vec<Invocation>, Failure> {
    let mut tokens = tokens.peekable();
    let mut commands = Vec::new();
    while let Some(token) = tokens.next() {
        let Token::Word(name) = token? else { continue };
        if name.starts_with('#') {
            // Only reached by a separate argument, where everything after it is a comment.
            while tokens.next_if(|token| matches!(token, Ok(Token::Word(_)))).is_some() {}
            continue;
        }
        let command = command::find(&name).ok_or_else(|| unknown_command(&name))?;
        let mut words = std::iter::from_fn(|| match tokens.next() {
            Some(Ok(Token::Word(word))) => Some(Ok(word)),
            Some(Err(failure)) => Some(Err(failure)),
            Some(Ok(Token::End)) | None => None,
        });
        commands.push(invocation(command, &mut words, shown)?);
    }
    Ok(commands)
}

fn invocation(
    command: &'static Command,
    words: &mut impl Iterator<Item = Result<String, Failure>>,
    shown: &Shown,
) -> Result<Invocation, Failure> {
    let mut invocation = Invocation::new(command);
    let mut only_values = false;
    while let Some(word) = words.next().transpose()? {
        if !only_values && word == "--" {
            only_values = true;
        } else if let Some(option) = word.strip_prefix("--").filter(|_| !only_values) {
            if !(command.lenient && is_unknown(command, option)) {
                named(&mut invocation, option, words)?;
            }
        } else {
            unnamed(&mut invocation, word)?;
        }
    }
    if invocation.help {
        return Ok(invocation);
    }
    if let Some(missing) = invocation.missing() {
        return Err(missing);
    }
    invocation.show(shown)?;
    invocation.before = many::fields(&invocation, shown.of_hosts);
    invocation.view = invocation.arguments.view(invocation.before)?.map(Arc::new);
    Ok(invocation)
}

/// Takes a value that came without a name.
fn unnamed(invocation: &mut Invocation, word: String) -> Result<(), Failure> {
    let command = invocation.command;
    match invocation.next_position() {
        Some((index, option)) => {
            if option.yields && many::takes_names(command) {
                invocation.many.yielding.push(index);
            }
            invocation.arguments.set(index, Some(word));
        }
        None if many::takes_names(command) => {
            invocation.many.overflows = true;
            invocation.many.also.push(word);
        }
        // What is left over is of no use.
        None if command.lenient => {}
        None => return Err(taught(command, Failure::said(format!("unexpected data '{word}'")))),
    }
    Ok(())
}

/// The same failure, with how a command is given several domains whose further values are not taken for domains.
fn taught(command: &Command, failure: Failure) -> Failure {
    match many::takes_several(command) && !many::takes_names(command) {
        true => failure.hint(format!(
            "several domains are given to '{}' as --domain A --domain B, as a pattern or with --all",
            command.name
        )),
        false => failure,
    }
}

fn is_unknown(command: &Command, text: &str) -> bool {
    let name = text.split_once('=').map_or(text, |(name, _)| name);
    name != "help" && command.option(name).is_none()
}

fn named(
    invocation: &mut Invocation,
    text: &str,
    words: &mut impl Iterator<Item = Result<String, Failure>>,
) -> Result<(), Failure> {
    if text == "help" {
        invocation.help = true;
        return Ok(());
    }
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (text, None),
    };
    let command = invocation.command;
    let own = command.option(name).map(|(index, option)| (index, option, None));
    let Some((index, option, stands_for)) = own.or_else(|| command.former(name)) else {
        return of_many(invocation, name, value, words);
    };
    let again = *invocation.arguments.at(index) != Value::Absent && option.kind != Kind::Rest;
    let another = again && option.name == many::DOMAIN && many::takes_several(command);
    if again && !another {
        return Err(taught(command, Failure::said(format!("option --{} already seen", option.name))));
    }
    if option.kind == Kind::Flag {
        if value.is_some() {
            return Err(Failure::said(format!("invalid '=' after option --{name}")));
        }
        invocation.arguments.set(index, None);
        return Ok(());
    }
    let value = value_of(option, name, stands_for.or(value), words)?;
    match another {
        true => invocation.many.also.push(value),
        false => invocation.arguments.set(index, Some(value)),
    }
    Ok(())
}

/// Takes an option that is not the command's own.
fn of_many(
    invocation: &mut Invocation,
    name: &str,
    value: Option<&str>,
    words: &mut impl Iterator<Item = Result<String, Failure>>,
) -> Result<(), Failure> {
    let command = invocation.command;
    let row = many::options(command)
        .find(|row| row.option.name == name)
        .ok_or_else(|| unknown_option(command, name))?;
    let value = match row.option.kind {
        Kind::Flag if value.is_some() => {
            return Err(Failure::said(format!("invalid '=' after option --{name}")));
        }
        Kind::Flag => String::new(),
        _ => value_of(&row.option, name, value, words)?,
    };
    row.give(&mut invocation.many, &value)
}

fn value_of(
    option: &Opt,
    name: &str,
    given: Option<&str>,
    words: &mut impl Iterator<Item = Result<String, Failure>>,
) -> Result<String, Failure> {
    match given {
        Some(value) => Ok(value.to_owned()),
        None => words
            .next()
            .transpose()?
            .ok_or_else(|| Failure::said(format!("expected syntax: --{name} <{}>", option.value_name()))),
    }
}

fn unknown_command(name: &str) -> Failure {
    let failure = Failure::said(format!("unknown command: '{name}'"));
    match nearest(name, command::all().filter(|command| !command.hidden).map(|command| command.name)) {
        Some(near) => failure.hint(format!("did you mean '{near}'?")),
        None => failure,
    }
}

fn unknown_option(command: &Command, name: &str) -> Failure {
    let failure = Failure::said(format!("command '{}' doesn't support option --{name}", command.name));
    if command.answer.is_none() && [OUTPUT, COLUMNS, SORT, FILTER].iter().any(|option| option.name == name) {
        return failure.hint(format!(
            "'{}' prints no data; the help of commands that do lists the fields of theirs",
            command.name
        ));
    }
    let names = || command.all_options().map(|option| option.name);
    let starting = names().find(|known| known.starts_with(name));
    match starting.or_else(|| nearest(name, names())) {
        Some(near) if !name.is_empty() => failure.hint(format!("did you mean --{near}?")),
        _ => failure,
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
