//! Commands about checkpoints: moments since which a domain's disks keep track of what changes.

use hypervisor::flags::{CheckpointCreateFlags, CheckpointDeleteFlags, CheckpointFilter, CheckpointXml};
use hypervisor::{Checkpoint, Domain};

use super::domain::{By, find};
use super::lineage::{self, Moment};
use super::option::{Opt, WRAP, XPATH, domain, flag, rest, text};
use super::spec::Draft;
use super::{Answer, Arguments, Command, Values, answer, edit, file, xml};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::{Record, field};

const CHECKPOINT: Opt = text("checkpointname", "the checkpoint's name").required().values(Values::Checkpoint);
const QUIESCE: Opt = flag("quiesce", "let the guest's agent hold its file systems still");

pub(super) const COMMANDS: &[Command] = &[
    Command::new(
        "checkpoint-create",
        "make a checkpoint that XML describes",
        "Makes a checkpoint, since which a later backup can hold only what changed.",
        &[
            domain(Values::Domain),
            text("xmlfile", "file with the checkpoint's XML").positional().values(Values::File),
            flag("redefine", "make nothing: tell libvirt of a checkpoint that there is"),
            flag("redefine-validate", "with --redefine: see whether the disks know it"),
            QUIESCE,
        ],
        from_file,
    )
    .acts(),
    Command::new(
        "checkpoint-create-as",
        "make a checkpoint that options describe",
        "Makes a checkpoint, since which a later backup can hold only what changed.",
        &[
            domain(Values::Domain),
            text("name", "its name").tolerated(),
            text("description", "what it is for").tolerated(),
            flag("print-xml", "print its XML, and make nothing"),
            QUIESCE,
            rest("diskspec", "a disk: DISK[,checkpoint=KIND][,bitmap=NAME]").tolerated(),
        ],
        described,
    )
    .acts(),
    Command::new(
        "checkpoint-delete",
        "delete a checkpoint",
        "Deletes a checkpoint; what changed since then counts for the one before it.",
        &[
            domain(Values::Domain),
            CHECKPOINT,
            flag("children", "and all that came after it"),
            flag("children-only", "only what came after it"),
            flag("metadata", "let libvirt forget it, and leave the disks as they are"),
        ],
        delete,
    )
    .destroys(),
    Command::new(
        "checkpoint-dumpxml",
        "print a checkpoint's XML",
        "Prints the checkpoint's XML as libvirt has it.",
        &[
            domain(Values::Domain),
            CHECKPOINT,
            flag("security-info", "with passwords"),
            flag("no-domain", "without the domain as it was"),
            flag("size", "with how much a backup would hold"),
            XPATH,
            WRAP,
        ],
        dumpxml,
    )
    .answers(&answer::XML),
    Command::new(
        "checkpoint-edit",
        "edit a checkpoint's XML",
        "Edits what libvirt keeps about the checkpoint in $VISUAL or $EDITOR.",
        &[domain(Values::Domain), CHECKPOINT],
        edit::checkpoint,
    )
    .acts()
    .alone(),
    Command::new(
        "checkpoint-info",
        "print the main facts about a checkpoint",
        "Prints how the checkpoint is related to others.",
        &[domain(Values::Domain), CHECKPOINT],
        info,
    )
    .answers(&INFO),
    Command::new(
        "checkpoint-list",
        "list a domain's checkpoints",
        "Lists a domain's checkpoints by name.",
        &[
            domain(Values::Domain),
            flag("parent", "with the one that each came after"),
            flag("roots", "those that came after none"),
            flag("leaves", "those after which none came"),
            flag("no-leaves", "those after which others came"),
            flag("tree", "draw a tree"),
            text("from", "those that came after this one").tolerated().values(Values::Checkpoint),
            flag("descendants", "with --from: not only the next ones"),
            flag("name", "print names"),
            flag("topological", "in an order in which none comes before its parent"),
        ],
        list,
    )
    .answers(&LIST),
    Command::new(
        "checkpoint-parent",
        "print the checkpoint that another came after",
        "Prints its name; one that came after none is an error.",
        &[domain(Values::Domain), CHECKPOINT],
        parent,
    )
    .answers(&answer::NAME),
];

/// The domain and its checkpoint that a line names.
pub(super) fn chosen(control: &mut Control, arguments: &Arguments) -> Result<(Domain, Checkpoint), Failure> {
    let domain = find(control, arguments, By::ANY)?;
    let checkpoint = domain.checkpoint_by_name(arguments.required("checkpointname")?)?;
    Ok((domain, checkpoint))
}

fn from_file(control: &mut Control, arguments: &Arguments) -> Outcome {
    if arguments.has("redefine-validate") && !arguments.has("redefine") {
        return Err(Failure::said("Option --redefine is required by option --redefine-validate"));
    }
    let flags = arguments.flags(&[
        ("redefine", CheckpointCreateFlags::REDEFINE.0),
        ("redefine-validate", CheckpointCreateFlags::REDEFINE_VALIDATE.0),
        ("quiesce", CheckpointCreateFlags::QUIESCE.0),
    ]);
    let domain = find(control, arguments, By::ANY)?;
    let path = arguments.text("xmlfile")?;
    let xml = match path {
        Some(path) => file::read(path)?,
        None => "<domaincheckpoint/>".to_owned(),
    };
    create(control, &domain, &xml, path, flags)
}

