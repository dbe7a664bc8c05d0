//! A command as far as it is typed.

use super::Candidate;
use crate::command::{Arguments, Command, Kind, Opt, Position, Value};
use crate::many;

/// What was given so far, slips let pass.
pub(super) struct Typed {
    pub(super) command: &'static Command,
    pub(super) arguments: Arguments,
    /// The option whose value comes next.
    pub(super) pending: Option<&'static Opt>,
    pub(super) only_values: bool,
    /// Domains that were named, and options beside the command's own.
    said: Vec<String>,
}

impl Typed {
    /// Reads these words of a command.
    pub(super) fn read(command: &'static Command, words: &[String]) -> Self {
        let mut typed = Self {
            command,
            arguments: Arguments::new(command),
            pending: None,
            only_values: false,
            said: Vec::new(),
        };
        for word in words {
            typed.add(word);
        }
        typed
    }

    /// Takes one more word for typed.
    pub(super) fn add(&mut self, word: &str) {
        if let Some(option) = self.pending.take() {
            self.set(option, Some(word));
        } else if !self.only_values && word == "--" {
            self.only_values = true;
        } else if let Some(named) = word.strip_prefix("--").filter(|_| !self.only_values) {
            let (name, value) =
                named.split_once('=').map_or((named, None), |(name, value)| (name, Some(value)));
            let of_many = || many::options(self.command).find(|row| row.option.name == name);
            match self.command.option(name).map(|(_, option)| option).or_else(|| Some(&of_many()?.option)) {
                Some(option) if option.kind != Kind::Flag && value.is_none() => self.pending = Some(option),
                Some(option) => self.set(option, value),
                None => {}
            }
        } else if let Some(option) = self.next_position(|option| option.takes_position()) {
            self.set(option, Some(word));
        }
    }

    fn set(&mut self, option: &Opt, value: Option<&str>) {
        match self.command.option(option.name) {
            Some((index, _)) => {
                if option.name == many::DOMAIN && many::takes_several(self.command) {
                    self.said.extend(value.map(str::to_owned));
                }
                self.arguments.set(index, value.map(str::to_owned));
            }
            None => self.said.push(format!("--{}", option.name)),
        }
    }

    /// Whether it tells, or with its next word will tell, what is for nobody else's eyes. Where the command cannot do
    /// without that, a slip may have put it anywhere.
    pub(super) fn is_confidential(&self) -> bool {
        self.command
            .all_options()
            .enumerate()
            .filter(|(_, option)| option.confidential)
            .any(|(index, option)| option.required || *self.arguments.at(index) != Value::Absent)
    }

    /// Those that were not said yet.
    pub(super) fn fresh(&self, mut candidates: Vec<Candidate>) -> Vec<Candidate> {
        candidates.retain(|candidate| !self.said.contains(&candidate.word));
        candidates
    }

    /// The option that a value without a name is meant for, of those that people are taught to give so.
    pub(super) fn position(&self) -> Option<&'static Opt> {
        self.next_position(|option| option.position == Position::Usual)
    }

    fn next_position(&self, taken: impl Fn(&Opt) -> bool) -> Option<&'static Opt> {
        let open = |index| *self.arguments.at(index) == Value::Absent;
        self.command
            .all_options()
            .enumerate()
            .find(|(index, option)| taken(option) && (option.kind == Kind::Rest || open(*index)))
            .map(|(_, option)| option)
            .or_else(|| self.another())
    }

    /// The option that names domains, where more than one may come.
    fn another(&self) -> Option<&'static Opt> {
        let several = many::takes_names(self.command);
        several.then(|| self.command.option(many::DOMAIN).map(|(_, option)| option)).flatten()
    }
}
