//! A question before something is lost.

use std::io::{self, IsTerminal};

use crate::command::Arguments;
use crate::control::Control;
use crate::failure::{Failure, Outcome};

/// Lets what follows happen if `--yes` says so or somebody at the terminal does.
///
/// # Errors
/// Nobody says so.
pub(super) fn confirm(control: &Control, arguments: &Arguments, question: &str) -> Outcome {
    if arguments.has("yes") {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::said(format!("{question} Nobody can be asked, so nothing was done"))
            .hint("--yes says that it is meant"));
    }
    control.output.print(format_args!("{question} [y/N] "));
    control.output.flush();
    let mut answer = String::new();
    let read = io::stdin().read_line(&mut answer);
    if read.is_ok() && ["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()) {
        return Ok(());
    }
    Err(Failure::said("Nothing was done"))
}
