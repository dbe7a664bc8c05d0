//! Finding the volumes that a command line names, and saying which one was not found.

use hypervisor::{Connection, Error, Pool, Volume};

use crate::command::Arguments;
use crate::command::object::{By, Object};
use crate::control::Control;
use crate::failure::{Attempted, Failure};

/// The volume that `--vol` names: by name in the pool that `--pool` names, if any, or by key or path.
pub(super) fn volume(control: &mut Control, arguments: &Arguments) -> Result<Volume, Failure> {
    volume_in(control, arguments, "pool")
}

/// The same, but another option names the pool.
pub(super) fn volume_in(
    control: &mut Control,
    arguments: &Arguments,
    option: &str,
) -> Result<Volume, Failure> {
    let name = arguments.required("vol")?;
    let connection = control.connection()?;
    let pool = match arguments.text(option)? {
        Some(pool) => Some(Pool::named(&connection, pool, By::Any)?),
        None => None,
    };
    if let Some(volume) = pool.as_ref().and_then(|pool| pool.volume_by_name(name).ok()) {
        return Ok(volume);
    }
    let volume = by_key_or_path(&connection, name).attempted(|| match pool {
        Some(_) => format!("failed to get vol '{name}'"),
        None => format!("failed to get vol '{name}', specifying --{option} might help"),
    })?;
    match pool {
        Some(pool) if volume.pool()?.name() != pool.name() => Err(Failure::said(format!(
            "Requested volume '{name}' is not in pool '{}'",
            arguments.required(option)?
        ))),
        _ => Ok(volume),
    }
}

/// The volume that `--vol` names by key or path, for commands that take no pool.
pub(super) fn volume_anywhere(control: &mut Control, arguments: &Arguments) -> Result<Volume, Failure> {
    let name = arguments.required("vol")?;
    by_key_or_path(&control.connection()?, name).attempted(|| format!("failed to get vol '{name}'"))
}

/// The volume of that key or at that path.
pub(super) fn by_key_or_path(connection: &Connection, name: &str) -> Result<Volume, Error> {
    connection.volume_by_key(name).or_else(|_| connection.volume_by_path(name))
}
