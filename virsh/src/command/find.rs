//! Finding the objects that a command line names, and saying which one was not found.

use hypervisor::{Connection, Error, Network, Pool, Volume};

use super::Arguments;
use crate::control::Control;
use crate::failure::{Attempted, Failure};

/// How long a UUID is in its usual notation.
const UUID_LENGTH: usize = 36;

/// Whether an object may be named by its UUID, its name, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// By either.
    Any,
    /// Only by its name.
    Name,
    /// Only by its UUID.
    Uuid,
}

/// Looks an object up, by UUID where it may be one, then by name.
fn look_up<T>(
    name: &str,
    by: By,
    by_uuid: impl FnOnce(&str) -> Result<T, Error>,
    by_name: impl FnOnce(&str) -> Result<T, Error>,
) -> Result<T, Option<Error>> {
    let mut refusal = None;
    if by != By::Name && name.len() == UUID_LENGTH {
        match by_uuid(name) {
            Ok(found) => return Ok(found),
            Err(error) => refusal = Some(error),
        }
    }
    match by {
        By::Uuid => Err(refusal),
        By::Any | By::Name => by_name(name).map_err(Some),
    }
}

fn not_found(kind: &str, name: &str, cause: Option<Error>) -> Failure {
    Failure { said: vec![format!("failed to get {kind} '{name}'")], cause: cause.map(Box::new), hint: None }
}

/// The network that `--network` names.
pub(super) fn network(control: &mut Control, arguments: &Arguments, by: By) -> Result<Network, Failure> {
    let name = arguments.required("network")?;
    let connection = control.connection()?;
    look_up(name, by, |uuid| connection.network_by_uuid(uuid), |name| connection.network_by_name(name))
        .map_err(|cause| not_found("network", name, cause))
}

/// The pool that `--pool` names.
pub(super) fn pool(control: &mut Control, arguments: &Arguments, by: By) -> Result<Pool, Failure> {
    pool_named(&control.connection()?, arguments.required("pool")?, by)
}

fn pool_named(connection: &Connection, name: &str, by: By) -> Result<Pool, Failure> {
    look_up(name, by, |uuid| connection.pool_by_uuid(uuid), |name| connection.pool_by_name(name))
        .map_err(|cause| not_found("pool", name, cause))
}

/// The volume that `--vol` names: by name in the pool that `--pool` names, if any, or by key or path.
pub(super) fn volume(control: &mut Control, arguments: &Arguments) -> Result<Volume, Failure> {
    let name = arguments.required("vol")?;
    let connection = control.connection()?;
    let pool = match arguments.text("pool")? {
        Some(pool) => Some(pool_named(&connection, pool, By::Any)?),
        None => None,
    };
    if let Some(volume) = pool.as_ref().and_then(|pool| pool.volume_by_name(name).ok()) {
        return Ok(volume);
    }
    let volume = by_key_or_path(&connection, name).attempted(|| match pool {
        Some(_) => format!("failed to get vol '{name}'"),
        None => format!("failed to get vol '{name}', specifying --pool might help"),
    })?;
    match pool {
        Some(pool) if volume.pool()?.name() != pool.name() => Err(Failure::said(format!(
            "Requested volume '{name}' is not in pool '{}'",
            arguments.required("pool")?
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
