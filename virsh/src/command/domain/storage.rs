//! A domain's volumes, when they go with its definition.

use hypervisor::flags::{DomainXml, VolumeDeleteFlags};
use hypervisor::{Domain, Volume};
use xctl::storage::volumes::{self, Stored};

use crate::command::Arguments;
use crate::control::Control;
use crate::failure::{Failure, Outcome};

/// Which of a domain's volumes are to be removed.
pub(super) enum Selection {
    /// All.
    All,
    /// Those of these disks, by target or path.
    Disks(Vec<String>),
}

/// A volume that is to be removed.
pub(super) struct Doomed {
    target: String,
    source: String,
    volume: Volume,
}

impl Selection {
    /// What the options select; nothing if they do not speak of storage.
    pub(super) fn read(arguments: &Arguments) -> Result<Option<Self>, Failure> {
        let listed = arguments.text("storage")?;
        let all = arguments.has("remove-all-storage");
        match listed {
            None if !all && arguments.has("wipe-storage") => {
                Err(Failure::said("'--wipe-storage' requires '--storage <string>' or '--remove-all-storage'"))
            }
            None => Ok(all.then_some(Self::All)),
            // Whether the domain runs is checked before this slip is told, so that it is not hidden by it.
            Some(_) if all => Ok(Some(Self::Disks(Vec::new()))),
            Some(listed) => Ok(Some(Self::Disks(listed.split(',').map(str::to_owned).collect()))),
        }
    }

    /// The selected volumes; a disk that is no volume of libvirt's is named and left alone.
    pub(super) fn volumes(&self, control: &mut Control, domain: &Domain) -> Result<Vec<Doomed>, Failure> {
        let mut wanted = match self {
            Self::All => None,
            Self::Disks(disks) if disks.is_empty() => {
                return Err(Failure::said("Specified both --storage and --remove-all-storage"));
            }
            Self::Disks(disks) => Some(disks.clone()),
        };
        let xml = domain.xml(DomainXml::NONE)?;
        let stored = volumes::of_domain(&control.connection()?, &xml, |target, source| match &mut wanted {
            None => true,
            Some(wanted) => match wanted.iter().position(|name| name == target || name == source) {
                Some(index) => {
                    wanted.swap_remove(index);
                    true
                }
                None => false,
            },
        })
        .map_err(|error| Failure::said(error.to_string()))?;
        let mut doomed = Vec::new();
        for Stored { target, source, volume } in stored {
            match volume {
                Ok(volume) => doomed.push(Doomed { target, source, volume }),
                Err(reason) => control.output.error(reason),
            }
        }
        let missing = wanted.unwrap_or_default();
        if missing.is_empty() {
            return Ok(doomed);
        }
        let said =
            missing.iter().map(|name| format!("Volume '{name}' was not found in domain's definition."));
        Err(Failure { said: said.collect(), ..Failure::silent() })
    }
}

/// Removes volumes; one that cannot be removed does not keep the others.
pub(super) fn remove(control: &Control, arguments: &Arguments, volumes: &[Doomed]) -> Outcome {
    let mut flags = VolumeDeleteFlags::NONE;
    if arguments.has("delete-storage-volume-snapshots") {
        flags |= VolumeDeleteFlags::WITH_SNAPSHOTS;
    }
    let mut last = Ok(());
    for Doomed { target, source, volume } in volumes {
        if arguments.has("wipe-storage") {
            if !control.output.quiet {
                control.output.print(format_args!("Wiping volume '{target}'({source}) ... "));
                control.output.flush();
            }
            if let Err(cause) = volume.wipe() {
                control.output.error("Failed! Volume not removed.");
                last = Err(cause.into());
                continue;
            }
            control.output.remark("Done.");
        }
        match volume.delete(flags) {
            Ok(()) => control.output.remark(format_args!("Volume '{target}'({source}) removed.")),
            Err(cause) => {
                control.output.error(format_args!("Failed to remove storage volume '{target}'({source})"));
                last = Err(cause.into());
            }
        }
    }
    last
}
