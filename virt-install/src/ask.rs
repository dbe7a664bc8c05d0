//! Questions to whoever sits at the terminal.

use std::io::IsTerminal;

use anyhow::{Context, Result, bail};
use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};

use crate::report;

/// Whether there is somebody to ask.
pub(crate) fn is_possible() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// Questions in colours, unless they are not wanted.
pub(crate) fn theme() -> Box<dyn Theme> {
    if std::env::var_os("NO_COLOR").is_some() {
        Box::new(SimpleTheme)
    } else {
        Box::new(ColorfulTheme::default())
    }
}

/// Asks until the answer is yes or no. The question goes to standard output and the answer comes from standard input,
/// whatever these are, as scripts may answer too.
///
/// # Errors
/// Nobody answers.
pub(crate) fn yes_or_no(question: &str) -> Result<bool> {
    loop {
        report::text(&format!("{question} (y/n): "));
        let mut answer = String::new();
        let read = std::io::stdin().read_line(&mut answer).context("cannot read the answer")?;
        match answer.trim().to_lowercase().as_str() {
            "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            _ if read == 0 => bail!("nobody answered, so nothing was done"),
            _ => report::line("Please enter 'yes' or 'no'."),
        }
    }
}
