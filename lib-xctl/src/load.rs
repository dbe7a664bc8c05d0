//! What running guests use: the figures of all of them from one call, and the rates between two such calls.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::time::Instant;

use hypervisor::flags::{StatsFilter, StatsKinds};
use hypervisor::stats::DomainStats;
use hypervisor::{Connection, Error, ErrorCode, Parameter, State};

/// What is asked of each guest.
const KINDS: StatsKinds = StatsKinds(
    StatsKinds::STATE.0
        | StatsKinds::CPU_TOTAL.0
        | StatsKinds::BALLOON.0
        | StatsKinds::VCPU.0
        | StatsKinds::INTERFACE.0
        | StatsKinds::BLOCK.0,
);

/// The figures of all running guests at one moment.
#[derive(Debug, Clone)]
pub struct Sample {
    taken: Instant,
    guests: Vec<Guest>,
}

/// The figures of one guest; what its driver does not count is `None`.
#[derive(Debug, Clone, Default)]
struct Guest {
    uuid: String,
    /// A guest that was started anew counts anew.
    id: Option<u32>,
    name: String,
    state: Option<State>,
    vcpus: Option<u64>,
    cpu_nanoseconds: Option<u64>,
    used_kib: Option<u64>,
    maximum_kib: Option<u64>,
    counters: Counters<u64>,
}

/// Bytes that went through devices, or how many go each second.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Counters<N> {
    /// Read from disks.
    pub read: Option<N>,
    /// Written to disks.
    pub written: Option<N>,
    /// Received from networks.
    pub received: Option<N>,
    /// Sent to networks.
    pub sent: Option<N>,
}

/// What a guest uses; what is not known is `None`, as rates are before the second look.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    /// Its name.
    pub name: String,
    /// What it does.
    pub state: State,
    /// Its processors.
    pub vcpus: Option<u64>,
    /// Percent of one processor of the host.
    pub cpu: Option<f64>,
    /// Bytes of memory in use: as the guest tells, or else what the host gave to it.
    pub memory: Option<u64>,
    /// Bytes of memory that it may have at most.
    pub memory_limit: Option<u64>,
    /// Bytes a second through its devices.
    pub rates: Counters<f64>,
}

/// What guests are put in order by; those that use most come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// By processor time.
    #[default]
    Cpu,
    /// By memory.
    Memory,
    /// By what is read from and written to disks.
    Disk,
    /// By what comes from and goes to networks.
    Network,
    /// By name, from A to Z.
    Name,
}

impl Sample {
    /// Looks at all running guests.
    ///
    /// # Errors
    /// What libvirt refused; some drivers have no such call.
    pub fn take(connection: &Connection) -> Result<Self, Error> {
        let filter = StatsFilter::ACTIVE;
        // A guest that is busy with a migration must not hold the others up; older drivers do not know the word for it.
        let nowait = StatsFilter(filter.0 | StatsFilter::NOWAIT.0);
        let records = match connection.domain_stats(KINDS, nowait) {
            Err(error) if matches!(error.code, ErrorCode::INVALID_ARG | ErrorCode::ARGUMENT_UNSUPPORTED) => {
                connection.domain_stats(KINDS, filter)?
            }
            records => records?,
        };
        Ok(Self { taken: Instant::now(), guests: records.iter().map(guest).collect() })
    }

    /// When it was taken.
    #[must_use]
    pub fn taken(&self) -> Instant {
        self.taken
    }

    /// What each guest uses, its rates since the `earlier` look.
    #[must_use]
    pub fn since(&self, earlier: Option<&Self>) -> Vec<Load> {
        let seconds = earlier.map_or(0.0, |earlier| (self.taken - earlier.taken).as_secs_f64());
        let before: HashMap<_, _> = earlier
            .into_iter()
            .flat_map(|earlier| &earlier.guests)
            .map(|guest| ((guest.uuid.as_str(), guest.id), guest))
            .collect();
        let load = |guest: &Guest| {
            let before = before.get(&(guest.uuid.as_str(), guest.id)).copied();
            guest.load(before.filter(|_| seconds > 0.0), seconds)
        };
        self.guests.iter().map(load).collect()
    }
}

impl Guest {
    fn load(&self, before: Option<&Self>, seconds: f64) -> Load {
        const NANOSECONDS_A_PERCENT: f64 = 1e7;
        // A counter that went back, as of a device that was plugged out, has no rate.
        let rate = |now: Option<u64>, counter: fn(&Self) -> Option<u64>| -> Option<f64> {
            Some(now?.checked_sub(counter(before?)?)? as f64 / seconds)
        };
        let Counters { read, written, received, sent } = self.counters;
        Load {
            name: self.name.clone(),
            state: self.state.unwrap_or(State::None),
            vcpus: self.vcpus,
            cpu: rate(self.cpu_nanoseconds, |guest| guest.cpu_nanoseconds)
                .map(|nanoseconds| nanoseconds / NANOSECONDS_A_PERCENT),
            memory: self.used_kib.map(|kib| kib.saturating_mul(1024)),
            memory_limit: self.maximum_kib.map(|kib| kib.saturating_mul(1024)),
            rates: Counters {
                read: rate(read, |guest| guest.counters.read),
                written: rate(written, |guest| guest.counters.written),
                received: rate(received, |guest| guest.counters.received),
                sent: rate(sent, |guest| guest.counters.sent),
            },
        }
    }
}

