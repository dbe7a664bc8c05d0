//! The user's editor.

use std::io::{self, Write};
use std::process::Command;

use super::file;
use crate::control::Control;
use crate::failure::Failure;

/// Runs the user's editor on a file of our own with this text, and returns what it leaves there.
pub(super) fn edit(control: &Control, text: &str) -> Result<String, Failure> {
    let failed =
        |error: io::Error| Failure::said(format!("cannot use a temporary file: {}", file::reason(&error)));
    // Only its owner may read it: it can hold passwords.
    let mut temporary = tempfile::Builder::new().prefix("virsh").suffix(".xml").tempfile().map_err(failed)?;
    temporary.write_all(text.as_bytes()).map_err(failed)?;
    // An editor may put another file in its place.
    let path = temporary.into_temp_path();
    let set = |name| std::env::var(name).ok().filter(|editor| !editor.is_empty());
    let editor = set("VISUAL").or_else(|| set("EDITOR")).unwrap_or_else(|| "vi".to_owned());
    control.output.flush();
    let status = command(&editor).arg(&*path).status().map_err(|error| {
        let reason = file::reason(&error);
        let said = match error.kind() {
            io::ErrorKind::NotFound => format!("Cannot find '{editor}' in path: {reason}"),
            _ => format!("cannot run '{editor}': {reason}"),
        };
        Failure::said(said).hint("EDITOR=PROGRAM names an editor")
    })?;
    if !status.success() {
        let how = match status.code() {
            Some(code) => format!("unexpected exit status {code}"),
            None => "unexpected fatal signal".to_owned(),
        };
        let said = format!("internal error: Child process ({editor} {}) {how}", path.display());
        return Err(Failure::said(said));
    }
    file::read(&path.to_string_lossy())
}

/// The editor as the variable has it. Words alone are run as they are, so that we say what is wrong with them; with
/// anything else in it, it is for a shell.
fn command(editor: &str) -> Command {
    let is_plain = |char: char| char.is_alphanumeric() || "-_/.:@+, \t".contains(char);
    let mut words = editor.split_whitespace();
    match words.next() {
        Some(program) if editor.chars().all(is_plain) => {
            let mut command = Command::new(program);
            command.args(words);
            command
        }
        _ => {
            let mut command = Command::new("sh");
            command.args(["-c", &format!("{editor} \"$1\""), "sh"]);
            command
        }
    }
}
