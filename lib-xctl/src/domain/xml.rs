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

/// `./cpu/@mode=custom` is `xpath.set=./cpu/@mode=custom`, but as it is: quotes and backslashes are the path's or the
/// value's.
fn path_alone(options: &mut Options) -> Result<(), Error> {
    let number =
        options.raw().strip_prefix("xpath").map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    if options.is_empty() || number.is_some_and(|rest| rest.starts_with('.')) {
        return Ok(());
    }
    let all = Item { name: "xpath0.set".to_owned(), value: Some(options.raw().to_owned()) };
    *options.items() = vec![all];
    Ok(())
}
