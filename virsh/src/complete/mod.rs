//! What may come next on a line: commands, options, and what the hypervisor knows by name.
//!
//! The prompt and the shells around us ask the same question; only [`line`] and [`shell_line`] differ in what comes
//! before the command.

mod condition;
mod hint;
mod live;
mod typed;

pub(crate) use hint::hint;

use hypervisor::Connection;
use xctl::completion::{self, URIS};

use crate::command::{self, Arguments, Command, Opt, Values};
use crate::many;
use crate::output::FORMATS;
use crate::parse::{self, Token, Words};
use crate::program::SWITCHES;
use typed::Typed;

/// One thing that may come next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// The whole word.
    pub(crate) word: String,
    /// What it is, in one line; may be empty.
    pub(crate) help: &'static str,
}

impl Candidate {
    fn new(word: impl Into<String>, help: &'static str) -> Self {
        Self { word: word.into(), help }
    }
}

/// Where live names come from; asked only if they are needed.
pub(crate) type Source<'s> = &'s dyn Fn() -> Option<Connection>;

/// What may stand at the end of a line at our own prompt, and where the word begins that it would replace.
pub(crate) fn line(line: &str, source: Source<'_>) -> (usize, Vec<Candidate>) {
    let unfinished = parse::unfinished(line);
    (unfinished.start, command(&unfinished.words, &unfinished.partial, source))
}

/// What may stand at the end of a shell's line that starts with the program. `connect` opens the connection that the
/// line names, if any.
pub(crate) fn shell_line(line: &str, connect: &dyn Fn(Option<&str>) -> Option<Connection>) -> Vec<Candidate> {
    let unfinished = parse::unfinished(line);
    let mut words = unfinished.words.get(1..).unwrap_or_default().iter();
    let mut uri = None;
    loop {
        match words.as_slice().first() {
            None if unfinished.partial.starts_with('-') => {
                return match unfinished.partial.split_once('=') {
                    Some((word, value)) => named(word, values_of_switch(word, value)),
                    None => switches(&unfinished.partial),
                };
            }
            Some(word) if word.starts_with('-') && word != "--" => {
                words.next();
                if let Some(value) = value_of_switch(word, &mut words) {
                    match value {
                        Some(value) if is_connect(word) => uri = Some(value),
                        // Names are those of the first: asking all would take too long.
                        Some(value) if is_hosts(word) => {
                            let hosts = many::hosts(&[], &[value]).unwrap_or_default();
                            uri = hosts.into_iter().next().map(|host| host.uri);
                        }
                        Some(_) => {}
                        // The value itself is what is being typed.
                        None => return values_of_switch(word, &unfinished.partial),
                    }
                }
            }
            _ => break,
        }
    }
    // Only what is before the command ends the program's options.
    let words = words.as_slice();
    let words = words.strip_prefix(&["--".to_owned()]).unwrap_or(words);
    command(words, &unfinished.partial, &|| connect(uri.as_deref()))
}

/// The value of a program option: `None` when it takes none, `Some(None)` when it is still to come.
fn value_of_switch(word: &str, rest: &mut std::slice::Iter<'_, String>) -> Option<Option<String>> {
    let switch = SWITCHES.iter().find(|switch| match word.strip_prefix("--") {
        Some(long) => switch.name == Some(long.split('=').next().unwrap_or(long)),
        None => switch.letter.is_some() && word.chars().nth(1) == switch.letter,
    })?;
    switch.value?;
    let attached = match word.strip_prefix("--") {
        Some(long) => long.split_once('=').map(|(_, value)| value.to_owned()),
        None => word.get(2..).filter(|value| !value.is_empty()).map(str::to_owned),
    };
    if switch.value_optional && attached.is_none() {
        return None;
    }
    Some(attached.or_else(|| rest.next().cloned()))
}

/// What may come as the value of a program option.
fn values_of_switch(word: &str, partial: &str) -> Vec<Candidate> {
    if is_connect(word) {
        uris(partial)
    } else if is_hosts(word) {
        hosts(partial)
    } else if word == "--output" {
        matching(partial, words_of(FORMATS))
    } else {
        Vec::new()
    }
}

/// Values with the option before them.
fn named(option: &str, mut values: Vec<Candidate>) -> Vec<Candidate> {
    for value in &mut values {
        value.word = format!("{option}={}", value.word);
    }
    values
}

fn is_connect(word: &str) -> bool {
    word.starts_with("-c") || word.starts_with("--connect")
}

fn is_hosts(word: &str) -> bool {
    word == "--hosts" || word.starts_with("--hosts=")
}

fn uris(partial: &str) -> Vec<Candidate> {
    matching(partial, URIS.iter().map(|uri| Candidate::new(*uri, "")))
}

