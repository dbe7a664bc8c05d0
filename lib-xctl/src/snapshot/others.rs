//! Disks of other guests that rest on a guest's files, as linked clones do: whoever writes to such a file, or removes it,
//! destroys those disks without anybody noticing at once.

use hypervisor::flags::{DomainFilter, DomainXml};
use hypervisor::{Connection, Domain};

use super::{Error, file_of};
use crate::cleanup::quoted;
use crate::defaults;
use crate::document::Document;
use crate::domain::{self, Disk};
use crate::path::File;
use crate::storage::layers;

/// A disk of another guest, and the file that it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// That guest.
    pub guest: String,
    /// Whether it runs.
    pub is_active: bool,
    /// Its name for the disk.
    pub target: String,
    /// The disk's image.
    pub image: String,
    /// The file, which may be the disk's image itself.
    pub file: String,
}

impl Other {
    /// Which disk it is.
    #[must_use]
    pub fn said(&self) -> String {
        let Self { guest, target, image, file, .. } = self;
        match image == file {
            true => format!("disk '{target}' of domain '{guest}' is '{file}'"),
            false => format!("disk '{target}' of domain '{guest}', '{image}', rests on '{file}'"),
        }
    }

    /// What opens the way.
    #[must_use]
    pub fn way_out(&self) -> String {
        let (guest, target) = (quoted(&self.guest), quoted(&self.target));
        let detach = format!("`virsh detach-disk {guest} {target} --config`");
        let flattens = match self.is_active {
            _ if self.image == self.file => return format!("{detach} takes it away from that domain"),
            true => format!("`virsh blockpull {guest} {target} --wait`"),
            false => format!("`qemu-img rebase -b '' {}`", quoted(&self.image)),
        };
        format!("{flattens} makes that disk stand by itself, {detach} gives it up")
    }
}

/// The disks of other guests that rest on one of these files.
pub(super) fn resting_on(
    connection: &Connection,
    domain: &Domain,
    files: &[String],
) -> Result<Vec<Other>, Error> {
    let mut found = Vec::new();
    if files.is_empty() {
        return Ok(found);
    }
    let is_local = !defaults::Connection::from_uri(connection.uri()).remote;
    let files: Vec<File> = files.iter().map(|file| File::at(file.as_ref())).collect();
    for other in connection.domains(DomainFilter::NONE)? {
        if other.name() == domain.name() {
            continue;
        }
        let is_active = other.is_active().unwrap_or(false);
        // What a running guest has now, and what it will have at its next start.
        let views = [DomainXml::INACTIVE, DomainXml::NONE];
        for view in views.into_iter().take(if is_active { 2 } else { 1 }) {
            // One that goes away meanwhile rests on nothing any more.
            let Some(document) = other.xml(view).ok().and_then(|xml| Document::parse(&xml).ok()) else {
                continue;
            };
            for element in domain::Domain::new(&document).devices("disk") {
                let layers = layers::of_disk(connection, is_local, &document, element);
                let Some(layer) = layers.iter().find(|layer| files.contains(&File::at(layer))) else {
                    continue;
                };
                found.push(Other {
                    guest: other.name().to_owned(),
                    is_active,
                    target: Disk::new(&document, element).target().unwrap_or_default(),
                    image: layers[0].to_string_lossy().into_owned(),
                    file: layer.to_string_lossy().into_owned(),
                });
            }
        }
    }
    found.dedup();
    Ok(found)
}

/// The files that these disks of a domain are in now.
pub(super) fn now(domain: &Domain, targets: &[String]) -> Vec<String> {
    let document = domain.xml(DomainXml::NONE).ok().and_then(|xml| Document::parse(&xml).ok());
    let Some(document) = document else { return Vec::new() };
    targets.iter().filter_map(|target| file_of(&document, document.root(), target)).collect()
}
