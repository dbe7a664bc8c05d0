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
    let status = Command::new("sh")
        .args(["-c", &format!("{editor} \"$1\""), "sh"])
        .arg(&*path)
        .status()
        .map_err(|error| Failure::said(format!("cannot run '{editor}': {}", file::reason(&error))))?;
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
