//! What is written from the tables for others to read: the program's help, the man page, completions of shells.

mod man;
mod shells;

use crate::command::GROUPS;
use crate::failure::Failure;
use crate::help;
use crate::program::{SWITCHES, Switch};

/// What writes a text.
type Write = fn() -> String;

/// What `--generate` takes.
const KINDS: &[(&str, Write)] = &[
    ("man", man::page),
    ("bash", shells::bash),
    ("zsh", || shells::ZSH.to_owned()),
    ("fish", || shells::FISH.to_owned()),
];

/// The text that `--generate WHAT` writes.
///
/// # Errors
/// When there is no such kind.
pub(crate) fn find(what: &str) -> Result<String, Failure> {
    KINDS.iter().find(|(kind, _)| *kind == what).map(|(_, write)| write()).ok_or_else(|| {
        let kinds: Vec<_> = KINDS.iter().map(|(kind, _)| *kind).collect();
        Failure::said(format!("cannot generate '{what}'")).hint(format!("there are {}", kinds.join(", ")))
    })
}

/// The program's help.
pub(crate) fn usage() -> String {
    let mut text = String::from(
        "\nvirsh [options]... [<command_string>]\nvirsh [options]... <command> [args...]\n\n  options:\n",
    );
    for switch in SWITCHES.iter().filter(|switch| !switch.hidden) {
        text += &switch_usage(switch);
    }
    text += "  commands (non interactive mode):\n\n";
    for group in GROUPS {
        text += &format!(" {} (help keyword '{}')\n{}\n", group.title, group.keyword, help::commands(group));
    }
    text + "\n  (help GROUP shows the commands of a group)\n\n  (help COMMAND shows all about a command)\n\n"
}

fn switch_usage(switch: &Switch) -> String {
    const COLUMN: usize = 28;
    let value = match (switch.value, switch.value_optional) {
        (Some(value), false) => format!("={value}"),
        (Some(value), true) => format!("[={value}]"),
        (None, _) => String::new(),
    };
    let form = match (switch.letter, switch.name) {
        (Some(letter), Some(name)) => format!("    -{letter} | --{name}{value}"),
        (Some(letter), None) => format!("    -{letter}"),
        (None, name) => format!("         --{}{value}", name.unwrap_or_default()),
    };
    match form.len() < COLUMN {
        true => format!("{form:<COLUMN$}{}\n", switch.help),
        false => format!("{form}\n{:COLUMN$}{}\n", "", switch.help),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command;

    #[test]
    fn the_man_page_has_every_command_and_option() {
        let page = man::page();
        for command in command::all().filter(|command| !command.hidden) {
            assert!(page.contains(&format!("\n.SS {}\n", man::escaped(command.name))), "{}", command.name);
            for option in command.all_options() {
                let name = man::escaped(&format!("--{}", option.name));
                assert!(page.contains(&name), "{} {name}", command.name);
            }
        }
    }

    #[test]
    fn every_program_option_is_in_the_help() {
        let usage = usage();
        for switch in SWITCHES.iter().filter(|switch| !switch.hidden) {
            assert!(usage.contains(switch.help), "{:?}", switch.name);
        }
    }

    #[test]
    fn an_unknown_kind_brings_the_known_ones() {
        assert_eq!(find("perl").unwrap_err().hint.as_deref(), Some("there are man, bash, zsh, fish"));
    }
}
