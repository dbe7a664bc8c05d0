//! What reaches the user: standard output, standard error, and the log that `--log` asks for.

mod condition;
pub(crate) mod data;
pub(crate) mod field;
mod json;
mod log;
pub(crate) mod moment;
mod size;
mod table;
mod tree;
mod view;
mod yaml;

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

pub(crate) use data::{Data, Record, Value};
pub(crate) use log::Log;
pub(crate) use size::{SizeError, amount, bytes, scaled, scaled_by};
pub(crate) use table::{Table, printable};
pub(crate) use tree::{Branch, tree};
pub(crate) use view::{FORMATS, View, Wishes};

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
    /// Where what is printed is kept instead of shown.
    kept: Option<Mutex<Kept>>,
}

/// What was printed by a command whose output is kept.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// What would have been on standard output.
    pub(crate) printed: Vec<u8>,
    /// What would have been on standard error.
    pub(crate) said: Vec<u8>,
}

impl Output {
    /// Output as the program's options ask for it.
    pub(crate) fn new(quiet: bool, level: usize, log: Option<Log>) -> Self {
        let colour = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { quiet, level, colour, log, kept: None }
    }

    /// Output that is kept for whoever runs commands beside each other, and shows what they printed afterwards.
    pub(crate) fn kept(quiet: bool, level: usize) -> Self {
        Self { quiet, level, colour: false, log: None, kept: Some(Mutex::default()) }
    }

    /// Takes what was kept since the last time.
    pub(crate) fn take(&self) -> Kept {
        let kept = self.kept.as_ref().map(|kept| kept.lock().unwrap_or_else(PoisonError::into_inner));
        kept.map(|mut kept| std::mem::take(&mut *kept)).unwrap_or_default()
    }

    /// Shows what would have been on standard error where output was kept.
    pub(crate) fn pass_on(&self, said: &[u8]) {
        if !said.is_empty() {
            self.flush();
            self.err(format_args!("{}", String::from_utf8_lossy(said).trim_end_matches('\n')));
        }
    }

    /// Writes to standard output, or to what is kept.
    fn out(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        match &self.kept {
            None => self.check(write(&mut io::stdout().lock())),
            // Memory takes everything.
            Some(kept) => {
                let _ = write(&mut kept.lock().unwrap_or_else(PoisonError::into_inner).printed);
            }
        }
    }

    /// Writes to standard error, or to what is kept.
    fn err(&self, line: std::fmt::Arguments<'_>) {
        // Where even standard error is closed nobody is left to tell; memory takes everything.
        let _ = match &self.kept {
            None => writeln!(io::stderr().lock(), "{line}"),
            Some(kept) => {
                writeln!(kept.lock().unwrap_or_else(PoisonError::into_inner).said, "{line}")
            }
        };
    }

    /// Prints what was asked for.
    pub(crate) fn print(&self, text: impl Display) {
        self.out(|out| write!(out, "{text}"));
    }

    /// Prints a line of what was asked for.
    pub(crate) fn line(&self, text: impl Display) {
        self.out(|out| writeln!(out, "{text}"));
    }

    /// Prints bytes that were asked for, whatever they are.
    pub(crate) fn bytes(&self, bytes: &[u8]) {
        self.out(|out| out.write_all(bytes));
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
        self.err(format_args!("{label} {message}"));
        self.note(LEVELS.len() - 1, message);
    }

    /// Shows what the user can do about the error before.
    pub(crate) fn hint(&self, message: impl Display) {
        self.err(format_args!("  hint: {message}"));
    }

    /// Shows a message for whoever looks for a fault, if the level asks for it.
    pub(crate) fn debug(&self, message: impl Display) {
        const DEBUG: usize = 0;
        if self.level == DEBUG {
            self.flush();
            let message = message.to_string();
            self.err(format_args!("{message}"));
            self.note(DEBUG, &message);
        }
    }

    /// Makes sure that all that was printed can be seen.
    pub(crate) fn flush(&self) {
        self.out(|out| out.flush());
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
