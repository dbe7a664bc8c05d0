//! The prompt: line editing, history and completion on a terminal, plain lines from a pipe.

mod history;

use std::io::{self, BufRead, IsTerminal, Write};

use hypervisor::Connection;
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Editor, Helper};

use crate::complete;
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::parse::{self, quoted};
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

fn prompt(control: &Control) -> &'static str {
    if control.read_only { "virsh > " } else { "virsh # " }
}

/// Runs a line; what is wrong with it is shown, and the next line comes.
fn run_line(control: &mut Control, line: &str) {
    match parse::line(line) {
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
    let mut typed = Vec::new();
    while !control.quitting {
        control.output.flush();
        editor.set_helper(Some(Line { connection: control.connection().ok() }));
        match editor.readline(prompt(control)) {
            Ok(line) => {
                if line.trim().is_empty() {
                    continue;
                }
                if editor.add_history_entry(line.as_str()).unwrap_or(false) {
                    typed.push(line.clone());
                }
                run_line(control, &line);
            }
            // ^C gives up the line, not the shell.
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(unusable(error)),
        }
    }
    if let Err(error) = history.append(&typed) {
        control
            .output
            .error(format_args!("cannot keep the history in {}: {error}", history.path().display()));
    }
    // The line of the prompt is still open.
    io::stdout().flush().map_err(|error| Failure::said(error.to_string()))
}

/// What the editor asks while a line is typed.
struct Line {
    connection: Option<Connection>,
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
        let (start, candidates) = complete::line(&line[..position], &|| self.connection.clone());
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
