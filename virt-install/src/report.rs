//! Errors and notes, worded and placed as the peers do it: errors on standard error, in red on a terminal only.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::{Mutex, OnceLock};

use xctl::steering::steers;

/// What went wrong, with everything that led to it, one cause a line.
pub(crate) fn error(error: &anyhow::Error) {
    let text = harmless(&lines(error).join("\n  "));
    let stderr = io::stderr();
    let (red, plain) = if stderr.is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        ("\x1b[31m", "\x1b[0m")
    } else {
        ("", "")
    };
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(stderr.lock(), "{red}ERROR{plain}    {text}");
}

/// Text that may quote what comes from others, without what would steer the terminal.
pub(crate) fn harmless(text: &str) -> String {
    text.chars().map(|c| if steers(c) && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// The first line says what went wrong, further ones why, the last ones what to do next.
pub(crate) fn lines(error: &anyhow::Error) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for cause in error.chain().map(ToString::to_string) {
        for line in cause.lines().map(str::trim) {
            // A cause that its own error already quotes says nothing new.
            if !lines.iter().any(|said| said.contains(line)) {
                lines.push(line.to_owned());
            }
        }
    }
    let (hints, mut lines): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| line.starts_with("hint:"));
    lines.extend(hints);
    lines
}

/// A warning, which does not stop anything.
pub(crate) fn warning(text: &str) {
    remember(text);
    let _ = writeln!(io::stderr(), "WARNING  {}", harmless(text));
}

/// Warnings of this run, for those who read them when it is over.
static WARNINGS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps a warning that is not shown.
pub(crate) fn remember(text: &str) {
    if let Ok(mut warnings) = WARNINGS.lock() {
        warnings.push(text.to_owned());
    }
}

/// All warnings so far.
pub(crate) fn warnings() -> Vec<String> {
    WARNINGS.lock().map(|warnings| warnings.clone()).unwrap_or_default()
}

/// A detail for whoever looks for a fault.
pub(crate) fn debug(text: &str) {
    let _ = writeln!(io::stderr(), "DEBUG    {text}");
}

/// Why standard output could not be written, the first time.
static LOST: OnceLock<io::Error> = OnceLock::new();

/// Prints a line on standard output. Where that fails, work that is under way goes on, so that nothing is left half done;
/// see [`end`].
pub(crate) fn line(line: &str) {
    text(&format!("{line}\n"));
}

/// Prints text as it is; the same where that fails.
pub(crate) fn text(text: &str) {
    let mut stdout = io::stdout();
    if let Err(failure) = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        // The first failure says it all.
        let _ = LOST.set(failure);
    }
}

/// Whether something was printed that nobody can read.
pub(crate) fn is_lost() -> bool {
    LOST.get().is_some()
}

/// What is said where standard output cannot be written.
pub(crate) const UNWRITTEN: &str = "cannot write standard output";

/// What a run ends with that would end with `code`. A closed pipe ends it as it ends others: without a word.
pub(crate) fn end(code: ExitCode) -> ExitCode {
    match LOST.get() {
        None => code,
        Some(failure) if failure.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(141),
        Some(failure) => {
            error(&anyhow::anyhow!("{failure}").context(UNWRITTEN));
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_name_does_not_steer_the_terminal() {
        assert_eq!(harmless("no 'a\u{1b}[31m'\n  hint: ü"), "no 'a\u{fffd}[31m'\n  hint: ü");
    }

    #[test]
    fn the_next_step_comes_last() {
        let error = anyhow::anyhow!("no such file").context("cannot read 'x'\n  hint: look for it");
        assert_eq!(lines(&error), ["cannot read 'x'", "no such file", "hint: look for it"]);
        let quoted = anyhow::anyhow!("no such file").context("cannot read 'x': no such file");
        assert_eq!(lines(&quoted), ["cannot read 'x': no such file"]);
    }
}
