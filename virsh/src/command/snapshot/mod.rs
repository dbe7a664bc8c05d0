//! Commands about snapshots of domains.

mod create;
mod list;

use hypervisor::flags::{SnapshotCreateFlags, SnapshotDeleteFlags, SnapshotRevertFlags, SnapshotXml};
use hypervisor::{Domain, Error, Snapshot};

use super::domain::{By, find};
use super::option::{Opt, VALIDATE, WRAP, XPATH, domain, flag, rest, text};
use super::{Answer, Arguments, Command, Values, answer, edit, lineage, xml};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::{Record, field};

/// The snapshot that a command works on, where `--current` may take its place.
const SNAPSHOT: Opt = text("snapshotname", "the snapshot's name").positional().values(Values::Snapshot);
const SECURE: Opt = flag("security-info", "with passwords");
const NO_METADATA: Opt = flag("no-metadata", "make it, but let libvirt know nothing of it");
const HALT: Opt = flag("halt", "stop the domain afterwards");
const DISK_ONLY: Opt = flag("disk-only", "keep disks, but no memory");
const REUSE: Opt = flag("reuse-external", "write to files that are there already");
const QUIESCE: Opt = flag("quiesce", "let the guest's agent hold its file systems still");
const ATOMIC: Opt = flag("atomic", "all disks or none");
const LIVE: Opt = flag("live", "let the domain run on meanwhile");

