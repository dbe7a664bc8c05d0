//! Conversions of a guest that is there: what can be said about them. [`crate::edit`] makes them.

use crate::property::{Property, TABLE, Table, rows};

/// `--convert-to-q35`.
pub static CONVERT_TO_Q35: Table = Table {
    option: "convert-to-q35",
    rows: &[Q35_ROWS],
    help: "Turn a guest with the machine pc, which has PCI and IDE, into one with Q35, which has PCI Express and SATA",
    ..TABLE
};

const Q35_ROWS: &[Property] = rows! {
    "num_pcie_root_ports": Integer, "How many ports for PCI Express devices it gets, 14 if nothing is said";
};

/// `--convert-to-vnc`.
pub static CONVERT_TO_VNC: Table = Table {
    option: "convert-to-vnc",
    rows: &[VNC_ROWS],
    help: "Give a guest one VNC console instead of SPICE and all others",
    ..TABLE
};

const VNC_ROWS: &[Property] = rows! {
    "qemu-vdagent": OnOff, "Whether it gets the agent by which VNC shares the clipboard";
};
