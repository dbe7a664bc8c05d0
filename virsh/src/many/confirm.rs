//! The question before many things are changed at once.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::failure::{Failure, Outcome};
use crate::output::Output;

/// Asks whether that is meant, e.g. `destroy 3 domains: a, b, c`.
///
/// # Errors
/// When it is not, or when there is no terminal to ask on.
pub(super) fn confirm(output: &Output, what: &str, unasked: bool) -> Outcome {
    if unasked {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::said(format!("refusing to {what}: there is no terminal to ask on"))
            .hint("--yes after the command does it unasked"));
    }
    output.flush();
    let unusable = |error: io::Error| Failure::said(format!("cannot use the terminal: {error}"));
    let mut screen = io::stderr().lock();
    write!(screen, "{what}? [y/N] ").and_then(|()| screen.flush()).map_err(unusable)?;
    let mut answer = String::new();
    let count = io::stdin().lock().read_line(&mut answer).map_err(unusable)?;
    if count == 0 {
        // The end of the input ends no line.
        writeln!(screen).map_err(unusable)?;
    }
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::said("nothing was done")),
    }
}
