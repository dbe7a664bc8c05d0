//! The list of the host's devices.

use hypervisor::NodeDevice;
use hypervisor::flags::NodeDeviceFilter;

use crate::command::object;
use crate::command::{Answer, Arguments};
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::output::{Branch, tree};

/// The flags that list what a device can do.
const FILTERS: &[(&str, NodeDeviceFilter)] = &[
    ("system", NodeDeviceFilter::SYSTEM),
    ("pci", NodeDeviceFilter::PCI_DEV),
    ("usb_device", NodeDeviceFilter::USB_DEV),
    ("usb", NodeDeviceFilter::USB_INTERFACE),
    ("net", NodeDeviceFilter::NET),
    ("scsi_host", NodeDeviceFilter::SCSI_HOST),
    ("scsi_target", NodeDeviceFilter::SCSI_TARGET),
    ("scsi", NodeDeviceFilter::SCSI),
    ("storage", NodeDeviceFilter::STORAGE),
    ("fc_host", NodeDeviceFilter::FC_HOST),
    ("vports", NodeDeviceFilter::VPORTS),
    ("scsi_generic", NodeDeviceFilter::SCSI_GENERIC),
    ("drm", NodeDeviceFilter::DRM),
    ("mdev_types", NodeDeviceFilter::MDEV_TYPES),
    ("mdev", NodeDeviceFilter::MDEV),
    ("ccw", NodeDeviceFilter::CCW_DEV),
    // These two are of libvirt 11.1, and newer than what the flags are read from.
    ("ccwgroup", NodeDeviceFilter(1 << 22)),
    ("ccwgroup_member", NodeDeviceFilter(1 << 23)),
    ("css", NodeDeviceFilter::CSS_DEV),
    ("vdpa", NodeDeviceFilter::VDPA),
    ("ap_card", NodeDeviceFilter::AP_CARD),
    ("ap_queue", NodeDeviceFilter::AP_QUEUE),
    ("ap_matrix", NodeDeviceFilter::AP_MATRIX),
    ("vpd", NodeDeviceFilter::VPD),
];

/// Their names.
pub(super) const CAPABILITIES: &[&str] = &{
    let mut names = [""; FILTERS.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = FILTERS[at].0;
        at += 1;
    }
    names
};

pub(super) fn list(control: &mut Control, arguments: &Arguments) -> Outcome {
    let devices = listed(control, arguments)?;
    if arguments.has("tree") {
        control.output.print(tree(&branches(&devices)));
    } else {
        devices.iter().for_each(|device| control.output.line(device.name()));
    }
    Ok(())
}

fn listed(control: &mut Control, arguments: &Arguments) -> Result<Vec<NodeDevice>, Failure> {
    refuse_contradictions(arguments)?;
    let filter = filter(arguments)?;
    let mut devices = object::listed(
        control.connection()?.node_devices(filter),
        "Failed to list node devices",
        "Failed to count node devices",
    )?;
    devices.sort_by_cached_key(|device| device.name().to_ascii_lowercase());
    Ok(devices)
}

pub(super) const ANSWER: Answer = Answer::list(super::FIELDS, |control, arguments| {
    Ok(listed(control, arguments)?.iter().map(|device| super::record(device, arguments)).collect())
});

fn refuse_contradictions(arguments: &Arguments) -> Outcome {
    let has = |names: &[&str]| names.iter().any(|name| arguments.has(name));
    let wrong = if arguments.has("all") && arguments.has("inactive") {
        "Option --all is incompatible with --inactive"
    } else if arguments.has("transient") && has(&["persistent", "inactive"]) {
        "Option --transient is incompatible with --persistent and --inactive"
    } else if arguments.has("tree") && has(&["cap", "inactive", "persistent", "transient"]) {
        "Option --tree is incompatible with --cap, --inactive, --persistent and --transient"
    } else {
        return Ok(());
    };
    Err(Failure::said(wrong))
}

fn filter(arguments: &Arguments) -> Result<NodeDeviceFilter, Failure> {
    let mut filter =
        NodeDeviceFilter(object::shown(arguments, NodeDeviceFilter::ACTIVE.0, NodeDeviceFilter::INACTIVE.0));
    filter |= NodeDeviceFilter(arguments.flags(&[
        ("persistent", NodeDeviceFilter::PERSISTENT.0),
        ("transient", NodeDeviceFilter::TRANSIENT.0),
    ]));
    for kind in arguments.text("cap")?.into_iter().flat_map(|list| list.split(',')) {
        let known = FILTERS.iter().find(|(name, _)| *name == kind);
        filter |= known.ok_or_else(|| Failure::said("Invalid capability type"))?.1;
    }
    Ok(filter)
}

/// Each device below the one that it is part of, if that is in the list too.
fn branches(devices: &[NodeDevice]) -> Vec<Branch<'_>> {
    let parent = |device: &NodeDevice| {
        let name = device.parent()?;
        devices.iter().position(|other| other.name() == name)
    };
    devices.iter().map(|device| Branch { name: device.name(), parent: parent(device) }).collect()
}
