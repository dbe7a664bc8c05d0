//! How far the library's long works are: a line that is written over and over on a terminal, plain lines elsewhere.

use std::cell::Cell;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use xctl::progress::{Progress, Task};

use super::size::bytes;
use super::table::printable;

/// How often the line is written.
const REFRESH: Duration = Duration::from_millis(200);

/// Progress as lines.
pub(crate) struct Lines {
    quiet: bool,
    on_terminal: bool,
}

impl Lines {
    /// Nothing but warnings if `quiet`.
    pub(crate) fn new(quiet: bool) -> Self {
        Self { quiet, on_terminal: io::stderr().is_terminal() }
    }
}

impl Progress for Lines {
    fn begin(&self, what: &str, total: Option<u64>) -> Box<dyn Task> {
        let what = printable(what);
        let is_drawn = self.on_terminal && !self.quiet;
        if !is_drawn {
            let size = total.map(|total| format!(" ({})", bytes(total))).unwrap_or_default();
            self.note(&format!("{what}{size}"));
        }
        let begun = Instant::now();
        Box::new(Line { what, total, begun, done: Cell::new(0), drawn: Cell::new(is_drawn.then_some(begun)) })
    }

    fn note(&self, line: &str) {
        if !self.quiet {
            // Where it is closed nobody reads it.
            let _ = writeln!(io::stdout().lock(), "{}", printable(line));
        }
    }

    fn warn(&self, line: &str) {
        let _ = writeln!(io::stderr().lock(), "warning: {}", printable(line));
    }
}

/// One work.
struct Line {
    what: String,
    total: Option<u64>,
    begun: Instant,
    done: Cell<u64>,
    /// When it was written last; none where it never is.
    drawn: Cell<Option<Instant>>,
}

impl Line {
    fn text(&self) -> String {
        let (done, seconds) = (self.done.get(), self.begun.elapsed().as_secs_f64());
        let rate = if seconds > 0.0 { done as f64 / seconds } else { 0.0 };
        let mut text = format!("{}: {}", self.what, bytes(done));
        if let Some(total) = self.total.filter(|total| *total > 0) {
            let percent = u128::from(done.min(total)) * 100 / u128::from(total);
            text += &format!(" of {} ({percent} %), {}/s", bytes(total), bytes(rate as u64));
            if rate > 0.0 && done < total {
                text += &format!(", {:.0} s left", (total - done) as f64 / rate);
            }
        }
        text
    }
}

impl Task for Line {
    fn advance(&self, count: u64) {
        self.done.set(self.done.get().saturating_add(count));
        if self.drawn.get().is_some_and(|drawn| drawn.elapsed() >= REFRESH) {
            self.drawn.set(Some(Instant::now()));
            let _ = write!(io::stderr().lock(), "\r\x1b[K{}", self.text());
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.drawn.get().is_some() {
            let seconds = self.begun.elapsed().as_secs_f64();
            let done = bytes(self.done.get());
            let _ = writeln!(io::stderr().lock(), "\r\x1b[K{}: {done} in {seconds:.1} s", self.what);
        }
    }
}
