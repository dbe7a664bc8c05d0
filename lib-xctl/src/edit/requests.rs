//! Suboptions of edits that are kept nowhere by their own name: they tell what to find out and to set.

use std::path::Path;

use hypervisor::Connection;

use super::addition;
use super::error::Error;
use super::surroundings::Surroundings;
use super::vnc;
use crate::capabilities::Wanted;
use crate::defaults;
use crate::document::{Document, Element};
use crate::domain::{self, DISK, Disk, Domain, GRAPHICS, is_network_disk};
use crate::install::{Checks, disks};
use crate::osinfo::{Database, Wish};
use crate::property::{Options, Table};
use crate::storage::{self, Creation, Source};

/// Where a definition says which system the guest holds.
const SYSTEM: &str = "metadata/libosinfo:libosinfo/libosinfo:os/@id";

/// Suboptions of `--disk` by which storage is found or made.
const STORAGE: &[&str] = &["vol", "pool", "size", "backing_store"];

/// Machines by the family of their versions, where the host cannot be asked.
const MACHINES: &[(&str, &str)] = &[("pc-q35", "q35"), ("pc-i440fx", "pc")];

/// Does what the options ask for beside what they set. Returns disks that have to be created.
pub(super) fn fulfil(
    document: &mut Document,
    table: &'static Table,
    element: Element,
    options: &Options,
    text: &str,
    around: &Surroundings<'_>,
) -> Result<Vec<Creation>, Error> {
    match table.option {
        "disk" => return disk(document, element, options, text, around),
        "graphics" => {
            port(document, element, options)?;
            match options.get("type") {
                // A file may be for another host than this.
                Some("spice") if around.is_known() => {
                    defaults::spice(document, &around.offers(document)?.context())?;
                }
                Some(_) => vnc::remove_lost_ends(document),
                None => {}
            }
        }
        "metadata" => {
            if let Some(name) = options.get("os_name") {
                set_system(document, name)?;
            }
        }
        "cpu" if domain::names_host_cpu(options) => {
            let offers = around.offers(document)?.with(|facts| facts.host_cpu = true);
            defaults::cpu(document, &offers.context())?;
        }
        "boot" => {
            if options.is_on("uefi") == Some(true) {
                let offers = around.offers(document)?.with(|facts| facts.uefi = true);
                let root = document.root();
                if document.get(root, "os/@firmware").is_some_and(|firmware| firmware != "efi") {
                    document.clear(root, "os/@firmware")?;
                }
                defaults::firmware(document, &offers.context())?;
            }
            if options.is_on("refresh-machine-type") == Some(true) {
                refresh_machine(document, around)?;
            }
        }
        _ => {}
    }
    Ok(Vec::new())
}

/// Says in the definition which system the guest holds. An empty name takes that away.
pub(super) fn set_system(document: &mut Document, name: &str) -> Result<(), Error> {
    let root = document.root();
    if name.is_empty() {
        document.clear(root, SYSTEM)?;
        return Ok(());
    }
    if let Some(os) = Wish::parse(name)?.named(&Database::load())? {
        document.set(root, SYSTEM, &os.id)?;
    }
    Ok(())
}

/// Finds or plans what a disk shall be stored in.
fn disk(
    document: &mut Document,
    element: Element,
    options: &Options,
    text: &str,
    around: &Surroundings<'_>,
) -> Result<Vec<Creation>, Error> {
    let path = options.get("path").filter(|path| !path.is_empty() && !is_network_disk(path));
    let is_made = STORAGE.iter().any(|name| options.has(name));
    if !is_made && path.is_none() {
        return Ok(Vec::new());
    }
    if !is_made && !around.is_known() {
        // The definition may be for another host than this.
        if let Some(path) = path.filter(|path| path.starts_with('/') && !Path::new(path).exists()) {
            around.progress.warn(&format!("'{path}' does not exist here"));
        }
        return Ok(Vec::new());
    }
    let view = Disk::new(document, element);
    let names_storage = path.is_some() || ["vol", "pool"].iter().any(|name| options.has(name));
    if let Some(medium) = view.path().filter(|_| !names_storage && view.volume().is_none()) {
        return Err(Error::HasMedium { target: view.target().unwrap_or_default(), medium });
    }
    let connection = around.connection()?;
    // Who shares a disk between guests says so by naming it; it is only told.
    let checks = Checks { path_in_use: false, ..Checks::default() };
    let found = disks::find_again(document, connection, checks, element, options);
    let Some(found) = found.map_err(|source| Error::Disk { text: text.to_owned(), source })? else {
        return Ok(Vec::new());
    };
    store_in(document, element, &found, options, connection)?;
    addition::warn_if_used(document, element, around)?;
    Ok(found.creation.into_iter().collect())
}

