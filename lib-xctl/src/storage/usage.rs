//! Which guest uses which image: two guests that write to one disk destroy it.

use std::path::{Path, PathBuf};

use hypervisor::Connection;
use hypervisor::flags::{DomainFilter, DomainXml};

use crate::document::{Document, Element};
use crate::path::File;

/// The disks of all guests of a connection.
#[derive(Debug, Clone, Default)]
pub struct Usage {
    disks: Vec<UsedDisk>,
}

#[derive(Debug, Clone)]
struct UsedDisk {
    guest: String,
    running: bool,
    /// Its file or device, or `POOL/VOLUME`.
    source: PathBuf,
    /// What that is, whatever links lead to it.
    file: File,
    /// Others may have it too: it is marked shareable, or nobody writes to it.
    shared: bool,
}

impl Usage {
    /// Looks at every guest's definition.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn of(connection: &Connection) -> Result<Usage, hypervisor::Error> {
        let mut disks = Vec::new();
        for domain in connection.domains(DomainFilter::NONE)? {
            let running = domain.is_active().unwrap_or(false);
            // What a running guest has now, and what it will have at its next start.
            let views = [(DomainXml::NONE, running), (DomainXml::INACTIVE, false)];
            for (view, running) in views.into_iter().take(if running { 2 } else { 1 }) {
                // One that goes away meanwhile uses nothing any more.
                let Ok(xml) = domain.xml(view) else { continue };
                let Ok(definition) = Document::parse(&xml) else { continue };
                add_disks(&definition, running, &mut disks);
            }
        }
        Ok(Usage { disks })
    }

    /// The guests that have `source` for themselves; a guest that shares is no obstacle to one that shares as well.
    #[must_use]
    pub fn guests_with(&self, source: &Path, sharing: bool) -> Vec<&str> {
        let file = File::at(source);
        let mut guests: Vec<&str> = self
            .disks
            .iter()
            .filter(|disk| disk.file == file && !(sharing && disk.shared))
            .map(|disk| disk.guest.as_str())
            .collect();
        guests.dedup();
        guests
    }

    /// The running guests that have `source` for themselves, as for [`Usage::guests_with`].
    pub(crate) fn running_with(&self, source: &Path, sharing: bool) -> impl Iterator<Item = &str> {
        let file = File::at(source);
        self.disks
            .iter()
            .filter(move |disk| disk.running && disk.file == file && !(sharing && disk.shared))
            .map(|disk| disk.guest.as_str())
    }

    /// The files and devices of all guests.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &Path> {
        self.disks.iter().map(|disk| disk.source.as_path())
    }

    /// Whether a guest runs with this file.
    #[must_use]
    pub(crate) fn is_used_by_a_running_guest(&self, path: &str) -> bool {
        let file = File::at(Path::new(path));
        self.disks.iter().any(|disk| disk.running && disk.file == file)
    }
}

fn add_disks(definition: &Document, running: bool, disks: &mut Vec<UsedDisk>) {
    let root = definition.root();
    let guest = definition.get(root, "name").unwrap_or_default().into_owned();
    let Some(devices) = definition.child(root, "devices") else { return };
    for disk in definition.children_named(devices, "disk") {
        let shared = definition.child(disk, "shareable").is_some()
            || definition.child(disk, "readonly").is_some()
            || definition.attr(disk, "device").is_some_and(|device| device == "cdrom");
        if let Some(source) = source(definition, disk) {
            let file = File::at(&source);
            disks.push(UsedDisk { guest: guest.clone(), running, source, file, shared });
        }
    }
}

fn source(definition: &Document, disk: Element) -> Option<PathBuf> {
    let source = definition.child(disk, "source")?;
    if let Some(path) = definition.attr(source, "file").or_else(|| definition.attr(source, "dev")) {
        return Some(resolved(Path::new(&*path)));
    }
    let (pool, volume) = (definition.attr(source, "pool")?, definition.attr(source, "volume")?);
    Some(PathBuf::from(format!("{pool}/{volume}")))
}

/// The same file has the same name, whatever links lead to it.
fn resolved(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_of_another_guest_is_in_use_unless_both_share_it() {
        let definition = Document::parse(
            "<domain><name>web</name><devices>\
             <disk device='disk'><source file='/a.img'/></disk>\
             <disk device='disk'><source dev='/dev/vg/b'/><shareable/></disk>\
             <disk device='cdrom'><source file='/c.iso'/></disk>\
             <disk type='volume'><source pool='p' volume='v'/></disk>\
             <disk device='cdrom'/>\
             </devices></domain>",
        )
        .unwrap();
        let mut usage = Usage::default();
        add_disks(&definition, true, &mut usage.disks);
        let guests = |path: &str, sharing| usage.guests_with(Path::new(path), sharing);
        assert_eq!(guests("/a.img", false), ["web"]);
        assert_eq!(guests("/a.img", true), ["web"]);
        assert_eq!(guests("/dev/vg/b", false), ["web"]);
        assert!(guests("/dev/vg/b", true).is_empty());
        assert!(guests("/c.iso", true).is_empty());
        assert_eq!(guests("p/v", false), ["web"]);
        assert!(guests("/other", false).is_empty());
    }

    #[test]
    fn a_link_does_not_hide_a_disk() {
        let directory = tempfile::tempdir().unwrap();
        let image = directory.path().join("image");
        let link = directory.path().join("link");
        std::fs::write(&image, "").unwrap();
        std::os::unix::fs::symlink(&image, &link).unwrap();
        let xml = format!(
            "<domain><name>web</name><devices><disk><source file='{}'/></disk></devices></domain>",
            link.display()
        );
        let mut usage = Usage::default();
        add_disks(&Document::parse(&xml).unwrap(), false, &mut usage.disks);
        assert_eq!(usage.guests_with(&image, false), ["web"]);
        assert!(!usage.is_used_by_a_running_guest(image.to_str().unwrap()));
    }
}
