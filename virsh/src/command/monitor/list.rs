//! The list of domains.

use std::collections::HashMap;

use hypervisor::domain::State;
use hypervisor::flags::{Affect, DomainFilter, StatsFilter, StatsKinds};
use hypervisor::{Connection, Domain};

use crate::command::Arguments;
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::Table;

pub(super) fn list(control: &mut Control, arguments: &Arguments) -> Outcome {
    arguments.exclusive("table", "name")?;
    arguments.exclusive("table", "id")?;
    let connection = control.connection()?;
    let domains = listed(&connection, arguments)?;
    let [uuid, id, name] = ["uuid", "id", "name"].map(|option| arguments.has(option));
    if arguments.has("table") || !(uuid || id || name) {
        return table(control, arguments, &connection, &domains);
    }
    for domain in domains {
        let number = domain.id();
        if number.is_none() && !uuid && !name {
            continue;
        }
        let columns =
            [uuid.then(|| domain.uuid()), id.then(|| shown(number)), name.then(|| domain.name().to_owned())];
        let line: Vec<String> = columns.into_iter().flatten().collect();
        control.output.line(line.join(" "));
    }
    Ok(())
}

fn filter(arguments: &Arguments) -> DomainFilter {
    // Who asks for what is off wants what does not run.
    let off = arguments.has("inactive") || arguments.has("state-shutoff");
    let mut filter = match (arguments.has("all"), off) {
        (true, _) => DomainFilter::ACTIVE | DomainFilter::INACTIVE,
        (false, true) => DomainFilter::INACTIVE,
        (false, false) => DomainFilter::ACTIVE,
    };
    filter |= DomainFilter(arguments.flags(&[
        ("persistent", DomainFilter::PERSISTENT.0),
        ("transient", DomainFilter::TRANSIENT.0),
        ("with-managed-save", DomainFilter::MANAGED_SAVE.0),
        ("without-managed-save", DomainFilter::NO_MANAGED_SAVE.0),
        ("autostart", DomainFilter::AUTOSTART.0),
        ("no-autostart", DomainFilter::NO_AUTOSTART.0),
        ("with-snapshot", DomainFilter::HAS_SNAPSHOT.0),
        ("without-snapshot", DomainFilter::NO_SNAPSHOT.0),
        ("with-checkpoint", DomainFilter::HAS_CHECKPOINT.0),
        ("without-checkpoint", DomainFilter::NO_CHECKPOINT.0),
        ("state-running", DomainFilter::RUNNING.0),
        ("state-paused", DomainFilter::PAUSED.0),
        ("state-shutoff", DomainFilter::SHUTOFF.0),
        ("state-other", DomainFilter::OTHER.0),
    ]));
    filter
}

/// Those that the options ask for: those that have an id by id, then the others by name.
pub(super) fn listed(connection: &Connection, arguments: &Arguments) -> Result<Vec<Domain>, Failure> {
    let filter = filter(arguments);
    let mut domains = connection.domains(filter).attempted(|| "Failed to list domains".to_owned())?;
    // Each is asked for its number once: libvirt spells the domain's UUID out for its log at every such question.
    domains.sort_by_cached_key(|domain| {
        let id = domain.id();
        (id.is_none(), id, id.is_none().then(|| domain.name().to_ascii_lowercase()))
    });
    Ok(domains)
}

fn table(control: &Control, arguments: &Arguments, connection: &Connection, domains: &[Domain]) -> Outcome {
    let titled = arguments.has("title");
    let identified = arguments.has("uuid");
    let mut heading = vec!["Id", "Name", "State"];
    heading.extend(titled.then_some("Title"));
    heading.extend(identified.then_some("UUID"));
    let mut table = Table::new(&heading);
    let titles = if titled { titles(connection, domains)? } else { vec![String::new(); domains.len()] };
    for ((domain, state), title) in domains.iter().zip(states(connection, domains)).zip(titles) {
        let saved = arguments.has("managed-save")
            && state == State::Shutoff
            && domain.has_managed_save().unwrap_or(false);
        let state = if saved { "saved" } else { state.name() };
        let mut row = vec![shown(domain.id()), domain.name().to_owned(), state.to_owned()];
        if titled {
            row.push(title);
        }
        if identified {
            row.push(domain.uuid());
        }
        table.row(row);
    }
    control.output.table(&table);
    Ok(())
}

/// The title of each domain.
pub(super) fn titles(connection: &Connection, domains: &[Domain]) -> Result<Vec<String>, Failure> {
    let titles = connection.ask_each(domains, |domain| domain.title(Affect::CURRENT));
    Ok(titles.into_iter().collect::<Result<_, _>>()?)
}

/// The state of each domain, in one question for all where the driver takes one.
fn states(connection: &Connection, domains: &[Domain]) -> Vec<State> {
    let Ok(stats) = connection.stats_of(domains, StatsKinds::STATE, StatsFilter::NONE) else {
        return domains
            .iter()
            .map(|domain| domain.state().map_or(State::None, |reason| reason.state))
            .collect();
    };
    let known: HashMap<&str, State> = stats
        .iter()
        .filter_map(|record| {
            let number = u32::try_from(record.number("state.state")?).ok()?;
            Some((record.domain.name(), State::from(number)))
        })
        .collect();
    // One that is gone meanwhile has no state any more.
    domains.iter().map(|domain| known.get(domain.name()).copied().unwrap_or(State::None)).collect()
}

fn shown(id: Option<u32>) -> String {
    id.map_or_else(|| "-".to_owned(), |id| id.to_string())
}
