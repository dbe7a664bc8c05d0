//! Commands about volumes in storage pools.

mod create;
mod data;
mod find;
mod transfer;
mod wipe;

use find::{volume, volume_anywhere};
use hypervisor::flags::{VolumeDeleteFlags, VolumeResizeFlags};
use hypervisor::volume::VolumeKind;
use hypervisor::{Bytes, Pool, Volume};

use super::object::{self, By};
use super::option::{Opt, VALIDATE, WRAP, XPATH, file, flag, number, text};
use super::{Answer, Arguments, Command, Values, answer, xml};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::{SizeError, Table, bytes, field, scaled};

const POOL: Opt = text("pool", "the pool's name or UUID").values(Values::ActivePool);

const fn named(help: &'static str) -> Opt {
    text("vol", help).required().values(Values::Volume)
}

const VOLUME: Opt = named("the volume's name, key or path");
const FORMATS: &[&str] = &["raw", "bochs", "qcow", "qcow2", "qed", "vmdk"];
const PREALLOC: Opt = flag("prealloc-metadata", "write a qcow2 volume's tables at once, but not its data");

const REFLINK: Opt = flag("reflink", "share blocks until one of both is written to, or give up");
const OFFSET: Opt = number("offset", "where in the volume to begin, in bytes").tolerated();
const LENGTH: Opt = number("length", "how many bytes at most").tolerated();
const SPARSE: Opt = flag("sparse", "keep holes");

