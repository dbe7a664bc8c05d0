//! Which domains are meant by several names, a pattern or `--all`: found before anything is done.

use std::collections::HashSet;

use hypervisor::flags::DomainFilter;
use hypervisor::{Connection, Domain};

use super::option::{self, Wish};
use super::pattern;
use super::summary::counted;
use crate::command::{Arguments, Opt, Value, Values, domain_called};
use crate::failure::{Attempted, Failure};
use crate::output::printable;
use crate::parse::Invocation;

/// Several domains to run a command on.
pub(super) struct Targets {
    /// What else was given to the command.
    pub(super) arguments: Arguments,
    /// The domains.
    pub(super) domains: Vec<Target>,
}

/// One domain to run a command on.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// What it is called.
    pub(super) name: String,
    /// Its UUID if nobody named it; who named it knows it by a name, an id or a UUID.
    uuid: Option<String>,
}

impl Targets {
    /// What the command is given for this one.
    pub(super) fn arguments(&self, target: &Target) -> Arguments {
        let mut arguments = self.arguments.clone();
        if let Some((index, _)) = option::domain(arguments.command()) {
            arguments.set(index, Some(target.name.clone()));
        }
        if let Some(uuid) = &target.uuid {
            arguments.find_by(uuid.clone());
        }
        arguments
    }
}

/// The domains that the command line means, or nothing where it names one, as ever.
///
/// # Errors
/// For each name that is no domain's, for patterns that fit none, and where the list cannot be had.
pub(super) fn find(invocation: &Invocation, connection: &Connection) -> Result<Option<Targets>, Failure> {
    let Some((index, option)) = option::domain(invocation.command) else { return Ok(None) };
    let wish = &invocation.many;
    let first = match invocation.arguments.at(index) {
        Value::Text(first) => Some(first.as_str()),
        _ => None,
    };
    if is_plain(invocation) {
        return Ok(None);
    }
    let mut search = Search { connection, option, listed: None };
    if wish.all {
        return search.all(invocation, first.is_some()).map(Some);
    }
    let mut arguments = invocation.arguments.clone();
    let mut words: Vec<String> = first.map(str::to_owned).into_iter().collect();
    for &place in &wish.yielding {
        let Value::Text(word) = invocation.arguments.at(place) else { continue };
        if is_for(invocation.command.options.get(place), word) {
            continue;
        }
        if wish.overflows || pattern::is_pattern(word) || connection.domain_by_name(word).is_ok() {
            words.push(word.clone());
            arguments.forget(place);
        }
    }
    words.extend(wish.also.iter().cloned());
    match words.as_slice() {
        // Data is of several domains wherever it may be.
        [word]
            if invocation.view.is_none()
                && (!pattern::is_pattern(word) || connection.domain_by_name(word).is_ok()) =>
        {
            Ok(None)
        }
        words => Ok(Some(Targets { arguments, domains: search.named(words)? })),
    }
}

/// Whether one domain is named, so that nothing need be asked.
pub(super) fn is_plain(invocation: &Invocation) -> bool {
    let Wish { also, yielding, all, .. } = &invocation.many;
    let names_one = || {
        let (index, _) = option::domain(invocation.command)?;
        matches!(invocation.arguments.at(index), Value::Text(first) if !pattern::is_pattern(first))
            .then_some(())
    };
    !all && also.is_empty() && yielding.is_empty() && names_one().is_some()
}

/// The failure of a command on one domain. Where it is about a value that would have been another domain's name, that it
/// is none is told, too.
pub(super) fn told_of_names(invocation: &Invocation, failure: Failure) -> Failure {
    let names = |word: &str| {
        let mut parts = failure.said.iter().flat_map(|said| said.split_whitespace());
        parts.any(|part| part.trim_matches('\'') == word)
    };
    let blamed = invocation.many.yielding.iter().find_map(|&place| match invocation.arguments.at(place) {
        Value::Text(word) if names(word) => Some(printable(word)),
        _ => None,
    });
    match blamed {
        Some(word) if failure.hint.is_none() => failure.hint(format!("there is no domain '{word}' either")),
        _ => failure,
    }
}

