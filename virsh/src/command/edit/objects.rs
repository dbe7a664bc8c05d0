//! What can be edited.

use hypervisor::flags::{
    CheckpointCreateFlags, CheckpointXml, DefineFlags, DomainXml, InterfaceDefineFlags, InterfaceXml,
    NetworkDefineFlags, NetworkXml, NwFilterDefineFlags, PoolDefineFlags, PoolXml, SaveFlags, SaveImageXml,
    SnapshotCreateFlags, SnapshotDeleteFlags, SnapshotXml,
};
use hypervisor::{Network, Pool, Snapshot};
use xctl::document::Document;

use super::Edit;
use crate::command::domain::{By, comes_back, find};
use crate::command::object::{self, By as ObjectBy};
use crate::command::{Arguments, checkpoint as checkpoints};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};

/// How far a name is that of a hardware address.
const MAC_LENGTH: usize = 17;

/// An edit of an object of this kind and name; `set` tells the name that it has afterwards.
fn run(
    control: &Control,
    kind: &str,
    name: &str,
    get: &dyn Fn() -> Result<String, hypervisor::Error>,
    set: &dyn Fn(&str) -> Result<String, hypervisor::Error>,
) -> Outcome {
    let unchanged = format!("{kind} {name} XML configuration not changed.");
    let set =
        |xml: &str, _: bool| Ok(set(xml).map(|name| format!("{kind} {name} XML configuration edited."))?);
    Edit { always: false, schema: None, get, set: &set }.run(control, &unchanged)
}

pub(in crate::command) fn domain(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let connection = control.connection()?;
    let get = || domain.xml(DomainXml::INACTIVE | DomainXml::SECURE);
    let set = |xml: &str, validate: bool| {
        let flags = if validate { DefineFlags::VALIDATE } else { DefineFlags::NONE };
        let defined = connection.define_domain(xml, flags)?;
        Ok(format!("Domain '{}' XML configuration edited.", defined.name()))
    };
    let schema = Some(!arguments.has("skip-validate"));
    let unchanged = format!("Domain '{}' XML configuration not changed.", domain.name());
    Edit { always: false, schema, get: &get, set: &set }.run(control, &unchanged)
}

pub(in crate::command) fn network(control: &mut Control, arguments: &Arguments) -> Outcome {
    let network: Network = object::find(control, arguments, ObjectBy::Any)?;
    let connection = control.connection()?;
    run(
        control,
        "Network",
        network.name(),
        // Drivers that keep no second description know no flag for it.
        &|| network.xml(NetworkXml::INACTIVE).or_else(|_| network.xml(NetworkXml::NONE)),
        &|xml| connection.define_network(xml, NetworkDefineFlags::NONE).map(|new| new.name().to_owned()),
    )
}

pub(in crate::command) fn pool(control: &mut Control, arguments: &Arguments) -> Outcome {
    let pool: Pool = object::find(control, arguments, ObjectBy::Any)?;
    let connection = control.connection()?;
    run(
        control,
        "Pool",
        pool.name(),
        // As above.
        &|| pool.xml(PoolXml::INACTIVE).or_else(|_| pool.xml(PoolXml::NONE)),
        &|xml| connection.define_pool(xml, PoolDefineFlags::NONE).map(|new| new.name().to_owned()),
    )
}

pub(in crate::command) fn interface(control: &mut Control, arguments: &Arguments) -> Outcome {
    let name = arguments.required("interface")?;
    let connection = control.connection()?;
    let by_mac = (name.len() == MAC_LENGTH).then(|| connection.interface_by_mac(name).ok()).flatten();
    let interface = match by_mac {
        Some(interface) => interface,
        None => {
            connection.interface_by_name(name).attempted(|| format!("failed to get interface '{name}'"))?
        }
    };
    run(control, "Interface", interface.name(), &|| interface.xml(InterfaceXml::INACTIVE), &|xml| {
        let defined = connection.define_interface(xml, InterfaceDefineFlags::default())?;
        Ok(defined.name().to_owned())
    })
}

pub(in crate::command) fn nwfilter(control: &mut Control, arguments: &Arguments) -> Outcome {
    let name = arguments.required("nwfilter")?;
    let connection = control.connection()?;
    let by_uuid =
        (name.len() == object::UUID_LENGTH).then(|| connection.nwfilter_by_uuid(name).ok()).flatten();
    let filter = match by_uuid {
        Some(filter) => filter,
        None => connection.nwfilter_by_name(name).attempted(|| format!("failed to get nwfilter '{name}'"))?,
    };
    run(control, "Network filter", filter.name(), &|| filter.xml(), &|xml| {
        Ok(connection.define_nwfilter(xml, NwFilterDefineFlags::default())?.name().to_owned())
    })
}

