//! The question before something is lost, or many things are changed at once.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::failure::{Failure, Outcome};
use crate::output::Output;

/// Asks whether that is meant, e.g. `destroy 3 domains: a, b, c`; `note` tells what else is to be known, if anything.
///
/// # Errors
/// When it is not, or when there is no terminal to ask on.
pub(crate) fn confirm(output: &Output, what: &str, note: &str, unasked: bool) -> Outcome {
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
    let mut letters = what.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let gap = if note.is_empty() { "" } else { " " };
    write!(screen, "{first}{}?{gap}{note} [y/N] ", letters.as_str())
        .and_then(|()| screen.flush())
        .map_err(unusable)?;
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
