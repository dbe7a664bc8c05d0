//! What reaches the user: standard output, standard error, and the log that `--log` asks for.

mod log;
pub(crate) mod moment;
mod progress;
mod size;
mod table;
mod tree;

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

pub(crate) use log::Log;
pub(crate) use progress::Lines;
pub(crate) use size::{SizeError, amount, bytes, scaled, scaled_by};
pub(crate) use table::{Table, printable};
pub(crate) use tree::{Branch, tree};

/// How much debugging output a level asks for; errors are always shown.
const LEVELS: [&str; 5] = ["DEBUG", "INFO", "NOTICE", "WARNING", "ERROR"];

/// The exit code of a program that a closed pipe ended, as a shell shows it.
const ENDED_BY_CLOSED_PIPE: i32 = 141;

/// Where output goes.
pub(crate) struct Output {
    /// Whether only what was asked for is printed.
    pub(crate) quiet: bool,
    /// The lowest level of messages that are shown, an index into [`LEVELS`].
    pub(crate) level: usize,
    /// Whether errors stand out, on a terminal.
    colour: bool,
    log: Option<Log>,
}

impl Output {
    /// Output as the program's options ask for it.
    pub(crate) fn new(quiet: bool, level: usize, log: Option<Log>) -> Self {
        let colour = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { quiet, level, colour, log }
    }

    /// Prints what was asked for.
    pub(crate) fn print(&self, text: impl Display) {
        self.check(write!(io::stdout().lock(), "{text}"));
    }

    /// Prints a line of what was asked for.
    pub(crate) fn line(&self, text: impl Display) {
        self.check(writeln!(io::stdout().lock(), "{text}"));
    }

    /// Prints bytes that were asked for, whatever they are.
    pub(crate) fn bytes(&self, bytes: &[u8]) {
        self.check(io::stdout().lock().write_all(bytes));
    }

    /// Prints a line for people, which `--quiet` leaves out.
    pub(crate) fn remark(&self, text: impl Display) {
        if !self.quiet {
            self.line(text);
        }
    }

    /// The same, without the line's end: the one that follows every command is it.
    pub(crate) fn last_remark(&self, text: impl Display) {
        if !self.quiet {
            self.print(text);
        }
    }

    /// Prints a table; `--quiet` leaves its heading out.
    pub(crate) fn table(&self, table: &Table) {
        self.print(table.render(!self.quiet));
    }

    /// Prints `label` and a value, the values beginning at the same column.
    pub(crate) fn field(&self, width: usize, label: &str, value: impl Display) {
        self.line(format_args!("{label:<width$} {value}"));
    }

    /// Shows an error.
    pub(crate) fn error(&self, message: impl Display) {
        self.flush();
        // libvirt ends some messages with a line's end, and some not.
        let message = message.to_string();
        let message = message.trim_end_matches('\n');
        let label = if self.colour { "\x1b[1;31merror:\x1b[0m" } else { "error:" };
        // Where even standard error is closed nobody is left to tell.
        let _ = writeln!(io::stderr().lock(), "{label} {message}");
        self.note(LEVELS.len() - 1, message);
    }

    /// Shows what the user can do about the error before.
    pub(crate) fn hint(&self, message: impl Display) {
        let _ = writeln!(io::stderr().lock(), "  hint: {message}");
    }

    /// Shows a message for whoever looks for a fault, if the level asks for it.
    pub(crate) fn debug(&self, message: impl Display) {
        const DEBUG: usize = 0;
        if self.level == DEBUG {
            self.flush();
            let message = message.to_string();
            let _ = writeln!(io::stderr().lock(), "{message}");
            self.note(DEBUG, &message);
        }
    }

    /// Makes sure that all that was printed can be seen.
    pub(crate) fn flush(&self) {
        self.check(io::stdout().lock().flush());
    }

    fn note(&self, level: usize, message: &str) {
        if let (Some(log), Some(name)) = (&self.log, LEVELS.get(level)) {
            log.write(name, message);
        }
    }

    /// A reader that has seen enough ends the program without a word; a full disk does so with one.
    fn check(&self, result: io::Result<()>) {
        let Err(error) = result else { return };
        if error.kind() == io::ErrorKind::BrokenPipe {
            std::process::exit(ENDED_BY_CLOSED_PIPE);
        }
        let _ = writeln!(io::stderr().lock(), "error: cannot write to standard output: {error}");
        std::process::exit(1);
    }
}
