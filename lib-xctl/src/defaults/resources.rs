//! Memory and virtual CPUs.

use super::error::Error;
use super::guest::Guest;
use super::topology;

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    let arch = guest.arch();
    // What a container holds runs on the host's processors and memory, like any program of the host.
    let os = guest.context.os.filter(|_| !guest.is_container());
    let comfortable = os.map(|os| os.comfortable(&arch)).unwrap_or_default();
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
    topology::fill(guest)?;
    if let Some(cpus) = comfortable.cpus {
        guest.fill("vcpu", &cpus.to_string(), "{os} runs well with it")?;
    } else {
        guest.fill("vcpu", "1", "nothing is known that asks for more")?;
    }
    Ok(())
}
