//! From what the user typed to commands with their arguments.
//!
//! Everything is parsed before anything runs, so that a slip at the end of a line does not leave it half done.

mod words;

pub(crate) use words::{Token, Words, quoted, unfinished};

use crate::command::{self, Arguments, Command, Kind, Opt, Value};
use crate::failure::{Failure, nearest};

/// A command with what was given for its options.
pub(crate) struct Invocation {
    /// The command.
    pub(crate) command: &'static Command,
    /// Its arguments.
    pub(crate) arguments: Arguments,
    /// Whether its help was asked for instead.
    pub(crate) help: bool,
}

impl Invocation {
    fn new(command: &'static Command) -> Self {
        Self { command, arguments: Arguments::new(command), help: false }
    }

    /// The option that a value without a name is meant for.
    pub(crate) fn next_position(&self) -> Option<(usize, &'static Opt)> {
        self.command.options.iter().enumerate().find(|(index, option)| {
            option.takes_position()
                && (option.kind == Kind::Rest || *self.arguments.at(*index) == Value::Absent)
        })
    }

    fn missing(&self) -> Option<Failure> {
        let (_, option) = self
            .command
            .options
            .iter()
            .enumerate()
            .find(|(index, option)| option.required && *self.arguments.at(*index) == Value::Absent)?;
        Some(Failure::said(format!("command '{}' requires <{}> option", self.command.name, option.name)))
    }
}

/// Reads a line with any number of commands.
///
/// # Errors
/// For an unknown command or option, a missing or superfluous value, a quote that is not closed.
pub(crate) fn line(line: &str) -> Result<Vec<Invocation>, Failure> {
    commands(Words::new(line))
}

/// Reads one command given as separate arguments; nothing in them needs quoting.
///
/// # Errors
/// As for [`line`], quotes excepted.
pub(crate) fn arguments(arguments: &[String]) -> Result<Vec<Invocation>, Failure> {
    commands(arguments.iter().cloned().map(|word| Ok(Token::Word(word))))
}

fn commands(tokens: impl Iterator<Item = Result<Token, Failure>>) -> Result<Vec<Invocation>, Failure> {
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
        commands.push(invocation(command, &mut words)?);
    }
    Ok(commands)
}

fn invocation(
    command: &'static Command,
    words: &mut impl Iterator<Item = Result<String, Failure>>,
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
        } else if invocation.next_position().is_none() && command.lenient {
            // What is left over is of no use.
        } else {
            let (index, _) = invocation
                .next_position()
                .ok_or_else(|| Failure::said(format!("unexpected data '{word}'")))?;
            invocation.arguments.set(index, Some(word));
        }
    }
    match invocation.missing() {
        Some(missing) if !invocation.help => Err(missing),
        _ => Ok(invocation),
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
    let (index, option, stands_for) = command
        .option(name)
        .map(|(index, option)| (index, option, None))
        .or_else(|| command.former(name))
        .ok_or_else(|| unknown_option(command, name))?;
    if *invocation.arguments.at(index) != Value::Absent && option.kind != Kind::Rest {
        return Err(Failure::said(format!("option --{} already seen", option.name)));
    }
    if option.kind == Kind::Flag {
        if value.is_some() {
            return Err(Failure::said(format!("invalid '=' after option --{name}")));
        }
        invocation.arguments.set(index, None);
        return Ok(());
    }
    let value = match stands_for.or(value) {
        Some(value) => value.to_owned(),
        None => words
            .next()
            .transpose()?
            .ok_or_else(|| Failure::said(format!("expected syntax: --{name} <{}>", option.value_name())))?,
    };
    invocation.arguments.set(index, Some(value));
    Ok(())
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
    let starting = command.options.iter().map(|option| option.name).find(|known| known.starts_with(name));
    match starting.or_else(|| nearest(name, command.options.iter().map(|option| option.name))) {
        Some(near) if !name.is_empty() => failure.hint(format!("did you mean --{near}?")),
        _ => failure,
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
