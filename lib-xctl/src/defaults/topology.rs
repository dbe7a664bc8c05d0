//! How the virtual CPUs are arranged, where the user said a part of it.

use super::error::Error;
use super::guest::Guest;
use crate::document::Element;

/// Parts that are one each where nothing is said.
const SINGLE: &[&str] = &["dies", "threads"];
/// All parts; their product is the number of CPUs.
const PARTS: &[&str] = &["sockets", "dies", "clusters", "cores", "threads"];

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    let root = guest.document.root();
    let Some(topology) = guest.document.find(root, "cpu/topology") else { return Ok(()) };
    let why = "the topology describes the rest";
    for part in SINGLE {
        guest.fill_in(topology, &format!("@{part}"), "1", why)?;
    }
    let cpus: Option<u32> = guest.get("vcpu").and_then(|cpus| cpus.parse().ok());
    // As many cores in one socket rather than as many sockets: some systems are licensed by socket.
    let (open, other) =
        if has(guest, topology, "cores") { ("sockets", "cores") } else { ("cores", "sockets") };
    guest.fill_in(topology, &format!("@{other}"), "1", why)?;
    if !has(guest, topology, open) {
        let rest = product(guest, topology).unwrap_or(1).max(1);
        let count = cpus.map_or(1, |cpus| (cpus / rest).max(1));
        guest.fill_in(topology, &format!("@{open}"), &count.to_string(), why)?;
    }
    let Some(implied) = product(guest, topology) else { return Ok(()) };
    match cpus {
        Some(cpus) if cpus != implied => Err(Error::Topology { cpus, implied }),
        Some(_) => Ok(()),
        None => guest.fill("vcpu", &implied.to_string(), "the topology describes as many").map(drop),
    }
}

fn has(guest: &Guest<'_, '_>, topology: Element, part: &str) -> bool {
    guest.document.attr(topology, part).is_some_and(|count| !count.is_empty())
}

/// The CPUs that the parts make; nothing where a part is no number, or they are too many to count.
fn product(guest: &Guest<'_, '_>, topology: Element) -> Option<u32> {
    PARTS.iter().try_fold(1_u32, |product, part| {
        let count = guest.document.attr(topology, part).map_or(Some(1), |n| n.parse().ok())?;
        product.checked_mul(count)
    })
}
