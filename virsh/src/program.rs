//! The program's own options, which come before the command.

use std::time::Duration;

use xctl::console::Escape;

use crate::command::{COLUMNS, FILTER, OUTPUT, Opt, SORT};
use crate::failure::{Failure, nearest};

/// One option of the program.
pub(crate) struct Switch {
    /// The letter, if there is one.
    pub(crate) letter: Option<char>,
    /// The long name, if there is one.
    pub(crate) name: Option<&'static str>,
    /// What help calls its value; nothing when it takes none.
    pub(crate) value: Option<&'static str>,
    /// Whether the value may be left out; it then comes with `=` or not at all.
    pub(crate) value_optional: bool,
    /// What it does.
    pub(crate) help: &'static str,
    /// Whether help and completion leave it out.
    pub(crate) hidden: bool,
    /// Whether its name cannot be cut short: what the peer's users type so may be meant for its option.
    whole: bool,
    id: Id,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Id {
    Connect,
    Hosts,
    HostTimeout,
    Debug,
    Escape,
    Help,
    KeepAliveInterval,
    KeepAliveCount,
    Log,
    Quiet,
    ReadOnly,
    Timing,
    Version,
    LongVersion,
    Generate,
    Shown,
}

const fn switch(
    letter: char,
    name: &'static str,
    value: Option<&'static str>,
    id: Id,
    help: &'static str,
) -> Switch {
    Switch {
        letter: Some(letter),
        name: Some(name),
        value,
        value_optional: false,
        help,
        hidden: false,
        whole: false,
        id,
    }
}

/// An option that shows data as the one of the same name does after a command.
const fn shows(option: &'static Opt, value: &'static str) -> Switch {
    Switch { letter: None, whole: true, ..switch(' ', option.name, Some(value), Id::Shown, option.help) }
}

/// All options of the program, in the order of its help.
pub(crate) const SWITCHES: &[Switch] = &[
    switch(
        'c',
        "connect",
        Some("URI"),
        Id::Connect,
        "which hypervisor to talk to; several times for several",
    ),
    switch('d', "debug", Some("NUM"), Id::Debug, "least level of messages to show, 0 (all) to 4 (errors)"),
    switch('e', "escape", Some("CHAR"), Id::Escape, "key that leaves a console, ^] if not given"),
    switch('h', "help", None, Id::Help, "show this help"),
    switch(
        'k',
        "keepalive-interval",
        Some("NUM"),
        Id::KeepAliveInterval,
        "seconds between keepalive messages, 0 for none",
    ),
    switch(
        'K',
        "keepalive-count",
        Some("NUM"),
        Id::KeepAliveCount,
        "unanswered keepalive messages that end a connection",
    ),
    switch('l', "log", Some("FILE"), Id::Log, "add messages to this file"),
    Switch {
        letter: None,
        whole: true,
        ..switch(
            ' ',
            "hosts",
            Some("GROUP"),
            Id::Hosts,
            "run on all hosts of a group of ~/.config/xctl/hosts, or of a FILE",
        )
    },
    Switch {
        letter: None,
        whole: true,
        ..switch(
            ' ',
            "host-timeout",
            Some("SECONDS"),
            Id::HostTimeout,
            "how long each of several hosts may take to connect, 10 if not given",
        )
    },
    switch('q', "quiet", None, Id::Quiet, "print only what was asked for"),
    switch('r', "readonly", None, Id::ReadOnly, "connect for looking only"),
    switch('t', "timing", None, Id::Timing, "print how long each command took"),
    Switch { name: None, ..switch('v', "", None, Id::Version, "show the version in one line") },
    Switch {
        name: None,
        ..switch('V', "", None, Id::LongVersion, "show the version and what it was built with")
    },
    Switch {
        letter: None,
        value_optional: true,
        ..switch(' ', "version", Some("TYPE"), Id::Version, "show the version; TYPE is short or long")
    },
    shows(&OUTPUT, "FORMAT"),
    shows(&COLUMNS, "FIELDS"),
    shows(&SORT, "FIELDS"),
    shows(&FILTER, "CONDITION"),
    Switch {
        letter: None,
        hidden: true,
        ..switch(
            ' ',
            "generate",
            Some("WHAT"),
            Id::Generate,
            "write the man page or a shell's completion: man, bash, zsh, fish",
        )
    },
];

/// The key that leaves a console, and how the user wrote it.
#[derive(Debug, Clone)]
pub(crate) struct EscapeKey {
    /// The key.
    pub(crate) key: Escape,
    /// As it is shown.
    pub(crate) text: String,
}

impl Default for EscapeKey {
    fn default() -> Self {
        let key = Escape::default();
        Self { key, text: key.to_string() }
    }
}

/// What the program's options ask for.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// `-c`, as often as it was given.
    pub(crate) uris: Vec<String>,
    /// `--hosts`, as often as it was given.
    pub(crate) hosts: Vec<String>,
    /// `--host-timeout`.
    pub(crate) host_limit: Option<Duration>,
    /// `-d`, as the user wrote it after it was read as a number.
    pub(crate) debug: Option<i64>,
    /// `-e`.
    pub(crate) escape: EscapeKey,
    /// `-k`, in seconds.
    pub(crate) keep_alive_interval: Option<u32>,
    /// `-K`.
    pub(crate) keep_alive_count: Option<u32>,
    /// `-l`.
    pub(crate) log: Option<String>,
    /// `-q`.
    pub(crate) quiet: bool,
    /// `-r`.
    pub(crate) read_only: bool,
    /// `-t`.
    pub(crate) timing: bool,
    /// `--output` and what goes with it.
    pub(crate) shown: Shown,
}

