//! `attach-disk`: a disk that options describe.

use std::os::unix::fs::FileTypeExt;

use super::{PRINT_XML, address};
use crate::command::domain::affect::{self, CONFIG, CURRENT, LIVE, PERSISTENT};
use crate::command::domain::{By, find};
use crate::command::option::{domain, flag, text};
use crate::command::xml::Tag;
use crate::command::{Arguments, Command, Values};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};

pub(in crate::command::domain) const ATTACH: Command = Command::new(
    "attach-disk",
    "add a disk",
    "Adds a disk to a domain.",
    &[
        domain(Values::Domain),
        text("source", "image file, block device, or the disk's name on a server")
            .required()
            .may_be_empty()
            .values(Values::File),
        text("target", "the disk's name in the domain, like vdb").required(),
        text("targetbus", "bus that the guest sees it on")
            .values(Values::Words(&["virtio", "scsi", "sata", "ide", "usb", "fdc", "sd", "xen"])),
        text("driver", "the hypervisor's driver").values(Values::Words(&["qemu", "phy", "file", "tap"])),
        text("subdriver", "format of the image")
            .values(Values::Words(&["raw", "qcow2", "vmdk", "vdi", "vpc"])),
        text("iothread", "I/O thread that serves it"),
        text("cache", "how the host caches it").values(Values::Words(&[
            "default",
            "none",
            "writethrough",
            "writeback",
            "directsync",
            "unsafe",
        ])),
        text("io", "how it is read and written").values(Values::Words(&["native", "threads", "io_uring"])),
        text("type", "what the guest sees").values(Values::Words(&["disk", "lun", "cdrom", "floppy"])),
        text("mode", "readonly or shareable")
            .values(Values::Words(&["readonly", "shareable"]))
            .formerly_for("shareable", "shareable"),
        text("sourcetype", "what the source is").values(Values::Words(&["block", "file", "network"])),
        text("serial", "serial number"),
        text("wwn", "world-wide name"),
        text("alias", "alias of our own, ua-..."),
        flag("rawio", "let the guest send it raw SCSI commands"),
        text("address", "where the guest finds it, like pci:0000.00.11.0"),
        flag("multifunction", "let it share its PCI slot"),
        PRINT_XML,
        text("source-protocol", "how a server is talked to").values(Values::Words(&[
            "nbd", "rbd", "iscsi", "gluster", "http", "https", "ftp", "ftps", "tftp", "ssh", "nfs",
            "sheepdog",
        ])),
        text("source-host-name", "the server, NAME or NAME:PORT"),
        text("source-host-transport", "how the server is reached")
            .values(Values::Words(&["tcp", "rdma", "unix"])),
        text("source-host-socket", "the server's socket").values(Values::File),
        text("throttle-groups", "groups that limit it, separated by commas"),
        PERSISTENT,
        CONFIG,
        LIVE,
        CURRENT,
    ],
    attach,
)
.acts();

fn attach(control: &mut Control, arguments: &Arguments) -> Outcome {
    let affect = affect::lasting(arguments)?;
    if control.works_beside() && !arguments.has("mode") && !arguments.has("print-xml") {
        return Err(Failure::said("Guests that all write to one image destroy what is in it")
            .hint("--mode readonly, or one guest at a time"));
    }
    arguments.exclusive("source-host-name", "source-host-socket")?;
    for option in ["source-host-name", "source-host-transport", "source-host-socket"] {
        arguments.requires(option, "source-protocol")?;
    }
    arguments.requires("source-host-socket", "source-host-transport")?;
    let disk = describe(arguments)?.to_string();
    if arguments.has("print-xml") {
        control.output.print(disk);
        return Ok(());
    }
    let domain = find(control, arguments, By::ANY)?;
    domain.attach_device(&disk, affect(&domain)).attempted(|| "Failed to attach disk".to_owned())?;
    control.output.remark("Disk attached successfully");
    Ok(())
}

