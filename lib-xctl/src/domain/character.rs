//! Character devices: serial and parallel ports, consoles, channels to the guest.

use super::address::ADDRESS;
use super::view;
use crate::document::{self, Document, Element};
use crate::property::{self, Form, Property, Special, TABLE, Table, rows};

/// `--serial`.
pub static SERIAL: Table =
    Table { option: "serial", element: "devices/serial", help: "A serial port", ..PORT };

/// `--parallel`.
pub static PARALLEL: Table =
    Table { option: "parallel", element: "devices/parallel", help: "A parallel port", ..PORT };

/// `--console`.
pub static CONSOLE: Table =
    Table { option: "console", element: "devices/console", help: "A text console", ..PORT };

/// `--channel`.
pub static CHANNEL: Table =
    Table { option: "channel", element: "devices/channel", help: "A channel between host and guest", ..PORT };

const PORT: Table = Table {
    many: true,
    first: &["type"],
    none: true,
    rows: &[ROWS, SHORT, CHARACTER_SOURCE, ADDRESS],
    ..TABLE
};

/// What can be at the host's end.
pub(crate) const TYPES: &[&str] = &[
    "pty",
    "unix",
    "tcp",
    "udp",
    "file",
    "dev",
    "pipe",
    "stdio",
    "null",
    "vc",
    "spicevmc",
    "spiceport",
    "qemu-vdagent",
    "nmdm",
    "dbus",
];
const TARGETS: &[&str] = &[
    "virtio",
    "isa-serial",
    "usb-serial",
    "pci-serial",
    "system-serial",
    "serial",
    "xen",
    "sclp",
    "guestfwd",
    "isa-debug",
];

/// An address with a port, either of which may be missing.
pub(crate) const HOST_AND_PORT: Form = Form {
    allowed: "an address, a port or both with a colon between",
    example: "127.0.0.1:4555",
    fits: |text| match text.rsplit_once(':') {
        Some((_, port)) => port.is_empty() || property::is_integer(port),
        None => true,
    },
};

const ROWS: &[Property] = rows! {
    "type" | "char_type": Enum(TYPES) => "@type", "What is at the host's end";
    "target.type": Enum(TARGETS) => "target/@type", "What the guest sees";
    "target.name" | "name": Text => "target/@name", "Name of the channel in the guest, as org.qemu.guest_agent.0";
    "target.port": Integer => "target/@port", "Number of the port in the guest";
    "target.address": Form(&HOST_AND_PORT) => via TARGET_ADDRESS, "Address that the guest connects to, as IP:PORT, with type guestfwd";
    "target.model.name": Text => "target/model/@name", "Model of the port";
};

/// Short names for the host's end of a port.
const SHORT: &[Property] = rows! {
    "mode": Enum(&["connect", "bind"]) => "source/@mode", "Which end of the connection the host is";
    "path": Path => "source/@path", "File, device or socket of the host";
    "bind_host": Form(&HOST_AND_PORT) => via BIND_HOST, "Address to listen on, as HOST:PORT";
    "host": Form(&HOST_AND_PORT) => via HOST, "Address to connect to or listen on, as HOST:PORT";
};

/// The host's end of a character device, also of smart cards and redirected devices.
pub(crate) const CHARACTER_SOURCE: &[Property] = rows! {
    "source.mode": Enum(&["connect", "bind"]) => "source/@mode", "Which end of the connection the host is";
    "source.path": Path => "source/@path", "File, device or socket of the host";
    "source.append": OnOff => "source/@append", "Whether the file is added to";
    "source.host": Text => "source/@host", "Host";
    "source.service": Integer => "source/@service", "Port or service";
    "source.connect_host": Text => "source[@mode='connect']/@host", "Host to connect to";
    "source.connect_service": Integer => "source[@mode='connect']/@service", "Port to connect to";
    "source.bind_host": Text => "source[@mode='bind']/@host", "Address to listen on";
    "source.bind_service": Integer => "source[@mode='bind']/@service", "Port to listen on";
    "source.tls": YesNo => "source/@tls", "Whether the connection is encrypted";
    "source.reconnect.enabled": YesNo => "source/reconnect/@enabled", "Whether a lost connection is made again";
    "source.reconnect.timeout": Integer => "source/reconnect/@timeout", "Seconds until then";
    "source.channel": Text => "source/@channel", "Name of a channel of SPICE or D-Bus";
    "source.master": Text => "source/@master", "Guest's end of a null modem";
    "source.slave": Text => "source/@slave", "Host's end of a null modem";
    "source.clipboard.copypaste": YesNo => "source/clipboard/@copypaste", "Whether texts can be copied between host and guest";
    "source.mouse.mode": Enum(&["server", "client"]) => "source/mouse/@mode", "Whose pointer is shown";
    "source.seclabel#.model": Text => "source/seclabel[#]/@model", "Security model of a label of its own";
    "source.seclabel#.relabel": YesNo => "source/seclabel[#]/@relabel", "Whether the file is given that label";
    "source.seclabel#.label": Text, commas => "source/seclabel[#]/label", "The label";
    "protocol.type" | "protocol": Enum(&["raw", "telnet", "telnets", "tls"]) => "protocol/@type", "Protocol of a TCP connection";
    "log.file": Path => "log/@file", "File that all output is written to as well";
    "log.append": OnOff => "log/@append", "Whether that file is added to";
};

