//! `--network user,forward=2222:22`: a port of the host that leads to one of the guest, in a word.
//!
//! As with `ssh -L`, only this host can reach it, unless an address is named: `forward=0.0.0.0:8080:80`.

use crate::document::{self, Document, Element};
use crate::property::{Error, Options, Property, Special, rows};

/// The row, beside `portForward#.…`, which says everything.
pub(super) const FORWARD: &[Property] = rows! {
    "forward": Many => via PORTS, "Port of the host that leads to one of the guest, as [ADDRESS:]PORT:PORT[/udp]; may be given more than once";
};

const PORTS: Special = Special { get: shown, set: add };

/// Who can reach a port where nobody says it.
const LOOPBACK: &str = "127.0.0.1";

const ALLOWED: &str = "[ADDRESS:]PORT:PORT[/udp], the host's port first, as 2222:22";

/// One port of the host that leads to one of the guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PortForward {
    /// `tcp` or `udp`.
    pub(crate) proto: String,
    /// Address of the host; empty for all.
    pub(crate) address: String,
    /// Port of the host.
    pub(crate) host: u16,
    /// Port of the guest.
    pub(crate) guest: u16,
}

impl PortForward {
    fn parse(text: &str) -> Option<PortForward> {
        let (ports, proto) = text.split_once('/').unwrap_or((text, "tcp"));
        let mut parts = ports.rsplitn(3, ':');
        let port = |text: &str| text.parse().ok().filter(|&port: &u16| port > 0);
        let (guest, host) = (port(parts.next()?)?, port(parts.next()?)?);
        let address = parts.next().unwrap_or(LOOPBACK).trim_start_matches('[').trim_end_matches(']');
        let is_address = address.parse::<std::net::IpAddr>().is_ok();
        (is_address && ["tcp", "udp"].contains(&proto)).then(|| PortForward {
            proto: proto.to_owned(),
            address: address.to_owned(),
            host,
            guest,
        })
    }

    /// Those of an interface that are one port each, in order; `None` if there is one that is more than that.
    pub(crate) fn all(document: &Document, interface: Element) -> Option<Vec<PortForward>> {
        document
            .children_named(interface, "portForward")
            .map(|forward| {
                let text = |place: &str| document.get(forward, place).unwrap_or_default().into_owned();
                let host = text("range/@start").parse().ok()?;
                let guest = match text("range/@to") {
                    to if to.is_empty() => host,
                    to => to.parse().ok()?,
                };
                let is_plain = document.children(forward).count() == 1
                    && document.get(forward, "range/@end").is_none()
                    && document.get(forward, "range/@exclude").is_none()
                    && document.get(forward, "@dev").is_none();
                is_plain.then(|| PortForward {
                    proto: text("@proto"),
                    address: text("@address"),
                    host,
                    guest,
                })
            })
            .collect()
    }
}

impl std::fmt::Display for PortForward {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let udp = if self.proto == "udp" { "/udp" } else { "" };
        match self.address.as_str() {
            "" | LOOPBACK => write!(f, "{}:{}{udp}", self.host, self.guest),
            address if address.contains(':') => write!(f, "[{address}]:{}:{}{udp}", self.host, self.guest),
            address => write!(f, "{address}:{}:{}{udp}", self.host, self.guest),
        }
    }
}

/// Refuses texts that name no ports.
pub(super) fn check(options: &Options) -> Result<(), Error> {
    let texts =
        options.iter().filter(|(name, _)| *name == "forward").map(|(_, text)| text.unwrap_or_default());
    match texts.into_iter().find(|text| !text.is_empty() && PortForward::parse(text).is_none()) {
        Some(wrong) => Err(Error::Value {
            option: "network",
            name: "forward".to_owned(),
            value: wrong.to_owned(),
            allowed: ALLOWED.to_owned(),
        }),
        None => Ok(()),
    }
}

fn shown(document: &Document, interface: Element, _: &[usize]) -> Option<String> {
    PortForward::all(document, interface)?.first().map(ToString::to_string)
}

/// Adds to those that are there; an empty text takes all away.
fn add(document: &mut Document, interface: Element, _: &[usize], text: &str) -> Result<(), document::Error> {
    if text.is_empty() {
        return super::clear_all(document, interface, "portForward");
    }
    let Some(forward) = PortForward::parse(text) else {
        return Err(document::Error::Value { value: text.to_owned(), allowed: ALLOWED });
    };
    if PortForward::all(document, interface).is_some_and(|there| there.contains(&forward)) {
        return Ok(());
    }
    let element = document.insert_child(interface, "portForward");
    document.set_attr(element, "proto", &forward.proto)?;
    document.set_attr(element, "address", &forward.address)?;
    document.set(element, "range/@start", &forward.host.to_string())?;
    document.set(element, "range/@to", &forward.guest.to_string())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_read_as_they_are_typed_for_ssh() {
        let forward = |proto: &str, address: &str, host, guest| {
            Some(PortForward { proto: proto.into(), address: address.into(), host, guest })
        };
        for (text, expected) in [
            ("2222:22", forward("tcp", "127.0.0.1", 2222, 22)),
            ("5353:53/udp", forward("udp", "127.0.0.1", 5353, 53)),
            ("0.0.0.0:8080:80", forward("tcp", "0.0.0.0", 8080, 80)),
            ("[::1]:8080:80", forward("tcp", "::1", 8080, 80)),
            ("22", None),
            ("0:22", None),
            ("2222:99999", None),
            ("host:2222:22", None),
            ("2222:22/sctp", None),
        ] {
            assert_eq!(PortForward::parse(text), expected, "{text}");
            if let Some(parsed) = expected {
                assert_eq!(parsed.to_string(), text);
            }
        }
    }
}
