//! `--xml`: changes to the definition by path, for what no option names.

use crate::property::{Error, Item, Options, TABLE, Table};

/// `--xml`.
pub static XML: Table = Table {
    option: "xml",
    element: ".",
    shorthand: Some(path_alone),
    help: "Change the definition by path, as ./cpu/@mode=host-passthrough",
    ..TABLE
};

/// `./cpu/@mode=custom` is `xpath.set=./cpu/@mode=custom`.
fn path_alone(options: &mut Options) -> Result<(), Error> {
    for item in options.items() {
        if item.name.starts_with(['.', '/', '@']) {
            let value = item.value.take().map_or(String::new(), |value| format!("={value}"));
            *item = Item { value: Some(format!("{}{value}", item.name)), name: "xpath0.set".to_owned() };
        }
    }
    Ok(())
}