fn hosts(partial: &str) -> Vec<Candidate> {
    let groups = many::groups().into_iter().chain(completion::files(partial));
    matching(partial, groups.map(|name| Candidate::new(name, "")))
}

fn switches(partial: &str) -> Vec<Candidate> {
    let long = SWITCHES.iter().filter(|switch| !switch.hidden).filter_map(|switch| {
        let equals = if switch.value.is_some() && !switch.value_optional { "=" } else { "" };
        Some(Candidate::new(format!("--{}{equals}", switch.name?), switch.help))
    });
    matching(partial, long)
}

/// Whether a line, slips let pass, tells what is for nobody else's eyes.
pub(crate) fn is_confidential(line: &str) -> bool {
    let mut words = Vec::new();
    let mut commands = Vec::new();
    for token in Words::new(line) {
        match token {
            Ok(Token::Word(word)) => words.push(word),
            Ok(Token::End) => commands.push(std::mem::take(&mut words)),
            // What is in a quote that is not closed is a word all the same.
            Err(_) => words.push(String::new()),
        }
    }
    commands.push(words);
    commands.iter().any(|words| {
        let Some((name, words)) = words.split_first() else { return false };
        command::find(name).is_some_and(|command| Typed::read(command, words).is_confidential())
    })
}

/// What may come after these words of a command.
fn command(words: &[String], partial: &str, source: Source<'_>) -> Vec<Candidate> {
    let Some((name, words)) = words.split_first() else {
        let commands = command::all().filter(|command| !command.hidden);
        return matching(partial, commands.map(|command| Candidate::new(command.name, command.summary)));
    };
    let Some(command) = command::find(name) else { return Vec::new() };
    let typed = Typed::read(command, words);
    if let Some(option) = typed.pending {
        return typed.fresh(values(option, partial, &typed.arguments, source));
    }
    let takes_options = !typed.only_values && partial.starts_with('-');
    if takes_options
        && let Some((name, value)) = partial.strip_prefix("--").and_then(|named| named.split_once('='))
    {
        return values_of_named(command, name, value, &typed.arguments, source);
    }
    let mut found = Vec::new();
    if takes_options {
        found.extend(matching(partial, options(command, &typed.arguments)));
    }
    match typed.position() {
        // A value may begin with a dash, but one that begins with two would be taken for an option.
        Some(option) if typed.only_values || !partial.starts_with("--") => {
            let mut values = values(option, partial, &typed.arguments, source);
            values.retain(|candidate| typed.only_values || !candidate.word.starts_with("--"));
            found.extend(values);
        }
        None if partial.is_empty() => found.extend(options(command, &typed.arguments)),
        _ => {}
    }
    typed.fresh(found)
}

fn options(command: &'static Command, given: &Arguments) -> impl Iterator<Item = Candidate> {
    let given: Vec<&str> = given.given().map(|(name, _)| name).collect();
    command
        .all_options()
        .chain(many::options(command).map(|row| &row.option))
        .filter(move |option| !given.contains(&option.name))
        .map(|option| Candidate::new(format!("--{}", option.name), option.help))
}

fn values_of_named(
    command: &'static Command,
    name: &str,
    value: &str,
    given: &Arguments,
    source: Source<'_>,
) -> Vec<Candidate> {
    let Some((_, option)) = command.option(name) else { return Vec::new() };
    named(&format!("--{name}"), values(option, value, given, source))
}

fn values(option: &'static Opt, partial: &str, given: &Arguments, source: Source<'_>) -> Vec<Candidate> {
    let fields: Vec<&str>;
    let words = match option.values {
        Values::List(words) => Some(words),
        Values::Fields | Values::Order => {
            fields = given.fields().collect();
            Some(&*fields)
        }
        _ => None,
    };
    if let Some(words) = words {
        let (before, last) = partial.rsplit_once(',').map_or(("", partial), |(before, last)| (before, last));
        let comma = if before.is_empty() { "" } else { "," };
        let taken: Vec<&str> = before.split(',').collect();
        let down = if option.values == Values::Order && last.starts_with('-') { "-" } else { "" };
        return words
            .iter()
            .filter(|word| word.starts_with(&last[down.len()..]) && !taken.contains(word))
            .map(|word| Candidate::new(format!("{before}{comma}{down}{word}"), ""))
            .collect();
    }
    let already = given.rest(option.name);
    let found: Vec<Candidate> = match option.values {
        Values::Unknown | Values::List(_) | Values::Fields | Values::Order => Vec::new(),
        Values::Condition => {
            let grown = given.command().answer.map(|answer| condition::grown(partial, &answer.fields));
            grown.unwrap_or_default().into_iter().map(|text| Candidate::new(text, "")).collect()
        }
        Values::Words(words) => words_of(words).collect(),
        Values::Command => commands_and_groups(),
        Values::File => completion::files(partial).into_iter().map(|path| Candidate::new(path, "")).collect(),
        Values::Event(source) => command::event_names(source).map(|name| Candidate::new(name, "")).collect(),
        Values::Key => {
            let codes = given.text("codeset").ok().flatten();
            command::key_names(codes).map(|name| Candidate::new(name, "")).collect()
        }
        live => source()
            .map(|connection| live::names(live, given, &connection).unwrap_or_default())
            .unwrap_or_default()
            .into_iter()
            .map(|name| Candidate::new(name, ""))
            .collect(),
    };
    matching(partial, found.into_iter().filter(|candidate| !already.contains(&candidate.word)))
}

