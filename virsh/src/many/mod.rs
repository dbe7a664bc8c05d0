//! Several at once: a command on several domains, and on several hosts.
//!
//! | module | what it holds |
//! |---|---|
//! | `option` | the options that commands have for it beside their own |
//! | `target`, `pattern` | which domains are meant, found before anything is done |
//! | `work` | the command on each of them, a few at a time |
//! | `host` | which hosts are meant: URIs, files, groups |
//! | `everywhere`, `session` | the command on each of them, on a thread a host |
//! | `confirm`, `summary`, `progress` | what the user is asked, told, and shown meanwhile |

mod confirm;
mod everywhere;
mod host;
mod option;
mod pattern;
mod progress;
mod session;
mod summary;
mod target;
mod work;

pub(crate) use everywhere::{Hosts, LIMIT};
pub(crate) use host::{chosen as hosts, groups};
pub(crate) use option::{DOMAIN, ROWS, Wish, of as options, takes_names, takes_several};

use crate::command::{Effect, Value};
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::output::printable;
use crate::parse::Invocation;

/// Runs a command: on what it names, be that one thing, several domains, or things of several hosts.
pub(crate) fn run(control: &mut Control, invocation: &Invocation) -> Outcome {
    let command = invocation.command;
    if !command.connects {
        return (command.run)(control, &invocation.arguments);
    }
    if let Some(mut hosts) = control.hosts.take() {
        let outcome = everywhere::run(control, &mut hosts, invocation);
        control.hosts = Some(hosts);
        return outcome;
    }
    let connection = control.connection()?;
    let Some(targets) = target::find(invocation, &connection)? else {
        return (command.run)(control, &invocation.arguments);
    };
    if let Some(why) = alone(invocation) {
        return Err(Failure::said(format!("{why} works on one domain at a time")));
    }
    let names: Vec<String> = targets.domains.iter().map(|target| printable(&target.name)).collect();
    if names.is_empty() {
        control.output.tell(format_args!("{}: there is no domain in a state that fits", command.name));
        return Ok(());
    }
    if command.effect == Effect::Destroys {
        let count = summary::counted(names.len(), "domain");
        let what = format!("{} {count} ({})", command.name, summary::named(&names));
        confirm::confirm(&control.output, &what, invocation.many.yes)?;
    }
    work::run(control, command, &targets, invocation.many.parallel)
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
