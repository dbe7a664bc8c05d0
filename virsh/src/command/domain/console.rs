//! A guest's serial console on the user's terminal.

use std::io;

use hypervisor::Domain;
use hypervisor::flags::ConsoleFlags;
use xctl::console::{self, Ended, Error};

use super::{By, find};
use crate::command::Arguments;
use crate::control::Control;
use crate::failure::{Failure, Outcome};

/// How a console is wanted.
#[derive(Default)]
pub(super) struct Wish {
    /// The device; the first one if not given.
    device: Option<String>,
    flags: ConsoleFlags,
    /// Whether a paused guest goes on once connected.
    resume: bool,
}

pub(super) fn console(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags =
        ConsoleFlags(arguments.flags(&[("force", ConsoleFlags::FORCE.0), ("safe", ConsoleFlags::SAFE.0)]));
    let device = arguments.text("devname")?.map(str::to_owned);
    let domain = find(control, arguments, By::ANY)?;
    join(control, &domain, &Wish { device, flags, resume: arguments.has("resume") })
}

/// Joins the terminal and the guest until one of them ends it.
pub(super) fn join(control: &Control, domain: &Domain, wish: &Wish) -> Outcome {
    if !domain.is_active()? {
        return Err(Failure::said("The domain is not running"));
    }
    if !io::IsTerminal::is_terminal(&io::stdin()) {
        return Err(Failure::said(Error::NotATerminal.to_string()));
    }
    control.output.remark(format_args!("Connected to domain '{}'", domain.name()));
    control.output.remark(format_args!("Escape character is {}{}", control.escape.text, meaning(control)));
    control.output.flush();
    let stream = domain.open_console(wish.device.as_deref(), wish.flags)?;
    if wish.resume {
        domain.resume()?;
    }
    let ended = console::attach(&stream, control.escape.key).map_err(failure)?;
    match ended {
        Ended::Signal(number) => {
            control.output.flush();
            std::process::exit(128 + number);
        }
        Ended::Escape | Ended::Guest | Ended::Terminal => Ok(()),
    }
}

/// Which keys make the escape, for those who do not read `^`.
fn meaning(control: &Control) -> String {
    let shown = &control.escape.text;
    shown.strip_prefix('^').map(|key| format!(" (Ctrl + {key})")).unwrap_or_default()
}

fn failure(error: Error) -> Failure {
    let source = std::error::Error::source(&error).map(ToString::to_string);
    Failure { said: std::iter::once(error.to_string()).chain(source).collect(), ..Failure::silent() }
}
