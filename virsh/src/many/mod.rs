//! Several at once: a command on several domains, and on several hosts.
//!
//! | module | what it holds |
//! |---|---|
//! | `option` | the options that commands have for it beside their own |
//! | `target`, `pattern` | which domains are meant, found before anything is done |
//! | `work` | the command on each of them, a few at a time |
//! | `host` | which hosts are meant: URIs, files, groups |
//! | `everywhere`, `round`, `session` | the command on each of them, on a thread a host |
//! | `data` | what they know, in one list |
//! | `summary`, `progress` | what the user is told, and shown meanwhile |

mod data;
mod everywhere;
mod host;
mod option;
mod pattern;
mod progress;
mod round;
mod session;
mod summary;
mod target;
mod work;

pub(crate) use data::fields;
pub(crate) use everywhere::{Hosts, LIMIT};
pub(crate) use host::{chosen as hosts, groups};
pub(crate) use option::{DOMAIN, ROWS, Wish, of as options, takes_names, takes_several};

use crate::command::{Arguments, Effect, Value};
use crate::confirm::confirm;
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::output::{Data, printable};
use crate::parse::Invocation;
use target::Targets;

/// What has become of a command.
struct Done {
    /// What it found out, where data is wanted.
    data: Option<Data>,
    /// Whether it was done on all that it was given.
    whole: bool,
}

/// Runs a command: on what it names, be that one thing, several domains, or things of several hosts.
pub(crate) fn run(control: &mut Control, invocation: &Invocation) -> Outcome {
    let done = everything(control, invocation)?;
    if let Some(data) = done.data {
        data::show(control, invocation, data);
    }
    if done.whole { Ok(()) } else { Err(Failure::silent()) }
}

/// Runs a command on one thing; what it finds out is returned where data is wanted, and printed where not.
fn once(
    control: &mut Control,
    invocation: &Invocation,
    arguments: &Arguments,
) -> Result<Option<Data>, Failure> {
    let command = invocation.command;
    match (&invocation.view, command.answer) {
        (Some(_), Some(answer)) => answer.find(command.run, control, arguments).map(Some),
        _ => (command.run)(control, arguments).map(|()| None),
    }
}

/// Runs a command on one host: on the domains that were found there, or as ever where one is named.
fn on_host(
    control: &mut Control,
    invocation: &Invocation,
    targets: Option<Targets>,
) -> Result<Done, Failure> {
    match targets {
        Some(targets) => work::run(control, invocation, targets),
        None => {
            let data = once(control, invocation, &invocation.arguments)
                .map_err(|failure| target::told_of_names(invocation, failure))?;
            let answer = invocation.command.answer;
            let whole = data.as_ref().zip(answer).is_none_or(|(data, answer)| answer.is_good(data));
            Ok(Done { data, whole })
        }
    }
}

fn everything(control: &mut Control, invocation: &Invocation) -> Result<Done, Failure> {
    let command = invocation.command;
    if !command.connects {
        return on_host(control, invocation, None);
    }
    if let Some(mut hosts) = control.hosts.take() {
        let outcome = everywhere::run(control, &mut hosts, invocation);
        control.hosts = Some(hosts);
        return outcome;
    }
    let connection = control.connection()?;
    let Some(targets) = target::find(invocation, &connection)? else {
        return on_host(control, invocation, None);
    };
    if let Some(why) = alone(invocation) {
        return Err(Failure::said(format!("{why} works on one domain at a time")));
    }
    let names: Vec<String> = targets.domains.iter().map(|target| printable(&target.name)).collect();
    if invocation.effect() == Effect::Destroys && !names.is_empty() {
        let count = summary::counted(names.len(), "domain");
        let what = format!("{} {count} ({})", command.name, summary::named(&names));
        confirm(&control.output, &what, "", invocation.many.yes)?;
    }
    on_host(control, invocation, Some(targets))
}

/// What it is that allows one domain and one host only, if anything does.
fn alone(invocation: &Invocation) -> Option<String> {
    let command = invocation.command;
    if command.alone {
        return Some(format!("'{}'", command.name));
    }
    let given = |index| *invocation.arguments.at(index) != Value::Absent;
    let (_, option) =
        command.options.iter().enumerate().find(|(index, option)| option.alone && given(*index))?;
    Some(format!("'{}' with --{}", command.name, option.name))
}
