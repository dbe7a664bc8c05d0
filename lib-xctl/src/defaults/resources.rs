//! Memory and virtual CPUs.

use super::error::Error;
use super::guest::Guest;

/// What makes up the number of CPUs that a topology describes.
const TOPOLOGY: &[&str] = &["sockets", "dies", "clusters", "cores", "threads"];

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    let arch = guest.arch();
    let comfortable = guest.context.os.map(|os| os.comfortable(&arch)).unwrap_or_default();
    if let Some(ram) = comfortable.ram {
        guest.fill("memory", &(ram / 1024).to_string(), "{os} runs well with it")?;
    }
    if let (Some(memory), false) = (guest.get("memory"), guest.has("currentMemory")) {
        let unit = guest.get("memory/@unit");
        let root = guest.document.root();
        guest.document.set(root, "currentMemory", &memory)?;
        if let Some(unit) = unit {
            guest.document.set(root, "currentMemory/@unit", &unit)?;
        }
    }
    if let Some(cpus) = from_topology(guest) {
        guest.fill("vcpu", &cpus.to_string(), "the topology describes as many")?;
    } else if let Some(cpus) = comfortable.cpus {
        guest.fill("vcpu", &cpus.to_string(), "{os} runs well with it")?;
    } else {
        guest.fill("vcpu", "1", "nothing is known that asks for more")?;
    }
    Ok(())
}

fn from_topology(guest: &Guest<'_, '_>) -> Option<u32> {
    let root = guest.document.root();
    let topology = guest.document.find(root, "cpu/topology")?;
    TOPOLOGY.iter().try_fold(1_u32, |product, name| {
        let count = guest.document.attr(topology, name).map_or(Some(1), |n| n.parse().ok())?;
        product.checked_mul(count)
    })
}