/// What kind of source it is: as the user says, or as it looks.
fn source_kind<'a>(arguments: &'a Arguments, source: &str) -> Result<&'a str, Failure> {
    let protocol = arguments.has("source-protocol");
    match arguments.text("sourcetype")? {
        None if protocol => Ok("network"),
        None => {
            let is_block = std::fs::metadata(source).is_ok_and(|about| about.file_type().is_block_device());
            Ok(if is_block { "block" } else { "file" })
        }
        Some(kind @ ("file" | "block")) if !protocol => Ok(kind),
        Some("network") if protocol => Ok("network"),
        Some("file" | "block" | "network") => {
            Err(Failure::said("--source-protocol option requires --sourcetype network"))
        }
        Some(other) => Err(Failure::said(format!("Unknown source type: '{other}'"))),
    }
}

fn source(arguments: &Arguments, kind: &str, source: &str) -> Result<Tag, Failure> {
    let tag = Tag::new("source");
    Ok(match kind {
        "file" => tag.with("file", Some(source)),
        "block" => tag.with("dev", Some(source)),
        _ => {
            let host = arguments.text("source-host-name")?;
            let (name, port) = host.map_or((None, None), |host| match host.split_once(':') {
                Some((name, port)) => (Some(name), Some(port)),
                None => (Some(host), None),
            });
            let host = Tag::new("host")
                .with("transport", arguments.text("source-host-transport")?)
                .with("name", name)
                .with("port", port)
                .with("socket", arguments.text("source-host-socket")?);
            tag.with("protocol", arguments.text("source-protocol")?)
                .with("name", Some(source))
                .child_if_any(host)
        }
    })
}

fn describe(arguments: &Arguments) -> Result<Tag, Failure> {
    let path = arguments.required("source")?;
    let target = arguments.required("target")?;
    let mode = arguments.text("mode")?;
    if let Some(mode) = mode.filter(|mode| !["readonly", "shareable"].contains(mode)) {
        return Err(Failure::said(format!("No support for {mode} in command 'attach-disk'")));
    }
    let kind = source_kind(arguments, path)?;
    let wwn = arguments.text("wwn")?;
    if let Some(wwn) = wwn.filter(|wwn| wwn.len() != 16 || !wwn.bytes().all(|byte| byte.is_ascii_hexdigit()))
    {
        return Err(Failure::said(format!("internal error: Malformed wwn: {wwn}")));
    }
    let driver = Tag::new("driver")
        .with("name", arguments.text("driver")?)
        .with("type", arguments.text("subdriver")?)
        .with("iothread", arguments.text("iothread")?)
        .with("cache", arguments.text("cache")?)
        .with("io", arguments.text("io")?);
    let mut disk = Tag::new("disk")
        .with("type", Some(kind))
        .with("device", arguments.text("type")?)
        .with("rawio", arguments.has("rawio").then_some("yes"))
        .child_if_any(driver)
        .child(source(arguments, kind, path)?)
        .child(Tag::new("target").with("dev", Some(target)).with("bus", arguments.text("targetbus")?));
    if let Some(groups) = arguments.text("throttle-groups")? {
        let filters = groups.split(',').fold(Tag::new("throttlefilters"), |filters, group| {
            filters.child(Tag::new("throttlefilter").with("group", Some(group)))
        });
        disk = disk.child(filters);
    }
    disk = match mode {
        Some("readonly") => disk.child(Tag::new("readonly")),
        Some(_) => disk.child(Tag::new("shareable")),
        None => disk,
    };
    if let Some(serial) = arguments.text("serial")? {
        disk = disk.child(Tag::new("serial").text(serial));
    }
    disk = disk.child_if_any(Tag::new("alias").with("name", arguments.text("alias")?));
    if let Some(wwn) = wwn {
        disk = disk.child(Tag::new("wwn").text(wwn));
    }
    match arguments.text("address")? {
        Some(text) => Ok(disk.child(address::of_disk(text, target, arguments.has("multifunction"))?)),
        None => Ok(disk),
    }
}
