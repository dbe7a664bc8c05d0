//! virsh: libvirt's shell.
//!
//! | module | what it holds |
//! |---|---|
//! | `program` | the program's own options |
//! | `command/` | every command, declared once, a module a group |
//! | `parse/` | from what was typed to commands with arguments |
//! | `confirm` | the question before something is lost |
//! | `control` | what commands share: connection and output; runs commands |
//! | `many/` | a command on several domains, and on several hosts |
//! | `shell` | the prompt: editing, history, piped input |
//! | `terminal` | a page of our own on it, and leaving it as it was |
//! | `complete/` | what may come next on a line, live names included |
//! | `help`, `generate/` | what is derived from the tables for people and shells |
//! | `output/` | tables, sizes, errors, the log |

mod command;
mod complete;
mod confirm;
mod control;
mod failure;
mod generate;
mod help;
mod interrupt;
mod many;
mod output;
mod parse;
mod program;
mod shell;
mod terminal;
mod version;

use std::path::Path;

use control::Control;
use failure::Failure;
use many::Hosts;
use output::{Log, Output};
use program::{Options, Shown, Task};

const SUCCESS: u8 = 0;
const FAILURE: u8 = 1;

/// Does all that the command line asks for, and returns what the program ends with.
pub fn execute() -> u8 {
    let arguments: Vec<String> =
        std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    let plain = Output::new(false, 4, None);
    let done = match program::parse(&arguments) {
        Ok(Task::Run(options, words)) => run(&options, &words),
        Ok(Task::Help) => {
            plain.print(generate::usage());
            Ok(SUCCESS)
        }
        Ok(Task::Version { long }) => version::text(long).map(|text| {
            plain.print(text);
            SUCCESS
        }),
        Ok(Task::Generate(what)) => generate::find(&what).map(|text| {
            plain.print(text);
            SUCCESS
        }),
        Err(failure) => Err(failure),
    };
    plain.flush();
    match done {
        Ok(code) => code,
        Err(failure) => {
            Control::new(plain, &Options::default()).report(&failure);
            FAILURE
        }
    }
}

/// Runs commands or the shell, and says how the last command ended.
fn run(options: &Options, words: &[String]) -> Result<u8, Failure> {
    let mut hosts = many::hosts(&options.uris, &options.hosts)?;
    // A group is one whatever its size: what scripts read of it keeps its form.
    let several = hosts.len() > 1 || !options.hosts.is_empty();
    let shown = Shown { demanded: true, of_hosts: several, ..options.shown.clone() };
    let invocations = match words {
        [] => None,
        [line] if line.is_empty() => return Ok(FAILURE),
        [line] => Some(parse::line(line, &shown)?),
        words => Some(parse::arguments(words, &shown)?),
    };
    let mut control = Control::new(output(options)?, options);
    if several {
        control.hosts = Some(Hosts::new(hosts, options.host_limit.unwrap_or(many::LIMIT)));
    } else if let Some(host) = hosts.pop() {
        control.talk_to(host.uri);
    }
    // Completion neither waits for a hypervisor that it may not need, nor complains of it.
    let completes =
        invocations.as_ref().is_some_and(|all| all.iter().all(|invocation| invocation.command.hidden));
    if !completes && let Err(failure) = control.connect_if_named() {
        control.report(&failure);
        return Ok(FAILURE);
    }
    match invocations {
        Some(invocations) => Ok(match control.run(&invocations) {
            true => SUCCESS,
            false => control.exit_code,
        }),
        None => shell::run(&mut control).map(|()| SUCCESS),
    }
}

fn output(options: &Options) -> Result<Output, Failure> {
    const LEVELS: std::ops::RangeInclusive<i64> = 0..=4;
    const ERRORS_ONLY: i64 = 4;
    let from_environment =
        || std::env::var("VIRSH_DEBUG").ok()?.parse().ok().filter(|level| LEVELS.contains(level));
    let level = options.debug.filter(|level| LEVELS.contains(level)).or_else(from_environment);
    let log = match options.log.clone().or_else(|| std::env::var("VIRSH_LOG_FILE").ok()) {
        Some(path) => Some(Log::open(Path::new(&path)).map_err(|error| {
            Failure::said("failed to open the log file. check the log file path")
                .hint(format!("{path}: {error}"))
        })?),
        None => None,
    };
    let level = level.and_then(|level| usize::try_from(level).ok()).unwrap_or(ERRORS_ONLY as usize);
    let output = Output::new(options.quiet, level, log);
    if let Some(wrong) = options.debug.filter(|level| !LEVELS.contains(level)) {
        output.error(format_args!("ignoring debug level {wrong} out of range [0-4]"));
    }
    Ok(output)
}
