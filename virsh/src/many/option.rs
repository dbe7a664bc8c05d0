//! The options that commands have beside their own: for several domains, and for several hosts.

use crate::command::{Command, Effect, Kind, Opt, Values};
use crate::command::{flag, number};
use crate::failure::Failure;

/// One of these options.
pub(crate) struct Row {
    /// The option.
    pub(crate) option: Opt,
    id: Id,
    /// Which commands have it.
    fits: fn(&Command) -> bool,
}

#[derive(Debug, Clone, Copy)]
enum Id {
    All,
    Parallel,
    Yes,
    Each,
}

/// All of them, in the order of the man page.
pub(crate) const ROWS: &[Row] = &[
    Row {
        option: flag("all", "every domain that is in a state that fits, instead of named ones"),
        id: Id::All,
        fits: takes_several,
    },
    Row {
        option: number("parallel", "how many domains are worked on at once, 8 if not given"),
        id: Id::Parallel,
        fits: takes_several,
    },
    Row {
        option: flag("yes", "do not ask whether that many domains or hosts are meant"),
        id: Id::Yes,
        fits: changes,
    },
    Row {
        option: flag("each", "do it on each of the hosts that virsh talks to"),
        id: Id::Each,
        fits: changes,
    },
];

/// What was given for them, and which domains were named beside the first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wish {
    /// Domains beside the first.
    pub(crate) also: Vec<String>,
    /// Options whose value came without the name, so that it may be a domain's name instead, by their place in the
    /// command's table.
    pub(crate) yielding: Vec<usize>,
    /// Whether more values came without a name than the command has options for, so that all of them are names.
    pub(crate) overflows: bool,
    /// `--all`.
    pub(crate) all: bool,
    /// `--parallel`.
    pub(crate) parallel: Option<usize>,
    /// `--yes`.
    pub(crate) yes: bool,
    /// `--each`.
    pub(crate) each: bool,
}

impl Row {
    /// Notes that it was given.
    ///
    /// # Errors
    /// When its value is none.
    pub(crate) fn give(&self, wish: &mut Wish, value: &str) -> Result<(), Failure> {
        const MOST: usize = 256;
        match self.id {
            Id::All => wish.all = true,
            Id::Yes => wish.yes = true,
            Id::Each => wish.each = true,
            Id::Parallel => {
                let number = value.parse().ok().filter(|number| (1..=MOST).contains(number));
                wish.parallel = Some(number.ok_or_else(|| {
                    Failure::said(format!(
                        "Numeric value '{value}' for <parallel> option is malformed or out of range"
                    ))
                    .hint(format!("from 1 to {MOST}"))
                })?);
            }
        }
        Ok(())
    }
}

/// Those of a command; one of the same name that the command has itself is not among them.
pub(crate) fn of(command: &Command) -> impl Iterator<Item = &'static Row> {
    ROWS.iter().filter(|row| {
        let name = row.option.name;
        (row.fits)(command) && command.option(name).is_none() && command.former(name).is_none()
    })
}

/// The option that names the domain that a command works on.
pub(crate) const DOMAIN: &str = "domain";

/// Whether the command works on a domain, and so can on several.
pub(crate) fn takes_several(command: &Command) -> bool {
    !command.alone && domain(command).is_some()
}

/// Whether each value without a name that is not meant for something else is a domain.
pub(crate) fn takes_names(command: &Command) -> bool {
    takes_several(command)
        && command
            .options
            .iter()
            .all(|option| option.name == DOMAIN || option.yields || !option.takes_position())
}

/// The option that names the domain.
pub(crate) fn domain(command: &Command) -> Option<(usize, &'static Opt)> {
    command.option(DOMAIN).filter(|(_, option)| {
        option.required && option.kind == Kind::Text && option.values != Values::Unknown
    })
}

fn changes(command: &Command) -> bool {
    command.connects && !command.alone && command.effect != Effect::Query
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command;

    #[test]
    fn what_people_do_to_many_takes_names() {
        for name in [
            "start",
            "shutdown",
            "reboot",
            "destroy",
            "reset",
            "suspend",
            "resume",
            "undefine",
            "autostart",
            "managedsave",
            "managedsave-remove",
            "dominfo",
            "domstate",
            "domuuid",
            "domblklist",
            "domiflist",
        ] {
            assert!(takes_names(command::find(name).unwrap()), "{name}");
        }
        for name in ["console", "edit", "ssh", "net-start", "list", "define"] {
            assert!(!takes_several(command::find(name).unwrap()), "{name}");
        }
    }

    #[test]
    fn what_is_never_alone_has_no_options_for_it() {
        for command in command::all() {
            assert!(!command.alone || of(command).next().is_none(), "{}", command.name);
            let asks = of(command).any(|row| row.option.name == "each");
            assert!(!asks || command.connects, "{} is not on a host", command.name);
        }
    }
}
