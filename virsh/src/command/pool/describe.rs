//! Pools that options describe.

use hypervisor::flags::PoolDefineFlags;
use xctl::document::Document;

use super::start_flags;
use crate::command::Arguments;
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};

/// An option and where its value goes in the pool's XML.
type Place = (&'static str, &'static str);

/// What the storage is; adapter and authentication follow.
const STORAGE: &[Place] = &[
    ("source-host", "source/host/@name"),
    ("source-path", "source/dir/@path"),
    ("source-dev", "source/device/@path"),
    ("source-initiator", "source/initiator/iqn/@name"),
];

/// What comes after.
const FORMAT_AND_TARGET: &[Place] = &[
    ("source-format", "source/format/@type"),
    ("source-name", "source/name"),
    ("source-protocol-ver", "source/protocol/@ver"),
    ("target", "target/path"),
];

pub(super) fn create(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = start_flags(arguments)?;
    let (name, xml) = (arguments.required("name")?, describe(arguments)?);
    if arguments.has("print-xml") {
        control.output.print(xml);
        return Ok(());
    }
    let pool = control
        .connection()?
        .create_pool(&xml, flags)
        .attempted(|| format!("Failed to create pool {name}"))?;
    control.output.remark(format_args!("Pool {} created", pool.name()));
    Ok(())
}

pub(super) fn define(control: &mut Control, arguments: &Arguments) -> Outcome {
    let (name, xml) = (arguments.required("name")?, describe(arguments)?);
    if arguments.has("print-xml") {
        control.output.print(xml);
        return Ok(());
    }
    let pool = control
        .connection()?
        .define_pool(&xml, PoolDefineFlags::NONE)
        .attempted(|| format!("Failed to define pool {name}"))?;
    control.output.remark(format_args!("Pool {} defined", pool.name()));
    Ok(())
}

/// The pool's XML.
fn describe(arguments: &Arguments) -> Result<String, Failure> {
    let mut places = vec![("type", "@type"), ("name", "name")];
    places.extend(STORAGE);
    places.extend(adapter(arguments));
    places.extend(authentication(arguments)?);
    places.extend(FORMAT_AND_TARGET);
    let wrong = |error: xctl::document::Error| Failure::said(error.to_string());
    // Written as libvirt writes it, so that attributes copy the quotes of this first one.
    let mut document = Document::parse("<pool type=''/>\n").map_err(wrong)?;
    let root = document.root();
    for (option, place) in places {
        if place.starts_with("source/adapter/")
            && let Some(kind) = adapter_kind(arguments)
        {
            document.set(root, "source/adapter/@type", kind).map_err(wrong)?;
        }
        if let Some(value) = arguments.text(option)? {
            document.set(root, place, value).map_err(wrong)?;
        }
    }
    Ok(document.to_string())
}

/// Which kind of SCSI adapter the options describe.
fn adapter_kind(arguments: &Arguments) -> Option<&'static str> {
    if arguments.has("adapter-wwnn") && arguments.has("adapter-wwpn") {
        Some("fc_host")
    } else {
        arguments.has("adapter-name").then_some("scsi_host")
    }
}

fn adapter(arguments: &Arguments) -> Vec<Place> {
    match adapter_kind(arguments) {
        Some("fc_host") => {
            let mut places = parent(arguments);
            places.push(("adapter-wwnn", "source/adapter/@wwnn"));
            places.push(("adapter-wwpn", "source/adapter/@wwpn"));
            places
        }
        Some(_) => vec![("adapter-name", "source/adapter/@name")],
        None => Vec::new(),
    }
}

/// How the adapter that a virtual one is made on is named: by the first of three ways that is given.
fn parent(arguments: &Arguments) -> Vec<Place> {
    if arguments.has("adapter-parent") {
        vec![("adapter-parent", "source/adapter/@parent")]
    } else if arguments.has("adapter-parent-wwnn") && arguments.has("adapter-parent-wwpn") {
        vec![
            ("adapter-parent-wwnn", "source/adapter/@parent_wwnn"),
            ("adapter-parent-wwpn", "source/adapter/@parent_wwpn"),
        ]
    } else {
        vec![("adapter-parent-fabric-wwn", "source/adapter/@parent_fabric_wwn")]
    }
}

fn authentication(arguments: &Arguments) -> Result<Vec<Place>, Failure> {
    arguments.exclusive("secret-usage", "secret-uuid")?;
    Ok(match arguments.has("auth-type") && arguments.has("auth-username") {
        true => vec![
            ("auth-type", "source/auth/@type"),
            ("auth-username", "source/auth/@username"),
            ("secret-usage", "source/auth/secret/@usage"),
            ("secret-uuid", "source/auth/secret/@uuid"),
        ],
        false => Vec::new(),
    })
}