fn described(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let mut draft = Draft::begin("domaincheckpoint", arguments)?;
    for disk in arguments.rest("diskspec") {
        draft.checkpoint_disk(disk)?;
    }
    if arguments.has("print-xml") {
        control.output.line(draft.xml());
        return Ok(());
    }
    let flags = arguments.flags(&[("quiesce", CheckpointCreateFlags::QUIESCE.0)]);
    create(control, &domain, &draft.xml(), None, flags)
}

fn create(control: &Control, domain: &Domain, xml: &str, path: Option<&str>, flags: u32) -> Outcome {
    let checkpoint = domain.create_checkpoint(xml, CheckpointCreateFlags(flags))?;
    let from = path.map(|path| format!(" from '{path}'")).unwrap_or_default();
    control.output.last_remark(format_args!("Domain checkpoint {} created{from}", checkpoint.name()));
    Ok(())
}

fn delete(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = CheckpointDeleteFlags(arguments.flags(&[
        ("children", CheckpointDeleteFlags::CHILDREN.0),
        ("children-only", CheckpointDeleteFlags::CHILDREN_ONLY.0),
        ("metadata", CheckpointDeleteFlags::METADATA_ONLY.0),
    ]));
    let (_, checkpoint) = chosen(control, arguments)?;
    let name = checkpoint.name();
    checkpoint.delete(flags).attempted(|| format!("Failed to delete checkpoint {name}"))?;
    let done = if arguments.has("children-only") { "children deleted" } else { "deleted" };
    control.output.remark(format_args!("Domain checkpoint {name} {done}"));
    Ok(())
}

fn dumpxml(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = CheckpointXml(arguments.flags(&[
        ("security-info", CheckpointXml::SECURE.0),
        ("no-domain", CheckpointXml::NO_DOMAIN.0),
        ("size", CheckpointXml::SIZE.0),
    ]));
    let (_, checkpoint) = chosen(control, arguments)?;
    xml::print(control, arguments, &checkpoint.xml(flags)?)
}

fn info(control: &mut Control, arguments: &Arguments) -> Outcome {
    const WIDTH: usize = 15;
    let (domain, checkpoint) = chosen(control, arguments)?;
    let parent = lineage::parent(&checkpoint)?;
    let (children, descendants) = checkpoint.offspring()?;
    let field = |label, value: &str| control.output.field(WIDTH, label, value);
    field("Name:", checkpoint.name());
    field("Domain:", domain.name());
    field("Parent:", parent.as_deref().unwrap_or("-"));
    field("Children:", &children.to_string());
    field("Descendants:", &descendants.to_string());
    Ok(())
}

fn list(control: &mut Control, arguments: &Arguments) -> Outcome {
    let (from, found) = listed(control, arguments)?;
    lineage::print(control, arguments, from, found, None)
}

/// The one after which those in the list came, if any, and those that the options ask for.
fn listed(
    control: &mut Control,
    arguments: &Arguments,
) -> Result<(Option<Checkpoint>, Vec<Checkpoint>), Failure> {
    lineage::check(arguments, false)?;
    let filter = CheckpointFilter(arguments.flags(&[
        ("roots", CheckpointFilter::ROOTS.0),
        ("descendants", CheckpointFilter::DESCENDANTS.0),
        ("leaves", CheckpointFilter::LEAVES.0),
        ("no-leaves", CheckpointFilter::NO_LEAVES.0),
        ("topological", CheckpointFilter::TOPOLOGICAL.0),
    ]));
    let domain = find(control, arguments, By::ANY)?;
    let from = match arguments.text("from")? {
        Some(name) => Some(domain.checkpoint_by_name(name)?),
        None => None,
    };
    if arguments.has("descendants") && from.is_none() {
        return Err(Failure::said("--descendants requires --from"));
    }
    let found = match &from {
        Some(from) => from.children(filter)?,
        None => domain.checkpoints(filter)?,
    };
    Ok((from, found))
}

const LIST: Answer = Answer::list(
    &[
        field::text("name", "its name"),
        field::measured("creation_time", "seconds since 1970", "when it was made"),
        field::text("parent", "the one that it came after"),
        field::text("description", "what it is for").aside(),
    ],
    |control, arguments| {
        let (_, found) = listed(control, arguments)?;
        lineage::records(arguments, found, |_, record| record)
    },
);

const INFO: Answer = Answer::facts(
    &[
        field::text("name", "its name"),
        field::text("domain", "name of the domain"),
        field::text("parent", "the one that it came after"),
        field::number("children", "how many came next after it"),
        field::number("descendants", "how many came after it in all"),
    ],
    |control, arguments| {
        let (domain, checkpoint) = chosen(control, arguments)?;
        let (children, descendants) = checkpoint.offspring()?;
        Ok(Record::new()
            .with("name", checkpoint.name())
            .with("domain", domain.name())
            .with("parent", lineage::parent(&checkpoint)?)
            .with("children", children)
            .with("descendants", descendants))
    },
);

fn parent(control: &mut Control, arguments: &Arguments) -> Outcome {
    let (_, checkpoint) = chosen(control, arguments)?;
    lineage::print_parent(control, "checkpoint", &checkpoint)
}
