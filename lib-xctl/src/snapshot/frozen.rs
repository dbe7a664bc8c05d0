//! Files that stay as they are: an external snapshot is what its disks' files held when others were laid over them, so
//! that whoever writes to them destroys it, and all that was written since, without anybody noticing at once.

use hypervisor::Domain;
use hypervisor::flags::{DomainXml, SnapshotFilter};

use super::{described, file_of, overlaid, then};
use crate::cleanup::quoted;
use crate::document::Document;
use crate::domain::Disk;

/// A file that a snapshot keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    /// The disk that it was in, by the guest's name for it.
    pub target: String,
    /// The file.
    pub file: String,
    /// The snapshot.
    pub snapshot: String,
}

impl Frozen {
    /// What to do, and what not, where the guest was left with this file as its disk.
    #[must_use]
    pub fn way_out(&self, guest: &str, is_active: bool) -> String {
        let Self { target, file, snapshot } = self;
        let (guest, quoted_snapshot) = (quoted(guest), quoted(snapshot));
        let (verb, ends) = match is_active {
            true => ("resume", format!("`virsh destroy {guest}`, then ")),
            false => ("start", String::new()),
        };
        format!(
            "do not {verb} the domain: its disk '{target}' is '{file}' now, which the snapshot '{snapshot}' keeps as it \
             was, and which it would write to; mend what failed, {ends}`virsh rollback {guest} {quoted_snapshot}`"
        )
    }
}

/// All such files of a domain.
pub(super) fn all(domain: &Domain) -> Vec<Frozen> {
    // A driver that cannot tell has no such snapshots, and one that cannot be read is libvirt's to refuse.
    let filter = SnapshotFilter::EXTERNAL | SnapshotFilter::TOPOLOGICAL;
    let snapshots = domain.snapshots(filter).unwrap_or_default();
    snapshots
        .iter()
        .filter_map(|snapshot| Some(kept(snapshot.name(), &described(snapshot).ok()?)))
        .flatten()
        .collect()
}

/// The files that a snapshot keeps.
fn kept(name: &str, described: &Document) -> Vec<Frozen> {
    let Some(then) = then(described) else { return Vec::new() };
    let keeps = |target: String| {
        let file = file_of(described, then, &target)?;
        Some(Frozen { target, file, snapshot: name.to_owned() })
    };
    overlaid(described).into_iter().filter_map(keeps).collect()
}

/// Those files that the guest itself writes to when it runs: an attempt to go back leaves it so if it fails half way.
#[must_use]
pub fn exposed(domain: &Domain) -> Vec<Frozen> {
    let frozen = all(domain);
    let document = domain.xml(DomainXml::NONE).ok().and_then(|xml| Document::parse(&xml).ok());
    document.map(|document| written(&document, frozen)).unwrap_or_default()
}

fn written(guest: &Document, frozen: Vec<Frozen>) -> Vec<Frozen> {
    let paths: Vec<String> =
        Disk::all(guest).filter(|disk| !disk.is_read_only()).filter_map(|disk| disk.path()).collect();
    frozen.into_iter().filter(|frozen| paths.contains(&frozen.file)).collect()
}

/// The snapshots for which one of the files of an internal snapshot has to stay as it is.
pub(super) fn resting_on(described: &Document, frozen: &[Frozen]) -> Vec<String> {
    let (Some(disks), Some(then)) = (described.child(described.root(), "disks"), then(described)) else {
        return Vec::new();
    };
    let files: Vec<String> = described
        .children_named(disks, "disk")
        .filter(|&disk| described.attr(disk, "snapshot").as_deref() == Some("internal"))
        .filter_map(|disk| file_of(described, then, &described.attr(disk, "name")?))
        .collect();
    let resting = frozen.iter().filter(|frozen| files.contains(&frozen.file));
    let mut names: Vec<String> = resting.map(|frozen| frozen.snapshot.clone()).collect();
    // One snapshot's files follow each other.
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(kind: &str) -> Document {
        Document::parse(&format!(
            "<domainsnapshot><disks><disk name='vda' snapshot='{kind}'/><disk name='vdb' snapshot='no'/></disks>\
             <domain><devices><disk><source file='/d/a'/><target dev='vda'/></disk>\
             <disk><source file='/d/b'/><target dev='vdb'/></disk></devices></domain></domainsnapshot>"
        ))
        .unwrap()
    }

    #[test]
    fn an_image_is_rested_on_from_the_external_snapshot_on() {
        let frozen = kept("out", &snapshot("external"));
        assert_eq!(frozen.iter().map(|frozen| &*frozen.file).collect::<Vec<_>>(), ["/d/a"]);
        assert_eq!(resting_on(&snapshot("internal"), &frozen), ["out"]);
        assert_eq!(resting_on(&snapshot("internal"), &[]), [""; 0]);
        assert_eq!(resting_on(&snapshot("external"), &frozen), [""; 0], "those are never written to");
    }

    #[test]
    fn a_guest_that_would_write_to_a_kept_file_is_found() {
        for (file, is_exposed) in [("/d/a", true), ("/d/a.out", false), ("/d/b", false)] {
            let guest = format!(
                "<domain><devices><disk type='file'><source file='{file}'/><target dev='vda'/></disk></devices></domain>"
            );
            let guest = Document::parse(&guest).unwrap();
            assert_eq!(!written(&guest, kept("out", &snapshot("external"))).is_empty(), is_exposed, "{file}");
        }
    }
}