/// How data is to be shown by commands that are given no options of their own for it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shown {
    /// The options by name, with their values.
    pub(crate) options: Vec<(&'static str, String)>,
    /// Whether it may come from several hosts.
    pub(crate) of_hosts: bool,
    /// Whether a command that prints no data is refused: a script would take what it prints for data. The shell's users
    /// see what they get.
    pub(crate) demanded: bool,
}

/// What the program is to do.
#[derive(Debug)]
pub(crate) enum Task {
    /// Run these words as commands, or the shell if there are none.
    Run(Options, Vec<String>),
    /// Show the help of the program.
    Help,
    /// Show the version, in one line or in full.
    Version { long: bool },
    /// Write the man page or a completion script.
    Generate(String),
}

/// Reads the program's arguments up to the first that is no option.
///
/// # Errors
/// For an unknown option, a missing or a wrong value.
pub(crate) fn parse(arguments: &[String]) -> Result<Task, Failure> {
    let mut options = Options::default();
    let mut help = false;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.as_slice().first() {
        if argument == "--" {
            rest.next();
            break;
        }
        let Some(given) = argument.strip_prefix('-').filter(|given| !given.is_empty()) else { break };
        rest.next();
        for (switch, value) in switches(given, &mut rest)? {
            match switch.id {
                Id::Help => help = true,
                Id::Version => return Ok(Task::Version { long: value.as_deref() == Some("long") }),
                Id::LongVersion => return Ok(Task::Version { long: true }),
                Id::Generate => return Ok(Task::Generate(value.unwrap_or_default())),
                _ => options.take(switch, value.unwrap_or_default())?,
            }
        }
    }
    match help {
        true => Ok(Task::Help),
        false => Ok(Task::Run(options, rest.cloned().collect())),
    }
}

type Given = (&'static Switch, Option<String>);

/// The options in one argument: a long one, or any number of letters.
fn switches(given: &str, rest: &mut std::slice::Iter<'_, String>) -> Result<Vec<Given>, Failure> {
    if let Some(long) = given.strip_prefix('-') {
        let (name, value) = match long.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (long, None),
        };
        let switch = long_switch(name)?;
        let value = match (switch.value, value) {
            (None, Some(_)) => return Err(unsupported(&format!("--{long}"), name)),
            (Some(_), None) if !switch.value_optional => Some(value_of(switch, rest)?),
            (_, value) => value,
        };
        return Ok(vec![(switch, value)]);
    }
    let mut found = Vec::new();
    let mut letters = given.chars();
    while let Some(letter) = letters.next() {
        let switch = SWITCHES
            .iter()
            .find(|switch| switch.letter == Some(letter))
            .ok_or_else(|| unsupported(&format!("-{letter}"), ""))?;
        if switch.value.is_none() {
            found.push((switch, None));
            continue;
        }
        let attached = letters.as_str();
        let value = if attached.is_empty() { value_of(switch, rest)? } else { attached.to_owned() };
        found.push((switch, Some(value)));
        break;
    }
    Ok(found)
}

/// The option of that long name, or the only one whose name begins so.
fn long_switch(name: &str) -> Result<&'static Switch, Failure> {
    let named = || SWITCHES.iter().filter_map(|switch| Some((switch.name?, switch)));
    if let Some((_, switch)) = named().find(|(known, _)| *known == name) {
        return Ok(switch);
    }
    let mut beginning = named().filter(|(known, switch)| !switch.whole && known.starts_with(name));
    match (beginning.next(), beginning.next()) {
        (Some((_, switch)), None) => Ok(switch),
        _ => Err(unsupported(&format!("--{name}"), name)),
    }
}

