//! Network cards of a definition, and the ports of the host that lead to them.
//!
//! libvirt has no words for ports that QEMU forwards by itself (`--network user,forward=2222:22` where there is no
//! passt): such a card stands among QEMU's arguments, as `-device …,netdev=forwarding0,mac=…` beside
//! `-netdev user,id=forwarding0,hostfwd=tcp:127.0.0.1:2222-:22`.

use crate::document::{self, Document, Element};
use crate::domain::Nic;

/// A network card.
#[derive(Debug, Clone, Copy)]
pub(super) enum Card {
    /// One of libvirt's.
    Interface(Element),
    /// An argument of QEMU's.
    Argument(Element),
}

impl Card {
    /// All of a guest: libvirt's first.
    pub(super) fn all(document: &Document) -> Vec<Card> {
        let interfaces = Nic::all(document).map(|nic| Card::Interface(nic.element()));
        let arguments = arguments(document).filter(|&argument| {
            let value = document.attr(argument, "value").unwrap_or_default();
            let has = |name: &str| value.split(',').any(|part| part.starts_with(name));
            has("netdev=") && has("mac=")
        });
        interfaces.chain(arguments.map(Card::Argument)).collect()
    }

    /// Its hardware address.
    pub(super) fn mac(self, document: &Document) -> Option<String> {
        match self {
            Card::Interface(card) => document.get(card, "mac/@address").map(|mac| mac.into_owned()),
            Card::Argument(card) => {
                let value = document.attr(card, "value")?;
                value.split(',').find_map(|part| part.strip_prefix("mac=")).map(str::to_owned)
            }
        }
    }

    /// Gives it a hardware address, and takes away the name that it has on the host.
    pub(super) fn set_mac(self, document: &mut Document, mac: &str) -> Result<(), document::Error> {
        match self {
            Card::Interface(card) => {
                document.set(card, "mac/@address", mac)?;
                document.clear(card, "target/@dev")?;
                Ok(())
            }
            Card::Argument(card) => {
                let value = document.attr(card, "value").unwrap_or_default().into_owned();
                let own = format!("mac={mac}");
                let parts = value.split(',').map(|part| if part.starts_with("mac=") { &own } else { part });
                document.set_attr(card, "value", &parts.collect::<Vec<_>>().join(","))
            }
        }
    }
}

fn arguments(document: &Document) -> impl Iterator<Item = Element> + '_ {
    let line = document.find(document.root(), "qemu:commandline");
    line.into_iter().flat_map(|line| document.children_named(line, "qemu:arg"))
}

/// Ports of the host that lead to a guest, as `2222` or `2222-2230`, whoever forwards them.
pub(super) fn forwarded(document: &Document) -> Vec<String> {
    let mut ports = Vec::new();
    for nic in Nic::all(document) {
        for forward in document.children_named(nic.element(), "portForward") {
            for range in document.children_named(forward, "range") {
                let Some(start) = document.attr(range, "start") else { continue };
                ports.push(match document.attr(range, "end") {
                    Some(end) => format!("{start}-{end}"),
                    None => start.into_owned(),
                });
            }
        }
    }
    for argument in arguments(document) {
        let value = document.attr(argument, "value").unwrap_or_default();
        // hostfwd=PROTOCOL:ADDRESS:PORT-ADDRESS:PORT, where addresses may be empty.
        let forwards = value.split(',').filter_map(|part| part.strip_prefix("hostfwd="));
        let host = forwards.filter_map(|rule| rule.rsplit_once('-')?.0.rsplit_once(':'));
        ports.extend(host.map(|(_, port)| port.to_owned()));
    }
    ports
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str = "<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><devices><interface type='user'><mac address='52:54:00:00:00:01'/>\
                       <portForward proto='tcp'><range start='80' end='81'/><range start='90'/></portForward>\
                       </interface></devices><qemu:commandline><qemu:arg value='-netdev'/>\
                       <qemu:arg value='user,id=f,hostfwd=tcp:127.0.0.1:2222-:22,hostfwd=udp::53-:53'/>\
                       <qemu:arg value='-device'/><qemu:arg value='e1000,netdev=f,mac=52:54:00:00:00:02,addr=0x10'/>\
                       </qemu:commandline></domain>";

    #[test]
    fn cards_among_arguments_have_addresses_of_their_own() {
        let mut document = Document::parse(XML).unwrap();
        let cards = Card::all(&document);
        let macs: Vec<_> = cards.iter().filter_map(|card| card.mac(&document)).collect();
        assert_eq!(macs, ["52:54:00:00:00:01", "52:54:00:00:00:02"]);
        for card in cards {
            card.set_mac(&mut document, "52:54:00:00:00:03").unwrap();
        }
        let expected = XML.replace("00:00:01", "00:00:03").replace("00:00:02", "00:00:03");
        assert_eq!(document.to_string(), expected);
    }

    #[test]
    fn ports_are_found_whoever_forwards_them() {
        assert_eq!(forwarded(&Document::parse(XML).unwrap()), ["80-81", "90", "2222", "53"]);
    }
}
