//! Errors and notes, worded and placed as the peers do it: errors on standard error, in red on a terminal only.

use std::io::{IsTerminal, Write};

/// What went wrong, with everything that led to it, one cause a line.
pub fn error(error: &anyhow::Error) {
    let mut text = String::new();
    for (depth, cause) in error.chain().enumerate() {
        let cause = cause.to_string();
        // A cause that its own error already quotes says nothing new.
        if depth > 0 && text.contains(&cause) {
            continue;
        }
        if depth > 0 {
            text.push_str("\n  ");
        }
        text.push_str(&cause.replace('\n', "\n  "));
    }
    let stderr = std::io::stderr();
    let (red, plain) = if stderr.is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        ("\x1b[31m", "\x1b[0m")
    } else {
        ("", "")
    };
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(stderr.lock(), "{red}ERROR{plain}    {text}");
}

/// A warning, which does not stop anything.
pub fn warning(text: &str) {
    let _ = writeln!(std::io::stderr(), "WARNING  {text}");
}

/// Prints a line on standard output. A closed pipe ends the program as it ends others: without a word.
pub fn line(text: &str) {
    if writeln!(std::io::stdout(), "{text}").is_err() {
        std::process::exit(141);
    }
}

/// Prints text as it is.
pub fn text(text: &str) {
    let mut stdout = std::io::stdout();
    if stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).is_err() {
        std::process::exit(141);
    }
}
