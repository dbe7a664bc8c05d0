//! Commands about virsh itself.

use std::env;
use std::path::PathBuf;

use super::option::{flag, rest, text};
use super::{Answer, Arguments, Command, Values, file, find, group};
use crate::complete;
use crate::control::Control;
use crate::failure::{Failure, Outcome, nearest};
use crate::help;
use crate::output::field;

pub(super) const COMMANDS: &[Command] = &[
    Command::new(
        "cd",
        "go to another directory",
        "Goes to the directory that files are looked for in.",
        &[text("dir", "the directory; your home if not given").positional().values(Values::File)],
        cd,
    )
    .local(),
    Command::new(
        "echo",
        "print the arguments",
        "Prints its arguments, quoted if so asked.",
        &[
            flag("shell", "quote for a shell"),
            flag("xml", "quote for XML"),
            flag("split", "a line for each part between commas; , is a comma"),
            flag("err", "print as an error"),
            text("prefix", "text to begin with"),
            rest("string", "what to print"),
        ],
        echo,
    )
    .local(),
    Command::new("exit", "leave the shell", "", &[], quit).local(),
    Command::new(
        "help",
        "print help",
        "Prints all commands, those of a group, or all about one.",
        &[text("command", "a command or a group").positional().values(Values::Command)],
        help,
    )
    .local()
    .lenient(),
    Command::new(
        "pwd",
        "print the current directory",
        "Prints the directory that files are looked for in.",
        &[],
        pwd,
    )
    .answers(&Answer::printed(&[field::text("directory", "the directory")]))
    .local(),
    Command::new("quit", "leave the shell", "", &[], quit).local(),
    Command::new(
        "connect",
        "talk to another hypervisor",
        "Leaves the hypervisor for another one, or connects to the same one anew.",
        &[
            text("name", "the hypervisor's URI")
                .positional()
                .may_be_empty()
                .values(Values::Words(xctl::completion::URIS)),
            flag("readonly", "for looking only"),
        ],
        connect,
    )
    .local(),
    Command::new(
        "complete",
        "print what may come next on a line",
        "Prints what may come at the end of a shell's line, for the shell's completion.",
        &[
            flag("describe", "with a tab and what it is after each"),
            rest("string", "the line as far as it is typed"),
        ],
        complete,
    )
    .local()
    .hidden(),
];

fn cd(control: &mut Control, arguments: &Arguments) -> Outcome {
    let home = || env::var("HOME").ok().filter(|home| !home.is_empty()).unwrap_or_else(|| "/".to_owned());
    let directory = arguments.text("dir")?.map_or_else(home, str::to_owned);
    control.output.flush();
    env::set_current_dir(&directory)
        .map_err(|error| Failure::said(format!("cd: {}: {directory}", file::reason(&error))))
}

fn pwd(control: &mut Control, _: &Arguments) -> Outcome {
    let directory: PathBuf = env::current_dir().map_err(|error| {
        Failure::said(format!("pwd: cannot get current directory: {}", file::reason(&error)))
    })?;
    control.output.line(directory.display());
    Ok(())
}

fn echo(control: &mut Control, arguments: &Arguments) -> Outcome {
    for (one, other) in [("shell", "xml"), ("shell", "split"), ("xml", "split")] {
        arguments.exclusive(one, other)?;
    }
    let mut text = String::new();
    for (index, word) in arguments.rest("string").iter().enumerate() {
        let word = if arguments.has("xml") { for_xml(word) } else { word.clone() };
        let word = if arguments.has("shell") { for_shell(&word) } else { word };
        let word = if index > 0 { format!(" {word}") } else { word };
        match arguments.has("split") {
            true => text.extend(parts(&word).into_iter().map(|part| part + "\n")),
            false => text += &word,
        }
    }
    if let Some(prefix) = arguments.text("prefix")? {
        text = format!("{prefix} {text}");
    }
    match arguments.has("err") {
        true if text.is_empty() => {}
        true => control.output.error(text),
        false => control.output.print(text),
    }
    Ok(())
}

fn for_shell(word: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || "%+,-./:=@_".contains(char) || !char.is_ascii();
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

pub(super) fn for_xml(word: &str) -> String {
    word.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&apos;")
}

/// The parts between commas; a doubled comma is a comma of the part, and an empty text has none.
fn parts(text: &str) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let mut parts = vec![String::new()];
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        if char == ',' && chars.next_if_eq(&',').is_none() {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(char);
        }
    }
    parts
}

fn quit(control: &mut Control, _: &Arguments) -> Outcome {
    control.quitting = true;
    Ok(())
}

fn help(control: &mut Control, arguments: &Arguments) -> Outcome {
    let Some(name) = arguments.text("command")? else {
        control.output.print(help::all());
        return Ok(());
    };
    // `snapshot` and `backup` were groups before they were commands, too.
    let texts = [group(name).map(help::group), find(name).map(help::command)];
    let text = texts.into_iter().flatten().collect::<Vec<_>>().join("\n");
    control.output.print(&text);
    if text.is_empty() {
        let failure = Failure::said(format!("command or command group '{name}' doesn't exist"));
        let known =
            super::all().map(|command| command.name).chain(super::GROUPS.iter().map(|group| group.keyword));
        return Err(match nearest(name, known) {
            Some(near) => failure.hint(format!("did you mean '{near}'?")),
            None => failure,
        });
    }
    Ok(())
}

fn connect(control: &mut Control, arguments: &Arguments) -> Outcome {
    control.reconnect(arguments.text("name")?, arguments.has("readonly"))
}

fn complete(control: &mut Control, arguments: &Arguments) -> Outcome {
    let line = arguments.rest("string").join(" ");
    for candidate in complete::shell_line(&line, &|uri| {
        xctl::completion::connect(uri.map(str::to_owned).or_else(|| control.current().1))
    }) {
        match arguments.has("describe") && !candidate.help.is_empty() {
            true => control.output.line(format_args!("{}\t{}", candidate.word, candidate.help)),
            false => control.output.line(&candidate.word),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_as_a_shell_reads_them() {
        for (word, quoted) in [("plain", "plain"), ("a b", "'a b'"), ("it's", "'it'\\''s'"), ("", "''")] {
            assert_eq!(for_shell(word), quoted);
        }
        assert_eq!(for_xml("<a>&\"'"), "&lt;a&gt;&amp;&quot;&apos;");
    }

    #[test]
    fn lists_are_split_at_single_commas() {
        assert_eq!(parts("a,b,,c d"), ["a", "b,c d"]);
        assert_eq!(parts("a,"), ["a", ""]);
        assert!(parts("").is_empty());
    }
}
