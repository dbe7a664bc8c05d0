//! The prompt: line editing, history and completion on a terminal, plain lines from a pipe.

mod history;

use std::cell::RefCell;
use std::io::{self, BufRead, IsTerminal};
use std::sync::Mutex;
use std::thread;

use hypervisor::Connection;
use nix::sys::termios::{SetArg, tcgetattr, tcsetattr};
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Editor, Helper};
use signal_hook::consts::{SIGHUP, SIGTERM};
use signal_hook::iterator::Signals;

use crate::complete;
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::parse::{self, quoted};
use crate::program::Shown;
use history::History;

const WELCOME: &str = "Welcome to virsh, the virtualization interactive terminal.

Type:  'help' for help with commands
       'quit' to quit
";

/// Runs what the user types until `quit` or the end of the input.
///
/// # Errors
/// When the terminal cannot be used.
pub(crate) fn run(control: &mut Control) -> Outcome {
    control.output.remark(WELCOME);
    if io::stdin().is_terminal() {
        edited(control)?
    } else {
        piped(control)?
    }
    control.output.line("");
    control.output.flush();
    Ok(())
}

fn prompt(control: &Control) -> String {
    let sign = if control.read_only { '>' } else { '#' };
    match &control.hosts {
        Some(hosts) => format!("virsh ({} hosts) {sign} ", hosts.count()),
        None => format!("virsh {sign} "),
    }
}

/// Runs a line; what is wrong with it is shown, and the next line comes.
fn run_line(control: &mut Control, line: &str) {
    let shown = Shown { of_hosts: control.hosts.is_some(), ..control.shown.clone() };
    match parse::line(line, &shown) {
        Ok(invocations) => {
            control.run(&invocations);
        }
        Err(failure) => control.report(&failure),
    }
}

/// Lines from a pipe or a file; each is shown after the prompt, so that a transcript reads as one typed.
fn piped(control: &mut Control) -> Outcome {
    let mut input = io::stdin().lock();
    let mut line = Vec::new();
    while !control.quitting {
        control.output.print(prompt(control));
        control.output.flush();
        line.clear();
        let count = input
            .read_until(b'\n', &mut line)
            .map_err(|error| Failure::said(format!("cannot read standard input: {error}")))?;
        if count == 0 {
            break;
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        control.output.line(text);
        run_line(control, text);
    }
    Ok(())
}

/// Lines from a terminal.
fn edited(control: &mut Control) -> Outcome {
    let unusable = |error: ReadlineError| Failure::said(format!("cannot use the terminal: {error}"));
    restore_terminal_when_ended()?;
    let history = History::of_user();
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .max_history_size(history.limit())
        .map_err(unusable)?
        .auto_add_history(false)
        .build();
    let mut editor: Editor<Line, _> = Editor::with_config(config).map_err(unusable)?;
    for line in history.load() {
        // What the history refuses (a line twice, say) is not missed.
        let _ = editor.add_history_entry(line);
    }
    while !control.quitting {
        control.output.flush();
        let (connection, uri) = control.current();
        editor.set_helper(Some(Line { connection: RefCell::new(connection), uri }));
        match editor.readline(&prompt(control)) {
            Ok(line) if line.trim().is_empty() => {}
            Ok(line) => {
                if editor.add_history_entry(line.as_str()).unwrap_or(false)
                    && let Err(error) = history.append(&line)
                {
                    let path = history.path().display();
                    control.output.error(format_args!("cannot keep the history in {path}: {error}"));
                }
                run_line(control, &line);
            }
            // ^C gives up the line, not the shell.
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(unusable(error)),
        }
    }
    Ok(())
}

/// Makes sure that a signal which ends the program leaves the terminal as it was: the editor changes it.
fn restore_terminal_when_ended() -> Outcome {
    let unusable = |error: io::Error| Failure::said(format!("cannot use the terminal: {error}"));
    let former = Mutex::new(tcgetattr(io::stdin()).map_err(|error| unusable(error.into()))?);
    let mut signals = Signals::new([SIGTERM, SIGHUP]).map_err(unusable)?;
    thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            if let Ok(former) = former.lock() {
                // Nothing is left to be done where the terminal is gone.
                let _ = tcsetattr(io::stdin(), SetArg::TCSANOW, &former);
            }
            std::process::exit(128 + signal);
        }
    });
    Ok(())
}

/// What the editor asks while a line is typed.
struct Line {
    /// The shell's own connection, or one that was opened for a line alone.
    connection: RefCell<Option<Connection>>,
    uri: Option<String>,
}

impl Line {
    fn connection(&self) -> Option<Connection> {
        let mut connection = self.connection.borrow_mut();
        if connection.is_none() {
            *connection = xctl::completion::connect(self.uri.clone());
        }
        connection.clone()
    }
}

impl Helper for Line {}
impl Highlighter for Line {}
impl Validator for Line {}
impl Hinter for Line {
    type Hint = String;
}

impl Completer for Line {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &rustyline::Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, candidates) = complete::line(&line[..position], &|| self.connection());
        let only = candidates.len() == 1;
        let pairs = candidates.into_iter().map(|candidate| {
            let more = candidate.word.ends_with(['/', '=']);
            let mut replacement = quoted(&candidate.word);
            if only && !more {
                replacement.push(' ');
            }
            Pair { display: candidate.word, replacement }
        });
        Ok((start, pairs.collect()))
    }
}
