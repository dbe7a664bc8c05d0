//! The guest that is cloned: its definition, and whether it can be copied now.

use hypervisor::flags::{DomainFilter, DomainXml};
use hypervisor::{Connection, Domain, State};

use super::Error;
use super::request::Original;
use crate::document::Document;
use crate::progress::Progress;

/// How many slips a name may have to be taken for another one: one in three letters.
const SLIPS: usize = 3;
/// How many names are offered.
const SUGGESTIONS: usize = 3;

/// Finds the original: its definition, and its domain where it is one of the connection.
pub(super) fn find(
    connection: &Connection,
    original: &Original,
    progress: &dyn Progress,
) -> Result<(Document, Option<Domain>), Error> {
    let (xml, domain) = match original {
        Original::Definition(xml) => (xml.clone(), None),
        Original::Guest(name) => {
            let domain = match connection.domain_by_name(name) {
                Ok(domain) => domain,
                Err(error) if error.code.is_missing() => {
                    let nearest = nearest(connection, name);
                    return Err(Error::UnknownOriginal { name: name.clone(), nearest });
                }
                Err(error) => return Err(error.into()),
            };
            must_be_off(connection, &domain)?;
            if domain.has_managed_save().unwrap_or(false) {
                progress.warn(&format!(
                    "'{name}' is saved, not shut down: its clone begins as if the power had failed"
                ));
            }
            (domain.xml(DomainXml::SECURE | DomainXml::INACTIVE)?, Some(domain))
        }
    };
    let document = Document::parse(&xml).map_err(Error::Definition)?;
    if document.local_name(document.root()) != "domain" {
        return Err(Error::NoDefinition("its outermost element is not 'domain'"));
    }
    if document.get(document.root(), "name").is_none_or(|name| name.trim().is_empty()) {
        return Err(Error::NoDefinition("it has no name"));
    }
    Ok((document, domain))
}

fn must_be_off(connection: &Connection, domain: &Domain) -> Result<(), Error> {
    let state = domain.state()?.state;
    let (state, command) = match state {
        State::Shutoff => return Ok(()),
        State::Paused => ("paused", "resume"),
        State::PmSuspended => ("asleep", "dompmwakeup"),
        State::Crashed => ("crashed", "destroy"),
        State::Shutdown => ("shutting down", "domstate"),
        _ => ("running", "shutdown"),
    };
    let name = domain.name();
    let then = if command == "resume" || command == "dompmwakeup" { ", then shutdown" } else { "" };
    Err(Error::NotOff {
        name: name.to_owned(),
        state: state.to_owned(),
        uri: connection.uri().to_owned(),
        command: format!("{command} {name}{then}"),
    })
}

fn nearest(connection: &Connection, name: &str) -> Vec<String> {
    // A list that does not come only costs the hint.
    let domains = connection.domains(DomainFilter::NONE).unwrap_or_default();
    let mut near: Vec<(usize, String)> = domains
        .iter()
        .map(|domain| (strsim::damerau_levenshtein(domain.name(), name), domain.name().to_owned()))
        .filter(|(slips, near)| *slips * SLIPS <= name.len().max(near.len()))
        .collect();
    near.sort();
    near.into_iter().take(SUGGESTIONS).map(|(_, name)| name).collect()
}
