//! Network interfaces.

use super::address::{ADDRESS, VIRTIO};
use super::view;
use crate::property::{Property, TABLE, Table, one_of, text};

/// `--network`.
pub static NETWORK: Table = Table {
    option: "network",
    element: "devices/interface",
    many: true,
    first: &["type"],
    none: true,
    rows: &[ROWS, VIRTIO, ADDRESS],
    help: "A network interface and what it is connected to",
    ..TABLE
};

const ROWS: &[Property] = &[
    one_of(
        "type",
        "@type",
        &["user", "network", "bridge", "direct", "ethernet", "vhostuser", "vdpa", "hostdev"],
        "Kind of connection",
    ),
    text("source.network", "source/@network", "Virtual network").alias(&["network"]),
    text("source.bridge", "source/@bridge", "Bridge of the host").alias(&["bridge"]),
    text("mac.address", "mac/@address", "Hardware address").alias(&["mac"]),
    one_of(
        "model.type",
        "model/@type",
        &["virtio", "e1000e", "e1000", "rtl8139"],
        "Model that the guest sees",
    )
    .alias(&["model"]),
];

view!(
    /// A network interface of a domain.
    Nic, NETWORK
);

impl Nic<'_> {
    /// Its hardware address.
    #[must_use]
    pub fn mac(&self) -> Option<String> {
        self.get("mac.address")
    }

    /// The model that the guest sees.
    #[must_use]
    pub fn model(&self) -> Option<String> {
        self.get("model.type")
    }
}
