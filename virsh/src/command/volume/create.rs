//! New volumes.

use hypervisor::flags::VolumeCreateFlags;
use hypervisor::{Pool, Volume};
use xctl::document::Document;

use super::find;
use super::size;
use crate::command::object::{self, By};
use crate::command::{Arguments, file, xml};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};

fn flags(arguments: &Arguments) -> VolumeCreateFlags {
    VolumeCreateFlags(arguments.flags(&[("prealloc-metadata", VolumeCreateFlags::PREALLOC_METADATA.0)]))
}

/// The same, for copies.
fn copy_flags(arguments: &Arguments) -> VolumeCreateFlags {
    flags(arguments) | VolumeCreateFlags(arguments.flags(&[("reflink", VolumeCreateFlags::REFLINK.0)]))
}

pub(super) fn clone(control: &mut Control, arguments: &Arguments) -> Outcome {
    let original = find::volume(control, arguments)?;
    let pool = original.pool().attempted(|| "failed to get parent pool".to_owned())?;
    let xml = renamed(&original, arguments.required("newname")?)?;
    if arguments.has("print-xml") {
        // As XPath writes elements, which is how the peer does it.
        return xml::print_all(control, &xml);
    }
    let copy = pool
        .clone_volume(&xml, &original, copy_flags(arguments))
        .attempted(|| format!("Failed to clone vol from {}", original.name()))?;
    control.output.remark(format_args!("Vol {} cloned from {}", copy.name(), original.name()));
    Ok(())
}

/// The volume's XML with another name.
fn renamed(volume: &Volume, name: &str) -> Result<String, Failure> {
    let wrong = |error: xctl::document::Error| Failure::said(error.to_string());
    let mut document = Document::parse(&volume.xml()?).map_err(wrong)?;
    document.set(document.root(), "name", name).map_err(wrong)?;
    Ok(document.to_string())
}

pub(super) fn from_volume(control: &mut Control, arguments: &Arguments) -> Outcome {
    let pool: Pool = object::find(control, arguments, By::Any)?;
    let original = find::volume_in(control, arguments, "inputpool")?;
    let path = arguments.required("file")?;
    let xml = file::read(path)?;
    let mut flags = copy_flags(arguments);
    if arguments.has("validate") {
        flags |= VolumeCreateFlags::VALIDATE;
    }
    let made = pool
        .clone_volume(&xml, &original, flags)
        .attempted(|| format!("Failed to create vol from {path}"))?;
    control.output.remark(format_args!("Vol {} created from input vol {}", made.name(), original.name()));
    Ok(())
}

pub(super) fn from_file(control: &mut Control, arguments: &Arguments) -> Outcome {
    let pool: Pool = object::find(control, arguments, By::Any)?;
    let path = arguments.required("file")?;
    let xml = file::read(path)?;
    let mut flags = flags(arguments);
    if arguments.has("validate") {
        flags |= VolumeCreateFlags::VALIDATE;
    }
    let volume = pool.create_volume(&xml, flags).attempted(|| format!("Failed to create vol from {path}"))?;
    control.output.remark(format_args!("Vol {} created from {path}", volume.name()));
    Ok(())
}

pub(super) fn described(control: &mut Control, arguments: &Arguments) -> Outcome {
    let pool: Pool = object::find(control, arguments, By::Any)?;
    let name = arguments.required("name")?;
    let xml = describe(arguments, &pool)?;
    if arguments.has("print-xml") {
        control.output.print(xml);
        return Ok(());
    }
    pool.create_volume(&xml, flags(arguments)).attempted(|| format!("Failed to create vol {name}"))?;
    control.output.remark(format_args!("Vol {name} created"));
    Ok(())
}

/// The volume's XML.
fn describe(arguments: &Arguments, pool: &Pool) -> Result<String, Failure> {
    let mut places = vec![
        ("name", arguments.required("name")?.to_owned()),
        ("capacity", size(arguments.required("capacity")?)?.to_string()),
    ];
    if let Some(allocation) = arguments.text("allocation")? {
        places.push(("allocation", size(allocation)?.to_string()));
    }
    if let Some(format) = arguments.text("format")? {
        places.push(("target/format/@type", format.to_owned()));
    }
    if let Some(backing) = arguments.text("backing-vol")? {
        let volume = pool
            .volume_by_name(backing)
            .or_else(|_| find::by_key_or_path(pool.connection(), backing))
            .attempted(|| format!("failed to get vol '{backing}'"))?;
        places.push(("backingStore/path", volume.path()?));
        if let Some(format) = arguments.text("backing-vol-format")? {
            places.push(("backingStore/format/@type", format.to_owned()));
        }
    }
    let wrong = |error: xctl::document::Error| Failure::said(error.to_string());
    // New attributes copy the quotes of the document's first one, and libvirt's are single.
    let mut document = Document::parse("<volume quotes=''/>\n").map_err(wrong)?;
    document.remove_attr(document.root(), "quotes");
    for (place, value) in places {
        document.set(document.root(), place, &value).map_err(wrong)?;
    }
    Ok(document.to_string())
}