/// Writes what was found, and nothing that is said already.
fn store_in(
    document: &mut Document,
    disk: Element,
    found: &storage::Disk,
    options: &Options,
    connection: &Connection,
) -> Result<(), Error> {
    let path = match &found.source {
        Source::File(path) => Some(("file", path)),
        Source::Block(path) => Some(("block", path)),
        Source::Empty | Source::Volume { .. } | Source::Network(_) => None,
    };
    let Some((kind, path)) = path else {
        return Ok(disks::write(document, disk, found, connection)?);
    };
    DISK.set(document, disk, "type", kind)?;
    DISK.set(document, disk, "path", &path.to_string_lossy())?;
    // Without a word about the format, libvirt takes it for raw.
    let is_said = options.has("driver.type");
    let is_needed = |format: &str| format != "raw" || document.get(disk, "driver/@type").is_some();
    if let Some(format) = found.format.as_deref().filter(|format| !is_said && is_needed(format)) {
        document.set(disk, "driver/@type", format)?;
    }
    Ok(())
}

/// A port that is chosen is not libvirt's to choose.
fn port(document: &mut Document, console: Element, options: &Options) -> Result<(), Error> {
    let is_chosen = |name: &str| options.get(name).is_some_and(|port| !port.is_empty() && port != "-1");
    if (is_chosen("port") || is_chosen("tlsPort")) && !options.has("autoport") {
        GRAPHICS.clear(document, console, "autoport")?;
    }
    Ok(())
}

/// Goes to the newest version of the guest's machine: the name without a version, which libvirt makes that of it.
fn refresh_machine(document: &mut Document, around: &Surroundings<'_>) -> Result<(), Error> {
    let view = Domain::new(document);
    let Some(machine) = view.machine() else { return Ok(()) };
    let (os_type, arch, virt_type) = (view.os_type(), view.arch(), view.virt_type());
    let host = around.host()?;
    let choice = host.choose(Wanted {
        os_type: os_type.as_deref(),
        arch: arch.as_deref(),
        virt_type: virt_type.as_deref(),
        machine: None,
    });
    let family = family(&machine).to_owned();
    let named = choice.and_then(|choice| {
        let is_newest = |canonical: &String| self::family(canonical) == family;
        let machines = choice.machines();
        machines.iter().find(|m| m.canonical.as_ref().is_some_and(is_newest)).map(|m| m.name.clone())
    });
    let known = || MACHINES.iter().find(|(name, _)| *name == family).map(|(_, short)| (*short).to_owned());
    let newest = named.or_else(known).unwrap_or(family);
    let root = document.root();
    document.set(root, "os/type/@machine", &newest)?;
    Ok(())
}

/// The machine's name without its version: `pc-q35` of `pc-q35-7.2` and of `pc-q35-rhel9.2.0`.
fn family(machine: &str) -> &str {
    match machine.rsplit_once('-') {
        Some((family, version))
            if version.ends_with(|c: char| c.is_ascii_digit()) && version.contains('.') =>
        {
            family
        }
        _ => machine,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_end_names_of_machines() {
        for (machine, name) in [
            ("pc-q35-7.2", "pc-q35"),
            ("pc-q35-rhel9.2.0", "pc-q35"),
            ("pc-i440fx-10.0", "pc-i440fx"),
            ("virt-8.1", "virt"),
            ("s390-ccw-virtio-7.2", "s390-ccw-virtio"),
            ("s390-ccw-virtio", "s390-ccw-virtio"),
            ("q35", "q35"),
            ("raspi3b", "raspi3b"),
        ] {
            assert_eq!(family(machine), name);
        }
    }
}
