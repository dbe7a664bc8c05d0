//! `help`, for everything, a group, or a command.

use std::fmt::Write;

use crate::command::{Command, Effect, GROUPS, Group, Kind, Opt};
use crate::many;

/// How wide command names are in a list of commands.
const NAME_WIDTH: usize = 30;
/// How wide options are in a command's help.
const OPTION_WIDTH: usize = 15;
/// How wide fields are in a command's help.
const FIELD_WIDTH: usize = 18;
/// How wide what they hold is.
const TYPE_WIDTH: usize = 14;

/// The commands of all groups.
pub(crate) fn all() -> String {
    let mut text = String::from("Grouped commands:\n\n");
    for group in GROUPS {
        text += &self::group(group);
        text.push('\n');
    }
    text
}

/// The commands of one group.
pub(crate) fn group(group: &Group) -> String {
    format!(" {} (help keyword '{}'):\n{}", group.title, group.keyword, commands(group))
}

/// A line for each command of a group that is not hidden.
pub(crate) fn commands(group: &Group) -> String {
    group
        .commands
        .iter()
        .filter(|command| !command.hidden)
        .map(|command| format!("    {:<NAME_WIDTH$} {}\n", command.name, command.summary))
        .collect()
}

/// All about one command.
pub(crate) fn command(command: &Command) -> String {
    let mut text = format!(
        "  NAME\n    {} - {}\n\n  SYNOPSIS\n    {}\n",
        command.name,
        command.summary,
        synopsis(command)
    );
    if !command.about.is_empty() {
        text += "\n  DESCRIPTION\n";
        for line in command.about.lines().map(str::to_owned).chain(several(command)) {
            // A String takes everything.
            let _ = writeln!(text, "    {line}");
        }
    }
    if command.all_options().next().is_some() {
        text += "\n  OPTIONS\n";
        for option in command.all_options() {
            let _ = writeln!(text, "    {:<OPTION_WIDTH$}  {}", heading(option), option.help);
        }
    }
    if let Some(answer) = command.answer {
        text += "\n  FIELDS\n";
        for field in answer.fields.iter() {
            let (name, kind) = (field.name, field.type_and_unit());
            let _ = writeln!(text, "    {name:<FIELD_WIDTH$}  {kind:<TYPE_WIDTH$}  {}", field.description());
        }
        if let Some(more) = answer.fields.open() {
            let _ = writeln!(text, "    {:<FIELD_WIDTH$}  {:TYPE_WIDTH$}  {more}", "...", "");
        }
    }
    text
}

/// That the command takes several domains, if it does, in lines.
pub(crate) fn several(command: &Command) -> Vec<String> {
    if !many::takes_several(command) {
        return Vec::new();
    }
    let has = |name| many::options(command).any(|row| row.option.name == name);
    let names = if many::takes_names(command) { "domains" } else { "--domain" };
    let mut line = format!("Takes several {names} too, and patterns: 'web-*'");
    line += if has("all") { "; or --all." } else { "." };
    line += if has("parallel") { " --parallel says how many at once." } else { "" };
    let asks = command.effect == Effect::Destroys;
    let question = asks.then(|| "Several are asked about first, unless --yes is given.".to_owned());
    std::iter::once(line).chain(question).collect()
}

/// The command's name and how its options follow.
pub(crate) fn synopsis(command: &Command) -> String {
    let mut text = command.name.to_owned();
    for option in command.all_options() {
        text.push(' ');
        text += &part(option);
    }
    text
}

/// The option as a synopsis has it: what may be left out in brackets.
pub(crate) fn part(option: &Opt) -> String {
    let usage = usage(option);
    let more = if option.kind == Kind::Rest { "..." } else { "" };
    if option.required { format!("{usage}{more}") } else { format!("[{usage}]{more}") }
}

fn usage(option: &Opt) -> String {
    use crate::command::Position::Usual;
    match option.kind {
        Kind::Flag => format!("--{}", option.name),
        _ if option.position == Usual => format!("<{}>", option.name),
        _ => format!("--{} <{}>", option.name, option.value_name()),
    }
}

/// The option as a command's help lists it; `[--name]` is what need not be typed.
pub(crate) fn heading(option: &Opt) -> String {
    use crate::command::Position::Usual;
    match option.kind {
        Kind::Flag => format!("--{}", option.name),
        Kind::Rest if option.position == Usual => format!("[--{}] <{}>...", option.name, option.value_name()),
        Kind::Rest => format!("--{} <{}>...", option.name, option.value_name()),
        _ if option.position == Usual => format!("[--{}] <{}>", option.name, option.value_name()),
        _ => format!("--{} <{}>", option.name, option.value_name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command;

    #[test]
    fn a_commands_help_has_the_arrangement_people_know() {
        let autostart = command(command::find("autostart").unwrap());
        let headings: Vec<_> =
            autostart.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   ")).collect();
        assert_eq!(headings, ["  NAME", "  SYNOPSIS", "  DESCRIPTION", "  OPTIONS"]);
        assert!(autostart.contains("\n    autostart <domain> [--disable] [--once]\n"));
        assert!(autostart.contains("\n    [--domain] <string>  "));
        assert!(autostart.contains("\n    --disable        "));
    }

    #[test]
    fn values_are_shown_as_they_are_given() {
        for (name, usage) in [
            ("shutdown", "shutdown <domain> [<mode>]"),
            ("echo", "echo [--shell] [--xml] [--split] [--err] [--prefix <string>] [<string>]..."),
        ] {
            assert_eq!(synopsis(command::find(name).unwrap()), usage);
        }
    }

    #[test]
    fn what_a_command_has_of_its_own_is_not_told_of_several() {
        let told = |name| several(command::find(name).unwrap()).join(" ");
        assert!(told("undefine").contains("--all") && told("undefine").contains("--yes"));
        assert!(!told("domblkinfo").contains("--all") && !told("migrate").contains("--parallel"));
        assert_eq!(told("console"), "");
    }

    #[test]
    fn hidden_commands_stay_out_of_lists() {
        assert!(command::find("complete").is_some());
        assert!(!all().contains("\n    complete "));
    }
}