pub(in crate::command) fn save_image(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = comes_back(arguments)?;
    let path = arguments.required("file")?;
    let connection = control.connection()?;
    let set = |xml: &str, _: bool| {
        connection.define_saved(path, xml, flags).attempted(|| format!("Failed to update {path}"))?;
        Ok(format!("State file {path} edited."))
    };
    let get = || connection.saved_xml(path, SaveImageXml::SECURE);
    let unchanged = format!("Saved image {path} XML configuration not changed.");
    Edit { always: flags != SaveFlags::NONE, schema: None, get: &get, set: &set }.run(control, &unchanged)
}

pub(in crate::command) fn managed_save(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = comes_back(arguments)?;
    let domain = find(control, arguments, By::ANY)?;
    let name = domain.name();
    let set = |xml: &str, _: bool| {
        domain
            .define_managed_save(xml, flags)
            .attempted(|| format!("Failed to update {name} XML configuration"))?;
        Ok(format!("Managed save image of Domain '{name}' XML configuration edited."))
    };
    let get = || domain.managed_save_xml(SaveImageXml::SECURE);
    let unchanged = format!("Managed save image of domain '{name}' XML configuration not changed.");
    Edit { always: flags != SaveFlags::NONE, schema: None, get: &get, set: &set }.run(control, &unchanged)
}

/// Shows why an edit failed before what failed, as the peer does.
fn of(control: &Control, name: &str, outcome: Outcome) -> Outcome {
    outcome.map_err(|failure| {
        control.report(&failure);
        Failure::said(format!("Failed to update {name}"))
    })
}

pub(in crate::command) fn checkpoint(control: &mut Control, arguments: &Arguments) -> Outcome {
    let (domain, checkpoint) = checkpoints::chosen(control, arguments)?;
    let name = checkpoint.name();
    let set = |xml: &str, _: bool| {
        // What cannot be read is for libvirt to complain of.
        let other = Document::parse(xml).ok().and_then(|document| {
            let other = document.get(document.root(), "name")?.into_owned();
            Some(other).filter(|other| other != name)
        });
        if let Some(other) = other {
            return Err(Failure::said(format!("Cannot rename checkpoint {name} to {other}")));
        }
        domain.create_checkpoint(xml, CheckpointCreateFlags::REDEFINE)?;
        Ok(format!("Checkpoint {name} edited."))
    };
    let get = || checkpoint.xml(CheckpointXml::SECURE);
    let unchanged = format!("Checkpoint {name} XML configuration not changed.");
    let edit = Edit { always: false, schema: None, get: &get, set: &set };
    of(control, name, edit.run(control, &unchanged))
}

pub(in crate::command) fn snapshot(control: &mut Control, arguments: &Arguments) -> Outcome {
    arguments.exclusive("rename", "clone")?;
    let domain = find(control, arguments, By::ANY)?;
    let name = arguments.text("snapshotname")?;
    let current = arguments.has("current");
    let snapshot = match name {
        Some(name) => domain.snapshot_by_name(name)?,
        None if current => domain.current_snapshot()?,
        None => return Err(Failure::said("--snapshotname or --current is required")),
    };
    let makes_current = current && name.is_some();
    let mut flags = SnapshotCreateFlags::REDEFINE;
    if current {
        flags |= SnapshotCreateFlags::CURRENT;
    }
    let set = |xml: &str, _: bool| settle(arguments, &snapshot, domain.create_snapshot(xml, flags)?);
    let get = || snapshot.xml(SnapshotXml::SECURE);
    let unchanged = format!("Snapshot {} XML configuration not changed.", snapshot.name());
    let edit = Edit { always: makes_current, schema: None, get: &get, set: &set };
    of(control, snapshot.name(), edit.run(control, &unchanged))
}

/// Keeps the new one of two snapshots, the former one or both, as the options say; they may be one and the same.
fn settle(arguments: &Arguments, former: &Snapshot, new: Snapshot) -> Result<String, Failure> {
    if former.name() == new.name() {
        return Ok(format!("Snapshot {} edited.", new.name()));
    }
    let (superfluous, done) = match (arguments.has("rename"), arguments.has("clone")) {
        (true, _) => (former, Ok(format!("Snapshot {} renamed to {}.", former.name(), new.name()))),
        (_, true) => return Ok(format!("Snapshot {} cloned to {}.", former.name(), new.name())),
        _ => {
            (&new, Err(format!("Must use --rename or --clone to change {} to {}", former.name(), new.name())))
        }
    };
    superfluous.delete(SnapshotDeleteFlags::METADATA_ONLY).map_err(|cause| Failure {
        said: vec![cause.message, format!("Failed to clean up {}", superfluous.name())],
        ..Failure::silent()
    })?;
    done.map_err(Failure::said)
}