/// Whether the value is one that the option has a use for, so that it is no name.
fn is_for(option: Option<&Opt>, value: &str) -> bool {
    match option.map(|option| option.values) {
        Some(Values::Words(known) | Values::List(known)) => {
            value.split(',').all(|part| known.contains(&part))
        }
        _ => value.bytes().all(|byte| byte.is_ascii_digit() || byte == b','),
    }
}

struct Search<'s> {
    connection: &'s Connection,
    option: &'static Opt,
    /// The domains in a state that fits, once they were asked for.
    listed: Option<Vec<Domain>>,
}

impl Search<'_> {
    fn all(&mut self, invocation: &Invocation, named: bool) -> Result<Targets, Failure> {
        if named || !invocation.many.also.is_empty() {
            let failure = Failure::said("Option --all and names of domains are mutually exclusive");
            return Err(match option::takes_names(invocation.command) {
                true => failure,
                false => failure.hint("what follows --all is taken for the command's other values"),
            });
        }
        let domains = self.fitting()?.iter().map(listed).collect();
        Ok(Targets { arguments: invocation.arguments.clone(), domains })
    }

    /// The domains of these names and patterns, each once.
    fn named(&mut self, words: &[String]) -> Result<Vec<Target>, Failure> {
        let mut known = HashSet::new();
        let mut found = Vec::new();
        let mut unknown = Vec::new();
        let mut hint = None;
        for word in words {
            let one = domain_called(self.connection, word);
            if let Ok(domain) = one {
                if known.insert(domain.uuid()) {
                    found.push(Target { name: word.clone(), uuid: None });
                }
                continue;
            }
            let mut fits = false;
            if pattern::is_pattern(word) {
                for domain in self.fitting()?.iter().filter(|domain| pattern::fits(word, domain.name())) {
                    fits = true;
                    if known.insert(domain.uuid()) {
                        found.push(listed(domain));
                    }
                }
                if !fits {
                    hint = Some(self.none_fits(word));
                }
            }
            if !fits {
                unknown.push(format!("failed to get domain '{word}'"));
            }
        }
        if unknown.is_empty() {
            return Ok(found);
        }
        let hint = hint.or_else(|| (words.len() > 1).then(|| "nothing was done to the others".to_owned()));
        Err(Failure { said: unknown, cause: None, hint })
    }

    /// The domains in a state that fits the command, by name.
    fn fitting(&mut self) -> Result<&[Domain], Failure> {
        if self.listed.is_none() {
            let (filter, _) = state(self.option.values);
            let mut domains =
                self.connection.domains(filter).attempted(|| "Failed to list domains".to_owned())?;
            domains.sort_by(|one, other| one.name().cmp(other.name()));
            self.listed = Some(domains);
        }
        Ok(self.listed.as_deref().unwrap_or_default())
    }

    fn none_fits(&self, pattern: &str) -> String {
        let (_, state) = state(self.option.values);
        let others = self.connection.domains(DomainFilter::NONE).unwrap_or_default();
        match others.iter().filter(|domain| pattern::fits(pattern, domain.name())).count() {
            0 => "no domain has a name that fits this pattern".to_owned(),
            count => format!("{} of that pattern, but none that is {state}", counted(count, "domain")),
        }
    }
}

/// The filter of a state that fits, and what it is called.
fn state(values: Values) -> (DomainFilter, &'static str) {
    match values {
        Values::ActiveDomain => (DomainFilter::ACTIVE, "active"),
        Values::RunningDomain => (DomainFilter::RUNNING, "running"),
        Values::PausedDomain => (DomainFilter::PAUSED, "paused"),
        Values::InactiveDomain => (DomainFilter::INACTIVE, "inactive"),
        Values::SavedDomain => (DomainFilter::MANAGED_SAVE, "saved"),
        Values::PersistentDomain => (DomainFilter::PERSISTENT, "persistent"),
        _ => (DomainFilter::NONE, "there"),
    }
}

/// A domain that was not named by the user: its name may be another one's id.
fn listed(domain: &Domain) -> Target {
    Target { name: domain.name().to_owned(), uuid: Some(domain.uuid()) }
}