pub(super) const COMMANDS: &[Command] = &[
    Command::new(
        "snapshot-create",
        "make a snapshot that XML describes",
        "Makes a snapshot of a domain's disks and memory; without XML libvirt chooses everything.",
        &[
            domain(Values::Domain),
            text("xmlfile", "file with the snapshot's XML").positional().values(Values::File),
            flag("redefine", "make nothing: tell libvirt of a snapshot that there is"),
            flag("current", "with --redefine: it becomes the current one"),
            NO_METADATA,
            HALT,
            DISK_ONLY,
            REUSE,
            QUIESCE,
            ATOMIC,
            LIVE,
            VALIDATE,
        ],
        create::from_file,
    )
    .acts(),
    Command::new(
        "snapshot-create-as",
        "make a snapshot that options describe",
        "Makes a snapshot of a domain's disks and memory.",
        &[
            domain(Values::Domain),
            text("name", "its name").tolerated(),
            text("description", "what it is for").tolerated(),
            flag("print-xml", "print its XML, and make nothing"),
            NO_METADATA,
            HALT,
            DISK_ONLY,
            REUSE,
            QUIESCE,
            ATOMIC,
            LIVE,
            VALIDATE,
            text("memspec", "where memory is kept: [file=]NAME[,snapshot=KIND]").alone(),
            rest("diskspec", "a disk: DISK[,snapshot=KIND][,driver=FORMAT][,stype=KIND][,file=NAME]")
                .tolerated(),
        ],
        create::described,
    )
    .acts(),
    Command::new(
        "snapshot-current",
        "print the current snapshot, or choose another",
        "Prints the XML of the snapshot that the domain was last taken to or made from; or\n\
         makes another one that, without touching the domain.",
        &[
            domain(Values::Domain),
            flag("name", "print only its name"),
            SECURE,
            text("snapshotname", "the snapshot that becomes the current one")
                .positional()
                .values(Values::Snapshot),
        ],
        current,
    )
    .acts()
    .answers(&CURRENT),
    Command::new(
        "snapshot-delete",
        "delete a snapshot",
        "Deletes a snapshot; what was written after it stays.",
        &[
            domain(Values::Domain),
            SNAPSHOT,
            flag("current", "the current one"),
            flag("children", "and all that came after it"),
            flag("children-only", "only what came after it"),
            flag("metadata", "let libvirt forget it, and keep what it holds"),
        ],
        delete,
    )
    .destroys(),
    Command::new(
        "snapshot-dumpxml",
        "print a snapshot's XML",
        "Prints the snapshot's XML as libvirt has it.",
        &[
            domain(Values::Domain),
            text("snapshotname", "the snapshot's name").required().values(Values::Snapshot),
            SECURE,
            XPATH,
            WRAP,
        ],
        dumpxml,
    )
    .answers(&answer::XML),
    Command::new(
        "snapshot-edit",
        "edit a snapshot's XML",
        "Edits what libvirt keeps about the snapshot in $VISUAL or $EDITOR.",
        &[
            domain(Values::Domain),
            SNAPSHOT,
            flag("current", "the current one; or the one that becomes it"),
            flag("rename", "it may get another name"),
            flag("clone", "with another name it is a second one"),
        ],
        edit::snapshot,
    )
    .acts()
    .alone(),
    Command::new(
        "snapshot-info",
        "print the main facts about a snapshot",
        "Prints where the snapshot is kept and how it is related to others.",
        &[domain(Values::Domain), SNAPSHOT, flag("current", "the current one")],
        list::info,
    )
    .answers(&list::INFO),
    Command::new(
        "snapshot-list",
        "list a domain's snapshots",
        "Lists a domain's snapshots by name.",
        &[
            domain(Values::Domain),
            flag("parent", "with the one that each came after"),
            flag("roots", "those that came after none"),
            flag("leaves", "those after which none came"),
            flag("no-leaves", "those after which others came"),
            flag("metadata", "those that libvirt knows more about than disks do"),
            flag("no-metadata", "the others"),
            flag("inactive", "those of the domain when it was off"),
            flag("active", "those of the whole running domain"),
            flag("disk-only", "those of disks alone"),
            flag("internal", "those inside the domain's disks"),
            flag("external", "those in files of their own"),
            flag("tree", "draw a tree"),
            text("from", "those that came after this one").tolerated().values(Values::Snapshot),
            flag("current", "those that came after the current one"),
            flag("descendants", "with --from or --current: not only the next ones"),
            flag("name", "print names"),
            flag("topological", "in an order in which none comes before its parent"),
        ],
        list::list,
    )
    .answers(&list::LIST),
    Command::new(
        "snapshot-parent",
        "print the snapshot that another came after",
        "Prints its name; one that came after none is an error.",
        &[domain(Values::Domain), SNAPSHOT, flag("current", "of the current one")],
        parent,
    )
    .answers(&answer::NAME),
    Command::new(
        "snapshot-revert",
        "take a domain back to a snapshot",
        "Takes a domain's disks, and memory if it was kept, back to a snapshot. What came\n\
         after it is lost unless another snapshot holds it.",
        &[
            domain(Values::Domain),
            SNAPSHOT,
            flag("current", "the current one"),
            flag("running", "let the domain run afterwards"),
            flag("paused", "leave the domain paused afterwards"),
            flag("force", "even where the domain may not be as it was"),
            flag("reset-nvram", "start with fresh firmware variables"),
        ],
        revert,
    )
    .destroys(),
];

/// The bits of those options that say how a snapshot is made.
fn create_flags(arguments: &Arguments) -> u32 {
    arguments.flags(&[
        ("no-metadata", SnapshotCreateFlags::NO_METADATA.0),
        ("halt", SnapshotCreateFlags::HALT.0),
        ("disk-only", SnapshotCreateFlags::DISK_ONLY.0),
        ("reuse-external", SnapshotCreateFlags::REUSE_EXT.0),
        ("quiesce", SnapshotCreateFlags::QUIESCE.0),
        ("atomic", SnapshotCreateFlags::ATOMIC.0),
        ("live", SnapshotCreateFlags::LIVE.0),
        ("validate", SnapshotCreateFlags::VALIDATE.0),
    ])
}

fn xml_flags(arguments: &Arguments) -> SnapshotXml {
    SnapshotXml(arguments.flags(&[("security-info", SnapshotXml::SECURE.0)]))
}

