//! How far several works are, for whoever waits at a terminal.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What is over sooner needs no bar.
const SOON: Duration = Duration::from_secs(1);

/// A bar on standard error that shows up once the works take long.
pub(super) struct Bar {
    command: &'static str,
    total: usize,
    over: usize,
    begun: Instant,
    /// Whether it is to be seen at all.
    wanted: bool,
    drawn: Option<ProgressBar>,
}

impl Bar {
    /// Of so many works of the command; nothing is drawn unless it is wanted.
    pub(super) fn new(command: &'static str, total: usize, wanted: bool) -> Self {
        Self { command, total, over: 0, begun: Instant::now(), wanted, drawn: None }
    }

    /// One more is over.
    pub(super) fn step(&mut self) {
        self.over += 1;
        self.look();
    }

    /// Draws it if it is time to.
    pub(super) fn look(&mut self) {
        if !self.wanted || (self.drawn.is_none() && self.begun.elapsed() < SOON) {
            return;
        }
        let (command, total) = (self.command, self.total);
        let bar = self.drawn.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{msg} {wide_bar:.dim} {pos} of {len} {eta:>4}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_message(command);
            bar
        });
        bar.set_position(self.over as u64);
    }

    /// Prints something without the bar in its way.
    pub(super) fn aside(&self, print: impl FnOnce()) {
        match &self.drawn {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// All are over.
    pub(super) fn end(&mut self) {
        self.wanted = false;
        if let Some(bar) = self.drawn.take() {
            bar.finish_and_clear();
        }
    }
}
