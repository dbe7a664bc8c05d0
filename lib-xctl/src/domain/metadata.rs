//! What a guest is called.

use crate::property::{Property, TABLE, Table, rows};

/// `--metadata`.
pub static METADATA: Table = Table {
    option: "metadata",
    element: "metadata",
    rows: &[ROWS],
    help: "Name, title, description and identity of the guest",
    ..TABLE
};

const ROWS: &[Property] = rows! {
    "name": Text => "name", "Name";
    "uuid": Text => "uuid", "UUID";
    "title": Text => "title", "Title, one line";
    "description": Text => "description", "Description, any text";
    "genid_enable": Present => "genid", "Whether the guest is told when it was rolled back or copied";
    "genid": Text => "genid", "Id that changes when the guest is rolled back or copied";
    "os_name": Text, "Short name of the operating system, as debian12";
    "os_full_id": Text => "metadata/libosinfo:libosinfo/libosinfo:os/@id", "Id of the operating system in the OS database";
};
