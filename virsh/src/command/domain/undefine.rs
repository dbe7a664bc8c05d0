//! Forgetting a domain's definition.

use hypervisor::Domain;
use hypervisor::flags::{SnapshotFilter, UndefineFlags};

use super::{By, find, storage};
use crate::command::Arguments;
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};

pub(super) fn undefine(control: &mut Control, arguments: &Arguments) -> Outcome {
    if arguments.has("delete-storage-volume-snapshots") && !arguments.has("remove-all-storage") {
        return Err(Failure::said(
            "Option --remove-all-storage is required by option --delete-storage-volume-snapshots",
        ));
    }
    arguments.exclusive("nvram", "keep-nvram")?;
    arguments.exclusive("tpm", "keep-tpm")?;
    let selection = storage::Selection::read(arguments)?;
    let domain = find(control, arguments, By::ANY)?;
    let active = domain.is_active()?;
    let flags = flags(arguments, &domain, active)?;
    let volumes = match selection {
        Some(_) if active => {
            return Err(Failure::said("Storage volume deletion is supported only on stopped domains"));
        }
        Some(selection) => selection.volumes(control, &domain)?,
        None => Vec::new(),
    };
    let name = arguments.required("domain")?;
    domain.undefine(flags).attempted(|| format!("Failed to undefine domain '{name}'"))?;
    control.output.remark(format_args!("Domain '{name}' has been undefined"));
    storage::remove(control, arguments, &volumes)
}

/// What goes with the definition. What a stopped domain does not have is not asked for, as drivers refuse even that.
fn flags(arguments: &Arguments, domain: &Domain, active: bool) -> Result<UndefineFlags, Failure> {
    let mut flags = arguments.flags(&[
        ("managed-save", UndefineFlags::MANAGED_SAVE.0),
        ("snapshots-metadata", UndefineFlags::SNAPSHOTS_METADATA.0),
        ("checkpoints-metadata", UndefineFlags::CHECKPOINTS_METADATA.0),
        ("nvram", UndefineFlags::NVRAM.0),
        ("keep-nvram", UndefineFlags::KEEP_NVRAM.0),
        ("tpm", UndefineFlags::TPM.0),
        ("keep-tpm", UndefineFlags::KEEP_TPM.0),
    ]);
    let saved = !active && has(domain.has_managed_save())?;
    if saved && !arguments.has("managed-save") {
        return Err(Failure::said("Refusing to undefine while domain managed save image exists")
            .hint(format!("undefine {} --managed-save removes it too", domain.name())));
    }
    let snapshots = !active && has(domain.snapshots(SnapshotFilter::METADATA).map(|all| !all.is_empty()))?;
    let checkpoints = !active && has(domain.has_checkpoints())?;
    for (there, flag) in [
        (saved, UndefineFlags::MANAGED_SAVE),
        (snapshots, UndefineFlags::SNAPSHOTS_METADATA),
        (checkpoints, UndefineFlags::CHECKPOINTS_METADATA),
    ] {
        if !there {
            flags &= !flag.0;
        }
    }
    Ok(UndefineFlags(flags))
}

/// Whether a domain has something; a driver that does not know such things has none.
fn has(answer: Result<bool, hypervisor::Error>) -> Result<bool, Failure> {
    match answer {
        Err(error) if error.code.is_unsupported() => Ok(false),
        answer => Ok(answer?),
    }
}
