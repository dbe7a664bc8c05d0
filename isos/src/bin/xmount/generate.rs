//! The manual page and completions, from the same table as the parser.

use std::io::{self, Write};

use clap::Command;
use clap_complete::Shell;

/// Prints what is asked for: `man`, or the completions of `bash`, `zsh` or `fish`.
pub(crate) fn print(mut command: Command, what: &str) -> io::Result<()> {
    let name = command.get_name().to_owned();
    let mut text = Vec::new();
    match what.parse::<Shell>() {
        Ok(shell) => clap_complete::generate(shell, &mut command, name, &mut text),
        Err(_) => clap_mangen::Man::new(command).render(&mut text)?,
    }
    io::stdout().write_all(&text)
}
