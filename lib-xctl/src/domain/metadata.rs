//! What a guest is called.

use crate::document::{self, Document, Element};
use crate::property::{Form, Property, Special, TABLE, Table, rows};

/// `--metadata`.
pub static METADATA: Table = Table {
    option: "metadata",
    element: "metadata",
    rows: &[ROWS],
    help: "Name, title, description and identity of the guest",
    ..TABLE
};

const OS_NAME: Special = Special { get: os_name, set: set_os_name };
const OS_ID: &str = "metadata/libosinfo:libosinfo/libosinfo:os/@id";

const SYSTEM: Form = Form {
    allowed: "an id of the OS database",
    example: "http://debian.org/debian/11",
    fits: |id| crate::osinfo::Database::load().find(id).is_some_and(|os| os.id == id),
};

const ROWS: &[Property] = rows! {
    "name": Text, commas => "name", "Name";
    "uuid": Text => "uuid", "UUID";
    "title": Text, commas => "title", "Title, one line";
    "description": Text, commas => "description", "Description, any text";
    "genid_enable": Present => "genid", "Whether the guest is told when it was rolled back or copied";
    "genid": Text => "genid", "Id that changes when the guest is rolled back or copied";
    "os_name": Text => via OS_NAME, "Short name of the operating system, as debian12";
    "os_full_id": Form(&SYSTEM) => "metadata/libosinfo:libosinfo/libosinfo:os/@id", "Id of the operating system in the OS database";
};

fn os_name(document: &Document, root: Element, _: &[usize]) -> Option<String> {
    let id = document.get(root, OS_ID)?;
    let known = crate::osinfo::Database::load().find(&id);
    Some(known.map_or_else(|| id.to_string(), |os| os.short_id().to_owned()))
}

/// A name that the database does not have stays as it is: a later one may have it.
fn set_os_name(
    document: &mut Document,
    root: Element,
    _: &[usize],
    name: &str,
) -> Result<(), document::Error> {
    if name.is_empty() {
        return document.clear(root, OS_ID).map(|_| ());
    }
    let id = crate::osinfo::Database::load().find(name).map(|os| os.id.clone());
    document.set(root, OS_ID, id.as_deref().unwrap_or(name)).map(|_| ())
}