/// The snapshot that `--snapshotname` or `--current` names, one of which is needed.
pub(super) fn chosen(arguments: &Arguments, domain: &Domain) -> Result<Snapshot, Failure> {
    let name = arguments.text("snapshotname")?;
    match (name, arguments.has("current")) {
        (Some(_), true) => Err(Failure::said("--snapshotname and --current are mutually exclusive")),
        (None, false) => Err(Failure::said("--snapshotname or --current is required")),
        (Some(name), false) => Ok(domain.snapshot_by_name(name)?),
        (None, true) => Ok(domain.current_snapshot()?),
    }
}

/// The current snapshot.
fn current_of(domain: &Domain) -> Result<Snapshot, Failure> {
    domain.current_snapshot().map_err(|error| match error.code.is_missing() {
        true => Failure::said(format!("domain '{}' has no current snapshot", domain.name())),
        false => error.into(),
    })
}

const CURRENT: Answer =
    Answer::facts(&[field::text("name", "its name"), field::text("xml", "its XML")], |control, arguments| {
        let snapshot = current_of(&find(control, arguments, By::ANY)?)?;
        let xml = snapshot.xml(xml_flags(arguments))?;
        Ok(Record::new().with("name", snapshot.name()).with("xml", xml.trim_end()))
    })
    .unless(&["snapshotname"]);

fn current(control: &mut Control, arguments: &Arguments) -> Outcome {
    arguments.exclusive("name", "snapshotname")?;
    let domain = find(control, arguments, By::ANY)?;
    if let Some(name) = arguments.text("snapshotname")? {
        let xml = domain.snapshot_by_name(name)?.xml(SnapshotXml::SECURE)?;
        domain.create_snapshot(&xml, SnapshotCreateFlags::REDEFINE | SnapshotCreateFlags::CURRENT)?;
        control.output.last_remark(format_args!("Snapshot {name} set as current"));
        return Ok(());
    }
    let snapshot = current_of(&domain)?;
    if arguments.has("name") {
        control.output.print(snapshot.name());
    } else {
        control.output.print(snapshot.xml(xml_flags(arguments))?);
    }
    Ok(())
}

fn dumpxml(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let snapshot = domain.snapshot_by_name(arguments.required("snapshotname")?)?;
    xml::print(control, arguments, &snapshot.xml(xml_flags(arguments))?)
}

fn parent(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    lineage::print_parent(control, "snapshot", &chosen(arguments, &domain)?)
}

/// Does something to the snapshot and says so.
fn act(
    control: &mut Control,
    arguments: &Arguments,
    verb: &str,
    done: &str,
    act: impl FnOnce(&Snapshot) -> Result<(), Error>,
) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let snapshot = chosen(arguments, &domain)?;
    act(&snapshot).attempted(|| format!("Failed to {verb} snapshot {}", snapshot.name()))?;
    control.output.remark(format_args!("Domain snapshot {} {done}", snapshot.name()));
    Ok(())
}

fn revert(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = SnapshotRevertFlags(arguments.flags(&[
        ("running", SnapshotRevertFlags::RUNNING.0),
        ("paused", SnapshotRevertFlags::PAUSED.0),
        ("force", SnapshotRevertFlags::FORCE.0),
        ("reset-nvram", SnapshotRevertFlags::RESET_NVRAM.0),
    ]));
    act(control, arguments, "revert", "reverted", |snapshot| snapshot.revert(flags))
}

fn delete(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = SnapshotDeleteFlags(arguments.flags(&[
        ("children", SnapshotDeleteFlags::CHILDREN.0),
        ("children-only", SnapshotDeleteFlags::CHILDREN_ONLY.0),
        ("metadata", SnapshotDeleteFlags::METADATA_ONLY.0),
    ]));
    let done = if arguments.has("children-only") { "children deleted" } else { "deleted" };
    act(control, arguments, "delete", done, |snapshot| snapshot.delete(flags))
}
