//! Smart cards and USB devices that come from where the screen is looked at.

use super::address::ADDRESS;
use super::character::{CHARACTER_SOURCE, HOST_AND_PORT, TYPES, set_address};
use crate::document::{self, Document, Element};
use crate::property::{Property, Special, TABLE, Table, rows};

/// `--smartcard`.
pub static SMARTCARD: Table = Table {
    option: "smartcard",
    element: "devices/smartcard",
    many: true,
    first: &["mode"],
    none: true,
    rows: &[SMARTCARD_ROWS, CHARACTER_SOURCE, ADDRESS],
    help: "A smart card reader",
    ..TABLE
};

/// `--redirdev`.
pub static REDIRDEV: Table = Table {
    option: "redirdev",
    element: "devices/redirdev",
    many: true,
    first: &["bus"],
    none: true,
    rows: &[REDIRDEV_ROWS, CHARACTER_SOURCE, ADDRESS],
    help: "A port for USB devices of whoever looks at the screen",
    ..TABLE
};

const SERVER: Special = Special { get: server, set: set_server };

const SMARTCARD_ROWS: &[Property] = rows! {
    "mode": Enum(&["passthrough", "host", "host-certificates"]) => "@mode", "Where the card is";
    "type": Enum(TYPES) => "@type", "How a passed through card is reached";
    "certificate#": Text, commas => "certificate[#]", "Certificate of the host";
    "database": Text, commas => "database", "Directory of the host's certificates";
};

const REDIRDEV_ROWS: &[Property] = rows! {
    "bus": Enum(&["usb"]) => "@bus", "Bus of the devices";
    "type": Enum(TYPES) => "@type", "How they come";
    "server": Form(&HOST_AND_PORT) => via SERVER, "Server that they come from, as HOST:PORT";
    "boot.order": Integer => "boot/@order", "Its turn among the devices that are booted, from 1";
};

fn server(document: &Document, device: Element, _: &[usize]) -> Option<String> {
    let host = document.get(device, "source/@host")?;
    let port = document.get(device, "source/@service");
    Some(port.map_or(host.to_string(), |port| format!("{host}:{port}")))
}

fn set_server(
    document: &mut Document,
    device: Element,
    _: &[usize],
    value: &str,
) -> Result<(), document::Error> {
    set_address(document, device, "source", value)
}
