//! Overwriting volumes.

use hypervisor::flags::VolumeWipe;

use super::find;
use crate::command::Arguments;
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};

/// Ways to overwrite a volume.
const WAYS: &[VolumeWipe] = &[
    VolumeWipe::ZERO,
    VolumeWipe::NNSA,
    VolumeWipe::DOD,
    VolumeWipe::BSI,
    VolumeWipe::GUTMANN,
    VolumeWipe::SCHNEIER,
    VolumeWipe::PFITZNER7,
    VolumeWipe::PFITZNER33,
    VolumeWipe::RANDOM,
    VolumeWipe::TRIM,
];
/// Their names, in the same order.
pub(super) const NAMES: &[&str] =
    &["zero", "nnsa", "dod", "bsi", "gutmann", "schneier", "pfitzner7", "pfitzner33", "random", "trim"];

const _: () = assert!(WAYS.len() == NAMES.len());

pub(super) fn wipe(control: &mut Control, arguments: &Arguments) -> Outcome {
    let volume = find::volume(control, arguments)?;
    let how = match arguments.text("algorithm")? {
        Some(name) => {
            let known = NAMES.iter().zip(WAYS).find(|(known, _)| **known == name).map(|(_, how)| *how);
            Some(known.ok_or_else(|| Failure::said(format!("Unsupported algorithm '{name}'")))?)
        }
        None => None,
    };
    let wiped = how.map_or_else(|| volume.wipe(), |how| volume.wipe_as(how));
    let name = arguments.required("vol")?;
    wiped.attempted(|| format!("Failed to wipe vol {name}"))?;
    control.output.remark(format_args!("Vol {name} wiped"));
    Ok(())
}
