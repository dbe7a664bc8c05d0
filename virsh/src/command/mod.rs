//! Every command, declared once.
//!
//! A command is a row: its name, what it does in a line and in a paragraph, its options, and the function that runs
//! it. Parsing, help, completion, the man page and the shell completions are all read from these rows. A group of
//! commands is a module; [`GROUPS`] is the order that `help` shows.

mod answer;
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

pub(crate) use answer::Answer;
pub(crate) use arguments::{Arguments, Value};
pub(crate) use domain::{called as domain_called, key_names};
pub(crate) use event::{Following, names as event_names};
pub(crate) use file::reason;
pub(crate) use option::{COLUMNS, FILTER, Kind, OUTPUT, Opt, Position, SORT, Values, flag, number};

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

/// What a command does to the hypervisor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It only looks.
    Query,
    /// It changes something.
    Action,
    /// It loses data, or stops a guest that is not asked.
    Destroys,
}

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
    /// What it does to the hypervisor.
    pub(crate) effect: Effect,
    /// Whether it works on one object of one host only, as it needs the terminal or writes a file of ours.
    pub(crate) alone: bool,
    /// The function.
    pub(crate) run: Run,
    /// What it has to say as data, if anything.
    pub(crate) answer: Option<&'static Answer>,
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
            effect: Effect::Query,
            alone: false,
            run,
            answer: None,
        }
    }

    /// The same, which can say what it knows as data.
    pub(crate) const fn answers(self, answer: &'static Answer) -> Self {
        Self { answer: Some(answer), ..self }
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

    /// The same, but it changes something.
    pub(crate) const fn acts(self) -> Self {
        Self { effect: Effect::Action, ..self }
    }

    /// The same, but it loses data, or stops a guest that is not asked.
    pub(crate) const fn destroys(self) -> Self {
        Self { effect: Effect::Destroys, ..self }
    }

    /// The same, on one object of one host only.
    pub(crate) const fn alone(self) -> Self {
        Self { alone: true, ..self }
    }

    /// All its options: its own, and those that show its data.
    pub(crate) fn all_options(&self) -> impl Iterator<Item = &'static Opt> {
        let own = self.options;
        let of_data = self.answer.map_or(&[][..], Answer::options);
        own.iter().chain(of_data)
    }

    /// The option of that name.
    pub(crate) fn option(&self, name: &str) -> Option<(usize, &'static Opt)> {
        self.all_options().enumerate().find(|(_, option)| option.name == name)
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
            for option in command.all_options() {
                assert!(options.insert(option.name), "{} --{} is declared twice", command.name, option.name);
                assert!(!option.help.is_empty(), "{} --{} has no help", command.name, option.name);
                assert!(!option.help.contains('\n'), "{} --{} has long help", command.name, option.name);
                assert_ne!(option.name, "help", "{} takes --help away from the parser", command.name);
            }
        }
    }

    #[test]
    fn what_a_command_says_is_declared_once_and_has_help() {
        for (command, answer) in all().filter_map(|command| Some((command, command.answer?))) {
            let mut names = HashSet::new();
            for field in answer.fields.iter() {
                assert!(names.insert(field.name), "{} {} is declared twice", command.name, field.name);
                let is_word =
                    |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || "._".contains(char);
                assert!(field.name.chars().all(is_word), "{} {}", command.name, field.name);
                assert!(
                    !field.help.is_empty() && !field.help.contains('\n'),
                    "{} {}",
                    command.name,
                    field.name
                );
            }
            for option in answer.unless.iter().chain(&answer.only_with) {
                assert!(command.option(option).is_some(), "{} has no --{option}", command.name);
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

    /// Commands that only look. Whoever adds a command decides whether it is one: all others ask before they are run on
    /// several hosts, and refuse a read-only connection.
    const QUERIES: &str = "\
        backup-dumpxml backup-list capabilities cd checkpoint-dumpxml checkpoint-info checkpoint-list checkpoint-parent \
        complete connect console cpu-baseline cpu-compare cpu-models cpu-stats diff domblkerror domblkinfo \
        domblklist domblkstat domcapabilities domcontrol domdisplay domfsinfo domhostname domid \
        domif-getlink domifaddr domiflist domifstat dominfo domjobinfo domlaunchsecinfo domname domstate \
        domstats domthrottlegroupinfo domthrottlegrouplist domuuid domxml-from-native domxml-to-native \
        dumpxml echo event exit find-storage-pool-sources find-storage-pool-sources-as freecell freepages \
        get-user-sshkeys guestinfo help host-check hostname hypervisor-cpu-baseline hypervisor-cpu-compare \
        hypervisor-cpu-models iface-dumpxml iface-list iface-mac iface-name iothreadinfo ip list \
        managedsave-dumpxml maxvcpus migrate-getmaxdowntime migrate-getspeed net-dhcp-leases net-dumpxml \
        net-event net-info net-list net-name net-port-dumpxml net-port-list net-uuid nodecpumap nodecpustats \
        nodedev-dumpxml nodedev-event nodedev-info nodedev-list nodeinfo nodememstats nodesevinfo \
        nwfilter-binding-dumpxml nwfilter-binding-list nwfilter-dumpxml nwfilter-list pool-capabilities \
        pool-dumpxml pool-event pool-info pool-list pool-name pool-uuid pwd qemu-monitor-event quit \
        save-image-dumpxml screenshot secret-dumpxml secret-event secret-get-value secret-list \
        snapshot-dumpxml snapshot-info snapshot-list snapshot-parent ssh sysinfo top ttyconsole uri vcpucount \
        vcpuinfo version vncdisplay vol-download vol-dumpxml vol-info vol-key vol-list vol-name vol-path \
        vol-pool wait why";

    #[test]
    fn every_command_that_changes_something_says_so() {
        let queries: HashSet<&str> = QUERIES.split_whitespace().collect();
        for command in all() {
            let looks = command.effect == Effect::Query;
            assert_eq!(looks, queries.contains(command.name), "{} is {:?}", command.name, command.effect);
        }
        for name in queries {
            assert!(find(name).is_some(), "{name} is no command");
        }
    }

    #[test]
    fn commands_that_lose_something_say_so() {
        const LOSING: [&str; 4] = ["destroy", "undefine", "delete", "wipe"];
        for command in all() {
            let loses = command.name.split('-').any(|part| LOSING.contains(&part));
            assert!(!loses || command.effect == Effect::Destroys, "{}", command.name);
        }
        for name in ["reset", "managedsave-remove", "snapshot-revert", "vol-upload", "pool-build"] {
            assert_eq!(find(name).unwrap().effect, Effect::Destroys, "{name}");
        }
    }
}