pub(super) const COMMANDS: &[Command] = &[
    Command::new(
        "vol-clone",
        "copy a volume within its pool",
        "Makes a volume with the contents of another one, in the same pool.",
        &[
            VOLUME,
            text("newname", "name of the copy").required(),
            POOL.positional(),
            PREALLOC,
            REFLINK,
            flag("print-xml", "only print the copy's XML"),
        ],
        create::clone,
    )
    .acts(),
    Command::new(
        "vol-create-as",
        "make a volume described by options",
        "Makes a volume in a pool.",
        &[
            POOL.required(),
            text("name", "name of the volume").required(),
            text("capacity", "its size, in bytes or with a unit").required(),
            text("allocation", "how much of it takes room at once, in bytes or with a unit").tolerated(),
            text("format", "format of the file").tolerated().values(Values::Words(FORMATS)),
            text("backing-vol", "volume that it is a layer upon").tolerated(),
            text("backing-vol-format", "format of that volume").tolerated().values(Values::Words(FORMATS)),
            PREALLOC,
            flag("print-xml", "only print the volume's XML"),
        ],
        create::described,
    )
    .acts(),
    Command::new(
        "vol-create",
        "make a volume",
        "Makes a volume in a pool, from XML.",
        &[POOL.required(), file("file with the volume's XML"), PREALLOC, VALIDATE],
        create::from_file,
    )
    .acts(),
    Command::new(
        "vol-create-from",
        "make a volume with the contents of another one",
        "Makes a volume in a pool, from XML, and copies another volume into it.",
        &[
            POOL.required(),
            file("file with the new volume's XML"),
            VOLUME,
            text("inputpool", "the pool that the other volume is in").tolerated().values(Values::ActivePool),
            PREALLOC,
            REFLINK,
            VALIDATE,
        ],
        create::from_volume,
    )
    .acts(),
    Command::new(
        "vol-delete",
        "delete a volume",
        "Deletes a volume and what is in it.",
        &[
            VOLUME,
            POOL.positional(),
            flag("delete-snapshots", "its snapshots too, where the pool's kind can"),
        ],
        delete,
    )
    .destroys(),
    Command::new(
        "vol-download",
        "copy a volume to a file",
        "Copies what is in a volume to a file.",
        &[
            VOLUME,
            text("file", "the file").required().values(Values::File),
            POOL.positional(),
            OFFSET,
            LENGTH,
            SPARSE,
        ],
        transfer::download,
    )
    .alone(),
    Command::new(
        "vol-dumpxml",
        "print a volume's XML",
        "Prints the volume's XML as libvirt has it.",
        &[VOLUME, POOL.positional(), XPATH, WRAP],
        dumpxml,
    )
    .answers(&answer::XML),
    Command::new(
        "vol-info",
        "print the main facts about a volume",
        "Prints a volume's kind and sizes.",
        &[
            VOLUME,
            POOL.positional(),
            flag("bytes", "sizes in bytes"),
            flag("physical", "what it takes on the host instead of what it has allocated"),
        ],
        info,
    )
    .answers(&data::INFO),
    Command::new(
        "vol-key",
        "print a volume's key",
        "",
        &[named("the volume's name or path"), POOL.positional()],
        key,
    )
    .answers(&Answer::printed(&[field::text("key", "the key")])),
    Command::new(
        "vol-list",
        "list volumes",
        "Lists the volumes of a pool.",
        &[POOL.required(), flag("details", "with kind and sizes")],
        list,
    )
    .answers(&data::LIST),
    Command::new("vol-name", "print a volume's name", "", &[named("the volume's key or path")], name)
        .answers(&answer::NAME),
    Command::new(
        "vol-path",
        "print a volume's path",
        "",
        &[named("the volume's name or key"), POOL.positional()],
        path,
    )
    .answers(&Answer::printed(&[field::text("path", "the path")])),
    Command::new(
        "vol-pool",
        "print the pool that a volume is in",
        "",
        &[named("the volume's key or path"), flag("uuid", "the pool's UUID, not its name")],
        pool_of,
    )
    .answers(&Answer::printed(&[field::text("pool", "the pool's name, or its UUID with --uuid")])),
    Command::new(
        "vol-resize",
        "change a volume's size",
        "Changes the size of a volume that no running guest uses.",
        &[
            VOLUME,
            text("capacity", "its new size, in bytes or with a unit").required(),
            POOL.positional(),
            flag("allocate", "take all the room at once"),
            flag("delta", "the size is how much is added"),
            flag("shrink", "let the volume become smaller"),
        ],
        resize,
    )
    .destroys(),
    Command::new(
        "vol-upload",
        "copy a file to a volume",
        "Copies a file over what is in a volume.",
        &[
            VOLUME,
            text("file", "the file").required().values(Values::File),
            POOL.positional(),
            OFFSET,
            LENGTH,
            SPARSE,
        ],
        transfer::upload,
    )
    .destroys(),
    Command::new(
        "vol-wipe",
        "overwrite a volume",
        "Overwrites a volume, so that what was in it cannot be read any more.",
        &[
            VOLUME,
            POOL.positional(),
            text("algorithm", "how it is overwritten").tolerated().values(Values::Words(wipe::NAMES)),
        ],
        wipe::wipe,
    )
    .destroys(),
];

/// The size that an option gives.
fn size(text: &str) -> Result<u64, Failure> {
    scaled(text).map_err(|error| {
        let mut said = vec![format!("Malformed size {text}")];
        match error {
            SizeError::NoNumber => {}
            SizeError::Unit(unit) => said.push(format!("invalid argument: unknown suffix '{unit}'")),
            SizeError::TooLarge => said.push(format!("numerical overflow: value too large: {text}")),
        }
        Failure { said, cause: None, hint: None }
    })
}

fn delete(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags =
        VolumeDeleteFlags(arguments.flags(&[("delete-snapshots", VolumeDeleteFlags::WITH_SNAPSHOTS.0)]));
    let volume = volume(control, arguments)?;
    let name = arguments.required("vol")?;
    volume.delete(flags).attempted(|| format!("Failed to delete vol {name}"))?;
    control.output.remark(format_args!("Vol {name} deleted"));
    Ok(())
}

fn dumpxml(control: &mut Control, arguments: &Arguments) -> Outcome {
    let text = volume(control, arguments)?.xml()?;
    xml::print(control, arguments, &text)
}

/// What the user reads for a kind.
fn kind_name(kind: VolumeKind) -> &'static str {
    match kind {
        VolumeKind::File => "file",
        VolumeKind::Block => "block",
        VolumeKind::Directory => "dir",
        VolumeKind::Network => "network",
        VolumeKind::NetworkDirectory => "netdir",
        VolumeKind::Ploop => "ploop",
        VolumeKind::Other(_) => "unknown",
    }
}

