//! Devices that are only there if the user asks, and need one or two things said that seldom vary.

use super::error::Error;
use super::guest::{Board, Guest, Rule, UNSAID};

/// A row: the device, the place in it, and what it is filled with.
const PLACES: &[(&str, &str, &[Rule])] = &[
    (
        "watchdog",
        "@model",
        &[
            Rule {
                value: "diag288",
                when: |g| g.board() == Board::S390,
                why: "it is the one of IBM Z machines",
            },
            Rule { value: "i6300esb", when: |_| true, why: "most systems drive it" },
        ],
    ),
    (
        "watchdog",
        "@action",
        &[Rule { value: "reset", when: |_| true, why: "a guest that hangs starts anew" }],
    ),
    (
        "hostdev",
        "@mode",
        &[Rule { value: "subsystem", when: |_| true, why: "it is a device, and no part of a container" }],
    ),
    (
        "hostdev",
        "@managed",
        &[
            Rule { value: "no", when: |g| g.is_xen(), why: "Xen's own tools hand it over" },
            Rule { value: "yes", when: |_| true, why: "libvirt takes it from the host and gives it back" },
        ],
    ),
    ("vsock", "@model", &[Rule { value: "virtio", when: |_| true, why: "it is the only model" }]),
    (
        "smartcard",
        "@mode",
        &[Rule { value: "passthrough", when: |_| true, why: "the viewer's card is used" }],
    ),
    (
        "smartcard",
        "@type",
        &[Rule { value: "spicevmc", when: is_passthrough, why: "the card is in the viewer's machine" }],
    ),
    ("redirdev", "@bus", &[Rule { value: "usb", when: |_| true, why: "no other bus can be redirected" }]),
    (
        "redirdev",
        "@type",
        &[Rule { value: "spicevmc", when: |_| true, why: "the device is at the viewer's machine" }],
    ),
    (
        "iommu",
        "@model",
        &[
            Rule { value: "intel", when: |g| g.is_x86(), why: "it is the one of Q35" },
            Rule { value: "smmuv3", when: |g| g.board() == Board::Arm, why: "it is the one of Arm machines" },
        ],
    ),
    ("memory", "@model", &[Rule { value: "dimm", when: |_| true, why: "it is the plain kind of memory" }]),
];

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    for (kind, place, rules) in PLACES {
        for device in guest.devices(kind) {
            guest.fill_by(device, place, rules)?;
        }
    }
    // Which of them an architecture has is for libvirt to say.
    for panic in guest.devices("panic") {
        if guest.document.attr(panic, "model").is_some_and(|model| model == UNSAID) {
            guest.document.remove_attr(panic, "model");
        }
    }
    for vsock in guest.devices("vsock") {
        if guest.document.get(vsock, "cid/@address").is_none() {
            guest.fill_in(vsock, "cid/@auto", "yes", "libvirt finds a free address")?;
        }
    }
    security_labels(guest)
}

/// A label needs the name of its model; the host's first is the one that separates guests from each other.
fn security_labels(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    let Some(model) = guest.context.host.security_models.first() else { return Ok(()) };
    let root = guest.document.root();
    let labels: Vec<_> = guest.document.children_named(root, "seclabel").collect();
    for label in labels {
        guest.fill_in(label, "@model", model, "it is the host's security model")?;
    }
    Ok(())
}

fn is_passthrough(guest: &Guest<'_, '_>) -> bool {
    !guest.has_device("smartcard", "mode", "host")
        && !guest.has_device("smartcard", "mode", "host-certificates")
}
