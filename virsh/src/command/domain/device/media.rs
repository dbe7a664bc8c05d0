//! `change-media`: what is in a CD-ROM or floppy drive.

use hypervisor::flags::Affect;
use xctl::document::Element;

use super::{PRINT_XML, SOURCES, document, named_disk};
use crate::command::domain::affect::{self, CONFIG, CURRENT, LIVE};
use crate::command::domain::{By, find};
use crate::command::option::{domain, flag, text};
use crate::command::{Arguments, Command, Values, itself, xml};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};

pub(in crate::command::domain) const CHANGE: Command = Command::new(
    "change-media",
    "put a medium into a CD-ROM or floppy drive, or take it out",
    "Changes the medium in a CD-ROM or floppy drive. Without --eject, --insert or --update\n\
     it is put in, whether there is one or not.",
    &[
        domain(Values::Domain),
        text("path", "the drive's target, or what is in it").required().values(Values::Disk),
        text("source", "the new medium").positional().values(Values::File),
        flag("eject", "take the medium out"),
        flag("insert", "put a medium into an empty drive"),
        flag("update", "put another medium in"),
        CURRENT,
        LIVE,
        CONFIG,
        flag("force", "even if the guest has locked the drive"),
        PRINT_XML,
        flag("block", "the medium is a block device"),
    ],
    change,
)
.acts();

fn change(control: &mut Control, arguments: &Arguments) -> Outcome {
    for (one, other) in [("eject", "insert"), ("eject", "update"), ("insert", "update"), ("eject", "block")] {
        arguments.exclusive(one, other)?;
    }
    let affect = affect::affect(arguments)?;
    let source = arguments.text("source")?;
    let [eject, insert, update] = ["eject", "insert", "update"].map(|option| arguments.has(option));
    let domain = find(control, arguments, By::ANY)?;
    let path = arguments.required("path")?;
    let mut document = document(&domain, affect.contains(Affect::CONFIG))?;
    let disk = named_disk(&document, path, |disk| {
        document.get(disk, "@device").is_some_and(|kind| ["cdrom", "floppy"].contains(&&*kind))
    })?;
    let sources: Vec<Element> = document.children_named(disk, "source").collect();
    let full = SOURCES.iter().any(|place| document.get(disk, place).is_some());
    let ejectable = !sources.is_empty();
    let source = source.filter(|_| !eject);
    match source {
        None if eject && !ejectable => {
            return Err(Failure::said(format!("The disk device '{path}' doesn't have media")));
        }
        None if !(eject || update && ejectable) => {
            return Err(Failure::said("New disk media source was not specified"));
        }
        Some(_) if insert && full => {
            return Err(Failure::said(format!("The disk device '{path}' already has media")));
        }
        _ => {}
    }
    let mut medium = String::new();
    if let Some(source) = source {
        let (kind, attribute) = if arguments.has("block") { ("block", "dev") } else { ("file", "file") };
        medium = format!("<source {attribute}=\"{}\"/>", itself::for_xml(source));
        document.set(disk, "@type", kind).map_err(|error| Failure::said(error.to_string()))?;
    }
    let xml = xml::written(&document, disk, &sources, &medium);
    if arguments.has("print-xml") {
        control.output.print(xml);
        return Ok(());
    }
    let [verb, done] = match source {
        None => ["eject", "ejected"],
        Some(_) if insert => ["insert", "inserted"],
        Some(_) => ["update", "updated"],
    };
    let force = Affect(arguments.flags(&[("force", Affect::FORCE.0)]));
    domain
        .update_device(&xml, affect | force)
        .attempted(|| format!("Failed to complete action {verb} on media"))?;
    control.output.print(format_args!("Successfully {done} media."));
    Ok(())
}
