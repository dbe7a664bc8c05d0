//! Inside the images or in files of their own: what stands against each.

use std::collections::HashMap;
use std::path::Path;

use hypervisor::flags::SnapshotFilter;
use hypervisor::{Connection, Domain};

use crate::document::Document;
use crate::domain::Disk;

/// Where a snapshot's state is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// In the guest's qcow2 images.
    Internal,
    /// In files that are laid over the images.
    External,
}

impl Kind {
    /// In a word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::External => "external",
        }
    }
}

/// The first libvirt that keeps the variables of a UEFI firmware, in qcow2 images, with internal snapshots.
const INTERNAL_WITH_VARIABLES: (u64, u64) = (10, 10);
/// The first libvirt that takes guests back to external snapshots for certain.
const REVERTS_EXTERNAL: (u64, u64) = (9, 10);

fn is_at_least(connection: &Connection, version: (u64, u64)) -> bool {
    // Who does not say its version is asked to do it and says more then.
    connection.daemon_version().map_or(true, |own| (own.major, own.minor) >= version)
}

/// What stands against a snapshot inside the images.
pub(super) fn against_internal(
    connection: &Connection,
    domain: &Domain,
    document: &Document,
    disks: &[Disk<'_>],
) -> Vec<String> {
    let mut why: Vec<String> = disks
        .iter()
        .filter_map(|disk| {
            let format = disk.format().unwrap_or_else(|| "raw".to_owned());
            let target = disk.target().unwrap_or_default();
            if format != "qcow2" {
                Some(format!("disk '{target}' is {format}, which holds no snapshots"))
            } else if disk.is_encrypted() {
                // QEMU 10.0 ends with the guest while it writes the memory; libvirt 11.3 gives qemu-img no key.
                Some(format!("disk '{target}' is encrypted, and QEMU puts no snapshots into such images"))
            } else {
                None
            }
        })
        .collect();
    if has_variables(document) {
        let format = document.get(document.root(), "os/nvram/@format");
        if format.as_deref() != Some("qcow2") {
            why.push("its firmware keeps its variables in a raw image, which holds no snapshots".to_owned());
        } else if !is_at_least(connection, INTERNAL_WITH_VARIABLES) {
            why.push("this host's libvirt keeps no firmware's variables inside images".to_owned());
        }
    }
    // A driver that does not know them has none.
    if domain.has_checkpoints().unwrap_or(false) {
        why.push(
            "its disks keep track of changes for backups, and with that QEMU goes back to nothing inside"
                .to_owned(),
        );
    }
    // A driver that cannot tell has no such snapshots.
    let others = domain.snapshots(SnapshotFilter::EXTERNAL).unwrap_or_default();
    if let Some(other) = others.first() {
        let name = other.name();
        why.push(format!("snapshot '{name}' is external, and files that others rest on stay as they are"));
    }
    why
}

/// What stands against files laid over the images, or against going back to them, which libvirt does with files that it
/// names itself.
pub(super) fn against_external(disks: &[Disk<'_>]) -> Vec<String> {
    let mut why = Vec::new();
    let mut stems: HashMap<String, String> = HashMap::new();
    for disk in disks {
        let target = disk.target().unwrap_or_default();
        if disk.is_encrypted() {
            why.push(format!(
                "disk '{target}' is encrypted, and the files that libvirt lays over it are not"
            ));
        }
        let path = match disk.kind().as_str() {
            "file" => disk.path().unwrap_or_default(),
            "volume" => {
                why.push(format!(
                    "disk '{target}' is given as a volume of a pool, and libvirt finds no way back to those \
                     (`virt-xml DOMAIN --edit target={target} --disk path=FILE` names its file)"
                ));
                continue;
            }
            "block" => {
                why.push(format!("disk '{target}' is a block device, over which libvirt lays no file"));
                continue;
            }
            other => {
                why.push(format!("disk '{target}' is of type '{other}', over which libvirt lays no file"));
                continue;
            }
        };
        if let Some(other) = stems.insert(stem(&path).to_owned(), target.clone()) {
            why.push(format!(
                "the files of disks '{other}' and '{target}' differ only in what follows the last dot, which \
                 libvirt replaces (rename one of them)"
            ));
        }
    }
    why
}

/// What is to be known before an external snapshot is made.
pub(super) fn about_external(connection: &Connection, document: &Document) -> Vec<String> {
    let mut about = Vec::new();
    if !is_at_least(connection, REVERTS_EXTERNAL) {
        let (major, minor) = REVERTS_EXTERNAL;
        about.push(format!(
            "This host's libvirt may not go back to external snapshots: {major}.{minor} and newer do"
        ));
    }
    if has_variables(document) {
        about.push("The variables of the firmware are not kept: they are on no disk".to_owned());
    }
    about
}

/// Whether the firmware keeps variables in an image of its own.
fn has_variables(document: &Document) -> bool {
    let get = |place| document.get(document.root(), place);
    get("os/@firmware").as_deref() == Some("efi") || get("os/loader/@type").as_deref() == Some("pflash")
}

/// A path without what follows the last dot of its name, as libvirt has it where it makes names of files.
pub(super) fn stem(path: &str) -> &str {
    let name = Path::new(path).file_name().map_or(0, |name| name.len());
    let start = path.len() - name;
    path.rfind('.').filter(|&dot| dot >= start).map_or(path, |dot| &path[..dot])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_dot_of_a_name_counts() {
        for (path, expected) in
            [("/a.b/c", "/a.b/c"), ("/a.b/c.raw", "/a.b/c"), ("/a/c.one.qcow2", "/a/c.one"), ("/a/.x", "/a/")]
        {
            assert_eq!(stem(path), expected);
        }
    }

    #[test]
    fn disks_that_libvirt_cannot_take_back_are_told() {
        let document = Document::parse(
            "<domain><devices>\
             <disk type='file'><source file='/d/a.raw'/><target dev='vda'/></disk>\
             <disk type='file'><source file='/d/a.qcow2'/><target dev='vdb'/></disk>\
             <disk type='block'><source dev='/dev/x'/><target dev='vdc'/></disk>\
             <disk type='volume'><source pool='p' volume='v'/><target dev='vdd'/></disk>\
             <disk type='file'><source file='/e/a.qcow2'><encryption format='luks'/></source>\
             <target dev='vde'/></disk></devices></domain>",
        )
        .unwrap();
        let disks: Vec<_> = Disk::all(&document).collect();
        let why = against_external(&disks);
        assert_eq!(why.len(), 4, "{why:#?}");
        for (why, expected) in why.iter().zip([
            "'vda' and 'vdb'",
            "'vdc' is a block device",
            "'vdd' is given",
            "'vde' is encrypted",
        ]) {
            assert!(why.contains(expected), "{why}");
        }
    }
}
