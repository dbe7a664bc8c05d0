//! What reaches the user: standard output, standard error, and the log that `--log` asks for.

mod condition;
pub(crate) mod data;
pub(crate) mod field;
mod json;
mod kept;
mod log;
pub(crate) mod moment;
mod progress;
mod size;
mod table;
mod tree;
mod view;
mod yaml;

use std::cell::RefCell;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::mem;

use hypervisor::standard;
use nix::errno::Errno;

pub(crate) use data::{Data, Record, Value};
pub(crate) use kept::Kept;
pub(crate) use log::Log;
pub(crate) use progress::Lines;
pub(crate) use size::{SizeError, amount, bytes, scaled, scaled_by};
pub(crate) use table::{Table, legible, printable};
pub(crate) use tree::{Branch, tree};
pub(crate) use view::{FORMATS, View, Wishes};

/// How a word stands out on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// All is well.
    Good,
    /// It may not be.
    Doubtful,
    /// It is not.
    Bad,
    /// Not so important.
    Dim,
}

impl Style {
    /// The sequence of ECMA-48 that begins it.
    fn begin(self) -> &'static str {
        match self {
            Self::Good => "\x1b[32m",
            Self::Doubtful => "\x1b[33m",
            Self::Bad => "\x1b[1;31m",
            Self::Dim => "\x1b[2m",
        }
    }

    /// A text in it.
    pub(crate) fn around(self, text: &str) -> String {
        format!("{}{text}\x1b[0m", self.begin())
    }
}

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
    /// Whether words of what was asked for may.
    styles: bool,
    /// Whether there is nowhere to print to.
    closed: bool,
    log: Option<Log>,
    /// What is kept until somebody shows it, where it does not go to the user at once.
    kept: Option<RefCell<Kept>>,
}

impl Output {
    /// Output as the program's options ask for it.
    pub(crate) fn new(quiet: bool, level: usize, log: Option<Log>) -> Self {
        let is_wanted = std::env::var_os("NO_COLOR").is_none();
        let colour = io::stderr().is_terminal() && is_wanted;
        let styles = io::stdout().is_terminal() && is_wanted;
        Self { quiet, level, colour, styles, closed: standard::output_is_closed(), log, kept: None }
    }

    /// Output of the same kind that is kept until [`Output::take`] is asked for it: that of one of several works that
    /// go on at once.
    pub(crate) fn kept(quiet: bool, level: usize) -> Self {
        let kept = Some(RefCell::default());
        Self { quiet, level, colour: false, styles: false, closed: false, log: None, kept }
    }

    /// Whether what is printed is kept, so that nobody sees how a work gets on.
    pub(crate) fn is_kept(&self) -> bool {
        self.kept.is_some()
    }

    /// What was kept.
    pub(crate) fn take(&self) -> Kept {
        self.kept.as_ref().map(|kept| mem::take(&mut *kept.borrow_mut())).unwrap_or_default()
    }

    /// Shows what was kept of a work, with the name of what it was about before each error.
    pub(crate) fn replay(&self, kept: Kept, about: Option<&str>) {
        kept.replay(self, about);
    }

    /// A text that stands out if standard output is a terminal that shows it.
    pub(crate) fn styled(&self, style: Style, text: &str) -> String {
        if self.styles { style.around(text) } else { text.to_owned() }
    }

    /// Whether words may stand out on standard output.
    pub(crate) fn has_styles(&self) -> bool {
        self.styles
    }

    /// Prints what was asked for.
    pub(crate) fn print(&self, text: impl Display) {
        match &self.kept {
            Some(kept) => kept.borrow_mut().text(&text.to_string()),
            None => self.write(|output| write!(output, "{text}")),
        }
    }

    /// Prints a line of what was asked for.
    pub(crate) fn line(&self, text: impl Display) {
        match &self.kept {
            Some(kept) => kept.borrow_mut().text(&format!("{text}\n")),
            None => self.write(|output| writeln!(output, "{text}")),
        }
    }

    /// Prints bytes that were asked for, whatever they are.
    pub(crate) fn bytes(&self, bytes: &[u8]) {
        match &self.kept {
            Some(kept) => kept.borrow_mut().bytes(bytes),
            None => self.write(|output| output.write_all(bytes)),
        }
    }

    /// Prints a line for people, which `--quiet` leaves out, and so does who closes the standard output.
    pub(crate) fn remark(&self, text: impl Display) {
        if !self.quiet && !self.closed {
            self.line(legible(&text.to_string()));
        }
    }

    /// The same, without the line's end: the one that follows every command is it.
    pub(crate) fn last_remark(&self, text: impl Display) {
        if !self.quiet && !self.closed {
            self.print(legible(&text.to_string()));
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
        // libvirt ends some messages with a line's end, and some not.
        let message = legible(&message.to_string());
        let message = message.trim_end_matches('\n');
        if let Some(kept) = &self.kept {
            return kept.borrow_mut().error(message);
        }
        self.flush();
        let label = if self.colour { Style::Bad.around("error:") } else { "error:".to_owned() };
        // Where even standard error is closed nobody is left to tell.
        let _ = writeln!(io::stderr().lock(), "{label} {message}");
        self.note(LEVELS.len() - 1, message);
    }

    /// Shows what the user can do about the error before.
    pub(crate) fn hint(&self, message: impl Display) {
        let message = legible(&message.to_string());
        match &self.kept {
            Some(kept) => kept.borrow_mut().hint(&message),
            None => {
                self.flush();
                let _ = writeln!(io::stderr().lock(), "  hint: {message}");
            }
        }
    }

    /// Tells what has become of several works, on standard error: no script takes it for what was asked for.
    pub(crate) fn tell(&self, message: impl Display) {
        let message = legible(&message.to_string());
        match &self.kept {
            Some(kept) => kept.borrow_mut().told(&message),
            None => {
                self.flush();
                let _ = writeln!(io::stderr().lock(), "{message}");
            }
        }
    }

    /// Shows a message for whoever looks for a fault, if the level asks for it.
    pub(crate) fn debug(&self, message: impl Display) {
        const DEBUG: usize = 0;
        if self.level == DEBUG {
            let message = message.to_string();
            if let Some(kept) = &self.kept {
                return kept.borrow_mut().debug(&message);
            }
            self.flush();
            let _ = writeln!(io::stderr().lock(), "{message}");
            self.note(DEBUG, &message);
        }
    }

    /// Makes sure that all that was printed can be seen.
    pub(crate) fn flush(&self) {
        if !self.is_kept() {
            self.check(io::stdout().lock().flush());
        }
    }

    fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        self.check(match self.closed {
            // What the runtime has put in its place would swallow it.
            true => Err(Errno::EBADF.into()),
            false => write(&mut io::stdout().lock()),
        });
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