fn info(control: &mut Control, arguments: &Arguments) -> Outcome {
    const WIDTH: usize = 15;
    let volume = volume(control, arguments)?;
    let output = &control.output;
    output.field(WIDTH, "Name:", volume.name());
    let physical = arguments.has("physical");
    let info = if physical { volume.physical_info()? } else { volume.info()? };
    output.field(WIDTH, "Type:", kind_name(info.kind));
    let allocation = if physical { "Physical:" } else { "Allocation:" };
    for (label, Bytes(size)) in [("Capacity:", info.capacity), (allocation, info.allocation)] {
        match arguments.has("bytes") {
            true => output.field(WIDTH, label, format_args!("{size} bytes")),
            false => output.field(WIDTH, label, bytes(size)),
        }
    }
    Ok(())
}

fn listed(control: &mut Control, arguments: &Arguments) -> Result<Vec<Volume>, Failure> {
    let pool: Pool = object::find(control, arguments, By::Any)?;
    let mut volumes = pool.volumes().attempted(|| "Failed to list volumes".to_owned())?;
    volumes.sort_by_cached_key(|volume| volume.name().to_ascii_lowercase());
    Ok(volumes)
}

fn list(control: &mut Control, arguments: &Arguments) -> Outcome {
    let volumes = listed(control, arguments)?;
    let details = arguments.has("details");
    let mut table = Table::new(if details {
        &["Name", "Path", "Type", "Capacity", "Allocation"]
    } else {
        &["Name", "Path"]
    });
    for volume in &volumes {
        let mut row = vec![volume.name().to_owned(), volume.path().unwrap_or_else(|_| "-".to_owned())];
        if details {
            match volume.info() {
                Ok(info) => row.extend([
                    kind_name(info.kind).to_owned(),
                    bytes(info.capacity.0),
                    bytes(info.allocation.0),
                ]),
                Err(_) => row.extend(["unknown", "unknown", "unknown"].map(str::to_owned)),
            }
        }
        table.row(row);
    }
    control.output.table(&table);
    Ok(())
}

fn key(control: &mut Control, arguments: &Arguments) -> Outcome {
    let key = volume(control, arguments)?.key()?;
    control.output.line(key);
    Ok(())
}

fn path(control: &mut Control, arguments: &Arguments) -> Outcome {
    let path = volume(control, arguments)?.path()?;
    control.output.line(path);
    Ok(())
}

fn name(control: &mut Control, arguments: &Arguments) -> Outcome {
    let volume = volume_anywhere(control, arguments)?;
    control.output.line(volume.name());
    Ok(())
}

fn pool_of(control: &mut Control, arguments: &Arguments) -> Outcome {
    let volume = volume_anywhere(control, arguments)?;
    let pool = volume.pool().attempted(|| "failed to get parent pool".to_owned())?;
    control.output.line(if arguments.has("uuid") { pool.uuid() } else { pool.name().to_owned() });
    Ok(())
}

fn resize(control: &mut Control, arguments: &Arguments) -> Outcome {
    let volume = volume(control, arguments)?;
    let text = arguments.required("capacity")?;
    let delta = arguments.has("delta");
    let number = text.strip_prefix('-').filter(|_| arguments.has("shrink") && delta).unwrap_or(text);
    let capacity = Bytes(size(number)?);
    let flags = VolumeResizeFlags(arguments.flags(&[
        ("allocate", VolumeResizeFlags::ALLOCATE.0),
        ("delta", VolumeResizeFlags::DELTA.0),
        ("shrink", VolumeResizeFlags::SHRINK.0),
    ]));
    let to = if delta { "by" } else { "to" };
    volume
        .resize(capacity, flags)
        .attempted(|| format!("Failed to change size of volume '{}' {to} {text}", volume.name()))?;
    control
        .output
        .remark(format_args!("Size of volume '{}' successfully changed {to} {text}", volume.name()));
    Ok(())
}
