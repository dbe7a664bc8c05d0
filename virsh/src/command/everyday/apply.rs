//! Making an object what a file says.

use std::io::{self, Read};

use xctl::apply::{Change, Error, Kind, Outcome as Made, Plan};

use crate::command::{Arguments, file};
use crate::confirm::confirm;
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::output::printable;
use crate::parse::quoted;

/// The most that is read from standard input.
const LIMIT: u64 = 10 << 20;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let hint = error.hint().map(str::to_owned);
        let failure = match error {
            Error::Libvirt(error) => Self::from(error),
            error => Self::said(error.to_string()),
        };
        Self { hint, ..failure }
    }
}

pub(super) fn apply(control: &mut Control, arguments: &Arguments) -> Outcome {
    let path = arguments.required("file")?;
    let text = match path {
        // The shell reads its commands from there, and holds it.
        "-" if control.announcer.is_some() => {
            return Err(Failure::said("Failed to apply -: standard input is where commands come from")
                .hint("name a file, or run virsh apply outside of the shell"));
        }
        "-" => read_input()?,
        path => file::read(path)?,
    };
    let attempted = |error: Error| {
        let failure = Failure::from(error);
        Failure { said: [vec![format!("Failed to apply {path}")], failure.said].concat(), ..failure }
    };
    let connection = control.connection()?;
    let plan = Plan::new(&connection, &text, arguments.text("pool")?).map_err(attempted)?;
    let object = format!("{} '{}'", plan.kind.name(), printable(&plan.name));
    let what = capitalized(&object);
    let dry_run = arguments.has("dry-run");
    let (active, saved) = match &plan.change {
        Change::None => {
            control.output.last_remark(format_args!("{what} unchanged"));
            return Ok(());
        }
        Change::New if dry_run => {
            control.output.last_remark(format_args!("{what} would be made"));
            return Ok(());
        }
        Change::New => {
            let made = plan.run(&connection).map_err(attempted)?;
            warn_of_dropped(control, &object, &made);
            control.output.last_remark(format_args!("{what} made"));
            return Ok(());
        }
        Change::Changed { difference, is_active, is_saved } => {
            control.output.print(difference);
            (*is_active, *is_saved)
        }
    };
    if saved {
        control.output.tell(format_args!(
            "warning: the saved state of {object} comes back first, as it was; `virsh managedsave-remove {}` gives it up",
            quoted(&plan.name)
        ));
    }
    if dry_run {
        control.output.last_remark(format_args!("{what} would be changed"));
        return Ok(());
    }
    confirm(&control.output, &format!("change {object}"), "", arguments.has("yes"))?;
    let made = plan.run(&connection).map_err(attempted)?;
    warn_of_dropped(control, &object, &made);
    if !made.is_changed {
        control.output.last_remark(format_args!(
            "{what} unchanged: libvirt says in other words, or leaves out, what differs"
        ));
        return Ok(());
    }
    let counts = match (active, plan.kind) {
        (false, _) => String::new(),
        (true, Kind::Domain) => "; what runs is as before until it is shut down and started".to_owned(),
        (true, kind) => format!("; what is active is as before until the {} is started anew", kind.name()),
    };
    control.output.last_remark(format_args!("{what} changed{counts}"));
    Ok(())
}

/// Names what the object lacks of what was said.
fn warn_of_dropped(control: &Control, object: &str, made: &Made) {
    if !made.dropped.is_empty() {
        let places = printable(&made.dropped.join(", "));
        control.output.tell(format_args!("warning: libvirt stored {object} without {places}"));
    }
}

fn read_input() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = io::stdin().lock().take(LIMIT).read_to_end(&mut bytes);
    read.map_err(|error| Failure::said(format!("Failed to read standard input: {}", file::reason(&error))))?;
    // As of a file.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
