//! Every command, declared once.
//!
//! A command is a row: its name, what it does in a line and in a paragraph, its options, and the function that runs
//! it. Parsing, help, completion, the man page and the shell completions are all read from these rows. A group of
//! commands is a module; [`GROUPS`] is the order that `help` shows.

mod arguments;
mod backup;
mod checkpoint;
mod domain;
mod edit;
mod editor;
mod event;
mod everyday;
mod file;
mod filter;
mod host;
mod interface;
mod itself;
mod job;
mod lineage;
mod monitor;
mod network;
mod nodedev;
mod object;
mod option;
mod pool;
mod secret;
mod snapshot;
mod spec;
mod volume;
mod xml;

pub(crate) use arguments::{Arguments, Value};
pub(crate) use domain::key_names;
pub(crate) use event::{Following, names as event_names};
pub(crate) use option::{Kind, Opt, Position, Values};

use crate::control::Control;
use crate::failure::Outcome;

/// Commands about one subject.
pub(crate) struct Group {
    /// The heading.
    pub(crate) title: &'static str,
    /// What `help` takes to show this group alone.
    pub(crate) keyword: &'static str,
    /// The commands, in the order of `help`.
    pub(crate) commands: &'static [Command],
}

/// All groups, in the order of `help`.
pub(crate) const GROUPS: &[Group] = &[
    Group { title: "Domain Management", keyword: "domain", commands: domain::COMMANDS },
    Group { title: "Domain Monitoring", keyword: "monitor", commands: monitor::COMMANDS },
    Group { title: "Domain Events", keyword: "events", commands: event::COMMANDS },
    Group { title: "Host and Hypervisor", keyword: "host", commands: host::COMMANDS },
    Group { title: "Checkpoint", keyword: "checkpoint", commands: checkpoint::COMMANDS },
    Group { title: "Interface", keyword: "interface", commands: interface::COMMANDS },
    Group { title: "Network Filter", keyword: "filter", commands: filter::COMMANDS },
    Group { title: "Networking", keyword: "network", commands: network::COMMANDS },
    Group { title: "Node Device", keyword: "nodedev", commands: nodedev::COMMANDS },
    Group { title: "Secret", keyword: "secret", commands: secret::COMMANDS },
    Group { title: "Snapshot", keyword: "snapshot", commands: snapshot::COMMANDS },
    Group { title: "Backup", keyword: "backup", commands: backup::COMMANDS },
    Group { title: "Storage Pool", keyword: "pool", commands: pool::COMMANDS },
    Group { title: "Storage Volume", keyword: "volume", commands: volume::COMMANDS },
    Group { title: "Everyday Questions", keyword: "everyday", commands: everyday::COMMANDS },
    Group { title: "Virsh itself", keyword: "virsh", commands: itself::COMMANDS },
];

/// What a command does.
pub(crate) type Run = fn(&mut Control, &Arguments) -> Outcome;

/// One command.
pub(crate) struct Command {
    /// What the user types.
    pub(crate) name: &'static str,
    /// Other names, which help does not list.
    pub(crate) aliases: &'static [&'static str],
    /// What it does, in one line.
    pub(crate) summary: &'static str,
    /// What it does, in sentences; lines are broken where help breaks them. May be empty.
    pub(crate) about: &'static str,
    /// Its options, in the order of help and of values given without a name.
    pub(crate) options: &'static [Opt],
    /// Whether the shell connects before it runs.
    pub(crate) connects: bool,
    /// Whether words that it has no use for are let pass.
    pub(crate) lenient: bool,
    /// Whether help and completion leave it out.
    pub(crate) hidden: bool,
    /// The function.
    pub(crate) run: Run,
}

impl Command {
    /// A command that works on a connection.
    pub(crate) const fn new(
        name: &'static str,
        summary: &'static str,
        about: &'static str,
        options: &'static [Opt],
        run: Run,
    ) -> Self {
        Self {
            name,
            aliases: &[],
            summary,
            about,
            options,
            connects: true,
            lenient: false,
            hidden: false,
            run,
        }
    }

    /// The same, without a connection.
    pub(crate) const fn local(self) -> Self {
        Self { connects: false, ..self }
    }

    /// The same, but words that it has no use for are let pass.
    pub(crate) const fn lenient(self) -> Self {
        Self { lenient: true, ..self }
    }

    /// The same, under other names too.
    pub(crate) const fn aliases(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// The same, left out of help.
    pub(crate) const fn hidden(self) -> Self {
        Self { hidden: true, ..self }
    }

    /// The option of that name.
    pub(crate) fn option(&self, name: &str) -> Option<(usize, &'static Opt)> {
        self.options.iter().enumerate().find(|(_, option)| option.name == name)
    }

    /// The option that was once called so, and the value that this stands for, if any.
    pub(crate) fn former(&self, name: &str) -> Option<(usize, &'static Opt, Option<&'static str>)> {
        self.options.iter().enumerate().find_map(|(index, option)| {
            let former = option.former.filter(|former| former.name == name)?;
            Some((index, option, former.value))
        })
    }
}

/// Every command of every group.
pub(crate) fn all() -> impl Iterator<Item = &'static Command> {
    GROUPS.iter().flat_map(|group| group.commands)
}

/// The command of that name or alias.
pub(crate) fn find(name: &str) -> Option<&'static Command> {
    all().find(|command| command.name == name || command.aliases.contains(&name))
}

/// The group of that keyword or title.
pub(crate) fn group(name: &str) -> Option<&'static Group> {
    GROUPS.iter().find(|group| group.keyword == name || group.title == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_command_and_option_is_named_once_and_has_help() {
        let mut names = HashSet::new();
        for command in all() {
            assert!(names.insert(command.name), "{} is declared twice", command.name);
            assert!(command.aliases.iter().all(|alias| names.insert(alias)), "{}", command.name);
            assert!(!command.summary.is_empty(), "{} has no summary", command.name);
            let mut options = HashSet::new();
            for option in command.options {
                assert!(options.insert(option.name), "{} --{} is declared twice", command.name, option.name);
                assert!(!option.help.is_empty(), "{} --{} has no help", command.name, option.name);
                assert!(!option.help.contains('\n'), "{} --{} has long help", command.name, option.name);
                assert_ne!(option.name, "help", "{} takes --help away from the parser", command.name);
            }
        }
    }

    #[test]
    fn values_without_a_name_are_unambiguous() {
        for command in all() {
            let mut optional = false;
            for option in command.options.iter().filter(|option| option.takes_position()) {
                assert!(!(optional && option.required), "{} --{} comes too late", command.name, option.name);
                optional |= !option.required;
            }
            let rest = command.options.iter().position(|option| option.kind == Kind::Rest);
            assert!(
                rest.is_none_or(|at| at + 1 == command.options.len()),
                "{}: values after the rest",
                command.name
            );
        }
    }

    #[test]
    fn groups_are_told_apart() {
        let keywords: HashSet<_> = GROUPS.iter().map(|group| group.keyword).collect();
        assert_eq!(keywords.len(), GROUPS.len());
    }
}
