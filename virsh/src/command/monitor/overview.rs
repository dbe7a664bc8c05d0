//! The list of domains as data: all that the hypervisor tells of many domains at once.

use std::collections::{HashMap, HashSet};

use hypervisor::domain::{State, StateReason};
use hypervisor::flags::{DomainFilter, StatsFilter, StatsKinds};
use hypervisor::stats::DomainStats;
use hypervisor::{Connection, Domain, KiB};

use super::list::{listed, titles};
use crate::command::{Answer, Arguments};
use crate::control::Control;
use crate::failure::Failure;
use crate::output::Record;
use crate::output::field::{Field, boolean, bytes, number, text};

const FIELDS: &[Field] = &[
    number("id", "its number while it runs"),
    text("name", "its name"),
    text("state", "what it is doing").one_of(State::NAMES),
    text("reason", "why, as domstate --reason has it").aside(),
    text("uuid", "its UUID").aside(),
    text("title", "its title; only with --title or --columns, as each domain is asked").aside(),
    bytes("memory", "the memory that it has").aside(),
    bytes("max_memory", "the memory that it can be given").aside(),
    number("vcpus", "its virtual processors").aside(),
    boolean("autostart", "whether it starts with the host").aside(),
    boolean("persistent", "whether it is defined").aside(),
    boolean("managed_save", "whether libvirt keeps its memory").aside(),
];

pub(super) const ANSWER: Answer = Answer::list(FIELDS, records);

fn records(control: &mut Control, arguments: &Arguments) -> Result<Vec<Record>, Failure> {
    let connection = control.connection()?;
    let domains = listed(&connection, arguments)?;
    let ids: Vec<Option<u32>> = domains.iter().map(Domain::id).collect();
    let figures = Figures::of(&connection, &domains, &ids, arguments);
    let marked = |field, filter| match arguments.wants(&[field]) {
        true => Marked::read(&connection, filter),
        false => Marked(None),
    };
    let autostart = marked("autostart", DomainFilter::AUTOSTART);
    // The fewer that are asked for, the sooner they are told; what does not run is defined.
    let transient = match ids.iter().any(Option::is_some) {
        true => marked("persistent", DomainFilter::TRANSIENT),
        false => Marked(Some(HashSet::new())),
    };
    let saved = marked("managed_save", DomainFilter::MANAGED_SAVE);
    let titled = arguments.has("title") || arguments.names("title");
    let all = if titled { titles(&connection, &domains)? } else { Vec::new() };
    let mut titles = all.into_iter();
    let identified = arguments.wants(&["uuid"]);
    let records = domains.iter().zip(ids).map(|(domain, id)| {
        let known = figures.about(domain);
        Record::new()
            .with("id", id)
            .with("name", domain.name())
            .with("state", known.state.state.name())
            .with("reason", known.state.name())
            .with("uuid", identified.then(|| domain.uuid()))
            .with("title", titles.next().filter(|title| !title.is_empty()))
            .with("memory", known.memory)
            .with("max_memory", known.max_memory)
            .with("vcpus", known.vcpus)
            .with("autostart", autostart.has(domain))
            .with("persistent", transient.has(domain).map(|transient| !transient))
            .with("managed_save", saved.has(domain))
    });
    Ok(records.collect())
}

/// Which domains pass a filter, which is one question for all of them.
struct Marked(Option<HashSet<String>>);

impl Marked {
    fn read(connection: &Connection, filter: DomainFilter) -> Self {
        Self(
            connection
                .domains(filter)
                .ok()
                .map(|domains| domains.iter().map(|domain| domain.name().to_owned()).collect()),
        )
    }

    fn has(&self, domain: &Domain) -> Option<bool> {
        self.0.as_ref().map(|marked| marked.contains(domain.name()))
    }
}

/// Fields that are figures, with what the hypervisor is asked for and libvirt's name of them.
const FIGURES: &[(&str, StatsKinds, &str)] = &[
    ("memory", StatsKinds::BALLOON, "balloon.current"),
    ("max_memory", StatsKinds::BALLOON, "balloon.maximum"),
    ("vcpus", StatsKinds::VCPU, "vcpu.current"),
];

/// The figures of all domains.
struct Figures {
    stats: HashMap<String, DomainStats>,
    /// The figures that are wanted; those that the driver does not count in bulk are worth a question of each domain.
    wanted: Vec<&'static str>,
}

/// Whether the hypervisor is on this host.
fn is_near(connection: &Connection) -> bool {
    connection.uri().split_once("://").is_none_or(|(_, rest)| rest.starts_with('/'))
}

struct Known {
    state: StateReason,
    memory: Option<KiB>,
    max_memory: Option<KiB>,
    vcpus: Option<u64>,
}

impl Figures {
    /// `ids` are those of the domains, in their order.
    fn of(connection: &Connection, domains: &[Domain], ids: &[Option<u32>], arguments: &Arguments) -> Self {
        let mut kinds = StatsKinds::STATE;
        let mut wanted = Vec::new();
        for (field, kind, figure) in FIGURES {
            if arguments.wants(&[*field]) {
                kinds |= *kind;
                wanted.push(*figure);
            }
        }
        // To tell figures of a domain that runs, libvirt asks its emulator, which takes longer than asking libvirt for
        // that domain alone; unless what is asked is far away.
        let apart = !wanted.is_empty() && is_near(connection);
        let of = |running: bool| {
            let chosen = domains.iter().zip(ids).filter(move |(_, id)| (apart && id.is_some()) == running);
            chosen.map(|(domain, _)| domain)
        };
        let mut stats = HashMap::new();
        for (running, kinds) in [(true, StatsKinds::STATE), (false, kinds)] {
            let found = connection.stats_of(of(running), kinds, StatsFilter::NOWAIT);
            // Drivers that know no such flag have nothing that one would wait for.
            let found = found.or_else(|_| connection.stats_of(of(running), kinds, StatsFilter::NONE));
            let found = found.unwrap_or_default().into_iter();
            stats.extend(found.map(|record| (record.domain.name().to_owned(), record)));
        }
        Self { stats, wanted }
    }

    fn about(&self, domain: &Domain) -> Known {
        let figures = self.stats.get(domain.name());
        let figure = |name: &str| figures.and_then(|record| record.number(name));
        let small = |name: &str| figure(name).and_then(|number| u32::try_from(number).ok());
        let state = match (small("state.state"), small("state.reason")) {
            (Some(state), reason) => {
                StateReason { state: State::from(state), number: reason.unwrap_or_default() }
            }
            // One that is gone meanwhile has no state any more.
            (None, _) => domain.state().unwrap_or(StateReason { state: State::None, number: 0 }),
        };
        let mut known = Known {
            state,
            memory: figure("balloon.current").map(KiB),
            max_memory: figure("balloon.maximum").map(KiB),
            vcpus: figure("vcpu.current"),
        };
        let missing = self.wanted.iter().any(|name| figure(name).is_none());
        if missing && let Ok(info) = domain.info() {
            known.memory = Some(info.memory);
            // What stands for no limit.
            known.max_memory = Some(info.max_memory).filter(|size| size.0 != u64::from(u32::MAX));
            known.vcpus = Some(info.vcpus.into());
        }
        known
    }
}