const TARGET_ADDRESS: Special = Special { get: target_address, set: set_target_address };
const HOST: Special = Special { get: host, set: set_host };
const BIND_HOST: Special = Special { get: bind_host, set: set_bind_host };

/// `mode=bind,host=…` listens; otherwise a host is connected to.
fn host_source(document: &Document, device: Element) -> &'static str {
    let bound = document.find(device, "source[@mode='bind']");
    let free = bound.is_some_and(|source| document.attr(source, "host").is_none());
    if free { "source[@mode='bind']" } else { "source[@mode='connect']" }
}

fn target_address(document: &Document, device: Element, _: &[usize]) -> Option<String> {
    let address = document.get(device, "target/@address")?;
    let port = document.get(device, "target/@port");
    Some(port.map_or(address.to_string(), |port| format!("{address}:{port}")))
}

fn set_target_address(
    document: &mut Document,
    device: Element,
    _: &[usize],
    value: &str,
) -> Result<(), document::Error> {
    set_pair(document, device, ["target/@address", "target/@port"], value)
}

fn host(document: &Document, device: Element, _: &[usize]) -> Option<String> {
    address(document, device, "source")
}

fn set_host(
    document: &mut Document,
    device: Element,
    _: &[usize],
    value: &str,
) -> Result<(), document::Error> {
    let source = host_source(document, device);
    set_address(document, device, source, value)
}

fn bind_host(document: &Document, device: Element, _: &[usize]) -> Option<String> {
    address(document, device, "source[@mode='bind']")
}

fn set_bind_host(
    document: &mut Document,
    device: Element,
    _: &[usize],
    v: &str,
) -> Result<(), document::Error> {
    set_address(document, device, "source[@mode='bind']", v)
}

fn address(document: &Document, device: Element, source: &str) -> Option<String> {
    let host = document.get(device, &format!("{source}/@host"))?;
    let port = document.get(device, &format!("{source}/@service"));
    Some(port.map_or(host.to_string(), |port| format!("{host}:{port}")))
}

/// Sets an address at `source`.
pub(crate) fn set_address(
    document: &mut Document,
    device: Element,
    source: &str,
    value: &str,
) -> Result<(), document::Error> {
    let places = ["host", "service"].map(|attribute| format!("{source}/@{attribute}"));
    set_pair(document, device, [&places[0], &places[1]], value)
}

/// Takes `HOST:PORT` apart; without a host it is this one, without a port that stays as it is.
fn set_pair(
    document: &mut Document,
    device: Element,
    [host_place, port_place]: [&str; 2],
    value: &str,
) -> Result<(), document::Error> {
    if value.is_empty() {
        document.clear(device, host_place)?;
        return document.clear(device, port_place).map(|_| ());
    }
    let (host, port) = value.rsplit_once(':').unwrap_or((value, ""));
    document.set(device, host_place, if host.is_empty() { "127.0.0.1" } else { host })?;
    if !port.is_empty() {
        document.set(device, port_place, port)?;
    }
    Ok(())
}

view!(
    /// A serial port of a domain.
    Serial, SERIAL, {
        /// What is at the host's end.
        kind: "type",
        /// The pseudoterminal while the guest runs, or the file.
        path: "source.path",
        /// The name that libvirt opens it by.
        alias: "alias.name",
    }
);

view!(
    /// A console of a domain.
    Console, CONSOLE, {
        /// What is at the host's end.
        kind: "type",
        /// What the guest sees: `serial`, `virtio`, …
        target: "target.type",
        /// The pseudoterminal while the guest runs, or the file.
        path: "source.path",
        /// The name that libvirt opens it by.
        alias: "alias.name",
    }
);

view!(
    /// A channel between host and guest.
    Channel, CHANNEL, {
        /// What is at the host's end.
        kind: "type",
        /// Its name in the guest.
        target: "target.name",
    }
);
