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

/// The port of this host that leads to that TCP port of a guest: through passt, or as QEMU's own user networking does it
/// (`hostfwd` in `qemu(1)`).
#[must_use]
pub fn forwarded_port(document: &Document, guest: u16) -> Option<u16> {
    let root = document.root();
    let devices = document.child(root, "devices")?;
    let passt = document
        .children_named(devices, "interface")
        .filter_map(|interface| PortForward::all(document, interface))
        .flatten()
        .find(|port| port.proto == "tcp" && port.guest == guest)
        .map(|port| port.host);
    passt.or_else(|| {
        let line = document.child(root, "qemu:commandline")?;
        let ends = format!("-:{guest}");
        let own = |argument: Element| {
            let value = document.attr(argument, "value")?;
            let forwards = value.split(',').filter_map(|part| part.strip_prefix("hostfwd=tcp:"));
            forwards.filter_map(|part| part.strip_suffix(&ends)?.rsplit_once(':')?.1.parse().ok()).next()
        };
        document.children_named(line, "qemu:arg").find_map(own)
    })
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

/// `portForward0=7000-8000/udp` is what the rows of its parts say (virt-install(1), `--network`).
pub(super) fn take_apart(options: &mut Options) -> Result<(), Error> {
    let number = |name: &str| -> Option<u16> {
        match name.strip_prefix("portForward")? {
            "" => Some(0),
            number => number.parse().ok(),
        }
    };
    let words: Vec<(u16, String, String)> = options
        .iter()
        .filter_map(|(name, text)| {
            Some((number(name)?, name.to_owned(), text.unwrap_or_default().to_owned()))
        })
        .collect();
    for (number, name, text) in words {
        let wrong = || Error::Value {
            option: "network",
            name: name.clone(),
            value: text.clone(),
            allowed: "[ADDRESS:]PORT[-PORT][:PORT][/udp], the host's ports first, as 8080:80".to_owned(),
        };
        let parts = word_parts(&text).ok_or_else(wrong)?;
        options.remove(&name);
        for (part, value) in parts {
            options.set(&format!("portForward{number}.{part}"), &value);
        }
    }
    Ok(())
}

/// The rows that a word of `portForward` stands for.
fn word_parts(text: &str) -> Option<Vec<(&'static str, String)>> {
    let is_port = |text: &str| text.parse::<u16>().is_ok_and(|port| port > 0);
    let (ports, proto) = text.split_once('/').unwrap_or((text, "tcp"));
    let (address, ports) = match ports.strip_prefix('[') {
        Some(rest) => {
            let (address, ports) = rest.split_once("]:")?;
            (Some(address), ports)
        }
        None if ports.matches(':').count() == 2 => {
            let (address, ports) = ports.split_once(':')?;
            (Some(address), ports)
        }
        None => (None, ports),
    };
    let (host, guest) = ports.split_once(':').map_or((ports, None), |(host, guest)| (host, Some(guest)));
    let (start, end) = host.split_once('-').map_or((host, None), |(start, end)| (start, Some(end)));
    let is_fine = ["tcp", "udp"].contains(&proto)
        && address.is_none_or(|address| address.parse::<std::net::IpAddr>().is_ok())
        && [Some(start), end, guest].into_iter().flatten().all(is_port);
    let rows = [
        ("proto", Some(proto)),
        ("address", address),
        ("range0.start", Some(start)),
        ("range0.end", end),
        ("range0.to", guest),
    ];
    is_fine.then(|| rows.into_iter().filter_map(|(row, value)| Some((row, value?.to_owned()))).collect())
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
    fn the_way_to_a_port_of_the_guest_is_found() {
        let port = |inner: &str| {
            let text =
                format!("<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>{inner}</domain>");
            forwarded_port(&Document::parse(&text).unwrap(), 22)
        };
        let passt = "<devices><interface type='user'><portForward proto='tcp' address='127.0.0.1'>\
                     <range start='2222' to='22'/></portForward></interface></devices>";
        let own = "<devices/><qemu:commandline><qemu:arg value='-netdev'/><qemu:arg \
                   value='user,id=x,hostfwd=tcp::8080-:80,hostfwd=tcp:127.0.0.1:2200-:22'/></qemu:commandline>";
        assert_eq!(port(passt), Some(2222));
        assert_eq!(port(own), Some(2200));
        assert_eq!(port("<devices><interface type='user'/></devices>"), None);
    }

    #[test]
    fn words_of_virt_install_say_ports_too() {
        let parts = |text: &str| {
            let parts = word_parts(text)?;
            Some(parts.into_iter().map(|(row, value)| format!("{row}={value}")).collect::<Vec<_>>().join(" "))
        };
        for (text, expected) in [
            ("8080:80", Some("proto=tcp range0.start=8080 range0.to=80")),
            ("22", Some("proto=tcp range0.start=22")),
            ("7000-8000/udp", Some("proto=udp range0.start=7000 range0.end=8000")),
            ("127.0.0.1:2222:22", Some("proto=tcp address=127.0.0.1 range0.start=2222 range0.to=22")),
            ("[::1]:8080:80/tcp", Some("proto=tcp address=::1 range0.start=8080 range0.to=80")),
            ("bad", None),
            ("host:1:2", None),
            ("1:2:3:4", None),
            ("0", None),
            ("70000", None),
            ("[::1]8080", None),
            ("", None),
        ] {
            assert_eq!(parts(text).as_deref(), expected, "{text}");
        }
    }

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
