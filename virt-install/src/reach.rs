//! Reaching the hypervisor that `--connect` names.

use std::time::Duration;

use anyhow::Result;
use hypervisor::{Connection, OpenOptions};

/// How long a hypervisor may take to answer before it counts as unreachable.
const LIMIT: Duration = Duration::from_secs(60);

/// Opens the connection; what it asks for is asked on the terminal.
///
/// # Errors
/// It cannot be reached; the error says what to do next.
pub(crate) fn open(uri: Option<&str>) -> Result<Connection> {
    let options = OpenOptions {
        uri: uri.map(str::to_owned),
        time_limit: Some(LIMIT),
        auth: Some(xctl::auth::on_terminal()),
        ..OpenOptions::default()
    };
    Connection::open(&options).map_err(|cause| match xctl::reach::hint(&cause, uri) {
        Some(hint) => anyhow::anyhow!("{cause}\nhint: {hint}"),
        None => cause.into(),
    })
}