fn guest(record: &DomainStats) -> Guest {
    let number = |name: &str| record.number(name);
    let of_guest = number("balloon.available")
        .zip(number("balloon.usable").or_else(|| number("balloon.unused")))
        .map(|(available, unused)| available.saturating_sub(unused));
    Guest {
        uuid: record.domain.uuid(),
        id: record.domain.id(),
        name: record.domain.name().to_owned(),
        state: number("state.state").and_then(|number| u32::try_from(number).ok()).map(State::from),
        vcpus: number("vcpu.current"),
        cpu_nanoseconds: number("cpu.time"),
        used_kib: of_guest.or_else(|| number("balloon.rss")).or_else(|| number("balloon.current")),
        maximum_kib: number("balloon.maximum"),
        counters: counters(&record.values),
    }
}

/// The sums over all devices: `block.0.rd.bytes`, `net.1.tx.bytes`.
fn counters(values: &[Parameter]) -> Counters<u64> {
    let mut sums: Counters<u64> = Counters::default();
    for Parameter { name, value } in values {
        let sum = match name.split_once('.') {
            Some(("block", rest)) if rest.ends_with(".rd.bytes") => &mut sums.read,
            Some(("block", rest)) if rest.ends_with(".wr.bytes") => &mut sums.written,
            Some(("net", rest)) if rest.ends_with(".rx.bytes") => &mut sums.received,
            Some(("net", rest)) if rest.ends_with(".tx.bytes") => &mut sums.sent,
            _ => continue,
        };
        if let Some(number) = value.as_u64() {
            *sum = Some(sum.unwrap_or_default().saturating_add(number));
        }
    }
    sums
}

impl Load {
    /// Bytes a second from and to disks.
    #[must_use]
    pub fn disk(&self) -> Option<f64> {
        sum(self.rates.read, self.rates.written)
    }

    /// Bytes a second from and to networks.
    #[must_use]
    pub fn network(&self) -> Option<f64> {
        sum(self.rates.received, self.rates.sent)
    }
}

fn sum(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (None, None) => None,
        (one, other) => Some(one.unwrap_or_default() + other.unwrap_or_default()),
    }
}

/// Puts guests in order; those that use equally much, and those of which nothing is known, go by their names.
pub fn sort(loads: &mut [Load], order: Order) {
    let most_first = |one: Option<f64>, other: Option<f64>| {
        other.unwrap_or(-1.0).partial_cmp(&one.unwrap_or(-1.0)).unwrap_or(Ordering::Equal)
    };
    loads.sort_by(|one, other| {
        let by_use = match order {
            Order::Cpu => most_first(one.cpu, other.cpu),
            Order::Memory => other.memory.cmp(&one.memory),
            Order::Disk => most_first(one.disk(), other.disk()),
            Order::Network => most_first(one.network(), other.network()),
            Order::Name => Ordering::Equal,
        };
        by_use.then_with(|| one.name.cmp(&other.name))
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn sample(taken: Instant, guests: &[(&str, u64, u64)]) -> Sample {
        let guest = |&(name, cpu, read): &(&str, u64, u64)| Guest {
            uuid: name.into(),
            name: name.into(),
            cpu_nanoseconds: Some(cpu),
            used_kib: Some(read),
            counters: Counters { read: Some(read), ..Counters::default() },
            ..Guest::default()
        };
        Sample { taken, guests: guests.iter().map(guest).collect() }
    }

    #[test]
    fn rates_are_what_was_counted_in_the_time_between() {
        let start = Instant::now();
        let before = sample(start, &[("a", 1_000_000_000, 100), ("back", 9, 9)]);
        let later = start + Duration::from_secs(2);
        let after = sample(later, &[("a", 4_000_000_000, 4196), ("back", 8, 8), ("new", 7, 7)]);
        let loads = after.since(Some(&before));
        assert_eq!((loads[0].cpu, loads[0].disk(), loads[0].network()), (Some(150.0), Some(2048.0), None));
        for load in &loads[1..] {
            assert_eq!((load.cpu, load.rates.read), (None, None), "{}", load.name);
        }
        assert!(after.since(None).iter().all(|load| load.cpu.is_none()));
        assert!(after.since(Some(&after)).iter().all(|load| load.cpu.is_none()), "no time has passed");
    }

    #[test]
    fn a_guest_that_was_started_anew_has_no_rates_yet() {
        let start = Instant::now();
        let before = sample(start, &[("a", 1, 1)]);
        let mut after = sample(start + Duration::from_secs(1), &[("a", 2, 2)]);
        after.guests[0].id = Some(7);
        assert_eq!(after.since(Some(&before))[0].cpu, None);
    }

    #[test]
    fn those_that_use_most_come_first() {
        let start = Instant::now();
        let before = sample(start, &[("b", 0, 0), ("a", 0, 0), ("c", 0, 0)]);
        let after =
            sample(start + Duration::from_secs(1), &[("b", 5, 1), ("a", 1, 9), ("c", 5, 1), ("d", 1, 1)]);
        let names = |order| {
            let mut loads = after.since(Some(&before));
            sort(&mut loads, order);
            loads.into_iter().map(|load| load.name).collect::<String>()
        };
        assert_eq!(names(Order::Cpu), "bcad");
        assert_eq!(names(Order::Disk), "abcd");
        assert_eq!(names(Order::Memory), "abcd");
        assert_eq!(names(Order::Name), "abcd");
    }

    #[test]
    fn devices_of_a_kind_are_added_up() {
        let figure =
            |name: &str, number| Parameter { name: name.into(), value: hypervisor::Value::ULong(number) };
        let values = [
            figure("block.count", 2),
            figure("block.0.rd.bytes", 1),
            figure("block.1.rd.bytes", 2),
            figure("net.0.tx.bytes", 4),
            figure("block.0.rd.reqs", 8),
        ];
        let expected = Counters { read: Some(3), written: None, received: None, sent: Some(4) };
        assert_eq!(counters(&values), expected);
    }
}
