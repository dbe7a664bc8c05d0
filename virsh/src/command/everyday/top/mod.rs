//! What running guests use, in a table that is drawn anew every few seconds.

mod draw;
mod keys;
mod sampler;

use std::io::{self, IsTerminal};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use xctl::load::{Load, Order, Sample, sort};

use crate::command::Arguments;
use crate::command::job::TICK;
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::interrupt::Interrupt;
use crate::output::moment;
use crate::terminal::Page;
use draw::View;
use keys::{Key, next};
use sampler::Sampler;

/// What can be sorted by, and its name.
const KNOWN: &[(&str, Order)] = &[
    ("cpu", Order::Cpu),
    ("memory", Order::Memory),
    ("disk", Order::Disk),
    ("net", Order::Network),
    ("name", Order::Name),
];

/// The names.
pub(super) const ORDERS: &[&str] = &["cpu", "memory", "disk", "net", "name"];

/// Seconds from one look to the next.
const USUAL_INTERVAL: f64 = 2.0;
const SHORTEST_INTERVAL: f64 = 0.1;
const LONGEST_INTERVAL: f64 = 3600.0;

/// What is looked at, and what was seen last.
struct Watch {
    uri: String,
    sampler: Sampler,
    /// Processors of the host.
    cpus: u32,
    order: Order,
    interval: Duration,
    /// Looks that are still to come; none if there is no end.
    remaining: Option<u32>,
    last: Option<Sample>,
}

pub(super) fn top(control: &mut Control, arguments: &Arguments) -> Outcome {
    let wanted = arguments.text("sort")?.unwrap_or("cpu");
    let order = KNOWN.iter().find(|(name, _)| *name == wanted).map(|(_, order)| *order).ok_or_else(|| {
        Failure::said(format!("cannot sort by '{wanted}': there are {}", ORDERS.join(", ")))
    })?;
    let seconds = arguments.number::<f64>("interval")?.unwrap_or(USUAL_INTERVAL);
    if !(SHORTEST_INTERVAL..=LONGEST_INTERVAL).contains(&seconds) {
        return Err(Failure::said(format!(
            "cannot look every {seconds} seconds: there are {SHORTEST_INTERVAL} to {LONGEST_INTERVAL}"
        )));
    }
    let remaining = arguments.number::<u32>("iterations")?;
    if remaining == Some(0) {
        return Err(Arguments::malformed("iterations", "0"));
    }
    let connection = control.connection()?;
    let cpus = connection.node_info().map_or(0, |info| info.cpus);
    let interval = Duration::from_secs_f64(seconds);
    let uri = connection.uri().to_owned();
    let sampler = Sampler::start(connection)?;
    let watch = Watch { uri, sampler, cpus, order, interval, remaining, last: None };
    control.output.flush();
    match !arguments.has("batch") && io::stdin().is_terminal() && io::stdout().is_terminal() {
        true => watch.live(),
        false => watch.plain(control),
    }
}

impl Watch {
    /// What each guest uses by now, in order.
    fn loads(&mut self, sample: Sample) -> Vec<Load> {
        let mut loads = sample.since(self.last.as_ref());
        sort(&mut loads, self.order);
        self.last = Some(sample);
        loads
    }

    /// Whether that was the last look of those that are wanted.
    fn is_done(&mut self) -> bool {
        let Some(remaining) = &mut self.remaining else { return false };
        *remaining = remaining.saturating_sub(1);
        *remaining == 0
    }

    fn heading(&self, loads: &[Load]) -> String {
        draw::heading(&moment::dotted(SystemTime::now()), &self.uri, self.cpus, loads)
    }

    /// A block of lines for each look, each with the rates since the one before; the first has none yet, and no block.
    fn plain(mut self, control: &Control) -> Outcome {
        let interrupt = Interrupt::watch()?;
        loop {
            self.sampler.ask();
            let end = Instant::now() + self.interval;
            let sample = loop {
                if interrupt.came() {
                    return Ok(());
                }
                if let Some(sample) = self.sampler.answer(TICK)? {
                    break sample;
                }
            };
            let is_first = self.last.is_none();
            let loads = self.loads(sample);
            if !is_first {
                self.print(control, &loads);
                if self.is_done() {
                    return Ok(());
                }
            }
            while Instant::now() < end {
                if interrupt.came() {
                    return Ok(());
                }
                thread::sleep(TICK.min(end.saturating_duration_since(Instant::now())));
            }
        }
    }

    fn print(&self, control: &Control, loads: &[Load]) {
        control.output.line(self.heading(loads));
        for line in draw::table(loads, self.cpus, None) {
            control.output.line(line);
        }
        control.output.line("");
        control.output.flush();
    }

    /// A page of the terminal, until the user leaves it.
    fn live(mut self) -> Outcome {
        let interrupt = Interrupt::watch()?;
        let page = Page::enter()?;
        let unusable = |error: io::Error| Failure::said(format!("cannot use the terminal: {error}"));
        let mut view = View::default();
        let mut loads = Vec::new();
        loop {
            self.sampler.ask();
            let end = Instant::now() + self.interval;
            let (mut is_seen, mut is_wanted) = (false, false);
            while !is_seen || (!is_wanted && Instant::now() < end) {
                if !is_seen && let Some(sample) = self.sampler.answer(Duration::ZERO)? {
                    loads = self.loads(sample);
                    is_seen = true;
                }
                let screen = view.screen(page.size(), &self.heading(&loads), &loads, self.cpus, self.order);
                page.show(&screen).map_err(unusable)?;
                let soon = Instant::now() + TICK;
                let pause = if is_seen { end } else { soon };
                match next(&page, &interrupt, pause).map_err(unusable)? {
                    None | Some(Key::Resized) => {}
                    Some(Key::Quit) => return Ok(()),
                    Some(Key::Now) => is_wanted = true,
                    Some(Key::Up) => view.up(),
                    Some(Key::Down) => view.down(loads.len()),
                    Some(Key::Sort(order)) => {
                        self.order = order;
                        sort(&mut loads, order);
                    }
                }
            }
            if self.is_done() {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_order_is_offered() {
        let known: Vec<_> = super::KNOWN.iter().map(|(name, _)| *name).collect();
        assert_eq!(known, super::ORDERS);
    }
}
