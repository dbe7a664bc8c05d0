//! The prompt: line editing, history and completion on a terminal, plain lines from a pipe.

mod announcer;
mod history;

pub(crate) use announcer::Announcer;

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::{self, BufRead, IsTerminal};
use std::sync::Arc;

use hypervisor::Connection;
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::{Hint, Hinter};
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Editor, ExternalPrinter, Helper};
use unicode_width::UnicodeWidthStr;

use crate::complete;
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::output::Style;
use crate::parse::{self, quoted};
use crate::program::Shown;
use crate::terminal;
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
    let announcer = announcer(control, None);
    while !control.quitting {
        announcer.begin();
        control.output.print(prompt(control));
        control.output.flush();
        line.clear();
        let count = input
            .read_until(b'\n', &mut line)
            .map_err(|error| Failure::said(format!("cannot read standard input: {error}")))?;
        announcer.end();
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

/// What tells of events while the shell runs.
fn announcer(control: &mut Control, printer: Option<Box<dyn ExternalPrinter + Send>>) -> Arc<Announcer> {
    let announcer = Arc::new(Announcer::new(printer));
    control.announcer = Some(Arc::clone(&announcer));
    announcer
}

/// Lines from a terminal.
fn edited(control: &mut Control) -> Outcome {
    let unusable = |error: ReadlineError| Failure::said(format!("cannot use the terminal: {error}"));
    terminal::restore_when_ended()?;
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
    // A terminal that the editor cannot handle has none.
    let printer = editor.create_external_printer().ok();
    let announcer =
        announcer(control, printer.map(|printer| Box::new(printer) as Box<dyn ExternalPrinter + Send>));
    while !control.quitting {
        control.output.flush();
        announcer.begin();
        let (connection, uri) = control.current();
        let hints = control.output.has_styles().then(|| prompt(control).width());
        editor.set_helper(Some(Line { connection: RefCell::new(connection), uri, hints }));
        let line = editor.readline(&prompt(control));
        announcer.end();
        match line {
            Ok(line) if line.trim().is_empty() => {}
            Ok(line) => {
                if editor.add_history_entry(line.as_str()).unwrap_or(false)
                    && !complete::is_confidential(&line)
                    && let Err(error) = history.append(&line)
                {
                    let path = history.path().display();
                    control.output.error(format_args!("cannot keep the history in {path}: {error}"));
                }
                run_line(control, &line);
            }
            // ^C gives up the line, not the shell.
            Err(ReadlineError::Interrupted) => {}
            // So does a byte that belongs to no character; the editor does not tell what was typed before it.
            Err(ReadlineError::Io(error)) if error.kind() == io::ErrorKind::InvalidData => {
                control.output.line("");
                control.output.error("what was typed is not UTF-8; the line is given up");
            }
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(unusable(error)),
        }
    }
    Ok(())
}

/// What the editor asks while a line is typed.
struct Line {
    /// The shell's own connection, or one that was opened for a line alone.
    connection: RefCell<Option<Connection>>,
    uri: Option<String>,
    /// Whether syntax is shown behind the cursor, and how wide the prompt is before the line.
    hints: Option<usize>,
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
impl Validator for Line {}

impl Highlighter for Line {
    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(Style::Dim.around(hint))
    }
}

/// Syntax behind the cursor. It is there to be read: no key puts it into the line.
struct Syntax(String);

impl Hint for Syntax {
    fn display(&self) -> &str {
        &self.0
    }

    fn completion(&self) -> Option<&str> {
        None
    }
}

impl Hinter for Line {
    type Hint = Syntax;

    fn hint(&self, line: &str, position: usize, _: &rustyline::Context<'_>) -> Option<Syntax> {
        let prompt = self.hints?;
        if position < line.len() {
            return None;
        }
        let columns = terminal::columns();
        // The last column is the cursor's.
        let room = columns.saturating_sub(prompt + line.width() + 1);
        let hint = complete::hint(line)?;
        Some(Syntax(shortened(&hint, room)?))
    }
}

/// A hint in one line; one of which next to nothing would be seen is none. It is ASCII, as names of options are.
fn shortened(hint: &str, room: usize) -> Option<String> {
    const LEAST: usize = 8;
    if hint.len() <= room {
        return Some(hint.to_owned());
    }
    let cut = hint.get(..room.checked_sub(1)?)?;
    (room >= LEAST).then(|| format!("{cut}…"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_never_needs_another_line() {
        assert_eq!(shortened(" <domain>", 9).as_deref(), Some(" <domain>"));
        assert_eq!(shortened(" <domain> [--once]", 12).as_deref(), Some(" <domain> [\u{2026}"));
        assert_eq!(shortened(" <domain> [--once]", 7), None);
        assert_eq!(shortened(" <domain>", 0), None);
    }
}
