//! USB controllers.

use super::error::Error;
use super::guest::{Board, Guest, Rule};
use crate::osinfo::device::USB3;

/// Ports of a USB 3 controller: as many as it can have.
const PORTS: &str = "15";

/// The parts of the USB 2 controller: for fast devices, and three for slow ones on the ports where they begin.
const USB2: &[(&str, Option<&str>)] =
    &[("ich9-ehci1", None), ("ich9-uhci1", Some("0")), ("ich9-uhci2", Some("2")), ("ich9-uhci3", Some("4"))];

const KINDS: &[Rule] = &[
    Rule {
        value: "usb3",
        when: |g| g.is_qemu() && g.is_x86() && g.os_drives(USB3),
        why: "{os} drives USB 3",
    },
    Rule {
        value: "usb3",
        when: |g| g.is_qemu() && (g.board().is_virt() || g.board() == Board::Pseries),
        why: "{arch} machines have no older one",
    },
    Rule { value: "usb2", when: |g| g.is_x86() && g.knows_qemu(), why: "every system drives USB 2" },
];

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    if guest.has_device("controller", "type", "usb") || guest.is_without("usb") {
        return Ok(());
    }
    let Some(rule) = guest.choose(KINDS) else { return Ok(()) };
    if rule.value == "usb3" {
        let parts = [("@type", "usb"), ("@model", "qemu-xhci"), ("@ports", PORTS)];
        guest.add_with("controller", &parts, "qemu-xhci", rule.why)?;
        return Ok(());
    }
    for (model, port) in USB2 {
        let controller =
            guest.add_with("controller", &[("@type", "usb"), ("@model", model)], model, rule.why)?;
        if let Some(port) = port {
            guest.document.set(controller, "master/@startport", port)?;
        }
    }
    Ok(())
}
