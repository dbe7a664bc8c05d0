//! What is still to be typed of a command, shown behind the cursor.

use super::Typed;
use crate::command::{self, Kind, Position, Value};
use crate::help;
use crate::parse;

/// The syntax that may follow at the end of a line; nothing where nothing is known, or nothing is left.
pub(crate) fn hint(line: &str) -> Option<String> {
    let unfinished = parse::unfinished(line);
    let gap = if line.ends_with([' ', '\t']) { "" } else { " " };
    let Some((name, words)) = unfinished.words.split_first() else {
        let command = command::find(&unfinished.partial).filter(|command| !command.hidden)?;
        return following(&Typed::read(command, &[])).map(|text| format!("{gap}{text}"));
    };
    let command = command::find(name).filter(|command| !command.hidden)?;
    let mut typed = Typed::read(command, words);
    let partial = &unfinished.partial;
    if typed.pending.is_none() && !typed.only_values && partial.starts_with("--") && !partial.contains('=') {
        let exact = command.option(&partial[2..]).is_some();
        if !exact {
            return begun(&typed, &partial[2..]);
        }
    }
    if !partial.is_empty() {
        typed.add(partial);
    }
    if let Some(option) = typed.pending {
        return Some(format!("{gap}<{}>", option.value_name()));
    }
    following(&typed).map(|text| format!("{gap}{text}"))
}

/// The rest of the only option that begins so.
fn begun(typed: &Typed, beginning: &str) -> Option<String> {
    let open = |index: usize| *typed.arguments.at(index) == Value::Absent;
    let options = typed.command.all_options().enumerate();
    let mut fitting = options.filter(|(index, option)| open(*index) && option.name.starts_with(beginning));
    match (fitting.next(), fitting.next()) {
        (Some((_, option)), None) if !beginning.is_empty() => {
            let value = match option.kind {
                Kind::Flag => String::new(),
                _ => format!(" <{}>", option.value_name()),
            };
            Some(format!("{}{value}", &option.name[beginning.len()..]))
        }
        _ => None,
    }
}

/// What is not given yet: values that are meant next first, as in help. How data is shown is left to help: half of all
/// commands take that.
fn following(typed: &Typed) -> Option<String> {
    let open = |index: usize, kind| kind == Kind::Rest || *typed.arguments.at(index) == Value::Absent;
    let parts: Vec<String> = typed
        .command
        .options
        .iter()
        .enumerate()
        .filter(|(index, option)| open(*index, option.kind))
        // Behind `--` there are no options.
        .filter(|(_, option)| !typed.only_values || option.position == Position::Usual)
        .map(|(_, option)| help::part(option))
        .collect();
    Some(parts.join(" ")).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_command_is_shown() {
        for (line, expected) in [
            ("", None),
            ("dominf", None),
            ("dominfo", Some(" <domain>")),
            ("dominfo ", Some("<domain>")),
            ("dominfo web", None),
            ("shutdown web", Some(" [<mode>]")),
            ("shutdown web ", Some("[<mode>]")),
            ("uri; shutdown --mode", Some(" <string>")),
            ("shutdown --mode ", Some("<string>")),
            ("shutdown --mode=acpi", Some(" <domain>")),
            ("shutdown --mo", Some("de <string>")),
            ("list --persis", Some("tent")),
            ("list --state", None),
            ("autostart web --dis", Some("able")),
            ("autostart web --disable", Some(" [--once]")),
            ("start -- ", Some("<domain>")),
            ("echo a", Some(" [--shell] [--xml] [--split] [--err] [--prefix <string>] [<string>]...")),
            ("no-such-command ", None),
            ("complete", None),
            ("'dominfo' \"open", None),
            ("dominfo --é", None),
        ] {
            assert_eq!(hint(line).as_deref(), expected, "{line:?}");
        }
    }

    #[test]
    fn every_command_is_hinted_as_its_help_has_it() {
        for command in command::all().filter(|command| !command.hidden && !command.options.is_empty()) {
            let (synopsis, hint) = (help::synopsis(command), hint(command.name).unwrap());
            assert!(synopsis.starts_with(&format!("{}{hint}", command.name)), "{synopsis}: {hint}");
        }
    }
}
