//! What a program printed and how it ended.

use anyhow::{Result, bail, ensure};

/// A finished program's output; every assertion's failure shows all of it.
#[derive(Debug, Clone)]
pub struct Output {
    /// The command line, for failure messages.
    pub command: String,
    /// Standard output, lossily decoded.
    pub stdout: String,
    /// Standard error, lossily decoded.
    pub stderr: String,
    /// Exit code; 128 + N for a program ended by signal N.
    pub code: i32,
}

impl Output {
    /// Succeeds when the program did.
    pub fn ok(self) -> Result<Output> {
        self.exits(0)
    }

    /// Succeeds when the program ended with this exit code.
    pub fn exits(self, code: i32) -> Result<Output> {
        ensure!(self.code == code, "exit code {} instead of {code}\n{self}", self.code);
        Ok(self)
    }

    /// Succeeds when standard output holds this text.
    pub fn says(self, text: &str) -> Result<Output> {
        ensure!(self.stdout.contains(text), "stdout lacks {text:?}\n{self}");
        Ok(self)
    }

    /// Succeeds when standard error holds this text.
    pub fn complains(self, text: &str) -> Result<Output> {
        ensure!(self.stderr.contains(text), "stderr lacks {text:?}\n{self}");
        Ok(self)
    }

    /// Succeeds when the program refused as programs for people do: exit code 1, an error on standard error that
    /// holds this text, and no panic.
    pub fn refuses(self, text: &str) -> Result<Output> {
        if self.stderr.contains("panicked at") {
            bail!("a panic reached the user\n{self}");
        }
        self.exits(1)?.complains(text)
    }
}

impl std::fmt::Display for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "$ {}\n(exit code {})\n--- stdout\n{}\n--- stderr\n{}",
            self.command, self.code, self.stdout, self.stderr
        )
    }
}