fn words_of(words: &'static [&'static str]) -> impl Iterator<Item = Candidate> {
    words.iter().map(|word| Candidate::new(*word, ""))
}

fn commands_and_groups() -> Vec<Candidate> {
    let commands = command::all().filter(|command| !command.hidden);
    let groups = command::GROUPS.iter().map(|group| Candidate::new(group.keyword, group.title));
    commands.map(|command| Candidate::new(command.name, command.summary)).chain(groups).collect()
}

fn matching(partial: &str, candidates: impl Iterator<Item = Candidate>) -> Vec<Candidate> {
    let is_offered = |candidate: &Candidate| {
        candidate.word.starts_with(partial) && completion::is_offered(&candidate.word)
    };
    candidates.filter(is_offered).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        line(text, &|| None).1.into_iter().map(|candidate| candidate.word).collect()
    }

    #[test]
    fn commands_and_options_are_completed() {
        assert_eq!(found("domblkl"), ["domblklist"]);
        assert_eq!(found("uri; list --state-s"), ["--state-shutoff"]);
        assert_eq!(found("list --all --al"), Vec::<String>::new(), "what is given is not offered again");
        assert!(found("help vol").contains(&"volume".to_owned()));
    }

    #[test]
    fn values_are_completed_where_they_are_due() {
        assert_eq!(found("shutdown web --mode a"), ["acpi", "agent"]);
        assert_eq!(found("shutdown web --mode=acpi,ag"), ["--mode=acpi,agent"]);
        assert!(found("event --event life").contains(&"lifecycle".to_owned()));
        assert_eq!(found("net-event --event m"), ["metadata-change"]);
        assert_eq!(found("nodedev-list --cap net,vp"), ["net,vports", "net,vpd"]);
        assert_eq!(found("net-update default add-"), ["add-last", "add-first"]);
        assert_eq!(found("start web --y"), ["--yes"]);
        assert_eq!(found("start web --yes --y"), Vec::<String>::new());
        assert_eq!(found("dominfo web --ye"), Vec::<String>::new(), "nothing is lost by looking");
        assert_eq!(found("list --output y"), ["yaml"]);
        assert_eq!(found("list --columns name,max"), ["name,max_memory"]);
        assert_eq!(found("list --sort=-max"), ["--sort=-max_memory"]);
        assert_eq!(found("list --filter state==runn"), ["state==running"]);
    }

    #[test]
    fn lines_with_passwords_are_told_from_others() {
        for line in [
            "set-user-password web root hunter2",
            "list; set-user-password web --password=hunter2 root",
            "set-user-password web root \"hunter2",
            "set-user-password web root --pasword=hunter2",
            "secret-set-value 1 --base64 aHVudGVyMg==",
            "secret-set-value 1 aHVudGVyMg==",
        ] {
            assert!(is_confidential(line), "{line}");
        }
        for line in
            ["", "help set-user-password", "secret-set-value 1 --file x", "list # set-user-password a b c"]
        {
            assert!(!is_confidential(line), "{line}");
        }
    }

    #[test]
    fn program_options_come_before_the_command() {
        let found = |line: &str| -> Vec<String> {
            shell_line(line, &|_| None).into_iter().map(|candidate| candidate.word).collect()
        };
        assert_eq!(found("virsh --read"), ["--readonly"]);
        assert_eq!(found("virsh -q -c test:///default domblkl"), ["domblklist"]);
        assert_eq!(found("virsh -c list"), Vec::<String>::new());
        assert_eq!(found("virsh -q --connect qemu:///se"), ["qemu:///session"]);
        assert_eq!(found("virsh --connect=qemu:///se"), ["--connect=qemu:///session"]);
        assert_eq!(found("virsh --output=y"), ["--output=yaml"]);
    }
}
