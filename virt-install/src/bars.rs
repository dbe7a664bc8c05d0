//! Progress for the person who waits: bars on a terminal, plain lines elsewhere, nothing if quiet.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use xctl::progress::{Progress, Task};

use crate::report::{self, harmless};

/// How progress is shown.
#[derive(Debug)]
pub(crate) struct Bars {
    quiet: bool,
    on_terminal: bool,
}

impl Bars {
    /// Bars if standard output is a terminal, lines if not, nothing if `quiet`.
    #[must_use]
    pub(crate) fn new(quiet: bool) -> Bars {
        let on_terminal = std::io::stdout().is_terminal();
        Bars { quiet, on_terminal }
    }

    fn style(total: Option<u64>) -> ProgressStyle {
        of_template(match total {
            Some(_) => {
                "{msg:32!} {wide_bar:.dim} {percent:>3}% {bytes:>10} {binary_bytes_per_sec:>12} {eta:>4}"
            }
            None => "{msg:32!} {spinner} {elapsed:>4}",
        })
    }

    /// Of work whose size is not known, once its first bytes come.
    fn counting() -> ProgressStyle {
        of_template("{msg:32!} {spinner} {bytes:>10} {binary_bytes_per_sec:>12} {elapsed:>4}")
    }
}

fn of_template(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Progress for Bars {
    fn begin(&self, what: &str, total: Option<u64>) -> Box<dyn Task> {
        let what = harmless(what);
        if self.quiet {
            return Box::new(Shown(None));
        }
        if !self.on_terminal {
            report::line(&match total {
                Some(total) => format!("{what} ({})", indicatif::BinaryBytes(total)),
                None => what,
            });
            return Box::new(Shown(None));
        }
        let bar = match total {
            Some(total) => ProgressBar::new(total),
            None => ProgressBar::new_spinner(),
        };
        bar.set_draw_target(indicatif::ProgressDrawTarget::stdout());
        bar.set_style(Bars::style(total));
        bar.set_message(what);
        bar.enable_steady_tick(Duration::from_millis(200));
        Box::new(Shown(Some(bar)))
    }

    fn note(&self, line: &str) {
        if !self.quiet {
            report::line(&harmless(line));
        }
    }

    fn warn(&self, line: &str) {
        if self.quiet {
            report::remember(line);
        } else {
            report::warning(line);
        }
    }
}

/// A bar that leaves one line behind, saying what was done and how long it took.
struct Shown(Option<ProgressBar>);

impl Task for Shown {
    fn advance(&self, bytes: u64) {
        if let Some(bar) = &self.0 {
            if bar.length().is_none() && bar.position() == 0 {
                bar.set_style(Bars::counting());
            }
            bar.inc(bytes);
        }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        let Some(bar) = &self.0 else { return };
        bar.finish_and_clear();
        let bytes = match bar.position() {
            0 => String::new(),
            bytes => indicatif::BinaryBytes(bytes).to_string(),
        };
        let (what, took) = (bar.message(), indicatif::HumanDuration(bar.elapsed()));
        report::line(&format!("{what:<40} {bytes:>12}  {took:#}"));
    }
}
