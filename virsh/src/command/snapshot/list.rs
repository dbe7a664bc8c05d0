//! Snapshots in lists, and what is known of one.

use hypervisor::Snapshot;
use hypervisor::flags::SnapshotFilter;
use xctl::document::Document;

use super::chosen;
use crate::command::domain::{By, find};
use crate::command::lineage::{self, Moment};
use crate::command::object::yes;
use crate::command::{Answer, Arguments};
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::output::{Record, field};

pub(super) fn list(control: &mut Control, arguments: &Arguments) -> Outcome {
    let (from, found) = listed(control, arguments)?;
    lineage::print(control, arguments, from, found, Some(state))
}

pub(super) const LIST: Answer = Answer::list(
    &[
        field::text("name", "its name"),
        field::measured("creation_time", "seconds since 1970", "when it was made"),
        field::text("state", "what the domain was doing; disk-snapshot where no memory is kept"),
        field::text("parent", "the one that it came after"),
        field::text("location", "where it is kept: internal or external").aside(),
        field::text("description", "what it is for").aside(),
    ],
    |control, arguments| {
        let (_, found) = listed(control, arguments)?;
        lineage::records(arguments, found, |document, record| {
            record.with("state", state(document)).with("location", location(document))
        })
    },
);

/// The one after which those in the list came, if any, and those that the options ask for.
fn listed(
    control: &mut Control,
    arguments: &Arguments,
) -> Result<(Option<Snapshot>, Vec<Snapshot>), Failure> {
    lineage::check(arguments, true)?;
    let filter = filter(arguments);
    if arguments.has("from") && arguments.has("current") {
        return Err(Failure::said("--from and --current are mutually exclusive"));
    }
    let domain = find(control, arguments, By::ANY)?;
    let from = match arguments.text("from")? {
        Some(name) => Some(domain.snapshot_by_name(name)?),
        None if arguments.has("current") => Some(domain.current_snapshot()?),
        None => None,
    };
    if arguments.has("descendants") && from.is_none() {
        return Err(Failure::said("--descendants requires either --from or --current"));
    }
    let found = match &from {
        Some(from) => from.children(filter)?,
        None => domain.snapshots(filter)?,
    };
    Ok((from, found))
}

fn filter(arguments: &Arguments) -> SnapshotFilter {
    SnapshotFilter(arguments.flags(&[
        ("roots", SnapshotFilter::ROOTS.0),
        ("descendants", SnapshotFilter::DESCENDANTS.0),
        ("leaves", SnapshotFilter::LEAVES.0),
        ("no-leaves", SnapshotFilter::NO_LEAVES.0),
        ("metadata", SnapshotFilter::METADATA.0),
        ("no-metadata", SnapshotFilter::NO_METADATA.0),
        ("inactive", SnapshotFilter::INACTIVE.0),
        ("active", SnapshotFilter::ACTIVE.0),
        ("disk-only", SnapshotFilter::DISK_ONLY.0),
        ("internal", SnapshotFilter::INTERNAL.0),
        ("external", SnapshotFilter::EXTERNAL.0),
        ("topological", SnapshotFilter::TOPOLOGICAL.0),
    ]))
}

fn state(document: &Document) -> String {
    document.get(document.root(), "state").unwrap_or_default().into_owned()
}

/// Where it is kept: beside the disks when it has files of its own, or only stopped what was written to them.
fn location(document: &Document) -> &'static str {
    let external = match document.get(document.root(), "memory/@snapshot").as_deref() {
        Some("external") => true,
        Some("internal") => false,
        _ => {
            state(document) == "disk-snapshot" || {
                let disks = document.child(document.root(), "disks");
                disks.is_some_and(|disks| {
                    document
                        .children_named(disks, "disk")
                        .any(|disk| document.attr(disk, "snapshot").as_deref() == Some("external"))
                })
            }
        }
    };
    if external { "external" } else { "internal" }
}

pub(super) fn info(control: &mut Control, arguments: &Arguments) -> Outcome {
    const WIDTH: usize = 15;
    let domain = find(control, arguments, By::ANY)?;
    let snapshot = chosen(arguments, &domain)?;
    let document = lineage::read(&Moment::xml(&snapshot)?)?;
    let parent = lineage::parent(&snapshot)?;
    let (children, descendants) = snapshot.offspring()?;
    let field = |label, value: &str| control.output.field(WIDTH, label, value);
    field("Name:", snapshot.name());
    field("Domain:", domain.name());
    field("Current:", yes(snapshot.is_current()?));
    field("State:", &state(&document));
    field("Location:", location(&document));
    field("Parent:", parent.as_deref().unwrap_or("-"));
    field("Children:", &children.to_string());
    field("Descendants:", &descendants.to_string());
    field("Metadata:", yes(snapshot.has_metadata()?));
    Ok(())
}

pub(super) const INFO: Answer = Answer::facts(
    &[
        field::text("name", "its name"),
        field::text("domain", "name of the domain"),
        field::boolean("current", "whether the domain was last taken to it or it was made last"),
        field::text("state", "what the domain was doing; disk-snapshot where no memory is kept"),
        field::text("location", "where it is kept: internal or external"),
        field::text("parent", "the one that it came after"),
        field::number("children", "how many came next after it"),
        field::number("descendants", "how many came after it in all"),
        field::boolean("metadata", "whether libvirt knows more about it than disks do"),
        field::measured("creation_time", "seconds since 1970", "when it was made"),
    ],
    |control, arguments| {
        let domain = find(control, arguments, By::ANY)?;
        let snapshot = chosen(arguments, &domain)?;
        let document = lineage::read(&Moment::xml(&snapshot)?)?;
        let (children, descendants) = snapshot.offspring()?;
        Ok(Record::new()
            .with("name", snapshot.name())
            .with("domain", domain.name())
            .with("current", snapshot.is_current()?)
            .with("state", state(&document))
            .with("location", location(&document))
            .with("parent", lineage::parent(&snapshot)?)
            .with("children", children)
            .with("descendants", descendants)
            .with("metadata", snapshot.has_metadata()?)
            .with("creation_time", lineage::seconds(&document)))
    },
);
