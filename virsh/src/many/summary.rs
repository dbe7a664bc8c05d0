//! What has become of several works, in a line for people.

use std::fmt::Write;

use crate::command::Effect;
use crate::control::Control;
use crate::output::printable;
use crate::parse::Invocation;

/// How many are named; the rest is counted.
const NAMED: usize = 10;

/// How many of the works were done, which failed and why, and which were not begun.
pub(super) struct Summary {
    command: &'static str,
    /// Whether nothing is changed.
    looks: bool,
    /// What one of the works is on.
    kind: &'static str,
    total: usize,
    done: usize,
    failed: Vec<String>,
    left: Vec<String>,
}

impl Summary {
    /// Of the command on `total` things of that kind, none of which is done yet.
    pub(super) fn new(invocation: &Invocation, kind: &'static str, total: usize) -> Self {
        let (command, looks) = (invocation.command.name, invocation.effect() == Effect::Query);
        Self { command, looks, kind, total, done: 0, failed: Vec::new(), left: Vec::new() }
    }

    /// One is done.
    pub(super) fn done(&mut self) {
        self.done += 1;
    }

    /// One has failed.
    pub(super) fn failed(&mut self, name: &str, reason: String) {
        let name = printable(name);
        self.failed.push(match reason.is_empty() {
            true => name,
            false => format!("{name} ({})", printable(&reason)),
        });
    }

    /// One was not begun.
    pub(super) fn left(&mut self, name: &str) {
        self.left.push(printable(name));
    }

    /// Tells it, unless everything is well and nothing was changed; says whether all was done.
    pub(super) fn tell(&self, control: &Control) -> bool {
        let well = self.done == self.total;
        if self.total == 0 {
            return true;
        }
        if !well || (!self.looks && !control.output.quiet) {
            control.output.tell(self.text());
        }
        well
    }

    fn text(&self) -> String {
        let total = counted(self.total, self.kind);
        let mut text = format!("{}: {} of {total} done", self.command, self.done);
        // A String takes everything.
        if !self.failed.is_empty() {
            let _ = write!(text, "; {} failed: {}", self.failed.len(), named(&self.failed));
        }
        if !self.left.is_empty() {
            let _ = write!(text, "; {} not begun: {}", self.left.len(), named(&self.left));
        }
        text
    }
}

/// So many things of a kind.
pub(super) fn counted(count: usize, kind: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {kind}{plural}")
}

/// The first of these names, and how many more there are.
pub(super) fn named<T: AsRef<str>>(names: &[T]) -> String {
    let shown: Vec<&str> = names.iter().take(NAMED).map(AsRef::as_ref).collect();
    match names.len().saturating_sub(NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