fn value_of(switch: &Switch, rest: &mut std::slice::Iter<'_, String>) -> Result<String, Failure> {
    rest.next().cloned().ok_or_else(|| {
        let name = switch.name.unwrap_or_default();
        Failure::said(match switch.letter {
            Some(letter) => format!("option '-{letter}'/'--{name}' requires an argument"),
            None => format!("option '--{name}' requires an argument"),
        })
    })
}

fn unsupported(given: &str, name: &str) -> Failure {
    let failure = Failure::said(format!("unsupported option '{given}'. See --help."));
    let known = SWITCHES.iter().filter(|switch| !switch.hidden).filter_map(|switch| switch.name);
    match nearest(name, known) {
        Some(near) if !name.is_empty() => failure.hint(format!("did you mean --{near}?")),
        _ => failure,
    }
}

impl Options {
    fn take(&mut self, switch: &Switch, value: String) -> Result<(), Failure> {
        let letter = switch.letter.unwrap_or_default();
        let count = |value: &str| {
            let wrong = || Failure::said(format!("Invalid value for option -{letter}"));
            value.parse::<i32>().ok().and_then(|number| u32::try_from(number).ok()).ok_or_else(wrong)
        };
        match switch.id {
            Id::Connect => self.uris.push(value),
            Id::Hosts => self.hosts.push(value),
            Id::HostTimeout => {
                let seconds = value.parse::<u32>().ok().filter(|seconds| *seconds > 0);
                let wrong = || Failure::said(format!("Invalid value for option --host-timeout: '{value}'"));
                self.host_limit = Some(Duration::from_secs(seconds.ok_or_else(wrong)?.into()));
            }
            Id::Debug => {
                let number = value
                    .parse()
                    .map_err(|_| Failure::said(format!("option -{letter} takes a numeric argument")))?;
                self.debug = Some(number);
            }
            Id::Escape => {
                let key = value
                    .parse()
                    .map_err(|error: xctl::console::InvalidEscape| Failure::said(error.to_string()))?;
                self.escape = EscapeKey { key, text: value };
            }
            Id::KeepAliveInterval => self.keep_alive_interval = Some(count(&value)?),
            Id::KeepAliveCount => self.keep_alive_count = Some(count(&value)?),
            Id::Log => self.log = Some(value),
            Id::Quiet => self.quiet = true,
            Id::ReadOnly => self.read_only = true,
            Id::Timing => self.timing = true,
            Id::Shown => self.shown.options.push((switch.name.unwrap_or_default(), value)),
            Id::Help | Id::Version | Id::LongVersion | Id::Generate => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<(Options, Vec<String>), String> {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        match parse(&arguments) {
            Ok(Task::Run(options, words)) => Ok((options, words)),
            Ok(other) => Err(format!("{other:?}")),
            Err(failure) => Err(failure.said.concat()),
        }
    }

    #[test]
    fn options_end_at_the_command() {
        let (options, words) = parsed("-qrc test:///default list -q --all").unwrap();
        assert!(options.quiet && options.read_only && !options.timing);
        assert_eq!(options.uris, ["test:///default"]);
        assert_eq!(words, ["list", "-q", "--all"]);
        assert_eq!(parsed("-t -- list").unwrap().1, ["list"]);
    }

    #[test]
    fn long_names_may_be_cut_short_while_they_are_unique() {
        assert_eq!(parsed("--conn=qemu:///session").unwrap().0.uris, ["qemu:///session"]);
        assert_eq!(parsed("--keepalive 3").unwrap_err(), "unsupported option '--keepalive'. See --help.");
    }

    #[test]
    fn values_are_checked() {
        for (line, said) in [
            ("-c", "option '-c'/'--connect' requires an argument"),
            ("-d x", "option -d takes a numeric argument"),
            ("-k x", "Invalid value for option -k"),
            ("-K -1", "Invalid value for option -K"),
            ("-e xx", "Invalid string 'xx' for escape sequence"),
            ("-e ^1", "Invalid string '^1' for escape sequence"),
            ("-Z", "unsupported option '-Z'. See --help."),
        ] {
            assert_eq!(parsed(line).unwrap_err(), said, "{line}");
        }
    }

    #[test]
    fn version_and_help_need_no_command() {
        assert_eq!(parsed("--version=long").unwrap_err(), "Version { long: true }");
        assert_eq!(parsed("-v").unwrap_err(), "Version { long: false }");
        assert_eq!(parsed("-h list").unwrap_err(), "Help");
    }
}
