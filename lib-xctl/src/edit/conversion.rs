//! Conversions: one request that changes many places.

use super::error::Error;
use super::surroundings::Surroundings;
use super::{q35, vnc};
use crate::document::Document;
use crate::domain::CONVERT_TO_Q35;
use crate::property::{Options, Table};

/// Converts a guest as the option says.
pub(super) fn run(
    document: &mut Document,
    table: &'static Table,
    options: &Options,
    around: &Surroundings<'_>,
) -> Result<(), Error> {
    if std::ptr::eq(table, &CONVERT_TO_Q35) {
        let ports = options.get("num_pcie_root_ports").map(ports).transpose()?;
        return q35::convert(document, ports);
    }
    vnc::convert(document, options.is_on("qemu-vdagent") == Some(true), around)
}

/// As many ports as there are places for on the root.
fn ports(text: &str) -> Result<usize, Error> {
    text.parse().ok().filter(|ports| *ports <= q35::MOST_PORTS).ok_or_else(|| {
        Error::Conversion(format!(
            "--convert-to-q35 num_pcie_root_ports={text}: a number from 0 to {} is expected",
            q35::MOST_PORTS
        ))
    })
}
