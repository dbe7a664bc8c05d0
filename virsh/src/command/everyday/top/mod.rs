//! What running guests use, in a table that is drawn anew every few seconds.

mod draw;
mod keys;
mod sampler;

use std::io::{self, IsTerminal};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use hypervisor::State;
use xctl::load::{Load, Order, Sample, sort};

use crate::command::job::TICK;
use crate::command::{Answer, Arguments};
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::interrupt::Interrupt;
use crate::output::{Record, field, moment};
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

/// One look at all guests, and what they used since the one before.
pub(super) const ANSWER: Answer = Answer::list(
    &[
        field::text("name", "the domain's name"),
        field::text("state", "what it does").one_of(State::NAMES),
        field::number("vcpus", "its processors"),
        field::measured("cpu", "%", "processor time, of one processor of the host"),
        field::measured("host_cpu", "%", "the same of all"),
        field::bytes("memory", "memory in use, as the guest or else the host counts it"),
        field::bytes("memory_limit", "memory that it may have at most"),
        field::measured("read", "bytes/s", "read from disks"),
        field::measured("written", "bytes/s", "written to disks"),
        field::measured("received", "bytes/s", "received from networks"),
        field::measured("sent", "bytes/s", "sent to networks"),
    ],
    |control, arguments| {
        let mut watch = Watch::begin(control, arguments)?;
        let interrupt = Interrupt::watch()?;
        let look = |watch: &mut Watch| watch.look(&interrupt)?.ok_or_else(Failure::silent);
        let first = look(&mut watch)?;
        watch.loads(first);
        let second = look(&mut watch)?;
        let cpus = watch.cpus;
        Ok(watch.loads(second).into_iter().map(|load| record(load, cpus)).collect())
    },
)
.ordered()
.unless(&["iterations", "batch"]);

fn record(load: Load, cpus: u32) -> Record {
    Record::new()
        .with("state", load.state.name())
        .with("vcpus", load.vcpus)
        .with("cpu", load.cpu)
        .with("host_cpu", draw::share(load.cpu, cpus))
        .with("memory", load.memory)
        .with("memory_limit", load.memory_limit)
        .with("read", load.rates.read)
        .with("written", load.rates.written)
        .with("received", load.rates.received)
        .with("sent", load.rates.sent)
        .with("name", load.name)
}

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
    let watch = Watch::begin(control, arguments)?;
    control.output.flush();
    match !arguments.has("batch") && io::stdin().is_terminal() && io::stdout().is_terminal() {
        true => watch.live(),
        false => watch.plain(control),
    }
}

impl Watch {
    /// As the options ask for it.
    fn begin(control: &mut Control, arguments: &Arguments) -> Result<Self, Failure> {
        let wanted = arguments.text("sort")?.unwrap_or("cpu");
        let order =
            KNOWN.iter().find(|(name, _)| *name == wanted).map(|(_, order)| *order).ok_or_else(|| {
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
        Ok(Self { uri, sampler, cpus, order, interval, remaining, last: None })
    }

    /// Looks once, not before the interval since the last look has passed; nothing if ^C came.
    fn look(&self, interrupt: &Interrupt) -> Result<Option<Sample>, Failure> {
        let end = self.last.as_ref().map(|last| last.taken() + self.interval);
        while let Some(left) = end.and_then(|end| end.checked_duration_since(Instant::now())) {
            if interrupt.came() {
                return Ok(None);
            }
            thread::sleep(TICK.min(left));
        }
        self.sampler.ask();
        loop {
            if interrupt.came() {
                return Ok(None);
            }
            if let Some(sample) = self.sampler.answer(TICK)? {
                return Ok(Some(sample));
            }
        }
    }

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
        while let Some(sample) = self.look(&interrupt)? {
            let is_first = self.last.is_none();
            let loads = self.loads(sample);
            if !is_first {
                self.print(control, &loads);
                if self.is_done() {
                    break;
                }
            }
        }
        Ok(())
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
