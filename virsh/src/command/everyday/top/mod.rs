//! What running guests use, in a table that is drawn anew every few seconds.

mod draw;
mod keys;

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant, SystemTime};

use hypervisor::Connection;
use xctl::load::{Load, Order, Sample, sort};

use crate::command::Arguments;
use crate::command::job::TICK;
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::interrupt::Interrupt;
use crate::output::moment;
use crate::terminal::Page;
use draw::View;
use keys::{Key, next};

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
    connection: Connection,
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
    let watch = Watch { connection, cpus, order, interval, remaining, last: None };
    control.output.flush();
    match !arguments.has("batch") && io::stdin().is_terminal() && io::stdout().is_terminal() {
        true => watch.live(),
        false => watch.plain(control),
    }
}

impl Watch {
    /// Looks once more.
    fn look(&mut self) -> Result<Vec<Load>, Failure> {
        let sample = Sample::take(&self.connection)
            .attempted(|| format!("cannot tell what the domains of {} use", self.connection.uri()))?;
        let mut loads = sample.since(self.last.as_ref());
        sort(&mut loads, self.order);
        self.last = Some(sample);
        Ok(loads)
    }

    /// Whether that was the last look of those that are wanted.
    fn is_done(&mut self) -> bool {
        let Some(remaining) = &mut self.remaining else { return false };
        *remaining = remaining.saturating_sub(1);
        *remaining == 0
    }

    fn heading(&self, loads: &[Load]) -> String {
        let time = moment::dotted(SystemTime::now());
        draw::heading(&time, self.connection.uri(), self.cpus, loads)
    }

    /// A block of lines for each look, each with the rates since the one before.
    fn plain(mut self, control: &Control) -> Outcome {
        let interrupt = Interrupt::watch()?;
        self.look()?;
        loop {
            let end = Instant::now() + self.interval;
            while Instant::now() < end {
                if interrupt.came() {
                    return Ok(());
                }
                std::thread::sleep(TICK.min(end.saturating_duration_since(Instant::now())));
            }
            let loads = self.look()?;
            control.output.line(self.heading(&loads));
            for line in draw::table(&loads, self.cpus, None) {
                control.output.line(line);
            }
            control.output.line("");
            control.output.flush();
            if self.is_done() {
                return Ok(());
            }
        }
    }

    /// A page of the terminal, until the user leaves it.
    fn live(mut self) -> Outcome {
        let interrupt = Interrupt::watch()?;
        let page = Page::enter()?;
        let unusable = |error: io::Error| Failure::said(format!("cannot use the terminal: {error}"));
        let mut view = View::default();
        loop {
            let mut loads = self.look()?;
            let end = Instant::now() + self.interval;
            loop {
                let screen = view.screen(page.size(), &self.heading(&loads), &loads, self.cpus, self.order);
                page.show(&screen).map_err(unusable)?;
                match next(&page, &interrupt, end).map_err(unusable)? {
                    None => break,
                    Some(Key::Quit) => return Ok(()),
                    Some(Key::Now) => break,
                    Some(Key::Up) => view.up(),
                    Some(Key::Down) => view.down(loads.len()),
                    Some(Key::Resized) => {}
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
